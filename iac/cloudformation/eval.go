package cloudformation

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// eval evaluates a value under the present assumptions.
func (s *stack) eval(n *syntax.Node) graph.Value {
	if s.run.spent++; s.run.spent > maxEvaluations {
		s.module.note(noteTooMuch(s))
		return s.unknown(n, "the template expands to too many values")
	}
	if fn, arg, ok := function(n); ok {
		return s.call(fn, arg, n)
	}
	v := graph.Value{At: s.at(n)}
	switch n.Kind {
	case syntax.Bool:
		v.Kind, v.Text = graph.Bool, boolean(n.Text)
	case syntax.Number:
		v.Kind, v.Text = graph.Number, n.Text
	case syntax.String:
		if v = graph.Str(n.Text, v.At); strings.Contains(n.Text, "{{resolve:") {
			return s.text([]graph.Value{v}, v.At)
		}
	case syntax.List:
		v.Kind = graph.List
		v.Items = s.items(n)
	case syntax.Map:
		return s.evalMap(n)
	}
	return v
}

// boolean spells a YAML 1.1 boolean as JSON does, which is what CloudFormation
// makes of it.
func boolean(text string) string {
	switch strings.ToLower(text) {
	case "true", "yes", "on":
		return "true"
	}
	return "false"
}

// items evaluates the elements of a list; those that are nothing are left out.
func (s *stack) items(n *syntax.Node) []graph.Value {
	out := make([]graph.Value, 0, len(n.Items))
	for i := range n.Items {
		if v := s.eval(&n.Items[i]); v.Kind != graph.Absent {
			out = append(out, v)
		}
	}
	return out
}

func (s *stack) evalMap(n *syntax.Node) graph.Value {
	v := graph.Value{Kind: graph.Map, At: s.at(n), Members: make([]graph.Member, 0, len(n.Items)/2)}
	for i := 0; i+1 < len(n.Items); i += 2 {
		key := &n.Items[i]
		if key.Text == "Fn::Transform" || strings.HasPrefix(key.Text, "Fn::ForEach") {
			return s.macro(key.Text, &n.Items[i+1], key)
		}
		v.Members = append(v.Members, graph.Member{Name: key.Text, At: s.at(key), Value: s.eval(&n.Items[i+1])})
	}
	return v
}

// macro is a function that can put anything in its place.
func (s *stack) macro(fn string, arg, n *syntax.Node) graph.Value {
	name := fn
	if fn == "Fn::Transform" {
		name += macroName(arg)
	}
	s.note(n, "%s is not resolved", name)
	return s.unknown(n, "%s is not resolved", name)
}

// call evaluates an intrinsic function.
func (s *stack) call(fn string, arg, n *syntax.Node) graph.Value {
	switch fn {
	case "Ref":
		return s.ref(arg, n)
	case "Fn::GetAtt":
		return s.getAtt(arg, n)
	case "Fn::Sub":
		return s.sub(arg, n)
	case "Fn::Join":
		return s.join(arg, n)
	case "Fn::Select":
		return s.selectItem(arg, n)
	case "Fn::Split":
		return s.split(arg, n)
	case "Fn::If":
		return s.choose(arg, n)
	case "Fn::FindInMap":
		return s.findInMap(arg, n)
	case "Fn::ImportValue":
		return lift([]graph.Value{s.eval(arg)}, func(v []graph.Value) graph.Value { return s.imported(v[0], n) })
	case "Fn::Base64":
		return lift([]graph.Value{s.eval(arg)}, func(v []graph.Value) graph.Value { return s.base64(v[0], n) })
	case "Fn::Length":
		return s.length(arg, n)
	case "Fn::ToJsonString":
		return s.toJSON(arg, n)
	case "Fn::GetAZs", "Fn::Cidr":
		return s.unknown(n, "%s is known only at deploy time", fn)
	case "Condition", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals":
		switch s.decide(s.compile(n), 0) {
		case yes:
			return graph.Value{Kind: graph.Bool, Text: "true", At: s.at(n)}
		case no:
			return graph.Value{Kind: graph.Bool, Text: "false", At: s.at(n)}
		}
		return s.unknown(n, "a condition that is not decided")
	case "Fn::Transform":
		return s.macro(fn, arg, n)
	}
	if strings.HasPrefix(fn, "Fn::ForEach") {
		return s.macro(fn, arg, n)
	}
	s.note(n, "function %s is not resolved", fn)
	return s.unknown(n, "function %s is not resolved", fn)
}

