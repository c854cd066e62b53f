package catalog

import (
	"maps"
	"slices"
	"strings"
)

// deriveAPI gives each slot its path in the dialect [API] where the entry does not say
// it: the first of its Fields.Read that one of the entry's own reads returns.
func (e *Entry) deriveAPI() {
	for i := range e.Slots {
		s := &e.Slots[i]
		if _, given := s.At[API]; given {
			continue
		}
		for _, operations := range [][]string{e.Operations.Get, e.Operations.List} {
			if p, ok := e.readPath(s.Fields.Read, operations); ok {
				if s.At == nil {
					s.At = At{}
				}
				s.At[API] = p
				break
			}
		}
	}
}

// readPath turns the first field of one of the operations into a path.
func (e *Entry) readPath(fields, operations []string) (Path, bool) {
	for _, f := range fields {
		operation, rest, _ := strings.Cut(f, ".")
		if !slices.Contains(operations, operation) {
			continue
		}
		if slices.Contains(e.Operations.List, operation) {
			_, rest, _ = strings.Cut(rest, "[].") // the entry of the list
		}
		p, err := ParsePath(operation + "." + strings.ReplaceAll(rest, "[]", ""))
		return p, err == nil
	}
	return Path{}, false
}

// APIPaths returns everything that is read of a deployed resource of the type, sorted:
// the first step of each path is the operation that has to be made. Other members of
// the answers, which may be texts of prompts, environment variables or presigned URLs,
// are not needed.
func (e *Entry) APIPaths() []Path {
	found := map[string]Path{}
	add := func(at At) {
		if p, ok := at[API]; ok {
			found[p.String()] = p
		}
	}
	add(e.Name)
	add(e.Tags)
	add(e.Policy)
	for _, r := range e.Roles {
		add(r.At)
	}
	for _, at := range e.Attributes {
		add(at)
	}
	for i := range e.Slots {
		s := &e.Slots[i]
		add(s.At)
		if s.Mode != nil {
			add(s.Mode.At)
		}
		for _, c := range s.Applies {
			add(c.At)
		}
		for _, t := range s.Through {
			add(t.At)
		}
	}
	paths := make([]Path, 0, len(found))
	for _, text := range slices.Sorted(maps.Keys(found)) {
		paths = append(paths, found[text])
	}
	return paths
}
