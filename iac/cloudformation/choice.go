package cloudformation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// lift applies a function to values, some of which are choices: the result is a
// choice between the results. Choices by the same condition are taken together. A
// result that depends on too many conditions is unknown.
func lift(args []graph.Value, f func([]graph.Value) graph.Value) graph.Value {
	return lifted(args, f, maxChoices)
}

func lifted(args []graph.Value, f func([]graph.Value) graph.Value, budget int) graph.Value {
	first := slices.IndexFunc(args, func(v graph.Value) bool { return v.Kind == graph.Choice })
	if first < 0 {
		return f(args)
	}
	by := args[first]
	if budget == 0 {
		return graph.Unresolved(fmt.Sprintf("it depends on more than %d undecided conditions", maxChoices), by.At)
	}
	out := graph.Value{Kind: graph.Choice, At: by.At, Choices: make([]graph.Branch, len(by.Choices))}
	for i, b := range by.Choices {
		under := make([]graph.Value, len(args))
		for j := range args {
			under[j] = pick(args[j], b.When)
		}
		out.Choices[i] = graph.Branch{When: b.When, Value: lifted(under, f, budget-1)}
	}
	return collapse(out)
}

// pick takes the branch that a condition's phrase names, wherever a choice has it.
func pick(v graph.Value, when string) graph.Value {
	if v.Kind != graph.Choice {
		return v
	}
	for _, b := range v.Choices {
		if b.When == when {
			return pick(b.Value, when)
		}
	}
	out := v
	out.Choices = make([]graph.Branch, len(v.Choices))
	for i, b := range v.Choices {
		out.Choices[i] = graph.Branch{When: b.When, Value: pick(b.Value, when)}
	}
	return out
}

// collapse turns a choice between equal values into that value.
func collapse(v graph.Value) graph.Value {
	if v.Kind != graph.Choice || len(v.Choices) == 0 {
		return v
	}
	one := v.Choices[0].Value
	for _, b := range v.Choices[1:] {
		w := b.Value
		if w.Kind != one.Kind || w.Text != one.Text || w.Target != one.Target ||
			!w.IsScalar() && w.Kind != graph.Ref && w.Kind != graph.Absent {
			return v
		}
	}
	return one
}

// settle takes the branches that the present assumptions decide. Parameters, and
// outputs of nested stacks, are evaluated once, without assumptions, so a choice in
// them may be decided where they are used.
func (s *stack) settle(v graph.Value) graph.Value {
	for _, f := range s.facts {
		if v.Kind != graph.Choice {
			break
		}
		if f.isCondition {
			v = pick(v, s.phrase(f.name, f.value))
		} else if condition, ok := strings.CutPrefix(f.name, whenPrefix); ok {
			v = pick(v, phrase(condition, f.value))
		}
	}
	return v
}

// text makes one text of parts. Parts that are not known keep their place; a
// dynamic reference is unknown even when it is put together from several parts.
func (s *stack) text(parts []graph.Value, at bedlock.Position) graph.Value {
	items := flatten(parts, at)
	for i := range items {
		s.run.spent += len(items[i].Text) / 64
	}
	items = dynamic(items, at)
	switch len(items) {
	case 0:
		return graph.Str("", at)
	case 1:
		items[0].At = at
		return items[0]
	}
	return graph.Value{Kind: graph.Concat, Items: items, At: at}
}

func flatten(parts []graph.Value, at bedlock.Position) []graph.Value {
	var items []graph.Value
	size := 0
	for _, p := range parts {
		switch p.Kind {
		case graph.Absent:
		case graph.Concat:
			items = append(items, p.Items...)
		case graph.Bool, graph.Number, graph.String:
			items = append(items, graph.Str(p.Text, p.At))
		case graph.Ref, graph.Unknown:
			items = append(items, p)
		default:
			items = append(items, graph.Unresolved("a list or map where a text is expected", p.At))
		}
	}
	out := items[:0:0]
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, graph.Str(b.String(), at))
			b.Reset()
		}
	}
	for _, item := range items {
		if size += len(item.Text); size > maxText {
			return []graph.Value{graph.Unresolved(fmt.Sprintf("a text of more than %d bytes", maxText), at)}
		}
		if item.Kind == graph.String {
			b.WriteString(item.Text)
			continue
		}
		flush()
		out = append(out, item)
	}
	flush()
	return out
}

// dynamic replaces dynamic references, {{resolve:service:…}}, by unknowns; see
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html.
func dynamic(items []graph.Value, at bedlock.Position) []graph.Value {
	const begin, end = "{{resolve:", "}}"
	if !slices.ContainsFunc(items, func(v graph.Value) bool { return v.Kind == graph.String && strings.Contains(v.Text, begin) }) {
		return items
	}
	var out []graph.Value
	inside, reference := false, ""
	pending := 0 // where the reference began in out, to be undone when it never ends
	var raw []graph.Value
	for _, item := range items {
		if item.Kind != graph.String {
			if inside {
				reference += "…"
				raw = append(raw, item)
			} else {
				out = append(out, item)
			}
			continue
		}
		rest := item.Text
		for rest != "" {
			if inside {
				i := strings.Index(rest, end)
				if i < 0 {
					reference += rest
					raw = append(raw, graph.Str(rest, at))
					break
				}
				reference += rest[:i+len(end)]
				out = append(out[:pending], graph.Unresolved("dynamic reference "+reference+" is resolved at deploy time", at))
				rest, inside, raw = rest[i+len(end):], false, nil
				continue
			}
			i := strings.Index(rest, begin)
			if i < 0 {
				out = append(out, graph.Str(rest, at))
				break
			}
			if i > 0 {
				out = append(out, graph.Str(rest[:i], at))
			}
			pending, inside, reference = len(out), true, begin
			raw = []graph.Value{graph.Str(begin, at)}
			rest = rest[i+len(begin):]
		}
	}
	return flatten(append(out, raw...), at)
}

// eachBranch applies a function to a value, or to each of its branches.
func eachBranch(v graph.Value, f func(graph.Value) graph.Value) graph.Value {
	if v.Kind != graph.Choice {
		return f(v)
	}
	out := v
	out.Choices = make([]graph.Branch, len(v.Choices))
	for i, b := range v.Choices {
		out.Choices[i] = graph.Branch{When: b.When, Value: eachBranch(b.Value, f)}
	}
	return collapse(out)
}

// itemsOf lists the items of a list, or one value. Those of a list that depends on a
// condition depend on it one by one.
func itemsOf(v graph.Value) (out []graph.Value) {
	switch v.Kind {
	case graph.Absent:
	case graph.List:
		return v.Items
	case graph.Choice:
		for i, b := range v.Choices {
			for _, item := range itemsOf(b.Value) {
				one := v
				one.Choices = make([]graph.Branch, len(v.Choices))
				for j := range v.Choices {
					one.Choices[j] = graph.Branch{When: v.Choices[j].When, Value: graph.Value{At: v.At}}
				}
				one.Choices[i].Value = item
				out = append(out, one)
			}
		}
	default:
		out = append(out, v)
	}
	return out
}
