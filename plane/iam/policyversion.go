package iam

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/managed"
)

// versionShape is PolicyVersion of the API.
type versionShape struct {
	Document         string `json:",omitempty"`
	VersionId        string
	IsDefaultVersion bool
	CreateDate       time.Time
}

func (p *managedPolicy) shape(v *policyVersion) versionShape {
	return versionShape{VersionId: versionID(v.Number), IsDefaultVersion: v.Number == p.Default, CreateDate: v.Created}
}

// fullShape is a version with its document.
func (p *managedPolicy) fullShape(v *policyVersion) versionShape {
	out := p.shape(v)
	out.Document = escaped(v.Document)
	return out
}

func awsVersion(p *managed.Policy) versionShape {
	return versionShape{escaped(p.Document.Text()), p.Version, true, asOf(p)}
}

type versionInput struct{ PolicyArn, VersionId string }

type versionOutput struct{ PolicyVersion versionShape }

type versionList struct {
	Versions    []versionShape
	IsTruncated bool
	Marker      string `json:",omitempty"`
}

func noSuchVersion(arn, id string) error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", arn, id)
}

// byID is a version by its id; nil: there is none.
func (p *managedPolicy) byID(id string) *policyVersion {
	n, err := strconv.Atoi(id[1:])
	if err != nil {
		return nil
	}
	return p.version(n)
}

func (s *Service) versionOperations(t *plane.QueryOperations) {
	plane.AddQuery(t, "CreatePolicyVersion", func(ctx context.Context, c *plane.Call, in *struct {
		PolicyArn, PolicyDocument string
		SetAsDefault              bool
	}) (*versionOutput, error) {
		out := &versionOutput{}
		return out, s.editPolicy(ctx, c, in.PolicyArn, nil, notFound, func(ch *change, p *managedPolicy) error {
			if len(p.Versions) >= maxVersions {
				return &plane.Error{Status: 409, Code: "LimitExceeded", Message: "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."}
			}
			v, err := ch.addVersion(p, in.PolicyDocument)
			if err != nil {
				return err
			}
			if in.SetAsDefault {
				p.Default = v.Number
			}
			p.Updated = ch.now
			out.PolicyVersion = p.shape(v)
			return nil
		})
	})
	plane.AddQuery(t, "GetPolicyVersion", s.getPolicyVersion)
	plane.AddQuery(t, "ListPolicyVersions", s.listPolicyVersions)
	plane.AddQuerySilent(t, "SetDefaultPolicyVersion", func(ctx context.Context, c *plane.Call, in *versionInput) error {
		return s.editVersion(ctx, c, in, func(ch *change, p *managedPolicy, v *policyVersion) error {
			p.Default, p.Updated = v.Number, ch.now
			return nil
		})
	})
	plane.AddQuerySilent(t, "DeletePolicyVersion", func(ctx context.Context, c *plane.Call, in *versionInput) error {
		return s.editVersion(ctx, c, in, func(ch *change, p *managedPolicy, v *policyVersion) error {
			if v.Number == p.Default {
				return deleteConflict("Cannot delete the default version of a policy.")
			}
			gone := v.Number
			p.Versions = slices.DeleteFunc(p.Versions, func(o policyVersion) bool { return o.Number == gone })
			p.Updated = ch.now
			return nil
		})
	})
}

// editVersion changes a policy by one of its versions.
func (s *Service) editVersion(ctx context.Context, c *plane.Call, in *versionInput, f func(*change, *managedPolicy, *policyVersion) error) error {
	missing := func(arn string) error { return noSuchVersion(arn, in.VersionId) }
	return s.editPolicy(ctx, c, in.PolicyArn, nil, missing, func(ch *change, p *managedPolicy) error {
		v := p.byID(in.VersionId)
		if v == nil {
			return missing(in.PolicyArn)
		}
		return f(ch, p, v)
	})
}

func (s *Service) getPolicyVersion(ctx context.Context, c *plane.Call, in *versionInput) (*versionOutput, error) {
	p, err := s.findPolicy(ctx, c, s.view(c.Account), in.PolicyArn, nil)
	if err != nil {
		return nil, err
	}
	if p == nil {
		if known, ok := managed.Lookup(in.PolicyArn); ok && known.Version == in.VersionId {
			return &versionOutput{awsVersion(&known)}, nil
		}
		return nil, noSuchVersion(in.PolicyArn, in.VersionId)
	}
	v := p.byID(in.VersionId)
	if v == nil {
		return nil, noSuchVersion(in.PolicyArn, in.VersionId)
	}
	return &versionOutput{p.fullShape(v)}, nil
}

// listPolicyVersions lists the newest version first. Of an AWS managed policy the plane
// knows the default version alone.
func (s *Service) listPolicyVersions(ctx context.Context, c *plane.Call, in *policyPage) (*versionList, error) {
	p, err := s.findPolicy(ctx, c, s.view(c.Account), in.PolicyArn, nil)
	if err != nil {
		return nil, err
	}
	if p == nil {
		known, ok := managed.Lookup(in.PolicyArn)
		if !ok {
			return nil, notFound(in.PolicyArn)
		}
		v := awsVersion(&known)
		v.Document = ""
		return &versionList{Versions: []versionShape{v}}, nil
	}
	versions := slices.Clone(p.Versions)
	slices.Reverse(versions)
	const newest = 1 << 30
	versions, next, err := paginate(versions, func(v policyVersion) string { return number(newest + newest - v.Number) }, in.Marker, in.MaxItems)
	out := &versionList{Versions: []versionShape{}, IsTruncated: next.IsTruncated, Marker: next.Marker}
	for i := range versions {
		out.Versions = append(out.Versions, p.shape(&versions[i]))
	}
	return out, err
}
