package symbolic

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

const (
	createGrant = "CreateGrant"
	describeKey = "DescribeKey"
	retireGrant = "RetireGrant"
)

// allowed encodes that a class may do e.action on the key e.resource under its
// layers: the evaluation logic of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
// with the rules of
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html.
func (e *encoder) allowed(c *class, home string) *formula {
	operation := strings.TrimPrefix(e.action, "kms:")
	retiring := operation == retireGrant
	same := c.who.Kind == authz.Service || c.account == home
	across, known := across(e.action)
	if !same && !(across && known) {
		return noFormula
	}
	l := &c.layers
	byPolicy := noReach()
	if !retiring {
		byPolicy = e.resourceSide(l.Resource, c, policy.Allow)
	}
	byGrant := noReach()
	if known {
		byGrant = e.grants(c, operation)
	}
	own := e.own(c)
	var permitted *formula
	if same {
		account := or(byPolicy[authz.ByAccount], byGrant[authz.ByAccount])
		if retiring { // the account that made a grant may retire it
			account = yesFormula
		}
		permitted = or(byPolicy[authz.Direct], byGrant[authz.Direct],
			and(or(byPolicy[authz.ByRole], byPolicy[authz.ByParent], byGrant[authz.ByRole], byGrant[authz.ByParent]), own.session),
			and(account, own.identity))
	} else {
		permitted = or(byGrant[authz.Direct], and(or(byGrant[authz.ByRole], byGrant[authz.ByParent]), own.session),
			and(or(byPolicy.any(), byGrant[authz.ByAccount]), own.identity))
	}
	if permitted == noFormula {
		return noFormula
	}
	return and(permitted, e.ceilings(c, retiring), not(e.denied(c, retiring)))
}

// across tells whether a KMS action works on keys of other accounts, and whether
// it is known as an action on keys.
func across(action string) (across, known bool) {
	for _, a := range keyActions {
		if strings.EqualFold(a.name, action) {
			return a.across, true
		}
	}
	return false, false
}

// ownLayers are what a principal's own account says.
type ownLayers struct {
	session  *formula // what limits what was given to a role: boundary and session policies
	identity *formula // the whole path by its own policies
}

func (e *encoder) own(c *class) ownLayers {
	l := &c.layers
	if c.who.Kind == authz.Service {
		return ownLayers{yesFormula, noFormula}
	}
	if c.who.Kind == authz.Root {
		return ownLayers{yesFormula, yesFormula}
	}
	session := yesFormula
	if l.Boundary != nil {
		session = e.identity([]*authz.Policy{l.Boundary}, policy.Allow)
	}
	if l.Session != nil {
		session = and(session, e.identity(l.Session, policy.Allow))
	}
	if c.who.Kind == authz.Federated && l.Session == nil {
		return ownLayers{session, noFormula}
	}
	return ownLayers{session, and(session, e.identity(l.Identity, policy.Allow))}
}

func limitedBySCP(c *class) bool {
	return c.layers.SCPs != nil && c.who.Kind != authz.Service && !c.who.ServiceLinked && !c.who.Management
}

func (e *encoder) limitedByRCP(c *class, retiring bool) bool {
	home := c.who.Management && c.account == e.home()
	return c.layers.RCPs != nil && !c.who.ServiceLinked && !home && !retiring
}

// home is the account of the resource.
func (e *encoder) home() string {
	a, _ := arn.Parse(e.resource)
	return a.Account
}

// ceilings: every level of SCPs and RCPs, and the endpoint, must allow.
func (e *encoder) ceilings(c *class, retiring bool) *formula {
	out := yesFormula
	l := &c.layers
	if limitedBySCP(c) {
		for _, level := range l.SCPs {
			out = and(out, e.identity(level, policy.Allow))
		}
	}
	if e.limitedByRCP(c, retiring) {
		for _, level := range l.RCPs {
			some := noFormula
			for _, p := range level {
				r := e.resourceSide(p, c, policy.Allow)
				some = or(some, r.any())
			}
			out = and(out, some)
		}
	}
	if l.Endpoint != nil {
		r := e.resourceSide(l.Endpoint, c, policy.Allow)
		out = and(out, r.any())
	}
	return out
}

// denied: some statement of any layer denies.
func (e *encoder) denied(c *class, retiring bool) *formula {
	l := &c.layers
	list := append([]*authz.Policy{l.Boundary}, l.Identity...)
	list = append(list, l.Session...)
	if limitedBySCP(c) {
		for _, level := range l.SCPs {
			list = append(list, level...)
		}
	}
	out := []*formula{e.identity(list, policy.Deny)}
	naming := []*authz.Policy{l.Endpoint}
	if !retiring {
		naming = append(naming, l.Resource)
	}
	if e.limitedByRCP(c, retiring) {
		for _, level := range l.RCPs {
			naming = append(naming, level...)
		}
	}
	for _, p := range naming {
		r := e.resourceSide(p, c, policy.Deny)
		out = append(out, r.any())
	}
	return or(out...)
}

