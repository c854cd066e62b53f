package kms

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

// TagResource adds tags to a key, or gives those that it has other values.
func (s *Service) TagResource(ctx context.Context, c *Call, in *TagResourceInput) error {
	given := authz.Context{}
	tagConditions(in.Tags, given)
	k, err := s.open(ctx, c, "kms:TagResource", in.KeyId, idOrARN, nil, given)
	if err != nil {
		return err
	}
	return s.change(ctx, c, "TagResource", k.e, func(v *version, k *Key) error {
		more, err := s.newTags(in.Tags)
		if err != nil {
			return err
		}
		k.Tags = slices.Clone(v.Tags)
		for _, t := range more {
			if i := slices.IndexFunc(k.Tags, func(old Pair) bool { return old.Key == t.Key }); i >= 0 {
				k.Tags[i] = t
				continue
			}
			k.Tags = append(k.Tags, t)
		}
		if len(k.Tags) > s.limits.tags {
			return fail(InvalidTag, "Too many tags")
		}
		return nil
	})
}

// UntagResource takes tags from a key. Those that it does not have are no error.
func (s *Service) UntagResource(ctx context.Context, c *Call, in *UntagResourceInput) error {
	given := authz.Context{}
	if len(in.TagKeys) > 0 {
		given["aws:tagkeys"] = authz.Value{Values: in.TagKeys}
	}
	k, err := s.open(ctx, c, "kms:UntagResource", in.KeyId, idOrARN, nil, given)
	if err != nil {
		return err
	}
	return s.change(ctx, c, "UntagResource", k.e, func(v *version, k *Key) error {
		k.Tags = slices.DeleteFunc(slices.Clone(v.Tags), func(t Pair) bool { return slices.Contains(in.TagKeys, t.Key) })
		return nil
	})
}

// ListResourceTags lists a key's tags in the order in which they came.
func (s *Service) ListResourceTags(ctx context.Context, c *Call, in *ListResourceTagsInput) (*ListResourceTagsOutput, error) {
	k, err := s.open(ctx, c, "kms:ListResourceTags", in.KeyId, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	if err := check("ListResourceTags", k.v); err != nil {
		return nil, err
	}
	places := make([]int, len(k.v.Tags))
	for i := range places {
		places[i] = i
	}
	places, next, err := page("ListResourceTags", in.Marker, in.Limit, places, func(i int) string { return fmt.Sprintf("%03d", i) })
	if err != nil {
		return nil, err
	}
	out := &ListResourceTagsOutput{Tags: []Tag{}, NextMarker: next, Truncated: next != ""}
	for _, i := range places {
		out.Tags = append(out.Tags, Tag{k.v.Tags[i].Key, k.v.Tags[i].Value})
	}
	return out, nil
}

// newTags checks the tags of a request. In which order AWS does is unconfirmed.
func (s *Service) newTags(tags []Tag) ([]Pair, error) {
	if len(tags) > s.limits.tags {
		return nil, fail(InvalidTag, "Too many tags")
	}
	var out []Pair
	for _, t := range tags {
		if len(t.TagKey) >= 4 && strings.EqualFold(t.TagKey[:4], "aws:") {
			return nil, fail(InvalidTag, "Tags beginning with aws: are reserved")
		}
		if slices.ContainsFunc(out, func(p Pair) bool { return p.Key == t.TagKey }) {
			return nil, fail(InvalidTag, "Duplicate tag keys")
		}
		out = append(out, Pair{t.TagKey, t.TagValue})
	}
	return out, nil
}

// tagConditions adds the condition keys of tags in a request.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func tagConditions(tags []Tag, out authz.Context) {
	if len(tags) == 0 {
		return
	}
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.TagKey
		out["aws:requesttag/"+strings.ToLower(t.TagKey)] = one(t.TagValue)
	}
	out["aws:tagkeys"] = authz.Value{Values: names}
}

// allowNewTags decides whether the caller may tag a key that is being created: by
// identity-based policies alone, and a refusal names no resource.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html
func (s *Service) allowNewTags(ctx context.Context, c *Call, k *Key, tags []Tag) error {
	if s.auth == nil {
		return s.refuse(c, "kms:TagResource", k.ARN())
	}
	given := authz.Context{}
	keyConditions(k, given)
	tagConditions(tags, given)
	return s.auth.Authorize(ctx, c, &Access{
		Action: "kms:TagResource", Resource: k.ARN(), Policy: compiled(defaultPolicy(k.Partition, k.Account)), Context: given, Unnamed: true,
	})
}
