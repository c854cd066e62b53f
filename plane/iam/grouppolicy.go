package iam

import (
	"context"

	"github.com/bedlock/bedlock/plane"
)

type groupPolicy struct{ GroupName, PolicyName string }

type groupAttachment struct{ GroupName, PolicyArn string }

type groupDocument struct{ GroupName, PolicyName, PolicyDocument string }

// groupPolicyOperations are those of a group's inline and attached policies.
func (s *Service) groupPolicyOperations(t *plane.QueryOperations) {
	plane.AddQuerySilent(t, "PutGroupPolicy", func(ctx context.Context, c *plane.Call, in *groupDocument) error {
		return s.edit(ctx, c, kindGroup, in.GroupName, nil, func(ch *change, e *entity) error {
			return ch.putInline(e, in.PolicyName, in.PolicyDocument)
		})
	})
	plane.AddQuery(t, "GetGroupPolicy", func(ctx context.Context, c *plane.Call, in *groupPolicy) (*groupDocument, error) {
		document, err := s.inlineDocument(ctx, c, kindGroup, in.GroupName, in.PolicyName)
		return &groupDocument{in.GroupName, in.PolicyName, document}, err
	})
	plane.AddQuerySilent(t, "DeleteGroupPolicy", func(ctx context.Context, c *plane.Call, in *groupPolicy) error {
		return s.edit(ctx, c, kindGroup, in.GroupName, nil, func(ch *change, e *entity) error { return ch.deleteInline(e, in.PolicyName) })
	})
	plane.AddQuery(t, "ListGroupPolicies", func(ctx context.Context, c *plane.Call, in *groupPage) (*policyNames, error) {
		return s.inlineNames(ctx, c, kindGroup, in.GroupName, in.Marker, in.MaxItems)
	})
	plane.AddQuerySilent(t, "AttachGroupPolicy", func(ctx context.Context, c *plane.Call, in *groupAttachment) error {
		return s.edit(ctx, c, kindGroup, in.GroupName, policyKey(in.PolicyArn), func(ch *change, e *entity) error { return ch.attach(e, in.PolicyArn) })
	})
	plane.AddQuerySilent(t, "DetachGroupPolicy", func(ctx context.Context, c *plane.Call, in *groupAttachment) error {
		return s.edit(ctx, c, kindGroup, in.GroupName, policyKey(in.PolicyArn), func(ch *change, e *entity) error { return ch.detach(e, in.PolicyArn) })
	})
	plane.AddQuery(t, "ListAttachedGroupPolicies", func(ctx context.Context, c *plane.Call, in *struct {
		GroupName, PathPrefix, Marker string
		MaxItems                      int
	}) (*attachedPolicies, error) {
		return s.attachments(ctx, c, kindGroup, in.GroupName, in.PathPrefix, in.Marker, in.MaxItems)
	})
}
