package symbolic

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Kind says how a document is used. The zero value is invalid.
type Kind uint8

const (
	// Identity documents name no principals: identity-based policies, permissions
	// boundaries, session policies, service control policies.
	Identity Kind = iota + 1
	// KeyPolicy documents stand at a KMS key. How a principal is matched counts: one
	// that delegates to an account gives less than one that names a user.
	KeyPolicy
	// Endpoint documents name principals and only limit: VPC endpoint policies.
	Endpoint
	// ResourceControl documents do too: resource control policies. They bear neither
	// on service-linked roles nor on kms:RetireGrant.
	ResourceControl
)

var documentNames = [...]string{Identity: "identity", KeyPolicy: "key policy", Endpoint: "VPC endpoint policy", ResourceControl: "resource control policy"}

// String returns the kind in words, or "invalid".
func (k Kind) String() string {
	if k < Identity || int(k) >= len(documentNames) {
		return "invalid"
	}
	return documentNames[k]
}

// Relation compares what two documents allow. The zero value is invalid.
type Relation uint8

const (
	Equal Relation = iota + 1
	LessPermissive
	MorePermissive
	Incomparable
	// NotKnown: one of the two directions is Unknown, so the relation is too.
	NotKnown
)

var relationNames = [...]string{
	Equal: "equal", LessPermissive: "less permissive", MorePermissive: "more permissive", Incomparable: "incomparable", NotKnown: "not known",
}

// String returns the relation in words, or "invalid".
func (r Relation) String() string {
	if r < Equal || int(r) >= len(relationNames) {
		return "invalid"
	}
	return relationNames[r]
}

// Comparison says how a first document relates to a second.
type Comparison struct {
	// More answers "is there a request that the first allows and the second does
	// not?", Less the reverse.
	More, Less Answer
	Relation   Relation
}

// Compare compares what two documents allow. For all kinds but Identity, resource is
// the ARN of a key, and requests on that key are compared, no others.
//
// A request on which a document denies counts as not allowed. Documents that allow
// alike may still differ in what they deny when other layers allow it.
func (u *Universe) Compare(a, b *policy.Document, k Kind, resource string) Comparison {
	c := Comparison{More: u.NoMorePermissive(a, b, k, resource), Less: u.NoMorePermissive(b, a, k, resource)}
	switch {
	case c.More.Verdict == Unknown || c.Less.Verdict == Unknown:
		c.Relation = NotKnown
	case c.More.Verdict == Never && c.Less.Verdict == Never:
		c.Relation = Equal
	case c.More.Verdict == Never:
		c.Relation = LessPermissive
	case c.Less.Verdict == Never:
		c.Relation = MorePermissive
	default:
		c.Relation = Incomparable
	}
	return c
}

// NoMorePermissive looks for a request that the new document allows and the old
// one does not. Never proves that there is none; Exists is a counterexample, with
// the decision under the new document. An action that KMS does not have yet is
// shown only when no action that it has differs.
func (u *Universe) NoMorePermissive(new, old *policy.Document, k Kind, resource string) Answer {
	p := u.pair(authz.Compile("new", new), authz.Compile("old", old), k, resource)
	classes := p.classes()
	out := Answer{Verdict: Never}
	for _, future := range []bool{false, true} {
		if future && k == Identity {
			break // any action was considered already
		}
		if future {
			p.future = futureActions()
		}
		for i := range classes {
			switch a := p.ask(&classes[i], future); a.Verdict {
			case Exists:
				return a
			case Unknown:
				if out.Verdict == Never {
					out = a
				}
				if a.Reason == outOfWork {
					return out
				}
			}
		}
	}
	return out
}

// pair is two documents that are compared.
type pair struct {
	u              *Universe
	kind           Kind
	resource, home string
	partition      string
	new, old       *authz.Policy
	left           *budget
	future         []clause // see futureActions
}

func (u *Universe) pair(new, old *authz.Policy, k Kind, resource string) *pair {
	p := &pair{u: u, kind: k, resource: resource, new: new, old: old, left: &budget{u.work()}}
	if a, err := arn.Parse(resource); err == nil {
		if p.home = a.Account; u.Partition == "" {
			p.partition = a.Partition
		}
	}
	if p.home == "" {
		p.home = "111122223333"
	}
	return p
}

