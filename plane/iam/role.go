package iam

import (
	"context"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// roleShape is Role of the API.
type roleShape struct {
	Path, RoleName, RoleId, Arn string
	CreateDate                  time.Time
	AssumeRolePolicyDocument    string
	Description                 string        `json:",omitempty"`
	MaxSessionDuration          int           `json:",omitempty"`
	PermissionsBoundary         *boundary     `json:",omitempty"`
	Tags                        []Tag         `json:",omitempty"`
	RoleLastUsed                *roleLastUsed `json:",omitempty"`
}

type roleLastUsed struct {
	LastUsedDate *time.Time `json:",omitempty"`
	Region       string     `json:",omitempty"`
}

// role is a role as the operations that change it answer with it.
func (e *entity) role() roleShape {
	return roleShape{
		Path: e.Path, RoleName: e.Name, RoleId: e.ID, Arn: e.arn(), CreateDate: e.Created, AssumeRolePolicyDocument: escaped(e.Trust),
		Description: e.Description, PermissionsBoundary: e.boundary(), Tags: e.Tags,
	}
}

// listedRole is a role as lists have it.
func (e *entity) listedRole() roleShape {
	r := e.role()
	r.MaxSessionDuration, r.PermissionsBoundary, r.Tags = e.MaxSession, nil, nil
	return r
}

// fullRole is a role with everything.
func (s *Service) fullRole(e *entity) roleShape {
	r := e.role()
	last, used := s.lastUse(e.ID)
	r.MaxSessionDuration, r.RoleLastUsed = e.MaxSession, &roleLastUsed{date(last.At, used), last.Region}
	return r
}

type roleOutput struct{ Role roleShape }

type roleName struct{ RoleName string }

type rolePage struct {
	RoleName, Marker string
	MaxItems         int
}

type roleList struct {
	Roles       []roleShape
	IsTruncated bool
	Marker      string `json:",omitempty"`
}

func (s *Service) roleOperations(t *plane.QueryOperations) {
	plane.AddQuery(t, "CreateRole", s.createRole)
	plane.AddQuery(t, "GetRole", func(ctx context.Context, c *plane.Call, in *roleName) (*roleOutput, error) {
		_, e, err := s.read(ctx, c, kindRole, in.RoleName)
		if err != nil {
			return nil, err
		}
		return &roleOutput{s.fullRole(e)}, nil
	})
	plane.AddQuery(t, "ListRoles", s.listRoles)
	plane.AddQuerySilent(t, "DeleteRole", func(ctx context.Context, c *plane.Call, in *roleName) error {
		return s.discard(ctx, c, kindRole, in.RoleName)
	})
	s.roleUpdates(t)
	s.rolePolicyOperations(t)
	plane.AddQuerySilent(t, "TagRole", func(ctx context.Context, c *plane.Call, in *struct {
		RoleName string
		Tags     []Tag
	}) error {
		return s.tag(ctx, c, kindRole, in.RoleName, in.Tags)
	})
	plane.AddQuerySilent(t, "UntagRole", func(ctx context.Context, c *plane.Call, in *struct {
		RoleName string
		TagKeys  []string
	}) error {
		return s.untag(ctx, c, kindRole, in.RoleName, in.TagKeys)
	})
	plane.AddQuery(t, "ListRoleTags", func(ctx context.Context, c *plane.Call, in *rolePage) (*tagList, error) {
		_, e, err := s.read(ctx, c, kindRole, in.RoleName)
		if err != nil {
			return nil, err
		}
		return listTags(e.Tags, in.Marker, in.MaxItems)
	})
	plane.AddQuerySilent(t, "PutRolePermissionsBoundary", func(ctx context.Context, c *plane.Call, in *struct{ RoleName, PermissionsBoundary string }) error {
		keys := authz.Context{"iam:permissionsboundary": one(in.PermissionsBoundary)}
		return s.edit(ctx, c, kindRole, in.RoleName, keys, func(ch *change, e *entity) error { return ch.setBoundary(e, in.PermissionsBoundary) })
	})
	plane.AddQuerySilent(t, "DeleteRolePermissionsBoundary", func(ctx context.Context, c *plane.Call, in *roleName) error {
		return s.edit(ctx, c, kindRole, in.RoleName, nil, func(ch *change, e *entity) error { return ch.setBoundary(e, "") })
	})
}

// roleUpdates are the operations that change what a role says of itself.
func (s *Service) roleUpdates(t *plane.QueryOperations) {
	plane.AddQuerySilent(t, "UpdateAssumeRolePolicy", func(ctx context.Context, c *plane.Call, in *struct{ RoleName, PolicyDocument string }) error {
		return s.edit(ctx, c, kindRole, in.RoleName, nil, func(ch *change, e *entity) error {
			n := e.clone()
			if err := ch.setTrust(n, in.PolicyDocument, false); err != nil {
				return err
			}
			ch.put(e, n)
			return nil
		})
	})
	plane.AddQuery(t, "UpdateRole", func(ctx context.Context, c *plane.Call, in *struct {
		RoleName           string
		Description        *string
		MaxSessionDuration int
	}) (*struct{}, error) {
		return &struct{}{}, s.edit(ctx, c, kindRole, in.RoleName, nil, func(ch *change, e *entity) error {
			n := e.clone()
			if in.Description != nil {
				n.Description = *in.Description
			}
			if in.MaxSessionDuration != 0 {
				n.MaxSession = in.MaxSessionDuration
			}
			ch.put(e, n)
			return nil
		})
	})
	plane.AddQuery(t, "UpdateRoleDescription", func(ctx context.Context, c *plane.Call, in *struct{ RoleName, Description string }) (*roleOutput, error) {
		out := &roleOutput{}
		return out, s.edit(ctx, c, kindRole, in.RoleName, nil, func(ch *change, e *entity) error {
			n := e.clone()
			n.Description = in.Description
			ch.put(e, n)
			out.Role = n.role()
			return nil
		})
	})
}

func (s *Service) createRole(ctx context.Context, c *plane.Call, in *struct {
	RoleName, Path, AssumeRolePolicyDocument, Description, PermissionsBoundary string
	MaxSessionDuration                                                         int
	Tags                                                                       []Tag
}) (*roleOutput, error) {
	e := &entity{
		Kind: kindRole, Name: in.RoleName, Path: in.Path, Description: in.Description, MaxSession: in.MaxSessionDuration,
		Boundary: in.PermissionsBoundary, Tags: in.Tags,
	}
	if e.MaxSession == 0 {
		e.MaxSession = defaultSession
	}
	err := s.make(ctx, c, e, func(ch *change) error { return ch.setTrust(e, in.AssumeRolePolicyDocument, false) })
	if err != nil {
		return nil, err
	}
	return &roleOutput{e.role()}, nil
}

func (s *Service) listRoles(ctx context.Context, c *plane.Call, in *pathPage) (*roleList, error) {
	all, err := s.list(ctx, c, kindRole, in.PathPrefix)
	if err != nil {
		return nil, err
	}
	all, next, err := paginate(all, (*entity).order, in.Marker, in.MaxItems)
	out := &roleList{Roles: []roleShape{}, IsTruncated: next.IsTruncated, Marker: next.Marker}
	for _, e := range all {
		out.Roles = append(out.Roles, e.listedRole())
	}
	return out, err
}
