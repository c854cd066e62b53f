package estate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Change is one change of a policy that, together with the others of its list, makes
// a use possible.
type Change struct {
	// Text says what to do: "add to the policy of key records".
	Text string
	// Statement is the statement to add, as JSON; empty when one must be changed.
	Statement string
	At        bedlock.Position
}

// Mend returns the smallest change found that makes a denied use possible: a single
// statement where one is enough. Every list that it returns was decided by the engine
// with the change made; ok is false when none was found.
func (u *Use) Mend() (changes []Change, ok bool) {
	first := u.Denied()
	if first == nil {
		return nil, false
	}
	m := &mending{use: u, c: first.Case, layers: *first.Layers, principal: &first.Request.Principal}
	if m.exempt(); m.allowed() {
		return m.changes, true
	}
	for _, layer := range m.missing() {
		single := *m
		single.changes = slices.Clone(m.changes)
		if single.add(layer) && single.allowed() {
			return single.changes, true
		}
	}
	for range len(layerWords) {
		missing := m.missing()
		if len(missing) == 0 || !m.add(missing[0]) {
			return nil, false
		}
		if m.allowed() {
			return m.changes, true
		}
	}
	return nil, false
}

type mending struct {
	use       *Use
	c         *Case
	layers    authz.Layers
	principal *authz.Principal
	changes   []Change
	done      []authz.Layer
}

// decisions decides the use's steps with the changes made so far.
func (m *mending) decisions(f func(*Step, authz.Decision)) {
	for i := range m.use.Steps {
		if s := &m.use.Steps[i]; s.Verdict == Unable {
			f(s, authz.Decide(s.Request, &m.layers))
		}
	}
}

// allowed reports whether no step is denied any more.
func (m *mending) allowed() bool {
	denied := false
	m.decisions(func(_ *Step, d authz.Decision) {
		denied = denied || d.Outcome == authz.ExplicitDeny || d.Outcome == authz.ImplicitDeny
	})
	return !denied
}

// missing are the layers that do not allow some step, each once.
func (m *mending) missing() (out []authz.Layer) {
	m.decisions(func(_ *Step, d authz.Decision) {
		for _, l := range d.Missing {
			if !slices.Contains(out, l) && !slices.Contains(m.done, l) {
				out = append(out, l)
			}
		}
	})
	return out
}

// actions are those that a layer keeps from being allowed.
func (m *mending) actions(layer authz.Layer) (out []string) {
	m.decisions(func(s *Step, d authz.Decision) {
		if slices.Contains(d.Missing, layer) {
			out = append(out, s.Action)
		}
	})
	return out
}

// exempt takes the statements that deny out of force for the use.
func (m *mending) exempt() {
	m.decisions(func(_ *Step, d authz.Decision) {
		if d.Outcome != authz.ExplicitDeny {
			return
		}
		for _, r := range d.Reasons {
			e := m.c.reason(&r)
			text := "exempt " + m.use.Who + " in " + strings.TrimSuffix(e.Text, " denies")
			if slices.ContainsFunc(m.changes, func(c Change) bool { return c.Text == text }) {
				continue
			}
			m.changes = append(m.changes, Change{Text: text, At: e.At})
			m.without(&r)
		}
	})
}

// without removes a statement from the layers.
func (m *mending) without(r *authz.Reason) {
	cut := func(p *authz.Policy) *authz.Policy {
		if p == nil || p.Name() != r.Policy {
			return p
		}
		d := *p.Document()
		d.Statements = slices.Clone(d.Statements)
		// It stays in its place, so that further reasons count on.
		d.Statements[r.Statement] = policy.Statement{Effect: policy.Deny, Actions: []string{}, Resources: []string{}}
		return authz.Compile(p.Name(), &d)
	}
	each := func(list []*authz.Policy) []*authz.Policy {
		out := slices.Clone(list)
		for i := range out {
			out[i] = cut(out[i])
		}
		return out
	}
	levels := func(list [][]*authz.Policy) [][]*authz.Policy {
		out := slices.Clone(list)
		for i := range out {
			out[i] = each(out[i])
		}
		return out
	}
	l := &m.layers
	l.Identity, l.Session, l.SCPs, l.RCPs = each(l.Identity), each(l.Session), levels(l.SCPs), levels(l.RCPs)
	l.Boundary, l.Resource, l.Endpoint = cut(l.Boundary), cut(l.Resource), cut(l.Endpoint)
}

// add makes a layer allow what it keeps from being allowed; false when no statement
// can.
func (m *mending) add(layer authz.Layer) bool {
	s := policy.Statement{Effect: policy.Allow, Actions: m.actions(layer), Resources: []string{m.c.Target.Key}}
	if len(s.Actions) == 0 {
		return false
	}
	var where string
	var at bedlock.Position
	l := &m.layers
	switch layer {
	case authz.LayerResource:
		s.Resources = []string{"*"}
		s.Principals, s.Conditions = m.grantee()
		where, at = "the policy of key "+KeyName(m.c.Key), orAt(m.c.Key.Policy.At(), m.c.Key.At)
		l.Resource = extended(l.Resource, s)
	case authz.LayerIdentity:
		where = "an identity policy of " + m.use.Who
		l.Identity = append(slices.Clone(l.Identity), extended(nil, s))
	case authz.LayerBoundary:
		where = "the permissions boundary of " + m.use.Who
		l.Boundary = extended(l.Boundary, s)
	case authz.LayerSCP:
		where = "the service control policies of account " + m.principal.Account
		l.SCPs = extendedLevels(l.SCPs, s)
	case authz.LayerRCP:
		where = "the resource control policies of account " + m.c.Account
		l.RCPs = extendedLevels(l.RCPs, s)
	default:
		return false
	}
	if p := m.identity(); p != nil && at.IsZero() {
		at = p.At
	}
	m.done = append(m.done, layer)
	m.changes = append(m.changes, Change{Text: "add to " + readable(where), Statement: m.readable(print(&s)), At: at})
	return true
}

