package terraform

import (
	"strings"

	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// valueFunction evaluates the functions of values of any kind; nil when the name is
// none of them.
func (ev *evaluator) valueFunction(name string, args []graph.Value, at bedlock.Position) *graph.Value {
	if len(args) == 0 {
		if name == "timestamp" || name == "uuid" || name == "plantimestamp" {
			return ref(graph.Unresolved(name+"() is known only when Terraform runs", at))
		}
		return nil
	}
	v := args[0]
	switch name {
	case "coalesce":
		return ref(coalesce(args, at))
	case "sensitive", "nonsensitive", "ephemeralasnull", "tolist":
		return &v
	case "issensitive":
		return ref(graph.Unresolved("issensitive is not evaluated", at))
	case "tomap", "tostring", "tonumber", "tobool":
		return ref(ev.cast(v, strings.TrimPrefix(name, "to"), at))
	case "jsonencode", "yamlencode":
		return ref(ev.encode(v, at))
	case "jsondecode":
		return ref(ev.decode(v, at, syntax.ParseJSON))
	case "yamldecode":
		return ref(ev.decode(v, at, syntax.ParseYAML))
	case "join":
		return ref(ev.join(args, at))
	case "split":
		return ref(ev.split(args, at))
	case "replace":
		return ref(ev.replace(args, at))
	case "startswith", "endswith", "strcontains":
		return ref(affix(name, args, at))
	}
	return nil
}

func coalesce(args []graph.Value, at bedlock.Position) graph.Value {
	for _, a := range args {
		switch {
		case a.Kind == graph.Absent, a.Kind == graph.String && a.Text == "":
		case a.Kind == graph.Unknown:
			return moved(a, at)
		default:
			return a
		}
	}
	return failure("coalesce: no argument has a value", at)
}

// encode keeps the structure of what jsonencode is given: readers of policies take
// it like the text, and its positions are better.
func (ev *evaluator) encode(v graph.Value, at bedlock.Position) graph.Value {
	switch v.Kind {
	case graph.List, graph.Map, graph.Unknown, graph.Choice:
		return v
	}
	return ev.unseal(ev.json(v), at)
}

func (ev *evaluator) decode(v graph.Value, at bedlock.Position, parse func(string, []byte, syntax.Limits) (*syntax.Node, error)) graph.Value {
	switch v.Kind {
	case graph.List, graph.Map:
		return v
	case graph.String, graph.Concat, graph.Number, graph.Bool:
		n, err := parse("", []byte(ev.seal(v)), syntax.Limits{MaxBytes: maxText, MaxYAMLBytes: maxText})
		if err != nil {
			return failure("the text cannot be decoded", at)
		}
		return ev.fromNode(n, at)
	case graph.Absent:
		return failure("null cannot be decoded", at)
	}
	return graph.Unresolved(reasonOf(v), at)
}

func (ev *evaluator) fromNode(n *syntax.Node, at bedlock.Position) graph.Value {
	v := graph.Value{Text: n.Text, At: at}
	ev.step()
	switch n.Kind {
	case syntax.Bool:
		v.Kind = graph.Bool
	case syntax.Number:
		v.Kind = graph.Number
	case syntax.String:
		return ev.unseal(n.Text, at)
	case syntax.List:
		v.Kind = graph.List
		for i := range n.Items {
			v.Items = append(v.Items, ev.fromNode(&n.Items[i], at))
		}
	case syntax.Map:
		v.Kind = graph.Map
		for i := 0; i+1 < len(n.Items); i += 2 {
			v.Members = append(v.Members, graph.Member{Name: n.Items[i].Text, At: at, Value: ev.fromNode(&n.Items[i+1], at)})
		}
	}
	return v
}

// join keeps references between its separators.
func (ev *evaluator) join(args []graph.Value, at bedlock.Position) graph.Value {
	if !settled(args[0]) {
		return graph.Unresolved("the separator is not known: "+reasonOf(args[0]), at)
	}
	var parts []graph.Value
	for _, a := range args[1:] {
		if a.Kind == graph.Unknown {
			return moved(a, at)
		}
		if a.Kind != graph.List {
			return failure("join takes lists", at)
		}
		for _, item := range a.Items {
			if item.Kind == graph.Absent {
				continue
			}
			if len(parts) > 0 {
				parts = append(parts, args[0])
			}
			parts = append(parts, item)
		}
	}
	return ev.concat(parts, at)
}

// split cuts a text whose parts to be known later lie between separators that are
// written down only when there is nothing to know later.
func (ev *evaluator) split(args []graph.Value, at bedlock.Position) graph.Value {
	if len(args) != 2 {
		return failure("split takes two arguments", at)
	}
	return ev.apply(stdlib.SplitFunc, at, "split", args...)
}

func (ev *evaluator) replace(args []graph.Value, at bedlock.Position) graph.Value {
	if len(args) != 3 {
		return failure("replace takes three arguments", at)
	}
	if p := args[1].Text; len(p) > 1 && strings.HasPrefix(p, "/") && strings.HasSuffix(p, "/") {
		args = append([]graph.Value(nil), args...)
		args[1].Text = p[1 : len(p)-1]
		return ev.apply(stdlib.RegexReplaceFunc, at, "replace", args...)
	}
	if settled(args[0]) && len(args[0].Text)*(len(args[2].Text)+1) > maxText {
		return graph.Unresolved("the text is too long", at)
	}
	return ev.apply(stdlib.ReplaceFunc, at, "replace", args...)
}

// affix also decides by the written beginning or end of a text with references.
func affix(name string, args []graph.Value, at bedlock.Position) graph.Value {
	if len(args) != 2 || !settled(args[1]) {
		return graph.Unresolved("not all arguments are known", at)
	}
	v, what := args[0], args[1].Text
	if settled(v) {
		switch name {
		case "startswith":
			return boolean(strings.HasPrefix(v.Text, what), at)
		case "endswith":
			return boolean(strings.HasSuffix(v.Text, what), at)
		}
		return boolean(strings.Contains(v.Text, what), at)
	}
	if v.Kind == graph.Ref && v.Text == "arn" && name == "startswith" && strings.HasPrefix("arn:", what) {
		return boolean(true, at)
	}
	return graph.Unresolved(reasonOf(v), at)
}

func sum(ev *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	total := graph.Value{Kind: graph.Number, Text: "0", At: at}
	for _, item := range args[0].Items {
		total = ev.apply(stdlib.AddFunc, at, "sum", total, item)
	}
	return total
}
