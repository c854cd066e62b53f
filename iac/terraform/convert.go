package terraform

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// convert makes a value what a variable's type asks for: scalars are converted,
// attributes that the type does not have are dropped, optional ones filled in.
// A value that does not fit stays as it is.
// Source: https://developer.hashicorp.com/terraform/language/expressions/type-constraints
func (ev *evaluator) convert(v graph.Value, t hclsyntax.Expression, m *module) graph.Value {
	if ev.depth >= maxDepth || !ev.step() {
		return v
	}
	ev.depth++
	defer func() { ev.depth-- }()
	return distribute(v, func(v graph.Value) graph.Value {
		if word := keyword(t); word != "" {
			return ev.cast(v, word, v.At)
		}
		call, ok := t.(*hclsyntax.FunctionCallExpr)
		if !ok || len(call.Args) == 0 {
			for _, word := range []string{"string", "number", "bool"} { // JSON and old code quote the type
				if isKeyword(t, word) {
					return ev.cast(v, word, v.At)
				}
			}
			return v
		}
		switch call.Name {
		case "list", "set":
			return ev.convertItems(v, call, m)
		case "map":
			if v.Kind == graph.Map {
				members := make([]graph.Member, len(v.Members))
				for i, member := range v.Members {
					member.Value = ev.convert(member.Value, call.Args[0], m)
					members[i] = member
				}
				v.Members = members
			}
			return v
		case "object":
			return ev.convertObject(v, call.Args[0], m)
		case "optional":
			return ev.convert(v, call.Args[0], m)
		}
		return v
	})
}

func (ev *evaluator) convertItems(v graph.Value, call *hclsyntax.FunctionCallExpr, m *module) graph.Value {
	if v.Kind != graph.List {
		return v
	}
	items := make([]graph.Value, len(v.Items))
	for i, item := range v.Items {
		items[i] = ev.convert(item, call.Args[0], m)
	}
	v.Items = items
	if call.Name == "set" {
		return distinct(ev, []graph.Value{v}, v.At)
	}
	return v
}

func (ev *evaluator) convertObject(v graph.Value, t hclsyntax.Expression, m *module) graph.Value {
	fields, ok := t.(*hclsyntax.ObjectConsExpr)
	if !ok || v.Kind != graph.Map {
		return v
	}
	out := graph.Value{Kind: graph.Map, At: v.At}
	for _, f := range fields.Items {
		name := m.scope().eval(f.KeyExpr).Text
		field := graph.Member{Name: name, At: v.At, Value: v.Get(name)}
		for _, member := range v.Members {
			if member.Name == name {
				field.At = member.At
			}
		}
		if call, ok := f.ValueExpr.(*hclsyntax.FunctionCallExpr); ok && call.Name == "optional" && len(call.Args) == 2 && field.Value.Kind == graph.Absent {
			field.Value = m.scope().eval(call.Args[1])
		}
		field.Value = ev.convert(field.Value, f.ValueExpr, m)
		out.Members = append(out.Members, field)
	}
	return out
}

// cast converts a scalar to a type by its name.
func (ev *evaluator) cast(v graph.Value, word string, at bedlock.Position) graph.Value {
	var want cty.Type
	var kind graph.Kind
	switch word {
	case "string":
		want, kind = cty.String, graph.String
	case "number":
		want, kind = cty.Number, graph.Number
	case "bool":
		want, kind = cty.Bool, graph.Bool
	default:
		return v
	}
	if v.Kind == kind || !v.IsScalar() {
		return v
	}
	if !settled(v) {
		return graph.Unresolved(reasonOf(v), at)
	}
	converted, err := convert.Convert(ev.toCty(v), want)
	if err != nil {
		return failure("a "+word+" is needed", at)
	}
	return ev.fromCty(converted, at)
}
