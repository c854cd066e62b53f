// Package plane is the local AWS: an HTTP handler that real clients take for the
// endpoint of a service. Requests are signed and verified, authorized by the policy
// engine, and answered in the service's own protocol with its own errors.
//
// What it does today is KMS: AWS JSON 1.1 over the state machine of package kms, all 56
// operations. The account of a call is that of its access key, the Region that of its
// credential scope, as SDKs send it. What it does not know, it refuses with a clear
// error; it never makes up a success.
//
// Who holds an access key is asked of [Identities]; package plane keeps no identities of
// its own.
package plane
