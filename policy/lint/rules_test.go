package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRules: every rule is complete, every code in the program is a rule, and a case
// of testdata provokes every rule, but for those about length, which have a test of
// their own.
func TestRules(t *testing.T) {
	rules := Codes()
	code := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for i, r := range rules {
		if !code.MatchString(r.Code) || r.Title == "" || len(r.Text) < 30 || !strings.HasPrefix(r.Source, "https://docs.") || r.Severity.String() == "invalid" {
			t.Errorf("rule %+v lacks something", r)
		}
		if i > 0 && rules[i-1].Code >= r.Code {
			t.Errorf("rule %s does not come after %s", r.Code, rules[i-1].Code)
		}
	}
	provoked := map[string]bool{"policy-too-long": true, "policy-long": true}
	for _, file := range caseFiles(t) {
		for _, c := range readCases(t, file) {
			for _, f := range c.check(t) {
				provoked[f.Code] = true
			}
		}
	}
	for _, r := range rules {
		if !provoked[r.Code] {
			t.Errorf("no case provokes %s", r.Code)
		}
	}
	written := regexp.MustCompile(`(?:add|say)\("([a-z-]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range written.FindAllStringSubmatch(string(b), -1) {
			found++
			if _, ok := ruleOf[m[1]]; !ok {
				t.Errorf("%s adds %s, which is no rule", file, m[1])
			}
		}
	}
	for _, c := range append(slices.Clone(undefined), "bad-form") {
		if _, ok := ruleOf[c]; !ok {
			t.Errorf("%s is no rule", c)
		}
	}
	t.Logf("%d rules, added in %d places", len(rules), found)
	if found < 60 {
		t.Errorf("only %d places add findings; the test reads them wrong", found)
	}
}
