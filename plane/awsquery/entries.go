package awsquery

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// entry is an element of a list, or an entry of a map.
type entry struct {
	number     uint64
	key, value value
}

// entriesOf returns the entries of a list or map by their numbers.
func entriesOf(n *shape.Node, form value) ([]entry, *Error) {
	numbered, err := numberedPart(n, form)
	if err != nil {
		return nil, err
	}
	var out []entry
	for name, child := range numbered.children() {
		number, err := strconv.ParseUint(name, 10, 31)
		if err != nil || number == 0 {
			return nil, malformed("")
		}
		e := entry{number: number, value: child}
		if n.Shape.Type == model.TypeMap {
			key, hasKey := child.child(elementName(n.Shape.Key, "key"))
			value, hasValue := child.child(elementName(n.Shape.Value, "value"))
			if !hasKey || !hasValue {
				return nil, malformed("")
			}
			e.key, e.value = key, value
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b entry) int { return cmp.Compare(a.number, b.number) })
	return out, nil
}

// numberedPart returns the part of a list or map that has the numbers: Name.member,
// Name.entry, or the value itself where it is flattened.
func numberedPart(n *shape.Node, form value) (value, *Error) {
	if text, _ := form.text(); text != "" {
		return value{}, malformed(listTermination)
	}
	if form.flat || n.Shape.Flattened {
		return form, nil
	}
	var numbered value
	for name, child := range form.children() {
		if name != wrapper(n.Shape) {
			return value{}, malformed("")
		}
		numbered = child
	}
	if _, ok := numbered.text(); ok {
		return value{}, malformed(listTermination)
	}
	return numbered, nil
}

// wrapper is the name between that of a list or map and the numbers; in answers, that of
// the elements.
func wrapper(sh *model.Shape) string {
	if sh.Type == model.TypeMap {
		return "entry"
	}
	return elementName(sh.Element, "member")
}

func elementName(m *model.Member, otherwise string) string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return otherwise
}

// flattened says whether a member is a list or map without a wrapper.
func flattened(m *shape.Member) bool { return m.Model.Flattened || m.Value.Shape.Flattened }

// wireName is the name of a member; that of a flattened list is that of its elements, if
// they have one.
func wireName(m *shape.Member) string {
	if flattened(m) && m.Value.Shape.Type == model.TypeList {
		return elementName(m.Value.Shape.Element, m.Model.WireName())
	}
	return m.Model.WireName()
}
