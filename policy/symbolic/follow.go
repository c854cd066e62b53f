package symbolic

import (
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

const (
	nameVariable = "aws:principalarn"
	userIDKey    = "aws:userid"
)

// implied are the context keys that the engine derives from the principal and the
// resource.
var implied = map[string]bool{
	nameVariable: true, "aws:principalaccount": true, "aws:principaltype": true, "aws:principalisawsservice": true,
	"aws:principalservicename": true, "aws:username": true, "kms:calleraccount": true, "aws:resourceaccount": true,
}

var principalTypes = [...]string{authz.User: "User", authz.Session: "AssumedRole", authz.Federated: "FederatedUser", authz.Root: "Account",
	authz.Anonymous: "Anonymous", authz.Service: ""}

// fix sets the context keys that follow from the class.
func (e *encoder) fix(c *class, u *Universe) {
	q := &c.who
	if c.digests != nil {
		e.digests = c.digests
	}
	for _, key := range []string{"aws:username", "aws:principalservicename", nameVariable, "aws:principalaccount", "aws:principalorgid", "kms:calleraccount"} {
		e.lacks(key)
	}
	e.has("aws:principalisawsservice", "false")
	if q.Kind == authz.Service {
		e.has("aws:principalisawsservice", "true")
		e.has("aws:principalservicename", q.ARN)
		for _, key := range []string{"aws:principaltype", userIDKey, "kms:viaservice", "aws:calledvia", "aws:principalorgpaths"} {
			e.lacks(key)
		}
		return
	}
	for _, key := range []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicenameslist"} {
		e.lacks(key)
	}
	e.has("aws:principaltype", principalTypes[q.Kind])
	e.member("principal", c.organization, u.Organization)
	if c.account != "" {
		e.has("aws:principalaccount", c.account)
		e.has("kms:calleraccount", c.account)
	} else {
		e.derives("aws:principalaccount", e.accountOf)
		e.derives("kms:calleraccount", e.accountOf)
	}
	e.fixName(c)
	e.fixID(c)
}

// has fixes a key to one value, lacks to be absent, derives to follow from another.
func (e *encoder) has(key, text string) { e.fixed[key] = value{values: []string{text}} }
func (e *encoder) lacks(key string)     { e.fixed[key] = value{absent: true} }
func (e *encoder) derives(key string, d derivation) {
	delete(e.fixed, key)
	e.derived[key] = d
}

// fixName sets aws:PrincipalArn and what is a part of it.
func (e *encoder) fixName(c *class) {
	q := &c.who
	if c.names != nil {
		delete(e.fixed, nameVariable)
		e.m.variable(nameVariable, func(v *variable) { v.names, v.hints = c.names, c.hints })
		if q.Kind == authz.User {
			e.derives("aws:username", e.userNameOf)
		}
		return
	}
	switch q.Kind {
	case authz.User:
		e.has("aws:username", lastPart(q.ARN))
		e.has(nameVariable, q.ARN)
	case authz.Session:
		e.has(nameVariable, q.Role)
	default:
		e.has(nameVariable, q.ARN)
	}
}

// fixID sets aws:userid.
func (e *encoder) fixID(c *class) {
	if c.who.Kind == authz.Root && c.account == "" {
		e.derives(userIDKey, e.accountOf)
		return
	}
	if only := c.userID(); only != "" {
		e.has(userIDKey, only)
		return
	}
	e.limits[userIDKey] = c.userIDs
	if id, _, _ := strings.Cut(c.who.ID, ":"); id != "" && c.who.Kind == authz.Session {
		e.usual[userIDKey] = id + ":" + lastPart(c.stand.ARN)
	} else if id = c.likelyID(); id != "" {
		e.usual[userIDKey] = id
	}
}

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
