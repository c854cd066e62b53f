package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// isMeta reports whether an argument is Terraform's own, and not one of the resource
// or an input of the module.
func (d *decl) isMeta(name string) bool {
	switch name {
	case "count", "for_each", "depends_on":
		return true
	case "provider", "lifecycle", "provisioner", "connection":
		return d.block.Type != "module"
	case "providers", "source", "version":
		return d.block.Type == "module"
	}
	return false
}

// typ is the resource's type as the graph spells it.
func (d *decl) typ() string {
	if d.block.Type == "resource" {
		return d.block.Labels[0]
	}
	return d.block.Type + "." + d.block.Labels[0]
}

// attribute is what a reference to an attribute of the instance means: the value
// that the code sets where that is known, else a reference.
func (i *instance) attribute(name string, at bedlock.Position) graph.Value {
	if i.block.Type == "module" {
		return i.outputOf(name, at)
	}
	if v, ok := i.wellKnown(name, at); ok {
		return v
	}
	v, set := i.configured(name)
	if !set {
		return graph.Reference(i.id, name, at)
	}
	return distribute(v, func(v graph.Value) graph.Value {
		switch {
		case v.Kind == graph.Absent, v.Kind == graph.Concat, v.Kind == graph.Unknown && !isFailure(v):
			return graph.Reference(i.id, name, at)
		}
		return v
	})
}

// configured is the value of an argument or the list of blocks of a name.
func (i *instance) configured(name string) (v graph.Value, set bool) {
	if l := i.attributes[name]; l != nil {
		return l.get(i.address+"."+name, i.at()), true
	}
	if i.isMeta(name) {
		return v, false
	}
	body := i.block.Body
	if a := body.Attributes[name]; a != nil {
		l := &lazy{eval: func() graph.Value { return i.scope.eval(a.Expr) }}
		i.attributes[name] = l
		return l.get(i.address+"."+name, i.at()), true
	}
	for _, b := range body.Blocks {
		if b.Type == name || b.Type == "dynamic" && len(b.Labels) == 1 && b.Labels[0] == name {
			l := &lazy{eval: func() graph.Value { return i.scope.blocks(body, name) }}
			i.attributes[name] = l
			return l.get(i.address+"."+name, i.at()), true
		}
	}
	return v, false
}

// tree is the Map of all arguments and blocks, in source order.
func (i *instance) tree() graph.Value {
	v := graph.Value{Kind: graph.Map, At: i.at()}
	for _, n := range namesOf(i.m.ev, i.block.Body) {
		if i.isMeta(n.name) {
			continue
		}
		if value, set := i.configured(n.name); set && value.Kind != graph.Absent {
			v.Members = append(v.Members, graph.Member{Name: n.name, At: n.at, Value: value})
		}
	}
	return v
}

// body evaluates a nested block.
func (s *scope) body(b *hclsyntax.Body, at bedlock.Position) graph.Value {
	v := graph.Value{Kind: graph.Map, At: at}
	if s.m.ev.depth >= maxDepth || !s.m.ev.step() {
		return graph.Unresolved("the block is nested too deeply", at)
	}
	s.m.ev.depth++
	defer func() { s.m.ev.depth-- }()
	for _, n := range namesOf(s.m.ev, b) {
		var value graph.Value
		if a := b.Attributes[n.name]; a != nil {
			value = s.eval(a.Expr)
		} else {
			value = s.blocks(b, n.name)
		}
		if value.Kind != graph.Absent {
			v.Members = append(v.Members, graph.Member{Name: n.name, At: n.at, Value: value})
		}
	}
	return v
}

type named struct {
	name string
	at   bedlock.Position
	byte int
}

