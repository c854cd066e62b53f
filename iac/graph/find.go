package graph

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/catalog"
)

// Element is one place a path leads to: the same list index on every branch.
type element struct {
	// index is the list indices on the way, joined by dots; "" when no list was met.
	index string
	// branches are the values there, one per consistent set of conditions.
	branches []Branch
}

// maxBranches bounds what nested choices can multiply to.
const maxBranches = 64

// find follows a path into a value. It always returns at least one element.
func find(v Value, path catalog.Path) []element {
	f := finder{}
	f.walk(v, path.Steps(), "", "")
	if len(f.elements) == 0 {
		return []element{{branches: []Branch{{Value: Value{At: v.At}}}}}
	}
	f.complete()
	return f.elements
}

// whole follows a path as find does, but takes a list at its end as one value.
func whole(v Value, path catalog.Path) Value {
	f := finder{whole: true}
	f.walk(v, path.Steps(), "", "")
	if len(f.elements) == 0 {
		return Value{At: v.At}
	}
	return single(f.elements[0].branches)
}

// first returns the branches of the first element that the path leads to.
func first(v Value, path catalog.Path) []Branch { return find(v, path)[0].branches }

type finder struct {
	elements []element
	at       map[string]int // of each element by its index; nil while there are few
	whole    bool           // a list at the end is one value
}

func (f *finder) walk(v Value, steps []catalog.Step, index, when string) {
	switch {
	case v.Kind == Choice:
		for _, b := range v.Choices {
			if both, ok := conjoin(when, b.When); ok {
				f.walk(b.Value, steps, index, both)
			}
		}
		return
	case len(steps) == 0 && f.whole:
		f.add(index, when, v)
		return
	case v.Kind == List && len(v.Items) == 0:
		f.add(index, when, Value{At: v.At})
		return
	case v.Kind == List:
		for i, item := range v.Items {
			at := strconv.Itoa(i)
			if index != "" {
				at = index + "." + at
			}
			f.walk(item, steps, at, when)
		}
		return
	case len(steps) == 0:
		f.add(index, when, v)
		return
	}
	switch v.Kind {
	case Map:
		next := v.Get(steps[0].Name)
		if steps[0].JSON {
			next = parseText(next)
		}
		if next.Kind == Absent && next.At.IsZero() {
			next.At = v.At
		}
		f.walk(next, steps[1:], index, when)
	case Unknown, Unread:
		f.add(index, when, v)
	case Ref, Concat:
		f.add(index, when, Unresolved(v.describe()+" is known only after deployment", v.At))
	default:
		f.add(index, when, Value{At: v.At})
	}
}

func (f *finder) add(index, when string, v Value) {
	if i := f.find(index); i >= 0 {
		if e := &f.elements[i]; len(e.branches) < maxBranches {
			e.branches = append(e.branches, Branch{When: when, Value: v})
		}
		return
	}
	if f.at != nil {
		f.at[index] = len(f.elements)
	}
	f.elements = append(f.elements, element{index: index, branches: []Branch{{When: when, Value: v}}})
}

// find returns the place of an element, -1 when it is not there.
func (f *finder) find(index string) int {
	const few = 16
	if f.at == nil && len(f.elements) <= few {
		return slices.IndexFunc(f.elements, func(e element) bool { return e.index == index })
	}
	if f.at == nil {
		f.at = make(map[string]int, 2*len(f.elements))
		for i := range f.elements {
			f.at[f.elements[i].index] = i
		}
	}
	if i, ok := f.at[index]; ok {
		return i
	}
	return -1
}

// complete drops an absence that stands beside list elements of other branches:
// "no list at all when X is false" and "one element when X is true" are the two
// branches of that element.
func (f *finder) complete() {
	bare := slices.IndexFunc(f.elements, func(e element) bool { return e.index == "" })
	if bare < 0 || len(f.elements) == 1 {
		return
	}
	rest := f.elements[bare].branches
	f.elements = slices.Delete(f.elements, bare, bare+1)
	for i := range f.elements {
		f.elements[i].branches = append(f.elements[i].branches, rest...)
	}
}

const and = " and "

// conjoin joins two conditions; ok is false when they contradict each other.
func conjoin(a, b string) (string, bool) {
	if a == "" || b == "" || a == b {
		return a + strings.TrimPrefix(b, a), true
	}
	atoms := strings.Split(a, and)
	for _, atom := range strings.Split(b, and) {
		if slices.Contains(atoms, opposite(atom)) {
			return "", false
		}
		if !slices.Contains(atoms, atom) {
			atoms = append(atoms, atom)
		}
	}
	return strings.Join(atoms, and), true
}

// without is a condition less what is given anyway.
func without(when, given string) string {
	if when == "" || given == "" {
		return when
	}
	known := strings.Split(given, and)
	atoms := slices.DeleteFunc(strings.Split(when, and), func(atom string) bool { return slices.Contains(known, atom) })
	return strings.Join(atoms, and)
}

func opposite(atom string) string {
	if s, ok := strings.CutSuffix(atom, " is true"); ok {
		return s + " is false"
	}
	if s, ok := strings.CutSuffix(atom, " is false"); ok {
		return s + " is true"
	}
	return atom + " is false"
}

// describe names a reference or text for a reason.
func (v Value) describe() string {
	if v.Kind == Ref {
		return address(v.Target) + " " + v.Text
	}
	return "the text"
}

// address is the part of an ID that a person reads: what follows the file.
func address(id string) string {
	if _, a, ok := strings.Cut(id, "#"); ok {
		return a
	}
	return id
}
