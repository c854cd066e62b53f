// Package awsjson is the protocol AWS JSON 1.1 (and 1.0) of the local plane, as a service
// speaks it: request bodies become typed structs and are checked against the API model,
// answers and errors become bodies.
//
// A [Service] is a model and what was seen of the service beyond it; [KMS] is that of KMS.
// From it come one [Decoder] and one [Encoder] per operation and Go type. They are
// compiled once, hold no state of a request and are safe for concurrent use. Struct fields
// belong to members by their JSON name, which is the field's name unless a tag says
// otherwise: string, bool, integers and floats of any size, []byte for blobs, [time.Time]
// for timestamps, slices, maps with string keys, structs, and pointers to each.
//
// # Decoding
//
// A body that is not what the model says is a SerializationException, before any
// constraint is looked at: not JSON, not UTF-8, something after the end, a wrong type, bad
// base64, a timestamp that is no number. null is absent, a member that the model does not
// have is ignored, of a repeated member the last counts. The texts are those that services
// of the same framework (Coral) answer today; for KMS itself only the code is confirmed.
// Sources: Athena, 46 bodies measured on 2026-09-23
// (https://github.com/aoyagikouhei/athena-local), SES v2, measured in 2026
// (https://github.com/floci-io/floci), Kinesis, whose suite runs against AWS too
// (https://github.com/mhart/kinesalite, test/helpers.js). Among what they show:
// an unknown member is ignored, a fraction sent for an integer is cut off, the words true,
// yes, y, t, 1 and their opposites pass for a boolean, null in a list is skipped.
//
// Where nothing was measured the stricter answer is given: null in a map, numbers out of
// range and unpaired surrogates are refused.
//
// # Constraints
//
// Violations are reported together in one ValidationException, in the order of the model,
// at most ten. Of one value the order is upper bound, lower bound, pattern, enumeration.
// The texts are confirmed for KMS: recorded by LocalStack against AWS (2023 to 2025) and by
// https://github.com/floci-io/floci/pull/3968 (us-east-1, 2026-09-20), which also shows
// several at once. Not confirmed for KMS are the order among members, the limit of ten
// (Kinesis, DynamoDB), and the text for elements of lists and maps, which is that of ACM,
// IAM, Config and DynamoDB.
//
// A string is as long as it has Unicode characters. Patterns are Java's and must match the
// whole value; they are translated to RE2. Those that RE2 cannot express are not checked
// and are listed by [Decoder.Unchecked]; KMS has none.
//
// # Bounds
//
// A body has at most [MaxBody] bytes, lists and maps at most 10,000 entries, structures
// nest at most 64 deep. Time is linear in the body for a given depth.
package awsjson
