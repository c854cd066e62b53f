// Package demo is the estate of a believable company, as a seed of the local plane: what
// `bedlock demo` audits and `bedlock local --seed demo` serves.
//
// Three accounts in two Regions: a clinic whose knowledge is regulated, a provider of software
// with a key for each of its tenants, and a manufacturer with trade secrets and a budgeting
// application. Every rung of the ladder has a slot on it, each for another reason that real
// estates have.
package demo
