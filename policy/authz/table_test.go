package authz

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
)

const (
	iamDocs = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
	kmsDocs = "https://docs.aws.amazon.com/kms/latest/developerguide/"
	orgDocs = "https://docs.aws.amazon.com/organizations/latest/userguide/"
)

// layersOf are layers in text: statements of Version 2012-10-17, or documents.
type layersOf struct {
	id, boundary, session, endpoint, key string
	scps, rcps                           []string // one policy a level
	grants                               []Grant
	noSession                            bool // an empty list of session policies
}

func (l layersOf) compile(t testing.TB) *Layers {
	t.Helper()
	one := func(name, text string) *Policy {
		if text == "" {
			return nil
		}
		return must(t, name, text)
	}
	out := &Layers{Boundary: one("boundary", l.boundary), Endpoint: one("endpoint", l.endpoint), Resource: one("key", l.key), Grants: l.grants}
	if l.id != "" {
		out.Identity = []*Policy{one("id", l.id)}
	}
	if l.session != "" {
		out.Session = []*Policy{one("session", l.session)}
	}
	if l.noSession {
		out.Session = []*Policy{}
	}
	for _, s := range l.scps {
		out.SCPs = append(out.SCPs, []*Policy{one("scp", s)})
	}
	for _, s := range l.rcps {
		out.RCPs = append(out.RCPs, []*Policy{one("rcp", s)})
	}
	return out
}

// want is a decision in one line: the outcome, then the reasons as
// policy[statement]:class, then what is missing, absent and open.
func show(d Decision) string {
	var b strings.Builder
	b.WriteString(d.Outcome.String())
	for _, r := range d.Reasons {
		if r.Grant != "" {
			fmt.Fprintf(&b, " grant %s:%s", r.Grant, className(r.Match))
			continue
		}
		fmt.Fprintf(&b, " %s", r.Policy)
		if r.Layer == LayerSCP || r.Layer == LayerRCP {
			fmt.Fprintf(&b, "%d", r.Level)
		}
		fmt.Fprintf(&b, "[%d]", r.Statement)
		if r.Match != NoPrincipal {
			b.WriteString(":" + className(r.Match))
		}
	}
	for i, l := range d.Missing {
		b.WriteString([]string{" missing ", ", "}[min(i, 1)] + l.String())
	}
	if len(d.Absent) > 0 {
		b.WriteString(" absent " + strings.Join(d.Absent, ", "))
	}
	if len(d.Open) > 0 {
		b.WriteString(" open " + strings.Join(d.Open, ", "))
	}
	return b.String()
}

func className(m Match) string {
	return [...]string{NoPrincipal: "", Direct: "direct", ByParent: "parent", ByRole: "role", ByAccount: "account"}[m]
}

type decisionCase struct {
	name, doc string
	who       Principal
	action    string // "kms:Decrypt" when empty
	resource  string // the key when empty
	owner     string
	context   Context
	tokens    []string
	layers    layersOf
	want      string
}

func (c decisionCase) request() *Request {
	r := &Request{Principal: c.who, Action: c.action, Resource: c.resource, ResourceAccount: c.owner, Context: c.context, GrantTokens: c.tokens}
	if r.Action == "" {
		r.Action = "kms:Decrypt"
	}
	if r.Resource == "" {
		r.Resource = keyARN
	}
	return r
}

func runCases(t *testing.T, cases []decisionCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if !strings.HasPrefix(c.doc, "https://docs.aws.amazon.com/") {
				t.Fatal("the case has no documentation")
			}
			req, layers := c.request(), c.layers.compile(t)
			d := Decide(req, layers)
			if got := show(d); got != c.want {
				t.Errorf("decision\n got %s\nwant %s\n see %s", got, c.want, c.doc)
			}
			if o := OutcomeOf(req, layers); o != d.Outcome {
				t.Errorf("OutcomeOf says %v, Decide says %v", o, d.Outcome)
			}
			for _, r := range d.Reasons {
				if r.Grant == "" && (r.Effect != policy.Allow && r.Effect != policy.Deny || r.At.Line == 0) {
					t.Errorf("reason %+v has no effect or place", r)
				}
			}
		})
	}
}
