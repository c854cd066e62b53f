package policy

import "sort"

// lines finds line and column of an offset without counting from the start each
// time, so that a text with very many faults stays cheap.
type lines []int // offsets at which lines begin

func newLines(s string) lines {
	out := lines{0}
	for i := 0; i < len(s); i++ {
		if s[i] == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

func (l lines) place(at int) Place {
	i := sort.SearchInts(l, at+1) - 1
	return Place{Offset: at, Line: i + 1, Column: at - l[i] + 1}
}

// places are where the parts of a statement stand, as offsets.
type places struct {
	lines lines
	// elements are the elements and the kinds of principals by name, entries what
	// they hold.
	elements map[string]int
	entries  map[string][]int
	// values are those of the conditions, by condition.
	values [][]int
}

func (p *places) note(element string, at int, entries []int) {
	if element == "" {
		return
	}
	if p.elements == nil {
		p.elements, p.entries = map[string]int{}, map[string][]int{}
	}
	p.elements[element], p.entries[element] = at, entries
}

// Place returns where a part of the statement stands: Place("Action") the element,
// Place("Action", 2) its third entry; Place("AWS", 0) the first entry of that kind
// in Principal or NotPrincipal, Place("Bare", 0) of those without a kind;
// Place("Condition", 1) the second of Conditions, Place("Condition", 1, 0) its first
// value. For what is not there it is the place of the nearest thing around it, at
// last the statement's.
func (s *Statement) Place(element string, i ...int) Place {
	if element == "Condition" && len(i) > 0 && i[0] >= 0 && i[0] < len(s.Conditions) {
		if s.places != nil && len(i) > 1 && i[0] < len(s.places.values) {
			if at := s.places.values[i[0]]; i[1] >= 0 && i[1] < len(at) {
				return s.places.lines.place(at[i[1]])
			}
		}
		return s.Conditions[i[0]].At
	}
	if s.places == nil {
		return s.At
	}
	if at := s.places.entries[element]; len(i) > 0 && i[0] >= 0 && i[0] < len(at) {
		return s.places.lines.place(at[i[0]])
	}
	if at, ok := s.places.elements[element]; ok {
		return s.places.lines.place(at)
	}
	return s.At
}

// Place returns where an element of the document stands: Version, Id, Statement. It
// is the zero value for what is not there, and in documents that were not parsed.
func (d *Document) Place(element string) Place {
	if at, ok := d.places[element]; ok {
		return d.lines.place(at)
	}
	return Place{}
}

// Text returns the text that the document was parsed from, empty for one that was
// not.
func (d *Document) Text() string { return d.text }
