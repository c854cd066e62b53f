package iam

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sts"
)

// Options are the settings of a [Service].
type Options struct {
	// Store keeps the records, a part of its own; nil: they are forgotten with the process.
	Store kms.Store
	// Seal seals secret access keys at rest, with a nonce of its own; nil: a random key of
	// this process, which is an error when the store has access keys.
	Seal cipher.AEAD
	// Now is the clock; nil: the machine's.
	Now func() time.Time
	// Random is the source of ids and secrets; nil: crypto/rand.
	Random io.Reader
	// AllowAll allows every signed call.
	AllowAll bool
}

// Service is IAM of all accounts. It is safe for concurrent use.
type Service struct {
	store  kms.Store
	seal   cipher.AEAD
	now    func() time.Time
	random io.Reader
	// authorizer has no identities, as resource control policies do not apply to IAM:
	// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
	authorizer plane.Authorizer

	// accounts are *current by account, and keys *current by access key id.
	accounts, keys sync.Map
	// mu is held by whoever changes an account, also while the store commits.
	mu    sync.Mutex
	usage usage
	// unlimited: the quotas on how many entities and policies an account has do not count.
	unlimited atomic.Bool
}

// Unlimited lifts the quotas on how many users, groups, roles and policies an account has, which AWS
// raises on request.
func (s *Service) Unlimited() { s.unlimited.Store(true) }

// current is the account as it is.
type current struct{ atomic.Pointer[account] }

var _ sts.Directory = (*Service)(nil)
var _ plane.Observer = (*Service)(nil)

var accountPattern = regexp.MustCompile(`^[0-9]{12}$`)

// Open loads what the store has. A store that cannot be read in full is never opened.
func Open(ctx context.Context, o Options) (*Service, error) {
	s := &Service{store: o.Store, seal: o.Seal, now: o.Now, random: o.Random, authorizer: plane.Authorizer{AllowAll: o.AllowAll}}
	if s.store == nil {
		s.store = &kms.Memory{}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	l := &loading{accounts: map[string]*account{}, used: map[string]use{}, open: s.unseal}
	if err := s.store.Load(ctx, l.record); err != nil {
		return nil, err
	}
	if s.seal == nil {
		var err error
		if s.seal, err = processSeal(); err != nil {
			return nil, err
		}
	}
	for id, a := range l.accounts {
		if err := a.check(); err != nil {
			return nil, err
		}
		c := s.current(id)
		c.Store(a)
		for key := range a.keys {
			if other, twice := s.keys.LoadOrStore(key, c); twice {
				return nil, fmt.Errorf("iam: record %s %s/%s: account %s has an access key of that id too", recordKey, id, key, other.(*current).Load().id)
			}
		}
	}
	s.usage.last = l.used
	return s, nil
}

// processSeal is a random key that ends with the process.
func processSeal() (cipher.AEAD, error) {
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func place(id string) []byte { return []byte("bedlock/iam/v1/accesskey/" + id) }

func (s *Service) unseal(id string, sealed []byte) (string, error) {
	if s.seal == nil {
		return "", errors.New("its secret is sealed and there is no key: set Options.Seal")
	}
	b, err := s.seal.Open(nil, nil, sealed, place(id))
	if err != nil {
		return "", errors.New("its secret was not sealed with this store's key, or is damaged")
	}
	return string(b), nil
}

// view is an account as it is, an empty one where nobody used it yet.
func (s *Service) view(id string) *account {
	if c, ok := s.accounts.Load(id); ok {
		return c.(*current).Load()
	}
	return newAccount(id)
}

// current is an account, made by its first use.
func (s *Service) current(id string) *current {
	if c, ok := s.accounts.Load(id); ok {
		return c.(*current)
	}
	made := &current{}
	made.Store(newAccount(id))
	c, _ := s.accounts.LoadOrStore(id, made)
	return c.(*current)
}

// Close writes down which access keys and roles were used last. The store stays open: it
// is of whoever opened it. Close is idempotent.
func (s *Service) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	records, err := s.usageRecords()
	if err != nil || len(records) == 0 {
		return err
	}
	if err := s.store.Commit(context.Background(), records); err != nil {
		return fmt.Errorf("iam: last uses: %w", err)
	}
	s.usage.written()
	return nil
}
