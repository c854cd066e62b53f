// Package material is the key material of KMS keys, and the cryptography with it.
//
// A [Material] is made by [Generate], [Import] or [Parse], is immutable and safe for
// concurrent use, and never prints its bytes. Key bytes leave it in two ways only:
// [Material.Bytes], for sealing at rest, and where the API itself returns them
// ([DataKeyPair], [Random], the secrets of [Material.Derive] and [Material.Encapsulate]).
//
// What a key spec can do is in one table: [Lookup]. Operations refuse an algorithm that
// the spec does not have; that a key's usage allows the operation is for the caller to
// check, because AWS's message names the key.
//
//   - [Seal], [Header], [Open]: ciphertext blobs of symmetric keys, a format of our own
//     with the sizes and the beginning of AWS's; see [Seal].
//   - [Material.Encrypt], [Material.Decrypt]: RSA.
//   - [Material.Sign], [Material.Verify]: RSA, ECDSA, Ed25519, ML-DSA.
//   - [Material.Mac], [Material.VerifyMac], [Material.Derive], [Material.Encapsulate],
//     [Material.Decapsulate].
//   - [Material.Unwrap], [SealToken], [OpenToken]: imported key material.
//   - [OpenAttestation], [Attestation.Envelope]: recipients in Nitro enclaves.
//
// Errors that a request can cause are [*Error]; its Kind says which exception of the API
// it is, its Message is AWS's to the letter where it is known.
//
// The cryptography is that of the Go standard library where it has it, so that a build
// with GOFIPS140 uses the validated module. secp256k1, ML-DSA and ML-KEM-512 are not in
// it: they work in FIPS mode, and are refused when it is enforced (GODEBUG=fips140=only).
// So is SHA-1. SM2 and SM4, which KMS has in China only, are not there.
//
// Sources: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
// and the pages of the operations in https://docs.aws.amazon.com/kms/latest/APIReference/.
package material