func (p *pair) classes() []class {
	c := p.u.census(p.partition)
	if p.kind != Identity {
		c.document(p.new)
		c.document(p.old)
		c.limited = p.kind == ResourceControl
		out := slices.DeleteFunc(c.classes(p.home), func(k class) bool { return p.kind == ResourceControl && k.who.ServiceLinked })
		for i := range out {
			out[i].who.Management = false // whose resources such documents do not bear on
		}
		return out
	}
	c.accounts = set{} // nothing names a principal: those of all accounts are alike
	kinds := []authz.Kind{authz.User, authz.Session, authz.Federated, authz.Root}
	if !namesCaller(p.new) && !namesCaller(p.old) {
		kinds = kinds[:1]
	}
	var out []class
	for _, kind := range kinds {
		k := c.othersOf(kind, "", "any "+kindNames[kind])
		k.digests = c.digests
		out = append(out, k)
	}
	return out
}

// namesCaller reports whether a document asks anything about who calls.
func namesCaller(p *authz.Policy) bool {
	d := p.Document()
	asks := func(s string) bool {
		s = strings.ToLower(s)
		return strings.Contains(s, "aws:principal") || strings.Contains(s, "aws:user") || strings.Contains(s, "kms:calleraccount") ||
			strings.Contains(s, "aws:source")
	}
	for i := range d.Statements {
		s := &d.Statements[i]
		if slices.ContainsFunc(s.Resources, asks) || slices.ContainsFunc(s.NotResources, asks) {
			return true
		}
		for _, c := range s.Conditions {
			if asks(c.Key) || slices.ContainsFunc(c.Values, asks) {
				return true
			}
		}
	}
	return false
}

// levels are the strengths of permission to tell apart for a class, the weakest
// first: everything that the account's own policies could complete, what a role
// was given, what the principal itself was given.
func (p *pair) levels(c *class) []authz.Match {
	switch {
	case p.kind != KeyPolicy, c.who.Kind == authz.Root, c.who.Kind != authz.Service && c.account != p.home:
		return []authz.Match{authz.ByAccount}
	case c.who.Kind == authz.Service:
		return []authz.Match{authz.Direct}
	case c.who.Kind == authz.User:
		return []authz.Match{authz.ByAccount, authz.Direct}
	}
	return []authz.Match{authz.ByAccount, authz.ByRole, authz.Direct}
}

func (p *pair) ask(c *class, future bool) Answer {
	q := p.question(c, future)
	if q == nil {
		return Answer{Verdict: Never}
	}
	a := q.ask()
	if a.Verdict == Unknown && a.failed { // the request has keys that its action cannot have
		q.gated = true
		a = q.ask()
	}
	return a.Answer
}

// question is nil when there is no action to ask about.
func (p *pair) question(c *class, future bool) *question {
	actions := p.actions(c, future)
	if !future && p.kind != Identity && len(actions) == 0 {
		return nil
	}
	if future && p.kind != Identity && c.who.Kind != authz.Service && c.account != p.home {
		return nil // an action that is not known is not usable across accounts
	}
	c.layers = authz.Layers{}
	return &question{
		u: p.u, c: c, budget: p.left,
		setUp: func(e *encoder) {
			e.fix(c, p.u)
			e.actionVar = e.m.variable("action", func(v *variable) { p.describeAction(v, actions, future) })
			if p.kind == Identity {
				e.resourceV = e.m.variable("resource", p.describeResource)
			} else {
				e.resource = p.resource
			}
			e.scan(&authz.Layers{Endpoint: p.new, Resource: p.old}, nil)
		},
		encode: func(e *encoder) *formula { return p.encode(e, c) },
		check:  func(r *authz.Request) *Witness { return p.check(r, c) },
	}
}

func (p *pair) actions(c *class, future bool) []string {
	var out []string
	for _, a := range keyActions {
		usable := a.across || c.account == p.home || c.who.Kind == authz.Service
		controlled := a.name != "kms:"+retireGrant || p.kind == Endpoint
		if usable && controlled && !future {
			out = append(out, a.name)
		}
	}
	return out
}

var serviceChars, actionChars = chars("a-z0-9-"), chars("a-z0-9")

func (p *pair) describeAction(v *variable, actions []string, future bool) {
	switch {
	case p.kind == Identity:
		v.domain = []clause{
			{{pred: textPredicate((&pattern{}).one(serviceChars).run(serviceChars).lit(":").one(actionChars).run(actionChars))}},
			{{pred: textPredicate(exact("sts:getcalleridentity")), not: true}}, // allowed whatever policies say
		}
		for _, d := range []*policy.Document{p.new.Document(), p.old.Document()} {
			for i := range d.Statements {
				for _, s := range d.Statements[i].Actions {
					if !strings.ContainsAny(s, "*?$") {
						v.hints = append(v.hints, strings.ToLower(s))
					}
				}
			}
		}
	case future:
		v.domain, v.hints = p.future, p.guesses()
	default:
		v.finite = actions
	}
}

