package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// comparison says how two policies relate, in the form of the JSON output.
type comparison struct {
	A string `json:"a"`
	B string `json:"b"`
	// As is the kind of both; Told that it was told from the documents.
	As   string `json:"as"`
	Told bool   `json:"told,omitempty"`
	// Key is what they are compared on, for policies with principals.
	Key string `json:"key,omitempty"`
	// Beside: they are compared as they stand beside a policy that allows everything.
	Beside   bool   `json:"besideFullAccess,omitempty"`
	Relation string `json:"relation"`
	// More is what A allows and B does not, Less the reverse.
	More direction `json:"more"`
	Less direction `json:"less"`
	// Denies is what B denies and A does not, when other policies allow it.
	Denies *direction `json:"denies,omitempty"`
	// Faults are what IAM would refuse of the policies.
	Faults   []string `json:"faults,omitempty"`
	ExitCode int      `json:"exitCode"`

	kind    compareKind
	counted bool // Denies counts
}

// direction is one half of the comparison.
type direction struct {
	// Verdict is never (proved), exists or unknown.
	Verdict string   `json:"verdict"`
	Reason  string   `json:"reason,omitempty"`
	Witness *witness `json:"witness,omitempty"`

	verdict symbolic.Verdict
}

// witness is a request that one policy allows and the other does not.
type witness struct {
	// Principal asks; Any: the policies do not say who has them, so others may ask.
	Principal string              `json:"principal"`
	Any       bool                `json:"any,omitempty"`
	Role      string              `json:"role,omitempty"`
	Action    string              `json:"action"`
	Resource  string              `json:"resource"`
	Context   map[string][]string `json:"context,omitempty"`
	// Assuming is what else stands before the request.
	Assuming  string   `json:"assuming,omitempty"`
	AllowedBy []ground `json:"allowedBy"`
	// Other is what the other policy makes of it.
	Other struct {
		Outcome  string   `json:"outcome"`
		DeniedBy []ground `json:"deniedBy,omitempty"`
		Absent   []string `json:"absent,omitempty"`
	} `json:"other"`
}

// newDirection describes an answer about what the document of one file allows and
// other, of the other file, does not.
func newDirection(a symbolic.Answer, file, otherFile *document, other *policy.Document) direction {
	d := direction{Verdict: a.Verdict.String(), verdict: a.Verdict}
	d.Reason = strings.NewReplacer("statement new[", "statement "+file.file+"[", "statement old[", "statement "+otherFile.file+"[").Replace(a.Reason)
	if a.Witness == nil {
		return d
	}
	r := &a.Witness.Request
	w := &witness{
		Principal: r.Principal.ARN, Role: r.Principal.Role, Action: actionSpelling(r.Action, file.doc), Resource: r.Resource,
		Assuming: assuming(&a.Witness.Layers), AllowedBy: statementsOf(a.Witness.Decision, "new", file),
	}
	for key, v := range r.Context {
		if w.Context == nil {
			w.Context = map[string][]string{}
		}
		w.Context[keySpelling(key, file.doc, otherFile.doc)] = v.Values
	}
	layers := exchange(a.Witness.Layers, authz.Compile("old", other))
	decided := authz.Decide(r, &layers)
	w.Other.Outcome, w.Other.DeniedBy = decided.Outcome.String(), statementsOf(decided, "old", otherFile)
	for _, key := range decided.Absent {
		w.Other.Absent = append(w.Other.Absent, keySpelling(key, file.doc, otherFile.doc))
	}
	w.Any = len(layers.SCPs) > 0
	d.Witness = w
	return d
}

// exchange puts another policy in the place of the one that allowed.
func exchange(l authz.Layers, other *authz.Policy) authz.Layers {
	is := func(p *authz.Policy) bool { return p != nil && p.Name() == "new" }
	switch {
	case is(l.Resource):
		l.Resource = other
	case is(l.Endpoint):
		l.Endpoint = other
	case len(l.RCPs) > 0:
		l.RCPs = [][]*authz.Policy{{other}}
	default:
		l.SCPs = [][]*authz.Policy{{other}}
	}
	return l
}

// assuming says which of the principal's own policies were taken to be there. Only
// for key policies that makes a difference.
func assuming(l *authz.Layers) string {
	switch {
	case l.Resource == nil || l.Resource.Name() != "new":
		return ""
	case l.Identity != nil:
		return "the principal's own policies allow it"
	case l.Session != nil:
		return "neither the principal's own policies nor those of its session allow it"
	}
	return "the principal's own policies do not allow it"
}

// statementsOf are the statements of a policy among the reasons.
func statementsOf(d authz.Decision, name string, file *document) (out []ground) {
	for _, r := range d.Reasons {
		if r.Policy != name {
			continue
		}
		g := ground{Layer: "policy", Policy: file.file, Statement: &r.Statement, Effect: r.Effect.String()}
		if r.Match != authz.NoPrincipal {
			g.Match = matchWords[r.Match]
		}
		if r.Statement < len(file.doc.Statements) {
			s := &file.doc.Statements[r.Statement]
			at := file.at(s.At)
			g.Sid, g.At = s.Sid, &at
		} else {
			g = ground{Layer: "policy", Policy: "the policy that allows everything", Effect: g.Effect}
		}
		out = append(out, g)
	}
	return out
}

