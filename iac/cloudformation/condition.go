package cloudformation

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// truth is the value of a condition. The zero value is undecided.
type truth uint8

const (
	undecided truth = iota
	yes
	no
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return undecided
}

// formula is a condition as an expression: a constant, a question that nothing
// decides, a name, or a connection of others.
type formula struct {
	op    op
	value truth // of a constant
	args  []*formula
	// name is that of another condition, or the question; equals is the text that
	// the question compares with, when it is one.
	name, equals string
	compares     bool
	among        []string // all the texts that can be; nil: any
}

type op uint8

const (
	constant op = iota + 1
	question
	reference
	all
	some
	negation
)

// condition is one entry of Conditions, compiled when first needed.
type condition struct {
	formula *formula // nil while being compiled
}

// fact is what is assumed while one branch of an undecided condition is evaluated.
type fact struct {
	name, equals string
	isCondition  bool
	compares     bool
	value        bool
}

// phrase says in words that a condition has a value.
func (s *stack) phrase(name string, value bool) string { return phrase(s.prefix+name, value) }

func phrase(condition string, value bool) string {
	if value {
		return condition + " is true"
	}
	return condition + " is false"
}

// holds decides a condition under what is assumed.
func (s *stack) holds(name string) truth { return s.decide(&formula{op: reference, name: name}, 0) }

func (s *stack) condition(name string) *condition {
	if c, ok := s.conditions[name]; ok {
		return c
	}
	c := &condition{}
	if s.conditions == nil {
		s.conditions = map[string]*condition{}
	}
	s.conditions[name] = c
	n := s.t.conditions.get(name)
	s.compiling++
	defer func() { s.compiling-- }()
	switch {
	case n == nil:
		c.formula = &formula{op: question, name: "?" + name}
	case s.compiling > maxConditions:
		s.note(n, "conditions refer to each other more than %d deep: not decided", maxConditions)
		c.formula = &formula{op: question, name: "?" + name}
	default:
		s.clean(func() { c.formula = s.compile(n) })
	}
	return c
}

// compile turns a condition function into a formula.
func (s *stack) compile(n *syntax.Node) *formula {
	open := &formula{op: question, name: canonical(n)}
	fn, arg, ok := function(n)
	if !ok && n.Kind == syntax.Map && len(n.Items) == 2 && n.Items[0].Text == "Condition" {
		fn, arg, ok = "Condition", &n.Items[1], true
	}
	if !ok {
		if n.Kind == syntax.Bool || n.Kind == syntax.String && (n.Text == "true" || n.Text == "false") {
			return &formula{op: constant, value: truthOf(boolean(n.Text) == "true")}
		}
		return open
	}
	switch fn {
	case "Condition":
		return s.named(arg)
	case "Fn::Equals":
		return s.equals(arg, open)
	case "Fn::Not", "Fn::And", "Fn::Or":
		f := &formula{op: map[string]op{"Fn::Not": negation, "Fn::And": all, "Fn::Or": some}[fn]}
		items := []syntax.Node{*arg}
		if arg.Kind == syntax.List && arg.Tag == "" {
			items = arg.Items
		}
		for i := range items {
			f.args = append(f.args, s.compile(&items[i]))
		}
		if fn == "Fn::Not" && len(f.args) != 1 {
			return open
		}
		return f
	}
	return open
}

func (s *stack) named(arg *syntax.Node) *formula {
	if s.t.conditions.get(arg.Text) == nil {
		s.note(arg, "condition %s is not declared: not decided", arg.Text)
	}
	if s.condition(arg.Text).formula == nil {
		s.note(arg, "condition %s refers to itself: not decided", arg.Text)
		return &formula{op: question, name: "?" + arg.Text}
	}
	return &formula{op: reference, name: arg.Text}
}

// literal returns the text of a value that is fully determined.
func literal(v graph.Value) (string, bool) {
	switch v.Kind {
	case graph.Bool, graph.Number, graph.String:
		return v.Text, !strings.Contains(v.Text, "${bedlock:")
	case graph.Absent:
		return "", true
	case graph.List:
		texts := make([]string, len(v.Items))
		for i, item := range v.Items {
			text, ok := literal(item)
			if !ok {
				return "", false
			}
			texts[i] = text
		}
		return strings.Join(texts, ","), true
	}
	return "", false
}

