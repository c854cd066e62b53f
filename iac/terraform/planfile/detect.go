package planfile

import (
	"github.com/bedlock/bedlock/iac/syntax"
)

// DetectPlan reports whether a file is a plan, or an object with plans at most three
// levels down, as policy tests keep them.
func DetectPlan(n *syntax.Node) bool { return len(plans(n)) > 0 }

// DetectState reports whether a file is a state, in either form, of any version.
func DetectState(n *syntax.Node) bool { return isShown(n) || isRaw(n) }

// wrapped is a plan and the keys that lead to it, joined by "/".
type wrapped struct {
	path string
	node *syntax.Node
}

func plans(n *syntax.Node) []wrapped {
	const levels = 3
	return unwrap(nil, wrapped{node: n}, levels)
}

func unwrap(found []wrapped, w wrapped, levels int) []wrapped {
	if isPlan(w.node) {
		return append(found, w)
	}
	if levels == 0 {
		return found
	}
	for _, m := range members(w.node) {
		path := m.key.Text
		if w.path != "" {
			path = w.path + "/" + path
		}
		found = unwrap(found, wrapped{path, m.value}, levels-1)
	}
	return found
}

func isPlan(n *syntax.Node) bool {
	if isKind(n.Get("resource_changes"), syntax.List) || isKind(n.Get("planned_values"), syntax.Map) {
		return true
	}
	// A plan that failed early has neither.
	return n.Get("format_version") != nil && n.Get("values") == nil &&
		(isKind(n.Get("configuration"), syntax.Map) || n.Get("errored") != nil)
}

// isShown: the state as "show -json" prints it; of an empty state only the format
// version is left.
func isShown(n *syntax.Node) bool {
	if isPlan(n) || !isKind(n, syntax.Map) {
		return false
	}
	if isKind(n.Get("values").Get("root_module"), syntax.Map) {
		return true
	}
	if n.Get("format_version") == nil {
		return false
	}
	return n.Get("terraform_version") != nil || len(n.Items) == 2
}

func isRaw(n *syntax.Node) bool {
	if !isKind(n.Get("version"), syntax.Number) {
		return false
	}
	known := 0
	for _, key := range []string{"terraform_version", "serial", "lineage"} {
		if n.Get(key) != nil {
			known++
		}
	}
	return known > 0 && (n.Get("resources") != nil || n.Get("modules") != nil) || known == 3
}

func isKind(n *syntax.Node, k syntax.Kind) bool { return n != nil && n.Kind == k }

type member struct{ key, value *syntax.Node }

// members returns the members of a Map, nothing for other nodes.
func members(n *syntax.Node) []member {
	if !isKind(n, syntax.Map) {
		return nil
	}
	out := make([]member, 0, len(n.Items)/2)
	for i := 0; i+1 < len(n.Items); i += 2 {
		out = append(out, member{&n.Items[i], &n.Items[i+1]})
	}
	return out
}

// items returns pointers into a List, nothing for other nodes.
func items(n *syntax.Node) []syntax.Node {
	if !isKind(n, syntax.List) {
		return nil
	}
	return n.Items
}

// text returns the text of a String, "" for other nodes.
func text(n *syntax.Node) string {
	if !isKind(n, syntax.String) {
		return ""
	}
	return n.Text
}

func isTrue(n *syntax.Node) bool { return isKind(n, syntax.Bool) && n.Text == "true" }

// lookup finds members of Maps. It indexes large ones, so that reading all members
// of one never takes quadratic time.
type lookup struct {
	large map[*syntax.Node]map[string]*syntax.Node
}

const largeMap = 64 // items, twice the members

func (l *lookup) get(n *syntax.Node, key string) *syntax.Node {
	if n == nil || n.Kind != syntax.Map {
		return nil
	}
	if len(n.Items) <= largeMap {
		return n.Get(key)
	}
	index := l.large[n]
	if index == nil {
		index = make(map[string]*syntax.Node, len(n.Items)/2)
		for i := 0; i+1 < len(n.Items); i += 2 {
			index[n.Items[i].Text] = &n.Items[i+1]
		}
		if l.large == nil {
			l.large = map[*syntax.Node]map[string]*syntax.Node{}
		}
		l.large[n] = index
	}
	return index[key]
}