// grants encodes how the grants of the key allow. Whether a boundary or a session
// policy limits a grant is not documented: one to a user or session is taken like
// a statement that names it, one to a role like a statement that names the role.
func (e *encoder) grants(c *class, operation string) reach {
	out := noReach()
	for i := range c.layers.Grants {
		g := &c.layers.Grants[i]
		if g.Pending && g.Token == "" {
			continue
		}
		e.give(&out, c, g.Grantee, func() *formula { return e.grant(c, g, operation) })
		if operation == retireGrant && g.Retiring != "" {
			e.give(&out, c, g.Retiring, func() *formula { return yesFormula })
		}
	}
	return out
}

// give adds what a grant gives to a principal under a condition.
func (e *encoder) give(out *reach, c *class, name string, condition func() *formula) {
	m, sure := c.grantee(name)
	if m == authz.NoPrincipal {
		return
	}
	f := condition()
	if !sure {
		f = and(f, e.m.free("principal of a grant is "+name))
	}
	out[m] = or(out[m], f)
}

func (c *class) grantee(name string) (m authz.Match, sure bool) {
	account := accountIn(name)
	switch {
	case strings.Contains(name, "${"):
		return authz.Direct, false
	case c.who.Kind != authz.Service && account != "":
		name = account
	case c.vague() && !c.others:
		return authz.Direct, false
	}
	for _, a := range c.aliases() {
		if a.name == name && (a.way == authz.ByAccount) == (name == account) && name != "" {
			m = a.way
			break
		}
	}
	if c.who.ServiceLinked && m == authz.ByRole {
		m = authz.Direct
	}
	return m, true
}

// grant encodes the operations and constraints of a grant.
func (e *encoder) grant(c *class, g *authz.Grant, operation string) *formula {
	if !slices.Contains(g.Operations, operation) {
		return noFormula
	}
	out := yesFormula
	if c.who.Kind == authz.Service && g.SourceARN != "" && operation != retireGrant {
		out = e.is("aws:sourcearn", g.SourceARN)
	}
	if operation == describeKey || operation == retireGrant {
		return out
	}
	for _, pairs := range []map[string]string{g.ContextSubset, g.ContextEquals} {
		for _, k := range sortedKeys(pairs) {
			out = and(out, e.is(contextPrefix+strings.ToLower(k), pairs[k]))
		}
	}
	if g.ContextEquals != nil {
		out = and(out, e.noOtherContext(g.ContextEquals))
	}
	if operation == createGrant {
		out = and(out, e.child(g))
	}
	return out
}

// is encodes that a key has one value, the given one.
func (e *encoder) is(key, text string) *formula {
	if strings.Contains(text, "${") {
		return and(e.subject(key).single, e.m.free(key+" is "+text))
	}
	for i := 0; i < len(text); i++ {
		if text[i] >= beyond {
			return and(e.subject(key).single, e.m.free(key+" is "+text))
		}
	}
	sub := e.subject(key)
	return and(sub.single, sub.holds(textPredicate(exact(text)), "is "+text))
}

// noOtherContext encodes that the encryption context has no keys but these, among
// those that any policy or grant names.
func (e *encoder) noOtherContext(pairs map[string]string) *formula {
	out := yesFormula
	for _, name := range e.contextNames {
		listed := false
		for k := range pairs {
			listed = listed || strings.EqualFold(contextPrefix+k, name)
		}
		if !listed {
			out = and(out, not(e.subject(name).present))
		}
	}
	if e.contextKeysUsed {
		var any clause
		var none []clause
		for _, k := range sortedKeys(pairs) {
			p := textPredicate(textLetters(k).fold())
			any = append(any, demand{pred: p})
			none = append(none, clause{{pred: p, not: true}})
		}
		out = and(out, not(e.subject(contextKeysName).some(none, []clause{any}, "is not in the grant")))
	}
	return out
}

// child encodes that a grant made by way of this one stays within it. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html
func (e *encoder) child(g *authz.Grant) *formula {
	var any clause
	var none []clause
	for _, operation := range g.Operations {
		p := textPredicate(exact(operation))
		any = append(any, demand{pred: p})
		none = append(none, clause{{pred: p, not: true}})
	}
	out := not(e.subject("kms:grantoperations").some(none, []clause{any}, "is not an operation of the grant"))
	if g.ContextEquals != nil {
		sub := e.subject("kms:grantconstrainttype")
		out = and(out, or(not(sub.single), e.is(sub.name, "EncryptionContextEquals")))
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
