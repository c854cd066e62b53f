package stepfunctions

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// path is a reference path of members: $.a.b. The zero value is "$".
type path struct {
	text    string
	members []string
	// none: the path is null.
	none bool
	// problem is why the plane does not read it; empty: it does.
	problem string
}

// UnmarshalJSON reads a path, or null.
func (p *path) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		p.none = true
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*p = pathOf(text)
	return nil
}

func pathOf(text string) path {
	p := path{text: text}
	rest, ok := strings.CutPrefix(text, "$")
	if rest == "" && ok {
		return p
	}
	p.members = strings.Split(strings.TrimPrefix(rest, "."), ".")
	if !strings.HasPrefix(rest, ".") || strings.ContainsAny(rest, "[]()*?@$ '\"") || strings.Contains(rest, "..") || strings.HasSuffix(rest, ".") {
		p.problem = "the path " + text
	}
	return p
}

// get is what is at a path; false: nothing is.
func (p path) get(v any) (any, bool) {
	for _, name := range p.members {
		o, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = o[name]; !ok {
			return nil, false
		}
	}
	return v, true
}

// set returns the value with another one at a path. What is no object on the way becomes one.
func (p path) set(v, to any) any { return put(v, p.members, to) }

func put(v any, members []string, to any) any {
	if len(members) == 0 {
		return to
	}
	o, _ := v.(map[string]any)
	o = maps.Clone(o)
	if o == nil {
		o = map[string]any{}
	}
	o[members[0]] = put(o[members[0]], members[1:], to)
	return o
}

// missing is that nothing is at the path.
func (p path) missing() *failure {
	var at strings.Builder
	for _, name := range p.members {
		fmt.Fprintf(&at, "['%s']", name)
	}
	return &failure{errRuntime, fmt.Sprintf("Invalid path '%s' : No results for path: $%s", p.text, at.String())}
}
