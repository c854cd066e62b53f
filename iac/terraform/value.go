package terraform

import (
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// failed is the Target of an Unknown that Terraform itself would refuse: try and
// can see the difference.
const failed = "!"

func failure(reason string, at bedlock.Position) graph.Value {
	return graph.Value{Kind: graph.Unknown, Text: reason, Target: failed, At: at}
}

func isFailure(v graph.Value) bool { return v.Kind == graph.Unknown && v.Target == failed }

func boolean(b bool, at bedlock.Position) graph.Value {
	text := "false"
	if b {
		text = "true"
	}
	return graph.Value{Kind: graph.Bool, Text: text, At: at}
}

// object is a whole resource or module instance: a Ref without an attribute. It
// never leaves this package.
func object(id string, at bedlock.Position) graph.Value { return graph.Reference(id, "", at) }

func isObject(v graph.Value) bool { return v.Kind == graph.Ref && v.Text == "" }

// hasToken reports whether a text holds something that only deployment knows.
func hasToken(s string) bool { return strings.Contains(s, "${bedlock:") }

// settled reports whether a value is a scalar whose very text is known.
func settled(v graph.Value) bool {
	return v.IsScalar() && !(v.Kind == graph.String && hasToken(v.Text))
}

const (
	isTrue      = " is true"
	isFalse     = " is false"
	and         = " and "
	maxBranches = 64
)

// conjoin joins two conditions; ok is false when they contradict each other.
func conjoin(a, b string) (both string, ok bool) {
	if a == "" || b == "" || a == b {
		return a + strings.TrimPrefix(b, a), true
	}
	atoms := strings.Split(a, and)
	for atom := range strings.SplitSeq(b, and) {
		known := false
		for _, x := range atoms {
			if x == negate(atom) {
				return "", false
			}
			known = known || x == atom
		}
		if !known {
			atoms = append(atoms, atom)
		}
	}
	return strings.Join(atoms, and), true
}

func negate(atom string) string {
	if s, ok := strings.CutSuffix(atom, isTrue); ok {
		return s + isFalse
	}
	if s, ok := strings.CutSuffix(atom, isFalse); ok {
		return s + isTrue
	}
	return atom + isFalse
}

// undecided is a Bool that depends on a condition.
func undecided(condition string, at bedlock.Position) graph.Value {
	return graph.Value{Kind: graph.Choice, At: at, Choices: []graph.Branch{
		{When: condition + isTrue, Value: boolean(true, at)},
		{When: condition + isFalse, Value: boolean(false, at)},
	}}
}

// distribute applies f to each branch of an undecided value, and to a decided one
// as it is. Choices that f returns are merged; contradictions disappear.
func distribute(v graph.Value, f func(graph.Value) graph.Value) graph.Value {
	if v.Kind != graph.Choice {
		return f(v)
	}
	var out []graph.Branch
	for _, b := range v.Choices {
		out = appendBranches(out, b.When, f(b.Value))
		if len(out) > maxBranches {
			return graph.Unresolved("depends on too many conditions", v.At)
		}
	}
	return choice(out, v.At)
}

func appendBranches(out []graph.Branch, when string, v graph.Value) []graph.Branch {
	if v.Kind != graph.Choice {
		return append(out, graph.Branch{When: when, Value: v})
	}
	for _, b := range v.Choices {
		if both, ok := conjoin(when, b.When); ok {
			out = appendBranches(out, both, b.Value)
		}
	}
	return out
}

// choice makes a value of branches: a condition that makes no difference is none.
func choice(branches []graph.Branch, at bedlock.Position) graph.Value {
	if len(branches) == 0 {
		return failure("contradictory conditions", at)
	}
	same := true
	for _, b := range branches[1:] {
		same = same && sameText(branches[0].Value, b.Value)
	}
	if same {
		return branches[0].Value
	}
	return graph.Value{Kind: graph.Choice, Choices: branches, At: at}
}

func sameText(a, b graph.Value) bool {
	if a.Kind != b.Kind || a.Target != b.Target || a.Text != b.Text {
		return false
	}
	switch a.Kind {
	case graph.List, graph.Map:
		return len(a.Items)+len(a.Members)+len(b.Items)+len(b.Members) == 0
	case graph.Concat, graph.Choice:
		return false
	}
	return true
}

// distributeAll applies f to every consistent combination of branches.
func distributeAll(args []graph.Value, f func([]graph.Value) graph.Value) graph.Value {
	type combination struct {
		when string
		args []graph.Value
	}
	combinations := []combination{{args: args}}
	var at bedlock.Position
	undecided := false
	for i, a := range args {
		if a.Kind != graph.Choice {
			continue
		}
		if !undecided {
			undecided, at = true, a.At
		}
		var next []combination
		branches := appendBranches(nil, "", a)
		for _, c := range combinations {
			for _, b := range branches {
				when, ok := conjoin(c.when, b.When)
				if !ok {
					continue
				}
				if len(next) == maxBranches {
					return graph.Unresolved("depends on too many conditions", at)
				}
				changed := append([]graph.Value(nil), c.args...)
				changed[i] = b.Value
				next = append(next, combination{when, changed})
			}
		}
		combinations = next
	}
	if !undecided {
		return f(args)
	}
	var out []graph.Branch
	for _, c := range combinations {
		if out = appendBranches(out, c.when, f(c.args)); len(out) > maxBranches {
			return graph.Unresolved("depends on too many conditions", at)
		}
	}
	return choice(out, at)
}

// hoist turns a list with undecided elements into an undecided list.
func hoist(v graph.Value) graph.Value {
	if v.Kind != graph.List {
		return v
	}
	for _, item := range v.Items {
		if item.Kind == graph.Choice {
			return distributeAll(v.Items, func(items []graph.Value) graph.Value {
				return graph.Value{Kind: graph.List, Items: items, At: v.At}
			})
		}
	}
	return v
}

// moved gives the position of a use to a value without inner positions.
func moved(v graph.Value, at bedlock.Position) graph.Value {
	switch v.Kind {
	case graph.List, graph.Map:
	case graph.Choice:
		branches := make([]graph.Branch, len(v.Choices))
		for i, b := range v.Choices {
			branches[i] = graph.Branch{When: b.When, Value: moved(b.Value, at)}
		}
		v.Choices, v.At = branches, at
	default:
		v.At = at
	}
	return v
}

// reasonOf is why a value that must be known is not.
func reasonOf(v graph.Value) string {
	switch v.Kind {
	case graph.Unknown:
		return v.Text
	case graph.Ref:
		return addressOf(v.Target) + " " + v.Text + " is known only after apply"
	case graph.Concat:
		for _, item := range v.Items {
			if item.Kind != graph.String {
				return reasonOf(item)
			}
		}
	case graph.String:
		if hasToken(v.Text) {
			return "the account, Region or partition is known only after apply"
		}
	case graph.List:
		for _, item := range v.Items {
			if r := reasonOf(item); r != "" {
				return r
			}
		}
	case graph.Map:
		for _, m := range v.Members {
			if r := reasonOf(m.Value); r != "" {
				return r
			}
		}
	case graph.Choice:
		return "depends on whether " + v.Choices[0].When
	}
	return ""
}

// addressOf is the part of an ID that a person reads.
func addressOf(id string) string {
	if _, address, ok := strings.Cut(id, "#"); ok {
		return address
	}
	return id
}
