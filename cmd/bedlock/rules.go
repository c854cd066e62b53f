package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/internal/audit/custom"
)

func newRules(env environment) *cobra.Command {
	c := &cobra.Command{
		Use:   "rules",
		Short: "Work with custom rules",
		Long: `Custom rules are YAML files with CEL conditions and tests of their own. Give a folder of
them to 'bedlock audit --rules DIR'; test them with 'bedlock rules test DIR'.

A rule looks like this; examples/rules has more:

  - id: ORG-1
    title: Production data stands on a sound key
    severity: high
    scope: slot                # slot, key or resource
    when: slot.rung != "sound" && has(slot.resource.tags.env) && slot.resource.tags.env == "prod"
    message: production data is not on a sound key
    remediation: Use the key of the platform team.
    tests:
      - name: exposed in production
        input: {rung: exposed, resource: {tags: {env: prod}}}
        expect: finding        # finding, none or undecided

What is not known makes a condition undecided; that is reported, and neither passes nor
fails.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newRulesTest(env))
	return c
}

// loadRules reads a folder of custom rules.
func loadRules(dir string) (*custom.Set, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = errors.New("not a folder")
	}
	if err != nil {
		return nil, usage("name a folder with *.yaml files", "read rules %s: %w", dir, plainError(err))
	}
	set, err := custom.Load(os.DirFS(dir))
	if err != nil {
		return nil, usage("see `bedlock rules --help`", "in folder %s: %w", dir, err)
	}
	return set, nil
}

// plainError drops the operation and path that the message names anyway.
func plainError(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func newRulesTest(env environment) *cobra.Command {
	o := output{env: env}
	c := &cobra.Command{
		Use:   "test DIR",
		Short: "Run the tests that custom rules bring",
		Long: `Test runs the tests inside the rules of a folder and exits with 3 when one fails. A rule
without a test that expects a finding and one that expects none is named: a rule that
cannot fail, or cannot pass, is of no use.`,
		Example: "  bedlock rules test examples/rules",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if o.format != "text" && o.format != "json" {
				return usage("use text or json", "unknown format %q", o.format)
			}
			set, err := loadRules(args[0])
			if err != nil {
				return err
			}
			w, finish, err := o.open()
			if err != nil {
				return err
			}
			failed, err := writeTests(w, o.format, set)
			if err := finish(err); err != nil {
				return err
			}
			if failed {
				return &exitError{code: exitFindings}
			}
			return nil
		},
	}
	o.flags(c, []string{"text", "json"}, "text")
	return c
}

// ruleTests is the JSON form of the results.
type ruleTests struct {
	Tests    []custom.TestResult `json:"tests"`
	Untested []string            `json:"untested,omitempty"`
	Passed   int                 `json:"passed"`
	Failed   int                 `json:"failed"`
}

func writeTests(w io.Writer, format string, set *custom.Set) (failed bool, err error) {
	r := ruleTests{Tests: set.Test(), Untested: set.Untested()}
	for _, t := range r.Tests {
		if t.Pass {
			r.Passed++
		} else {
			r.Failed++
		}
	}
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return r.Failed > 0, e.Encode(r)
	}
	var b strings.Builder
	for _, t := range r.Tests {
		if t.Pass {
			fmt.Fprintf(&b, "ok    %s %s\n", t.Rule, t.Name)
			continue
		}
		fmt.Fprintf(&b, "FAIL  %s %s: want %s, got %s%s (%s)\n", t.Rule, t.Name, t.Want, t.Got, parenthesis(t.Why), t.At)
	}
	for _, id := range r.Untested {
		fmt.Fprintf(&b, "note  %s has no test that expects a finding, or none that expects none\n", id)
	}
	fmt.Fprintf(&b, "%d passed, %d failed\n", r.Passed, r.Failed)
	_, err = io.WriteString(w, b.String())
	return r.Failed > 0, err
}
