package symbolic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Beyond looks for what is allowed on the target and belongs to none of the needs,
// for every principal there can be and every action on keys that KMS has today. The
// needs are formulas of their own beside those of the policies; no document is made
// of them. Principals without an entry can do nothing beyond the needs: that is
// proved, whatever the policies are of principals that are not known.
//
// What belongs to the need of an account as a whole is needed only as far as the
// principal's own policies allow it: a key policy that names a principal gives it
// more than one that leaves the decision to the account.
//
// A kms:ViaService that is there is taken not to be empty.
//
// Of kms:RetireGrant by the key's own account nothing is said unless the
// principal's policies are known: no key policy can withhold it.
//
// When the work ends, a last entry, of which nothing is known, stands for all who are
// left. The error is about the key's ARN or names a need that is none.
func (u *Universe) Beyond(needs []Need, t *Target) ([]Exposure, error) {
	x, err := u.excess(needs, t)
	if err != nil {
		return nil, err
	}
	var out []Exposure
	for i := range x.classes {
		c := &x.classes[i]
		if x.left.over() {
			return append(out, unasked()), nil
		}
		found := Exposure{Who: c.what, Others: c.others, Public: c.account == "" && c.who.Kind != authz.Service, Assumed: c.assumed}
		for _, a := range keyActions {
			if x.leavesOut(c, a) {
				continue
			}
			answer := x.ask(c, a.name)
			if answer.Verdict == Never {
				continue
			}
			exposed := Exposed{Action: a.name, Answer: answer.Answer}
			if answer.Verdict == Exists {
				exposed.Conditions, exposed.More = answer.ways(maxWays)
			}
			found.Actions = append(found.Actions, exposed)
		}
		if len(found.Actions) > 0 {
			out = append(out, found)
		}
	}
	return out, nil
}

// Exceeds answers "is something allowed that belongs to none of the needs?" with
// the first of what [Universe.Beyond] finds. Names (ARNs of users, roles and
// sessions, or services) restrict the question to these principals; a role is all of
// its sessions.
func (u *Universe) Exceeds(needs []Need, t *Target, names ...string) (Answer, error) {
	x, err := u.excess(needs, t, names...)
	if err != nil {
		return Answer{}, err
	}
	out := Answer{Verdict: Never}
	for i := range x.classes {
		c := &x.classes[i]
		if len(names) > 0 && !c.isOf(names) {
			continue
		}
		for _, a := range keyActions {
			if x.leavesOut(c, a) {
				continue
			}
			switch answer := x.ask(c, a.name); answer.Verdict {
			case Exists:
				return answer.Answer, nil
			case Unknown:
				out = answer.Answer
			}
		}
	}
	return out, nil
}

// Denied answers "is there a request of the need that is not allowed?". Never is a
// proof that the need is met. Principals whose policies are not known are taken to
// have no identity-based policies, and to be limited by no others. For the need of
// an account as a whole, all of its principals are taken to be allowed everything
// by their own account: it is met when the key leaves the decision to the account.
func (u *Universe) Denied(n *Need, t *Target) (Answer, error) {
	x, err := u.excess([]Need{*n}, t)
	if err != nil {
		return Answer{}, err
	}
	out := Answer{Verdict: Never}
	for i := range x.classes {
		c := &x.classes[i]
		if !n.names(c) {
			continue
		}
		x.leastFavourable(c)
		for _, a := range keyActions {
			if !n.Covers(a.name) {
				continue
			}
			q := x.question(c, a.name)
			q.encode = func(e *encoder) *formula { return and(n.formula(e, a.name), not(e.allowed(c, x.home))) }
			q.check = func(r *authz.Request) *Witness {
				d := authz.Decide(r, &c.layers)
				if !n.Has(r) || d.Outcome != authz.ExplicitDeny && d.Outcome != authz.ImplicitDeny {
					return nil
				}
				return &Witness{Request: *r, Layers: c.layers, Decision: d}
			}
			switch answer := q.ask(); answer.Verdict {
			case Exists:
				return answer.Answer, nil
			case Unknown:
				out = answer.Answer
			}
		}
	}
	return out, nil
}

