package inventory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Inventory is a checked, immutable snapshot; safe for concurrent use. What its
// methods return must not be changed.
type Inventory struct {
	parts      Parts
	keys       map[string]int
	resources  map[string]int
	principals map[string]int
	accounts   map[string]int
	controls   map[string]int
}

// New checks the parts and takes ownership of them: IDs are unique, every ID
// that is referred to exists, slots name something. All problems are reported at
// once.
func New(p Parts) (*Inventory, error) {
	inv := &Inventory{parts: p}
	slices.SortFunc(p.Resources, func(a, b Resource) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Keys, func(a, b Key) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Aliases, func(a, b Alias) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Grants, func(a, b Grant) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Principals, func(a, b Principal) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Accounts, func(a, b Account) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.Alarms, func(a, b Alarm) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(p.ControlPolicies, func(a, b ControlPolicy) int { return strings.Compare(a.ID, b.ID) })
	var errs []error
	inv.keys = index(&errs, "key", p.Keys, func(k *Key) string { return k.ID })
	inv.resources = index(&errs, "resource", p.Resources, func(r *Resource) string { return r.ID })
	inv.principals = index(&errs, "principal", p.Principals, func(r *Principal) string { return r.ID })
	index(&errs, "alias", p.Aliases, func(a *Alias) string { return a.ID })
	index(&errs, "grant", p.Grants, func(g *Grant) string { return g.ID })
	index(&errs, "alarm", p.Alarms, func(a *Alarm) string { return a.ID })
	inv.accounts = index(&errs, "account", p.Accounts, func(a *Account) string { return a.ID })
	inv.controls = index(&errs, "control policy", p.ControlPolicies, func(c *ControlPolicy) string { return c.ID })
	inv.references(&errs)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return inv, nil
}

func index[T any](errs *[]error, what string, list []T, id func(*T) string) map[string]int {
	m := make(map[string]int, len(list))
	for i := range list {
		s := id(&list[i])
		if s == "" {
			*errs = append(*errs, fmt.Errorf("inventory: %s %d has no id", what, i))
			continue
		}
		if _, twice := m[s]; twice {
			*errs = append(*errs, fmt.Errorf("inventory: %s %s: id is not unique", what, s))
		}
		m[s] = i
	}
	return m
}

func (inv *Inventory) references(errs *[]error) {
	fail := func(format string, args ...any) { *errs = append(*errs, fmt.Errorf("inventory: "+format, args...)) }
	for i := range inv.parts.Resources {
		r := &inv.parts.Resources[i]
		if r.Type == "" {
			fail("resource %s has no type", r.ID)
		}
		for _, s := range r.Slots {
			if s.Name == "" || len(s.Named) == 0 {
				fail("resource %s: slot %q names nothing, not even an absence", r.ID, s.Name)
			}
			for _, n := range s.Named {
				if n.Key != "" && inv.Key(n.Key) == nil {
					fail("resource %s: slot %s: key %s does not exist", r.ID, s.Name, n.Key)
				}
				if n.Store != "" && inv.Resource(n.Store) == nil {
					fail("resource %s: slot %s: store %s does not exist", r.ID, s.Name, n.Store)
				}
			}
		}
		for _, ref := range r.Roles {
			if ref.Principal != "" && inv.Principal(ref.Principal) == nil {
				fail("resource %s: role %s does not exist", r.ID, ref.Principal)
			}
		}
	}
	for _, a := range inv.parts.Aliases {
		if a.Key != "" && inv.Key(a.Key) == nil {
			fail("alias %s: key %s does not exist", a.ID, a.Key)
		}
	}
	for _, g := range inv.parts.Grants {
		if g.Key != "" && inv.Key(g.Key) == nil {
			fail("grant %s: key %s does not exist", g.ID, g.Key)
		}
	}
	for _, a := range inv.parts.Accounts {
		for _, level := range slices.Concat(a.SCPs.Or(nil), a.RCPs.Or(nil)) {
			for _, id := range level.Policies {
				if inv.ControlPolicy(id) == nil {
					fail("account %s: level %s: control policy %s does not exist", a.ID, level.Name, id)
				}
			}
		}
	}
}

// Parts returns everything, sorted by ID.
func (inv *Inventory) Parts() Parts { return inv.parts }

// Key returns the key of that ID, nil when there is none.
func (inv *Inventory) Key(id string) *Key {
	if i, ok := inv.keys[id]; ok {
		return &inv.parts.Keys[i]
	}
	return nil
}

// Resource returns the resource of that ID, nil when there is none.
func (inv *Inventory) Resource(id string) *Resource {
	if i, ok := inv.resources[id]; ok {
		return &inv.parts.Resources[i]
	}
	return nil
}

// Principal returns the principal of that ID, nil when there is none.
func (inv *Inventory) Principal(id string) *Principal {
	if i, ok := inv.principals[id]; ok {
		return &inv.parts.Principals[i]
	}
	return nil
}

// Account returns what is known of an account, nil when there is nothing.
func (inv *Inventory) Account(id string) *Account {
	if i, ok := inv.accounts[id]; ok {
		return &inv.parts.Accounts[i]
	}
	return nil
}

// ControlPolicy returns the control policy of that ID, nil when there is none.
func (inv *Inventory) ControlPolicy(id string) *ControlPolicy {
	if i, ok := inv.controls[id]; ok {
		return &inv.parts.ControlPolicies[i]
	}
	return nil
}

// Slot returns the resource's slot of that name, nil when there is none.
func (r *Resource) Slot(name string) *Slot {
	for i := range r.Slots {
		if r.Slots[i].Name == name {
			return &r.Slots[i]
		}
	}
	return nil
}
