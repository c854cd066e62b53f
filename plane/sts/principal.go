package sts

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/arn"
)

// PrincipalExists reports whether a policy may name a principal, as package kms asks: a
// role, a session of a role that exists, a user, an account. Federated users exist by their
// names. A unique id that nobody has is that of a principal that was deleted, where the directory can tell.
// Source: https://repost.aws/knowledge-center/kms-policy-error-invalid-principals
func (s *Service) PrincipalExists(_ context.Context, name string) bool {
	a, err := arn.Parse(name)
	if err != nil {
		ids, can := s.directory.(interface{ HasID(id string) bool })
		return !can || !strings.HasPrefix(name, "AIDA") && !strings.HasPrefix(name, "AROA") || ids.HasID(name)
	}
	kind, rest, _ := strings.Cut(a.Resource, "/")
	last := rest[strings.LastIndexByte(rest, '/')+1:]
	switch a.Service + ":" + kind {
	case "iam:user":
		e := s.directory.User(a.Account, last)
		return e != nil && e.ARN == name
	case "iam:role":
		e := s.directory.Role(a.Account, last)
		return e != nil && e.ARN == name
	case "sts:assumed-role":
		role, _, _ := strings.Cut(rest, "/")
		return s.directory.Role(a.Account, role) != nil
	}
	return true
}
