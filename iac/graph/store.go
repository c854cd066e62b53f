package graph

import (
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// throughSlot finds the other resource whose key counts for the slot. The slot
// does not exist when none of the places that could name one is set.
func (a *assembly) throughSlot(r *Resource, s *catalog.Slot, applies []string) []inventory.Slot {
	slot := inventory.Slot{Name: s.Name}
	for _, t := range s.Through {
		elements, _, ok := a.elements(r, t.At)
		if !ok {
			continue
		}
		for _, el := range elements {
			for _, b := range within(el.branches, applies) {
				switch {
				case b.Value.Kind == Unread: // so is whatever else could name one
					slot.Named = []inventory.Named{{Text: gap[string](b.Value)}}
					return []inventory.Slot{slot}
				case b.Value.Kind != Absent && b.Value.Text+b.Value.Print() != "":
					slot.Named = append(slot.Named, a.store(r, t, b))
				}
			}
		}
	}
	if len(slot.Named) == 0 && r.Dialect == API {
		slot.Named = a.parentStore(r, s)
	}
	if len(slot.Named) == 0 {
		return nil
	}
	return []inventory.Slot{slot}
}

// parentStore names what a deployed part is a part of: some services do not say it
// anywhere but in the ID.
func (a *assembly) parentStore(r *Resource, s *catalog.Slot) []inventory.Named {
	parent := a.parent(r)
	for _, t := range s.Through {
		if parent != nil && parent.Type == t.Type {
			return []inventory.Named{a.store(r, t, Branch{Value: Value{Kind: String, Text: parent.ID}})}
		}
	}
	return nil
}

func (a *assembly) store(r *Resource, t catalog.Through, b Branch) inventory.Named {
	v := b.Value
	n := inventory.Named{When: b.When, Text: text(v)}
	id := ""
	switch v.Kind {
	case Ref:
		id = v.Target
	case String:
		id = a.named(r, t.Type, r.substitute(v.Text))
	case Concat:
		for _, item := range v.Items {
			if item.Kind == Ref {
				id = item.Target
			}
		}
	}
	target := a.resources[id]
	if target == nil {
		if v.Kind == Ref {
			n.Text = inventory.Unknown[string](v.describe()+" is not among the inputs", v.At)
		}
		return n
	}
	e := a.entry(target)
	if strings.HasPrefix(target.Type, "data.") || e == nil || e.Type != t.Type {
		n.Text = inventory.Unknown[string](target.label()+" ("+target.Type+") is no "+t.Type+" of the inputs", v.At)
		return n
	}
	n.Store, n.StoreSlot, n.How = id, t.Slot, "through "+target.label()
	return n
}

// joinStores drops links to stores whose slot the source cannot express, so that
// every link in the inventory leads somewhere.
func (a *assembly) joinStores() {
	slots := map[string]bool{}
	onward := map[string]string{} // the slot of a store that leads to yet another one
	for i := range a.parts.Resources {
		r := &a.parts.Resources[i]
		for _, s := range r.Slots {
			slots[r.ID+"\x00"+base(s.Name)] = true
			if e := a.catalog.Type(r.Type); e != nil && len(e.Slot(base(s.Name)).Through) > 0 {
				onward[r.ID] = base(s.Name)
			}
		}
	}
	for i := range a.parts.Resources {
		for j := range a.parts.Resources[i].Slots {
			for k := range a.parts.Resources[i].Slots[j].Named {
				n := &a.parts.Resources[i].Slots[j].Named[k]
				if n.Store != "" && !slots[n.Store+"\x00"+n.StoreSlot] && onward[n.Store] != "" {
					n.StoreSlot = onward[n.Store]
				}
				if n.Store != "" && !slots[n.Store+"\x00"+n.StoreSlot] {
					n.Text = inventory.Unknown[string](address(n.Store)+" does not say how it is encrypted", n.Text.At())
					n.Store, n.StoreSlot, n.How = "", "", ""
				}
			}
		}
	}
}

// base is a slot's catalogue name without its index.
func base(slot string) string {
	name, _, _ := strings.Cut(slot, "[")
	return name
}
