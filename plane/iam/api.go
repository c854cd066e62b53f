package iam

import (
	"context"
	"fmt"
	"net/http"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/awsquery"
	"github.com/bedlock/bedlock/policy/authz"
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
	for name, do := range t.operations {
		t.operations[name] = func(ctx context.Context, c *plane.Call, body []byte) ([]byte, error) {
			if err := withoutMFA(c.Caller); err != nil {
				return nil, err
			}
			return do(ctx, c, body)
		}
	}
	return &plane.Service{Name: "iam", Global: true, Protocol: plane.Query(protocol), Operations: t.operations}, nil
}

// withoutMFA refuses the sessions of users and root users, which call IAM with MFA only;
// those of federated users never do. AWS's code and words are not confirmed.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
func withoutMFA(c *plane.Caller) error {
	if c.Session == nil || c.Principal.Kind == authz.Session || c.Session.MFA && c.Principal.Kind != authz.Federated {
		return nil
	}
	return &plane.Error{Status: http.StatusForbidden, Code: "InvalidClientTokenId", Message: "The security token included in the request is invalid"}
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
