package sts

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// GetCallerIdentityInput is the input of GetCallerIdentity, which has no members.
type GetCallerIdentityInput struct{}

// GetCallerIdentityOutput is the output of GetCallerIdentity.
type GetCallerIdentityOutput struct{ UserId, Account, Arn string }

// GetAccessKeyInfoInput is the input of GetAccessKeyInfo.
type GetAccessKeyInfoInput struct{ AccessKeyId string }

// GetAccessKeyInfoOutput is the output of GetAccessKeyInfo.
type GetAccessKeyInfoOutput struct{ Account string }

// getCallerIdentity needs no permission and no policy forbids it.
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func (s *Service) getCallerIdentity(_ context.Context, c *plane.Call, _ *GetCallerIdentityInput) (*GetCallerIdentityOutput, error) {
	p := c.Caller.Principal
	out := &GetCallerIdentityOutput{UserId: p.ID, Account: c.Account, Arn: p.ARN}
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
	switch p.Kind {
	case authz.Root:
		out.UserId = c.Account
	case authz.Federated:
		out.UserId = c.Account + ":" + p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	}
	return out, nil
}

// getAccessKeyInfo tells the account of an access key, whatever its state: that of a key
// that the directory knows, else the one in the id.
// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
func (s *Service) getAccessKeyInfo(ctx context.Context, c *plane.Call, in *GetAccessKeyInfoInput) (*GetAccessKeyInfoOutput, error) {
	if p := c.Caller.Principal; c.Caller.Session != nil && p.Kind != authz.Session {
		return nil, withSession(c.Operation)
	}
	if err := s.authorizer.Allow(ctx, &plane.Asked{Action: "sts:GetAccessKeyInfo", Resource: "*"}); err != nil {
		return nil, err
	}
	if known, _ := s.directory.Caller(ctx, in.AccessKeyId, ""); known != nil {
		return &GetAccessKeyInfoOutput{known.Principal.Account}, nil
	}
	if account, ok := accountOf(in.AccessKeyId); ok {
		return &GetAccessKeyInfoOutput{account}, nil
	}
	// AWS's code and words are not confirmed.
	return nil, validationError("The Access Key with id " + in.AccessKeyId + " cannot be found.")
}
