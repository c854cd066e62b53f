package symbolic

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// class is a set of principals that no policy tells apart except by conditions: one
// principal that is known, or all others of a kind.
type class struct {
	// what says who they are: an ARN, or "any other user of account 111122223333".
	what string
	// who is the principal, without ARN and Role for others of a kind.
	who authz.Principal
	// others: the class stands for principals that are not named; names returns the
	// ARNs they may have (of the role, for sessions), stand is one that policies name
	// as little.
	others bool
	stand  authz.Principal
	names  func() []clause
	hints  []string
	// account is empty for an account that is not named.
	account string
	// organization: 1 when the account is in the organization of the universe, -1
	// when it is not, 0 when that is not known.
	organization int
	layers       authz.Layers
	assumed      []string
}

// vague reports whether parts of the principal's names are not known.
func (c *class) vague() bool {
	p := &c.who
	return strings.Contains(p.ARN, "${") || strings.Contains(p.Role, "${") || strings.Contains(p.Parent, "${") || strings.Contains(p.Account, "${")
}

// nameChars are the characters of the names of users and roles. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var (
	nameChars = chars("a-zA-Z0-9+=,.@_-")
	pathChars = chars("a-zA-Z0-9+=,.@_/-")
	digits    = chars("0-9")
)

const nameVariable = "aws:principalarn"

// fix sets the context keys that follow from the class.
func (e *encoder) fix(c *class, u *Universe) {
	q := &c.who
	set := func(key, text string) { e.fixed[key] = value{values: []string{text}} }
	for _, key := range []string{"aws:username", "aws:principalservicename", "aws:principalarn", "aws:principalaccount", "aws:principalorgid",
		"kms:calleraccount"} {
		e.fixed[key] = value{absent: true}
	}
	set("aws:principalisawsservice", "false")
	if q.Kind == authz.Service {
		set("aws:principalisawsservice", "true")
		set("aws:principalservicename", q.ARN)
		for _, key := range []string{"aws:principaltype", "aws:userid", "kms:viaservice", "aws:calledvia", "aws:principalorgpaths"} {
			e.fixed[key] = value{absent: true}
		}
		return
	}
	for _, key := range []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicenameslist"} {
		e.fixed[key] = value{absent: true}
	}
	set("aws:principaltype", principalTypes[q.Kind])
	switch c.organization {
	case 1:
		set("aws:principalorgid", u.Organization)
	default:
		delete(e.fixed, "aws:principalorgid")
		if v := e.subject("aws:principalorgid").v; c.organization < 0 && u.Organization != "" && v.domain == nil {
			v.domain = []clause{{{pred: textPredicate(exact(u.Organization)), not: true}}}
		}
	}
	e.paths(c.organization, u.Organization)
	if c.account != "" {
		set("aws:principalaccount", c.account)
		set("kms:calleraccount", c.account)
	} else {
		delete(e.fixed, "aws:principalaccount")
		delete(e.fixed, "kms:calleraccount")
		e.derived["aws:principalaccount"], e.derived["kms:calleraccount"] = e.accountOf, e.accountOf
	}
	if !c.others {
		e.fixKnown(q, set)
		return
	}
	delete(e.fixed, nameVariable)
	e.m.variable(nameVariable, func(v *variable) { v.names, v.hints = c.names, c.hints })
	if q.Kind == authz.User {
		delete(e.fixed, "aws:username")
		e.derived["aws:username"] = e.userNameOf
	}
}

// fixKnown sets what follows from one known principal.
// paths ties the paths of the principal's organization to its id, with which each
// begins.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
func (e *encoder) paths(inside int, organization string) {
	if inside == 0 || organization == "" {
		return
	}
	if v := e.subject("aws:principalorgpaths").v; v.domain == nil {
		ours := (&pattern{}).lit(organization + "/").run(anyChar).finish()
		v.domain = []clause{{{pred: textPredicate(ours), not: inside < 0}}}
	}
}

func (e *encoder) fixKnown(q *authz.Principal, set func(key, text string)) {
	name := q.ARN[strings.LastIndexByte(q.ARN, '/')+1:]
	switch q.Kind {
	case authz.User:
		set("aws:username", name)
		set(nameVariable, q.ARN)
		if q.ID != "" {
			set("aws:userid", q.ID)
		}
	case authz.Session:
		set(nameVariable, q.Role)
		if id, _, _ := strings.Cut(q.ID, ":"); id != "" {
			set("aws:userid", id+":"+name)
		}
	case authz.Federated:
		set(nameVariable, q.ARN)
		set("aws:userid", q.Account+":"+name)
	case authz.Root:
		set(nameVariable, q.ARN)
		set("aws:userid", q.Account)
	}
}

