package kms

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"crypto/rand"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Options are the settings of a [Service].
type Options struct {
	// Store keeps the records; nil: a new [Memory].
	Store Store
	// Root seals the key material at rest; required unless Store is a *Memory or nil.
	Root *Root
	// Authorizer decides every call; nil refuses everything.
	Authorizer Authorizer
	// Now is the clock; nil: the machine's. It may jump.
	Now func() time.Time
	// Random is the source of ids; nil: crypto/rand, which key material always comes from.
	Random io.Reader
	// Passing is how long Creating and Updating last, and how long key stores take to
	// connect and disconnect; 0: not at all.
	Passing time.Duration
	// Propagation is how long a grant counts only by its token; 0: not at all.
	Propagation time.Duration
	// AttestationRoots are the certificates that the attestation documents of recipients
	// chain to; nil: none is accepted.
	AttestationRoots *x509.CertPool
	// Xks calls the proxies of external key stores; nil: none can be reached.
	Xks XksProxy
	// Events is told what the service does by itself; nil: nobody is. It must not call the
	// service.
	Events func(Event)
}

// Service is KMS of all accounts and Regions. It is safe for concurrent use.
type Service struct {
	store Store
	seal  *sealer
	// unsealed stands in for the key of a store that is not sealed, see Sealer.
	unsealed []byte
	auth     Authorizer
	now      func() time.Time
	random   io.Reader
	opts     Options
	xks      XksProxy

	// several is held by whoever changes more than one key, or the name of one. It is taken
	// before any entry's change, and mu after all of them.
	several sync.Mutex

	mu      sync.RWMutex
	keys    map[keyID]*entry    // changed by enter and leave only
	ids     map[regionID]*entry // the same keys
	aliases map[aliasID]*Alias
	stores  map[string]*keyStore
	regions map[regionOf]*region // nil while the store is loaded
	limits  limits

	lane  lane
	usage usage
}

// keyID names a key within its account and Region; a multi-Region key has one entry in
// each of its Regions.
type keyID struct{ account, region, id string }

// regionID names a key within its Region, whosever it is, as ciphertexts do.
type regionID struct{ region, id string }

type aliasID struct{ account, region, name string }

// entry is the place of a key. What it points to is replaced, never changed.
type entry struct {
	// change serializes changes of the key.
	change sync.Mutex
	now    atomic.Pointer[version]
	used   lastUse
	own    atomic.Pointer[ownConditions]
}

// version is a key with all that belongs to it, at one moment.
type version struct {
	Key
	policy  *authz.Policy
	grants  []*Grant
	decided []authz.Grant // grants as the policy engine takes them, see granted
	// propagated is when all grants count without their tokens.
	propagated time.Time
	materials  map[string]*material.Material
	aliases    []string // names of the key's aliases, sorted
	// keyStore is the custom key store of the key; nil: none.
	keyStore *keyStore
	// deadline is when time changes the key next, see settled; zero: never.
	deadline time.Time
	// gone: the key is deleted, and its entry no longer one of the service's.
	gone bool
}

// enter makes a key known, leave forgets it. s.mu is held.
func (s *Service) enter(e *entry) {
	k := e.now.Load()
	s.keys[keyID{k.Account, k.Region, k.ID}] = e
	s.ids[regionID{k.Region, k.ID}] = e
	if s.regions != nil {
		r := s.region(k.Account, k.Region)
		r.keys = insertSorted(r.keys, k.ID)
	}
}

func (s *Service) leave(e *entry) {
	k := e.now.Load()
	delete(s.keys, keyID{k.Account, k.Region, k.ID})
	delete(s.ids, regionID{k.Region, k.ID})
	r := s.region(k.Account, k.Region)
	r.keys = removeSorted(r.keys, k.ID)
	if !k.aws() {
		r.customer--
	}
}

// Open loads what the store has. The error says what is wrong with it: a store that
// cannot be read in full is never opened.
func Open(ctx context.Context, o Options) (*Service, error) {
	s := &Service{
		store: o.Store, auth: o.Authorizer, now: o.Now, random: o.Random, opts: o,
		keys: map[keyID]*entry{}, ids: map[regionID]*entry{}, aliases: map[aliasID]*Alias{}, stores: map[string]*keyStore{}, lane: newLane(), limits: quotas,
	}
	if s.store == nil {
		s.store = &Memory{}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	s.unsealed = make([]byte, rootSize)
	if _, err := rand.Read(s.unsealed); err != nil {
		return nil, fmt.Errorf("open kms: %w", err)
	}
	if s.xks = o.Xks; s.xks == nil {
		s.xks = noProxy{}
	}
	l := loading{s: s}
	if err := s.store.Load(ctx, l.record); err != nil {
		return nil, fmt.Errorf("open kms: %w", err)
	}
	if err := l.finish(ctx, o.Root); err != nil {
		return nil, fmt.Errorf("open kms: %w", err)
	}
	return s, nil
}

// Close writes what is not written yet and closes the store. No operation may be under way.
func (s *Service) Close() error {
	return errors.Join(s.writeUsage(context.Background()), s.store.Close())
}

// encode makes the value of a record.
func encode(v any) ([]byte, error) { return json.Marshal(v) }

// commit writes records, and turns a failure into an internal error of the API.
func (s *Service) commit(ctx context.Context, records ...Record) error {
	if err := s.store.Commit(ctx, records); err != nil {
		return internal(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// keyRecord is the record of a key.
func keyRecord(k *Key) (Record, error) {
	b, err := encode(k)
	if err != nil {
		return Record{}, internal(err)
	}
	return Record{KindKey, k.place(), b}, nil
}

// with returns a version with another key; the caller has changed a copy.
func (v *version) with(k Key) *version {
	out := *v
	out.Key = k
	if k.Policy != v.Policy {
		out.policy = compiled(k.Policy)
	}
	out.deadline = k.deadline()
	return &out
}

// compiled compiles a key policy. A text that does not parse allows nothing.
func compiled(text string) *authz.Policy {
	doc, err := policy.Parse(text)
	if err != nil {
		doc = &policy.Document{Version: "2012-10-17"}
	}
	return authz.Compile("key policy", doc)
}

// update changes a key: f gets a copy and says what else is to be committed with it. The
// change counts once it is committed.
func (s *Service) update(ctx context.Context, e *entry, f func(v *version, k *Key) ([]Record, error)) error {
	e.change.Lock()
	defer e.change.Unlock()
	v := e.now.Load()
	if v.gone {
		return errGone(&v.Key)
	}
	k := v.Key
	records, err := f(v, &k)
	if err != nil {
		return err
	}
	own, err := keyRecord(&k)
	if err != nil {
		return err
	}
	if err := s.commit(ctx, append(records, own)...); err != nil {
		return err
	}
	e.now.Store(v.with(k))
	return nil
}

var errNoRoot = errors.New("the store holds sealed key material, and there is no root key")

func splitID(id string) (account, region, rest string, ok bool) {
	account, rest, _ = strings.Cut(id, "/")
	region, rest, ok = strings.Cut(rest, "/")
	return account, region, rest, ok && account != "" && region != "" && rest != ""
}