// canonical prints an expression so that equal ones have equal texts.
func canonical(n *syntax.Node) string {
	var b strings.Builder
	var walk func(n *syntax.Node)
	walk = func(n *syntax.Node) {
		if b.Len() > 4096 {
			return
		}
		if fn, arg, ok := function(n); ok {
			b.WriteString(fn + "(")
			walk(arg)
			b.WriteByte(')')
			return
		}
		b.WriteString(n.Text)
		for i := range n.Items {
			b.WriteByte(0)
			walk(&n.Items[i])
		}
	}
	walk(n)
	if b.Len() > 4096 { // cut: not comparable with any other
		return b.String() + "@" + n.At("").String()
	}
	return b.String()
}

// decide evaluates a formula under the facts.
func (s *stack) decide(f *formula, depth int) truth {
	s.run.spent += 1 + len(s.facts)
	if depth > 2*maxConditions || s.run.spent > maxEvaluations {
		return undecided
	}
	switch f.op {
	case constant:
		return f.value
	case question:
		return s.known(f)
	case negation:
		return s.decide(f.args[0], depth+1).not()
	case reference:
		return s.decideName(f.name, depth)
	}
	short, rest := no, yes // of "all"
	if f.op == some {
		short, rest = yes, no
	}
	out := rest
	for _, arg := range f.args {
		switch s.decide(arg, depth+1) {
		case short:
			return short
		case undecided:
			out = undecided
		}
	}
	return out
}

func (s *stack) decideName(name string, depth int) truth {
	for _, f := range s.facts {
		if f.isCondition && f.name == name {
			return truthOf(f.value)
		}
	}
	if t := s.base[name]; t != undecided {
		return t // what is decided without assumptions stays so
	}
	if t, ok := s.memo[name]; ok {
		return t
	}
	c := s.condition(name)
	if c.formula == nil {
		return undecided
	}
	t := s.decide(c.formula, depth+1)
	if s.memo == nil {
		s.memo = map[string]truth{}
	}
	s.memo[name] = t
	if len(s.facts) == 0 {
		if s.base == nil {
			s.base = map[string]truth{}
		}
		s.base[name] = t
	}
	return t
}

// known answers a question from the facts. That a text equals one literal says that
// it differs from every other one; that it is none of the others it can be says that
// it is this one.
func (s *stack) known(q *formula) truth {
	var excluded map[string]bool
	for _, f := range s.facts {
		if f.isCondition || f.name != q.name || f.compares != q.compares {
			continue
		}
		if f.equals == q.equals {
			return truthOf(f.value)
		}
		if q.compares && f.value {
			return no
		}
		if slices.Contains(q.among, f.equals) {
			if excluded == nil {
				excluded = map[string]bool{}
			}
			excluded[f.equals] = true
		}
	}
	if len(excluded) > 0 && len(excluded) == len(q.among)-1 {
		return yes
	}
	return undecided
}

// under runs f while a condition is assumed to have a value. The condition may be
// "", which assumes nothing.
func (s *stack) under(name string, value bool, f func()) {
	if name == "" || s.holds(name) != undecided {
		f()
		return
	}
	facts, memo := s.facts, s.memo
	s.facts = append([]fact(nil), facts...)
	s.memo = nil
	s.assume(&formula{op: reference, name: name}, value, 100)
	s.memo = nil
	f()
	s.facts, s.memo = facts, memo
}

// assume adds what follows from a formula having a value, up to a number of facts.
func (s *stack) assume(f *formula, value bool, budget int) int {
	if budget <= 0 {
		return 0
	}
	switch {
	case f.op == question:
		s.facts = append(s.facts, fact{name: f.name, equals: f.equals, compares: f.compares, value: value})
		budget--
	case f.op == reference:
		s.facts = append(s.facts, fact{name: f.name, isCondition: true, value: value})
		budget--
		if c := s.condition(f.name); c.formula != nil {
			budget = s.assume(c.formula, value, budget)
		}
	case f.op == negation:
		budget = s.assume(f.args[0], !value, budget)
	case f.op == all && value, f.op == some && !value:
		for _, arg := range f.args {
			budget = s.assume(arg, value, budget)
		}
	case f.op == all || f.op == some:
		// The last undecided part must be what makes the whole so.
		var last *formula
		for _, arg := range f.args {
			s.memo = nil
			switch t := s.decide(arg, 0); {
			case t == undecided && last != nil, t == truthOf(value):
				return budget
			case t == undecided:
				last = arg
			}
		}
		if last != nil {
			budget = s.assume(last, value, budget)
		}
	}
	return budget
}

// clean runs f without assumptions, for values that are kept.
func (s *stack) clean(f func()) {
	facts, memo := s.facts, s.memo
	s.facts = nil
	if len(facts) > 0 {
		s.memo = nil
	}
	f()
	s.facts = facts
	if len(facts) > 0 {
		s.memo = memo
	}
}
