package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/simulate"
)

func newProve(env environment) *cobra.Command {
	c := &cobra.Command{
		Use:   "prove",
		Short: "Decide who may do what with a key, and because of what",
		Long: `Prove answers questions of authorization with an engine that follows IAM's and KMS's
own rules. This version simulates requests from files; questions about the keys of an
inventory come next.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newSimulate(env))
	return c
}

func newSimulate(env environment) *cobra.Command {
	o := output{env: env}
	c := &cobra.Command{
		Use:   "simulate FILE...",
		Short: "Decide the requests of a file",
		Long: `Simulate decides each request of a request file: who asks for what, in which context,
under which policies, grants and organization. docs/simulate.md describes the file; -
is standard input.

Exit codes: 0 every request is allowed, or is as the file expects · 3 one is denied, or
is not as expected · 5 one cannot be decided by what is known · 2 a file is at fault`,
		Example: "  bedlock prove simulate examples/requests.yaml\n  bedlock prove simulate request.yaml --format json",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("docs/simulate.md describes request files", "simulate: no file given")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if o.format != "text" && o.format != "json" {
				return usage("use text or json", "unknown format %q", o.format)
			}
			answers, err := simulateFiles(env, args)
			if err != nil {
				return err
			}
			w, finish, err := o.open()
			if err != nil {
				return err
			}
			code, err := writeAnswers(w, o.format, answers)
			if err := finish(err); err != nil {
				return err
			}
			if code != exitClean {
				return &exitError{code: code}
			}
			return nil
		},
	}
	o.flags(c, []string{"text", "json"}, "text")
	return c
}

// answer is one decided request, in the form of the JSON output.
type answer struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Name     string   `json:"name,omitempty"`
	Action   string   `json:"action"`
	Resource string   `json:"resource"`
	Outcome  string   `json:"outcome"`
	Reasons  []string `json:"reasons,omitempty"`
	Missing  []string `json:"missing,omitempty"`
	Absent   []string `json:"absent,omitempty"`
	Open     []string `json:"open,omitempty"`
	// Message is AWS's wording of the refusal.
	Message string `json:"message,omitempty"`
	// Unmet is how the decision differs from what the file expects; Expected says
	// that it expects something.
	Expected bool     `json:"expected,omitempty"`
	Unmet    []string `json:"unmet,omitempty"`
}

func simulateFiles(env environment, files []string) (all []answer, err error) {
	for _, name := range files {
		var b []byte
		if name == "-" {
			b, err = io.ReadAll(io.LimitReader(env.stdin, simulate.MaxSize+1))
		} else {
			b, err = os.ReadFile(name)
		}
		if err != nil {
			return nil, usage("docs/simulate.md describes request files", "read requests %s: %w", name, plainError(err))
		}
		dir := filepath.Dir(name)
		r := simulate.Reader{Open: func(policy string) ([]byte, error) {
			if !filepath.IsLocal(policy) {
				return nil, fmt.Errorf("policy files must lie beside the request file")
			}
			return os.ReadFile(filepath.Join(dir, policy))
		}}
		cases, err := r.Read(name, b)
		if err != nil {
			return nil, usage("docs/simulate.md describes request files", "%w", err)
		}
		for i := range cases {
			all = append(all, decide(name, &cases[i]))
		}
	}
	return all, nil
}

func decide(file string, c *simulate.Case) answer {
	d := authz.Decide(&c.Request, &c.Layers)
	a := answer{
		File: file, Line: c.Line, Name: c.Name, Action: c.Request.Action, Resource: c.Request.Resource,
		Outcome: d.Outcome.String(), Absent: d.Absent, Open: d.Open, Message: d.Message(&c.Request),
	}
	for _, r := range d.Reasons {
		if r.Layer == authz.LayerGrant {
			a.Reasons = append(a.Reasons, "grant "+r.Grant)
			continue
		}
		a.Reasons = append(a.Reasons, fmt.Sprintf("%s %s[%d]", simulate.LayerName(r.Layer), r.Policy, r.Statement))
	}
	for _, l := range d.Missing {
		a.Missing = append(a.Missing, simulate.LayerName(l))
	}
	if c.Expect != nil {
		a.Expected, a.Unmet = true, c.Expect.Check(d)
	}
	return a
}

// writeAnswers returns the exit code.
func writeAnswers(w io.Writer, format string, all []answer) (code int, err error) {
	denied, open := false, false
	for _, a := range all {
		switch {
		case a.Expected:
			denied = denied || len(a.Unmet) > 0
		case a.Outcome == authz.Unknown.String():
			open = true
		default:
			denied = denied || a.Outcome != authz.Allow.String()
		}
	}
	switch {
	case denied:
		code = exitFindings
	case open:
		code = exitInconclusive
	}
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for i := range all {
			if err := e.Encode(all[i]); err != nil {
				return code, err
			}
		}
		return code, nil
	}
	var b strings.Builder
	for i := range all {
		all[i].text(&b)
	}
	_, err = io.WriteString(w, b.String())
	return code, err
}

func (a *answer) text(b *strings.Builder) {
	fmt.Fprintf(b, "%-13s %s on %s  (%s:%d", a.Outcome, printable(a.Action), printable(a.Resource), a.File, a.Line)
	if a.Name != "" {
		fmt.Fprintf(b, ", %s", printable(a.Name))
	}
	b.WriteString(")\n")
	for _, part := range []struct {
		label string
		list  []string
	}{
		{"because of", a.Reasons}, {"does not allow", a.Missing}, {"not in the request", a.Absent},
		{"not known", a.Open}, {"NOT AS EXPECTED", a.Unmet},
	} {
		for _, line := range part.list {
			fmt.Fprintf(b, "    %-19s %s\n", part.label, printable(line))
		}
	}
	if a.Message != "" {
		fmt.Fprintf(b, "    %-19s %s\n", "AWS says", printable(a.Message))
	}
}

// printable keeps names from a file from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}
