package sts

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/awsquery"
	"github.com/bedlock/bedlock/policy/authz"
)

// API is the service sts of the plane.
func (s *Service) API() (*plane.Service, error) {
	protocol, err := awsquery.STS()
	if err != nil {
		return nil, fmt.Errorf("sts: %w", err)
	}
	t := &table{protocol: protocol, operations: map[string]plane.Operation{}}
	add(t, "AssumeRole", s.assumeRole)
	add(t, "GetAccessKeyInfo", s.getAccessKeyInfo)
	add(t, "GetCallerIdentity", s.getCallerIdentity)
	add(t, "GetFederationToken", s.getFederationToken)
	add(t, "GetSessionToken", s.getSessionToken)
	if t.err != nil {
		return nil, fmt.Errorf("sts: %w", t.err)
	}
	return &plane.Service{Name: "sts", Protocol: plane.Query(protocol), Operations: t.operations, ReadOnly: readOnly}, nil
}

// readOnly: CloudTrail marks the calls of STS so, AssumeRole included.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
func readOnly(string) bool { return true }

// table collects operations; the first error ends it.
type table struct {
	protocol   *awsquery.Service
	operations map[string]plane.Operation
	err        error
}

func add[I, O any](t *table, name string, do func(context.Context, *plane.Call, *I) (*O, error)) {
	if t.err != nil {
		return
	}
	decoder, err := awsquery.NewDecoder[I](t.protocol, name)
	if err != nil {
		t.err = err
		return
	}
	encoder, err := awsquery.NewEncoder[O](t.protocol, name)
	if err != nil {
		t.err = err
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

func accessDenied(message string) error {
	return &plane.Error{Status: http.StatusForbidden, Code: "AccessDenied", Message: message}
}

func validationError(message string) error {
	return &plane.Error{Status: http.StatusBadRequest, Code: "ValidationError", Message: message}
}

func invalidParameter(message string) error {
	return &plane.Error{Status: http.StatusBadRequest, Code: "InvalidParameterValue", Message: message}
}

// withSession refuses what temporary credentials cannot call. The text was seen for
// GetSessionToken and GetFederationToken; for other operations it is not confirmed.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
func withSession(operation string) error {
	return accessDenied("Cannot call " + operation + " with session credentials")
}

// noMFA refuses codes of MFA devices: the local plane has no devices, and AWS answers thus
// for one that it does not know. The text is that of many reports.
func noMFA(serial, code string) error {
	if serial == "" && code == "" {
		return nil
	}
	return accessDenied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
}

// discreet takes the reason out of a refusal that would tell whether a role exists: STS
// gives none unless a policy on the caller's side denies explicitly.
// Observed in August 2026, and of roles that do not exist:
// https://github.com/HackTricks-wiki/hacktricks-cloud/blob/master/pentesting-cloud/aws-security/aws-unauthenticated-enum-access/aws-iam-and-sts-unauthenticated-enum.md
// The User Guide's "because no role trust policy allows …" was not seen on the wire.
func discreet(c *plane.Call, err error) error {
	var e *plane.Error
	if !errors.As(err, &e) || len(c.Decisions) == 0 {
		return err
	}
	last := c.Decisions[len(c.Decisions)-1]
	if why := last.Why; why != nil && why.Outcome == authz.ExplicitDeny && why.Reasons[0].Layer != authz.LayerResource {
		return err
	}
	return notAuthorized(c, last.Action, last.Resource)
}

func notAuthorized(c *plane.Call, action, resource string) error {
	return accessDenied("User: " + c.Caller.Principal.ARN + " is not authorized to perform: " + action + " on resource: " + resource)
}
