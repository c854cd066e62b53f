package iam

import "context"

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
	Name, Path string
	Policies   map[string]string
	Attached   []string
}

// RoleSeed is a role to be made.
type RoleSeed struct {
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
func (s *Service) EnsureUser(ctx context.Context, account string, u UserSeed) error { return nil }

// EnsureGroup makes a group unless there is one of its name.
func (s *Service) EnsureGroup(ctx context.Context, account string, g GroupSeed) error { return nil }

// EnsureRole makes a role unless there is one of its name. Principals of its trust policy
// that do not exist yet are no error here.
func (s *Service) EnsureRole(ctx context.Context, account string, r RoleSeed) error { return nil }

// EnsurePolicy makes a customer managed policy unless there is one of its name.
func (s *Service) EnsurePolicy(ctx context.Context, account string, p PolicySeed) error { return nil }

// EnsureRootKey makes an access key of an account's root user unless there is one of its
// id.
func (s *Service) EnsureRootKey(ctx context.Context, account string, k KeySeed) error { return nil }

// SetOrganization says where an account is in its organization. It is not stored: whoever
// starts the plane says it.
func (s *Service) SetOrganization(account string, o Organization) error { return nil }
