package planfile

import (
	"strconv"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// marked is one value of a plan or state with what is said about it elsewhere in
// the file. Each node may be nil.
type marked struct {
	after     *syntax.Node
	unknown   *syntax.Node // true, or nested as the value is
	sensitive *syntax.Node // likewise
	code      code
	// implied is true when unknown values are left out rather than marked: what the
	// configuration sets by references and the value lacks is then unknown.
	implied bool
	scope   *scope
}

const (
	sensitiveReason = "marked sensitive in the plan"
	dynamicReason   = afterApply + "; the plan does not record the expression, as in a dynamic block"
	unpairedReason  = afterApply + "; the plan does not say which block of the code this is"
)

// value evaluates one value; name is that of the nearest attribute.
func (p *plan) value(m marked, name string) graph.Value {
	if isTrue(m.unknown) {
		return p.unknown(m, name)
	}
	if isTrue(m.sensitive) {
		n := m.after
		if n == nil {
			n = m.sensitive
		}
		return graph.Unresolved(sensitiveReason, n.At(p.file))
	}
	if m.after == nil {
		return p.fromMarks(m, name)
	}
	switch m.after.Kind {
	case syntax.Map:
		return p.object(m)
	case syntax.List:
		return p.list(m, name)
	}
	return p.literal(m.after)
}

// literal turns a node into a value as it stands.
func (p *plan) literal(n *syntax.Node) graph.Value {
	v := graph.Value{Text: n.Text, At: n.At(p.file)}
	switch n.Kind {
	case syntax.Bool:
		v.Kind = graph.Bool
	case syntax.Number:
		v.Kind = graph.Number
	case syntax.String:
		v.Kind = graph.String
	case syntax.List:
		v.Kind, v.Items = graph.List, make([]graph.Value, len(n.Items))
		for i := range n.Items {
			v.Items[i] = p.literal(&n.Items[i])
		}
	case syntax.Map:
		v.Kind, v.Members = graph.Map, make([]graph.Member, 0, len(n.Items)/2)
		for i := 0; i+1 < len(n.Items); i += 2 {
			v.Members = append(v.Members, graph.Member{Name: n.Items[i].Text, At: n.Items[i].At(p.file), Value: p.literal(&n.Items[i+1])})
		}
	default:
		v.Text = "" // null is nothing
	}
	return v
}

// inert reports whether nothing is said about a value, so that it is a literal.
func (m *marked) inert() bool {
	return m.unknown == nil && m.sensitive == nil && !m.implied
}

func (p *plan) object(m marked) graph.Value {
	if m.inert() {
		return p.literal(m.after)
	}
	n := m.after
	v := graph.Value{Kind: graph.Map, At: n.At(p.file), Members: make([]graph.Member, 0, len(n.Items)/2+p.extra(m))}
	for i := 0; i+1 < len(n.Items); i += 2 {
		name := n.Items[i].Text
		v.Members = append(v.Members, graph.Member{
			Name: name, At: n.Items[i].At(p.file),
			Value: p.value(p.member(&m, name, &n.Items[i+1]), name),
		})
	}
	v.Members = p.addUnknown(v.Members, m)
	return v
}

func (p *plan) extra(m marked) int {
	if isKind(m.unknown, syntax.Map) {
		return len(m.unknown.Items) / 2
	}
	return 0
}

func (p *plan) member(m *marked, name string, after *syntax.Node) marked {
	sensitive := m.sensitive
	if !isTrue(sensitive) { // only a whole resource can be: then so are its attributes
		sensitive = p.get(sensitive, name)
	}
	return marked{
		after: after, unknown: p.get(m.unknown, name), sensitive: sensitive,
		code: p.codeOf(m.code, name), implied: m.implied, scope: m.scope,
	}
}

// addUnknown adds the members that the value lacks because they are unknown.
func (p *plan) addUnknown(list []graph.Member, m marked) []graph.Member {
	add := func(key *syntax.Node, inner marked) {
		if v := p.value(inner, key.Text); v.Kind != graph.Absent || isTrue(inner.unknown) {
			list = append(list, graph.Member{Name: key.Text, At: key.At(p.file), Value: v})
		}
	}
	if n := m.unknown; isKind(n, syntax.Map) {
		for i := 0; i+1 < len(n.Items); i += 2 {
			if key := &n.Items[i]; p.get(m.after, key.Text) == nil {
				add(key, p.member(&m, key.Text, nil))
			}
		}
	}
	if n := m.code.node; m.implied && m.code.kind == codeBlock {
		for i := 0; i+1 < len(n.Items); i += 2 {
			if key := &n.Items[i]; p.get(m.after, key.Text) == nil && p.get(m.unknown, key.Text) == nil {
				add(key, p.member(&m, key.Text, nil))
			}
		}
	}
	return list
}

func (p *plan) list(m marked, name string) graph.Value {
	if m.inert() {
		return p.literal(m.after)
	}
	n := m.after
	v := graph.Value{Kind: graph.List, At: n.At(p.file), Items: make([]graph.Value, len(n.Items))}
	blocks := p.pair(m.code, n)
	for i := range n.Items {
		v.Items[i] = p.value(marked{
			after: &n.Items[i], unknown: p.item(m.unknown, i), sensitive: p.item(m.sensitive, i),
			code: blocks.at(i), implied: m.implied, scope: m.scope,
		}, name)
	}
	return v
}

// item returns the mark of a list's element. The marks of a raw state are Maps.
func (p *plan) item(n *syntax.Node, i int) *syntax.Node {
	switch {
	case isKind(n, syntax.List) && i < len(n.Items):
		return &n.Items[i]
	case isKind(n, syntax.Map):
		return p.get(n, strconv.Itoa(i))
	}
	return nil
}

// fromMarks builds a value that the file has only marks or expressions of.
func (p *plan) fromMarks(m marked, name string) graph.Value {
	switch n := m.unknown; {
	case isKind(n, syntax.Map):
		v := graph.Value{Kind: graph.Map, At: n.At(p.file)}
		if v.Members = p.addUnknown(nil, m); len(v.Members) == 0 {
			return graph.Value{At: v.At}
		}
		return v
	case isKind(n, syntax.List):
		v := graph.Value{Kind: graph.List, At: n.At(p.file)}
		blocks, something := p.pair(m.code, n), false
		for i := range n.Items {
			item := p.value(marked{unknown: &n.Items[i], code: blocks.at(i), scope: m.scope}, name)
			something = something || item.Kind != graph.Absent
			v.Items = append(v.Items, item)
		}
		if !something {
			return graph.Value{At: v.At}
		}
		return v
	case !m.implied:
	case m.code.kind == codeBlock, m.code.kind == codeBlocks, p.get(m.code.node, "references") != nil:
		return p.unknown(m, name)
	case m.code.kind == codeExpression && !m.code.inner:
		if constant := p.get(m.code.node, "constant_value"); constant != nil {
			return p.literal(constant)
		}
	}
	return graph.Value{}
}

// unknown says what a value is that the plan marks as unknown.
func (p *plan) unknown(m marked, name string) graph.Value {
	mark := m.unknown
	if mark == nil {
		mark = m.code.node
	}
	at := mark.At(p.file)
	switch m.code.kind {
	case codeUnset:
		return unset(name, at)
	case codeOpaque:
		return graph.Unresolved(m.code.why, at)
	case codeExpression:
		return p.resolve(m.code.node, name, m.code.inner, *m.scope)
	case codeBlock:
		v := graph.Value{Kind: graph.Map, At: m.code.node.At(p.file)}
		v.Members = p.addUnknown(nil, marked{code: m.code, implied: true, scope: m.scope})
		return v
	case codeBlocks:
		v := graph.Value{Kind: graph.List, At: m.code.node.At(p.file)}
		for i := range m.code.node.Items {
			block := code{kind: codeBlock, node: &m.code.node.Items[i]}
			v.Items = append(v.Items, p.unknown(marked{code: block, scope: m.scope}, name))
		}
		return v
	}
	return graph.Unresolved(afterApply, at)
}
