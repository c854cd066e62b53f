package shape

import (
	"github.com/bedlock/bedlock/internal/model"
)

// Describe plans the input or output of an operation without a Go type: the nodes have no
// Base and no fields, and every member is there. It fails for an operation that the service
// does not have.
func (a *API) Describe(operation string, side model.Direction) (*Plan, error) {
	sh, err := a.structure(operation, side)
	if err != nil {
		return nil, err
	}
	return a.DescribeShape(sh)
}

// DescribeShape is [API.Describe] of a shape.
func (a *API) DescribeShape(sh *model.Shape) (*Plan, error) {
	c := &compiler{api: a, nodes: map[nodeKey]*Node{}}
	var err error
	c.plan.Root, err = c.described(sh)
	return &c.plan, err
}

func (c *compiler) described(sh *model.Shape) (n *Node, err error) {
	key := nodeKey{shape: sh}
	if n := c.nodes[key]; n != nil {
		return n, nil
	}
	n = &Node{Shape: sh, rules: c.rules(sh)}
	c.nodes[key] = n
	inner := func(name string) (*Node, error) {
		sh, err := c.api.Shape(name)
		if err != nil {
			return nil, err
		}
		return c.described(sh)
	}
	switch sh.Type {
	case model.TypeStructure:
		n.Index = make(map[string]int, len(sh.Members))
		for i := range sh.Members {
			m := &sh.Members[i]
			value, err := inner(m.Shape)
			if err != nil {
				return nil, at(m.Name, err)
			}
			n.Index[m.WireName()] = len(n.Members)
			n.Members = append(n.Members, Member{Model: m, Name: lowerFirst(m.Name), Value: value})
		}
	case model.TypeList:
		n.Element, err = inner(sh.Element.Shape)
	case model.TypeMap:
		if n.Key, err = inner(sh.Key.Shape); err == nil {
			n.Element, err = inner(sh.Value.Shape)
		}
	default:
		n.Simple = true
	}
	return n, err
}
