// Package records keeps what the services of the local plane remember of their resources.
//
// A [Record] is one resource of one account and Region. Records are in memory; a change is
// committed to the store before it counts, so that what was acknowledged survives kill -9.
// Nobody changes a record that was put: a change puts another.
//
// What a resource holds in confidence stands in no record but as [Sealed]: ciphertext under
// a data key that KMS encrypted, or under a key that belongs to the plane, as the keys that
// AWS owns. What [Record.Doc] holds is what the service shows to whoever may read it, sealed
// on disk with the rest of the record.
package records
