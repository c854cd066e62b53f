package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/managed"
)

type entitiesForPolicy struct {
	PolicyGroups []struct{ GroupName, GroupId string }
	PolicyUsers  []struct{ UserName, UserId string }
	PolicyRoles  []struct{ RoleName, RoleId string }
	IsTruncated  bool
	Marker       string `json:",omitempty"`
}

// listEntitiesForPolicy lists groups, users and roles, in this order.
func (s *Service) listEntitiesForPolicy(ctx context.Context, c *plane.Call, in *struct {
	PolicyArn, EntityFilter, PathPrefix, PolicyUsageFilter, Marker string
	MaxItems                                                       int
}) (*entitiesForPolicy, error) {
	a := s.view(c.Account)
	p, err := s.findPolicy(ctx, c, a, in.PolicyArn, nil)
	if err != nil {
		return nil, err
	}
	if _, known := managed.Lookup(in.PolicyArn); p == nil && !known {
		return nil, notFound(in.PolicyArn)
	}
	var all []*entity
	for _, k := range []kind{kindGroup, kindUser, kindRole} {
		if in.EntityFilter != "" && in.EntityFilter != title(k) {
			continue
		}
		for _, e := range a.sorted(k) {
			permissions := slices.Contains(e.Attached, in.PolicyArn) && in.PolicyUsageFilter != "PermissionsBoundary"
			limits := e.Boundary == in.PolicyArn && in.PolicyUsageFilter != "PermissionsPolicy"
			if (permissions || limits) && strings.HasPrefix(e.Path, in.PathPrefix) {
				all = append(all, e)
			}
		}
	}
	all, next, err := paginate(all, kindOrder, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &entitiesForPolicy{IsTruncated: next.IsTruncated, Marker: next.Marker}
	for _, e := range all {
		switch e.Kind {
		case kindGroup:
			out.PolicyGroups = append(out.PolicyGroups, struct{ GroupName, GroupId string }{e.Name, e.ID})
		case kindUser:
			out.PolicyUsers = append(out.PolicyUsers, struct{ UserName, UserId string }{e.Name, e.ID})
		case kindRole:
			out.PolicyRoles = append(out.PolicyRoles, struct{ RoleName, RoleId string }{e.Name, e.ID})
		}
	}
	return out, nil
}

// kindOrder is the key of lists over kinds: groups before users before roles.
func kindOrder(e *entity) string {
	first := map[kind]string{kindGroup: "1", kindUser: "2", kindRole: "3"}
	return first[e.Kind] + e.order()
}
