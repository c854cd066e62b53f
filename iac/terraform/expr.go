package terraform

import (
	"math/big"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// scope is what names mean where an expression stands.
type scope struct {
	m *module
	// each, key and count are those of the instance; nil outside of for_each or count.
	each, key, count *graph.Value
	// names are bound by for expressions, dynamic blocks and templatefile.
	names map[string]graph.Value
	// around is the scope in which further names are bound.
	around *scope
	// closed: nothing but names can be referred to.
	closed bool
	// item is the element of the splat expression around.
	item *graph.Value
}

// with is the scope inside, where further names are bound.
func (s *scope) with(names map[string]graph.Value) *scope {
	inner := *s
	inner.names, inner.around = names, s
	return &inner
}

func (s *scope) bound(name string) (graph.Value, bool) {
	for ; s != nil; s = s.around {
		if v, ok := s.names[name]; ok {
			return v, true
		}
	}
	return graph.Value{}, false
}

// eval evaluates an expression. It always returns a value: what is not determined
// is Unknown, what Terraform would refuse is a failure.
func (s *scope) eval(e hclsyntax.Expression) graph.Value {
	ev := s.m.ev
	if ev.depth >= maxDepth || !ev.step() {
		return graph.Unresolved("the expression is nested too deeply, or evaluation took too long", ev.at(e.Range()))
	}
	ev.depth++
	v := s.evalNode(e, ev.at(e.Range()))
	ev.depth--
	return v
}

func (s *scope) evalNode(e hclsyntax.Expression, at bedlock.Position) graph.Value {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return literal(e.Val, at)
	case *hclsyntax.TemplateExpr:
		parts := make([]graph.Value, len(e.Parts))
		for i, p := range e.Parts {
			parts[i] = s.eval(p)
		}
		return s.m.ev.concat(parts, at)
	case *hclsyntax.TemplateWrapExpr:
		return s.eval(e.Wrapped)
	case *hclsyntax.TemplateJoinExpr:
		return distribute(s.eval(e.Tuple), func(v graph.Value) graph.Value {
			if v.Kind != graph.List {
				return v
			}
			return s.m.ev.concat(v.Items, at)
		})
	case *hclsyntax.ScopeTraversalExpr:
		return moved(s.traversal(e.Traversal, at), at)
	case *hclsyntax.RelativeTraversalExpr:
		return moved(s.steps(s.eval(e.Source), e.Traversal, at), at)
	case *hclsyntax.IndexExpr:
		return s.m.ev.index(s.eval(e.Collection), s.eval(e.Key), at)
	case *hclsyntax.ObjectConsKeyExpr:
		return s.objectKey(e, at)
	case *hclsyntax.ParenthesesExpr:
		return s.eval(e.Expression)
	case *hclsyntax.FunctionCallExpr:
		return s.call(e, at)
	case *hclsyntax.ConditionalExpr:
		return s.conditional(e, at)
	case *hclsyntax.BinaryOpExpr:
		return s.binary(e, at)
	case *hclsyntax.UnaryOpExpr:
		return s.unary(e, at)
	case *hclsyntax.TupleConsExpr:
		v := graph.Value{Kind: graph.List, At: at, Items: make([]graph.Value, len(e.Exprs))}
		for i, item := range e.Exprs {
			v.Items[i] = s.eval(item)
		}
		return v
	case *hclsyntax.ObjectConsExpr:
		return s.objectCons(e, at)
	case *hclsyntax.ForExpr:
		return s.forExpr(e, at)
	case *hclsyntax.SplatExpr:
		return s.splat(e, at)
	case *hclsyntax.AnonSymbolExpr:
		if s.item != nil {
			return *s.item
		}
	}
	return graph.Unresolved("this expression is not understood", at)
}

func literal(v cty.Value, at bedlock.Position) graph.Value {
	if v.IsNull() || !v.IsKnown() {
		return graph.Value{At: at}
	}
	switch v.Type() {
	case cty.Bool:
		return boolean(v.True(), at)
	case cty.Number:
		return graph.Value{Kind: graph.Number, Text: numberText(v), At: at}
	case cty.String:
		return graph.Str(v.AsString(), at)
	}
	return graph.Unresolved("this literal is not understood", at)
}

func numberText(v cty.Value) string {
	f := v.AsBigFloat()
	if n, exact := f.Int64(); exact == big.Exact {
		return strconv.FormatInt(n, 10)
	}
	if f.MantExp(nil) > 4096 || f.MantExp(nil) < -4096 {
		return f.Text('g', 20)
	}
	return f.Text('f', -1)
}

// objectKey: a bare word is a text.
func (s *scope) objectKey(e *hclsyntax.ObjectConsKeyExpr, at bedlock.Position) graph.Value {
	if !e.ForceNonLiteral {
		if word := hcl.ExprAsKeyword(e.Wrapped); word != "" {
			return graph.Str(word, at)
		}
	}
	return s.eval(e.Wrapped)
}

func (s *scope) objectCons(e *hclsyntax.ObjectConsExpr, at bedlock.Position) graph.Value {
	keys := make([]graph.Value, len(e.Items))
	values := make([]graph.Value, len(e.Items))
	for i, item := range e.Items {
		keys[i], values[i] = s.eval(item.KeyExpr), s.eval(item.ValueExpr)
	}
	return s.m.ev.mapOf(keys, values, at)
}

