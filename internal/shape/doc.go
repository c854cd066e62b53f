// Package shape says how values of the shapes of an API model become values of Go types
// and what is checked of them, for every protocol of the local plane: packages awsjson and
// awsquery read and write the bytes.
//
// An [API] is a model and what was seen of the service beyond it. [API.Compile] makes one
// [Node] per shape and Go type. Struct fields belong to members by their name on the wire,
// which is the field's name unless a json tag says otherwise: string, bool, integers and
// floats of any size, []byte for blobs, [time.Time] for timestamps, slices, maps with
// string keys, structs, and pointers to each.
//
// A [Violations] collects what a request violates, as the services of AWS's framework
// (Coral) report it: together in one error, in the order of the model, at most ten. A
// string is as long as it has Unicode characters (STS, measured: see package awsquery).
// Patterns are Java's and must match the whole value; they are translated to RE2. Those
// that RE2 cannot express are not checked and are listed by [Plan.Unchecked].
package shape
