package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/policy/lint"
)

// lintFlags are the flags of lint besides those of output.
type lintFlags struct {
	as, key, failOn string
}

func newLint(env environment) *cobra.Command {
	o := output{env: env}
	var f lintFlags
	c := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Say what is wrong with policies",
		Long: `Lint says what AWS would refuse of a policy, which statements have no effect, and what does
other than it seems, each with its place and a code. That a statement can never match, or
that an Allow is made void by a Deny, is said only when it is proved.

A FILE has a policy document, or what 'aws kms get-key-policy', 'aws iam get-role-policy',
'aws iam get-policy-version' and the like print; - is standard input.

Exit codes: 0 nothing at or above --fail-on · 3 something · 2 a file is no policy`,
		Example: `  bedlock prove lint key-policy.json
  aws kms get-key-policy --key-id KEY | bedlock prove lint - --as key
  bedlock prove lint policies/*.json --fail-on warning --format json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name a policy file, or - for standard input", "lint: no file given")
			}
			if o.format != "text" && o.format != "json" {
				return usage("use text or json", "unknown format %q", o.format)
			}
			limit := slices.Index(lintSeverities(), f.failOn)
			if limit < 0 {
				return usage("use "+list(lintSeverities()), "unknown severity %q", f.failOn)
			}
			r, errs, err := f.lint(&files{env: env}, args)
			if err != nil {
				return err
			}
			w, finish, err := o.open()
			if err != nil {
				return err
			}
			if err := finish(r.write(w, o.format)); err != nil {
				return err
			}
			switch {
			case len(errs) > 0:
				return usage(policyHint, "%w", errors.Join(errs...))
			case r.reaches(limit):
				return &exitError{code: exitFindings}
			}
			return nil
		},
	}
	fs := c.Flags()
	fs.StringVar(&f.as, "as", "", "what the policies are, a `KIND`: "+list(lintKinds())+" (default: what each looks like)")
	fs.StringVar(&f.key, "key", "", "`ARN` of the key, for key policies")
	fs.StringVar(&f.failOn, "fail-on", lint.Error.String(), "exit 3 for findings of this `SEVERITY` or worse: "+list(lintSeverities()))
	_ = c.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(lintKinds(), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(lintSeverities(), cobra.ShellCompDirectiveNoFileComp))
	o.flags(c, []string{"text", "json"}, "text")
	return c
}

func lintKinds() (names []string) {
	for k := lint.Identity; k.String() != "invalid"; k++ {
		names = append(names, k.String())
	}
	return names
}

// lintSeverities are the severities, the worst first.
func lintSeverities() (names []string) {
	for s := lint.Error; s.String() != "invalid"; s++ {
		names = append(names, s.String())
	}
	return names
}

// linted are the findings of a run, in the form of the JSON output.
type linted struct {
	Files []lintedFile `json:"files"`
	// Counts are the findings by severity.
	Counts map[string]int `json:"counts"`
}

type lintedFile struct {
	File string `json:"file"`
	// Kind is what the policy was read as; Told that it was told from its text.
	Kind     string        `json:"kind"`
	Told     bool          `json:"told,omitempty"`
	Findings []lintFinding `json:"findings"`
}

type lintFinding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Hint     string `json:"hint,omitempty"`
	// Statement counts from 0; it is left out when the document is at fault.
	Statement *int             `json:"statement,omitempty"`
	Sid       string           `json:"sid,omitempty"`
	At        bedlock.Position `json:"at"`
	Source    string           `json:"source,omitempty"`
}

// lint reads and judges files. errs are the faults of those that are no policies.
func (f *lintFlags) lint(in *files, names []string) (r *linted, errs []error, err error) {
	var kind lint.Kind
	if f.as != "" {
		if kind, err = lint.ParseKind(f.as); err != nil {
			return nil, nil, usage("use "+list(lintKinds()), "unknown kind %q", f.as)
		}
	}
	if f.key != "" {
		if err := checkKey(f.key); err != nil {
			return nil, nil, err
		}
	}
	r = &linted{Files: []lintedFile{}, Counts: map[string]int{}}
	for _, name := range names {
		d, err := in.policy(name, "policy")
		if err != nil {
			errs = append(errs, err)
			continue
		}
		one := lintedFile{File: d.file, Told: kind == 0, Findings: []lintFinding{}}
		o := lint.Options{Kind: kind, Key: f.key}
		if kind == 0 {
			o.Kind = lint.KindOf(d.doc)
		}
		one.Kind = o.Kind.String()
		for _, x := range lint.Check(d.doc, o) {
			out := lintFinding{
				Code: x.Code, Severity: x.Severity.String(), Text: x.Text, Hint: x.Hint, Sid: x.Sid, At: d.at(x.At), Source: x.Source,
			}
			if out.At.IsZero() {
				out.At.File = d.file
			}
			if x.Statement >= 0 {
				out.Statement = &x.Statement
			}
			one.Findings = append(one.Findings, out)
			r.Counts[out.Severity]++
		}
		r.Files = append(r.Files, one)
	}
	return r, errs, nil
}

// reaches reports whether there is a finding as bad as a severity.
func (r *linted) reaches(limit int) bool {
	for _, name := range lintSeverities()[:limit+1] {
		if r.Counts[name] > 0 {
			return true
		}
	}
	return false
}

func (r *linted) write(w io.Writer, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(r)
	}
	var b strings.Builder
	for i := range r.Files {
		r.Files[i].text(&b)
	}
	b.WriteString(r.counts())
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *lintedFile) text(b *strings.Builder) {
	for _, x := range f.Findings {
		fmt.Fprintf(b, "%s: %s: %s (%s)\n", printable(x.At.String()), x.Severity, printable(x.Text), x.Code)
		if x.Hint != "" {
			fmt.Fprintf(b, "  hint: %s\n", printable(x.Hint))
		}
		if x.Source != "" {
			fmt.Fprintf(b, "  see:  %s\n", x.Source)
		}
	}
	told := ""
	if f.Told {
		told = " (what it looks like; --as says otherwise)"
	}
	fmt.Fprintf(b, "%s: read as %s policy%s, %s\n", printable(f.File), f.Kind, told, count(len(f.Findings), "finding"))
}

func (r *linted) counts() string {
	var parts []string
	for _, name := range lintSeverities() {
		parts = append(parts, count(r.Counts[name], name))
	}
	return count(len(r.Files), "file") + ": " + strings.Join(parts, ", ") + "\n"
}

// count is "1 file", "2 files".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