// mapOf makes a Map; later keys win. A key that is not known makes all unknown,
// except a text with references, which becomes the text with its tokens.
func (ev *evaluator) mapOf(keys, values []graph.Value, at bedlock.Position) graph.Value {
	return distributeAll(keys, func(keys []graph.Value) graph.Value {
		v := graph.Value{Kind: graph.Map, At: at, Members: make([]graph.Member, 0, len(keys))}
		index := make(map[string]int, len(keys))
		for i, k := range keys {
			if k.Kind == graph.Unknown {
				return moved(k, at)
			}
			name := k.Print()
			m := graph.Member{Name: name, At: k.At, Value: values[i]}
			if old, twice := index[name]; twice {
				v.Members[old] = m
				continue
			}
			index[name] = len(v.Members)
			v.Members = append(v.Members, m)
		}
		return v
	})
}

func (s *scope) conditional(e *hclsyntax.ConditionalExpr, at bedlock.Position) graph.Value {
	cond := s.decide(s.eval(e.Condition), e.Condition)
	var results [2]*graph.Value // each side once, however often the condition branches
	side := func(n int, e hclsyntax.Expression) graph.Value {
		if results[n] == nil {
			v := s.eval(e)
			results[n] = &v
		}
		return *results[n]
	}
	return distribute(cond, func(c graph.Value) graph.Value {
		switch c.Text {
		case "true":
			return side(0, e.TrueResult)
		case "false":
			return side(1, e.FalseResult)
		}
		return moved(c, at)
	})
}

// decide makes a Bool of a condition's value: one that is unknown becomes a choice
// named by the condition's source text.
func (s *scope) decide(v graph.Value, e hclsyntax.Expression) graph.Value {
	return distribute(v, func(v graph.Value) graph.Value {
		switch {
		case v.IsScalar() && (v.Text == "true" || v.Text == "false"):
			return v
		case isFailure(v):
			return v
		case v.Kind == graph.Unknown || v.Kind == graph.Ref || v.Kind == graph.Concat || v.Kind == graph.String && hasToken(v.Text):
			return undecided(s.phrase(s.m.ev.text(e.Range())), v.At)
		}
		return failure("the condition is neither true nor false", v.At)
	})
}

// phrase names a condition, within its module.
func (s *scope) phrase(text string) string {
	if text == "" {
		text = "a condition"
	}
	if s.m.path != "" {
		return s.m.path + ": " + text
	}
	return text
}

func (s *scope) unary(e *hclsyntax.UnaryOpExpr, at bedlock.Position) graph.Value {
	v := s.eval(e.Val)
	if e.Op == hclsyntax.OpLogicalNot {
		return distribute(s.decide(v, e.Val), func(v graph.Value) graph.Value {
			if v.Kind == graph.Unknown {
				return v
			}
			return boolean(v.Text == "false", at)
		})
	}
	return distribute(v, func(v graph.Value) graph.Value { return s.m.ev.apply(e.Op.Impl, at, "-", v) })
}

func (s *scope) binary(e *hclsyntax.BinaryOpExpr, at bedlock.Position) graph.Value {
	switch e.Op {
	case hclsyntax.OpLogicalAnd, hclsyntax.OpLogicalOr:
		return s.logical(e, at)
	case hclsyntax.OpEqual, hclsyntax.OpNotEqual:
		return s.comparison(e, at)
	}
	args := []graph.Value{s.eval(e.LHS), s.eval(e.RHS)}
	v := distributeAll(args, func(args []graph.Value) graph.Value {
		return s.m.ev.apply(e.Op.Impl, at, s.m.ev.text(e.Range()), args...)
	})
	if e.Op.Type == cty.Bool {
		return s.decide(v, e)
	}
	return v
}

// logical decides by either side where that is enough.
func (s *scope) logical(e *hclsyntax.BinaryOpExpr, at bedlock.Position) graph.Value {
	enough := "false"
	if e.Op == hclsyntax.OpLogicalOr {
		enough = "true"
	}
	left := s.decide(s.eval(e.LHS), e.LHS)
	right := s.decide(s.eval(e.RHS), e.RHS)
	if left.Kind == graph.Bool && left.Text == enough || right.Kind == graph.Bool && right.Text == enough {
		return boolean(enough == "true", at)
	}
	return distribute(left, func(l graph.Value) graph.Value {
		if l.Kind == graph.Bool && l.Text == enough {
			return boolean(enough == "true", at)
		}
		return distribute(right, func(r graph.Value) graph.Value {
			if l.Kind != graph.Bool && !(r.Kind == graph.Bool && r.Text == enough) {
				return l
			}
			return moved(r, at)
		})
	})
}

// comparison is == or !=. What it cannot decide is named so that both operators
// give the same condition.
func (s *scope) comparison(e *hclsyntax.BinaryOpExpr, at bedlock.Position) graph.Value {
	args := []graph.Value{s.eval(e.LHS), s.eval(e.RHS)}
	wantEqual := e.Op == hclsyntax.OpEqual
	return distributeAll(args, func(v []graph.Value) graph.Value {
		for _, side := range v {
			if isFailure(side) {
				return side
			}
		}
		switch equal(v[0], v[1]) {
		case yes:
			return boolean(wantEqual, at)
		case no:
			return boolean(!wantEqual, at)
		}
		text := s.m.ev.text(e.LHS.Range())
		right := s.m.ev.text(e.RHS.Range())
		if v[0].Kind == graph.Absent || v[1].Kind == graph.Absent { // named by what it is to be, a value
			unsure := undecided(s.phrase(text+" != "+right), at)
			return distribute(unsure, func(b graph.Value) graph.Value { return boolean((b.Text == "false") == wantEqual, at) })
		}
		unsure := undecided(s.phrase(text+" == "+right), at)
		return distribute(unsure, func(b graph.Value) graph.Value { return boolean((b.Text == "true") == wantEqual, at) })
	})
}
