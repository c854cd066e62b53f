// Package behalf makes the calls to KMS that AWS services make for the content of their
// resources, and keeps that content as ciphertext.
//
// What is called, by whom, with which encryption context and through which service is what
// the catalogue says of the slot: its needs. A call by the caller of the service is a forward
// access session: the caller's own permissions, with kms:ViaService. A call by a role is one
// of a session that the service's principal may start by the role's trust policy. A call by
// the service itself is one of the service's principal with aws:SourceArn and
// aws:SourceAccount where the catalogue says so. Where the service holds a grant, it calls as
// the grant's grantee. Each is authorized by the policy engine and shown to the observers of
// the plane, so that CloudTrail has it as AWS's has.
//
// Content without a key of the customer is sealed under a key of the plane, as AWS does under
// keys that it owns. Content under a KMS key can be read only by a Decrypt of its data key:
// when the key is gone, so is the content.
package behalf
