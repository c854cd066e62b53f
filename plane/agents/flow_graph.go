package agents

import "github.com/bedlock/bedlock/internal/wire"

// graph is the definition of a flow.
type graph struct {
	nodes       []wire.Object
	connections []wire.Object
	byName      map[string]wire.Object
	// into and from are the connections by their target and source.
	into, from map[string][]wire.Object
}

func newGraph(definition wire.Object) *graph {
	g := &graph{
		nodes: definition.Objects("nodes"), connections: definition.Objects("connections"),
		byName: map[string]wire.Object{}, into: map[string][]wire.Object{}, from: map[string][]wire.Object{},
	}
	for _, n := range g.nodes {
		g.byName[n.Text("name")] = n
	}
	for _, c := range g.connections {
		g.from[c.Text("source")] = append(g.from[c.Text("source")], c)
		g.into[c.Text("target")] = append(g.into[c.Text("target")], c)
	}
	return g
}

// named finds an entry of one of a node's lists by its name; nil: there is none.
func named(list []wire.Object, name string) wire.Object {
	for _, o := range list {
		if o.Text("name") == name {
			return o
		}
	}
	return nil
}

// data are the connections that bring a value to an input of a node.
func (g *graph) data(node, input string) []wire.Object {
	var out []wire.Object
	for _, c := range g.into[node] {
		if c.Text("configuration.data.targetInput") == input {
			out = append(out, c)
		}
	}
	return out
}

// after are the names of nodes that a node leads to, without going on from nodes of a type.
func (g *graph) after(node, stop string) map[string]bool {
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		for _, c := range g.from[name] {
			target := c.Text("target")
			if seen[target] {
				continue
			}
			seen[target] = true
			if stop == "" || g.byName[target].Text("type") != stop {
				visit(target)
			}
		}
	}
	visit(node)
	return seen
}

// ordered are the nodes with each after those that lead to it, and a connection that closes
// a circle; nil: none does.
func (g *graph) ordered() (order []wire.Object, circle wire.Object) {
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(n wire.Object)
	visit = func(n wire.Object) {
		name := n.Text("name")
		state[name] = visiting
		for _, c := range g.into[name] {
			source := g.byName[c.Text("source")]
			if source == nil {
				continue
			}
			switch state[source.Text("name")] {
			case visiting:
				circle = c
			case 0:
				visit(source)
			}
		}
		state[name] = done
		order = append(order, n)
	}
	for _, n := range g.nodes {
		if state[n.Text("name")] == 0 {
			visit(n)
		}
	}
	return order, circle
}