// ref resolves Ref: a pseudo parameter, a parameter or a resource.
func (s *stack) ref(arg, n *syntax.Node) graph.Value {
	if arg.Kind == syntax.List || arg.Kind == syntax.Map || arg.Tag != "" {
		v := s.eval(arg)
		if v.Kind != graph.String {
			return s.unknown(n, "Ref does not name anything")
		}
		return s.refName(v.Text, n)
	}
	return s.refName(arg.Text, n)
}

func (s *stack) refName(name string, n *syntax.Node) graph.Value {
	if strings.HasPrefix(name, "AWS::") {
		return s.pseudo(name, n)
	}
	if v, ok := s.parameter(name); ok {
		v = s.settle(v)
		v.At = s.at(n)
		return v
	}
	return s.attribute(name, "Ref", n)
}

// attribute refers to an attribute of a resource, or to an output of a nested
// stack.
func (s *stack) attribute(name, attribute string, n *syntax.Node) graph.Value {
	r := s.t.resource(name)
	if r == nil {
		if s.t.sam {
			return s.unknown(n, "%s is made by the SAM transform", name)
		}
		s.note(n, "%s is neither a parameter nor a resource of the template", name)
		return s.unknown(n, "%s is not in the template", name)
	}
	if s.exists(r) == no {
		return s.unknown(n, "%s is not made: %s", name, s.phrase(r.condition, r.unless))
	}
	if out, isOutput := strings.CutPrefix(attribute, "Outputs."); isOutput && isNested(r.typ) {
		return s.nestedOutput(r, out, n)
	}
	return graph.Reference(s.id(name), attribute, s.at(n))
}

func (s *stack) getAtt(arg, n *syntax.Node) graph.Value {
	if arg.Kind == syntax.String {
		name, attribute, ok := strings.Cut(arg.Text, ".")
		if !ok {
			return s.unknown(n, "Fn::GetAtt names no attribute")
		}
		return s.attribute(name, attribute, n)
	}
	if arg.Kind != syntax.List || arg.Tag != "" || len(arg.Items) < 2 {
		return s.unknown(n, "Fn::GetAtt names no resource and attribute")
	}
	parts := make([]graph.Value, len(arg.Items))
	for i := range arg.Items {
		parts[i] = s.eval(&arg.Items[i])
	}
	return lift(parts, func(v []graph.Value) graph.Value {
		names := make([]string, len(v))
		for i := range v {
			text, ok := literal(v[i])
			if !ok || v[i].Kind == graph.List {
				return s.unknown(n, "the attribute of Fn::GetAtt is not known")
			}
			names[i] = text
		}
		return s.attribute(names[0], strings.Join(names[1:], "."), n)
	})
}

// choose evaluates Fn::If. A condition that nothing decides makes a choice, each
// branch evaluated under its own assumption.
func (s *stack) choose(arg, n *syntax.Node) graph.Value {
	if arg.Kind != syntax.List || len(arg.Items) != 3 || arg.Items[0].Text == "" {
		s.note(n, "Fn::If takes a condition's name and two values")
		return s.unknown(n, "Fn::If takes a condition's name and two values")
	}
	name := arg.Items[0].Text
	if s.t.conditions.get(name) == nil {
		s.note(n, "condition %s is not declared: not decided", name)
	}
	switch s.holds(name) {
	case yes:
		return s.eval(&arg.Items[1])
	case no:
		return s.eval(&arg.Items[2])
	}
	v := graph.Value{Kind: graph.Choice, At: s.at(n), Choices: make([]graph.Branch, 2)}
	for i, value := range []bool{true, false} {
		v.Choices[i].When = s.phrase(name, value)
		s.under(name, value, func() { v.Choices[i].Value = s.eval(&arg.Items[1+i]) })
	}
	return collapse(v)
}

