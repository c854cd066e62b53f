package agents

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestConditions(t *testing.T) {
	in := map[string]any{"price": json.Number("10"), "kind": "book", "new": true, "list": []any{}}
	for text, want := range map[string]string{
		`price > 9`:                            "true",
		`price >= 10 and price <= 10`:          "true",
		`price < 10`:                           "false",
		`price != 10.0`:                        "false",
		`kind == "book"`:                       "true",
		`kind == 'film'`:                       "false",
		`not (kind == "film")`:                 "true",
		`not new`:                              "false",
		`new and (price == 1 or kind=="book")`: "true",
		`new == true or missing`:               "true",
		`price == -1`:                          "false",
		`missing == 1`:                         "error: there is no input missing",
		`kind > "a"`:                           "error: > compares numbers only",
		`kind == 1`:                            "error: String and Number cannot be compared",
		`list == list`:                         "error: objects and arrays cannot be compared",
		`price`:                                "error: a value that is no boolean stands alone",
		`price >`:                              "malformed: a value is missing",
		``:                                     "malformed: a value is missing",
		`(price > 1`:                           "malformed: a parenthesis is not closed",
		`price > 1 kind`:                       "malformed: unexpected kind",
		`price = 1`:                            "malformed: unexpected =",
		`kind == "book`:                        "malformed: a string does not end",
		`a & b`:                                `malformed: unexpected "&"`,
		`1a == 1`:                              "malformed: unexpected 1a",
		`a-b == 1`:                             "malformed: unexpected a-b",
		`not`:                                  "malformed: a value is missing",
	} {
		got := ""
		c, _, err := parseCondition(text)
		if err != nil {
			got = "malformed: " + err.Error()
		} else if yes, err := c(in); err != nil {
			got = "error: " + err.Error()
		} else {
			got = fmt.Sprint(yes)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if _, names, _ := parseCondition("a == 1 and not b"); fmt.Sprint(names) != "[a b]" {
		t.Errorf("names %v", names)
	}
}

func TestPaths(t *testing.T) {
	v := map[string]any{"a": []any{"x", map[string]any{"b": "y"}}}
	for text, want := range map[string]string{
		"$.data":        "map[a:[x map[b:y]]]",
		"$.data.a[0]":   "x",
		"$.data.a[1].b": "y",
		"$.data.c":      "the value has no member c",
		"$.data.a[2]":   "the value has no entry 2",
		"$.data.a.b":    "the value has no member b",
		"$.data[0]":     "the value has no entry 0",
		"data":          errPath.Error(),
		"$.data.":       errPath.Error(),
		"$.data..a":     errPath.Error(),
		"$.data[*]":     errPath.Error(),
		"$.data[-1]":    errPath.Error(),
		"$.data[0":      errPath.Error(),
		"$.datax":       errPath.Error(),
	} {
		p, err := parsePath(text)
		var got any
		if err == nil {
			got, err = p.of(v)
		}
		if err != nil {
			got = err
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{`retailPrice > 10`, `(a == "x") and not (b >= 3 or c)`, `"`, `not not not a`, `((((`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64 { // the model's bound
			return
		}
		c, names, err := parseCondition(text)
		if err != nil {
			return
		}
		in := map[string]any{}
		for _, name := range names {
			in[name] = true
		}
		_, _ = c(in)
	})
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"$.data", "$.data.a[0].b", "$.data[", "$.data."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parsePath(text); err == nil {
			_, _ = p.of(map[string]any{"a": []any{1, map[string]any{"b": 2}}})
		}
	})
}
