// Package prove answers questions about the keys of an inventory with the policy
// engine: who must be able to use a key and whether they can, who can, from where, by
// which detours, and because of what.
//
// Answers are data; package cmd/bedlock writes them for people. Every answer says
// whether it is proved for all requests, shown by a request that the engine decided, or
// not known and why.
package prove
