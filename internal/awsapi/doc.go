// Package awsapi is the only one that talks to AWS: it collects accounts and Regions into an
// inventory. It reads and never writes; a guard in every client refuses operations that are not
// in its tables.
//
// What is collected is data: one [reading] per type of the catalogue says how its resources are
// listed and read, and one [service] per API which of its operations the SDK has. The few that
// the SDK lacks are called by their model (package wire). An answer becomes a document in the
// names of the API, reduced to what the catalogue reads: prompts, environment variables and the
// like are dropped at once and are neither kept nor written. The documents are what package
// iac/graph assembles in its dialect of the APIs, so the same resource stands on the same rung
// whether it was read live or from infrastructure code.
//
// Accounts × Regions are read in parallel, as many calls at once as Options allows, each API of
// each account and Region at its own rate: it begins at the documented quota, or at a cautious
// rate where none is documented, halves when AWS throttles and recovers step by step.
//
// What cannot be read stays visible. A call that fails, finally, leaves its error in the place
// of its answer, so that the slots it would have told stand on the rung unread; a list that
// fails becomes an input that failed. Only credentials that identify nobody end a collection.
//
// Key policies, grants, rotation, tags and last use are asked for customer-managed keys only:
// asking for keys that AWS manages fails and sets off the alarms of those who watch for denied
// calls.
//
// With Options.State the collection can be interrupted: what was read is in a journal there, and
// the next run with the same settings goes on where the first one was stopped. The journal has
// the same documents as the inventory, no credentials, and is readable by its owner only.
package awsapi
