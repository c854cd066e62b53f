package graph

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// slots finds the instances of one catalogue slot on a resource: none when the
// dialect cannot express it or its conditions say so, several when lists lead to it.
func (a *assembly) slots(r *Resource, s *catalog.Slot) []inventory.Slot {
	applies := a.applies(r, s.Applies)
	if len(applies) == 0 {
		return nil
	}
	if _, own := s.At.Path(r.dialect()); len(s.Through) > 0 && !own {
		return a.throughSlot(r, s, applies)
	}
	var modes []element
	hasMode := false
	if s.Mode != nil {
		modes, _, hasMode = a.elements(r, s.Mode.At)
	}
	elements, _, ok := a.elements(r, s.At)
	if !ok && !hasMode {
		return nil
	}
	if !ok { // no key can be named in this dialect, but the mode tells what holds
		elements = []element{{branches: []Branch{{Value: Value{At: r.At}}}}}
	}
	var out []inventory.Slot
	for i, el := range elements {
		slot := inventory.Slot{Name: s.Name}
		if len(elements) > 1 {
			slot.Name += "[" + el.index + "]"
		}
		var mode []Branch
		if len(modes) > 0 {
			mode = modes[min(i, len(modes)-1)].branches
		}
		for _, b := range within(el.branches, applies) {
			slot.Named = append(slot.Named, a.namedIn(r, s, b, mode)...)
		}
		if len(slot.Named) > 0 {
			slot.Named = simplify(slot.Named)
			out = append(out, slot)
		}
	}
	return out
}

// within keeps the branches that are consistent with one of the conditions.
func within(branches []Branch, whens []string) (out []Branch) {
	for _, w := range whens {
		for _, b := range branches {
			if both, ok := conjoin(w, b.When); ok {
				out = append(out, Branch{When: both, Value: b.Value})
			}
		}
	}
	return out
}

// namedIn says what the slot names in one branch, once per consistent mode.
func (a *assembly) namedIn(r *Resource, s *catalog.Slot, b Branch, modes []Branch) []inventory.Named {
	base := a.nameKey(r, b.Value)
	if s.Mode == nil {
		base.When = b.When
		setDefault(&base, s.Default)
		return []inventory.Named{base}
	}
	if len(modes) == 0 {
		modes = []Branch{{Value: Value{At: r.At}}}
	}
	var out []inventory.Named
	for _, m := range modes {
		when, ok := conjoin(b.When, m.When)
		if !ok {
			continue
		}
		n := base
		n.When = when
		a.applyMode(&n, s, m.Value)
		out = append(out, n)
	}
	return out
}

func (a *assembly) applyMode(n *inventory.Named, s *catalog.Slot, mode Value) {
	d := s.Default
	empty := n.Text.State() == inventory.StateAbsent || n.Text.State() == inventory.StateKnown && n.Text.Or("") == ""
	switch {
	case mode.Kind == Absent:
		if s.Mode.Absent != nil {
			d = *s.Mode.Absent
		}
	case mode.IsScalar():
		value := strings.ToLower(mode.Text)
		for v, what := range s.Mode.Values {
			if strings.ToLower(v) == value {
				d = what
			}
		}
		for _, v := range s.Mode.Wins {
			if strings.ToLower(v) == value {
				*n = inventory.Named{When: n.When, Text: inventory.Absent[string](mode.At)}
				empty = true
			}
		}
	default:
		if empty && mode.Kind == Unread {
			n.Text = gap[string](mode)
			return
		}
		if empty {
			n.Text = inventory.Unknown[string](unknownReason(mode), mode.At)
			return
		}
	}
	if empty && !mode.At.IsZero() && mode.Kind != Absent && n.Text.State() == inventory.StateAbsent {
		n.Text = inventory.Absent[string](mode.At)
	}
	setDefault(n, d)
}

func unknownReason(v Value) string {
	if v.Kind == Unknown {
		return v.Text
	}
	return v.describe() + " is known only after deployment"
}

// setDefault says what protects the slot when nothing is named.
func setDefault(n *inventory.Named, d catalog.Default) {
	if t, known := n.Text.Get(); n.Text.State() != inventory.StateAbsent && !(known && t == "") {
		return
	}
	n.Owner, n.Default = d.Owner, d.Text
	if n.Default == "" {
		n.Default = d.Alias
	}
}

// applies returns the conditions under which the slot exists: nil when it does
// not, one empty condition when it always does.
func (a *assembly) applies(r *Resource, conditions []catalog.Condition) []string {
	whens := []string{""}
	for _, c := range conditions {
		branches := []Branch{{Value: Value{At: r.At}}}
		elements, _, ok := a.elements(r, c.At)
		if ok {
			branches = nil
			for _, el := range elements {
				branches = append(branches, el.branches...)
			}
		}
		var next []string
		for _, b := range branches {
			if !satisfies(b.Value, c) {
				continue
			}
			for _, w := range whens {
				if both, ok := conjoin(w, b.When); ok && !slices.Contains(next, both) {
					next = append(next, both)
				}
			}
		}
		whens = next
	}
	return whens
}

// satisfies errs on the side of the slot's existence: an unknown value may be the
// one that makes it exist.
func satisfies(v Value, c catalog.Condition) bool {
	switch v.Kind {
	case Absent:
		return c.Absent
	case Unknown, Unread:
		return true
	case Ref, Concat: // something is there; what it is may be any of the values
		return c.Present || slices.ContainsFunc(c.In, func(s string) bool { return s != "" })
	case Bool, Number, String:
		if c.Present && v.Text != "" {
			return true
		}
		return slices.ContainsFunc(c.In, func(s string) bool { return strings.EqualFold(s, v.Text) })
	}
	return c.Present
}

// simplify merges branches that name the same: a condition that makes no
// difference is none.
func simplify(named []inventory.Named) []inventory.Named {
	if len(named) < 2 {
		return named
	}
	first := named[0]
	for _, n := range named[1:] {
		if n.Key != first.Key || n.Owner != first.Owner || n.Form != first.Form || n.Store != first.Store ||
			n.Text.State() != first.Text.State() || n.Text.Or("") != first.Text.Or("") || n.Text.Why() != first.Text.Why() {
			return named
		}
	}
	first.When = ""
	return []inventory.Named{first}
}
