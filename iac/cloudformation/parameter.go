package cloudformation

import (
	"strings"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// parameter is a parameter's value, evaluated when first needed.
type parameter struct {
	value graph.Value
	busy  bool
}

// parameter returns a parameter's value; ok is false when none is declared.
func (s *stack) parameter(name string) (graph.Value, bool) {
	decl := s.t.parameters.get(name)
	if decl == nil {
		return graph.Value{}, false
	}
	if p, have := s.parameters[name]; have {
		if p.busy {
			return s.unknown(decl, "parameter %s depends on itself", name), true
		}
		return p.value, true
	}
	p := &parameter{busy: true}
	if s.parameters == nil {
		s.parameters = map[string]*parameter{}
	}
	s.parameters[name] = p
	p.value = s.evaluateParameter(name, decl)
	p.busy = false
	return p.value, true
}

// evaluateParameter takes what is given, else the default. A NoEcho value is a
// secret: it is never taken, so that it can appear nowhere.
func (s *stack) evaluateParameter(name string, decl *syntax.Node) graph.Value {
	typ := ""
	if t := decl.Get("Type"); t != nil {
		typ = t.Text
	}
	if e := decl.Get("NoEcho"); e != nil && boolean(e.Text) == "true" {
		return s.unknown(decl, "parameter %s is NoEcho", name)
	}
	v, ok := s.given(name, decl)
	if !ok {
		return s.unknown(decl, "parameter %s has no default", name)
	}
	if strings.HasPrefix(typ, "AWS::SSM::Parameter::Value<") {
		path, known := literal(v)
		if !known || path == "" {
			path = "a parameter"
		}
		return s.unknown(decl, "parameter %s is read from SSM (%s) at deploy time", name, path)
	}
	isList := typ == "CommaDelimitedList" || strings.HasPrefix(typ, "List<")
	return lift([]graph.Value{v}, func(v []graph.Value) graph.Value { return typed(v[0], typ, isList) })
}

func (s *stack) given(name string, decl *syntax.Node) (graph.Value, bool) {
	if s.parent != nil {
		if v := s.passed(name); v.Kind != graph.Absent {
			return v, true
		}
	} else if text, ok := s.run.opts.Parameters[name]; ok {
		return graph.Str(text, s.at(decl)), true
	} else if text, ok := s.env.Parameters[name]; ok {
		return graph.Str(text, s.at(decl)), true
	}
	def := decl.Get("Default")
	if def == nil || def.Kind == syntax.List || def.Kind == syntax.Map {
		return graph.Value{}, false
	}
	text := def.Text
	if def.Kind == syntax.Bool {
		text = boolean(text)
	}
	return graph.Str(text, s.at(def)), true
}

// passed returns what the parent passes for a parameter; Absent when nothing.
func (s *stack) passed(name string) (v graph.Value) {
	p := s.self.properties.Get("Parameters")
	if p == nil {
		return v
	}
	s.parent.clean(func() {
		s.parent.under(s.self.condition, true, func() {
			if _, _, isFunction := function(p); isFunction {
				all := s.parent.eval(p)
				v = lift([]graph.Value{all}, func(v []graph.Value) graph.Value {
					if v[0].Kind == graph.Unknown {
						return v[0]
					}
					return v[0].Get(name)
				})
			} else if one := p.Get(name); one != nil {
				v = s.parent.eval(one)
			}
		})
	})
	return v
}

func typed(v graph.Value, typ string, isList bool) graph.Value {
	switch {
	case isList && v.Kind == graph.String:
		out := graph.Value{Kind: graph.List, At: v.At}
		if v.Text == "" {
			return out
		}
		for _, item := range strings.Split(v.Text, ",") {
			out.Items = append(out.Items, graph.Str(strings.TrimSpace(item), v.At))
		}
		return out
	case isList && v.Kind == graph.Ref:
		return graph.Value{Kind: graph.List, At: v.At, Items: []graph.Value{v}}
	case isList && v.Kind == graph.Concat:
		return graph.Unresolved("a list of parts that are not all known", v.At)
	case typ == "Number" && v.Kind == graph.String && isDecimal(v.Text):
		v.Kind = graph.Number
	}
	return v
}

func isDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, _ := strings.Cut(s, ".")
	return whole != "" && strings.Trim(whole+fraction, "0123456789") == ""
}

// pseudo returns the value of a pseudo parameter; see
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html.
func (s *stack) pseudo(name string, n *syntax.Node) graph.Value {
	at := s.at(n)
	switch name {
	case "AWS::NoValue":
		return graph.Value{At: at}
	case "AWS::AccountId":
		return graph.Str(first(s.env.Account, graph.TokenAccount), at)
	case "AWS::Region":
		return graph.Str(first(s.env.Region, graph.TokenRegion), at)
	case "AWS::Partition":
		return graph.Str(first(s.partition(), graph.TokenPartition), at)
	case "AWS::URLSuffix":
		switch s.partition() {
		case "aws", "aws-us-gov":
			return graph.Str("amazonaws.com", at)
		case "aws-cn":
			return graph.Str("amazonaws.com.cn", at)
		}
		return graph.Unresolved("AWS::URLSuffix depends on the partition", at)
	case "AWS::StackName":
		if s.env.StackName != "" {
			return graph.Str(s.env.StackName, at)
		}
		return graph.Unresolved("AWS::StackName is chosen at deploy time", at)
	case "AWS::StackId", "AWS::NotificationARNs":
		return graph.Unresolved(name+" is known only at deploy time", at)
	}
	s.note(n, "%s is no pseudo parameter", name)
	return graph.Unresolved(name+" is no pseudo parameter", at)
}
