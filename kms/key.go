package kms

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// limits are quotas.
type limits struct {
	keys    int // customer managed keys of an account in a Region
	aliases int // per key
	tags    int // per key
}

// quotas are AWS's.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
var quotas = limits{keys: 100_000, aliases: 50, tags: 50}

// soleMaterial names the material of keys whose material has no KeyMaterialId: all but
// symmetric ones.
const soleMaterial = "sole"

// aws reports whether the key is an AWS managed one.
func (k *Key) aws() bool { return k.Manager == "AWS" }

// place is the id of the key's record, and the beginning of those of its materials.
func (k *Key) place() string { return k.Account + "/" + k.Region + "/" + k.ID }

// materialRecord is the record of a key material, sealed.
func (s *Service) materialRecord(k *Key, id string, m *material.Material) Record {
	place := k.place() + "/" + id
	return Record{KindMaterial, place, s.seal.seal(KindMaterial, place, m.Bytes())}
}

// instant is the time of a change, as exact as timestamps of the API are.
func (s *Service) instant() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// randomBytes returns n random bytes.
func (s *Service) randomBytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return nil, internal(err)
	}
	return b, nil
}

// insert commits a new key, with other records that belong to the change, and makes it
// known. Customer managed keys count towards the quota.
func (s *Service) insert(ctx context.Context, v *version, records ...Record) (*entry, error) {
	own, err := keyRecord(&v.Key)
	if err != nil {
		return nil, err
	}
	counted := 1
	if v.aws() {
		counted = 0
	}
	s.mu.Lock()
	r := s.region(v.Account, v.Region)
	full := r.customer+counted > s.limits.keys
	if !full {
		r.customer += counted
	}
	s.mu.Unlock()
	if full {
		return nil, fail(LimitExceeded, "") // AWS's text is unconfirmed
	}
	if err := s.commit(ctx, append(records, own)...); err != nil {
		s.mu.Lock()
		r.customer -= counted
		s.mu.Unlock()
		return nil, err
	}
	e := &entry{}
	e.now.Store(v)
	s.mu.Lock()
	s.enter(e)
	s.mu.Unlock()
	return e, nil
}

// change is update for an operation of customer managed keys, whose state is checked
// again.
func (s *Service) change(ctx context.Context, c *Call, op string, e *entry, f func(v *version, k *Key) error) error {
	return s.update(ctx, e, func(v *version, k *Key) ([]Record, error) {
		if v.aws() {
			return nil, refuseManaged(c, "kms:"+op, v.ARN())
		}
		if err := check(op, v); err != nil {
			return nil, err
		}
		return nil, f(v, k)
	})
}

// refuseManaged is the answer to what nobody can do with an AWS managed key: its policy
// allows nobody to.
func refuseManaged(c *Call, action, resource string) error {
	return fail(AccessDenied, "User: %s is not authorized to perform: %s on resource: %s because no resource-based policy allows the %s action", c.Principal.ARN, action, resource, action)
}

// openFor is open for operations on keys by id or ARN whose conditions depend on the key.
func (s *Service) openFor(ctx context.Context, c *Call, action, name string, given func(*found) authz.Context) (*found, error) {
	k, err := s.resolve(c, name, idOrARN)
	if errors.Is(err, errForeign) {
		return nil, s.refuse(c, action, name)
	}
	if err != nil {
		return nil, err
	}
	return k, s.authorize(ctx, c, action, k, nil, given(k))
}

func one(text string) authz.Value { return authz.Value{Values: []string{text}} }
