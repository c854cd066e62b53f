package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/policy/lint"
)

func newExplain(env environment) *cobra.Command {
	o := output{env: env}
	c := &cobra.Command{
		Use:   "explain [RULE|RUNG|CODE|TYPE]",
		Short: "Explain a rule, a rung, a code of the lint or a resource type",
		Long: `Explain prints the reference: what a rule checks and why, what a rung or a code of
'bedlock prove lint' means, or everything the catalogue knows of a resource type: where it names its keys, what
holds when it names none, who needs the key, and where each fact is documented.
Without an argument it lists what can be explained.`,
		Example: `  bedlock explain
  bedlock explain broken
  bedlock explain AWS::Bedrock::Guardrail
  bedlock explain aws_bedrockagent_agent --format json`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return topics(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if o.format != "text" && o.format != "json" {
				return usage("use text or json", "unknown format %q", o.format)
			}
			cat, err := catalog.Embedded()
			if err != nil {
				return err
			}
			t, err := topic(cat, strings.Join(args, ""))
			if err != nil {
				return err
			}
			w, finish, err := o.open()
			if err != nil {
				return err
			}
			return finish(t.write(w, o.format))
		},
	}
	o.flags(c, []string{"text", "json"}, "text")
	return c
}

// explanation is one topic; exactly one field is set.
type explanation struct {
	Topics *index         `json:"topics,omitempty"`
	Rung   *rungText      `json:"rung,omitempty"`
	Rule   *bedlock.Rule  `json:"rule,omitempty"`
	Type   *catalog.Entry `json:"type,omitempty"`
	Lint   *lintText      `json:"lint,omitempty"`
}

// lintText is what a code of `bedlock prove lint` means.
type lintText struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	Source   string `json:"source"`
	// Unconfirmed: the source does not say it in so many words.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
}

func lintTexts() (out []lintText) {
	for _, r := range lint.Codes() {
		out = append(out, lintText{r.Code, r.Severity.String(), r.Title, r.Text, r.Source, r.Unconfirmed})
	}
	return out
}

type rungText struct {
	Rung    bedlock.Rung `json:"rung"`
	Meaning string       `json:"meaning"`
	// Rules are those that put a slot there.
	Rules []string `json:"rules,omitempty"`
}

type index struct {
	Rungs []rungText     `json:"rungs"`
	Rules []bedlock.Rule `json:"rules"`
	Lint  []lintText     `json:"lint"`
	Types []string       `json:"types"`
}

func topics() (names []string) {
	for _, r := range bedlock.Rungs() {
		names = append(names, r.String())
	}
	for _, r := range audit.Rules() {
		names = append(names, r.ID)
	}
	for _, r := range lint.Codes() {
		names = append(names, r.Code)
	}
	if cat, err := catalog.Embedded(); err == nil {
		for _, e := range cat.Entries() {
			names = append(names, e.Type)
		}
	}
	return names
}

func topic(cat *catalog.Catalog, name string) (explanation, error) {
	if name == "" {
		x := index{Rules: audit.Rules(), Lint: lintTexts()}
		for _, r := range bedlock.Rungs() {
			x.Rungs = append(x.Rungs, rungText{Rung: r, Meaning: r.Meaning()})
		}
		for _, e := range cat.Entries() {
			x.Types = append(x.Types, e.Type)
		}
		return explanation{Topics: &x}, nil
	}
	if r, err := bedlock.ParseRung(strings.ToLower(name)); err == nil {
		return explanation{Rung: &rungText{Rung: r, Meaning: r.Meaning()}}, nil
	}
	for _, r := range audit.Rules() {
		if strings.EqualFold(r.ID, name) || strings.EqualFold(r.Name, name) {
			return explanation{Rule: &r}, nil
		}
	}
	for _, t := range lintTexts() {
		if strings.EqualFold(t.Code, name) {
			return explanation{Lint: &t}, nil
		}
	}
	if e := cat.Lookup(name); e != nil {
		return explanation{Type: e}, nil
	}
	hint := "`bedlock explain` lists rungs, rules, codes and types"
	if near := nearest(name, topics()); near != "" {
		hint = "did you mean " + near + "?"
	}
	return explanation{}, usage(hint, "explain %q: no such rung, rule, code or type", name)
}

// nearest finds a topic that contains the text or is contained in it.
func nearest(name string, all []string) string {
	lower := strings.ToLower(name)
	for _, t := range all {
		if l := strings.ToLower(t); strings.Contains(l, lower) || strings.Contains(lower, l) {
			return t
		}
	}
	return ""
}

func (x explanation) write(w io.Writer, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(x)
	}
	var b strings.Builder
	switch {
	case x.Topics != nil:
		x.Topics.text(&b)
	case x.Rung != nil:
		fmt.Fprintf(&b, "%s\n\n  %s\n", x.Rung.Rung, x.Rung.Meaning)
	case x.Rule != nil:
		ruleText(&b, x.Rule)
	case x.Lint != nil:
		x.Lint.text(&b)
	case x.Type != nil:
		typeText(&b, x.Type)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (x *index) text(b *strings.Builder) {
	b.WriteString("Rungs, lowest first\n")
	for _, r := range x.Rungs {
		fmt.Fprintf(b, "  %-12s %s\n", r.Rung, r.Meaning)
	}
	b.WriteString("\nRules\n")
	for _, r := range x.Rules {
		fmt.Fprintf(b, "  %-8s %-9s %s\n", r.ID, r.Severity, r.Title)
	}
	b.WriteString("\nCodes of prove lint\n")
	for _, t := range x.Lint {
		fmt.Fprintf(b, "  %-31s %-8s %s\n", t.Code, t.Severity, t.Title)
	}
	b.WriteString("\nTypes\n")
	for _, t := range x.Types {
		fmt.Fprintf(b, "  %s\n", t)
	}
}

func ruleText(b *strings.Builder, r *bedlock.Rule) {
	fmt.Fprintf(b, "%s %s (%s)\n\n  %s\n\nWhy\n  %s\n\nWhat to do\n  %s\n", r.ID, r.Name, r.Severity, r.Title, r.Rationale, r.Remediation)
	if len(r.Controls) > 0 {
		b.WriteString("\nControls\n")
		for _, c := range r.Controls {
			derived := ""
			if c.Derived {
				derived = " (derived)"
			}
			fmt.Fprintf(b, "  %-20s %s%s\n", c.Framework, c.ID, derived)
		}
	}
	section(b, "References", r.References)
}

func (t *lintText) text(b *strings.Builder) {
	fmt.Fprintf(b, "%s (%s)\n\n  %s\n\nWhy\n  %s\n", t.Code, t.Severity, t.Title, t.Text)
	source := t.Source
	if t.Unconfirmed {
		source += " (does not say it in so many words)"
	}
	section(b, "Source", []string{source})
}

func section(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, l := range lines {
		fmt.Fprintf(b, "  %s\n", l)
	}
}
