package planfile

import (
	"github.com/bedlock/bedlock/iac/syntax"
)

// codeKind says how the configuration determines a value. The zero value means
// that there is no configuration.
type codeKind uint8

const (
	codeNone       codeKind = iota
	codeUnset               // the block around it is there, without this attribute
	codeOpaque              // it is set by something that the plan does not record
	codeExpression          // node is {"references": …} or {"constant_value": …}
	codeBlock               // node maps attribute names to expressions and blocks
	codeBlocks              // node lists blocks
)

type code struct {
	kind codeKind
	node *syntax.Node
	// inner is true when the expression determines something around the value.
	inner bool
	why   string // of codeOpaque
}

// codeOf returns how a member of a value is determined.
func (p *plan) codeOf(c code, name string) code {
	switch c.kind {
	case codeBlock:
		return classify(p.get(c.node, name))
	case codeExpression:
		if constant := p.get(c.node, "constant_value"); !c.inner && isKind(constant, syntax.Map) && p.get(constant, name) == nil {
			return code{kind: codeUnset}
		}
		return code{kind: codeExpression, node: c.node, inner: true}
	case codeUnset, codeBlocks:
		// A block that the code does not show, yet the plan has it.
		return code{kind: codeOpaque, why: dynamicReason}
	}
	return c
}

// classify tells an expression from nested blocks. An expression of functions only
// is an empty object.
func classify(n *syntax.Node) code {
	switch {
	case n == nil:
		return code{kind: codeUnset}
	case n.Kind == syntax.List:
		return code{kind: codeBlocks, node: n}
	case n.Kind != syntax.Map:
		return code{kind: codeOpaque, why: afterApply}
	case len(n.Items) == 0, n.Get("constant_value") != nil, isKind(n.Get("references"), syntax.List):
		return code{kind: codeExpression, node: n}
	}
	return code{kind: codeBlock, node: n}
}

// pairs says which block of the code each element of a list comes from.
type pairs struct {
	all  code   // for every element, when each is empty
	each []code // by element
}

func (ps pairs) at(i int) code {
	if len(ps.each) > 0 {
		return ps.each[i]
	}
	return ps.all
}

// mostPairs bounds the comparisons of elements with blocks.
const mostPairs = 4096

// pair finds the block of each element. Sets are not in the order of the code and
// dynamic blocks are not in it at all, so an element gets a block only when no other
// one agrees with what is known of it.
func (p *plan) pair(c code, list *syntax.Node) pairs {
	switch c.kind {
	case codeExpression:
		c.inner = true
		return pairs{all: c}
	case codeUnset:
		return pairs{all: code{kind: codeOpaque, why: dynamicReason}}
	case codeBlock:
		return pairs{all: code{kind: codeOpaque, why: unpairedReason}}
	case codeBlocks:
	default:
		return pairs{all: c}
	}
	blocks := c.node.Items
	if len(blocks) == 1 && len(list.Items) == 1 {
		return pairs{all: classify(&blocks[0]).block()}
	}
	open := code{kind: codeOpaque, why: unpairedReason}
	if len(blocks) != len(list.Items) || len(blocks)*len(list.Items) > mostPairs {
		return pairs{all: open}
	}
	each := make([]code, len(list.Items))
	for i := range list.Items {
		each[i] = open
		for j, found := 0, false; j < len(blocks); j++ {
			if !p.agrees(&blocks[j], &list.Items[i]) {
				continue
			}
			if found {
				each[i] = open
				break
			}
			each[i], found = classify(&blocks[j]).block(), true
		}
	}
	return pairs{each: each}
}

// block takes an empty object for a block: expressions do not stand in lists.
func (c code) block() code {
	if c.kind == codeExpression {
		c.kind = codeBlock
	}
	return c
}

// agrees reports whether an element can come from a block: no constant of the block
// differs from it.
func (p *plan) agrees(block, element *syntax.Node) bool {
	if !isKind(block, syntax.Map) || !isKind(element, syntax.Map) {
		return true
	}
	for i := 0; i+1 < len(block.Items); i += 2 {
		constant := p.get(&block.Items[i+1], "constant_value")
		if constant == nil || len(constant.Items) > 0 {
			continue
		}
		if got := p.get(element, block.Items[i].Text); got != nil && len(got.Items) == 0 && got.Text != constant.Text {
			return false
		}
	}
	return true
}
