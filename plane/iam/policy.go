package iam

import (
	"cmp"
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/managed"
)

// policyShape is Policy of the API.
type policyShape struct {
	PolicyName, PolicyId, Arn, Path, DefaultVersionId string
	AttachmentCount, PermissionsBoundaryUsageCount    int
	IsAttachable                                      bool
	Description                                       string `json:",omitempty"`
	CreateDate, UpdateDate                            time.Time
	Tags                                              *[]Tag `json:",omitempty"`
}

// policy is a customer managed policy as lists have it.
func (a *account) policyShape(p *managedPolicy) policyShape {
	attachments, boundaries := a.attached(p.arn())
	return policyShape{
		PolicyName: p.Name, PolicyId: p.ID, Arn: p.arn(), Path: p.Path, DefaultVersionId: versionID(p.Default),
		AttachmentCount: attachments, PermissionsBoundaryUsageCount: boundaries, IsAttachable: true, CreateDate: p.Created, UpdateDate: p.Updated,
	}
}

func versionID(n int) string { return "v" + number(n) }

// awsShape is an AWS managed policy. Its id is made up from its ARN; its dates are the day
// as of which the plane knows it.
func (a *account) awsShape(p *managed.Policy) policyShape {
	arn := "arn:" + cmp.Or(a.partition, defaultPartition) + awsOwn + p.Name
	attachments, boundaries := a.attached(arn)
	sum := sha256.Sum256([]byte(arn))
	name, path := p.Name, "/"
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name, path = name[i+1:], "/"+name[:i+1]
	}
	return policyShape{
		PolicyName: name, PolicyId: policyPrefix + alphabet.EncodeToString(sum[:11])[:17], Arn: arn, Path: path, DefaultVersionId: p.Version,
		AttachmentCount: attachments, PermissionsBoundaryUsageCount: boundaries, IsAttachable: true, CreateDate: asOf(p), UpdateDate: asOf(p),
	}
}

func asOf(p *managed.Policy) time.Time {
	day, _ := time.Parse(time.DateOnly, p.AsOf) // the table is tested
	return day
}

type policyOutput struct{ Policy policyShape }

type policyARNInput struct{ PolicyArn string }

type policyPage struct {
	PolicyArn, Marker string
	MaxItems          int
}

type policyList struct {
	Policies    []policyShape
	IsTruncated bool
	Marker      string `json:",omitempty"`
}

func (s *Service) policyOperations(t *plane.QueryOperations) {
	plane.AddQuery(t, "CreatePolicy", s.createPolicy)
	plane.AddQuery(t, "GetPolicy", s.getPolicy)
	plane.AddQuery(t, "ListPolicies", s.listPolicies)
	plane.AddQuerySilent(t, "DeletePolicy", s.deletePolicy)
	plane.AddQuery(t, "ListEntitiesForPolicy", s.listEntitiesForPolicy)
	plane.AddQuerySilent(t, "TagPolicy", func(ctx context.Context, c *plane.Call, in *struct {
		PolicyArn string
		Tags      []Tag
	}) error {
		return s.editPolicy(ctx, c, in.PolicyArn, requestTags(in.Tags), notFound, func(ch *change, p *managedPolicy) error {
			all, err := merged(p.Tags, in.Tags, false)
			p.Tags = all
			return err
		})
	})
	plane.AddQuerySilent(t, "UntagPolicy", func(ctx context.Context, c *plane.Call, in *struct {
		PolicyArn string
		TagKeys   []string
	}) error {
		return s.editPolicy(ctx, c, in.PolicyArn, tagKeys(in.TagKeys), notFound, func(ch *change, p *managedPolicy) error {
			p.Tags = without(p.Tags, in.TagKeys, false)
			return nil
		})
	})
	plane.AddQuery(t, "ListPolicyTags", func(ctx context.Context, c *plane.Call, in *policyPage) (*tagList, error) {
		p, err := s.findPolicy(ctx, c, s.view(c.Account), in.PolicyArn, nil)
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, notFound(in.PolicyArn)
		}
		return listTags(p.Tags, in.Marker, in.MaxItems)
	})
}

// notFound is how most operations refuse a policy that does not exist.
func notFound(arn string) error { return noSuchEntity("Policy %s was not found.", arn) }

// findPolicy authorizes a call on a managed policy and returns it if it is the account's
// own; nil: it is not, or does not exist.
func (s *Service) findPolicy(ctx context.Context, c *plane.Call, a *account, arn string, keys authz.Context) (*managedPolicy, error) {
	p, all := a.policy(arn), authz.Context{}
	if p != nil {
		resourceTags(all, p.Tags)
	}
	maps.Copy(all, keys)
	if err := s.allow(ctx, c, arn, "policy "+arn, all); err != nil {
		return nil, err
	}
	return p, nil
}

// editPolicy changes a copy of a customer managed policy.
func (s *Service) editPolicy(ctx context.Context, c *plane.Call, arn string, keys authz.Context, missing func(string) error, f func(*change, *managedPolicy) error) error {
	return s.change(ctx, c.Account, func(ch *change) error {
		p, err := s.findPolicy(ctx, c, ch.account, arn, keys)
		if err != nil {
			return err
		}
		if p == nil {
			return missing(arn)
		}
		n := p.clone()
		if err := f(ch, n); err != nil {
			return err
		}
		ch.putPolicy(n)
		return nil
	})
}

