package terraform

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/iac/graph"
)

// show writes a value in a short form for comparison: references as <address attr>,
// unknowns as ?(reason), choices as (when => value | ...).
func show(v graph.Value) string {
	switch v.Kind {
	case graph.Absent:
		return "-"
	case graph.Bool, graph.Number:
		return v.Text
	case graph.String:
		return strconv.Quote(v.Text)
	case graph.Ref:
		return "<" + addressOf(v.Target) + " " + v.Text + ">"
	case graph.Unknown:
		return "?(" + v.Text + ")"
	case graph.Concat:
		return "concat" + joined(v.Items, "(", " + ", ")")
	case graph.List:
		return joined(v.Items, "[", ", ", "]")
	case graph.Map:
		parts := make([]string, len(v.Members))
		for i, m := range v.Members {
			parts[i] = m.Name + ": " + show(m.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case graph.Choice:
		parts := make([]string, len(v.Choices))
		for i, b := range v.Choices {
			parts[i] = b.When + " => " + show(b.Value)
		}
		return "(" + strings.Join(parts, " | ") + ")"
	}
	return "invalid"
}

func joined(items []graph.Value, open, sep, shut string) string {
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = show(item)
	}
	return open + strings.Join(parts, sep) + shut
}