// actionSpelling writes an action as AWS or the document does.
func actionSpelling(action string, doc *policy.Document) string {
	var known []string
	for _, a := range authz.KMSActions() {
		known = append(known, a.Name)
	}
	for i := range doc.Statements {
		known = append(known, doc.Statements[i].Actions...)
	}
	if i := slices.IndexFunc(known, func(s string) bool { return strings.EqualFold(s, action) }); i >= 0 {
		return known[i]
	}
	return action
}

// keySpelling writes a condition key as the documents do.
func keySpelling(key string, docs ...*policy.Document) string {
	for _, d := range docs {
		for i := range d.Statements {
			for _, c := range d.Statements[i].Conditions {
				if strings.EqualFold(c.Key, key) {
					return c.Key
				}
			}
		}
	}
	return key
}

// headline is the relation in words.
func (r *comparison) headline() string {
	a, b := r.names()
	switch r.Relation {
	case symbolic.Equal.String():
		return a + " and " + b + " allow the same: proved"
	case symbolic.LessPermissive.String():
		return a + " allows less than " + b + ": proved"
	case symbolic.MorePermissive.String():
		return a + " allows more than " + b
	case symbolic.Incomparable.String():
		return a + " and " + b + " each allow something that the other does not"
	}
	switch r.More.verdict {
	case symbolic.Never:
		return a + " allows no more than " + b + ": proved; whether it allows less is not known"
	case symbolic.Exists:
		return a + " allows something that " + b + " does not; whether the reverse holds is not known"
	}
	return "whether " + a + " allows more than " + b + " could not be settled"
}

func (r *comparison) names() (a, b string) {
	if r.A == r.B {
		return "A", "B"
	}
	return printable(r.A), printable(r.B)
}

func (r *comparison) text(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s\n", r.Relation, r.headline())
	fmt.Fprintf(b, "compared as %s", r.kind.plural)
	if r.Key != "" {
		fmt.Fprintf(b, ", for KMS requests on %s", printable(r.Key))
	}
	if r.Told {
		b.WriteString(" (what they look like; --as says otherwise)")
	}
	b.WriteByte('\n')
	if r.Beside {
		b.WriteString("each beside a policy that allows everything, as they only deny\n")
	}
	for _, f := range r.Faults {
		fmt.Fprintf(b, "fault: %s\n", f)
	}
	first, second := r.names()
	b.WriteByte('\n')
	r.More.text(b, first, second, "allows", "does not")
	r.Less.text(b, second, first, "allows", "does not")
	if r.Denies == nil {
		return
	}
	switch {
	case r.Denies.verdict == symbolic.Never:
		fmt.Fprintf(b, "%s denies nothing that %s does not deny as well: proved\n", second, first)
		return
	case r.Denies.verdict == symbolic.Unknown:
		fmt.Fprintf(b, "not known whether %s denies something that %s does not: %s\n", second, first, printable(r.Denies.Reason))
	default:
		fmt.Fprintf(b, "%s denies what %s does not; where other policies allow it, for example\n", second, first)
		r.Denies.Witness.text(b, first, second)
	}
	if !r.counted {
		b.WriteString("    this does not count without --denies\n")
	}
}

func (d *direction) text(b *strings.Builder, one, other, does, not string) {
	switch d.verdict {
	case symbolic.Never:
		fmt.Fprintf(b, "%s %s nothing that %s %s: proved\n", one, does, other, not)
	case symbolic.Unknown:
		fmt.Fprintf(b, "not known whether %s %s something that %s %s: %s\n", one, does, other, not, printable(d.Reason))
	default:
		fmt.Fprintf(b, "%s %s what %s %s, for example\n", one, does, other, not)
		d.Witness.text(b, one, other)
	}
}

func (w *witness) text(b *strings.Builder, one, other string) {
	line := func(label, text string) { fmt.Fprintf(b, "    %-19s %s\n", label, printable(text)) }
	who := w.Principal
	if w.Any {
		who = "any, such as " + who
	}
	line("principal", who)
	if w.Role != "" {
		line("of the role", w.Role)
	}
	line("action", w.Action)
	line("resource", w.Resource)
	var keys []string
	for key := range w.Context {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		line("context", key+" = "+strings.Join(w.Context[key], ", "))
	}
	if w.Assuming != "" {
		line("where", w.Assuming)
	}
	for i := range w.AllowedBy {
		line("allowed by", w.AllowedBy[i].statementText())
	}
	switch {
	case len(w.Other.DeniedBy) > 0 && w.Other.Outcome == authz.ExplicitDeny.String():
		for i := range w.Other.DeniedBy {
			line("denied by", w.Other.DeniedBy[i].statementText())
		}
	default:
		text := other + " does not allow it"
		if len(w.Other.Absent) > 0 {
			text += " without " + strings.Join(w.Other.Absent, " or ")
		}
		line(w.Other.Outcome, text)
	}
}

// statementText is a statement of a file.
func (g *ground) statementText() string {
	s := g.Policy
	if g.Statement != nil {
		s += fmt.Sprintf("[%d]", *g.Statement)
	}
	if g.Match != "" && g.Match != "direct" {
		s += " by " + g.Match
	}
	if g.Sid != "" {
		s += fmt.Sprintf(" %q", g.Sid)
	}
	if g.At != nil {
		s += "  (" + g.At.String() + ")"
	}
	return s
}
