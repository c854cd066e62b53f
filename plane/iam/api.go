package iam

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/awsquery"
)

// API is the service iam of the plane.
func (s *Service) API() (*plane.Service, error) {
	protocol, err := awsquery.IAM()
	if err != nil {
		return nil, fmt.Errorf("iam: %w", err)
	}
	t := &table{service: protocol, operations: map[string]plane.Operation{}}
	s.userOperations(t)
	s.accessKeyOperations(t)
	s.roleOperations(t)
	s.groupOperations(t)
	s.policyOperations(t)
	s.versionOperations(t)
	s.accountOperations(t)
	s.simulateOperations(t)
	if t.err != nil {
		return nil, fmt.Errorf("iam: %w", t.err)
	}
	return &plane.Service{Name: "iam", Global: true, Protocol: plane.Query(protocol), Operations: t.operations}, nil
}

// table collects operations; the first error ends it.
type table struct {
	service    *awsquery.Service
	operations map[string]plane.Operation
	err        error
}

func add[I, O any](t *table, name string, do func(context.Context, *plane.Call, *I) (*O, error)) {
	decoder, err := awsquery.NewDecoder[I](t.service, name)
	if t.failed(err) {
		return
	}
	encoder, err := awsquery.NewEncoder[O](t.service, name)
	if t.failed(err) {
		return
	}
	t.operations[name] = func(ctx context.Context, c *plane.Call, body []byte) ([]byte, error) {
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

// addSilent is add for operations that answer nothing.
func addSilent[I any](t *table, name string, do func(context.Context, *plane.Call, *I) error) {
	decoder, err := awsquery.NewDecoder[I](t.service, name)
	if t.failed(err) {
		return
	}
	t.operations[name] = func(ctx context.Context, c *plane.Call, body []byte) ([]byte, error) {
		in, err := decoder.Decode(body)
		if err != nil {
			return nil, err
		}
		c.Input = in
		if err := do(ctx, c, in); err != nil {
			return nil, err
		}
		return t.service.AppendEmpty(nil, name, c.RequestID), nil
	}
}

// addPlain is add for operations without input.
func addPlain[O any](t *table, name string, do func(context.Context, *plane.Call) (*O, error)) {
	encoder, err := awsquery.NewEncoder[O](t.service, name)
	if t.failed(err) {
		return
	}
	t.operations[name] = func(ctx context.Context, c *plane.Call, _ []byte) ([]byte, error) {
		out, err := do(ctx, c)
		if err != nil {
			return nil, err
		}
		c.Output = out
		return encoder.Append(nil, c.RequestID, out), nil
	}
}

func (t *table) failed(err error) bool {
	if t.err == nil {
		t.err = err
	}
	return t.err != nil
}
