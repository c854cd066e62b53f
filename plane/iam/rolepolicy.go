package iam

import (
	"context"

	"github.com/bedlock/bedlock/plane"
)

type rolePolicy struct{ RoleName, PolicyName string }

type roleAttachment struct{ RoleName, PolicyArn string }

type roleDocument struct{ RoleName, PolicyName, PolicyDocument string }

// rolePolicyOperations are those of a role's inline and attached policies.
func (s *Service) rolePolicyOperations(t *plane.QueryOperations) {
	plane.AddQuerySilent(t, "PutRolePolicy", func(ctx context.Context, c *plane.Call, in *roleDocument) error {
		return s.edit(ctx, c, kindRole, in.RoleName, nil, func(ch *change, e *entity) error {
			return ch.putInline(e, in.PolicyName, in.PolicyDocument)
		})
	})
	plane.AddQuery(t, "GetRolePolicy", func(ctx context.Context, c *plane.Call, in *rolePolicy) (*roleDocument, error) {
		document, err := s.inlineDocument(ctx, c, kindRole, in.RoleName, in.PolicyName)
		return &roleDocument{in.RoleName, in.PolicyName, document}, err
	})
	plane.AddQuerySilent(t, "DeleteRolePolicy", func(ctx context.Context, c *plane.Call, in *rolePolicy) error {
		return s.edit(ctx, c, kindRole, in.RoleName, nil, func(ch *change, e *entity) error { return ch.deleteInline(e, in.PolicyName) })
	})
	plane.AddQuery(t, "ListRolePolicies", func(ctx context.Context, c *plane.Call, in *rolePage) (*policyNames, error) {
		return s.inlineNames(ctx, c, kindRole, in.RoleName, in.Marker, in.MaxItems)
	})
	plane.AddQuerySilent(t, "AttachRolePolicy", func(ctx context.Context, c *plane.Call, in *roleAttachment) error {
		return s.edit(ctx, c, kindRole, in.RoleName, policyKey(in.PolicyArn), func(ch *change, e *entity) error { return ch.attach(e, in.PolicyArn) })
	})
	plane.AddQuerySilent(t, "DetachRolePolicy", func(ctx context.Context, c *plane.Call, in *roleAttachment) error {
		return s.edit(ctx, c, kindRole, in.RoleName, policyKey(in.PolicyArn), func(ch *change, e *entity) error { return ch.detach(e, in.PolicyArn) })
	})
	plane.AddQuery(t, "ListAttachedRolePolicies", func(ctx context.Context, c *plane.Call, in *struct {
		RoleName, PathPrefix, Marker string
		MaxItems                     int
	}) (*attachedPolicies, error) {
		return s.attachments(ctx, c, kindRole, in.RoleName, in.PathPrefix, in.Marker, in.MaxItems)
	})
}
