package iam

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// What follows makes entities without a request, such as those of a seed. An entity that
// the store has stays as it is, whatever a seed says; so every call can be repeated. Names,
// documents and limits are checked as the API does; the errors are its own.

// Tag is a tag of a user, role or policy.
type Tag struct {
	Key   string
	Value string
}

// KeySeed is an access key. An id may have any 16 to 128 letters and digits; it is unique
// among all accounts.
type KeySeed struct{ ID, Secret string }

// UserSeed is a user to be made.
type UserSeed struct {
	// ID is its unique id, AIDA…; empty: a new one.
	ID string
	// Path is "/" when empty.
	Name, Path string
	Tags       []Tag
	// Boundary is the ARN of the managed policy that is the permissions boundary; empty:
	// none.
	Boundary string
	// Policies are inline policies, documents by name; Attached ARNs of managed policies.
	Policies map[string]string
	Attached []string
	// Groups are names of groups that exist.
	Groups     []string
	AccessKeys []KeySeed
}

// GroupSeed is a group to be made.
type GroupSeed struct {
	// ID is its unique id, AGPA…; empty: a new one.
	ID         string
	Name, Path string
	Policies   map[string]string
	Attached   []string
}

// RoleSeed is a role to be made.
type RoleSeed struct {
	// ID is its unique id, AROA…; empty: a new one.
	ID                      string
	Name, Path, Description string
	Tags                    []Tag
	// Trust is the trust policy.
	Trust    string
	Boundary string
	Policies map[string]string
	Attached []string
	// MaxSessionSeconds is 3600 to 43200; 0: 3600.
	MaxSessionSeconds int
}

// PolicySeed is a customer managed policy to be made.
type PolicySeed struct {
	Name, Path, Description string
	Tags                    []Tag
	Document                string
	// Long: the document may be longer than those of customers, as AWS's own are.
	Long bool
}

// Organization says where an account is in its organization.
type Organization struct {
	// ID is o-… and Path the account's entity path, "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/".
	ID, Path string
	// Management: the account is the management account.
	Management bool
	// SCPs and RCPs by level: root, organizational units on the way, account. Nil: there
	// are none. Every level must allow, so FullAWSAccess and RCPFullAWSAccess belong here
	// as documents where they are attached.
	SCPs, RCPs [][]NamedPolicy
}

// NamedPolicy is a document with what decisions call it: an ARN or a name.
type NamedPolicy struct{ Name, Document string }

// EnsureUser makes a user unless there is one of its name.
func (s *Service) EnsureUser(ctx context.Context, id string, u UserSeed) error {
	return named("user", u.Name, s.ensure(ctx, id, func(a *account) bool { return a.has(kindUser, u.Name) }, func(c *change) error {
		if err := checkName("user", u.Name, u.Path, 64); err != nil {
			return err
		}
		e := &entity{Kind: kindUser, ID: u.ID, Name: u.Name, Path: u.Path, Tags: slices.Clone(u.Tags), Boundary: u.Boundary}
		if err := c.create(e); err != nil {
			return err
		}
		if err := c.fill(kindUser, u.Name, u.Policies, u.Attached); err != nil {
			return err
		}
		for _, group := range u.Groups {
			if err := c.join(c.entity(kindUser, u.Name), group); err != nil {
				return err
			}
		}
		for _, k := range u.AccessKeys {
			if err := checkKey(k); err != nil {
				return err
			}
			if _, err := c.addKey(e.ID, k); err != nil {
				return err
			}
		}
		return nil
	}))
}

// EnsureGroup makes a group unless there is one of its name.
func (s *Service) EnsureGroup(ctx context.Context, id string, g GroupSeed) error {
	return named("group", g.Name, s.ensure(ctx, id, func(a *account) bool { return a.has(kindGroup, g.Name) }, func(c *change) error {
		if err := checkName("group", g.Name, g.Path, 128); err != nil {
			return err
		}
		if err := c.create(&entity{Kind: kindGroup, ID: g.ID, Name: g.Name, Path: g.Path}); err != nil {
			return err
		}
		return c.fill(kindGroup, g.Name, g.Policies, g.Attached)
	}))
}

// EnsureRole makes a role unless there is one of its name. Principals of its trust policy
// that do not exist yet are no error here.
func (s *Service) EnsureRole(ctx context.Context, id string, r RoleSeed) error {
	return named("role", r.Name, s.ensure(ctx, id, func(a *account) bool { return a.has(kindRole, r.Name) }, func(c *change) error {
		if err := checkName("role", r.Name, r.Path, 64); err != nil {
			return err
		}
		e := &entity{Kind: kindRole, ID: r.ID, Name: r.Name, Path: r.Path, Description: r.Description, Tags: slices.Clone(r.Tags), Boundary: r.Boundary, MaxSession: r.MaxSessionSeconds}
		if e.MaxSession == 0 {
			e.MaxSession = defaultSession
		}
		if e.MaxSession < 3600 || e.MaxSession > 43200 {
			return validationError("max session of %d seconds: want 3600 to 43200", e.MaxSession)
		}
		if err := c.setTrust(e, r.Trust, true); err != nil {
			return fmt.Errorf("trust policy: %w", err)
		}
		if err := c.create(e); err != nil {
			return err
		}
		return c.fill(kindRole, r.Name, r.Policies, r.Attached)
	}))
}

// EnsurePolicy makes a customer managed policy unless there is one of its name.
func (s *Service) EnsurePolicy(ctx context.Context, id string, p PolicySeed) error {
	return named("policy", p.Name, s.ensure(ctx, id, func(a *account) bool { return a.policies[strings.ToLower(p.Name)] != nil }, func(c *change) error {
		if err := checkName("policy", p.Name, p.Path, 128); err != nil {
			return err
		}
		_, err := c.createPolicy(&managedPolicy{Name: p.Name, Path: p.Path, Description: p.Description, Tags: slices.Clone(p.Tags), long: p.Long}, p.Document)
		return err
	}))
}

// EnsureRootKey makes an access key of an account's root user unless there is one of its
// id.
func (s *Service) EnsureRootKey(ctx context.Context, id string, k KeySeed) error {
	return named("root access key", k.ID, s.ensure(ctx, id, func(a *account) bool { return a.keys[k.ID] != nil }, func(c *change) error {
		if err := checkKey(k); err != nil {
			return err
		}
		_, err := c.addKey("", k)
		return err
	}))
}

// named says whose seed an error is of.
func named(what, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("iam: %s %q: %w", what, name, err)
}
