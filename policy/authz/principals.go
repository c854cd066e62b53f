package authz

import (
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// classes says, for each way of matching a principal, whether it matched.
type classes [ByAccount + 1]tri

func (c *classes) any() tri {
	return max(c[Direct], c[ByParent], c[ByRole], c[ByAccount])
}

func (c *classes) raise(m Match, t tri) { c[m] = max(c[m], t) }

// merge raises c by what another statement matched, as far as the rest of that
// statement holds.
func (c *classes) merge(o *classes, rest tri) {
	for m := Direct; m <= ByAccount; m++ {
		c.raise(m, min(o[m], rest))
	}
}

// limited is c with nothing above a bound.
func (c classes) limited(bound tri) classes {
	for m := range c {
		c[m] = min(c[m], bound)
	}
	return c
}

// principals is a Principal or NotPrincipal element. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
type principals struct {
	not      bool
	any      bool     // "*"
	anyAWS   bool     // {"AWS": "*"}
	accounts []string // delegations to accounts, by their ids
	exact    []string // ARNs and unique ids; nothing in them is a wildcard
	services []string
	// loose are entries with tokens, looseServices those of services.
	loose, looseServices []text
	// bare are entries of a form that IAM refuses: what they would match is not
	// known.
	bare []string
}

func newPrincipals(p *policy.Principals, not bool) *principals {
	out := &principals{not: not, any: p.Any}
	for _, s := range p.AWS {
		if s == "*" {
			out.anyAWS = true
		} else if t := (textRules{}).compile(s); t.kind == textLoose {
			out.loose = append(out.loose, t)
		} else if account := accountOf(s); account != "" {
			out.accounts = append(out.accounts, account)
		} else {
			out.exact = append(out.exact, s)
		}
	}
	for _, s := range p.Service {
		if t := (textRules{}).compile(s); t.kind == textLoose {
			out.looseServices = append(out.looseServices, t)
		} else {
			out.services = append(out.services, s)
		}
	}
	out.bare = p.Bare
	return out
}

// accountOf returns the account that an account principal names, "" for others.
func accountOf(s string) string {
	if len(s) == 12 && digits(s) {
		return s
	}
	if parts, n := splitARN(s, false); n == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[5] == "root" {
		return parts[4]
	}
	return ""
}

// classes tells how the request's principal matches the element in a statement
// that has the effect. For NotPrincipal the result is Direct or nothing.
func (p *principals) classes(e *eval, effect policy.Effect) classes {
	if !p.not {
		return p.entries(e, effect == policy.Deny)
	}
	listed := p.entries(e, effect == policy.Allow)
	if effect == policy.Allow {
		return classes{Direct: listed.any().not()}
	}
	return classes{Direct: p.spares(e, &listed).not()}
}

// spares tells whether a Deny with NotPrincipal leaves the principal out: when it
// is listed by every name it has, its own, its role's and its account's. With a
// permissions boundary it never is. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
// and https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (p *principals) spares(e *eval, listed *classes) tri {
	kind := e.req.Principal.Kind
	switch {
	case e.layers.Boundary != nil && (kind == User || kind == Session):
		return no
	case p.any || p.anyAWS || kind == Service || kind == Anonymous:
		return listed.any()
	case kind == Root:
		return listed[ByAccount]
	case kind == Session:
		return min(listed[Direct], listed[ByRole], listed[ByAccount])
	}
	return min(listed[Direct], listed[ByAccount])
}

// entries matches the entries. Whether {"AWS": "*"} covers services is not
// documented; wide says what to take.
func (p *principals) entries(e *eval, wide bool) (c classes) {
	q := &e.req.Principal
	switch {
	case p.any, p.anyAWS && (q.Kind != Service || wide):
		c[Direct] = yes
		return c
	case q.Kind == Anonymous:
		return c
	case q.Kind == Service:
		return p.service(e)
	}
	for _, account := range p.accounts {
		if account == q.Account && !e.tokens {
			c[ByAccount] = yes
		} else if e.tokens {
			c.raise(ByAccount, sameText(account, q.Account))
		}
	}
	for _, s := range p.exact {
		e.identify(&c, s)
	}
	for i := range p.loose {
		e.resemble(&c, &p.loose[i])
	}
	for _, s := range p.bare {
		var b classes
		if account := accountOf(s); s == "*" {
			b[Direct] = yes
		} else if account != "" && account == q.Account {
			b[ByAccount] = yes
		} else {
			e.identify(&b, s)
		}
		c.merge(&b, maybe)
	}
	return c
}

func (p *principals) service(e *eval) (c classes) {
	name := e.req.Principal.ARN
	for _, s := range p.services {
		if s == name {
			c[Direct] = yes
			return c
		}
	}
	for i := range p.looseServices {
		c.raise(Direct, e.match(&p.looseServices[i], name))
	}
	for _, s := range p.bare {
		if s == "*" {
			c.raise(Direct, maybe)
		}
	}
	return c
}

// identify compares an exact entry with the names of the principal.
func (e *eval) identify(c *classes, s string) {
	q := &e.req.Principal
	if s == q.ARN && q.Kind != Root {
		c[Direct] = yes
		return
	}
	if e.tokens {
		c.raise(Direct, vague(s, q.ARN))
	}
	switch q.Kind {
	case User:
		if s == q.ID && s != "" {
			c[Direct] = yes
		}
	case Session:
		id, _, _ := strings.Cut(q.ID, ":")
		switch {
		case q.Role != "" && s == q.Role, s == id && id != "":
			c[ByRole] = yes
		case q.Role == "" && sameRole(s, q.ARN):
			c[ByRole] = yes
		case e.tokens:
			c.raise(ByRole, vague(s, q.Role))
		}
	case Federated:
		if s != "" && (s == q.Parent || s == q.ID) {
			c[ByParent] = yes
		} else if e.tokens {
			c.raise(ByParent, vague(s, q.Parent))
		}
	}
}

// sameRole reports whether a role's ARN is that of a session, whose ARN has no
// path.
func sameRole(role, session string) bool {
	r, n := splitARN(role, false)
	s, m := splitARN(session, false)
	if n != 6 || m != 6 || r[2] != "iam" || !strings.HasPrefix(r[5], "role/") || r[1] != s[1] || r[4] != s[4] {
		return false
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(s[5], "assumed-role/"), "/")
	return name == r[5][strings.LastIndexByte(r[5], '/')+1:]
}

// resemble compares an entry with tokens with the names of the principal.
func (e *eval) resemble(c *classes, t *text) {
	q := &e.req.Principal
	if q.Kind != Root {
		c.raise(Direct, e.match(t, q.ARN))
	}
	switch q.Kind {
	case Session:
		c.raise(ByRole, e.match(t, e.role()))
	case Federated:
		if q.Parent != "" {
			c.raise(ByParent, e.match(t, q.Parent))
		}
	}
	if t.s == q.Account && t.sure {
		c[ByAccount] = yes
		return
	}
	partition, _, _ := strings.Cut(strings.TrimPrefix(q.ARN, "arn:"), ":")
	c.raise(ByAccount, e.match(t, "arn:"+partition+":iam::"+q.Account+":root"))
}

// sameText compares two names of which either may be, or have, a token.
func sameText(a, b string) tri {
	switch {
	case a == b:
		if strings.Contains(a, unknownToken) {
			return maybe
		}
		return yes
	case hasToken(a):
		t := (textRules{}).compile(a)
		return min(maybe, (&eval{}).match(&t, b))
	}
	return vague(a, b)
}
