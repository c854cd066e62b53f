package authz_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/authz/spec"
	"github.com/bedlock/bedlock/policy/simulate"
)

// TestConformance decides the cases of testdata/conformance, each of which names
// the page of the AWS documentation that justifies it, with both evaluators.
func TestConformance(t *testing.T) {
	const atLeast = 400
	files, err := filepath.Glob("testdata/conformance/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := simulate.Read(file, b)
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			for i := range cases {
				total++
				if err := conforms(&cases[i]); err != nil {
					t.Errorf("%s:%d: %s: %v", file, cases[i].Line, cases[i].Name, err)
				}
			}
		})
	}
	t.Logf("%d cases in %d files", total, len(files))
	if total < atLeast {
		t.Errorf("%d cases, fewer than %d", total, atLeast)
	}
}

func conforms(c *simulate.Case) error {
	if !strings.HasPrefix(c.Source, "https://docs.aws.amazon.com/") || c.Expect == nil {
		return errors.New("the case names no page of AWS, or expects nothing")
	}
	d := authz.Decide(&c.Request, &c.Layers)
	if faults := c.Expect.Check(d); faults != nil {
		return errors.New("engine: " + strings.Join(faults, "; "))
	}
	slow := spec.Decide(&c.Request, &c.Layers)
	if slow.Outcome != c.Expect.Outcome {
		return errors.New("specification: outcome is " + slow.Outcome.String())
	}
	for _, v := range c.Request.Context {
		if v.Unknown { // the specification then names nothing
			return nil
		}
	}
	matched := slow.Allows
	if slow.Outcome == authz.ExplicitDeny {
		matched = slow.Denies
	}
	for _, r := range d.Reasons {
		if !slices.Contains(matched, spec.Ref{Layer: r.Layer, Policy: r.Policy, Level: r.Level, Statement: r.Statement, Grant: r.Grant, Match: r.Match}) {
			return errors.New("specification: reason " + r.Layer.String() + " " + r.Policy + r.Grant + " does not match")
		}
	}
	return nil
}
