package sts

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
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
type Service struct {
	directory  Directory
	seal       cipher.AEAD
	now        func() time.Time
	random     io.Reader
	authorizer plane.Authorizer
	opened     *cache
}

var _ plane.Identities = (*Service)(nil)

// New makes a service. It fails without a directory, and for a seal that wants its nonce
// from the caller.
func New(o Options) (*Service, error) {
	if o.Directory == nil {
		return nil, errors.New("sts: no directory")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Seal == nil {
		var err error
		if o.Seal, err = newSeal(o.Random); err != nil {
			return nil, fmt.Errorf("sts: %w", err)
		}
	}
	if o.Seal.NonceSize() != 0 {
		return nil, errors.New("sts: the seal needs nonces; give one that makes its own, such as cipher.NewGCMWithRandomNonce")
	}
	s := &Service{directory: o.Directory, seal: o.Seal, now: o.Now, random: o.Random, opened: newCache(generation)}
	s.authorizer = plane.Authorizer{Identities: s, AllowAll: o.AllowAll}
	return s, nil
}

func newSeal(random io.Reader) (cipher.AEAD, error) {
	var key [32]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// RCPs are the directory's.
func (s *Service) RCPs(account string) [][]*authz.Policy { return s.directory.RCPs(account) }
