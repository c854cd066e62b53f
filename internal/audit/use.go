package audit

import (
	"maps"
	"slices"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/inventory"
)

// use is what is known of a key before any slot is judged: how many slots name
// it, and the isolation groups of their resources.
type use struct {
	slots  int
	groups map[string]*inventory.Resource // with the first resource of each
}

// uses walks all slots once.
func uses(inv *inventory.Inventory, isolationTag string) map[string]*use {
	out := map[string]*use{}
	resources := inv.Parts().Resources
	for i := range resources {
		r := &resources[i]
		group := r.Tags.Known[isolationTag]
		if arn.IsToken(group) {
			group = ""
		}
		for s := range r.Slots {
			for n := range r.Slots[s].Named {
				keysBehind(inv, &r.Slots[s].Named[n], 0, func(key string) {
					u := out[key]
					if u == nil {
						u = &use{}
						out[key] = u
					}
					u.slots++
					if group != "" {
						u.add(group, r)
					}
				})
			}
		}
	}
	return out
}

func (u *use) add(group string, r *inventory.Resource) {
	if u.groups == nil {
		u.groups = map[string]*inventory.Resource{}
	}
	if u.groups[group] == nil {
		u.groups[group] = r
	}
}

// names returns the groups, sorted.
func (u *use) names() []string { return slices.Sorted(maps.Keys(u.groups)) }

// maxStores bounds how many stores a slot may lead through.
const maxStores = 8

// keysBehind yields the key a slot names, itself or through stores.
func keysBehind(inv *inventory.Inventory, n *inventory.Named, depth int, yield func(string)) {
	if n.Key != "" {
		yield(n.Key)
		return
	}
	if n.Store == "" || depth == maxStores {
		return
	}
	for _, s := range storeSlots(inv.Resource(n.Store), n.StoreSlot) {
		for i := range s.Named {
			keysBehind(inv, &s.Named[i], depth+1, yield)
		}
	}
}

// storeSlots are the slots of a store with that name; one that occurs several
// times has an index behind its name.
func storeSlots(r *inventory.Resource, name string) (out []*inventory.Slot) {
	for i := range r.Slots {
		if baseName(r.Slots[i].Name) == name || r.Slots[i].Name == name {
			out = append(out, &r.Slots[i])
		}
	}
	return out
}

func resourceName(r *inventory.Resource) string {
	return firstText(plain(r.Name.Or("")), r.Address, r.ID)
}
