package kms

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
)

// View is a key with what belongs to it, for the people who run this KMS and may see
// everything but key material. Nobody changes what it points to.
type View struct {
	*Key
	// Now is the KeyState that the API shows.
	Now State
	// Aliases are the names of the key's aliases, sorted.
	Aliases []string
	Grants  []*Grant
	// Used is the last successful cryptographic operation; nil: there was none.
	Used *KeyLastUsageData
}

// All yields the keys of all accounts by account, Region and id. It is not authorized: it
// is no operation of the API. Keys that come or go meanwhile may be left out.
func (s *Service) All() iter.Seq[*View] {
	return func(yield func(*View) bool) {
		s.mu.RLock()
		places := slices.SortedFunc(maps.Keys(s.regions), func(a, b regionOf) int {
			return cmp.Or(strings.Compare(a.account, b.account), strings.Compare(a.region, b.region))
		})
		s.mu.RUnlock()
		for _, at := range places {
			s.mu.RLock()
			ids := slices.Clone(s.regions[at].keys)
			s.mu.RUnlock()
			for _, id := range ids {
				if v := s.View(at.account, at.region, id); v != nil && !yield(v) {
					return
				}
			}
		}
	}
}

// View returns one key as All does; nil: there is none.
func (s *Service) View(account, region, id string) *View {
	s.mu.RLock()
	e := s.keys[keyID{account, region, id}]
	s.mu.RUnlock()
	if e == nil {
		return nil
	}
	v := s.settled(e)
	if v == nil {
		return nil
	}
	out := &View{Key: &v.Key, Now: v.state(), Aliases: v.aliases, Grants: v.grants}
	if u := e.used.last.Load(); u != nil {
		out.Used = &KeyLastUsageData{u.Operation, u.Time, u.Event, u.Request}
	}
	return out
}
