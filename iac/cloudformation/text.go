package cloudformation

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// sub resolves Fn::Sub, with or without variables of its own.
func (s *stack) sub(arg, n *syntax.Node) graph.Value {
	template, vars := arg, (*syntax.Node)(nil)
	if arg.Kind == syntax.List {
		if len(arg.Items) == 0 || len(arg.Items) > 2 {
			return s.unknown(n, "Fn::Sub takes a text and a map")
		}
		template = &arg.Items[0]
		if len(arg.Items) == 2 {
			vars = &arg.Items[1]
		}
	}
	if template.Tag != "" || template.Kind != syntax.String && template.Kind != syntax.Number && template.Kind != syntax.Bool {
		return s.unknown(n, "the text of Fn::Sub is not written out")
	}
	var parts []graph.Value
	if vars != nil {
		s.run.spent += len(template.Text) / 64 * len(vars.Items)
	}
	rest := template.Text
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			break
		}
		j := strings.IndexByte(rest[i:], '}')
		if j < 0 {
			break
		}
		name := rest[i+2 : i+j]
		parts = append(parts, graph.Str(rest[:i], s.at(n)))
		rest = rest[i+j+1:]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			parts = append(parts, graph.Str("${"+literal+"}", s.at(n)))
			continue
		}
		parts = append(parts, s.variable(strings.TrimSpace(name), vars, n))
	}
	parts = append(parts, graph.Str(rest, s.at(n)))
	return lift(parts, func(v []graph.Value) graph.Value { return s.text(v, s.at(n)) })
}

func (s *stack) variable(name string, vars, n *syntax.Node) graph.Value {
	if v := vars.Get(name); v != nil {
		return s.eval(v)
	}
	if base, attribute, ok := strings.Cut(name, "."); ok {
		return s.attribute(base, attribute, n)
	}
	return s.refName(name, n)
}

func (s *stack) join(arg, n *syntax.Node) graph.Value {
	if arg.Kind != syntax.List || len(arg.Items) != 2 {
		return s.unknown(n, "Fn::Join takes a delimiter and a list")
	}
	return lift([]graph.Value{s.eval(&arg.Items[0]), s.eval(&arg.Items[1])}, func(v []graph.Value) graph.Value {
		delimiter, list := v[0], v[1]
		switch {
		case list.Kind == graph.Unknown:
			return s.unknown(n, "%s", list.Text)
		case list.Kind != graph.List:
			return s.unknown(n, "Fn::Join of what is no list")
		case !delimiter.IsScalar():
			return s.unknown(n, "the delimiter of Fn::Join is not known")
		}
		return lift(list.Items, func(v []graph.Value) graph.Value {
			parts := make([]graph.Value, 0, 2*len(v))
			for _, item := range v {
				if item.Kind == graph.Absent {
					continue
				}
				if len(parts) > 0 && delimiter.Text != "" {
					parts = append(parts, delimiter)
				}
				parts = append(parts, item)
			}
			return s.text(parts, s.at(n))
		})
	})
}

func (s *stack) selectItem(arg, n *syntax.Node) graph.Value {
	if arg.Kind != syntax.List || len(arg.Items) != 2 {
		return s.unknown(n, "Fn::Select takes an index and a list")
	}
	return lift([]graph.Value{s.eval(&arg.Items[0]), s.eval(&arg.Items[1])}, func(v []graph.Value) graph.Value {
		index, list := v[0], v[1]
		i, err := strconv.Atoi(index.Text)
		switch {
		case !index.IsScalar() || err != nil:
			return s.unknown(n, "the index of Fn::Select is not known")
		case list.Kind == graph.Unknown:
			return s.unknown(n, "%s", list.Text)
		case list.Kind != graph.List:
			return s.unknown(n, "Fn::Select from what is no list")
		}
		return s.element(list.Items, i, n)
	})
}

// element takes an element of a list in which choices may be nothing, and then do
// not count.
func (s *stack) element(items []graph.Value, i int, n *syntax.Node) graph.Value {
	if i < 0 || i >= len(items) {
		return s.unknown(n, "Fn::Select takes element %d of %d", i, len(items))
	}
	return lift(items[:i+1:i+1], func(v []graph.Value) graph.Value {
		for _, item := range v {
			if item.Kind == graph.Absent {
				return s.unknown(n, "Fn::Select from a list of which an element may be missing")
			}
		}
		out := v[i]
		out.At = s.at(n)
		return out
	})
}

