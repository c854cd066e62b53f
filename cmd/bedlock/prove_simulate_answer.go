package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/explain"
	"github.com/bedlock/bedlock/policy/simulate"
)

// answer is one decided request, in the form of the JSON output.
type answer struct {
	// File and Line are where the request stands; of a request by flags, nowhere.
	File      string `json:"file,omitempty"`
	Line      int    `json:"line,omitempty"`
	Name      string `json:"name,omitempty"`
	Principal string `json:"principal"`
	Action    string `json:"action"`
	Resource  string `json:"resource"`
	Outcome   string `json:"outcome"`
	// Reasons name what decided, as request files do; Grounds say more of each, in
	// the same order.
	Reasons []string `json:"reasons,omitempty"`
	Grounds []ground `json:"grounds,omitempty"`
	Missing []string `json:"missing,omitempty"`
	Absent  []string `json:"absent,omitempty"`
	Open    []string `json:"open,omitempty"`
	// Near are the statements and grants that lack nothing but the absent keys.
	Near []near `json:"near,omitempty"`
	// Remediation is the smallest set of statements that would allow the request.
	Remediation []string `json:"remediation,omitempty"`
	// Message is AWS's wording of the refusal.
	Message string `json:"message,omitempty"`
	// Faults are what IAM would refuse of the policies.
	Faults []string `json:"faults,omitempty"`
	// Unmet is how the decision differs from what the file expects; Expected says
	// that it expects something.
	Expected bool     `json:"expected,omitempty"`
	Unmet    []string `json:"unmet,omitempty"`
}

// ground is a statement or grant that decided.
type ground struct {
	Layer  string `json:"layer"`
	Policy string `json:"policy,omitempty"`
	// Statement counts from 0, Level from 1.
	Statement *int              `json:"statement,omitempty"`
	Sid       string            `json:"sid,omitempty"`
	Effect    string            `json:"effect"`
	Match     string            `json:"match,omitempty"`
	Level     int               `json:"level,omitempty"`
	Grant     string            `json:"grant,omitempty"`
	At        *bedlock.Position `json:"at,omitempty"`
}

// origins tell where the policies of requests come from.
type origins struct {
	// request is the request file; empty for flags.
	request string
	// opened are the policy files.
	opened []*document
	found  map[*authz.Policy][]*document
}

// of returns the policy files that a policy may come from. A policy does not say,
// so it is looked for by its name and text: files that are alike under other names
// are not told apart.
func (s *origins) of(p *authz.Policy) (alike []*document) {
	if alike, ok := s.found[p]; ok {
		return alike
	}
	for _, d := range s.opened {
		if !same(d.doc, p.Document()) {
			continue
		}
		if d.file == p.Name() {
			alike = []*document{d}
			break
		}
		if len(alike) == 0 || alike[0].file != d.file {
			alike = append(alike, d)
		}
	}
	if s.found == nil {
		s.found = map[*authz.Policy][]*document{}
	}
	s.found[p] = alike
	return alike
}

// same reports whether two documents were read from the same text, and stand alike
// in it.
func same(a, b *policy.Document) bool {
	return a.Text() == b.Text() && len(a.Statements) == len(b.Statements) && (len(a.Statements) == 0 || a.Statements[0].At == b.Statements[0].At)
}

// at is where a place of a policy is; nowhere when that is not known.
func (s *origins) at(p *authz.Policy, place policy.Place) bedlock.Position {
	switch from := s.of(p); {
	case len(from) == 1:
		return from[0].at(place)
	case len(from) > 1, s.request == "", place.Line == 0:
		return bedlock.Position{}
	}
	return bedlock.Position{File: s.request, Line: int32(place.Line)} // the columns are not those of the file
}

// decide answers one request.
func decide(s *origins, c *simulate.Case) answer {
	d := authz.Decide(&c.Request, &c.Layers)
	a := answer{
		File: s.request, Line: c.Line, Name: c.Name, Principal: principalName(&c.Request.Principal),
		Action: c.Request.Action, Resource: c.Request.Resource,
		Outcome: d.Outcome.String(), Absent: d.Absent, Open: d.Open, Message: d.Message(&c.Request),
		Near: s.nearMisses(c, d.Absent), Remediation: explain.Remedy(&c.Request, &c.Layers, d.Missing),
	}
	for _, r := range d.Reasons {
		g := s.ground(&c.Layers, r)
		a.Reasons, a.Grounds = append(a.Reasons, g.name()), append(a.Grounds, g)
	}
	for _, l := range d.Missing {
		a.Missing = append(a.Missing, simulate.LayerName(l))
	}
	explain.EachPolicy(&c.Layers, func(_ authz.Layer, _ int, p *authz.Policy) {
		a.Faults = append(a.Faults, s.faults(p)...)
	})
	a.Faults = distinct(a.Faults)
	if c.Expect != nil {
		a.Expected, a.Unmet = true, c.Expect.Check(d)
	}
	return a
}

