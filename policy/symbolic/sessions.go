package symbolic

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// role is what is known of a role that inputs name, by its ARN or by that of one of its
// sessions. Roles are told apart by account and name, which is unique there whatever
// the path.
type role struct {
	partition, account, name string
	// paths are the ARNs that it may have: those of parties, or else of entries.
	paths []string
	// sessions are the names of its sessions that something names.
	sessions []string
	// whole: a party or an entry stands for all of its other sessions.
	whole bool
	// party stands for all of its sessions, or else for one; nil: none does.
	party *Party
}

// path is the role's ARN, empty when its path is not known.
func (r *role) path() string {
	if len(r.paths) == 1 {
		return r.paths[0]
	}
	return ""
}

// linkedPrefix begins the names of service-linked roles: it does for all that AWS
// documents. Whether there are others is not confirmed.
const linkedPrefix = "AWSServiceRoleFor"

// isName reports whether a text can be the name of a role or a session. Source:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !nameChars.has(s[i]) {
			return false
		}
	}
	return s != ""
}

// sessionOf stands for all sessions of a role.
func sessionOf(role string) authz.Principal {
	a, _ := arn.Parse(role)
	return authz.Principal{
		Kind: authz.Session, Role: role, Account: a.Account, ServiceLinked: strings.HasPrefix(a.Resource, "role/aws-service-role/"),
	}
}

// sessionARN is the ARN of a session of a role.
func sessionARN(role, name string) string {
	a, _ := arn.Parse(role)
	return arn.ARN{Partition: a.Partition, Service: "sts", Account: a.Account, Resource: "assumed-role/" + lastPart(role) + "/" + name}.String()
}

func lastPart(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// roleOf is the ARN of a session's role, without its path when that is not known.
func roleOf(p *authz.Principal) string {
	if p.Role != "" {
		return p.Role
	}
	a, _ := arn.Parse(p.ARN)
	name, _, _ := strings.Cut(strings.TrimPrefix(a.Resource, "assumed-role/"), "/")
	return arn.ARN{Partition: a.Partition, Service: "iam", Account: a.Account, Resource: "role/" + name}.String()
}

// roleKey identifies the role of a session.
func roleKey(p *authz.Principal) string {
	a, _ := arn.Parse(roleOf(p))
	return a.Partition + ":" + a.Account + ":" + lastPart(a.Resource)
}

// sameRole compares roles by their ARNs.
func sameRole(a, b string) bool {
	p, q := authz.Principal{Role: a}, authz.Principal{Role: b}
	return a != "" && b != "" && roleKey(&p) == roleKey(&q)
}

// findRoles tells of the roles that parties and entries name.
func (c *census) findRoles() map[string]*role {
	out := map[string]*role{}
	of := func(p *authz.Principal) *role {
		key := roleKey(p)
		r := out[key]
		if r == nil {
			a, _ := arn.Parse(roleOf(p))
			r = &role{partition: a.Partition, account: a.Account, name: lastPart(a.Resource)}
			out[key] = r
		}
		if p.ARN != "" && !slices.Contains(r.sessions, lastPart(p.ARN)) {
			r.sessions = append(r.sessions, lastPart(p.ARN))
		}
		return r
	}
	path := func(r *role, text string) {
		if !slices.Contains(r.paths, text) {
			r.paths = append(r.paths, text)
		}
	}
	for i := range c.u.Parties {
		p := &c.u.Parties[i]
		if p.Principal.Kind != authz.Session {
			continue
		}
		r, all := of(&p.Principal), p.Principal.ARN == ""
		path(r, roleOf(&p.Principal))
		if r.party == nil || all && !r.whole {
			r.party = p
		}
		r.whole = r.whole || all
	}
	for _, s := range c.entries.list {
		p, ok := principalOf(s)
		if !ok || p.Kind != authz.Session {
			continue
		}
		r := of(&p)
		switch {
		case p.ARN != "":
		case r.party == nil:
			path(r, p.Role)
			r.whole = true
		default:
			r.whole = r.whole || slices.Contains(r.paths, p.Role)
		}
	}
	return out
}

// unnamed makes the class that of the sessions of a role that nothing names.
func (c *class) unnamed(r *role) {
	name := "session"
	for slices.Contains(r.sessions, name) {
		name += "x"
	}
	c.besides = r.sessions
	c.what, c.stand = c.who.Role, c.who
	c.stand.ARN = "arn:" + r.partition + ":sts::" + r.account + ":assumed-role/" + r.name + "/" + name
}

// ofRole returns the class of a session of a role, or of all that nothing names. They
// are two when the path of the role is not known and decides whether control policies
// apply to it.
func (c *census) ofRole(r *role, p authz.Principal) []class {
	very := p.ARN
	if r.party != nil {
		p = r.party.Principal
		p.ID, _, _ = strings.Cut(p.ID, ":")
	} else if path := r.path(); path != "" {
		p = sessionOf(path)
	}
	p.ARN, p.Role = very, r.path()
	k := c.known(p)
	if very == "" {
		k.unnamed(r)
	}
	switch {
	case r.party == nil:
		c.assume(&k)
	case r.party.Principal.ARN == "":
		k.layers = r.party.Layers
	default:
		k.layers = r.party.Layers
		k.layers.Session = nil // which are those of the one session
	}
	if p.Role != "" {
		return []class{k}
	}
	return c.anyPath(r, k)
}

// anyPath completes the class of a session whose role's path is not known.
func (c *census) anyPath(r *role, k class) []class {
	iam := "arn:" + r.partition + ":iam::" + r.account + ":role/"
	if k.who.ARN == "" {
		k.others = true
		k.what = "any other session of role " + r.name + " of account " + r.account
	}
	apart := c.linkedApart(r.account)
	linked := func(not bool) clause {
		return clause{{pred: textPredicate((&pattern{}).lit(iam + "aws-service-role/").run(pathChars).lit("/" + r.name)), not: not}}
	}
	k.hints = []string{iam + r.name, iam + "some/path/" + r.name}
	k.names = func() []clause {
		out := []clause{{{pred: textPredicate(exact(iam + r.name))}, {pred: textPredicate((&pattern{}).lit(iam).run(pathChars).lit("/" + r.name))}}}
		if apart {
			out = append(out, linked(true))
		}
		return out
	}
	if !apart || !strings.HasPrefix(r.name, linkedPrefix) {
		return []class{k}
	}
	l := k
	l.what += ", if the role is service-linked"
	l.who.ServiceLinked = true
	l.hints = []string{iam + "aws-service-role/some.amazonaws.com/" + r.name}
	l.names = func() []clause { return []clause{linked(false)} }
	return []class{k, l}
}

// userID is the value of aws:userid, when there is only one: for a session the role's
// id, a colon and the session's name. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (c *class) userID() string {
	q := &c.who
	switch q.Kind {
	case authz.Root:
		return c.account
	case authz.Federated:
		if q.ARN != "" {
			return q.Account + ":" + lastPart(q.ARN)
		}
	case authz.User:
		return q.ID
	case authz.Session:
		if id, name := c.idParts(); id != "" && name != "" {
			return id + ":" + name
		}
	}
	return ""
}

