package sts

import (
	"context"
	"strings"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// GetSessionTokenInput is the input of GetSessionToken.
type GetSessionTokenInput struct {
	DurationSeconds         int
	SerialNumber            string
	TokenCode               string
	MinimumSessionTokenSize int
}

// GetSessionTokenOutput is the output of GetSessionToken.
type GetSessionTokenOutput struct{ Credentials *Credentials }

// GetFederationTokenInput is the input of GetFederationToken.
type GetFederationTokenInput struct {
	Name                    string
	Policy                  string
	PolicyArns              []PolicyDescriptorType
	DurationSeconds         int
	Tags                    []Tag
	MinimumSessionTokenSize int
}

// GetFederationTokenOutput is the output of GetFederationToken.
type GetFederationTokenOutput struct {
	Credentials      *Credentials
	FederatedUser    FederatedUser
	PackedPolicySize int
}

// FederatedUser names a session of GetFederationToken.
type FederatedUser struct{ FederatedUserId, Arn string }

// getSessionToken makes a session of a user or a root user. It needs no permission and no
// policy forbids it:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
func (s *Service) getSessionToken(_ context.Context, c *plane.Call, in *GetSessionTokenInput) (*GetSessionTokenOutput, error) {
	if c.Caller.Session != nil {
		return nil, withSession(c.Operation)
	}
	if err := noMFA(in.SerialNumber, in.TokenCode); err != nil {
		return nil, err
	}
	of, err := s.sessionOfCaller(c, userSession, rootSession)
	if err != nil {
		return nil, err
	}
	credentials, err := s.issue(of, userLifetime(c, in.DurationSeconds), in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	return &GetSessionTokenOutput{credentials}, nil
}

// getFederationToken makes a session that has what its policies and the calling user both
// allow.
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
func (s *Service) getFederationToken(ctx context.Context, c *plane.Call, in *GetFederationTokenInput) (*GetFederationTokenOutput, error) {
	if c.Caller.Session != nil {
		return nil, withSession(c.Operation)
	}
	tags, err := sessionTags(in.Tags, nil, nil)
	if err != nil {
		return nil, err
	}
	resource := sessionARN(c.Caller.Principal.ARN, c.Account, "federated-user/"+in.Name)
	asked := plane.Asked{Action: "sts:GetFederationToken", Resource: resource, Context: tagContext(in.Tags, nil)}
	if err := s.authorizer.Allow(ctx, &asked); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		asked.Action = "sts:TagSession"
		if err := s.authorizer.Allow(ctx, &asked); err != nil {
			return nil, err
		}
	}
	of, err := s.sessionOfCaller(c, federatedUser, federatedRoot)
	if err != nil {
		return nil, err
	}
	of.Session, of.Tags = in.Name, tags
	size, err := s.limit(of, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	credentials, err := s.issue(of, userLifetime(c, in.DurationSeconds), in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	return &GetFederationTokenOutput{credentials, FederatedUser{c.Account + ":" + in.Name, resource}, size}, nil
}

// sessionOfCaller begins a session of the user or root user that calls.
func (s *Service) sessionOfCaller(c *plane.Call, ofUser, ofRoot kind) (*session, error) {
	p := c.Caller.Principal
	if p.Kind == authz.Root {
		return &session{Kind: ofRoot, Account: c.Account}, nil
	}
	name := p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	if e := s.directory.User(c.Account, name); p.Kind == authz.User && e != nil {
		return &session{Kind: ofUser, Account: c.Account, Name: name, ID: e.ID}, nil
	}
	// The user was deleted after the signature was verified.
	return nil, &plane.Error{Status: 403, Code: "InvalidClientTokenId", Message: "The security token included in the request is invalid."}
}

// userLifetime is how long a session of a user is: twelve hours unless the request says
// it. Those of root users last an hour at most, whatever is asked for.
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
func userLifetime(c *plane.Call, seconds int) time.Duration {
	asked := 12 * time.Hour
	if seconds != 0 {
		asked = time.Duration(seconds) * time.Second
	}
	if c.Caller.Principal.Kind == authz.Root {
		return min(asked, time.Hour)
	}
	return asked
}
