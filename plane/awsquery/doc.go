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
package awsquery
