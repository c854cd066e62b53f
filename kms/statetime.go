package kms

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// deadline is when time changes something about a key: a passing state ends, imported
// material expires, a rotation is due. Zero: never.
func (k *Key) deadline() time.Time {
	var first time.Time
	until := func(t time.Time) {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	switch k.State {
	case PendingDeletion, Creating, Updating:
		until(k.Until)
	case Enabled:
		if k.Rotation {
			until(k.NextRotation)
		}
	}
	for i := range k.Materials {
		if k.Materials[i].Imported {
			until(k.Materials[i].ValidTo)
		}
	}
	return first
}

// settled returns a key with what time has changed about it; nil: the key is gone. No
// change lock may be held.
func (s *Service) settled(e *entry) *version {
	v := e.now.Load()
	if v.State == PendingReplicaDeletion {
		s.replicas(&v.Key) // the last of them may go now
		v = e.now.Load()
	}
	if !v.deadline.IsZero() && !s.now().Before(v.deadline) {
		s.settle(e)
		v = e.now.Load().unexpired(s.now())
	}
	if v.gone || v.State == PendingDeletion && v.passed(s.now()) {
		return nil
	}
	return v
}

// passed reports whether the key's passing state is over.
func (k *Key) passed(now time.Time) bool { return !k.Until.IsZero() && !now.Before(k.Until) }

// settle does to a key what time does.
func (s *Service) settle(e *entry) {
	if v := e.now.Load(); v.State == PendingDeletion && v.passed(s.now()) {
		// A key that cannot be deleted now, as the store refuses, is gone all the same; it
		// is tried again when the key is asked for.
		_ = s.delete(e)
		return
	}
	s.endPassing(e)
	s.expire(e)
	s.rotateDue(e)
}

// endPassing ends Creating and Updating. It is not committed: the record says when the
// state ends.
func (s *Service) endPassing(e *entry) {
	e.change.Lock()
	defer e.change.Unlock()
	v := e.now.Load()
	if (v.State == Creating || v.State == Updating) && v.passed(s.now()) {
		k := v.Key
		k.State, k.Until = k.usable(), time.Time{}
		e.now.Store(v.with(k))
	}
}

// delete deletes a key whose time has come, with its material, grants, aliases and last
// use. A primary key whose last replica goes begins its own waiting period.
func (s *Service) delete(e *entry) error {
	s.several.Lock()
	defer s.several.Unlock()
	e.change.Lock()
	defer e.change.Unlock()
	v := e.now.Load()
	if v.gone || v.State != PendingDeletion || !v.passed(s.now()) { // meanwhile deleted, or saved
		return nil
	}
	records := v.records()
	primary, next := s.withoutReplica(&v.Key)
	if primary != nil {
		defer primary.change.Unlock()
		own, err := keyRecord(&next.Key)
		if err != nil {
			return err
		}
		records = append(records, own)
	}
	// The deletion is nobody's request, so it does not end with one.
	if err := s.commit(context.Background(), records...); err != nil {
		return err
	}
	if primary != nil {
		primary.now.Store(next)
	}
	s.mu.Lock()
	s.leave(e)
	for _, name := range v.aliases {
		s.leaveAlias(aliasID{v.Account, v.Region, name})
	}
	s.mu.Unlock()
	e.now.Store(&version{Key: Key{ID: v.ID, Account: v.Account, Region: v.Region, Partition: v.Partition}, gone: true})
	s.tell(&v.Key, Event{Name: EventDeleteKey})
	return nil
}

// records are the records that delete a key and all that belongs to it.
func (v *version) records() []Record {
	records := []Record{{Kind: KindKey, ID: v.place()}, usageGone(&v.Key)}
	for id := range v.materials {
		records = append(records, Record{Kind: KindMaterial, ID: v.place() + "/" + id})
	}
	for _, name := range v.aliases {
		a := Alias{Name: name, Account: v.Account, Region: v.Region}
		records = append(records, Record{Kind: KindAlias, ID: a.place()})
	}
	return append(records, v.grantsGone()...)
}

// withoutReplica locks the primary key of a replica and returns what it will be without
// it; nil: the key is no replica. s.several is held.
func (s *Service) withoutReplica(k *Key) (*entry, *version) {
	if !k.MultiRegion || k.Primary == k.Region {
		return nil, nil
	}
	s.mu.RLock()
	e := s.keys[keyID{k.Account, k.Primary, k.ID}]
	s.mu.RUnlock()
	if e == nil {
		return nil, nil
	}
	e.change.Lock()
	v := e.now.Load()
	p := v.Key
	p.Replicas = slices.DeleteFunc(slices.Clone(p.Replicas), func(r string) bool { return r == k.Region })
	if p.State == PendingReplicaDeletion && len(p.Replicas) == 0 {
		p.State, p.Until = PendingDeletion, k.Until.AddDate(0, 0, p.Window)
	}
	return e, v.with(p)
}

// replicas are the Regions of a primary key's replicas that are not gone.
func (s *Service) replicas(k *Key) []string {
	var out []string
	for _, region := range k.Replicas {
		s.mu.RLock()
		e := s.keys[keyID{k.Account, region, k.ID}]
		s.mu.RUnlock()
		if e != nil && s.settled(e) != nil {
			out = append(out, region)
		}
	}
	return out
}

// link joins what was loaded: keys with their aliases and key stores. What does not fit
// together is an error.
func (l *loading) link() error {
	for _, a := range l.s.aliases {
		if a.Key == "" {
			continue
		}
		e := l.s.keys[keyID{a.Account, a.Region, a.Key}]
		if e == nil {
			return fmt.Errorf("record %s %s: its key is missing", KindAlias, a.place())
		}
		v := *e.now.Load()
		v.aliases = append(v.aliases, a.Name)
		e.now.Store(&v)
	}
	for _, e := range l.s.keys {
		v := *e.now.Load()
		slices.Sort(v.aliases)
		if v.KeyStore != "" {
			if v.keyStore = l.s.stores[v.KeyStore]; v.keyStore == nil {
				return fmt.Errorf("record %s %s: its key store %s is missing", KindKey, v.place(), v.KeyStore)
			}
		}
		for _, g := range v.Materials {
			if (v.Origin != OriginExternal || g.Imported) && v.materials[g.ID] == nil {
				return fmt.Errorf("record %s %s: its key material %s is missing", KindKey, v.place(), g.ID)
			}
		}
		e.now.Store(&v)
	}
	l.s.sortRegions()
	return nil
}