// findInMap resolves Fn::FindInMap with the default value that the language
// extensions add.
func (s *stack) findInMap(arg, n *syntax.Node) graph.Value {
	if arg.Kind != syntax.List || len(arg.Items) < 3 {
		return s.unknown(n, "Fn::FindInMap takes a map and two keys")
	}
	keys := []graph.Value{s.eval(&arg.Items[0]), s.eval(&arg.Items[1]), s.eval(&arg.Items[2])}
	var fallback *syntax.Node
	if len(arg.Items) > 3 {
		fallback = arg.Items[3].Get("DefaultValue")
	}
	return lift(keys, func(v []graph.Value) graph.Value {
		name, ok := literal(v[0])
		if !ok {
			return s.unknown(n, "the name of the mapping is not known")
		}
		mapping := s.t.mappings.get(name)
		if mapping == nil {
			if fallback != nil {
				return s.eval(fallback)
			}
			s.note(n, "mapping %s is not in the template", name)
			return s.unknown(n, "mapping %s is not in the template", name)
		}
		return s.look(name, mapping, v[1], v[2], fallback, n)
	})
}

func (s *stack) look(name string, mapping *syntax.Node, first, second graph.Value, fallback, n *syntax.Node) graph.Value {
	s.run.spent += len(mapping.Items) / 16
	key1, ok1 := literal(first)
	key2, ok2 := literal(second)
	if !ok2 {
		return s.unknown(n, "the second key of mapping %s is not known: %s", name, why(second))
	}
	if !ok1 {
		// What every entry says holds whichever key it is.
		if v, same := s.everywhere(mapping, key2); same && fallback == nil {
			v.At = s.at(n)
			return v
		}
		return s.unknown(n, "the first key of mapping %s is not known: %s", name, why(first))
	}
	if entry := mapping.Get(key1).Get(key2); entry != nil {
		v := s.eval(entry)
		v.At = s.at(n)
		return v
	}
	if fallback != nil {
		return s.eval(fallback)
	}
	return s.unknown(n, "mapping %s has no entry %s, %s", name, key1, key2)
}

func (s *stack) everywhere(mapping *syntax.Node, key string) (graph.Value, bool) {
	var out graph.Value
	for i := 1; i < len(mapping.Items); i += 2 {
		entry := mapping.Items[i].Get(key)
		if entry == nil {
			return out, false
		}
		v := s.eval(entry)
		if !v.IsScalar() || i > 1 && (v.Kind != out.Kind || v.Text != out.Text) {
			return out, false
		}
		out = v
	}
	return out, len(mapping.Items) > 0
}

// why says why a value is not known.
func why(v graph.Value) string {
	switch v.Kind {
	case graph.Unknown:
		return v.Text
	case graph.Concat:
		for _, item := range v.Items {
			if item.Kind == graph.Unknown {
				return item.Text
			}
		}
	case graph.String:
		for token, name := range map[string]string{graph.TokenRegion: "AWS::Region", graph.TokenAccount: "AWS::AccountId", graph.TokenPartition: "AWS::Partition"} {
			if v.Text == token {
				return name + " is not given"
			}
		}
	}
	return "it depends on the deployment"
}

func (s *stack) base64(v graph.Value, n *syntax.Node) graph.Value {
	if text, ok := literal(v); ok && v.IsScalar() {
		s.run.spent += len(text) / 64
		return graph.Str(base64.StdEncoding.EncodeToString([]byte(text)), s.at(n))
	}
	return s.unknown(n, "Fn::Base64 of a text that is not known")
}

func (s *stack) length(arg, n *syntax.Node) graph.Value {
	if !s.t.extended {
		s.note(n, "Fn::Length needs the transform AWS::LanguageExtensions")
	}
	return lift([]graph.Value{s.eval(arg)}, func(v []graph.Value) graph.Value {
		if v[0].Kind != graph.List || open(v[0]) {
			return s.unknown(n, "Fn::Length of a list that is not known")
		}
		return graph.Value{Kind: graph.Number, Text: strconv.Itoa(len(v[0].Items)), At: s.at(n)}
	})
}

// open reports whether a list may have fewer elements than it shows.
func open(v graph.Value) bool {
	for _, item := range v.Items {
		if item.Kind == graph.Choice {
			return true
		}
	}
	return false
}
