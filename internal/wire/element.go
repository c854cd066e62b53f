package wire

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// element is a part of a message that is made of names and texts: an element of XML, or a
// place in a form of the query protocol.
type element struct {
	name, text string
	children   []*element
}

// child returns the first child of a name, nil when there is none.
func (e *element) child(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// textOf is the text of the first child of a name; empty when there is none.
func (e *element) textOf(name string) string {
	if c := e.child(name); c != nil {
		return c.text
	}
	return ""
}

// flattened says whether a member is a list or a map whose entries stand where it does.
func flattened(m *shape.Member) bool { return m.Model.Flattened || m.Value.Shape.Flattened }

// elementName is the name of a member: of a flattened list that of its elements, if they
// have one.
func elementName(m *shape.Member) string {
	if sh := m.Value.Shape; flattened(m) && sh.Type == model.TypeList {
		return named(sh.Element, m.Model.WireName())
	}
	return m.Model.WireName()
}

// entryName is the name of the elements of a list and of the entries of a map.
func entryName(sh *model.Shape) string {
	if sh.Type == model.TypeMap {
		return "entry"
	}
	return named(sh.Element, "member")
}

func named(m *model.Member, otherwise string) string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return otherwise
}

// structure reads the members of a structure that are in the body into out. The first of
// what is there twice counts.
func (d *decoding) structure(n *shape.Node, e *element, out Object) error {
	for _, c := range e.children {
		m := memberNamed(n, c.name)
		switch {
		case m == nil && strings.HasPrefix(c.name, attributePrefix):
			continue
		case m == nil && d.lax:
			d.unknown = append(d.unknown, c.name)
			continue
		case m == nil:
			return unknownMember(c.name, n)
		case flattened(m) && !d.form:
			if err := d.flat(m, c, out); err != nil {
				return err
			}
			continue
		case out[m.Model.Name] != nil:
			continue
		}
		v, err := d.element(m.Value, c, flattened(m))
		if err != nil {
			return err
		}
		out[m.Model.Name] = v
	}
	return nil
}

// memberNamed returns the member of a structure that is in the body under a name.
func memberNamed(n *shape.Node, name string) *shape.Member {
	for i := range n.Members {
		if m := &n.Members[i]; !outside(m.Model.Location) && elementName(m) == name {
			return m
		}
	}
	return nil
}

// flat adds an entry of a flattened list or map of XML.
func (d *decoding) flat(m *shape.Member, e *element, out Object) error {
	name := m.Model.Name
	if m.Value.Shape.Type == model.TypeMap {
		entries, _ := out[name].(Object)
		if entries == nil {
			entries = Object{}
		}
		out[name] = entries
		return d.entry(m.Value, e, entries)
	}
	v, err := d.element(m.Value.Element, e, false)
	if err != nil {
		return err
	}
	list, _ := out[name].([]any)
	out[name] = append(list, v)
	return nil
}

// element reads a value. flat: the numbers of a list or map in a form stand right below it.
func (d *decoding) element(n *shape.Node, e *element, flat bool) (any, error) {
	if d.depth++; d.depth > maxDepth {
		return nil, serialization("More than " + strconv.Itoa(maxDepth) + " levels.")
	}
	defer func() { d.depth-- }()
	switch n.Shape.Type {
	case model.TypeStructure:
		out := Object{}
		return out, d.structure(n, e, out)
	case model.TypeList:
		entries, err := d.entries(n, e, flat)
		if err != nil {
			return nil, err
		}
		out := make([]any, 0, len(entries))
		for _, c := range entries {
			v, err := d.element(n.Element, c, false)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case model.TypeMap:
		entries, err := d.entries(n, e, flat)
		if err != nil {
			return nil, err
		}
		out := make(Object, len(entries))
		for _, c := range entries {
			if err := d.entry(n, c, out); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	if slices.ContainsFunc(e.children, func(c *element) bool { return !strings.HasPrefix(c.name, attributePrefix) }) {
		return nil, mismatch(n, map[string]any{})
	}
	text := e.text
	if !d.form && n.Shape.Type != model.TypeString {
		text = strings.TrimSpace(text)
	}
	return d.text(n, text)
}

// entry reads an entry of a map.
func (d *decoding) entry(n *shape.Node, e *element, out Object) error {
	key, value := e.child(named(n.Shape.Key, "key")), e.child(named(n.Shape.Value, "value"))
	if key == nil || value == nil {
		return serialization("")
	}
	v, err := d.element(n.Element, value, false)
	if err == nil {
		out[key.text] = v
	}
	return err
}

// entries returns the elements of a list or the entries of a map. Those of a form are in
// the order of their numbers, which may have gaps.
func (d *decoding) entries(n *shape.Node, e *element, flat bool) ([]*element, error) {
	if !d.form {
		var out []*element
		for _, c := range e.children {
			switch {
			case c.name == entryName(n.Shape):
				out = append(out, c)
			case !d.lax:
				return nil, unknownMember(c.name, n)
			}
		}
		return out, nil
	}
	if e.text != "" {
		return nil, mismatch(n, e.text)
	}
	if !flat && len(e.children) > 0 {
		if len(e.children) > 1 || e.children[0].name != entryName(n.Shape) {
			return nil, serialization("")
		}
		e = e.children[0]
	}
	numbers := make(map[*element]uint64, len(e.children))
	for _, c := range e.children {
		number, err := strconv.ParseUint(c.name, 10, 31)
		if err != nil || number == 0 {
			return nil, serialization("")
		}
		numbers[c] = number
	}
	return slices.SortedStableFunc(slices.Values(e.children), func(a, b *element) int { return int(numbers[a]) - int(numbers[b]) }), nil
}
