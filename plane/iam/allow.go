package iam

import (
	"context"
	"maps"
	"strings"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// Every call is authorized with the action of its own name, before anybody learns whether
// what it names exists. Messages of AWS call what exists by kind and name and what is made
// or listed by its ARN, a policy that is made excepted, as many reports of users show.

// allow asks for an action of the call's own name. called is what AWS's message calls the
// resource; empty: its ARN. AWS managed policies are the caller's account's as well.
func (s *Service) allow(ctx context.Context, c *plane.Call, resource, called string, keys authz.Context) error {
	return s.authorizer.Allow(ctx, &plane.Asked{Action: "iam:" + c.Operation, Resource: resource, Called: called, Account: c.Account, Context: keys})
}

// boundaryActions have the boundary of the user or role as iam:PermissionsBoundary.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
var boundaryActions = map[string]bool{
	"AttachUserPolicy": true, "DetachUserPolicy": true, "PutUserPolicy": true, "DeleteUserPolicy": true, "DeleteUserPermissionsBoundary": true,
	"AttachRolePolicy": true, "DetachRolePolicy": true, "PutRolePolicy": true, "DeleteRolePolicy": true, "DeleteRolePermissionsBoundary": true,
}

// find authorizes a call on an entity and returns it. keys are the condition keys of the
// request.
func (s *Service) find(ctx context.Context, c *plane.Call, a *account, k kind, name string, keys authz.Context) (*entity, error) {
	e := a.entity(k, name)
	resource, all := a.entityARN(k, "/", name), authz.Context{}
	if e != nil {
		resource = e.arn()
		resourceTags(all, e.Tags)
		if e.Boundary != "" && boundaryActions[c.Operation] {
			all["iam:permissionsboundary"] = one(e.Boundary)
		}
	}
	maps.Copy(all, keys)
	if err := s.allow(ctx, c, resource, string(k)+" "+name, all); err != nil {
		return nil, err
	}
	if e == nil {
		return nil, noSuch(k, name)
	}
	return e, nil
}

// read is find in the account as it is.
func (s *Service) read(ctx context.Context, c *plane.Call, k kind, name string) (*account, *entity, error) {
	a := s.view(c.Account)
	e, err := s.find(ctx, c, a, k, name, nil)
	return a, e, err
}

// edit changes an entity.
func (s *Service) edit(ctx context.Context, c *plane.Call, k kind, name string, keys authz.Context, f func(*change, *entity) error) error {
	return s.change(ctx, c.Account, func(ch *change) error {
		e, err := s.find(ctx, c, ch.account, k, name, keys)
		if err != nil {
			return err
		}
		if k == kindRole && e.protected() {
			return unmodifiable(name)
		}
		return f(ch, e)
	})
}

// protected says whether a role is one that AWS alone changes: that of a permission set, or one that
// is linked to a service.
func (e *entity) protected() bool {
	return strings.HasPrefix(e.Path, "/aws-reserved/") || strings.HasPrefix(e.Path, "/aws-service-role/")
}

// make authorizes and makes an entity. Tags need the action that tags as well:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_access
func (s *Service) make(ctx context.Context, c *plane.Call, e *entity, prepare func(*change) error) error {
	path := e.Path
	if path == "" {
		path = "/"
	}
	arn, keys := s.view(c.Account).entityARN(e.Kind, path, e.Name), authz.Context{}
	maps.Copy(keys, requestTags(e.Tags))
	if e.Boundary != "" {
		keys["iam:permissionsboundary"] = one(e.Boundary)
	}
	return s.change(ctx, c.Account, func(ch *change) error {
		if err := s.allow(ctx, c, arn, "", keys); err != nil {
			return err
		}
		if len(e.Tags) > 0 {
			tagging := plane.Asked{Action: "iam:Tag" + title(e.Kind), Resource: arn, Context: requestTags(e.Tags)}
			if err := s.authorizer.Allow(ctx, &tagging); err != nil {
				return err
			}
		}
		if err := prepare(ch); err != nil {
			return err
		}
		return ch.create(e)
	})
}

// move authorizes and renames an entity: on what it is and on what it becomes.
func (s *Service) move(ctx context.Context, c *plane.Call, k kind, name, newName, newPath string) error {
	return s.edit(ctx, c, k, name, nil, func(ch *change, e *entity) error {
		n := *e
		if newName != "" {
			n.Name = newName
		}
		if newPath != "" {
			n.Path = newPath
		}
		if err := s.allow(ctx, c, n.arn(), "", nil); err != nil {
			return err
		}
		return ch.rename(e, newName, newPath)
	})
}

// list authorizes a list of all entities of a kind and returns those below a path.
func (s *Service) list(ctx context.Context, c *plane.Call, k kind, prefix string) ([]*entity, error) {
	a := s.view(c.Account)
	if prefix == "" {
		prefix = "/"
	}
	if err := s.allow(ctx, c, a.entityARN(k, prefix, ""), "", nil); err != nil {
		return nil, err
	}
	var out []*entity
	for _, e := range a.sorted(k) {
		if strings.HasPrefix(e.Path, prefix) {
			out = append(out, e)
		}
	}
	return out, nil
}

// policyKey is the condition key of a managed policy that is attached or detached.
func policyKey(arn string) authz.Context { return authz.Context{"iam:policyarn": one(arn)} }

// implied is the name of the user that a call is about which names none: whose credentials
// it has. Empty: the root user.
func implied(c *plane.Call) (string, error) {
	p := &c.Caller.Principal
	switch p.Kind {
	case authz.User:
		return p.ARN[strings.LastIndexByte(p.ARN, '/')+1:], nil
	case authz.Root:
		return "", nil
	}
	return "", validationError("Must specify userName when calling with non-User credentials")
}
