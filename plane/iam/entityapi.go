package iam

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/plane"
)

// What follows is alike for users, groups and roles.

// boundary is a permissions boundary as answers have it.
type boundary struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }

func (e *entity) boundary() *boundary {
	if e.Boundary == "" {
		return nil
	}
	return &boundary{"Policy", e.Boundary}
}

type attachedPolicy struct{ PolicyName, PolicyArn string }

func attachedPolicyOf(arn string) attachedPolicy {
	return attachedPolicy{arn[strings.LastIndexByte(arn, '/')+1:], arn}
}

type policyNames struct {
	PolicyNames []string
	IsTruncated bool
	Marker      string `json:",omitempty"`
}

// inlineNames are the names of an entity's inline policies.
func (s *Service) inlineNames(ctx context.Context, c *plane.Call, k kind, name, marker string, max int) (*policyNames, error) {
	_, e, err := s.read(ctx, c, k, name)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, p := range e.Inline {
		names = append(names, p.Name)
	}
	names, next, err := paginate(names, same, marker, max)
	return &policyNames{names, next.IsTruncated, next.Marker}, err
}

// inlineDocument is an inline policy as IAM answers with it.
func (s *Service) inlineDocument(ctx context.Context, c *plane.Call, k kind, name, policy string) (string, error) {
	_, e, err := s.read(ctx, c, k, name)
	if err != nil {
		return "", err
	}
	i, found := e.inline(policy)
	if !found {
		return "", noSuchInline(k, policy)
	}
	return escaped(e.Inline[i].Document), nil
}

type attachedPolicies struct {
	AttachedPolicies []attachedPolicy
	IsTruncated      bool
	Marker           string `json:",omitempty"`
}

// attachments are the managed policies of an entity below a path.
func (s *Service) attachments(ctx context.Context, c *plane.Call, k kind, name, prefix, marker string, max int) (*attachedPolicies, error) {
	_, e, err := s.read(ctx, c, k, name)
	if err != nil {
		return nil, err
	}
	list := []attachedPolicy{}
	for _, arn := range e.Attached {
		if _, path, _ := strings.Cut(arn, ":policy"); strings.HasPrefix(path, prefix) {
			list = append(list, attachedPolicyOf(arn))
		}
	}
	slices.SortFunc(list, func(x, y attachedPolicy) int { return strings.Compare(x.PolicyArn, y.PolicyArn) })
	list, next, err := paginate(list, func(p attachedPolicy) string { return p.PolicyArn }, marker, max)
	return &attachedPolicies{list, next.IsTruncated, next.Marker}, err
}

type tagList struct {
	Tags        []Tag
	IsTruncated bool
	Marker      string `json:",omitempty"`
}

func listTags(tags []Tag, marker string, max int) (*tagList, error) {
	tags, next, err := paginate(tags, func(t Tag) string { return t.Key }, marker, max)
	return &tagList{slices.Clone(tags), next.IsTruncated, next.Marker}, err
}

// tag adds tags to a user or role.
func (s *Service) tag(ctx context.Context, c *plane.Call, k kind, name string, tags []Tag) error {
	return s.edit(ctx, c, k, name, requestTags(tags), func(ch *change, e *entity) error {
		all, err := merged(e.Tags, tags, true)
		if err != nil {
			return err
		}
		n := e.clone()
		n.Tags = all
		ch.put(e, n)
		return nil
	})
}

func (s *Service) untag(ctx context.Context, c *plane.Call, k kind, name string, keys []string) error {
	return s.edit(ctx, c, k, name, tagKeys(keys), func(ch *change, e *entity) error {
		n := e.clone()
		n.Tags = without(e.Tags, keys, true)
		ch.put(e, n)
		return nil
	})
}

// discard deletes an entity.
func (s *Service) discard(ctx context.Context, c *plane.Call, k kind, name string) error {
	return s.edit(ctx, c, k, name, nil, func(ch *change, e *entity) error {
		if err := ch.removable(e); err != nil {
			return err
		}
		ch.remove(e)
		return nil
	})
}

// date is a time that is left out when there is none.
func date(t time.Time, ok bool) *time.Time {
	if !ok {
		return nil
	}
	return &t
}
