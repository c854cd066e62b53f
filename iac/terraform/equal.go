package terraform

import (
	"math/big"
	"strings"

	"github.com/bedlock/bedlock/iac/graph"
)

// answer is what a question has for an answer; the zero value is that nobody knows.
type answer uint8

const (
	unsure answer = iota
	yes
	no
)

func answerOf(b bool) answer {
	if b {
		return yes
	}
	return no
}

// equal compares as Terraform's == does: values of different types differ.
func equal(a, b graph.Value) answer {
	if a.Kind > b.Kind {
		a, b = b, a
	}
	switch {
	case a.Kind == graph.Absent:
		return equalNull(b)
	case b.Kind == graph.Unknown || a.Kind == graph.Choice || b.Kind == graph.Choice:
		return unsure
	case a.Kind == graph.Ref && b.Kind == graph.Ref && a.Target == b.Target && a.Text == b.Text:
		return yes
	case b.Kind == graph.Ref && a.Kind == graph.String && a.Text == "" && alwaysSet(b.Text):
		return no
	case b.Kind == graph.Concat && a.Kind == graph.String:
		return equalText(b, a.Text)
	case b.Kind == graph.Ref || b.Kind == graph.Concat:
		return unsure
	case a.Kind == graph.String && b.Kind == graph.String && a.Text != b.Text && (hasToken(a.Text) || hasToken(b.Text)):
		if a.Text == "" || b.Text == "" {
			return no
		}
		return unsure
	case a.Kind != b.Kind:
		return no
	case a.Kind == graph.Number:
		return answerOf(sameNumber(a.Text, b.Text))
	case a.IsScalar():
		return answerOf(a.Text == b.Text)
	}
	return equalParts(a, b)
}

func equalNull(v graph.Value) answer {
	switch v.Kind {
	case graph.Absent:
		return yes
	case graph.Unknown, graph.Choice:
		return unsure
	case graph.Ref:
		if !isObject(v) && !alwaysSet(v.Text) {
			return unsure
		}
	}
	return no
}

// alwaysSet reports whether a computed attribute has a value on every resource that
// has it. Others may be optional and left out.
func alwaysSet(attribute string) bool {
	return attribute == "arn" || attribute == "id" || attribute == "key_id"
}

// equalText compares a text that has parts to be known later.
func equalText(v graph.Value, s string) answer {
	first, last := v.Items[0], v.Items[len(v.Items)-1]
	if first.Kind == graph.String && !hasToken(first.Text) && !strings.HasPrefix(s, first.Text) ||
		last.Kind == graph.String && !hasToken(last.Text) && !strings.HasSuffix(s, last.Text) {
		return no
	}
	return unsure
}

func sameNumber(a, b string) bool {
	x, _, errX := big.ParseFloat(a, 10, 512, big.ToNearestEven)
	y, _, errY := big.ParseFloat(b, 10, 512, big.ToNearestEven)
	return errX == nil && errY == nil && x.Cmp(y) == 0
}

func equalParts(a, b graph.Value) answer {
	if len(a.Items) != len(b.Items) || len(a.Members) != len(b.Members) {
		return no
	}
	result := yes
	both := func(x, y graph.Value) {
		switch equal(x, y) {
		case no:
			result = no
		case unsure:
			if result == yes {
				result = unsure
			}
		}
	}
	for i := range a.Items {
		both(a.Items[i], b.Items[i])
	}
	for _, m := range a.Members {
		if !has(b, m.Name) {
			return no
		}
		both(m.Value, b.Get(m.Name))
	}
	return result
}

func has(v graph.Value, name string) bool {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return true
		}
	}
	return false
}
