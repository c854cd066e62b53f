package spec

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bedlock/bedlock/policy/simulate"
)

// TestConformanceCatchesMutants: the cases from the documentation alone tell an
// engine with one rule wrong from a right one.
func TestConformanceCatchesMutants(t *testing.T) {
	files, err := filepath.Glob("../testdata/conformance/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var cases []simulate.Case
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list, err := simulate.Read(file, b)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, list...)
	}
	// What a negated operator makes of a value that is not of its type is no page's
	// subject.
	undocumented := rules{wrongTypeNegatedHolds: true}
	for name, wrong := range mutants {
		if wrong == undocumented {
			continue
		}
		failed, first := 0, ""
		for i := range cases {
			c := &cases[i]
			if decide(&c.Request, &c.Layers, wrong).Outcome != c.Expect.Outcome {
				if failed++; failed == 1 {
					first = c.Name
				}
			}
		}
		if failed == 0 {
			t.Errorf("%s: all %d cases pass", name, len(cases))
			continue
		}
		t.Logf("%s: %d cases fail, the first is %q", name, failed, first)
	}
}
