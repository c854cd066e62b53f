package iam

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bedlock/bedlock/kms"
)

// change is the next version of an account in the making, with the records that make it
// last.
type change struct {
	*account
	service *Service
	now     time.Time
	records []kms.Record
	// err is the first failure to encode a record.
	err error
}

// change changes an account: f says how, what it did is committed, and then everybody sees
// it. Nothing is changed when there is an error.
func (s *Service) change(ctx context.Context, id string, f func(*change) error) error {
	if !accountPattern.MatchString(id) {
		return fmt.Errorf("iam: account %q: want 12 digits", id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.current(id)
	old := at.Load()
	// Whole seconds, as IAM shows them.
	c := &change{account: old.clone(), service: s, now: s.now().UTC().Truncate(time.Second)}
	if err := f(c); err != nil {
		return err
	}
	if c.err != nil {
		return c.err
	}
	if len(c.records) > 0 {
		if err := s.store.Commit(ctx, c.records); err != nil {
			return fmt.Errorf("iam: account %s: %w", id, err)
		}
	}
	at.Store(c.account)
	for key := range old.keys {
		if c.keys[key] == nil {
			s.keys.Delete(key)
		}
	}
	for key := range c.keys {
		if old.keys[key] == nil {
			s.keys.Store(key, at)
		}
	}
	return nil
}

func (c *change) record(k kms.Kind, id string, v any) {
	r, err := record(k, c.id+id, v)
	if err != nil && c.err == nil {
		c.err = err
	}
	c.records = append(c.records, r)
}

// put is what an entity is from now on; old is what it was, nil for a new one.
func (c *change) put(old, e *entity) {
	if old != nil {
		delete(c.entities[e.Kind], old.order())
	}
	c.entities[e.Kind][e.order()] = e
	c.record(kms.Kind(e.Kind), "/"+e.ID, e)
}

func (c *change) remove(e *entity) {
	delete(c.entities[e.Kind], e.order())
	c.record(kms.Kind(e.Kind), "/"+e.ID, nil)
}

func (c *change) putPolicy(p *managedPolicy) {
	c.policies[p.order()] = p
	c.record(recordPolicy, "/"+p.ID, p)
}

func (c *change) removePolicy(p *managedPolicy) {
	delete(c.policies, p.order())
	c.record(recordPolicy, "/"+p.ID, nil)
}

func (p *managedPolicy) order() string { return strings.ToLower(p.Name) }

func (c *change) putKey(k *accessKey) {
	c.keys[k.ID] = k
	c.record(recordKey, "/"+k.ID, k)
}

func (c *change) removeKey(k *accessKey) {
	delete(c.keys, k.ID)
	c.record(recordKey, "/"+k.ID, nil)
}

func (c *change) setAlias(alias string) {
	c.alias = alias
	c.record(recordAccount, "", accountRecord{alias})
}

// every account but this one.
func (c *change) others() []*account {
	var out []*account
	c.service.accounts.Range(func(id, at any) bool {
		if id != c.id {
			out = append(out, at.(*current).Load())
		}
		return true
	})
	return out
}
