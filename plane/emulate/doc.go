// Package emulate is what the model-driven services of the local plane are made of.
//
// A [Service] is an API by its model and the operations that the plane has of it; the
// others answer that they are not implemented by the local plane. An operation ([Op]) gets a
// [Request] whose input was checked against the model, and whose caller was authorized for the
// operation on its resource; it returns the members of the output.
//
// What services share is in a [World]: the records of resources, the keys that they use on
// behalf of others, tags, clock and ids.
//
// An operation of a service is written like this:
//
//	s.Handle("GetGuardrail", emulate.Op{Resource: guardrailARN, Do: getGuardrail})
//
// where the resource is what the Service Authorization Reference says that the action is
// authorized against (https://docs.aws.amazon.com/service-authorization/latest/reference/).
package emulate