// Outside answers "is there a request of the need that belongs to none of the
// others?", of a key whose ARN is given. Never is a proof that the others have all
// of it. No policies are involved, so an answer has no decision.
func (u *Universe) Outside(n *Need, others []Need, key string) (Answer, error) {
	x, err := u.excess(append([]Need{*n}, others...), &Target{Key: key})
	if err != nil {
		return Answer{}, err
	}
	out := Answer{Verdict: Never}
	for i := range x.classes {
		c := &x.classes[i]
		if !n.names(c) {
			continue
		}
		for _, a := range keyActions {
			if !n.Covers(a.name) {
				continue
			}
			q := x.question(c, a.name)
			q.encode = func(e *encoder) *formula {
				some := noFormula
				for j := range others {
					if others[j].names(c) && others[j].Covers(a.name) {
						some = or(some, others[j].formula(e, a.name))
					}
				}
				return and(n.formula(e, a.name), not(some))
			}
			q.check = func(r *authz.Request) *Witness {
				if !n.Has(r) || slices.ContainsFunc(others, func(o Need) bool { return o.Has(r) }) {
					return nil
				}
				return &Witness{Request: *r}
			}
			switch answer := q.ask(); answer.Verdict {
			case Exists:
				return answer.Answer, nil
			case Unknown:
				out = answer.Answer
			}
		}
	}
	return out, nil
}

// excess is what the questions about needs have in common.
type excess struct {
	u       *Universe
	needs   []Need
	t       *Target
	home    string
	classes []class
	left    *budget
}

// excess looks at the principals of the needs one by one, and at those of further
// names.
func (u *Universe) excess(needs []Need, t *Target, names ...string) (*excess, error) {
	k, _ := arn.ParseKey(t.Key)
	for i := range needs {
		if err := needs[i].Check(); err != nil {
			return nil, fmt.Errorf("need %d: %w", i, err)
		}
		names = append(slices.Clip(names), needs[i].entries(k.ARN.Partition)...)
	}
	classes, err := u.classesFor(t, names...)
	if err != nil {
		return nil, err
	}
	return &excess{u: u, needs: needs, t: t, home: k.ARN.Account, classes: classes, left: u.budget()}, nil
}

// isOf reports whether the class is of the principals of some names.
func (c *class) isOf(names []string) bool {
	return !c.others && slices.ContainsFunc(names, func(name string) bool {
		return name == c.who.ARN || c.who.Kind == authz.Session && sameRole(name, roleOf(&c.who))
	})
}

// entries are the names under which a policy would name the need's principals.
func (n *Need) entries(partition string) []string {
	p := &n.Principal
	switch {
	case n.delegates() || p.Kind == authz.Root:
		return []string{"arn:" + partition + ":iam::" + p.Account + ":root"}
	case p.Kind == authz.Session && p.ARN == "":
		return []string{p.Role}
	case p.Kind == authz.Session && p.Role != "":
		return []string{p.Role, p.ARN}
	}
	return []string{p.ARN}
}

// names reports whether the need is one of a class; all of its principals are
// alike in that.
func (n *Need) names(c *class) bool {
	switch {
	case n.delegates():
		return c.who.Kind != authz.Service && c.account == n.Principal.Account
	case n.Principal.Kind == authz.Root:
		return c.who.Kind == authz.Root && c.account == n.Principal.Account
	}
	return !c.others && n.includes(&c.who)
}

// leavesOut tells which questions are not asked: what is not usable across
// accounts, and what Beyond says nothing of.
func (x *excess) leavesOut(c *class, a keyAction) bool {
	own := c.account == x.home && c.who.Kind != authz.Service
	if a.name == "kms:"+retireGrant && own {
		return c.who.Kind == authz.Root || slices.Contains(c.assumed, assumedIdentity)
	}
	return !own && c.who.Kind != authz.Service && !a.across
}

// leastFavourable replaces what was assumed in favour of a class by what counts
// against it.
func (x *excess) leastFavourable(c *class) {
	switch {
	case x.needs[0].delegates():
		c.layers = x.t.layers(authz.Layers{Identity: []*authz.Policy{unconstrained()}})
		if c.who.Kind == authz.Federated {
			c.layers.Session = c.layers.Identity
		}
	case slices.Contains(c.assumed, assumedIdentity):
		c.layers.Identity, c.layers.Session = nil, nil
	}
}

// ask asks whether a class can do an action beyond the needs. Policies that are not
// known are taken to allow everything, which gives most; and to allow nothing when
// that leaves less of what an account needs as a whole. Between the two, what is
// allowed and what is needed grow together.
func (x *excess) ask(c *class, action string) *asked {
	a := x.question(c, action).ask()
	if a.Verdict != Never || !slices.Contains(c.assumed, assumedIdentity) ||
		!slices.ContainsFunc(x.needs, func(n Need) bool { return n.delegates() && n.names(c) && n.Covers(action) }) {
		return a
	}
	bare := *c
	bare.layers.Identity, bare.layers.Session = nil, nil
	return x.question(&bare, action).ask()
}

