package estate

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// source says where a compiled policy comes from.
type source struct {
	what       string // "the policy of key records"
	at         bedlock.Position
	statements []bedlock.Position
	// rung and why are set when the text is not known: Unresolved or Unread.
	rung bedlock.Rung
	why  string
	// assumed: the policy is not of the inventory.
	assumed bool
	// conditional are the conditions of statements that may not exist, by index.
	conditional map[int]string
	doc         *policy.Document
}

func (s *source) place(statement int) bedlock.Position {
	if statement >= 0 && statement < len(s.statements) && !s.statements[statement].IsZero() {
		return s.statements[statement]
	}
	return s.at
}

// open is a document of which nothing is known: it may allow and deny anything.
func open() *policy.Document {
	return &policy.Document{Version: "2012-10-17", Statements: []policy.Statement{
		{Undetermined: []policy.Undetermined{{Element: "Statement", Text: "not known"}}},
	}}
}

// everything is a document that allows every action.
func everything() *policy.Document {
	return &policy.Document{Version: "2012-10-17", Statements: []policy.Statement{
		{Effect: policy.Allow, Actions: []string{"*"}, Resources: []string{"*"}},
	}}
}

// compile compiles a policy of the inventory under a unique name. A policy whose text
// is not known is one that may allow and deny anything.
func (w *world) compile(what string, v inventory.Value[inventory.Policy], at bedlock.Position) *authz.Policy {
	s := &source{what: what, at: v.At()}
	if s.at.IsZero() {
		s.at = at
	}
	doc := open()
	switch p, ok := v.Get(); {
	case ok && settled(&p):
		if c := w.e.compiled(p.Text); c != nil {
			s.statements = p.Statements
			places := make([]bedlock.Position, len(c.Document().Statements))
			for i := range places {
				places[i] = s.place(i)
			}
			s.statements = places
			return c.Named(w.register(s, c.Document()))
		}
		fallthrough
	case ok:
		s.statements = p.Statements
		parsed, err := policy.Parse(p.Text)
		if err != nil {
			s.rung, s.why = bedlock.Unread, "it is no policy document: "+err.Error()
			break
		}
		doc = w.settle(parsed, p.Whens, s)
	case v.State() == inventory.StateUnread:
		s.rung, s.why = bedlock.Unread, v.Why()
	case v.State() == inventory.StateUnknown:
		s.rung, s.why = bedlock.Unresolved, v.Why()
	default:
		s.rung, s.why = bedlock.Unread, "its text was not recorded"
	}
	return w.add(s, doc)
}

// add registers a document and compiles it under a unique name.
func (w *world) add(s *source, doc *policy.Document) *authz.Policy {
	return authz.Compile(w.register(s, doc), doc)
}

// register gives a document a unique name.
func (w *world) register(s *source, doc *policy.Document) string {
	name := s.what
	n := max(w.twins[s.what], 1)
	for ; w.sources[name] != nil; n++ {
		name = fmt.Sprintf("%s (%d)", s.what, n+1)
	}
	w.twins[s.what] = n
	w.sources[name], s.doc = s, doc
	return name
}

// settled says whether a policy is the same in every deployment.
func settled(p *inventory.Policy) bool {
	return len(p.Whens) == 0 && !strings.Contains(p.Text, tokenPrefix) && !strings.Contains(p.Text, `\u`)
}

// compiled returns the policy of a text that is settled, compiled once for all that have it; nil: it is
// no policy document.
func (e *Estate) compiled(text string) *authz.Policy {
	if p, ok := e.documents.Load(text); ok {
		return p.(*authz.Policy)
	}
	var p *authz.Policy
	if doc, err := policy.Parse(text); err == nil {
		w := world{}
		p = authz.Compile("", w.settle(doc, nil, &source{}))
	}
	e.documents.Store(text, p)
	return p
}

// settle returns the document with the tokens that this deployment settles filled,
// and with the statements that exist under its condition. Statements that may or may
// not exist stay, as statements that are not known.
func (w *world) settle(d *policy.Document, whens []string, s *source) *policy.Document {
	out := &policy.Document{Version: w.text(d.Version), ID: d.ID, Problems: d.Problems}
	var places []bedlock.Position
	for i := range d.Statements {
		st := w.statement(&d.Statements[i])
		if i < len(whens) && whens[i] != "" {
			switch {
			case !Compatible(w.when, whens[i]):
				continue
			case !implies(w.when, whens[i]):
				if s.conditional == nil {
					s.conditional = map[int]string{}
				}
				s.conditional[len(out.Statements)] = whens[i]
				st.Undetermined = []policy.Undetermined{{Element: "Statement", Text: whens[i]}}
			}
		}
		places = append(places, s.place(i))
		st.Index = len(out.Statements)
		out.Statements = append(out.Statements, st)
	}
	s.statements = places
	return out
}

func (w *world) statement(s *policy.Statement) policy.Statement {
	out := *s
	out.Principals, out.NotPrincipals = w.principals(s.Principals), w.principals(s.NotPrincipals)
	out.Actions, out.NotActions = w.texts(s.Actions), w.texts(s.NotActions)
	out.Resources, out.NotResources = w.texts(s.Resources), w.texts(s.NotResources)
	out.Conditions = make([]policy.Condition, len(s.Conditions))
	for i, c := range s.Conditions {
		c.Values = w.texts(c.Values)
		c.Key = w.text(c.Key)
		out.Conditions[i] = c
	}
	out.Undetermined = nil
	for _, u := range s.Undetermined {
		if u.Element == "Statement" || u.Element == "Condition" || w.text(u.Text) == u.Text {
			out.Undetermined = append(out.Undetermined, u)
		}
	}
	return out
}

func (w *world) principals(p *policy.Principals) *policy.Principals {
	if p == nil {
		return nil
	}
	return &policy.Principals{
		Any: p.Any, AWS: w.texts(p.AWS), Service: w.texts(p.Service), Federated: w.texts(p.Federated),
		CanonicalUser: w.texts(p.CanonicalUser), Bare: w.texts(p.Bare),
	}
}

// texts keeps nil apart from an empty list, which is another thing in a policy.
func (w *world) texts(list []string) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = w.text(s)
	}
	return out
}

// defaultPolicy is the key policy that KMS gives a key that is created without one.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func defaultPolicy(partition, account string) *policy.Document {
	return &policy.Document{Version: "2012-10-17", ID: "key-default-1", Statements: []policy.Statement{{
		Sid: "Enable IAM User Permissions", Effect: policy.Allow, Actions: []string{"kms:*"}, Resources: []string{"*"},
		Principals: &policy.Principals{AWS: []string{"arn:" + partition + ":iam::" + account + ":root"}},
	}}}
}
