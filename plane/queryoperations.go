package plane

import (
	"context"

	"github.com/bedlock/bedlock/plane/awsquery"
)

// QueryOperations collects the operations of a service that speaks the query protocol.
type QueryOperations struct {
	protocol   *awsquery.Service
	operations map[string]Operation
	err        error
}

// NewQueryOperations makes an empty collection.
func NewQueryOperations(s *awsquery.Service) *QueryOperations {
	return &QueryOperations{protocol: s, operations: map[string]Operation{}}
}

// All returns the operations by name. The error is that of the first whose types do not fit
// the model of the API: a defect.
func (q *QueryOperations) All() (map[string]Operation, error) { return q.operations, q.err }

// AddQuery adds an operation.
func AddQuery[I, O any](q *QueryOperations, name string, do func(context.Context, *Call, *I) (*O, error)) {
	decoder, err := awsquery.NewDecoder[I](q.protocol, name)
	if q.failed(err) {
		return
	}
	encoder, err := awsquery.NewEncoder[O](q.protocol, name)
	if q.failed(err) {
		return
	}
	q.operations[name] = func(ctx context.Context, c *Call, body []byte) ([]byte, error) {
		in, err := decoder.Decode(body)
		if err != nil {
			return nil, err
		}
		c.Input = in
		out, err := do(ctx, c, in)
		if err != nil {
			return nil, err
		}
		c.Output = out
		return encoder.Append(nil, c.RequestID, out), nil
	}
}

// AddQuerySilent adds an operation that answers nothing.
func AddQuerySilent[I any](q *QueryOperations, name string, do func(context.Context, *Call, *I) error) {
	decoder, err := awsquery.NewDecoder[I](q.protocol, name)
	if q.failed(err) {
		return
	}
	q.operations[name] = func(ctx context.Context, c *Call, body []byte) ([]byte, error) {
		in, err := decoder.Decode(body)
		if err != nil {
			return nil, err
		}
		c.Input = in
		if err := do(ctx, c, in); err != nil {
			return nil, err
		}
		return q.protocol.AppendEmpty(nil, name, c.RequestID), nil
	}
}

// AddQueryPlain adds an operation without input.
func AddQueryPlain[O any](q *QueryOperations, name string, do func(context.Context, *Call) (*O, error)) {
	encoder, err := awsquery.NewEncoder[O](q.protocol, name)
	if q.failed(err) {
		return
	}
	q.operations[name] = func(ctx context.Context, c *Call, _ []byte) ([]byte, error) {
		out, err := do(ctx, c)
		if err != nil {
			return nil, err
		}
		c.Output = out
		return encoder.Append(nil, c.RequestID, out), nil
	}
}

func (q *QueryOperations) failed(err error) bool {
	if q.err == nil {
		q.err = err
	}
	return q.err != nil
}