func (s *Service) createPolicy(ctx context.Context, c *plane.Call, in *struct {
	PolicyName, Path, PolicyDocument, Description string
	Tags                                          []Tag
}) (*policyOutput, error) {
	path := in.Path
	if path == "" {
		path = "/"
	}
	out := &policyOutput{}
	arn := s.view(c.Account).arnOf("policy" + path + in.PolicyName)
	return out, s.change(ctx, c.Account, func(ch *change) error {
		if err := s.allow(ctx, c, arn, "policy "+in.PolicyName, requestTags(in.Tags)); err != nil {
			return err
		}
		if len(in.Tags) > 0 {
			tagging := plane.Asked{Action: "iam:TagPolicy", Resource: arn, Called: "policy " + arn, Context: requestTags(in.Tags)}
			if err := s.authorizer.Allow(ctx, &tagging); err != nil {
				return err
			}
		}
		p, err := ch.createPolicy(&managedPolicy{Name: in.PolicyName, Path: path, Description: in.Description, Tags: in.Tags}, in.PolicyDocument)
		if err != nil {
			return err
		}
		out.Policy = ch.policyShape(p)
		if len(p.Tags) > 0 {
			out.Policy.Tags = &p.Tags
		}
		return nil
	})
}

func (s *Service) getPolicy(ctx context.Context, c *plane.Call, in *policyARNInput) (*policyOutput, error) {
	a := s.view(c.Account)
	p, err := s.findPolicy(ctx, c, a, in.PolicyArn, nil)
	if err != nil {
		return nil, err
	}
	if p == nil {
		known, ok := managed.Lookup(in.PolicyArn)
		if !ok {
			return nil, notFound(in.PolicyArn)
		}
		out := a.awsShape(&known)
		out.Tags = &[]Tag{}
		return &policyOutput{out}, nil
	}
	out, tags := a.policyShape(p), append([]Tag{}, p.Tags...)
	out.Description, out.Tags = p.Description, &tags
	return &policyOutput{out}, nil
}

func (s *Service) listPolicies(ctx context.Context, c *plane.Call, in *struct {
	Scope, PathPrefix, PolicyUsageFilter, Marker string
	OnlyAttached                                 bool
	MaxItems                                     int
}) (*policyList, error) {
	a := s.view(c.Account)
	if err := s.allow(ctx, c, a.arnOf("policy/"), "policy path /", nil); err != nil {
		return nil, err
	}
	var all []policyShape
	if in.Scope != "AWS" {
		for _, p := range a.policies {
			all = append(all, a.policyShape(p))
		}
	}
	if in.Scope != "Local" {
		for _, p := range managed.All() {
			all = append(all, a.awsShape(&p))
		}
	}
	all = slices.DeleteFunc(all, func(p policyShape) bool {
		return !strings.HasPrefix(p.Path, in.PathPrefix) || in.OnlyAttached && p.AttachmentCount == 0 ||
			in.PolicyUsageFilter == "PermissionsPolicy" && p.AttachmentCount == 0 || in.PolicyUsageFilter == "PermissionsBoundary" && p.PermissionsBoundaryUsageCount == 0
	})
	key := func(p policyShape) string { return strings.ToLower(p.PolicyName) + " " + p.Arn }
	slices.SortFunc(all, func(x, y policyShape) int { return strings.Compare(key(x), key(y)) })
	all, next, err := paginate(all, key, in.Marker, in.MaxItems)
	return &policyList{append([]policyShape{}, all...), next.IsTruncated, next.Marker}, err
}

func (s *Service) deletePolicy(ctx context.Context, c *plane.Call, in *policyARNInput) error {
	return s.change(ctx, c.Account, func(ch *change) error {
		p, err := s.findPolicy(ctx, c, ch.account, in.PolicyArn, nil)
		if err != nil {
			return err
		}
		if p == nil {
			return notFound(in.PolicyArn)
		}
		attachments, boundaries := ch.attached(in.PolicyArn)
		switch {
		case attachments+boundaries > 0:
			return deleteConflict("Cannot delete a policy attached to entities.")
		case len(p.Versions) > 1:
			return deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		ch.removePolicy(p)
		return nil
	})
}

// defaultSession is how long sessions of a role are unless it says otherwise, in seconds.
const defaultSession = 3600

// createPolicy makes a customer managed policy with its first version.
func (c *change) createPolicy(p *managedPolicy, document string) (*managedPolicy, error) {
	if c.policies[p.order()] != nil {
		return nil, alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", p.Name)
	}
	if len(c.policies) >= maxPolicies && !c.service.unlimited.Load() {
		return nil, limitExceeded("PoliciesPerAccount", maxPolicies)
	}
	if err := checkTags(p.Tags, false); err != nil {
		return nil, err
	}
	id, err := newID(c.service.random, policyPrefix)
	if err != nil {
		return nil, err
	}
	p.ID, p.Account, p.Partition, p.Created, p.Updated, p.Default, p.Next = id, c.id, c.partition, c.now, c.now, 1, 1
	if p.Path == "" {
		p.Path = "/"
	}
	sortTags(p.Tags)
	if _, err := c.addVersion(p, document); err != nil {
		return nil, err
	}
	c.putPolicy(p)
	return p, nil
}

// addVersion adds a version to a policy that is not published yet.
func (c *change) addVersion(p *managedPolicy, document string) (*policyVersion, error) {
	compiled, err := identityDocument(p.arn(), document)
	if err != nil {
		return nil, err
	}
	if size(document) > maxPolicySize && !p.long {
		return nil, limitExceeded("PolicySize", maxPolicySize)
	}
	p.Versions = append(p.Versions, policyVersion{p.Next, document, c.now, compiled})
	p.Next++
	return &p.Versions[len(p.Versions)-1], nil
}
