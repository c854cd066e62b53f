// Package symbolic answers questions about all requests: can anyone outside these
// accounts ever decrypt, is one policy no more permissive than another, does a key
// policy lock its account out.
//
// An answer is a [Verdict] on "is there such a request?". Never is a proof: there
// is no such request. Exists comes with a request on which [authz.Decide] was asked
// and agreed. Unknown says why neither could be shown. An approximation is never
// presented as a proof. [Universe.Reach] asks for many principals and keys at once
// and leaves the requests out.
//
// The method: all layers of policies become one Boolean formula over atoms, each of
// them one question about one independent part of a request. A search decides atoms
// one by one; after each it asks whether the part it touched still has a value. Work
// is bounded; a search that is ended by its bound is Unknown.
//
// # What is decided exactly
//
// Principals fall into finitely many classes: those that any input names, and all
// others of a kind in one account, in an unnamed account inside or outside the
// organization, or a service. The ARN of such others is a variable with the form of
// their ARNs, and conditions on their account or name are conditions on it. Actions
// are the known actions of KMS on keys where a question is about a key, else any
// name. Texts with wildcards, without regard to case or as ARNs, are decided by the
// product of their automata; numbers, dates, addresses and binaries by the points
// at which answers change. A key with several values is decided by which kinds of
// values it has, so ForAnyValue and ForAllValues need no approximation. Names in
// kms:EncryptionContextKeys agree with the encryption context.
//
// # What is over-approximated
//
// Never stays a proof under these; Exists is confirmed one request at a time; what
// is left is Unknown:
//   - a text with a policy variable whose key has no fixed value is an atom that may
//     be true or false. Before giving up, some values are tried for the key.
//   - one key that is read both as text and as number, date, address or binary.
//   - values with characters outside ASCII in a policy, numbers of 2^53 and more.
//   - statements with parts that are not known, or that IAM would refuse, and names of
//     principals and keys of which parts are not known.
//   - other keys that depend on each other (aws:SourceArn and aws:SourceAccount,
//     aws:CurrentTime and aws:EpochTime, tags and aws:TagKeys) are taken to be
//     independent.
//
// # What is assumed
//
// The policies of principals that are not known are taken to allow everything; every
// answer says so. A user, role or service that a policy names is taken to exist, with
// a role's name unique in its account. Principals that a policy names by unique id are
// only those that a [Party] has. aws:SourceArn and its kin are in requests of services
// only, kms:ViaService and aws:CalledVia in those of others only. aws:RequestedRegion
// is the Region of the key; aws:CurrentTime, aws:EpochTime, aws:SecureTransport,
// aws:ViaAWSService and aws:PrincipalIsAWSService are in every request. Grants that
// have not propagated count, as their tokens may be used. Letters outside ASCII have no
// case here.
//
// [Universe.Compare] compares what documents allow; what they deny matters only so
// far as it takes away from what they themselves allow.
//
// Missing: the least policy for a set of needs; paths by which a principal could give
// itself access (kms:CreateGrant, kms:PutKeyPolicy, sts:AssumeRole are answered as
// actions, not followed); policies of resources other than keys and endpoints; a way
// in a who-can answer is minimal by itself, but the list need not be the shortest.
package symbolic
