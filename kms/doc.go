// Package kms is AWS KMS as a state machine: keys with their material, aliases, grants,
// tags, rotation, deletion, multi-Region keys and custom key stores, of many accounts and
// Regions. It has no HTTP and no SQL: package plane speaks the protocol, and a [Store]
// keeps the records.
//
// Inputs and outputs have the names of the KMS API. Errors are [*Error] with the API's
// codes and, where they are known, its exact messages; what AWS does not document is
// marked unconfirmed beside the code.
//
// Every operation goes the same way: the key is resolved, the caller is authorized
// ([Authorizer]), the state of the key and the parameters are checked, the change is
// committed to the store, and only then does it count. What was acknowledged survives
// kill -9 as far as the store keeps its promise.
//
// State is held in memory. A key is an immutable [Key] that changes replace, so
// cryptographic operations never wait for changes. Key material leaves the package only
// sealed under the root key, or where the API returns it.
//
// The facts are those of https://docs.aws.amazon.com/kms/latest/APIReference/ and
// https://docs.aws.amazon.com/kms/latest/developerguide/.
package kms
