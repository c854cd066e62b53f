package symbolic

import (
	"slices"
	"strings"
	"sync"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// classes returns all principals there can be: those named and known one by one,
// all others by kind and account. home is the account whose resource is asked
// about.
func (c *census) classes(home string) []class {
	c.account(home)
	var out []class
	parties, rests := map[string]bool{}, map[*role]bool{}
	rest := func(p *authz.Principal) {
		if r := c.roles()[roleKey(p)]; !r.whole && !rests[r] {
			rests[r] = true
			out = append(out, c.ofRole(r, authz.Principal{Kind: authz.Session, Account: r.account})...)
		}
	}
	for i := range c.u.Parties {
		k := c.ofParty(&c.u.Parties[i])
		out = append(out, k)
		parties[k.what] = true
	}
	for i := range c.u.Parties {
		if p := &c.u.Parties[i].Principal; p.Kind == authz.Session {
			rest(p)
		}
	}
	for _, s := range c.entries.list {
		p, ok := principalOf(s)
		switch {
		case !ok || parties[s]:
		case p.Kind != authz.Session:
			k := c.known(p)
			c.assume(&k)
			out = append(out, k)
		case p.ARN == "":
			out = append(out, c.ofPath(p))
		default:
			out = append(out, c.ofRole(c.roles()[roleKey(&p)], p)...)
			rest(&p)
		}
	}
	for _, id := range c.accounts.list {
		if accountIn(id) == id || arn.IsToken(id) { // else it names nobody
			out = append(out, c.ofAccount(id)...)
		}
	}
	out = append(out, c.elsewhere()...)
	for _, s := range c.services.list {
		if !parties[s] {
			out = append(out, c.known(authz.Principal{Kind: authz.Service, ARN: s}))
		}
	}
	other := "other.amazonaws.com"
	for c.services.has[other] || parties[other] {
		other = "an" + other
	}
	k := c.known(authz.Principal{Kind: authz.Service, ARN: other})
	k.what = "any other AWS service"
	out = append(out, k)
	for i := range out {
		out[i].digests = c.digests
	}
	return out
}

// known is the class of one principal.
func (c *census) known(p authz.Principal) class {
	return class{what: p.ARN, who: p, stand: p, account: p.Account, organization: c.u.inside(p.Account)}
}

// ofParty is the class of a party: for one that stands for all sessions of a role,
// those that nothing else names.
func (c *census) ofParty(p *Party) class {
	who := p.Principal
	if who.Kind == authz.Session {
		who.Role = roleOf(&who)
		who.ID, _, _ = strings.Cut(who.ID, ":") // what follows is the session's name
	}
	k := c.known(who)
	if who.Kind == authz.Session && who.ARN == "" {
		k.unnamed(c.roles()[roleKey(&who)])
	}
	k.layers = p.Layers
	return k
}

// ofPath is the class of the sessions of a role that an entry names by its ARN, but for
// those that are named themselves.
func (c *census) ofPath(p authz.Principal) class {
	r := c.roles()[roleKey(&p)]
	if r.party != nil && r.path() == p.Role {
		return c.ofRole(r, authz.Principal{Kind: authz.Session, Account: r.account})[0]
	}
	k := c.known(p)
	k.unnamed(r)
	c.assume(&k)
	return k
}

// inside: 1 for an account in the organization of the universe, -1 for one that is not,
// 0 when that is not known.
func (u *Universe) inside(account string) int {
	a := u.accountNamed(account)
	switch {
	case a == nil || u.Organization == "":
		return 0
	case a.Inside:
		return 1
	}
	return -1
}

// assume gives a class the layers of principals of which nothing is known.
func (c *census) assume(k *class) {
	k.layers.Identity = []*authz.Policy{unconstrained()}
	k.assumed = append(k.assumed, assumedIdentity)
	if k.who.Kind == authz.Federated {
		k.layers.Session = k.layers.Identity
	}
	if a := c.u.accountNamed(k.account); a != nil {
		k.layers.SCPs, k.who.Management = a.SCPs, a.Management
	} else if k.account != "" || k.others {
		k.assumed = append(k.assumed, assumedSCP)
	}
}

// ofAccount returns the root user of an account and all its principals that are
// not known.
func (c *census) ofAccount(id string) []class {
	root := c.known(authz.Principal{Kind: authz.Root, ARN: "arn:" + c.partition + ":iam::" + id + ":root", Account: id})
	root.what = "root user of account " + id
	if a := c.u.accountNamed(id); a != nil {
		root.layers.SCPs, root.who.Management = a.SCPs, a.Management
	} else {
		root.assumed = []string{assumedSCP}
	}
	out := []class{root}
	a := c.u.accountNamed(id)
	if a != nil && a.Closed {
		return out
	}
	for _, kind := range []authz.Kind{authz.User, authz.Session, authz.Federated} {
		k := c.othersOf(kind, id, "any other "+kindNames[kind]+" of account "+id)
		k.organization = root.organization
		out = append(out, k)
	}
	if c.linkedApart(id) {
		k := c.othersOf(linkedRole, id, "any service-linked role of account "+id)
		k.organization = root.organization
		out = append(out, k)
	}
	return out
}

// linkedApart reports whether service-linked roles of an account, or with none of
// accounts that nothing names, are a class of their own: there are control policies,
// which do not apply to them. Elsewhere they are roles like others.
func (c *census) linkedApart(account string) bool {
	a := c.u.accountNamed(account)
	return c.limited || a != nil && a.SCPs != nil
}

// linkedRole stands for sessions of service-linked roles, where a kind is wanted.
const linkedRole authz.Kind = 255

var kindNames = [...]string{authz.User: "user", authz.Session: "role", authz.Federated: "federated user", authz.Root: "root user"}

// elsewhere returns the principals of accounts that nothing names, inside the
// organization and outside.
func (c *census) elsewhere() []class {
	var out []class
	where := []struct {
		organization int
		what         string
	}{{0, "any other account"}}
	if c.u.Organization != "" {
		where[0].organization, where[0].what = -1, "any other account outside the organization"
		where = append(where, where[0])
		where[1].organization, where[1].what = 1, "any other account of the organization"
	}
	for _, w := range where {
		for _, kind := range []authz.Kind{authz.User, authz.Session, authz.Federated, authz.Root, linkedRole} {
			if kind == linkedRole && !c.linkedApart("") {
				continue
			}
			name := "service-linked role"
			if kind != linkedRole {
				name = kindNames[kind]
			}
			k := c.othersOf(kind, "", "any "+name+" of "+w.what)
			k.organization = w.organization
			out = append(out, k)
		}
	}
	return out
}

// othersOf is the class of the principals of a kind that nothing names, of one
// account or of all accounts that nothing names.
func (c *census) othersOf(kind authz.Kind, account, what string) class {
	k := class{what: what, who: authz.Principal{Kind: kind, Account: account}, others: true, account: account}
	if kind == linkedRole {
		k.who.Kind, k.who.ServiceLinked = authz.Session, true
	}
	k.stand = c.stand(kind, account)
	k.hints = hints(kind, c.partition, account)
	k.names = sync.OnceValue(func() []clause { return c.namesOf(kind, account) })
	c.assume(&k)
	return k
}

// namesOf returns the ARNs of the principals of a kind that nothing names.
func (c *census) namesOf(kind authz.Kind, account string) (out []clause) {
	head := func(more string) *pattern {
		p := (&pattern{}).lit("arn:" + c.partition + ":iam::")
		if kind == authz.Federated {
			p = (&pattern{}).lit("arn:" + c.partition + ":sts::")
		}
		if account == "" {
			return p.times(12, digits).lit(":" + more)
		}
		return p.lit(account + ":" + more)
	}
	is := func(list ...*pattern) {
		var any clause
		for _, p := range list {
			any = append(any, demand{pred: textPredicate(p)})
		}
		out = append(out, any)
	}
	not := func(p *pattern) { out = append(out, clause{{pred: textPredicate(p), not: true}}) }
	named := func(more string) { // with a path, or without
		is(head(more).one(nameChars).run(nameChars), head(more).run(pathChars).lit("/").one(nameChars).run(nameChars))
	}
	switch kind {
	case authz.User:
		named("user/")
	case authz.Session:
		named("role/")
		if c.linkedApart(account) {
			not(head("role/aws-service-role/").run(anyChar))
		}
	case linkedRole:
		named("role/aws-service-role/")
	case authz.Federated:
		is(head("federated-user/").one(nameChars).run(nameChars))
	case authz.Root:
		is(head("root"))
	}
	if account == "" {
		for _, id := range c.accounts.list {
			not((&pattern{}).lit("arn:" + c.partition + ":").run(without(":")).lit("::" + id + ":").run(anyChar))
		}
	} else {
		c.exclude(kind, account, not)
	}
	return out
}

// stand returns a principal of a kind, and of an account unless that is empty, that
// no policy names.
func (c *census) stand(kind authz.Kind, account string) authz.Principal {
	if account == "" {
		for account = "none"; c.accounts.has[account]; {
			account += "x"
		}
	}
	iam, name := "arn:"+c.partition+":iam::"+account+":", c.unused()
	p := authz.Principal{Kind: kind, Account: account}
	switch kind {
	case authz.User:
		p.ARN = iam + "user/" + name
	case authz.Session:
		p = sessionOf(iam + "role/" + name)
	case linkedRole:
		p = sessionOf(iam + "role/aws-service-role/" + name)
	case authz.Federated:
		p.ARN = "arn:" + c.partition + ":sts::" + account + ":federated-user/" + name
	case authz.Root:
		p.ARN = iam + "root"
	}
	if p.Kind == authz.Session {
		p.ARN = sessionARN(p.Role, "session")
	}
	return p
}

// findUnused makes up a name that is in no entry.
func (c *census) findUnused() string {
	name := "nobody"
	for slices.ContainsFunc(c.entries.list, func(s string) bool { return strings.Contains(s, name) }) {
		name += "x"
	}
	return name
}

// hints are readable names for a principal of a kind.
func hints(kind authz.Kind, partition, account string) (out []string) {
	accounts := []string{account}
	if account == "" {
		accounts = []string{"999999999999", "888888888888"}
	}
	for _, id := range accounts {
		iam, sts := "arn:"+partition+":iam::"+id+":", "arn:"+partition+":sts::"+id+":"
		switch kind {
		case authz.User:
			out = append(out, iam+"user/someone")
		case authz.Session:
			out = append(out, iam+"role/some-role")
		case linkedRole:
			out = append(out, iam+"role/aws-service-role/some.amazonaws.com/AWSServiceRoleForSome")
		case authz.Federated:
			out = append(out, sts+"federated-user/someone")
		case authz.Root:
			out = append(out, iam+"root")
		}
	}
	return out
}

// exclude leaves out the principals of an account that are known. The name of a
// user or role is unique in its account, whatever its path.
func (c *census) exclude(kind authz.Kind, account string, not func(*pattern)) {
	if kind == linkedRole {
		kind = authz.Session
	}
	head := "::" + account + ":" + nameHeads[kind]
	for _, name := range c.named()[head] {
		not((&pattern{}).lit("arn:" + c.partition + ":").run(without(":")).lit(head).run(pathChars).lit("/" + name))
		not((&pattern{}).lit("arn:" + c.partition + ":").run(without(":")).lit(head + name))
	}
}

var nameHeads = [...]string{authz.User: "user/", authz.Session: "role/", authz.Federated: "federated-user/", authz.Root: "", authz.Service: "", authz.Anonymous: ""}

// findNamed lists the names of the principals that are known, by what comes before
// them: "::111122223333:role/".
func (c *census) findNamed() map[string][]string {
	out, seen := map[string][]string{}, map[string]bool{}
	add := func(p *authz.Principal) {
		full := p.ARN
		if p.Kind == authz.Session {
			full = roleOf(p)
		}
		if nameHeads[p.Kind] == "" || !strings.HasPrefix(full, "arn:"+c.partition+":") {
			return
		}
		head := "::" + p.Account + ":" + nameHeads[p.Kind]
		name := lastPart(full)
		if !seen[head+name] {
			seen[head+name] = true
			out[head] = append(out[head], name)
		}
	}
	for i := range c.u.Parties {
		add(&c.u.Parties[i].Principal)
	}
	for _, s := range c.entries.list {
		if p, ok := principalOf(s); ok {
			add(&p)
		}
	}
	return out
}