func principalName(p *authz.Principal) string {
	if p.Kind == authz.Anonymous {
		return "anonymous"
	}
	return p.ARN
}

// faults are what IAM would refuse of a policy, each with its place.
func (s *origins) faults(p *authz.Policy) (all []string) {
	for _, f := range p.Document().Problems {
		at := s.at(p, f.At)
		if at.IsZero() {
			at.File = p.Name()
		}
		all = append(all, at.String()+": "+f.Text)
	}
	return all
}

// maxFaults is how many faults of policies one answer names.
const maxFaults = 10

func distinct(all []string) (out []string) {
	for _, s := range all {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
		if len(out) == maxFaults {
			break
		}
	}
	return out
}

// ground describes a reason.
func (s *origins) ground(l *authz.Layers, r authz.Reason) ground {
	g := ground{Layer: simulate.LayerName(r.Layer), Effect: r.Effect.String(), Match: matchWords[r.Match]}
	if r.Layer == authz.LayerGrant {
		g.Grant = r.Grant
		return g
	}
	g.Policy, g.Statement = r.Policy, &r.Statement
	if r.Layer == authz.LayerSCP || r.Layer == authz.LayerRCP {
		g.Level = r.Level + 1
	}
	if p, statement := explain.Statement(l, &r); statement != nil {
		g.Sid = statement.Sid
		if at := s.at(p, r.At); !at.IsZero() {
			g.At = &at
		}
	}
	return g
}

var matchWords = [...]string{authz.NoPrincipal: "", authz.Direct: "direct", authz.ByParent: "parent", authz.ByRole: "role", authz.ByAccount: "account"}

// name is what request files call the ground.
func (g *ground) name() string {
	if g.Grant != "" || g.Statement == nil {
		return g.Layer + " " + g.Grant
	}
	return fmt.Sprintf("%s %s[%d]", g.Layer, g.Policy, *g.Statement)
}

// text is the ground for people; more is said before its place.
func (g *ground) text(more string) string {
	s := g.name()
	if g.Match != "" {
		s += " by " + g.Match
	}
	if g.Sid != "" {
		s += fmt.Sprintf(" %q", g.Sid)
	}
	if g.Level > 0 {
		s += fmt.Sprintf(", level %d", g.Level)
	}
	s += more
	if g.At != nil {
		s += "  (" + g.At.String() + ")"
	}
	return s
}

func (a *answer) text(b *strings.Builder) {
	fmt.Fprintf(b, "%-13s %s on %s", a.Outcome, printable(a.Action), printable(a.Resource))
	if a.File != "" {
		fmt.Fprintf(b, "  (%s:%d, %s)", printable(a.File), a.Line, printable(a.Name))
	}
	b.WriteByte('\n')
	line := func(label, text string) { fmt.Fprintf(b, "    %-19s %s\n", label, printable(text)) }
	line("asked by", a.Principal)
	because := "because of"
	switch a.Outcome {
	case authz.Allow.String():
		because = "allowed by"
	case authz.ExplicitDeny.String():
		because = "denied by"
	}
	for i := range a.Grounds {
		line(because, a.Grounds[i].text(""))
	}
	for i := range a.Near {
		line("near miss", a.Near[i].text(" wants "+strings.Join(a.Near[i].Absent, " and ")))
	}
	for _, part := range []struct {
		label string
		list  []string
	}{
		{"does not allow", a.Missing}, {"not in the request", a.Absent}, {"not known", a.Open},
		{"it would take", a.Remediation}, {"fault", a.Faults}, {"NOT AS EXPECTED", a.Unmet},
	} {
		for _, text := range part.list {
			line(part.label, text)
		}
	}
	if a.Message != "" {
		line("AWS says", a.Message)
	}
}
