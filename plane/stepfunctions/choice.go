package stepfunctions

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// comparisons are the orders by the ends of the names of tests: StringLessThanEquals.
var comparisons = map[string]func(int) bool{
	"Equals":            func(n int) bool { return n == 0 },
	"LessThan":          func(n int) bool { return n < 0 },
	"LessThanEquals":    func(n int) bool { return n <= 0 },
	"GreaterThan":       func(n int) bool { return n > 0 },
	"GreaterThanEquals": func(n int) bool { return n >= 0 },
}

// kinds are the tests of the type of a value.
var kinds = map[string]func(any) bool{
	"IsNull":    func(v any) bool { return v == nil },
	"IsString":  func(v any) bool { _, ok := v.(string); return ok },
	"IsNumeric": func(v any) bool { _, ok := v.(json.Number); return ok },
	"IsBoolean": func(v any) bool { _, ok := v.(bool); return ok },
}

// beyond is what of a rule the plane does not decide; empty: it decides all.
func (c *rule) beyond() string {
	if c == nil || len(c.tests) > 1 {
		return "rules of none or several comparisons"
	}
	for _, part := range c.parts() {
		if what := part.beyond(); what != "" {
			return what
		}
	}
	if p := pathOf(c.Variable); c.Variable != "" && p.problem != "" {
		return p.problem
	}
	for _, name := range slices.Sorted(maps.Keys(c.tests)) {
		_, known := kinds[name]
		_, text, number := compared(name)
		if !known && text == nil && number == nil && name != "IsPresent" && name != "BooleanEquals" {
			return "the comparison " + name
		}
	}
	return ""
}

func (c *rule) parts() []*rule {
	all := append(slices.Clone(c.And), c.Or...)
	if c.Not != nil {
		all = append(all, c.Not)
	}
	return all
}

// compared is what a test by order compares: one of text and number is nil.
func compared(name string) (kind string, text, number func(int) bool) {
	if order, ok := strings.CutPrefix(name, "String"); ok {
		return "String", comparisons[order], nil
	}
	if order, ok := strings.CutPrefix(name, "Numeric"); ok {
		return "Numeric", nil, comparisons[order]
	}
	return "", nil, nil
}

// holds decides a rule, or fails the execution.
func (c *rule) holds(v any) (bool, *failure) {
	switch {
	case c.And != nil:
		for _, part := range c.And {
			if ok, f := part.holds(v); !ok || f != nil {
				return false, f
			}
		}
		return true, nil
	case c.Or != nil:
		for _, part := range c.Or {
			if ok, f := part.holds(v); ok || f != nil {
				return ok, f
			}
		}
		return false, nil
	case c.Not != nil:
		ok, f := c.Not.holds(v)
		return !ok && f == nil, f
	}
	at, present := pathOf(c.Variable).get(v)
	for name, want := range c.tests {
		if name == "IsPresent" {
			return present == (want == true), nil
		}
		if !present {
			return false, &failure{errRuntime, "Invalid path '" + c.Variable + "': The choice state's condition path references an invalid value."}
		}
		return test(name, at, want), nil
	}
	return false, nil
}

// test makes one comparison. Values of different types are not equal and have no order.
func test(name string, v, want any) bool {
	if is, ok := kinds[name]; ok {
		return is(v) == (want == true)
	}
	if name == "BooleanEquals" {
		_, ok := v.(bool)
		return ok && v == want
	}
	kind, text, number := compared(name)
	if kind == "String" {
		a, okA := v.(string)
		b, okB := want.(string)
		return okA && okB && text(strings.Compare(a, b))
	}
	n, ok := v.(json.Number)
	a, err := n.Float64()
	b, okB := want.(float64)
	return ok && err == nil && okB && number(cmp.Compare(a, b))
}