// futureActions are the names of KMS actions that there are not yet.
func futureActions() []clause {
	out := []clause{{{pred: textPredicate((&pattern{}).lit("kms:").one(actionChars).run(actionChars))}}}
	not := func(name string) {
		out = append(out, clause{{pred: textPredicate(exact(strings.ToLower(name))), not: true}})
	}
	for _, a := range keyActions {
		not(a.name)
	}
	for _, name := range keyless {
		not(name)
	}
	return out
}

// guesses are actions that the patterns of the documents match, to try first.
func (p *pair) guesses() []string {
	out := []string{"kms:x"}
	for _, d := range []*policy.Document{p.new.Document(), p.old.Document()} {
		for i := range d.Statements {
			for _, s := range append(slices.Clone(d.Statements[i].Actions), d.Statements[i].NotActions...) {
				if s = strings.ToLower(s); strings.HasPrefix(s, "kms:") && !strings.Contains(s, "${") {
					out = append(out, strings.NewReplacer("*", "x", "?", "x").Replace(s))
				}
			}
		}
	}
	return out
}

func (p *pair) describeResource(v *variable) {
	v.domain = []clause{{{pred: textPredicate(arnShape())}, {pred: textPredicate(exact("*"))}}}
	v.hints = []string{"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}
}

// encode: at some level, the new document allows and the old one does not.
func (p *pair) encode(e *encoder, c *class) *formula {
	new, newDeny := p.side(e, c, p.new)
	old, oldDeny := p.side(e, c, p.old)
	out := noFormula
	for _, level := range p.levels(c) {
		out = or(out, and(upTo(&new, level), not(and(upTo(&old, level), not(oldDeny)))))
	}
	return and(out, not(newDeny))
}

func (p *pair) side(e *encoder, c *class, doc *authz.Policy) (allow reach, deny *formula) {
	if p.kind == Identity {
		allow = noReach()
		allow[authz.ByAccount] = e.identity([]*authz.Policy{doc}, policy.Allow)
		return allow, e.identity([]*authz.Policy{doc}, policy.Deny)
	}
	denies := e.resourceSide(doc, c, policy.Deny)
	return e.resourceSide(doc, c, policy.Allow), denies.any()
}

// upTo is what reaches a class at least as strongly as a level.
func upTo(r *reach, level authz.Match) *formula {
	out := noFormula
	for m := authz.Direct; m <= level; m++ {
		out = or(out, r[m])
	}
	return out
}

// check decides the request under each document, with the other layers such that
// the document alone decides, at each level.
func (p *pair) check(r *authz.Request, c *class) *Witness {
	if p.kind == Identity {
		r.ResourceAccount = r.Principal.Account
	}
	for _, level := range p.levels(c) {
		with, without := p.harness(p.new, c, level, r), p.harness(p.old, c, level, r)
		d := authz.Decide(r, &with)
		if d.Outcome != authz.Allow {
			continue
		}
		if o := authz.OutcomeOf(r, &without); o == authz.ExplicitDeny || o == authz.ImplicitDeny {
			return &Witness{Request: *r, Layers: with, Decision: d}
		}
	}
	return nil
}

func (p *pair) harness(doc *authz.Policy, c *class, level authz.Match, r *authz.Request) authz.Layers {
	everything := []*authz.Policy{unconstrained()}
	switch {
	case p.kind == KeyPolicy && level == authz.Direct:
		// No session policy allows, so only what names the principal counts.
		return authz.Layers{Resource: doc, Session: []*authz.Policy{}}
	case p.kind == KeyPolicy && level == authz.ByRole:
		return authz.Layers{Resource: doc}
	}
	l := authz.Layers{Identity: everything}
	if c.who.Kind == authz.Federated {
		l.Session = everything
	}
	if p.kind == KeyPolicy {
		l.Resource = doc
		return l
	}
	l.Resource = unconstrainedFor()
	l.Grants = []authz.Grant{{ID: "assumed", Retiring: r.Principal.ARN}} // which alone lets others retire it
	switch p.kind {
	case Identity:
		l.SCPs = [][]*authz.Policy{{doc}}
	case ResourceControl:
		l.RCPs = [][]*authz.Policy{{doc}}
	default:
		l.Endpoint = doc
	}
	return l
}
