package iam

import (
	"context"
	"strings"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/plane/sts"
	"github.com/bedlock/bedlock/policy/authz"
)

// Caller returns who holds a long-term access key, as [plane.Identities] says. An inactive
// key is refused like one that does not exist: both are InvalidClientTokenId at AWS.
func (s *Service) Caller(_ context.Context, accessKeyID, token string) (*plane.Caller, error) {
	c, ok := s.keys.Load(accessKeyID)
	if !ok {
		return nil, sigv4.ErrUnknownKey
	}
	caller := c.(*current).Load().caller(accessKeyID)
	switch {
	case caller == nil:
		return nil, sigv4.ErrUnknownKey
	case token != "":
		return caller, sigv4.ErrTokenInvalid
	}
	return caller, nil
}

// caller is who holds an access key; nil: it does not exist, or is inactive.
func (a *account) caller(key string) *plane.Caller {
	if c, ok := a.callers.Load(key); ok {
		return c.(*plane.Caller)
	}
	k := a.keys[key]
	if k == nil || !k.Active {
		return nil
	}
	caller := a.root()
	if k.User != "" {
		caller = a.userCaller(a.byID(kindUser, k.User))
	}
	caller.Secret = k.secret
	c, _ := a.callers.LoadOrStore(key, caller)
	return c.(*plane.Caller)
}

func (a *account) userCaller(user *entity) *plane.Caller {
	subject := a.subject(user)
	caller := &plane.Caller{
		Principal: authz.Principal{Kind: authz.User, ARN: subject.ARN, Account: a.id, ID: subject.ID, Management: a.org.Management},
		Layers:    subject.Layers, Context: authz.Context{},
	}
	for key, v := range a.org.context {
		caller.Context[key] = v
	}
	for key, v := range subject.Tags {
		caller.Context["aws:principaltag/"+strings.ToLower(key)] = one(v)
	}
	return caller
}

// root is the root user. It has no policies of its own, only those of its organization.
func (a *account) root() *plane.Caller {
	return &plane.Caller{
		Principal: authz.Principal{Kind: authz.Root, ARN: a.arnOf("root"), Account: a.id, ID: a.id, Management: a.org.Management},
		Layers:    authz.Layers{SCPs: a.org.scps}, Context: a.org.context,
	}
}

// subject is a user or role as package sts knows it.
func (a *account) subject(e *entity) *sts.Entity {
	if e == nil {
		return nil
	}
	if made, ok := a.subjects.Load(e); ok {
		return made.(*sts.Entity)
	}
	made := &sts.Entity{
		ARN: e.arn(), ID: e.ID, Name: e.Name, Account: a.id, Trust: e.trust, MaxSession: time.Duration(e.MaxSession) * time.Second,
		Layers:  authz.Layers{Identity: a.identityPolicies(e), SCPs: a.org.scps},
		Context: a.org.context, Management: a.org.Management,
	}
	if e.Boundary != "" {
		made.Layers.Boundary = a.compiled(e.Boundary)
	}
	if len(e.Tags) > 0 {
		made.Tags = make(map[string]string, len(e.Tags))
		for _, t := range e.Tags {
			made.Tags[t.Key] = t.Value
		}
	}
	kept, _ := a.subjects.LoadOrStore(e, made)
	return kept.(*sts.Entity)
}

// identityPolicies are those of an entity and of its groups; never nil, as an entity
// without policies may nothing.
func (a *account) identityPolicies(e *entity) []*authz.Policy {
	out := []*authz.Policy{}
	for _, of := range append([]*entity{e}, a.groupsOf(e)...) {
		for _, p := range of.Inline {
			out = append(out, p.compiled)
		}
		for _, arn := range of.Attached {
			out = append(out, a.compiled(arn))
		}
	}
	return out
}

// RCPs are the resource control policies of an account by level; nil: none apply.
func (s *Service) RCPs(account string) [][]*authz.Policy {
	return s.view(account).org.rcps
}

// Root is the root user of an account, for [plane.As] among others.
func (s *Service) Root(account string) *plane.Caller {
	a := s.view(account)
	if made := a.rooted.Load(); made != nil {
		return made
	}
	a.rooted.CompareAndSwap(nil, a.root())
	return a.rooted.Load()
}

// Role is a role by its name without the path; nil: there is none.
func (s *Service) Role(account, name string) *sts.Entity {
	a := s.view(account)
	return a.subject(a.entity(kindRole, name))
}

// User is a user by its name; nil: there is none.
func (s *Service) User(account, name string) *sts.Entity {
	a := s.view(account)
	return a.subject(a.entity(kindUser, name))
}

// HasID reports whether there is a user or role of a unique id, in any account.
func (s *Service) HasID(id string) (found bool) {
	s.accounts.Range(func(_, at any) bool {
		a := at.(*current).Load()
		found = a.byID(kindUser, id) != nil || a.byID(kindRole, id) != nil
		return !found
	})
	return found
}

// ManagedPolicy is a managed policy by its ARN, AWS's own included; nil: there is none.
func (s *Service) ManagedPolicy(account, arn string) *authz.Policy {
	return s.view(account).compiled(arn)
}

func one(s string) authz.Value { return authz.Value{Values: []string{s}} }
