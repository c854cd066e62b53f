package kms

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bedlock/bedlock/policy/authz"
)

// place is the id of a grant's record.
func (g *Grant) place() string { return g.Account + "/" + g.Region + "/" + g.Key + "/" + g.ID }

// record is the record of a grant.
func (g *Grant) record() (Record, error) {
	b, err := encode(g)
	if err != nil {
		return Record{}, internal(err)
	}
	return Record{KindGrant, g.place(), b}, nil
}

// gone is the record that deletes a grant.
func (g *Grant) gone() Record { return Record{Kind: KindGrant, ID: g.place()} }

// grantsGone are the records that delete all grants of a key.
func (v *version) grantsGone() []Record {
	out := make([]Record, len(v.grants))
	for i, g := range v.grants {
		out[i] = g.gone()
	}
	return out
}

// decided is the grant as the policy engine takes it. A token is known to the engine by
// the grant's id, once it is opened.
func (g *Grant) decided() authz.Grant {
	out := authz.Grant{
		ID: g.ID, Token: g.ID, Grantee: g.Grantee, Retiring: g.Retiring, Operations: g.Operations,
		ContextEquals: g.ContextEquals, ContextSubset: g.ContextSubset, SourceARN: g.SourceARN,
	}
	if g.GranteeService != "" {
		out.Grantee = g.GranteeService
	}
	if g.RetiringService != "" {
		out.Retiring = g.RetiringService
	}
	return out
}

// granted are the key's grants as the policy engine takes them now.
func (v *version) granted(now time.Time) []authz.Grant {
	if !now.Before(v.propagated) {
		return v.decided
	}
	out := slices.Clone(v.decided)
	for i, g := range v.grants {
		out[i].Pending = now.Before(g.Propagated)
	}
	return out
}

// grant finds a grant of the key by its id; nil: there is none.
func (v *version) grant(id string) *Grant {
	for _, g := range v.grants {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// plus returns a version with one more grant. It may share its slices with v, which is
// safe because nobody appends to any version but the newest.
func (v *version) plus(g *Grant) *version {
	out := *v
	out.grants = append(v.grants, g)
	out.decided = append(v.decided, g.decided())
	if g.Propagated.After(v.propagated) {
		out.propagated = g.Propagated
	}
	return &out
}

// minus returns a version without one of its grants.
func (v *version) minus(g *Grant) *version {
	out := *v
	i := slices.Index(v.grants, g)
	out.grants = slices.Concat(v.grants[:i], v.grants[i+1:])
	out.decided = slices.Concat(v.decided[:i], v.decided[i+1:])
	return &out
}

// regrant changes the grants of a key: f says to what, and the record of it, or nothing.
// The change counts once it is committed.
func (s *Service) regrant(ctx context.Context, e *entry, f func(v *version) (*version, Record, error)) error {
	e.change.Lock()
	defer e.change.Unlock()
	v := e.now.Load()
	if v.gone {
		return errGone(&v.Key)
	}
	next, record, err := f(v)
	if err != nil || next == nil {
		return err
	}
	if err := s.commit(ctx, record); err != nil {
		return err
	}
	e.now.Store(next)
	return nil
}

// loadGrant reads a grant, whose key may come later.
func (l *loading) loadGrant(r Record) error {
	g := &Grant{}
	if err := decode(r, g); err != nil {
		return err
	}
	l.grants = append(l.grants, loadedGrant{g, r.ID})
	return nil
}

type loadedGrant struct {
	*Grant
	id string // of the record
}

// linkGrants gives the grants to their keys. Nobody sees the versions yet, so they are
// changed in place.
func (l *loading) linkGrants() error {
	for _, g := range l.grants {
		e := l.s.keys[keyID{g.Account, g.Region, g.Key}]
		if e == nil {
			return errKeyMissing(Record{Kind: KindGrant, ID: g.id})
		}
		if g.place() != g.id {
			return fmt.Errorf("record %s %s: it holds the grant %s", KindGrant, g.id, g.place())
		}
		v := e.now.Load()
		g.share(v)
		*v = *v.plus(g.Grant)
	}
	l.grants = nil
	return nil
}

// share replaces texts of which every grant of the key would keep its own copy.
func (g *Grant) share(v *version) {
	g.Key, g.Account, g.Region = v.ID, v.Account, v.Region
	if len(v.grants) > 0 && v.grants[0].Issuer == g.Issuer {
		g.Issuer = v.grants[0].Issuer
	}
	for i, name := range g.Operations {
		if j := operationIndex(name); j >= 0 {
			g.Operations[i] = grantOperations[j].name
		}
	}
}
