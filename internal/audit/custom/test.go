package custom

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock"
)

// Outcome is what a rule says about a subject. The zero value is invalid.
type Outcome string

// The outcomes.
const (
	Finding   Outcome = "finding"
	None      Outcome = "none"
	Undecided Outcome = "undecided"
)

type test struct {
	name   string
	expect Outcome
	input  *input
	at     bedlock.Position
}

// TestResult is the outcome of one test of one rule.
type TestResult struct {
	Rule string           `json:"rule"`
	Name string           `json:"name"`
	Pass bool             `json:"pass"`
	Want Outcome          `json:"want"`
	Got  Outcome          `json:"got"`
	Why  string           `json:"why,omitempty"` // of an undecided outcome
	At   bedlock.Position `json:"at"`
}

// Test runs the tests of all rules, in the order of the rules and of their files.
func (s *Set) Test() (out []TestResult) {
	for i := range s.rules {
		r := &s.rules[i]
		for _, t := range r.tests {
			a := evaluate(r.program, string(r.scope), t.input)
			got := None
			switch {
			case a.undecided != "":
				got = Undecided
			case a.broken:
				got = Finding
			}
			out = append(out, TestResult{Rule: r.ID, Name: t.name, Pass: got == t.expect, Want: t.expect, Got: got, Why: a.undecided, At: t.at})
		}
	}
	return out
}

// Untested returns the ids of rules without a test that expects a finding and one
// that does not.
func (s *Set) Untested() (out []string) {
	for i := range s.rules {
		finds, passes := false, false
		for _, t := range s.rules[i].tests {
			finds = finds || t.expect == Finding
			passes = passes || t.expect != Finding
		}
		if !finds || !passes {
			out = append(out, s.rules[i].ID)
		}
	}
	return out
}

func (r *reader) tests(n *yaml.Node, variable string) (out []test) {
	for _, item := range r.list(n, "tests") {
		m := r.mapping(item, "a test", []string{"name", "expect"}, []string{"input", "unknown"})
		if m["name"] == nil || m["expect"] == nil {
			continue
		}
		t := test{name: r.text(m["name"], "name"), expect: Outcome(r.text(m["expect"], "expect")), at: bedlock.Position{File: r.file, Line: int32(item.Line), Column: int32(item.Column)}}
		if t.expect != Finding && t.expect != None && t.expect != Undecided {
			r.fail(m["expect"], "expect is %q; there are finding, none and undecided", t.expect)
		}
		t.input = &input{value: blank(variables[variable])}
		if in := m["input"]; in != nil {
			given, ok := r.value(in, []string{variable}).(map[string]any)
			if !ok {
				r.fail(in, "the input is not a mapping")
			}
			t.input.value = fill(given, variables[variable])
		}
		for _, u := range r.list(m["unknown"], "unknown") {
			path := strings.Split(r.text(u, "unknown"), ".")
			if text := variables.check(path); text != "" || path[0] != variable || len(path) < 2 {
				r.fail(u, "%s", cond(text != "", text, "unknown names no field of "+variable))
				continue
			}
			t.input.open("the test says so", path...)
		}
		out = append(out, t)
	}
	return out
}

func cond(ok bool, a, b string) string {
	if ok {
		return a
	}
	return b
}

// fill completes what a test gives with what it leaves out.
func fill(given map[string]any, f fields) map[string]any {
	out := blank(f)
	for name, v := range given {
		if sub, isMap := v.(map[string]any); isMap && len(f[name]) > 0 {
			v = fill(sub, f[name])
		}
		out[name] = v
	}
	return out
}
