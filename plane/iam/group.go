package iam

import (
	"context"
	"slices"
	"time"

	"github.com/bedlock/bedlock/plane"
)

// groupShape is Group of the API.
type groupShape struct {
	Path, GroupName, GroupId, Arn string
	CreateDate                    time.Time
}

func (e *entity) group() groupShape {
	return groupShape{e.Path, e.Name, e.ID, e.arn(), e.Created}
}

type groupOutput struct{ Group groupShape }

type groupName struct{ GroupName string }

type groupPage struct {
	GroupName, Marker string
	MaxItems          int
}

type groupList struct {
	Groups      []groupShape
	IsTruncated bool
	Marker      string `json:",omitempty"`
}

type membership struct{ GroupName, UserName string }

func (s *Service) groupOperations(t *plane.QueryOperations) {
	plane.AddQuery(t, "CreateGroup", func(ctx context.Context, c *plane.Call, in *struct{ GroupName, Path string }) (*groupOutput, error) {
		e := &entity{Kind: kindGroup, Name: in.GroupName, Path: in.Path}
		if err := s.make(ctx, c, e, func(*change) error { return nil }); err != nil {
			return nil, err
		}
		return &groupOutput{e.group()}, nil
	})
	plane.AddQuery(t, "GetGroup", s.getGroup)
	plane.AddQuery(t, "ListGroups", func(ctx context.Context, c *plane.Call, in *pathPage) (*groupList, error) {
		all, err := s.list(ctx, c, kindGroup, in.PathPrefix)
		if err != nil {
			return nil, err
		}
		return listGroups(all, in.Marker, in.MaxItems)
	})
	plane.AddQuerySilent(t, "UpdateGroup", func(ctx context.Context, c *plane.Call, in *struct{ GroupName, NewGroupName, NewPath string }) error {
		return s.move(ctx, c, kindGroup, in.GroupName, in.NewGroupName, in.NewPath)
	})
	plane.AddQuerySilent(t, "DeleteGroup", func(ctx context.Context, c *plane.Call, in *groupName) error {
		return s.discard(ctx, c, kindGroup, in.GroupName)
	})
	s.groupPolicyOperations(t)
	plane.AddQuerySilent(t, "AddUserToGroup", func(ctx context.Context, c *plane.Call, in *membership) error {
		return s.member(ctx, c, in, (*change).join)
	})
	plane.AddQuerySilent(t, "RemoveUserFromGroup", func(ctx context.Context, c *plane.Call, in *membership) error {
		return s.member(ctx, c, in, (*change).leave)
	})
	plane.AddQuery(t, "ListGroupsForUser", func(ctx context.Context, c *plane.Call, in *userPage) (*groupList, error) {
		a, e, err := s.read(ctx, c, kindUser, in.UserName)
		if err != nil {
			return nil, err
		}
		all := a.groupsOf(e)
		slices.SortFunc(all, byName)
		return listGroups(all, in.Marker, in.MaxItems)
	})
}

// member changes a membership. It is authorized on the group; that the user is not there
// is said first.
func (s *Service) member(ctx context.Context, c *plane.Call, in *membership, f func(*change, *entity, string) error) error {
	return s.change(ctx, c.Account, func(ch *change) error {
		_, err := s.find(ctx, c, ch.account, kindGroup, in.GroupName, nil)
		user := ch.entity(kindUser, in.UserName)
		if user == nil && (err == nil || isNoSuch(err)) {
			return noSuch(kindUser, in.UserName)
		}
		if err != nil {
			return err
		}
		return f(ch, user, in.GroupName)
	})
}

// join puts a user into a group.
func (c *change) join(user *entity, group string) error {
	g := c.entity(kindGroup, group)
	if g == nil {
		return noSuch(kindGroup, group)
	}
	if slices.Contains(user.Groups, g.ID) {
		return nil
	}
	if len(user.Groups) >= maxGroups {
		return limitExceeded("GroupsPerUser", maxGroups)
	}
	n := user.clone()
	n.Groups = append(n.Groups, g.ID)
	c.put(user, n)
	return nil
}

// leave takes a user out of a group.
func (c *change) leave(user *entity, group string) error {
	i := slices.Index(user.Groups, c.entity(kindGroup, group).ID)
	if i < 0 {
		return noSuchEntity("User %s is not in group %s.", user.Name, group) // the text is not confirmed
	}
	n := user.clone()
	n.Groups = slices.Delete(n.Groups, i, i+1)
	c.put(user, n)
	return nil
}

func listGroups(all []*entity, marker string, max int) (*groupList, error) {
	all, next, err := paginate(all, (*entity).order, marker, max)
	out := &groupList{Groups: []groupShape{}, IsTruncated: next.IsTruncated, Marker: next.Marker}
	for _, e := range all {
		out.Groups = append(out.Groups, e.group())
	}
	return out, err
}

type groupMembers struct {
	Group       groupShape
	Users       []userShape
	IsTruncated bool
	Marker      string `json:",omitempty"`
}

func (s *Service) getGroup(ctx context.Context, c *plane.Call, in *groupPage) (*groupMembers, error) {
	a, g, err := s.read(ctx, c, kindGroup, in.GroupName)
	if err != nil {
		return nil, err
	}
	members := slices.DeleteFunc(a.sorted(kindUser), func(u *entity) bool { return !slices.Contains(u.Groups, g.ID) })
	members, next, err := paginate(members, (*entity).order, in.Marker, in.MaxItems)
	out := &groupMembers{Group: g.group(), Users: []userShape{}, IsTruncated: next.IsTruncated, Marker: next.Marker}
	for _, u := range members {
		out.Users = append(out.Users, u.user())
	}
	return out, err
}
