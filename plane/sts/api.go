package sts

import (
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
	t := plane.NewQueryOperations(protocol)
	plane.AddQuery(t, "AssumeRole", s.assumeRole)
	plane.AddQuery(t, "GetAccessKeyInfo", s.getAccessKeyInfo)
	plane.AddQuery(t, "GetCallerIdentity", s.getCallerIdentity)
	plane.AddQuery(t, "GetFederationToken", s.getFederationToken)
	plane.AddQuery(t, "GetSessionToken", s.getSessionToken)
	operations, err := t.All()
	if err != nil {
		return nil, fmt.Errorf("sts: %w", err)
	}
	return &plane.Service{Name: "sts", Protocol: plane.Query(protocol), Operations: operations, ReadOnly: readOnly}, nil
}

// readOnly: CloudTrail marks the calls of STS so, AssumeRole included.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
func readOnly(string) bool { return true }

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
