package terraform

import (
	"strconv"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// listFunction evaluates the functions of lists, with elements of any kind; nil when
// the name is none of them.
func (ev *evaluator) listFunction(name string, args []graph.Value, at bedlock.Position) *graph.Value {
	f, ok := listFunctions[name]
	if !ok {
		return nil
	}
	if len(args) == 0 && name != "concat" {
		return ref(failure(name+" needs arguments", at))
	}
	for _, a := range args[:min(len(args), f.lists(len(args)))] {
		switch a.Kind {
		case graph.List:
			ev.steps += len(a.Items)
			if len(a.Items) > maxItems {
				return ref(graph.Unresolved("the list is too long", at))
			}
		case graph.Map:
		case graph.Unknown:
			return ref(moved(a, at))
		case graph.Ref, graph.Concat:
			return ref(graph.Unresolved(reasonOf(a), at))
		default:
			return ref(failure(name+" takes a list", at))
		}
	}
	if !ev.step() {
		return ref(graph.Unresolved("evaluation took too long", at))
	}
	return ref(f.eval(ev, args, at))
}

// listFunction is a function whose first arguments are lists; all of them when
// count is zero.
type listFunc struct {
	count int
	eval  func(ev *evaluator, args []graph.Value, at bedlock.Position) graph.Value
}

func (f listFunc) lists(n int) int {
	if f.count == 0 {
		return n
	}
	return f.count
}

// The table is filled in by functions below; it is never changed.
var listFunctions = map[string]listFunc{
	"concat":       {0, concatLists},
	"flatten":      {1, flatten},
	"compact":      {1, compact},
	"distinct":     {1, distinct},
	"toset":        {1, distinct},
	"setunion":     {0, setUnion},
	"coalescelist": {0, coalesceList},
	"contains":     {1, contains},
	"element":      {1, element},
	"one":          {1, one},
	"index":        {1, indexOf},
	"alltrue":      {1, allTrue},
	"anytrue":      {1, anyTrue},
	"zipmap":       {2, zipmap},
	"sum":          {1, sum},
}

func list(items []graph.Value, at bedlock.Position) graph.Value {
	return graph.Value{Kind: graph.List, Items: items, At: at}
}

func concatLists(_ *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	var items []graph.Value
	for _, a := range args {
		items = append(items, a.Items...)
		if len(items) > maxItems {
			return graph.Unresolved("the list is too long", at)
		}
	}
	return list(items, at)
}

func flatten(ev *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	var items []graph.Value
	var add func(v graph.Value, depth int) *graph.Value
	add = func(v graph.Value, depth int) *graph.Value {
		for _, item := range v.Items {
			if !ev.step() || len(items) > maxItems || depth > maxDepth {
				return ref(graph.Unresolved("the list is too long", at))
			}
			switch item.Kind {
			case graph.List:
				if bad := add(item, depth+1); bad != nil {
					return bad
				}
			case graph.Unknown:
				return &item
			default:
				items = append(items, item)
			}
		}
		return nil
	}
	return distribute(hoist(args[0]), func(v graph.Value) graph.Value {
		items = nil
		if bad := add(v, 0); bad != nil {
			return *bad
		}
		return list(items, at)
	})
}

func compact(_ *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	var items []graph.Value
	for _, item := range args[0].Items {
		if item.Kind != graph.Absent && !(item.Kind == graph.String && item.Text == "") {
			items = append(items, item)
		}
	}
	return list(items, at)
}

func distinct(_ *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	var items []graph.Value
	seen := map[string]bool{}
	for _, item := range args[0].Items {
		if item.Kind != graph.List && item.Kind != graph.Map && item.Kind != graph.Unknown {
			key := string(rune('0'+item.Kind)) + item.Print()
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		items = append(items, item)
	}
	return list(items, at)
}

func setUnion(ev *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	all := concatLists(ev, args, at)
	if all.Kind != graph.List {
		return all
	}
	return distinct(ev, []graph.Value{all}, at)
}

func coalesceList(_ *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	for _, a := range args {
		if len(a.Items)+len(a.Members) > 0 {
			return a
		}
	}
	return failure("coalescelist: all lists are empty", at)
}

func contains(_ *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	if len(args) != 2 {
		return failure("contains takes two arguments", at)
	}
	result := no
	for _, item := range args[0].Items {
		switch equalLoosely(item, args[1]) {
		case yes:
			return boolean(true, at)
		case unsure:
			result = unsure
		}
	}
	if result == unsure {
		return graph.Unresolved("not all elements are known", at)
	}
	return boolean(false, at)
}

// equalLoosely compares after conversion, as functions of typed lists do.
func equalLoosely(a, b graph.Value) answer {
	if settled(a) && settled(b) {
		return answerOf(a.Text == b.Text || sameNumber(a.Text, b.Text))
	}
	return equal(a, b)
}

func element(ev *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	if len(args) != 2 || len(args[0].Items) == 0 {
		return failure("element: the list is empty", at)
	}
	if !settled(args[1]) {
		return graph.Unresolved(reasonOf(args[1]), at)
	}
	n, err := strconv.Atoi(args[1].Text)
	if err != nil {
		return failure("element: the index is no number", at)
	}
	size := len(args[0].Items)
	return args[0].Items[(n%size+size)%size]
}

func one(_ *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	switch len(args[0].Items) {
	case 0:
		return graph.Value{At: at}
	case 1:
		return args[0].Items[0]
	}
	return failure("one: the list has several elements", at)
}

func indexOf(_ *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	if len(args) != 2 {
		return failure("index takes two arguments", at)
	}
	for i, item := range args[0].Items {
		switch equalLoosely(item, args[1]) {
		case yes:
			return graph.Value{Kind: graph.Number, Text: strconv.Itoa(i), At: at}
		case unsure:
			return graph.Unresolved("not all elements are known", at)
		}
	}
	return failure("index: there is no such element", at)
}

func allTrue(_ *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	return quantified(args[0], "false", at)
}

func anyTrue(_ *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	return quantified(args[0], "true", at)
}

// quantified is decided by one element of a value; else by all being known.
func quantified(v graph.Value, decisive string, at bedlock.Position) graph.Value {
	var open *graph.Value
	for _, item := range v.Items {
		switch {
		case item.IsScalar() && item.Text == decisive:
			return boolean(decisive == "true", at)
		case !item.IsScalar() && item.Kind != graph.Absent:
			open = ref(graph.Unresolved(reasonOf(item), at))
		}
	}
	if open != nil {
		return *open
	}
	return boolean(decisive != "true", at)
}

func zipmap(ev *evaluator, args []graph.Value, at bedlock.Position) graph.Value {
	if len(args) != 2 || len(args[0].Items) != len(args[1].Items) {
		return failure("zipmap takes two lists of the same length", at)
	}
	return ev.mapOf(args[0].Items, args[1].Items, at)
}
