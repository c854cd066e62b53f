package planfile

import (
	"github.com/bedlock/bedlock/iac/syntax"
)

// moduleConfig is one module of the plan's configuration.
type moduleConfig struct {
	resources map[string]*syntax.Node // by type.name
	calls     map[string]*moduleCall
	outputs   map[string]*syntax.Node // expressions
	variables map[string]*syntax.Node // declarations
}

// moduleCall is one module block.
type moduleCall struct {
	node   *syntax.Node
	module *moduleConfig
}

// readConfig indexes a module and those it calls. How deep they are is bounded by
// the depth of the file.
func readConfig(n *syntax.Node) *moduleConfig {
	m := &moduleConfig{
		resources: map[string]*syntax.Node{}, calls: map[string]*moduleCall{},
		outputs: map[string]*syntax.Node{}, variables: map[string]*syntax.Node{},
	}
	resources := items(n.Get("resources"))
	for i := range resources {
		r := &resources[i]
		name := text(r.Get("type")) + "." + text(r.Get("name"))
		if text(r.Get("mode")) == "data" {
			name = "data." + name
		}
		if m.resources[name] == nil {
			m.resources[name] = r
		}
	}
	for _, call := range members(n.Get("module_calls")) {
		m.calls[call.key.Text] = &moduleCall{call.value, readConfig(call.value.Get("module"))}
	}
	for _, out := range members(n.Get("outputs")) {
		m.outputs[out.key.Text] = out.value.Get("expression")
	}
	for _, v := range members(n.Get("variables")) {
		m.variables[v.key.Text] = v.value
	}
	return m
}

// place is one module instance.
type place struct {
	path      string // with instance keys; "" for the root
	name, key string // of the last step
	up        *place // nil for the root
	config    *moduleConfig
}

// at returns the module instance of a path, nil when the path is malformed.
func (p *plan) at(path string) *place {
	if known := p.places[path]; known != nil {
		return known
	}
	here, begin := p.root, 0
	for begin < len(path) {
		n := stepLength(path[begin:], len("module."))
		if n <= len("module.") {
			return nil
		}
		step := path[begin+len("module.") : begin+n]
		name, key := step, ""
		for i := range len(step) {
			if step[i] == '[' {
				name, key = step[:i], step[i:]
				break
			}
		}
		here = p.child(here, name, key)
		begin += n + 1
	}
	return here
}

// child returns the instance of a module that is called from another one.
func (p *plan) child(up *place, name, key string) *place {
	path := "module." + name + key
	if up.path != "" {
		path = up.path + "." + path
	}
	if known := p.places[path]; known != nil {
		return known
	}
	child := &place{path: path, name: name, key: key, up: up}
	if call := up.call(name); call != nil {
		child.config = call.module
	}
	p.places[path] = child
	return child
}

// call returns the module block of that name in this module, nil when there is
// none.
func (p *place) call(name string) *moduleCall {
	if p.config == nil {
		return nil
	}
	return p.config.calls[name]
}
