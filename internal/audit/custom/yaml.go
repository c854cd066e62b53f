package custom

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock"
)

// mapping reads a mapping with the names given; nil when it is none.
func (r *reader) mapping(n *yaml.Node, what string, required, optional []string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s is not a mapping", what)
		return nil
	}
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(required, name.Value) && !slices.Contains(optional, name.Value):
			r.fail(name, "%s has no field %q; it has %s", what, name.Value, strings.Join(slices.Concat(required, optional), ", "))
		case out[name.Value] != nil:
			r.fail(name, "field %s is there twice", name.Value)
		default:
			out[name.Value] = value
		}
	}
	for _, name := range required {
		if out[name] == nil {
			r.fail(n, "field %s is missing", name)
		}
	}
	return out
}

func (r *reader) text(n *yaml.Node, name string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "field %s is not a text", name)
		return ""
	}
	text := strings.TrimSpace(n.Value)
	if text == "" {
		r.fail(n, "field %s is empty", name)
	}
	if name == "when" {
		return n.Value
	}
	return text
}

func (r *reader) list(n *yaml.Node, name string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "field %s is not a list", name)
		return nil
	}
	return n.Content
}

func (r *reader) references(n *yaml.Node) (out []string) {
	for _, item := range r.list(n, "references") {
		if s := r.text(item, "references"); s != "" && !strings.HasPrefix(s, "https://") {
			r.fail(item, "reference %q is not an https URL", s)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func (r *reader) controls(n *yaml.Node) (out []bedlock.Control) {
	for _, item := range r.list(n, "controls") {
		if m := r.mapping(item, "a control", []string{"framework", "id"}, nil); m["framework"] != nil && m["id"] != nil {
			out = append(out, bedlock.Control{Framework: r.text(m["framework"], "framework"), ID: r.text(m["id"], "id")})
		}
	}
	return out
}

// maxDepth bounds nesting of a test's input.
const maxDepth = 10

// value turns a test's input into what CEL sees; path names where it stands.
// Aliases are refused, so that no text can expand.
func (r *reader) value(n *yaml.Node, path []string) any {
	if len(path) > maxDepth {
		r.fail(n, "nested deeper than %d levels", maxDepth)
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i]
			at := append(slices.Clone(path), name.Value)
			if text := variables.check(at); text != "" {
				r.fail(name, "%s", text)
				continue
			}
			out[name.Value] = r.value(n.Content[i+1], at)
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range n.Content {
			out = append(out, r.value(item, append(slices.Clone(path), "[]")))
		}
		return out
	case yaml.ScalarNode:
		return r.scalar(n)
	}
	r.fail(n, "aliases are not read")
	return nil
}

func (r *reader) scalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		var v bool
		if n.Decode(&v) == nil {
			return v
		}
	case "!!int":
		var v int64
		if n.Decode(&v) == nil {
			return v
		}
	case "!!float":
		var v float64
		if n.Decode(&v) == nil {
			return v
		}
	}
	return n.Value
}
