package iam

import (
	"context"

	"github.com/bedlock/bedlock/plane"
)

type userPolicy struct{ UserName, PolicyName string }

type userAttachment struct{ UserName, PolicyArn string }

type userDocument struct{ UserName, PolicyName, PolicyDocument string }

// userPolicyOperations are those of a user's inline and attached policies.
func (s *Service) userPolicyOperations(t *plane.QueryOperations) {
	plane.AddQuerySilent(t, "PutUserPolicy", func(ctx context.Context, c *plane.Call, in *userDocument) error {
		return s.edit(ctx, c, kindUser, in.UserName, nil, func(ch *change, e *entity) error {
			return ch.putInline(e, in.PolicyName, in.PolicyDocument)
		})
	})
	plane.AddQuery(t, "GetUserPolicy", func(ctx context.Context, c *plane.Call, in *userPolicy) (*userDocument, error) {
		document, err := s.inlineDocument(ctx, c, kindUser, in.UserName, in.PolicyName)
		return &userDocument{in.UserName, in.PolicyName, document}, err
	})
	plane.AddQuerySilent(t, "DeleteUserPolicy", func(ctx context.Context, c *plane.Call, in *userPolicy) error {
		return s.edit(ctx, c, kindUser, in.UserName, nil, func(ch *change, e *entity) error { return ch.deleteInline(e, in.PolicyName) })
	})
	plane.AddQuery(t, "ListUserPolicies", func(ctx context.Context, c *plane.Call, in *userPage) (*policyNames, error) {
		return s.inlineNames(ctx, c, kindUser, in.UserName, in.Marker, in.MaxItems)
	})
	plane.AddQuerySilent(t, "AttachUserPolicy", func(ctx context.Context, c *plane.Call, in *userAttachment) error {
		return s.edit(ctx, c, kindUser, in.UserName, policyKey(in.PolicyArn), func(ch *change, e *entity) error { return ch.attach(e, in.PolicyArn) })
	})
	plane.AddQuerySilent(t, "DetachUserPolicy", func(ctx context.Context, c *plane.Call, in *userAttachment) error {
		return s.edit(ctx, c, kindUser, in.UserName, policyKey(in.PolicyArn), func(ch *change, e *entity) error { return ch.detach(e, in.PolicyArn) })
	})
	plane.AddQuery(t, "ListAttachedUserPolicies", func(ctx context.Context, c *plane.Call, in *struct {
		UserName, PathPrefix, Marker string
		MaxItems                     int
	}) (*attachedPolicies, error) {
		return s.attachments(ctx, c, kindUser, in.UserName, in.PathPrefix, in.Marker, in.MaxItems)
	})
}
