package kms

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/kms/material"
)

// relatives are a key and those that are related to it, the primary key and the replicas
// of a multi-Region key, while they are changed together. A key of one Region is its own
// primary key. The versions are copies that may be changed, but for what their slices and
// maps hold, which is replaced.
type relatives struct {
	self, primary *version
	all           []*version // in the order of Regions
	// records are to be committed besides those of the keys.
	records []Record
	// commit does it; nil: Service.commit.
	commit func(ctx context.Context, records ...Record) error
}

// errAsItWas ends a change that finds nothing to do.
var errAsItWas = errors.New("nothing to change")

// together changes a key and those related to it at once. Nothing counts before all is
// committed.
func (s *Service) together(ctx context.Context, e *entry, f func(r *relatives) error) error {
	if e.now.Load().MultiRegion {
		s.several.Lock()
		defer s.several.Unlock()
	}
	// While s.several is held nobody else holds more than one key, so the order is free.
	entries := s.relatedTo(e)
	for _, x := range entries {
		x.change.Lock()
		defer x.change.Unlock()
	}
	v := e.now.Load()
	if v.gone {
		return errGone(&v.Key)
	}
	r := &relatives{}
	for _, x := range entries {
		next := *x.now.Load()
		r.all = append(r.all, &next)
		if x == e {
			r.self = &next
		}
		if !next.MultiRegion || next.Region == next.Primary {
			r.primary = &next
		}
	}
	if r.primary == nil || r.self == nil {
		return internal(errors.New("the primary key of " + v.ARN() + " is missing, or does not know it"))
	}
	before := r.primary.Current
	if err := f(r); err != nil {
		return err
	}
	records := r.records
	for _, next := range r.all {
		own, err := keyRecord(&next.Key)
		if err != nil {
			return err
		}
		records = append(records, own)
	}
	commit := s.commit
	if r.commit != nil {
		commit = r.commit
	}
	if err := commit(ctx, records...); err != nil {
		return err
	}
	for i, x := range entries {
		x.now.Store(r.all[i].with(r.all[i].Key))
	}
	s.tellChange(before, r)
	return nil
}

// relatedTo are the entries of a key and those related to it, in the order of Regions. For
// a multi-Region key it holds only while s.several is held.
func (s *Service) relatedTo(e *entry) []*entry {
	v := e.now.Load()
	if !v.MultiRegion || v.gone {
		return []*entry{e}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	primary := s.keys[keyID{v.Account, v.Primary, v.ID}]
	if primary == nil {
		return []*entry{e}
	}
	p := primary.now.Load()
	regions := append([]string{p.Region}, p.Replicas...)
	slices.Sort(regions)
	out := make([]*entry, 0, len(regions))
	for _, region := range regions {
		if x := s.keys[keyID{v.Account, region, v.ID}]; x != nil {
			out = append(out, x)
		}
	}
	return out
}

// versions are keys as they are now.
func versions(entries []*entry) []*version {
	out := make([]*version, len(entries))
	for i, e := range entries {
		out[i] = e.now.Load()
	}
	return out
}

// isPrimary reports whether the key is no replica.
func (k *Key) isPrimary() bool { return !k.MultiRegion || k.Region == k.Primary }

// add gives the key material.
func (r *relatives) add(s *Service, v *version, id string, m *material.Material) {
	v.materials = maps.Clone(v.materials)
	if v.materials == nil {
		v.materials = map[string]*material.Material{}
	}
	v.materials[id] = m
	r.records = append(r.records, s.materialRecord(&v.Key, id, m))
}

// drop takes material from the key, for good.
func (r *relatives) drop(v *version, id string) {
	v.materials = maps.Clone(v.materials)
	delete(v.materials, id)
	r.records = append(r.records, Record{Kind: KindMaterial, ID: v.place() + "/" + id})
}

// generation changes a key material in the key's list of them; false: it is not there.
func (v *version) generation(id string, f func(g *Generation)) bool {
	i := slices.IndexFunc(v.Materials, func(g Generation) bool { return g.ID == id })
	if i < 0 {
		return false
	}
	v.Materials = slices.Clone(v.Materials)
	f(&v.Materials[i])
	return true
}

// pending is the imported material that waits for a rotation; empty: none. Whether it is
// in all Regions yet is not stored, see everywhere.
func (k *Key) pending() string {
	for i := range k.Materials {
		if k.Materials[i].State == materialPending {
			return k.Materials[i].ID
		}
	}
	return ""
}

// everywhere reports whether all keys have a material.
func everywhere(all []*version, id string) bool {
	return !slices.ContainsFunc(all, func(v *version) bool { return v.materials[id] == nil })
}

// follow gives keys the state that follows from their imported material.
func (r *relatives) follow() {
	for _, v := range r.all {
		switch v.State {
		case Enabled, DisabledState:
			if v.Origin == OriginExternal && !v.complete() {
				v.State = PendingImport
			}
		case PendingImport:
			v.State = v.usable()
		}
	}
}
