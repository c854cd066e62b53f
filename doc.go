// Package bedlock holds the words that every other package shares: the rungs of
// the ladder, severities, findings, evidence and the versioned message stream in
// which all results travel. It contains types and their text forms only; it
// reads nothing, decides nothing and imports nothing but the standard library.
//
// The ladder answers one question for each place where a resource names (or
// should name) an AWS KMS key, called a slot: is the data there protected by a
// customer-managed key that exists, works and is used by exactly those who need
// it? See [Rung].
package bedlock
