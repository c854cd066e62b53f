package terraform

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// traversal resolves a reference such as local.keys["a"].arn.
func (s *scope) traversal(t hcl.Traversal, at bedlock.Position) graph.Value {
	root := t.RootName()
	if v, ok := s.bound(root); ok {
		return s.steps(v, t[1:], at)
	}
	if s.closed {
		return failure("there is no variable "+root+" in the template", at)
	}
	name := func(i int) string {
		if i < len(t) {
			if a, ok := t[i].(hcl.TraverseAttr); ok {
				return a.Name
			}
		}
		return ""
	}
	switch root {
	case "var":
		return s.steps(s.m.variable(name(1), at), after(t, 2), at)
	case "local":
		return s.steps(s.m.local(name(1), at), after(t, 2), at)
	case "each", "count":
		return s.steps(s.repetition(root, name(1), at), after(t, 2), at)
	case "path":
		return s.path(name(1), at)
	case "module":
		return s.steps(s.m.declared("module."+name(1), at), after(t, 2), at)
	case "data", "ephemeral":
		return s.steps(s.m.declared(root+"."+name(1)+"."+name(2), at), after(t, 3), at)
	case "resource":
		return s.steps(s.m.declared(name(1)+"."+name(2), at), after(t, 3), at)
	case "terraform", "tofu", "self":
		return graph.Unresolved(root+"."+name(1)+" is known only when Terraform runs", at)
	}
	return s.steps(s.m.declared(root+"."+name(1), at), after(t, 2), at)
}

func after(t hcl.Traversal, n int) hcl.Traversal { return t[min(n, len(t)):] }

func (s *scope) repetition(root, name string, at bedlock.Position) graph.Value {
	var v *graph.Value
	switch root + "." + name {
	case "each.value":
		v = s.each
	case "each.key":
		v = s.key
	case "count.index":
		v = s.count
	}
	if v == nil {
		return failure(root+"."+name+" has no meaning here", at)
	}
	return *v
}

func (s *scope) path(name string, at bedlock.Position) graph.Value {
	switch name {
	case "module":
		return graph.Str(s.m.src.dir, at)
	case "root", "cwd":
		return graph.Str(s.m.ev.root, at)
	}
	return failure("path."+name+" has no meaning", at)
}

// steps follows the rest of a reference into a value.
func (s *scope) steps(v graph.Value, t hcl.Traversal, at bedlock.Position) graph.Value {
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			v = s.m.ev.attribute(v, step.Name, at)
		case hcl.TraverseIndex:
			v = s.m.ev.index(v, literal(step.Key, at), at)
		default:
			return graph.Unresolved("this reference is not understood", at)
		}
	}
	return v
}

// attribute is v.name.
func (ev *evaluator) attribute(v graph.Value, name string, at bedlock.Position) graph.Value {
	return distribute(v, func(v graph.Value) graph.Value {
		switch v.Kind {
		case graph.Map:
			ev.steps += len(v.Members) / 16
			if !has(v, name) {
				return failure("there is no attribute "+name, at)
			}
			return v.Get(name)
		case graph.Ref:
			if o := ev.objects[v.Target]; isObject(v) && o != nil {
				return o.attribute(name, at)
			}
			return below(v, name)
		case graph.Unknown:
			return v
		case graph.List:
			if _, err := strconv.Atoi(name); err == nil { // legacy: list.0
				return ev.index(v, graph.Value{Kind: graph.Number, Text: name}, at)
			}
		}
		return failure("there is no attribute "+name, at)
	})
}

// below is an attribute inside a computed attribute.
func below(v graph.Value, name string) graph.Value {
	v.Text += "." + name
	return v
}

// index is v[key].
func (ev *evaluator) index(v, key graph.Value, at bedlock.Position) graph.Value {
	return distributeAll([]graph.Value{v, key}, func(a []graph.Value) graph.Value {
		v, key := a[0], a[1]
		switch {
		case isFailure(v) || v.Kind == graph.Unknown:
			return v
		case v.Kind == graph.Ref && !isObject(v) && key.IsScalar():
			return below(v, key.Text)
		case isObject(v) && settled(key):
			return ev.attribute(v, key.Text, at)
		case isFailure(key):
			return key
		}
		if v.Kind == graph.Map {
			return ev.member(v, key, at)
		}
		if v.Kind != graph.List {
			return failure("there is nothing to index", at)
		}
		if !settled(key) {
			return graph.Unresolved("the index is not known: "+reasonOf(key), at)
		}
		n, err := strconv.Atoi(key.Text)
		if err != nil || n < 0 || n >= len(v.Items) {
			return failure("there is no element "+key.Text, at)
		}
		return v.Items[n]
	})
}

func (ev *evaluator) member(v, key graph.Value, at bedlock.Position) graph.Value {
	ev.steps += len(v.Members) / 16
	switch key.Kind {
	case graph.Bool, graph.Number, graph.String, graph.Ref, graph.Concat:
		if has(v, key.Print()) {
			return v.Get(key.Print())
		}
		if settled(key) {
			if open := v.Get(openKey); open.Kind != graph.Absent {
				return open
			}
			return failure("there is no element "+strconv.Quote(key.Text), at)
		}
	}
	return graph.Unresolved("the key is not known: "+reasonOf(key), at)
}

// openKey is the key of the one instance of a resource whose for_each is not known;
// every key leads to it.
const openKey = "?"