// namesOf lists the names of a body in source order, each once.
func namesOf(ev *evaluator, b *hclsyntax.Body) []named {
	names := make([]named, 0, len(b.Attributes)+len(b.Blocks))
	for name, a := range b.Attributes {
		at := ev.at(a.NameRange)
		names = append(names, named{name, at, a.NameRange.Start.Byte})
	}
	for _, inner := range b.Blocks {
		name := inner.Type
		if name == "dynamic" && len(inner.Labels) == 1 {
			name = inner.Labels[0]
		}
		known := false
		for _, n := range names {
			known = known || n.name == name
		}
		if !known {
			names = append(names, named{name, ev.at(inner.TypeRange), inner.TypeRange.Start.Byte})
		}
	}
	sortNames(names)
	return names
}

// blocks is the list of all blocks of a type within a body, dynamic ones expanded.
func (s *scope) blocks(b *hclsyntax.Body, name string) graph.Value {
	var parts []graph.Value
	at := noPosition
	for _, inner := range b.Blocks {
		switch {
		case inner.Type == name:
			parts = append(parts, s.body(inner.Body, s.m.ev.at(inner.TypeRange)))
		case inner.Type == "dynamic" && len(inner.Labels) == 1 && inner.Labels[0] == name:
			parts = append(parts, s.dynamic(inner, name)...)
		default:
			continue
		}
		if at == noPosition {
			at = s.m.ev.at(inner.TypeRange)
		}
	}
	return graph.Value{Kind: graph.List, Items: parts, At: at}
}

// dynamic expands a dynamic block. Blocks that are there only under a condition are
// choices between the block and nothing; of an unknown number, one is shown.
func (s *scope) dynamic(b *hclsyntax.Block, name string) []graph.Value {
	ev := s.m.ev
	at := ev.at(b.TypeRange)
	var content *hclsyntax.Block
	for _, inner := range b.Body.Blocks {
		if inner.Type == "content" {
			content = inner
		}
	}
	each := b.Body.Attributes["for_each"]
	if content == nil || each == nil {
		return []graph.Value{graph.Unresolved("the dynamic block is not complete", at)}
	}
	iterator := name
	if a := b.Body.Attributes["iterator"]; a != nil {
		if word := keyword(a.Expr); word != "" {
			iterator = word
		}
	}
	one := func(e entry) graph.Value {
		it := graph.Value{Kind: graph.Map, Members: []graph.Member{{Name: "key", Value: e.key}, {Name: "value", Value: e.value}}}
		return s.with(map[string]graph.Value{iterator: it}).body(content.Body, at)
	}
	var out []graph.Value
	branches := appendBranches(nil, "", hoist(s.eval(each.Expr)))
	for _, br := range branches {
		entries, bad := ev.entries(br.Value, at)
		when := br.When
		if bad != nil {
			if isFailure(*bad) {
				continue
			}
			unknown := graph.Unresolved("for_each of the dynamic block is not known: "+bad.Text, at)
			entries = []entry{{unknown, unknown}}
			if both, ok := conjoin(when, s.phrase(ev.text(each.Expr.Range())+" is not empty")+isTrue); ok {
				when = both
			}
		}
		for _, e := range entries {
			if !ev.step() {
				break
			}
			if br.Value.Kind == graph.List && len(entries) > 0 && e.value.IsScalar() {
				e.key = e.value // of a set; of a list it is the index, which code seldom reads
			}
			v := one(e)
			if when != "" {
				v = onlyWhen(when, v, at)
			}
			out = append(out, v)
		}
	}
	return out
}

// onlyWhen is a value under a condition, and nothing when that does not hold.
func onlyWhen(when string, v graph.Value, at bedlock.Position) graph.Value {
	branches := appendBranches(nil, when, v)
	atoms := strings.Split(when, and)
	for n := range atoms { // the ways in which a conjunction can fail, disjoint
		other := strings.Join(append(append([]string(nil), atoms[:n]...), negate(atoms[n])), and)
		branches = append(branches, graph.Branch{When: other, Value: graph.Value{At: at}})
	}
	return graph.Value{Kind: graph.Choice, Choices: branches, At: at}
}
