// Package symbolic answers questions about all requests: can anyone outside these
// accounts ever decrypt, is one policy no more permissive than another, does a key
// policy lock its account out, does it allow more than is needed.
//
// An answer is a [Verdict] on "is there such a request?". Never is a proof: there
// is no such request. Exists comes with a request on which [authz.Decide] was asked
// and agreed. Unknown says why neither could be shown. An approximation is never
// presented as a proof. [Universe.Reach] and [Universe.Always] ask for many
// principals and keys at once and leave the requests out. [Need] states what is needed
// apart from any policy; [Universe.Beyond], [Universe.Exceeds], [Universe.Denied] and
// [Universe.Outside] hold policies and other needs against it.
//
// The method: all layers of policies become one Boolean formula over atoms, each of
// them one question about one independent part of a request. A search decides atoms
// one by one; after each it asks whether the part it touched still has a value. Work
// is bounded, for one question and for all questions of a call; what is left when it
// ends is Unknown.
//
// # What is decided exactly
//
// Principals fall into finitely many classes: those that any input names, and all
// others of a kind in one account, in an unnamed account inside or outside the
// organization, or a service. The ARN of such others is a variable with the form of
// their ARNs, and conditions on their account or name are conditions on it. A role is
// all of its sessions but for those that are named by themselves; the name of such a
// session is a variable, a part of aws:userid. Of a role that only its sessions' ARNs
// name, the path is a variable, a part of aws:PrincipalArn. The id of the role or user
// is one where it is not known.
//
// Actions are the known actions of KMS on keys where a question is about a key, else
// any name. Texts with wildcards, without regard to case or as ARNs, are decided by the
// product of their automata; numbers, dates, addresses and binaries by the points at
// which answers change. A key with several values is decided by which kinds of values
// it has, so ForAnyValue and ForAllValues need no approximation. Names in
// kms:EncryptionContextKeys agree with the encryption context. The organization ids of
// principal, key and source agree with their organization paths, for ids that
// conditions name without wildcards; those of accounts of which it is known are in the
// organization, or not. Needs are formulas of their own: no policy document is made of
// them.
//
// # What is over-approximated
//
// Never stays a proof under these; Exists is confirmed one request at a time; what
// is left is Unknown:
//   - a text with a policy variable whose key has no fixed value is an atom that may
//     be true or false. Before giving up, some values are tried for the key. For a role
//     that stands for all its sessions, aws:userid is such a key.
//   - one key that is read both as text and as number, date, address or binary.
//   - values with characters outside ASCII in a policy, numbers of 2^53 and more.
//   - statements with parts that are not known, or that IAM would refuse, and names of
//     principals and keys of which parts are not known.
//   - other keys that depend on each other (aws:SourceArn and aws:SourceAccount,
//     aws:CurrentTime and aws:EpochTime, tags and aws:TagKeys, the account of a source
//     or of another principal and its organization, aws:userid and aws:PrincipalArn of
//     federated users that nothing names) are taken to be independent.
//   - names and paths of users and roles may have all characters that the documented
//     patterns of the IAM API have.
//
// # What is assumed
//
// The policies of principals that are not known are taken to allow everything; every
// answer says so. A user, role or service that a policy names is taken to exist, with
// the path that it is named with, and a role's name is unique in its account whatever
// the path. All sessions of a role have the boundary and the policies of the role that
// a [Party] has, and its session policies when the party stands for all of them. A role
// is service-linked by its path; one whose path is not known can be only if its name
// begins with AWSServiceRoleFor, which no source confirms of all. Principals that a
// policy names by unique id are only those that a Party has.
//
// aws:SourceArn and its kin are in requests of services only, kms:ViaService and
// aws:CalledVia in those of others only. aws:RequestedRegion is the Region of the key;
// aws:CurrentTime, aws:EpochTime, aws:SecureTransport, aws:ViaAWSService and
// aws:PrincipalIsAWSService are in every request. Grants that have not propagated
// count, as their tokens may be used. Letters outside ASCII have no case here.
//
// [Universe.Compare] compares what documents allow; what they deny matters only so
// far as it takes away from what they themselves allow.
//
// # What is missing
//
// Paths by which a principal could give itself access: kms:CreateGrant,
// kms:PutKeyPolicy and sts:AssumeRole are answered as actions, not followed. Policies
// of resources other than keys and endpoints. A way in a who-can answer is minimal by
// itself, but the list need not be the shortest. The least policy for a set of needs is
// made by package least, which proves it with this one.
package symbolic