func (s *scope) splat(e *hclsyntax.SplatExpr, at bedlock.Position) graph.Value {
	return distribute(s.eval(e.Source), func(v graph.Value) graph.Value {
		switch v.Kind {
		case graph.Absent:
			return graph.Value{Kind: graph.List, At: at}
		case graph.Unknown:
			return v
		case graph.Ref:
			if !isObject(v) { // a list inside a computed attribute
				return s.forItem(e, v)
			}
			v = graph.Value{Kind: graph.List, Items: []graph.Value{v}, At: at}
		case graph.List:
		default:
			v = graph.Value{Kind: graph.List, Items: []graph.Value{v}, At: at}
		}
		out := graph.Value{Kind: graph.List, At: at, Items: make([]graph.Value, len(v.Items))}
		for i, item := range v.Items {
			if out.Items[i] = s.forItem(e, item); isFailure(out.Items[i]) {
				return out.Items[i]
			}
		}
		return out
	})
}

func (s *scope) forItem(e *hclsyntax.SplatExpr, item graph.Value) graph.Value {
	inner := *s
	inner.item = &item
	return inner.eval(e.Each)
}

func (s *scope) forExpr(e *hclsyntax.ForExpr, at bedlock.Position) graph.Value {
	return distribute(hoist(s.eval(e.CollExpr)), func(coll graph.Value) graph.Value {
		entries, bad := s.m.ev.entries(coll, at)
		if bad != nil {
			return *bad
		}
		var keys, values []graph.Value
		for _, entry := range entries {
			if !s.m.ev.spend(8) {
				return graph.Unresolved("evaluation took too long", at)
			}
			names := map[string]graph.Value{e.ValVar: entry.value}
			if e.KeyVar != "" {
				names[e.KeyVar] = entry.key
			}
			inner := s.with(names)
			keep := boolean(true, at)
			if e.CondExpr != nil {
				keep = inner.decide(inner.eval(e.CondExpr), e.CondExpr)
			}
			key, value, ok := inner.forEntry(e, keep, at)
			if isFailure(value) {
				return value
			}
			if ok {
				keys, values = append(keys, key), append(values, value)
			}
		}
		return s.collect(e, keys, values, at)
	})
}

// forEntry makes one element; one whose condition is undecided is there or absent.
func (s *scope) forEntry(e *hclsyntax.ForExpr, keep graph.Value, at bedlock.Position) (key, value graph.Value, ok bool) {
	if keep.Kind == graph.Bool && keep.Text == "false" {
		return key, value, false
	}
	if keep.Kind == graph.Unknown {
		return key, keep, true
	}
	if e.KeyExpr != nil {
		key = s.eval(e.KeyExpr)
	}
	value = distribute(keep, func(k graph.Value) graph.Value {
		if k.Text == "false" {
			return graph.Value{Kind: graph.Unknown, Target: dropped, At: at}
		}
		return s.eval(e.ValExpr)
	})
	return key, value, true
}

// dropped is the Target of an element that a for expression leaves out under a
// condition.
const dropped = "-"

func (s *scope) collect(e *hclsyntax.ForExpr, keys, values []graph.Value, at bedlock.Position) graph.Value {
	conditional := false
	for _, v := range values {
		if v.Kind == graph.Choice {
			for _, b := range v.Choices {
				conditional = conditional || b.Value.Target == dropped
			}
		}
	}
	build := func(values []graph.Value) graph.Value {
		var ks, vs []graph.Value
		for i, v := range values {
			if v.Target == dropped && v.Kind == graph.Unknown {
				continue
			}
			vs = append(vs, v)
			if e.KeyExpr != nil {
				ks = append(ks, keys[i])
			}
		}
		if e.KeyExpr == nil {
			return graph.Value{Kind: graph.List, Items: vs, At: at}
		}
		if e.Group {
			ks, vs = grouped(ks, vs, at)
		}
		return s.m.ev.mapOf(ks, vs, at)
	}
	if conditional {
		return distributeAll(values, build)
	}
	return build(values)
}

func grouped(keys, values []graph.Value, at bedlock.Position) (ks, vs []graph.Value) {
	index := map[string]int{}
	for i, k := range keys {
		n, ok := index[k.Print()]
		if !ok {
			n = len(ks)
			index[k.Print()] = n
			ks, vs = append(ks, k), append(vs, graph.Value{Kind: graph.List, At: at})
		}
		vs[n].Items = append(vs[n].Items, values[i])
	}
	return ks, vs
}

type entry struct{ key, value graph.Value }

// entries lists what a for expression, for_each or dynamic block goes through.
func (ev *evaluator) entries(v graph.Value, at bedlock.Position) ([]entry, *graph.Value) {
	switch v.Kind {
	case graph.List:
		out := make([]entry, len(v.Items))
		for i, item := range v.Items {
			out[i] = entry{graph.Value{Kind: graph.Number, Text: strconv.Itoa(i), At: item.At}, item}
		}
		return out, nil
	case graph.Map:
		out := make([]entry, len(v.Members))
		for i, m := range v.Members {
			out[i] = entry{graph.Str(m.Name, m.At), m.Value}
		}
		return out, nil
	case graph.Unknown:
		return nil, &v
	case graph.Ref, graph.Concat:
		if o := ev.objects[v.Target]; isObject(v) && o != nil {
			return nil, ref(graph.Unresolved("all attributes of "+addressOf(v.Target), at))
		}
		return nil, ref(graph.Unresolved(reasonOf(v), at))
	case graph.Absent:
		return nil, ref(failure("null has no elements", at))
	}
	return nil, ref(failure(strings.TrimSpace("a text has no elements "+v.Text), at))
}

func ref(v graph.Value) *graph.Value { return &v }
