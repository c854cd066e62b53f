// Package catalog is the centre of Bedlock: one declarative entry per resource
// type says what is encryptable, where each key is named, what holds when none is
// named, who needs the key and whether it can be changed. Collecting, auditing,
// proving, fixing and the reference documentation all read the same entry.
//
// Entries are YAML files below data/, embedded in the binary and decoded
// strictly: an unknown field, a missing source or a path that does not parse is
// an error at load time, found by the package's tests. Every group of facts
// names its source URLs or says that it is unconfirmed and why; see [Sources].
//
// The package knows nothing about files, accounts or rules; it holds facts.
package catalog
