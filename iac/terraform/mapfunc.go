package terraform

import (
	"sort"
	"strconv"

	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// mapFunction evaluates the functions of maps, with values of any kind; nil when the
// name is none of them.
func (ev *evaluator) mapFunction(name string, args []graph.Value, at bedlock.Position) *graph.Value {
	switch name {
	case "merge":
		return ref(ev.merge(args, at))
	case "lookup", "keys", "values", "length", "transpose":
	default:
		return nil
	}
	if len(args) == 0 {
		return ref(failure(name+" needs arguments", at))
	}
	m := args[0]
	if m.Kind == graph.Unknown {
		return ref(moved(m, at))
	}
	if name == "length" {
		return ref(ev.length(m, at))
	}
	if m.Kind == graph.Ref && isObject(m) && name == "lookup" && len(args) > 1 {
		return ref(ev.attribute(m, args[1].Text, at))
	}
	if m.Kind != graph.Map {
		if reason := reasonOf(m); reason != "" && m.Kind != graph.List {
			return ref(graph.Unresolved(reason, at))
		}
		if m.Kind == graph.List && len(m.Items) == 0 { // an empty tuple converts
			m = graph.Value{Kind: graph.Map, At: m.At}
		} else {
			return ref(failure(name+" takes a map", at))
		}
	}
	ev.steps += len(m.Members)
	switch name {
	case "lookup":
		return ref(ev.lookup(m, args, at))
	case "transpose":
		return ref(graph.Unresolved("the function transpose is not evaluated", at))
	}
	if has(m, openKey) && name == "keys" {
		return ref(graph.Unresolved("the keys are not known", at))
	}
	members := append([]graph.Member(nil), m.Members...)
	sort.SliceStable(members, func(i, j int) bool { return members[i].Name < members[j].Name })
	out := graph.Value{Kind: graph.List, At: at}
	for _, member := range members {
		if name == "keys" {
			out.Items = append(out.Items, graph.Str(member.Name, member.At))
		} else {
			out.Items = append(out.Items, member.Value)
		}
	}
	return &out
}

func (ev *evaluator) merge(args []graph.Value, at bedlock.Position) graph.Value {
	out := graph.Value{Kind: graph.Map, At: at}
	index := map[string]int{}
	for _, a := range args {
		switch a.Kind {
		case graph.Unknown:
			return moved(a, at)
		case graph.Ref, graph.Concat, graph.String, graph.Number, graph.Bool:
			return graph.Unresolved("merge takes maps", at)
		}
		for _, m := range a.Members {
			if !ev.step() || len(out.Members) > maxItems {
				return graph.Unresolved("the map is too large", at)
			}
			if old, twice := index[m.Name]; twice {
				out.Members[old] = m
				continue
			}
			index[m.Name] = len(out.Members)
			out.Members = append(out.Members, m)
		}
	}
	return out
}

func (ev *evaluator) lookup(m graph.Value, args []graph.Value, at bedlock.Position) graph.Value {
	if len(args) < 2 {
		return failure("lookup needs a key", at)
	}
	v := ev.member(m, args[1], at)
	if isFailure(v) && len(args) > 2 {
		return args[2]
	}
	return v
}

func (ev *evaluator) length(v graph.Value, at bedlock.Position) graph.Value {
	n := 0
	switch v.Kind {
	case graph.List:
		n = len(v.Items)
	case graph.Map:
		if has(v, openKey) {
			return graph.Unresolved("the number of elements is not known", at)
		}
		n = len(v.Members)
	case graph.Absent:
		return failure("length of null", at)
	default:
		return ev.apply(stdlib.StrlenFunc, at, "length", v)
	}
	return graph.Value{Kind: graph.Number, Text: strconv.Itoa(n), At: at}
}