func (s *stack) split(arg, n *syntax.Node) graph.Value {
	if arg.Kind != syntax.List || len(arg.Items) != 2 {
		return s.unknown(n, "Fn::Split takes a delimiter and a text")
	}
	return lift([]graph.Value{s.eval(&arg.Items[0]), s.eval(&arg.Items[1])}, func(v []graph.Value) graph.Value {
		delimiter, whole := v[0], v[1]
		if !delimiter.IsScalar() || delimiter.Text == "" {
			return s.unknown(n, "the delimiter of Fn::Split is not known")
		}
		switch whole.Kind {
		case graph.Bool, graph.Number, graph.String:
			parts := splitText(whole.Text, delimiter.Text)
			s.run.spent += len(parts)
			return list(parts, s.at(n))
		case graph.Unknown:
			return s.unknown(n, "%s", whole.Text)
		case graph.Ref:
			return s.splitARN(whole, delimiter.Text, n)
		}
		return s.unknown(n, "Fn::Split of a text that is not known")
	})
}

func list(texts []string, at bedlock.Position) graph.Value {
	out := graph.Value{Kind: graph.List, At: at}
	for _, t := range texts {
		out.Items = append(out.Items, graph.Str(t, at))
	}
	return out
}

// splitText splits outside of tokens, which hold colons.
func splitText(whole, delimiter string) []string {
	const token = "${bedlock:"
	var out []string
	begin, i := 0, 0
	for i < len(whole) {
		switch {
		case strings.HasPrefix(whole[i:], token):
			end := strings.IndexByte(whole[i:], '}')
			if end < 0 {
				end = len(whole) - i - 1
			}
			i += end + 1
		case strings.HasPrefix(whole[i:], delimiter):
			out = append(out, whole[begin:i])
			i += len(delimiter)
			begin = i
		default:
			i++
		}
	}
	return append(out, whole[begin:])
}

// splitARN knows one text that is not written out: what follows the "/" of a key's
// ARN is the key's id, which templates take apart to get.
func (s *stack) splitARN(v graph.Value, delimiter string, n *syntax.Node) graph.Value {
	name, here := strings.CutPrefix(v.Target, s.file+"#"+s.prefix)
	r := s.t.resource(name)
	if !here || r == nil || r.typ != "AWS::KMS::Key" || v.Text != "Arn" || delimiter != "/" {
		return s.unknown(n, "a part of %s of %s", v.Text, v.Target[strings.LastIndexByte(v.Target, '#')+1:])
	}
	out := list([]string{"arn:" + s.pseudo("AWS::Partition", n).Text + ":kms:" + s.pseudo("AWS::Region", n).Text + ":" +
		s.pseudo("AWS::AccountId", n).Text + ":key"}, s.at(n))
	out.Items = append(out.Items, graph.Reference(v.Target, "Ref", s.at(n)))
	return out
}

// toJSON resolves Fn::ToJsonString of the language extensions.
func (s *stack) toJSON(arg, n *syntax.Node) graph.Value {
	if !s.t.extended {
		s.note(n, "Fn::ToJsonString needs the transform AWS::LanguageExtensions")
	}
	p := &printer{}
	p.print(s.eval(arg))
	if p.failed {
		return s.unknown(n, "Fn::ToJsonString of a value that is too large or depends on an undecided condition")
	}
	return s.text(p.parts, s.at(n))
}

// printer writes a value as JSON; what is not known keeps its place.
type printer struct {
	parts  []graph.Value
	size   int
	failed bool
}

func (p *printer) raw(s string) {
	p.size += len(s)
	p.parts = append(p.parts, graph.Str(s, bedlock.Position{}))
}

func (p *printer) print(v graph.Value) {
	if p.size > maxText {
		p.failed = true
		return
	}
	switch v.Kind {
	case graph.Bool, graph.Number:
		p.raw(v.Text)
	case graph.String:
		p.raw(quote(v.Text))
	case graph.Ref, graph.Unknown:
		p.raw(`"`)
		p.parts = append(p.parts, v)
		p.raw(`"`)
	case graph.Concat:
		p.raw(`"`)
		for _, item := range v.Items {
			if item.Kind == graph.String {
				q := quote(item.Text)
				p.raw(q[1 : len(q)-1])
				continue
			}
			p.parts = append(p.parts, item)
		}
		p.raw(`"`)
	case graph.List:
		p.raw("[")
		for i, item := range v.Items {
			if i > 0 {
				p.raw(",")
			}
			p.print(item)
		}
		p.raw("]")
	case graph.Map:
		p.raw("{")
		first := true
		for _, m := range v.Members {
			if m.Value.Kind == graph.Absent {
				continue
			}
			if !first {
				p.raw(",")
			}
			first = false
			p.raw(quote(m.Name) + ":")
			p.print(m.Value)
		}
		p.raw("}")
	case graph.Choice:
		p.failed = true
	default:
		p.raw("null")
	}
}
