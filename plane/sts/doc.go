// Package sts is the Security Token Service of the local plane: sessions of roles, users
// and root users, and the API that makes them.
//
// A [Service] is the [plane.Identities] of the plane. Long-term access keys are its
// [Directory]'s, which is package iam; temporary ones are its own. A session is not stored:
// its token is the session itself, sealed, so it outlives restarts and ends when it expires,
// or when its role or user is gone. Its permissions are those that the role has at the time
// of the call.
//
// AssumeRoleWithSAML, AssumeRoleWithWebIdentity, DecodeAuthorizationMessage and what else is
// left out are refused as not implemented by the local plane. There are no MFA devices: no
// session has a true aws:MultiFactorAuthPresent, and codes of devices are refused.
//
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/
package sts
