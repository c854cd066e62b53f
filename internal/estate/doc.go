// Package estate shows an inventory to the policy engine: keys with their policies
// and grants, principals with all their layers, and the uses of keys that the
// catalogue says a slot needs, as requests that the engine decides.
//
// Infrastructure code leaves open where it will be deployed. Each question is then
// asked for every deployment that makes a difference: every account and Region that
// the policies name, and one that they do not name. Only an answer that is the same
// for all of them is given; see [Case].
//
// What is assumed is said with the answer ([Use.Assumed]): principals that are not in
// the inventory, as callers of a service are, are taken to have identity policies that
// allow everything, and accounts whose control policies are not in the inventory are
// taken to have none. Inputs whose account is not known are taken to be deployed in
// one account. Names that are made up at deployment are taken to match no pattern
// that is not meant for them.
//
// The package decides nothing by itself and reports no findings.
package estate
