package simulate

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fields are the members of a mapping by name.
type fields map[string]*yaml.Node

// mapping reads a mapping of which the names are given.
func (r *reading) mapping(n *yaml.Node, what string, known []string) fields {
	out := fields{}
	if n == nil || !r.is(n, yaml.MappingNode, what, "a mapping") {
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(known, name.Value):
			r.fail(name, nearest(name.Value, known), "%s has no field %q", what, name.Value)
		case out[name.Value] != nil:
			r.fail(name, "leave one", "the field %s is there twice", name.Value)
		default:
			out[name.Value] = value
		}
	}
	return out
}

// named reads a mapping from names of the user's own.
func (r *reading) named(n *yaml.Node) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n == nil || !r.is(n, yaml.MappingNode, "this", "a mapping from names") {
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if out[name.Value] != nil {
			r.fail(name, "leave one", "the name %q is there twice", name.Value)
		}
		out[name.Value] = n.Content[i+1]
	}
	return out
}

func (r *reading) is(n *yaml.Node, kind yaml.Kind, what, form string) bool {
	r.work++
	if n.Kind == kind && n.Tag != "!!merge" {
		return true
	}
	if n.Kind == yaml.AliasNode {
		r.fail(n, "give what is shared a name under documents, principals or organizations", "aliases are not read")
	} else {
		r.fail(n, "", "%s is not %s", what, form)
	}
	return false
}

func (r *reading) list(n *yaml.Node, what string) []*yaml.Node {
	if n == nil || !r.is(n, yaml.SequenceNode, what, "a list") {
		return nil
	}
	return n.Content
}

// text reads a scalar as it is written, so that account numbers keep their zeros.
func (r *reading) text(n *yaml.Node, what string) string {
	if n == nil || !r.is(n, yaml.ScalarNode, what, "a text") {
		return ""
	}
	if n.Tag == "!!null" {
		r.fail(n, "leave the field out, or write \"\" for an empty text", "%s has no value", what)
		return ""
	}
	return n.Value
}

func (r *reading) flag(n *yaml.Node, what string) bool {
	if n == nil || !r.is(n, yaml.ScalarNode, what, "true or false") {
		return false
	}
	if n.Value != "true" && n.Value != "false" {
		r.fail(n, "true or false", "%s is %q", what, n.Value)
	}
	return n.Value == "true"
}

// texts reads a list of texts, or one text for a list of one; never nil for a node.
func (r *reading) texts(n *yaml.Node, what string) []string {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{r.text(n, what)}
	}
	out := []string{}
	for _, item := range r.list(n, what) {
		out = append(out, r.text(item, "an entry of "+what))
	}
	return out
}

// pairs reads a mapping from texts to texts.
func (r *reading) pairs(n *yaml.Node, what string) map[string]string {
	if n == nil {
		return nil
	}
	out := map[string]string{}
	if !r.is(n, yaml.MappingNode, what, "a mapping") {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		for other := range out {
			if strings.EqualFold(other, name) {
				r.fail(n.Content[i], "the case of names does not count", "%s has %s twice", what, name)
			}
		}
		out[name] = r.text(n.Content[i+1], name)
	}
	return out
}

// nearest is a hint for a misspelt name: the known name that begins alike, or all.
func nearest(name string, known []string) string {
	best, length := "", 2
	for _, k := range known {
		n := 0
		for n < len(k) && n < len(name) && k[n]|0x20 == name[n]|0x20 {
			n++
		}
		if n > length {
			best, length = k, n
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return oneOf(known)
}
