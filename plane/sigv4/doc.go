// Package sigv4 is the server's side of AWS Signature Version 4: it says who
// signed an HTTP request, and that nothing the signature covers has changed.
//
// [Verifier.Verify] takes the request as net/http gives it and either returns
// a [Result] or an [Error] with the code and text that AWS sends. It knows the
// Authorization header and presigned URLs, session tokens, and the payloads
// of S3: a hash, unsigned, and chunks with and without signatures and
// trailers. [Signer] is the client's side, for requests of the plane itself.
//
// # What is checked, in this order
//
//  1. The request carries exactly one of the two forms, complete.
//  2. Its date is well formed and within the skew.
//  3. Host and every x-amz-* header is among the signed headers.
//  4. The algorithm is AWS4-HMAC-SHA256. Signature Version 4A
//     (AWS4-ECDSA-P256-SHA256) is refused with a reason of its own.
//  5. The credential has five parts, and its scope is that of the date, the
//     Region and the service.
//  6. The access key is known.
//  7. The body, and then the signature, compared in constant time.
//  8. The session token is valid. Only who holds the secret learns about it.
//
// Steps 1, 2 and 4 to 8 are in the order that was recorded from DynamoDB and
// Kinesis (github.com/mhart/dynalite and github.com/mhart/kinesalite, whose
// tests run against AWS). That KMS keeps the same order is unconfirmed.
//
// # Where it is stricter than AWS may be
//
// Each of these closes a way to change a request without breaking its
// signature; what AWS does is unconfirmed.
//
//   - x-amz-* headers must be signed in the header form too, as the
//     documentation demands [Create a signed AWS API request]. x-amz-user-agent
//     is exempt because the AWS SDK for PHP sends it unsigned.
//   - The list of signed headers must be in lower case, sorted and without
//     duplicates, and each of them must be in the request.
//   - A parameter given twice, in the header or in the URL, is refused.
//
// # What it does not do
//
// No authorization, no replay cache (AWS has none: a request can be sent again
// as it is until its date is too old), no event streams
// (STREAMING-AWS4-HMAC-SHA256-EVENTS), no browser uploads by POST policy, no
// trailing checksums: the caller compares them, see [Payload.Trailer].
//
// Paths are normalised before signing as AWS does, except for S3, so /a/../b
// has the signature of /b. Route by what is canonical, or refuse such paths.
//
// A secret is never part of an error or of any printed form of what this
// package returns. Neither is a session token. A malformed credential or date
// is repeated to the client who wrote it, as AWS does.
//
// [Create a signed AWS API request]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package sigv4
