package sts

import (
	"context"
	"crypto/cipher"
	"errors"
	"io"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// Directory knows the identities that sessions are of. What it returns is not changed by
// anybody, and a change of an entity makes a new value.
type Directory interface {
	// Identities knows the long-term access keys and the RCPs of accounts.
	plane.Identities
	// Role is a role of an account by its name without the path; nil: there is none.
	Role(account, name string) *Entity
	// User is a user of an account by its name; nil: there is none.
	User(account, name string) *Entity
	// Root is the root user of an account. Every account has one.
	Root(account string) *plane.Caller
	// ManagedPolicy is a managed policy by its ARN, AWS's own included, as an account sees
	// it; nil: there is none.
	ManagedPolicy(account, arn string) *authz.Policy
}

// Entity is a role or a user.
type Entity struct {
	// ARN has the path; ID is AROA… or AIDA….
	ARN, ID, Name, Account string
	// Trust is the trust policy of a role, and MaxSession how long its sessions may be.
	Trust      *authz.Policy
	MaxSession time.Duration
	// Layers are its own: Identity, Boundary, SCPs.
	Layers authz.Layers
	// Tags are its tags, the values by key as it was written.
	Tags map[string]string
	// Context are context keys that follow from its account, such as aws:PrincipalOrgID, by
	// name in lower case; without those of tags.
	Context authz.Context
	// Management: the account is its organization's management account.
	Management bool
}

// Options are the settings of a [Service].
type Options struct {
	Directory Directory
	// Seal seals session tokens, with a nonce of its own; nil: a random key of this process,
	// with which sessions end.
	Seal cipher.AEAD
	// Now is the clock; nil: the machine's.
	Now func() time.Time
	// Random is the source of ids and secrets; nil: crypto/rand.
	Random io.Reader
	// AllowAll allows every signed call.
	AllowAll bool
}

// Service is STS of all accounts. It is safe for concurrent use.
type Service struct{}

var _ plane.Identities = (*Service)(nil)

// New makes a service.
func New(o Options) (*Service, error) { return nil, errors.New("not there yet") }

// API is the service sts of the plane.
func (s *Service) API() (*plane.Service, error) { return nil, errors.New("not there yet") }

// Caller returns who holds an access key, long-term or temporary, as [plane.Identities]
// says.
func (s *Service) Caller(ctx context.Context, accessKeyID, token string) (*plane.Caller, error) {
	return nil, errors.New("not there yet")
}

// RCPs are the directory's.
func (s *Service) RCPs(account string) [][]*authz.Policy { return nil }
