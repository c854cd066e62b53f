package symbolic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// Beyond looks for what is allowed on the target and belongs to none of the needs,
// for every principal there can be and every action on keys that KMS has today. The
// needs are formulas of their own beside those of the policies; no document is made
// of them. Principals without an entry can do nothing beyond the needs: that is
// proved. Policies of principals that are not known are taken to allow everything.
//
// Of kms:RetireGrant by the key's own account nothing is said unless the
// principal's policies are known: no key policy can withhold it.
//
// The error is about the key's ARN or names a need that is none.
func (u *Universe) Beyond(needs []Need, t *Target) ([]Exposure, error) {
	x, err := u.excess(needs, t)
	if err != nil {
		return nil, err
	}
	var out []Exposure
	for i := range x.classes {
		c := &x.classes[i]
		found := Exposure{Who: c.what, Others: c.others, Public: c.account == "" && c.who.Kind != authz.Service, Assumed: c.assumed}
		for _, a := range keyActions {
			if x.leavesOut(c, a) {
				continue
			}
			answer := x.question(c, a.name).ask()
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
// sessions, or services) restrict the question to these principals.
func (u *Universe) Exceeds(needs []Need, t *Target, names ...string) (Answer, error) {
	x, err := u.excess(needs, t)
	if err != nil {
		return Answer{}, err
	}
	out := Answer{Verdict: Never}
	for i := range x.classes {
		c := &x.classes[i]
		if len(names) > 0 && (c.others || !slices.Contains(names, c.who.ARN) && !slices.Contains(names, c.what)) {
			continue
		}
		for _, a := range keyActions {
			if x.leavesOut(c, a) {
				continue
			}
			switch answer := x.question(c, a.name).ask(); answer.Verdict {
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
	x.needs = others
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
			q.encode = func(e *encoder) *formula { return and(n.formula(e, a.name), not(x.needed(e, c, a.name))) }
			q.check = func(r *authz.Request) *Witness {
				if !n.Has(r) || x.has(r) {
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
}

func (u *Universe) excess(needs []Need, t *Target) (*excess, error) {
	// A grant of nothing makes a principal one of those that are named.
	named := *t
	named.Grants = slices.Clone(t.Grants)
	k, _ := arn.ParseKey(t.Key)
	for i := range needs {
		if err := needs[i].Check(); err != nil {
			return nil, fmt.Errorf("need %d: %w", i, err)
		}
		for _, name := range needs[i].entries(k.ARN.Partition) {
			named.Grants = append(named.Grants, authz.Grant{Grantee: name})
		}
	}
	classes, err := u.classesFor(&named)
	if err != nil {
		return nil, err
	}
	for i := range classes {
		c := &classes[i]
		c.layers.Grants = t.Grants
		for j := range needs {
			// A session's ARN has no path; the need of its role does.
			role := needs[j].Principal.Role
			if c.who.Kind == authz.Session && !c.others && sameRole(role, c.who.Role) && !u.hasParty(c.who.ARN) {
				c.who.Role = role
			}
		}
	}
	return &excess{u: u, needs: needs, t: t, home: k.ARN.Account, classes: classes}, nil
}

func (u *Universe) hasParty(session string) bool {
	return slices.ContainsFunc(u.Parties, func(p Party) bool { return p.Principal.ARN == session })
}

// entries are the names under which a policy would name the need's principals.
func (n *Need) entries(partition string) []string {
	p := &n.Principal
	switch {
	case n.delegates() || p.Kind == authz.Root:
		return []string{"arn:" + partition + ":iam::" + p.Account + ":root"}
	case p.Kind == authz.Session && p.ARN == "":
		return []string{p.Role}
	case p.Kind == authz.Session:
		s, _ := principalOf(p.ARN)
		if p.Role != "" {
			s.Role = p.Role
		}
		return []string{s.Role, p.ARN}
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

// question asks whether a class can do an action on the key that no need has.
func (x *excess) question(c *class, action string) *question {
	q := x.u.onKey(action, x.t, c, applicability(action))
	setUp, check := q.setUp, q.check
	q.setUp = func(e *encoder) {
		setUp(e)
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
		if x.has(r) {
			return nil
		}
		return check(r)
	}
	return q
}

func (x *excess) has(r *authz.Request) bool {
	return slices.ContainsFunc(x.needs, func(n Need) bool { return n.Has(r) })
}

// needed is true in the requests of a class for an action that belong to a need.
func (x *excess) needed(e *encoder, c *class, action string) *formula {
	out := noFormula
	for i := range x.needs {
		if n := &x.needs[i]; n.names(c) && n.Covers(action) {
			out = or(out, n.formula(e, action))
		}
	}
	return out
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
		via := e.subject(viaServiceKey)
		out = and(out, or(not(via.present), via.blank()))
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
