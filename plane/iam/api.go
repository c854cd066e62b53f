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
	t := plane.NewQueryOperations(protocol)
	s.userOperations(t)
	s.accessKeyOperations(t)
	s.roleOperations(t)
	s.groupOperations(t)
	s.policyOperations(t)
	s.versionOperations(t)
	s.accountOperations(t)
	s.simulateOperations(t)
	s.instanceProfileOperations(t)
	operations, err := t.All()
	if err != nil {
		return nil, fmt.Errorf("iam: %w", err)
	}
	for name, do := range operations {
		operations[name] = func(ctx context.Context, c *plane.Call, body []byte) ([]byte, error) {
			if err := withoutMFA(c.Caller); err != nil {
				return nil, err
			}
			return do(ctx, c, body)
		}
	}
	return &plane.Service{Name: "iam", Global: true, Protocol: plane.Query(protocol), Operations: operations}, nil
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
