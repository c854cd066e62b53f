package terraform

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// apply calls a function of plain values. Arguments that are not known make the
// result unknown for their reason.
func (ev *evaluator) apply(f function.Function, at bedlock.Position, name string, args ...graph.Value) graph.Value {
	for _, a := range args {
		if isFailure(a) {
			return a
		}
	}
	for _, a := range args {
		if reason := reasonOf(a); reason != "" {
			return graph.Unresolved(reason, at)
		}
	}
	return ev.applySealed(f, at, name, args...)
}

// applySealed calls a function that only moves texts around: what is not known goes
// through it as a seal.
func (ev *evaluator) applySealed(f function.Function, at bedlock.Position, name string, args ...graph.Value) (v graph.Value) {
	defer func() {
		if recover() != nil { // a function met a value that its authors did not expect
			v = failure(name+" cannot be evaluated", at)
		}
	}()
	values := make([]cty.Value, len(args))
	params, rest := f.Params(), f.VarParam()
	for i, a := range args {
		value := ev.toCty(a)
		want := cty.DynamicPseudoType
		if i < len(params) {
			want = params[i].Type
		} else if rest != nil {
			want = rest.Type
		}
		converted, err := convert.Convert(value, want)
		if err != nil {
			return failure(fmt.Sprintf("%s: %v", name, err), at)
		}
		values[i] = converted
	}
	result, err := f.Call(values)
	if err != nil {
		return failure(fmt.Sprintf("%s: %v", name, err), at)
	}
	return ev.fromCty(result, at)
}

func (ev *evaluator) toCty(v graph.Value) cty.Value {
	if !ev.step() {
		return cty.DynamicVal
	}
	switch v.Kind {
	case graph.Absent:
		return cty.NullVal(cty.DynamicPseudoType)
	case graph.Bool:
		return cty.BoolVal(v.Text == "true")
	case graph.Number:
		if n, err := cty.ParseNumberVal(v.Text); err == nil {
			return n
		}
	case graph.List:
		items := make([]cty.Value, len(v.Items))
		for i, item := range v.Items {
			items[i] = ev.toCty(item)
		}
		return cty.TupleVal(items)
	case graph.Map:
		members := make(map[string]cty.Value, len(v.Members))
		for _, m := range v.Members {
			members[m.Name] = ev.toCty(m.Value)
		}
		return cty.ObjectVal(members)
	}
	return cty.StringVal(ev.seal(v))
}

func (ev *evaluator) fromCty(v cty.Value, at bedlock.Position) graph.Value {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown():
		return graph.Unresolved("cannot be evaluated", at)
	case v.IsNull() || !ev.step():
		return graph.Value{At: at}
	}
	t := v.Type()
	switch {
	case t == cty.String:
		if len(v.AsString()) > maxText {
			return graph.Unresolved("the text is too long", at)
		}
		return ev.unseal(v.AsString(), at)
	case t.IsPrimitiveType():
		return literal(v, at)
	case t.IsListType() || t.IsSetType() || t.IsTupleType():
		out := graph.Value{Kind: graph.List, At: at}
		for it := v.ElementIterator(); it.Next(); {
			_, item := it.Element()
			out.Items = append(out.Items, ev.fromCty(item, at))
		}
		return out
	case t.IsMapType() || t.IsObjectType():
		out := graph.Value{Kind: graph.Map, At: at}
		for it := v.ElementIterator(); it.Next(); {
			key, item := it.Element()
			name := key.AsString()
			if strings.Contains(name, sealOpen) {
				name = ev.unseal(name, at).Print()
			}
			out.Members = append(out.Members, graph.Member{Name: name, At: at, Value: ev.fromCty(item, at)})
		}
		return out
	}
	return graph.Unresolved("cannot be evaluated", at)
}
