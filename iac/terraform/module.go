package terraform

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// module is one instance of a module: the root, or what a module block makes.
type module struct {
	ev  *evaluator
	src *folder
	// path is the address, "" for the root: module.a["x"].module.b
	path   string
	inputs map[string]*lazy
	locals map[string]*lazy
	decls  map[string]*decl
	order  []*decl
	depth  int
	// when is the condition under which it exists.
	when string
	// key is its place in .terraform/modules/modules.json: "a.b".
	key string
	// caller and providers say which provider configurations it was handed.
	caller    *module
	providers map[string]string // own name to the caller's
	places    map[string]*place
}

// lazy is a value that is evaluated when it is first needed.
type lazy struct {
	eval  func() graph.Value
	state uint8 // 0 new, 1 being evaluated, 2 done
	value graph.Value
}

func (l *lazy) get(name string, at bedlock.Position) graph.Value {
	switch l.state {
	case 0:
		l.state = 1
		l.value = l.eval()
		l.state = 2
	case 1:
		return graph.Unresolved(name+" refers to itself", at)
	}
	return l.value
}

func (ev *evaluator) newModule(src *folder, path string) *module {
	m := &module{ev: ev, src: src, path: path, inputs: map[string]*lazy{}, locals: map[string]*lazy{}, decls: map[string]*decl{}, places: map[string]*place{}}
	for name, a := range src.locals {
		m.locals[name] = &lazy{eval: func() graph.Value { return m.scope().eval(a.Expr) }}
	}
	for _, b := range src.declared {
		name := blockName(b)
		if m.decls[name] != nil {
			ev.note(name+" is declared twice; the first one is used", ev.at(b.TypeRange))
			continue
		}
		d := &decl{m: m, name: name, block: b}
		m.decls[name] = d
		m.order = append(m.order, d)
	}
	return m
}

func (m *module) scope() *scope { return &scope{m: m} }

// address is a name within this module as seen from the root.
func (m *module) address(name string) string {
	if m.path == "" {
		return name
	}
	return m.path + "." + name
}

// missing is the value of a name that nothing declares.
func (m *module) missing(name string, at bedlock.Position) graph.Value {
	if m.src.broken {
		return graph.Unresolved(name+" is not declared, or in a file that could not be read", at)
	}
	return graph.Unresolved(name+" is not declared", at)
}

func (m *module) local(name string, at bedlock.Position) graph.Value {
	if l := m.locals[name]; l != nil {
		return l.get("local."+name, at)
	}
	return m.missing("local."+name, at)
}

func (m *module) declared(name string, at bedlock.Position) graph.Value {
	if d := m.decls[name]; d != nil {
		return d.whole(at)
	}
	return m.missing(name, at)
}

// variable is the value that the caller, the options or the default give.
func (m *module) variable(name string, at bedlock.Position) graph.Value {
	b := m.src.variables[name]
	if l := m.inputs[name]; l != nil {
		return l.get("var."+name, at)
	}
	if b == nil {
		return m.missing("var."+name, at)
	}
	l := &lazy{eval: func() graph.Value { return m.defaultOf(name, b) }}
	m.inputs[name] = l
	return l.get("var."+name, at)
}

// defaultOf is a variable's value when nobody gives one. A switch without a value
// is a choice, so that everything it decides is read in both ways.
func (m *module) defaultOf(name string, b *hclsyntax.Block) graph.Value {
	t := b.Body.Attributes["type"]
	if d := b.Body.Attributes["default"]; d != nil {
		v := m.scope().eval(d.Expr)
		if t != nil {
			v = m.ev.convert(v, t.Expr, m)
		}
		return v
	}
	at := m.ev.at(b.TypeRange)
	if t != nil && isKeyword(t.Expr, "bool") {
		return undecided(m.scope().phrase("var."+name), at)
	}
	return graph.Unresolved("variable "+name+" has no value", at)
}

// give sets a variable to what an expression says.
func (m *module) give(name string, eval func() graph.Value) {
	b := m.src.variables[name]
	m.inputs[name] = &lazy{eval: func() graph.Value {
		v := eval()
		if b == nil {
			return v
		}
		if v.Kind == graph.Absent && m.isFalse(b, "nullable") {
			return m.defaultOf(name, b)
		}
		if t := b.Body.Attributes["type"]; t != nil {
			v = m.ev.convert(v, t.Expr, m)
		}
		return v
	}}
}

func (m *module) isFalse(b *hclsyntax.Block, attribute string) bool {
	a := b.Body.Attributes[attribute]
	return a != nil && m.scope().eval(a.Expr).Text == "false"
}

// output is what a module's caller sees under a name.
func (m *module) output(name string, at bedlock.Position) graph.Value {
	b := m.src.outputs[name]
	if b == nil {
		return m.missing("output "+name+" of "+m.path, at)
	}
	a := b.Body.Attributes["value"]
	if a == nil {
		return graph.Value{At: at}
	}
	key := "output." + name
	if m.locals[key] == nil { // locals cannot have such a name
		m.locals[key] = &lazy{eval: func() graph.Value { return m.scope().eval(a.Expr) }}
	}
	return m.locals[key].get("output "+name+" of "+m.path, at)
}