// grantee is the principal that a statement of the key policy must name, with the
// conditions that keep others from using it.
func (m *mending) grantee() (*policy.Principals, []policy.Condition) {
	equals := func(key, value string) policy.Condition {
		op := "StringEquals"
		if key == "aws:SourceArn" {
			op = "ArnLike"
		}
		return policy.Condition{Operator: policy.ParseOperator(op), Key: key, Values: []string{value}}
	}
	var conditions []policy.Condition
	given := m.use.Steps[0].Request.Context
	take := func(key, lower string) {
		if v := given[lower]; len(v.Values) == 1 && !v.Unknown {
			conditions = append(conditions, equals(key, v.Values[0]))
		}
	}
	if m.principal.Kind == authz.Service {
		take("aws:SourceAccount", "aws:sourceaccount")
		take("aws:SourceArn", "aws:sourcearn")
		if len(conditions) == 0 {
			conditions = m.use.contextConditions()
		}
		return &policy.Principals{Service: []string{m.principal.ARN}}, conditions
	}
	take("kms:ViaService", "kms:viaservice")
	who := m.principal.ARN
	switch {
	case m.use.anyone():
		who = "arn:" + m.c.w.partition + ":iam::" + m.principal.Account + ":root"
	case m.principal.Role != "":
		who = m.principal.Role
	}
	return &policy.Principals{AWS: []string{who}}, conditions
}

// contextConditions tie a service to the account's resources by the encryption context
// that it is documented to send.
func (u *Use) contextConditions() (out []policy.Condition) {
	keys := slices.Sorted(maps.Keys(u.Need.Context))
	for _, key := range keys {
		if value := u.Steps[0].Case.w.pattern(u.Need.Context[key], u.resource); value != "" {
			out = append(out, policy.Condition{Operator: policy.ParseOperator("StringLike"), Key: "kms:EncryptionContext:" + key, Values: []string{value}})
		}
	}
	return out
}

// anyone reports whether the use was decided for some caller that is not named.
func (u *Use) anyone() bool {
	return len(u.Steps) > 0 && strings.HasSuffix(u.Steps[0].Request.Principal.Role, ":role/any-caller")
}

func (m *mending) identity() *inventory.Principal {
	full := firstText(m.principal.Role, m.principal.ARN)
	if id := m.c.w.idOf(full); id != "" {
		return m.c.w.e.inv.Principal(id)
	}
	return nil
}

// extended is a policy with one more statement.
func extended(p *authz.Policy, s policy.Statement) *authz.Policy {
	d := policy.Document{Version: "2012-10-17"}
	name := "the change"
	if p != nil {
		d, name = *p.Document(), p.Name()
	}
	s.Index = len(d.Statements)
	d.Statements = append(slices.Clone(d.Statements), s)
	return authz.Compile(name, &d)
}

func extendedLevels(levels [][]*authz.Policy, s policy.Statement) [][]*authz.Policy {
	out := slices.Clone(levels)
	for i := range out {
		out[i] = append(slices.Clone(out[i]), extended(nil, s))
	}
	return out
}

// readable puts names for what exists only after deployment.
func (m *mending) readable(s string) string {
	w := m.c.w
	if p := m.identity(); p != nil {
		if full := w.principalARN(p); strings.Contains(full, "/deployed-") || strings.Contains(full, unnamedAccount) {
			s = strings.ReplaceAll(s, full, "<ARN of "+m.use.Who+">")
		}
	}
	if text := m.c.Target.Key; text != m.c.Key.ARN.Or("") && text != m.c.Key.ID {
		s = strings.ReplaceAll(s, text, "<ARN of key "+KeyName(m.c.Key)+">")
	}
	return m.c.readable(s)
}

// print writes a statement on one line.
func print(s *policy.Statement) string {
	var b strings.Builder
	b.WriteString(`{"Effect": "Allow", `)
	if p := s.Principals; p != nil {
		kind, names := "AWS", p.AWS
		if len(p.Service) > 0 {
			kind, names = "Service", p.Service
		}
		fmt.Fprintf(&b, `"Principal": {%q: %s}, `, kind, jsonList(names))
	}
	fmt.Fprintf(&b, `"Action": %s, "Resource": %s`, jsonList(s.Actions), jsonList(s.Resources))
	for i, c := range s.Conditions {
		switch {
		case i == 0:
			fmt.Fprintf(&b, `, "Condition": {%q: {`, c.Operator.String())
		case c.Operator == s.Conditions[i-1].Operator:
			b.WriteString(", ")
		default:
			fmt.Fprintf(&b, "}, %q: {", c.Operator.String())
		}
		fmt.Fprintf(&b, "%q: %s", c.Key, jsonList(c.Values))
	}
	if len(s.Conditions) > 0 {
		b.WriteString("}}")
	}
	b.WriteString("}")
	return b.String()
}

func jsonList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func orAt(at, other bedlock.Position) bedlock.Position {
	if at.IsZero() {
		return other
	}
	return at
}
