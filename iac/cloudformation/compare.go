package cloudformation

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// equals compares as CloudFormation does: by text.
func (s *stack) equals(arg *syntax.Node, open *formula) *formula {
	if arg.Kind != syntax.List || len(arg.Items) != 2 {
		return open
	}
	a, b := s.eval(&arg.Items[0]), s.eval(&arg.Items[1])
	known := lift([]graph.Value{a, b}, func(v []graph.Value) graph.Value {
		switch s.same(v[0], v[1]) {
		case yes:
			return graph.Value{Kind: graph.Bool, Text: "true"}
		case no:
			return graph.Value{Kind: graph.Bool, Text: "false"}
		}
		return graph.Value{Kind: graph.Unknown}
	})
	return byChoice(known, s.comparison(arg, a, b))
}

// same compares two values without choices. A text of which one part is known is
// not empty, and neither is the name or ARN of a resource.
func (s *stack) same(a, b graph.Value) truth {
	left, ok1 := literal(a)
	right, ok2 := literal(b)
	switch {
	case ok1 && ok2:
		return truthOf(left == right)
	case ok1 && left == "" && s.notEmpty(b), ok2 && right == "" && s.notEmpty(a):
		return no
	}
	return undecided
}

func (s *stack) notEmpty(v graph.Value) bool {
	switch v.Kind {
	case graph.String:
		return v.Text != ""
	case graph.Concat:
		return slices.ContainsFunc(v.Items, s.notEmpty)
	case graph.Ref:
		return v.Text == "Ref" || strings.HasSuffix(v.Text, "Arn") && !isCustom(s.typeOf(v.Target))
	}
	return false
}

func isCustom(typ string) bool {
	return strings.HasPrefix(typ, "Custom::") || typ == "AWS::CloudFormation::CustomResource"
}

// typeOf returns the type of a resource of this stack or one around it, "" for
// others.
func (s *stack) typeOf(id string) string {
	for up := s; up != nil; up = up.parent {
		if name, ok := strings.CutPrefix(id, up.file+"#"+up.prefix); ok {
			if r := up.t.resource(name); r != nil {
				return r.typ
			}
		}
	}
	return ""
}

// byChoice makes a formula of a comparison whose result depends on conditions of
// the stacks around: a question about each of them, and otherwise where the
// comparison is not decided.
func byChoice(v graph.Value, otherwise *formula) *formula {
	switch {
	case v.Kind == graph.Bool:
		return &formula{op: constant, value: truthOf(v.Text == "true")}
	case v.Kind != graph.Choice || len(v.Choices) == 0:
		return otherwise
	}
	f := &formula{op: some}
	for _, b := range v.Choices {
		condition, value, ok := atom(b.When)
		if !ok {
			return otherwise
		}
		q := &formula{op: question, name: whenPrefix + condition}
		if !value {
			q = &formula{op: negation, args: []*formula{q}}
		}
		f.args = append(f.args, &formula{op: all, args: []*formula{q, byChoice(b.Value, otherwise)}})
	}
	return f
}

// whenPrefix begins the names of questions about another stack's condition.
const whenPrefix = "when "

// atom takes the phrase of a condition apart; see [stack.phrase].
func atom(when string) (condition string, value, ok bool) {
	if c, is := strings.CutSuffix(when, " is true"); is {
		return c, true, true
	}
	c, is := strings.CutSuffix(when, " is false")
	return c, false, is
}

// comparison is the question whether two expressions are equal.
func (s *stack) comparison(arg *syntax.Node, a, b graph.Value) *formula {
	left, right := canonical(&arg.Items[0]), canonical(&arg.Items[1])
	if left == right {
		return &formula{op: constant, value: yes}
	}
	if text, ok := literal(a); ok {
		return s.compared(&arg.Items[1], right, text)
	}
	if text, ok := literal(b); ok {
		return s.compared(&arg.Items[0], left, text)
	}
	if left > right {
		left, right = right, left
	}
	return &formula{op: question, name: left + "=" + right}
}

// compared is the question whether an expression has a text. A parameter has one of
// its AllowedValues.
func (s *stack) compared(n *syntax.Node, name, text string) *formula {
	f := &formula{op: question, name: name, equals: text, compares: true, among: s.allowed(n)}
	if f.among != nil && !slices.Contains(f.among, text) {
		return &formula{op: constant, value: no}
	}
	if len(f.among) == 1 {
		return &formula{op: constant, value: yes}
	}
	return f
}

// allowed returns the texts that a Ref of a parameter can have; nil: any.
func (s *stack) allowed(n *syntax.Node) []string {
	name, attribute := referred(n)
	decl := s.t.parameters.get(name)
	if attribute != "Ref" || decl == nil {
		return nil
	}
	if typ := decl.Get("Type"); typ != nil && typ.Text != "String" && typ.Text != "Number" {
		return nil
	}
	list := decl.Get("AllowedValues")
	if list == nil || list.Kind != syntax.List || list.Tag != "" {
		return nil
	}
	var out []string
	for i := range list.Items {
		text, ok := literal(s.eval(&list.Items[i]))
		if !ok {
			return nil
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
