package iam

import (
	"context"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// userShape is User of the API.
type userShape struct {
	Path, UserName, UserId, Arn string    `json:",omitempty"`
	CreateDate                  time.Time // left out when it is zero
	PermissionsBoundary         *boundary `json:",omitempty"`
	Tags                        []Tag     `json:",omitempty"`
}

// shape is a user as lists have it.
func (e *entity) user() userShape {
	return userShape{Path: e.Path, UserName: e.Name, UserId: e.ID, Arn: e.arn(), CreateDate: e.Created}
}

// fullUser is a user with its boundary and tags.
func (e *entity) fullUser() userShape {
	u := e.user()
	u.PermissionsBoundary, u.Tags = e.boundary(), e.Tags
	return u
}

type userOutput struct{ User userShape }

type userName struct{ UserName string }

type userList struct {
	Users       []userShape
	IsTruncated bool
	Marker      string `json:",omitempty"`
}

func (s *Service) userOperations(t *plane.QueryOperations) {
	plane.AddQuery(t, "CreateUser", s.createUser)
	plane.AddQuery(t, "GetUser", s.getUser)
	plane.AddQuery(t, "ListUsers", s.listUsers)
	plane.AddQuerySilent(t, "UpdateUser", func(ctx context.Context, c *plane.Call, in *struct{ UserName, NewUserName, NewPath string }) error {
		return s.move(ctx, c, kindUser, in.UserName, in.NewUserName, in.NewPath)
	})
	plane.AddQuerySilent(t, "DeleteUser", func(ctx context.Context, c *plane.Call, in *userName) error {
		return s.discard(ctx, c, kindUser, in.UserName)
	})
	s.userPolicyOperations(t)
	plane.AddQuerySilent(t, "TagUser", func(ctx context.Context, c *plane.Call, in *struct {
		UserName string
		Tags     []Tag
	}) error {
		return s.tag(ctx, c, kindUser, in.UserName, in.Tags)
	})
	plane.AddQuerySilent(t, "UntagUser", func(ctx context.Context, c *plane.Call, in *struct {
		UserName string
		TagKeys  []string
	}) error {
		return s.untag(ctx, c, kindUser, in.UserName, in.TagKeys)
	})
	plane.AddQuery(t, "ListUserTags", func(ctx context.Context, c *plane.Call, in *userPage) (*tagList, error) {
		_, e, err := s.read(ctx, c, kindUser, in.UserName)
		if err != nil {
			return nil, err
		}
		return listTags(e.Tags, in.Marker, in.MaxItems)
	})
	plane.AddQuerySilent(t, "PutUserPermissionsBoundary", func(ctx context.Context, c *plane.Call, in *struct{ UserName, PermissionsBoundary string }) error {
		keys := authz.Context{"iam:permissionsboundary": one(in.PermissionsBoundary)}
		return s.edit(ctx, c, kindUser, in.UserName, keys, func(ch *change, e *entity) error { return ch.setBoundary(e, in.PermissionsBoundary) })
	})
	plane.AddQuerySilent(t, "DeleteUserPermissionsBoundary", func(ctx context.Context, c *plane.Call, in *userName) error {
		return s.edit(ctx, c, kindUser, in.UserName, nil, func(ch *change, e *entity) error { return ch.setBoundary(e, "") })
	})
}

// userPage is the input of lists of one user.
type userPage struct {
	UserName, Marker string
	MaxItems         int
}

func (s *Service) createUser(ctx context.Context, c *plane.Call, in *struct {
	UserName, Path, PermissionsBoundary string
	Tags                                []Tag
}) (*userOutput, error) {
	e := &entity{Kind: kindUser, Name: in.UserName, Path: in.Path, Boundary: in.PermissionsBoundary, Tags: in.Tags}
	if err := s.make(ctx, c, e, func(*change) error { return nil }); err != nil {
		return nil, err
	}
	return &userOutput{e.fullUser()}, nil
}

func (s *Service) getUser(ctx context.Context, c *plane.Call, in *userName) (*userOutput, error) {
	name := in.UserName
	if name == "" {
		var err error
		if name, err = implied(c); err != nil {
			return nil, err
		}
	}
	if name == "" {
		root := c.Caller.Principal
		if err := s.allow(ctx, c, root.ARN, "", nil); err != nil {
			return nil, err
		}
		return &userOutput{userShape{UserId: root.ID, Arn: root.ARN}}, nil
	}
	_, e, err := s.read(ctx, c, kindUser, name)
	if err != nil {
		return nil, err
	}
	return &userOutput{e.fullUser()}, nil
}

type pathPage struct {
	PathPrefix, Marker string
	MaxItems           int
}

func (s *Service) listUsers(ctx context.Context, c *plane.Call, in *pathPage) (*userList, error) {
	all, err := s.list(ctx, c, kindUser, in.PathPrefix)
	if err != nil {
		return nil, err
	}
	all, next, err := paginate(all, (*entity).order, in.Marker, in.MaxItems)
	out := &userList{Users: []userShape{}, IsTruncated: next.IsTruncated, Marker: next.Marker}
	for _, e := range all {
		out.Users = append(out.Users, e.user())
	}
	return out, err
}
