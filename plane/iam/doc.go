// Package iam is who there is in the local plane: accounts with their users, groups, roles,
// policies, access keys and sessions, and the APIs IAM and STS over them.
//
// A [Service] is the [plane.Identities] of the plane. It keeps everything in memory, with
// policies compiled, so that asking who holds an access key costs two look-ups; a change is
// in the store before it is acknowledged and before anybody sees it. Readers never wait for
// the store.
//
// Accounts are made by their first use. Sessions are not stored: a session token is the
// session itself, sealed, so it outlives restarts and ends when it expires, or when its
// role or user is gone.
//
// Names, ids and ARNs have the form that AWS gives them, and access key ids carry their
// account as AWS's do. What is left out is refused as not implemented: instance profiles,
// login profiles, MFA devices, identity providers with SAML and OpenID Connect sessions,
// service-linked roles, credential reports.
//
// Source of the APIs: https://docs.aws.amazon.com/IAM/latest/APIReference/ and
// https://docs.aws.amazon.com/STS/latest/APIReference/
package iam