var principalTypes = [...]string{authz.User: "User", authz.Session: "AssumedRole", authz.Federated: "FederatedUser", authz.Root: "Account",
	authz.Anonymous: "Anonymous", authz.Service: ""}

// accountOf expresses a condition on the account by one on the principal's ARN,
// which has the account as its fifth part.
func (e *encoder) accountOf(l letters, how matching) (*formula, bool) {
	if how == asARN {
		return noFormula, true // an account is no ARN
	}
	p := (&pattern{}).lit("arn:").run(without(":")).lit(":").run(without(":")).lit("::")
	for _, x := range l {
		p.letter(x, without(":"))
	}
	p.lit(":").run(anyChar)
	return e.subject(nameVariable).holds(textPredicate(p), "is in account "+l.String()), true
}

// userNameOf expresses a condition on the user's name by one on its ARN, which
// ends with a path and the name.
func (e *encoder) userNameOf(l letters, how matching) (*formula, bool) {
	if how == asARN {
		return noFormula, true
	}
	var out []*formula
	for _, path := range []bool{false, true} {
		p := (&pattern{}).lit("arn:").run(without(":")).lit(":iam::").run(without(":")).lit(":user/")
		if path {
			p.run(anyChar).lit("/")
		}
		for _, x := range l {
			if how == foldCase && !x.wild {
				p.tokens = append(p.tokens, letters{x}.fold().tokens...)
			} else {
				p.letter(x, without("/"))
			}
		}
		out = append(out, e.subject(nameVariable).holds(textPredicate(p), "is a user named "+l.String()))
	}
	return or(out...), true
}

// ways are the ways in which a principal matches an element.
type ways [authz.ByAccount + 1]bool

// strongest is the first of them, NoPrincipal without any.
func (w *ways) strongest() authz.Match {
	for m := authz.Direct; m <= authz.ByAccount; m++ {
		if w[m] {
			return m
		}
	}
	return authz.NoPrincipal
}

// match tells how the class matches a Principal element; all of its principals
// match alike. wide: {"AWS": "*"} covers services, which AWS does not document.
// sure is false when that depends on what is not known, in the element or in the
// principal's names.
func (c *class) match(p *policy.Principals, wide bool) (w ways, sure bool) {
	q := &c.who
	if p.Any || slices.Contains(p.AWS, "*") && (q.Kind != authz.Service || wide) {
		w[authz.Direct] = true
		return w, true
	}
	sure = len(p.Bare) == 0
	if q.Kind == authz.Service {
		for _, s := range p.Service {
			sure = sure && !strings.Contains(s, "${")
			w[authz.Direct] = w[authz.Direct] || s == q.ARN
		}
		return w, sure
	}
	for _, s := range p.AWS {
		sure = sure && !strings.Contains(s, "${")
		if account := accountIn(s); account != "" {
			w[authz.ByAccount] = w[authz.ByAccount] || account == c.account
		} else if !c.others {
			c.identify(&w, s)
			sure = sure && !c.vague()
		}
	}
	return w, sure
}

// identify compares an entry with the names of a known principal.
func (c *class) identify(w *ways, s string) {
	q := &c.who
	if s == q.ARN && q.Kind != authz.Root {
		w[authz.Direct] = true
		return
	}
	id, _, _ := strings.Cut(q.ID, ":")
	switch q.Kind {
	case authz.User:
		w[authz.Direct] = w[authz.Direct] || id != "" && s == id
	case authz.Session:
		w[authz.ByRole] = w[authz.ByRole] || s == q.Role || id != "" && s == id
	case authz.Federated:
		w[authz.ByParent] = w[authz.ByParent] || q.Parent != "" && s == q.Parent
	}
}

// spared tells whether a Deny with NotPrincipal leaves the class out: when it is
// listed by every name it has, its own, its role's and its account's. With a
// permissions boundary it never is. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
// and https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (c *class) spared(p *policy.Principals) (spared, sure bool) {
	w, sure := c.match(p, false)
	kind := c.who.Kind
	switch {
	case c.layers.Boundary != nil && (kind == authz.User || kind == authz.Session):
		return false, true
	case p.Any || slices.Contains(p.AWS, "*") || kind == authz.Service:
		return w.strongest() != authz.NoPrincipal, sure
	case kind == authz.Root:
		return w[authz.ByAccount], sure
	case kind == authz.Session:
		return w[authz.Direct] && w[authz.ByRole] && w[authz.ByAccount], sure
	}
	return w[authz.Direct] && w[authz.ByAccount], sure
}

// accountIn returns the account that a principal of a policy delegates to.
func accountIn(s string) string {
	if len(s) == 12 && strings.Trim(s, "0123456789") == "" {
		return s
	}
	parts := strings.SplitN(s, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[5] == "root" {
		return parts[4]
	}
	return ""
}
