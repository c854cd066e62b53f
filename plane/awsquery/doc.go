// Package awsquery is the AWS query protocol of the local plane, as a service speaks it:
// forms become typed structs and are checked against the API model, answers and errors
// become XML. STS and IAM speak it, older services too (SNS, RDS, CloudWatch).
//
// A [Service] is a model and what was seen of the service beyond it; [STS] and [IAM] are
// those of the two. From it come one [Decoder] and one [Encoder] per operation and Go
// type. They are compiled once, hold no state of a request and are safe for concurrent
// use. Types and tags are those of package awsjson: fields belong to members by the name
// of the field, or that of its json tag; string, bool, integers and floats of any size,
// []byte, [time.Time], slices, maps with string keys, structs, and pointers to each.
//
// # Sources
//
// Statuses, headers, bodies, messages and what is tolerated were measured of STS with 60
// requests in July 2026 by
// https://github.com/justincormack/argmin (crates/s3-tests/src/bin/sts_oracle.rs);
// messages of IAM were recorded by LocalStack in February 2026
// (https://github.com/localstack/localstack, tests/aws/services/iam). Where neither says
// anything, a comment names the source or says that it is not confirmed. The form is that
// of https://smithy.io/2.0/aws/protocols/aws-query-protocol.html.
//
// # Decoding
//
// Of a repeated parameter the first counts, one that the model does not have is ignored.
// Lists are Name.member.N, maps Name.entry.N.key and .value, with the model's names and
// flattening; numbers give the order and may have gaps (not confirmed). A list whose own
// name has an empty value is an empty list, as SDKs send it. "+900" and "0900" are
// numbers, "900.0" is none. A form that is not what the model says is a MalformedInput,
// before any constraint is looked at. Where nothing was measured the stricter answer is
// given: a number that is none among those of a list, an entry of a map without key or
// value, a form that is not UTF-8 are refused.
//
// # Constraints
//
// Violations are reported together in one ValidationError; see package shape. STS reports
// the pattern of a value before its length. IAM shows no values, and has sentences of its
// own for names and paths that are off their pattern.
//
// # Bounds
//
// A form has at most [MaxForm] bytes and 10,000 parameters; structures nest at most 64
// deep.
package awsquery
