// Package least computes the least policy for a set of needs on a KMS key, and
// proves that it meets them and allows nothing beyond.
//
// [For] makes a key policy and identity-based policies out of needs
// ([symbolic.Need]), which are stated apart from any document. [Prove] holds
// documents against the needs and does not care who wrote them.
//
// # What is proved
//
// All of it over all requests, by [symbolic.Universe], with every witness decided by
// [authz.Decide]:
//   - each need is met: no request of it is denied. Principals of which nothing is
//     known are taken to have the identity-based policies of the result only.
//   - nothing is allowed beyond the needs, to any principal there can be, whatever
//     the policies are of those of which nothing is known. What an account needs as a
//     whole counts as far as the principal's own policies allow it.
//   - each identity-based policy allows nothing beyond the needs of its principal by
//     itself, whatever the key policy would allow.
//   - each part of a document is needed: without a statement, an action, a principal
//     or a value of a condition some need is not met, or, without a condition, the
//     document allows more than the needs. This is of the documents alone, on a key
//     without grants and in accounts without further policies.
//   - somebody of the key's account can change the key policy again.
//
// Requests made up from the needs are decided by [authz.Decide] besides, which does
// not depend on formulas.
//
// # What is over-approximated
//
// What symbolic over-approximates; an answer is then Unknown, never a proof. Values
// with characters outside ASCII are among it. A part counts as needed when it matters
// in requests that AWS would not send, such as one with an aws:SourceArn of one
// account and an aws:SourceAccount of another.
//
// # What is assumed
//
// What symbolic assumes. Actions are those that KMS has today, and documents name
// them one by one. The administrators' statement is a need like others; who can
// change the key policy can allow itself anything, and who can create grants can give
// away what the grants may hold: that is not followed. kms:RetireGrant is decided by
// the account's own policies; it is never in the key policy, and that others of the
// key's account may have it is left out. A principal in a key policy must exist when
// KMS stores it, which is not checked.
package least
