package audit

import (
	"slices"
	"strconv"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// throughStore judges a slot that stands where its store's slot stands.
func (j *judge) throughStore(c slotCase, n *inventory.Named) standing {
	at := orAt(n.Text.At(), c.resource.At)
	store := j.inv.Resource(n.Store)
	if c.depth == maxStores {
		return standing{rung: bedlock.Unresolved, rule: ruleUnresolved, lift: "name a store that is not encrypted through another one",
			evidence: []bedlock.Evidence{evidence(at, "the way to the key leads through more than "+strconv.Itoa(maxStores)+" stores, or in a circle")}}
	}
	name := j.title(store)
	slots := storeSlots(store, n.StoreSlot)
	if len(slots) == 0 {
		return unread("stored in "+name+", which has no slot "+n.StoreSlot, liftUnread, at)
	}
	all := make([]standing, len(slots))
	for i, s := range slots {
		all[i] = j.stand(store, s, c.depth+1, estate.Both(c.when, n.When))
	}
	s := all[0]
	if len(all) > 1 {
		s = combine(all, func(i int) string { return slots[i].Name + ": " })
	}
	s.evidence = append(slices.Clone(s.evidence), evidence(at, "stored in "+name))
	s = j.alsoHere(c, s, estate.Both(c.when, n.When))
	if s.lift != "" {
		s.lift = "at " + name + ": " + s.lift
	}
	return s
}

// namedStore judges a store that is named and not in the inventory.
func (c slotCase) namedStore(text string, at bedlock.Position) standing {
	if reason := unknownPart(text); reason != "" {
		return unresolved(reason, at)
	}
	s := unread("stored in "+clip(text)+", which is not among the inputs; its key could not be read", "include the source that creates the store, or audit what is deployed", at)
	return s
}

// title names a resource for a person: "bucket logs".
func (j *judge) title(r *inventory.Resource) string {
	title := r.Type
	if e := j.catalog.Type(r.Type); e != nil {
		title = e.Title
	}
	return title + " " + resourceName(r)
}

// alsoHere judges the uses of the store's key that the slot itself needs, beyond those
// of the store.
func (j *judge) alsoHere(c slotCase, s standing, condition string) standing {
	if s.rung < bedlock.Exposed || c.slot == nil || len(c.slot.Needs) == 0 {
		return s
	}
	auth := j.authorize(c, s.key, condition)
	switch {
	case auth.denied != nil:
		return *auth.denied
	case len(auth.gaps) > 0 && s.rung >= bedlock.Sound:
		return gapped(auth.gaps)
	}
	for _, g := range auth.gaps {
		s.evidence = append(s.evidence, evidence(g.at, g.reason))
	}
	if s.evidence = append(s.evidence, auth.open...); len(auth.open) > 0 && !contains(s.unjudged, openAuthorization) {
		s.unjudged = append([]string{openAuthorization}, s.unjudged...)
	}
	return s
}
