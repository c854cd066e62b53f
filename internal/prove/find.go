package prove

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// Subject is what a question is about: one key or one resource.
type Subject struct {
	Key      *inventory.Key
	Resource *inventory.Resource
}

// NotFoundError says that a name means nothing in an inventory, or several things.
type NotFoundError struct {
	Name string
	// Near are the things that it may mean.
	Near []string
	// Ambiguous: Near are all meant by the name.
	Ambiguous bool
}

// Error names what was looked for.
func (e *NotFoundError) Error() string {
	if e.Ambiguous {
		return fmt.Sprintf("find %q: it means %d things: %s", e.Name, len(e.Near), strings.Join(e.Near, ", "))
	}
	return fmt.Sprintf("find %q: no key and no resource of the inputs has that name", e.Name)
}

// Find finds the key or resource that a person names: by its ARN, key id, alias, ID in
// the inventory, address in its source, or name. The error is a [*NotFoundError].
func Find(inv *inventory.Inventory, name string) (Subject, error) {
	found := matches(inv, name)
	if len(found) == 1 {
		return found[0], nil
	}
	e := &NotFoundError{Name: name, Ambiguous: len(found) > 1}
	for _, s := range found {
		e.Near = append(e.Near, s.id())
	}
	if len(found) == 0 {
		e.Near = near(inv, name)
	}
	return Subject{}, e
}

// FindKey finds a key.
func FindKey(inv *inventory.Inventory, name string) (*inventory.Key, error) {
	var keys []Subject
	for _, s := range matches(inv, name) {
		if s.Key != nil {
			keys = append(keys, s)
		}
	}
	if len(keys) == 1 {
		return keys[0].Key, nil
	}
	e := &NotFoundError{Name: name, Ambiguous: len(keys) > 1}
	for _, s := range keys {
		e.Near = append(e.Near, s.id())
	}
	if len(keys) == 0 {
		e.Near = slices.DeleteFunc(near(inv, name), func(id string) bool { return inv.Key(id) == nil })
	}
	return nil, e
}

func (s Subject) id() string {
	if s.Key != nil {
		return s.Key.ID
	}
	return s.Resource.ID
}

func matches(inv *inventory.Inventory, name string) (found []Subject) {
	if k := inv.Key(name); k != nil {
		return []Subject{{Key: k}}
	}
	if r := inv.Resource(name); r != nil {
		return []Subject{{Resource: r}}
	}
	parts := inv.Parts()
	parsed, isKey := arn.ParseKey(name)
	aliased := map[string]bool{}
	for i := range parts.Aliases {
		a := &parts.Aliases[i]
		if alias := a.Name.Or(""); a.Key != "" && alias != "" && (alias == name || isKey && parsed.Name == alias) {
			aliased[a.Key] = true
		}
	}
	for i := range parts.Keys {
		k := &parts.Keys[i]
		own, ok := arn.ParseKey(k.ARN.Or(k.ID))
		byID := isKey && ok && parsed.ID != "" && parsed.ID == own.ID && (parsed.Form == arn.KeyID || parsed.ARN == own.ARN)
		if byID || aliased[k.ID] || name == k.Address || name == k.Name {
			found = append(found, Subject{Key: k})
		}
	}
	for i := range parts.Resources {
		r := &parts.Resources[i]
		if name == r.Address || name == r.Name.Or("") {
			found = append(found, Subject{Resource: r})
		}
	}
	return found
}

// maxNear bounds a list of suggestions.
const maxNear = 8

// near lists what a name that means nothing may have meant.
func near(inv *inventory.Inventory, name string) (out []string) {
	parts := inv.Parts()
	lower := strings.ToLower(name)
	add := func(id string, names ...string) {
		for _, n := range names {
			if n != "" && len(out) < maxNear && (strings.Contains(strings.ToLower(n), lower) || strings.Contains(lower, strings.ToLower(n))) {
				out = append(out, id)
				return
			}
		}
	}
	for i := range parts.Keys {
		add(parts.Keys[i].ID, parts.Keys[i].Address, parts.Keys[i].Name)
	}
	for i := range parts.Resources {
		add(parts.Resources[i].ID, parts.Resources[i].Address, parts.Resources[i].Name.Or(""))
	}
	if len(out) == 0 {
		for i := range parts.Keys {
			if len(out) < maxNear {
				out = append(out, parts.Keys[i].ID)
			}
		}
	}
	return out
}

// resourceName is what a person calls a resource.
func resourceName(e *estate.Estate, r *inventory.Resource) string {
	name := r.Name.Or(r.Address)
	if arn.IsToken(name) || name == "" {
		name = r.Address
	}
	if name == "" {
		name = r.ID
	}
	return e.Title(r.Type) + " " + name
}