// idParts are the role's id and the session's name, each empty when it is not known.
func (c *class) idParts() (id, name string) {
	id, _, _ = strings.Cut(c.who.ID, ":")
	name = lastPart(c.who.ARN)
	if strings.Contains(id, "${") {
		id = ""
	}
	if strings.Contains(name, "${") {
		name = ""
	}
	return id, name
}

// userIDs is what aws:userid may be when userID is not known.
func (c *class) userIDs() []clause {
	switch c.who.Kind {
	case authz.User:
		return []clause{{{pred: textPredicate((&pattern{}).one(idChars).run(idChars))}}}
	case authz.Session:
	default:
		return nil
	}
	id, name := c.idParts()
	head := func() *pattern {
		if id == "" {
			return (&pattern{}).one(idChars).run(idChars).lit(":")
		}
		return (&pattern{}).lit(id + ":")
	}
	if name != "" {
		return []clause{{{pred: textPredicate(head().lit(name))}}}
	}
	out := []clause{{{pred: textPredicate(head().one(nameChars).run(nameChars))}}}
	for _, s := range c.besides {
		out = append(out, clause{{pred: textPredicate(head().lit(s)), not: true}})
	}
	return out
}

// likelyID is a plain value of aws:userid; empty when the class has none, or the engine
// derives it.
func (c *class) likelyID() string {
	q := &c.who
	id, _, _ := strings.Cut(q.ID, ":")
	switch {
	case q.Kind == authz.User && id == "":
		return "AIDAEXAMPLEEXAMPLE"
	case q.Kind != authz.Session || id != "":
		return ""
	}
	return "AROAEXAMPLEEXAMPLE:" + lastPart(c.stand.ARN)
}

// takesID reports whether a request may have a value of aws:userid that does not follow
// from the principal.
func (c *class) takesID(text string) bool {
	return c.userID() == "" && satisfies(text, c.userIDs())
}
