package sts

import (
	"context"
	"errors"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// ErrNotAssumable: a service may not assume a role, because there is no such role or its
// trust policy does not let the service.
var ErrNotAssumable = errors.New("the service may not assume the role")

// ServiceSession returns the caller that a service, such as bedrock.amazonaws.com, is when it
// assumes a role. with are the context keys that it sends, such as aws:SourceArn. The error is
// [ErrNotAssumable].
func (s *Service) ServiceSession(_ context.Context, service, roleARN, name string, with authz.Context) (*plane.Caller, error) {
	role := s.role(roleARN)
	if role == nil {
		return nil, ErrNotAssumable
	}
	if !s.authorizer.AllowAll {
		asked := authz.Request{Principal: authz.Principal{Kind: authz.Service, ARN: service}, Action: "sts:AssumeRole", Resource: role.ARN, Context: with}
		if authz.Decide(&asked, &authz.Layers{Resource: role.Trust, RCPs: s.directory.RCPs(role.Account)}).Outcome != authz.Allow {
			return nil, ErrNotAssumable
		}
	}
	return s.roleSession(role, name)
}

// RoleSession returns the caller that a session of a role is, whoever may assume it; for
// calls that no request carries. The error is [ErrNotAssumable] where there is no such role.
func (s *Service) RoleSession(roleARN, name string) (*plane.Caller, error) {
	role := s.role(roleARN)
	if role == nil {
		return nil, ErrNotAssumable
	}
	return s.roleSession(role, name)
}

func (s *Service) roleSession(role *Entity, name string) (*plane.Caller, error) {
	now := s.now()
	of := &session{Kind: roleSession, Account: role.Account, Name: role.Name, ID: role.ID, Session: name, Issued: now.Unix(), Expires: now.Add(time.Hour).Unix()}
	o, err := newOpened("", of)
	if err != nil {
		return nil, err
	}
	return s.build(o, subject{entity: role}).caller, nil
}

// UserCaller returns the caller that a user is, for calls that no request carries.
func (s *Service) UserCaller(user *Entity) *plane.Caller {
	of := &session{Kind: userSession, Account: user.Account, Name: user.Name, ID: user.ID, Issued: s.now().Unix()}
	m := s.build(&opened{session: of}, subject{entity: user})
	m.caller.Session = nil
	return m.caller
}