// question asks whether a class can do an action on the key that no need has.
func (x *excess) question(c *class, action string) *question {
	q := x.u.onKey(action, x.t, c, applicability(action), x.left)
	setUp, check := q.setUp, q.check
	q.setUp = func(e *encoder) {
		setUp(e)
		e.limits[viaServiceKey] = func() []clause { // it would be direct and not direct
			return []clause{{{pred: textPredicate(exact("")), not: true}}}
		}
		for i := range x.needs {
			for _, name := range sortedKeys(x.needs[i].Context) {
				if full := contextPrefix + strings.ToLower(name); hasContext(action) && !slices.Contains(e.contextNames, full) {
					e.contextNames = append(e.contextNames, full)
				}
			}
		}
	}
	q.encode = func(e *encoder) *formula {
		if allowed := e.allowed(c, x.home); allowed != noFormula {
			return and(allowed, not(x.needed(e, c, action)))
		}
		return noFormula
	}
	q.check = func(r *authz.Request) *Witness {
		if x.has(r, c) {
			return nil
		}
		return check(r)
	}
	return q
}

// needed is true in the requests of a class for an action that belong to a need.
func (x *excess) needed(e *encoder, c *class, action string) *formula {
	out := noFormula
	for i := range x.needs {
		n := &x.needs[i]
		if !n.names(c) || !n.Covers(action) {
			continue
		}
		f := n.formula(e, action)
		if n.delegates() {
			f = and(f, e.own(c).identity)
		}
		out = or(out, f)
	}
	return out
}

// has is needed for one request, by the need itself and the engine.
func (x *excess) has(r *authz.Request, c *class) bool {
	return slices.ContainsFunc(x.needs, func(n Need) bool {
		if !n.Has(r) || !n.delegates() {
			return n.Has(r)
		}
		l := authz.Layers{Identity: c.layers.Identity, Boundary: c.layers.Boundary, Session: c.layers.Session, Resource: leftTo(n.Principal.Account, x.t.Key)}
		return authz.OutcomeOf(r, &l) == authz.Allow
	})
}

// leftTo is a key policy that leaves everything to an account.
func leftTo(account, key string) *authz.Policy {
	k, _ := arn.ParseKey(key)
	return authz.Compile("left to the account", &policy.Document{Version: "2012-10-17", Statements: []policy.Statement{{
		Effect: policy.Allow, Principals: &policy.Principals{AWS: []string{"arn:" + k.ARN.Partition + ":iam::" + account + ":root"}},
		Actions: []string{"kms:*"}, Resources: []string{"*"},
	}}})
}

// formula is true in the requests for an action that keep the need's limits.
func (n *Need) formula(e *encoder, action string) *formula {
	out := yesFormula
	if hasContext(action) {
		for _, name := range sortedKeys(n.Context) {
			out = and(out, e.like(contextPrefix+strings.ToLower(name), n.Context[name], wildcards))
		}
	}
	if n.Via != "" {
		out = and(out, e.like(viaServiceKey, n.Via, wildcards))
	}
	if n.Direct {
		out = and(out, not(e.subject(viaServiceKey).present))
	}
	if n.SourceARN != "" {
		out = and(out, e.like(sourceARNKey, n.SourceARN, asARN))
	}
	if n.SourceAccount != "" {
		out = and(out, e.is(sourceAccountKey, n.SourceAccount))
	}
	if action != createGrantName {
		return out
	}
	if n.GrantOperations != nil {
		var preds []*predicate
		for _, s := range n.GrantOperations {
			preds = append(preds, textPredicate(exact(s)))
		}
		yes, no := elementClauses(preds, nil, false)
		stray, none := notEmpty(no, yes)
		out = and(out, not(e.subject(operationsKey).some(stray, none, "is not of the need")))
	}
	if n.GrantForAWSResource {
		sub := e.subject(forResourceKey)
		out = and(out, sub.single, sub.holds(textPredicate(textLetters("true").fold()), "is true"))
	}
	return out
}

// like encodes that a key has one value and that it matches a text with wildcards.
func (e *encoder) like(key, text string, how matching) *formula {
	sub := e.subject(key)
	var l letters
	for i := 0; i < len(text); i++ {
		if text[i] >= beyond { // characters outside ASCII are not told apart
			return and(sub.single, e.m.free(key+" is like "+text))
		}
		l = append(l, letter{text[i], text[i] == '*' || text[i] == '?'})
	}
	return and(sub.single, sub.holds(textPredicate(how.pattern(l)), "is like "+text))
}
