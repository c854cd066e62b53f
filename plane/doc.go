// Package plane is the local AWS: an HTTP handler that real clients take for the
// endpoint of a service. Requests are signed and verified, authorized by the policy
// engine, and answered in the service's own protocol with its own errors.
//
// A [Service] is one API: a [Protocol] and operations. [KMS] is that of package kms, AWS
// JSON 1.1 over its state machine, all 56 operations; the packages below have others.
// The account of a call is that of its access key, the Region that of its credential
// scope, as SDKs send it. What the plane does not know, it refuses with a clear error; it
// never makes up a success.
//
// Who holds an access key is asked of [Identities]; package plane keeps no identities of
// its own. Every answered call is shown to [Observer]s, which record it: as CloudTrail
// does, as metrics, on a page.
package plane
