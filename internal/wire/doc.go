// Package wire turns the inputs, outputs and errors of an AWS API into HTTP messages and
// back, driven by the API's model alone: for services of the local plane, which read
// requests and write answers, and for clients of APIs that have no SDK, which write requests
// and read answers.
//
// A value of a structure or a map is an [Object]; of a list a []any, of a string a string,
// of a boolean a bool, of a number an int64 or a float64, of a blob a []byte, of a timestamp
// a [time.Time], of a document whatever encoding/json makes of it. Members have the names of
// the model, also where the wire has others.
//
// What a request violates is refused as services of AWS's framework do, see package shape;
// beyond that, members that the model does not have are refused, so that a misspelt one does
// not go unnoticed (services of AWS ignore them).
//
// The protocols are described by https://smithy.io/2.0/aws/protocols/index.html.
package wire
