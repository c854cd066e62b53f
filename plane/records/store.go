package records

import (
	"cmp"
	"context"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bedlock/bedlock/kms"
)

// Options are the settings of a [Store].
type Options struct {
	// Store keeps the records; nil: they end with the process.
	Store kms.Store
	// Seal seals them there, with a nonce of its own; nil only without a Store.
	Seal cipher.AEAD
	// Now is the clock; nil: the machine's.
	Now func() time.Time
}

// Store holds the records of all services. It is safe for concurrent use.
type Store struct {
	opts Options

	// writing is held by the one transaction that changes; reading and writing the tables
	// takes mu as well.
	writing sync.Mutex
	mu      sync.RWMutex
	tables  map[table]map[string]*Record
	number  uint64
}

// table is where records are looked for.
type table struct{ service, kind, account, region string }

func (k Key) table() table { return table{k.Service, k.Kind, k.Account, k.Region} }

// kind is the only kind of record in the store.
const kind kms.Kind = "record"

// Open loads the records.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Store == nil {
		o.Store = &kms.Memory{}
	} else if o.Seal == nil {
		return nil, errors.New("records: a store needs Options.Seal")
	}
	s := &Store{opts: o, tables: map[table]map[string]*Record{}}
	err := o.Store.Load(ctx, func(r kms.Record) error {
		rec, err := s.decode(r)
		if err != nil {
			return fmt.Errorf("records: %s: %w", r.ID, err)
		}
		s.put(rec)
		s.number = max(s.number, rec.Number)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// place is the id of a record in the store.
func (k Key) place() string {
	parts := []string{k.Service, k.Kind, k.Account, k.Region, k.ID}
	for i, p := range parts {
		parts[i] = url.QueryEscape(p)
	}
	return strings.Join(parts, "/")
}

func (s *Store) decode(r kms.Record) (*Record, error) {
	value := r.Value
	if s.opts.Seal != nil {
		var err error
		if value, err = s.opts.Seal.Open(nil, nil, r.Value, []byte(r.ID)); err != nil {
			return nil, errors.New("it was not sealed with this store's key, or is damaged")
		}
	}
	rec := new(Record)
	if err := json.Unmarshal(value, rec); err != nil {
		return nil, err
	}
	if rec.place() != r.ID {
		return nil, errors.New("it is that of another resource")
	}
	return rec, nil
}

func (s *Store) encode(rec *Record) (kms.Record, error) {
	value, err := json.Marshal(rec)
	if err != nil {
		return kms.Record{}, err
	}
	if s.opts.Seal != nil {
		value = s.opts.Seal.Seal(nil, nil, value, []byte(rec.place()))
	}
	return kms.Record{Kind: kind, ID: rec.place(), Value: value}, nil
}

func (s *Store) put(rec *Record) {
	t := s.tables[rec.table()]
	if t == nil {
		t = map[string]*Record{}
		s.tables[rec.table()] = t
	}
	t[rec.ID] = rec
}

// Now is the time of the store's clock.
func (s *Store) Now() time.Time { return s.opts.Now().UTC() }

// Get returns a record; nil: there is none.
func (s *Store) Get(k Key) *Record {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if rec := s.tables[k.table()][k.ID]; rec != nil {
		return rec.at(s.Now())
	}
	return nil
}

// List returns the records of a kind in an account and Region, in the order in which they
// were made.
func (s *Store) List(service, kind, account, region string) []*Record {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.list(table{service, kind, account, region})
}

func (s *Store) list(t table) []*Record {
	now := s.Now()
	out := make([]*Record, 0, len(s.tables[t]))
	for _, rec := range s.tables[t] {
		if rec = rec.at(now); rec != nil {
			out = append(out, rec)
		}
	}
	slices.SortFunc(out, func(a, b *Record) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

// Update changes records, all or none: what f put and deleted is committed when it returns
// nil. Updates happen one after the other, so that what f read is true when it is committed.
// f must not call KMS or another service: content is sealed before, and what was only good
// before is asked for again.
func (s *Store) Update(ctx context.Context, f func(tx *Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	tx := &Tx{store: s, changed: map[Key]*Record{}}
	if err := f(tx); err != nil || len(tx.order) == 0 {
		return err
	}
	batch := make([]kms.Record, 0, len(tx.order))
	for _, k := range tx.order {
		r := kms.Record{Kind: kind, ID: k.place()}
		if rec := tx.changed[k]; rec != nil {
			var err error
			if r, err = s.encode(rec); err != nil {
				return fmt.Errorf("records: %s: %w", k.place(), err)
			}
		}
		batch = append(batch, r)
	}
	if err := s.opts.Store.Commit(ctx, batch); err != nil {
		return fmt.Errorf("records: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number += tx.added
	for _, k := range tx.order {
		if rec := tx.changed[k]; rec != nil {
			s.put(rec)
			continue
		}
		delete(s.tables[k.table()], k.ID)
	}
	return nil
}
