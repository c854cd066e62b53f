package custom

import (
	"fmt"
	"slices"
	"strings"
)

// fields is a tree of the fields of a variable: nil for a leaf, an empty tree for
// a map whose keys are the user's own.
type fields map[string]fields

var (
	open           = fields{}
	resourceFields = fields{"id": nil, "type": nil, "name": nil, "address": nil, "account": nil, "region": nil, "tags": open}
	keyFields      = fields{
		"id": nil, "name": nil, "account": nil, "region": nil, "manager": nil, "state": nil, "spec": nil, "usage": nil, "origin": nil,
		"multiRegion": nil, "replica": nil, "rotation": nil, "rotationDays": nil, "deletionDays": nil, "description": nil, "policy": nil, "tags": open,
	}
	slotFields = fields{"name": nil, "rung": nil, "key": keyFields, "keyText": nil, "service": nil, "change": nil, "evidence": nil, "resource": resourceFields}
	variables  = fields{"slot": slotFields, "resource": resourceFields, "key": keyFields}
)

// check says why a path of field names is none, "" when it is one.
func (f fields) check(path []string) string {
	at := f
	for i, name := range path {
		switch {
		case at == nil:
			return fmt.Sprintf("%s is a value without fields", strings.Join(path[:i], "."))
		case len(at) == 0:
			return ""
		}
		next, ok := at[name]
		if !ok {
			return fmt.Sprintf("%s has no field %q; it has %s", strings.Join(path[:i], "."), name, strings.Join(at.names(), ", "))
		}
		at = next
	}
	return ""
}

func (f fields) names() []string {
	out := make([]string, 0, len(f))
	for name := range f {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// blank is a variable in which nothing is said: null, and empty where a list or a
// map is always there.
func blank(f fields) map[string]any {
	m := make(map[string]any, len(f))
	for name, sub := range f {
		switch {
		case name == "tags":
			m[name] = map[string]any{}
		case name == "evidence":
			m[name] = []any{}
		case name == "replica":
			m[name] = false
		case name == "resource":
			m[name] = blank(sub)
		default:
			m[name] = nil
		}
	}
	return m
}
