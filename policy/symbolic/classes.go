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
	for i := range c.u.Parties {
		p := &c.u.Parties[i]
		k := c.known(p.Principal)
		k.layers = p.Layers
		out = append(out, k)
	}
	for _, s := range c.entries {
		if p, ok := principalOf(s); ok && !c.isParty(p, s) {
			k := c.known(p)
			c.assume(&k)
			out = append(out, k)
		}
	}
	for _, id := range c.accounts {
		if accountIn(id) == id || arn.IsToken(id) { // else it names nobody
			out = append(out, c.ofAccount(id)...)
		}
	}
	out = append(out, c.elsewhere()...)
	for _, s := range c.services {
		out = append(out, class{what: s, who: authz.Principal{Kind: authz.Service, ARN: s}})
	}
	other := "other.amazonaws.com"
	for slices.Contains(c.services, other) {
		other = "an" + other
	}
	return append(out, class{what: "any other AWS service", who: authz.Principal{Kind: authz.Service, ARN: other}})
}

// known is the class of one principal.
func (c *census) known(p authz.Principal) class {
	if p.Kind == authz.Session {
		p.Role = roleOf(&p)
	}
	what := p.ARN
	if p.Kind == authz.Session && strings.HasSuffix(p.ARN, "/session") {
		what = p.Role
	}
	return class{what: what, who: p, account: p.Account, organization: c.organization(p.Account)}
}

// roleOf is the ARN of a session's role, without its path when that is not known.
func roleOf(p *authz.Principal) string {
	if p.Role != "" {
		return p.Role
	}
	q, _ := principalOf(p.ARN)
	return q.Role
}

func (c *census) isParty(p authz.Principal, entry string) bool {
	for i := range c.u.Parties {
		q := &c.u.Parties[i].Principal
		if q.ARN == entry || q.Role != "" && q.Role == entry || p.Kind == authz.Session && q.Role == p.Role && q.ARN == p.ARN {
			return true
		}
	}
	return false
}

func (c *census) organization(account string) int {
	a := c.u.accountNamed(account)
	switch {
	case a == nil || c.u.Organization == "":
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
	root := class{
		what:    "root user of account " + id,
		who:     authz.Principal{Kind: authz.Root, ARN: "arn:" + c.partition + ":iam::" + id + ":root", Account: id},
		account: id, organization: c.organization(id),
	}
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
	head := func() *pattern {
		p := (&pattern{}).lit("arn:" + c.partition)
		if kind == authz.Federated {
			p.lit(":sts::")
		} else {
			p.lit(":iam::")
		}
		if account != "" {
			return p.lit(account + ":")
		}
		return p.times(12, digits).lit(":")
	}
	add := func(not bool, p *pattern) {
		out = append(out, clause{{pred: textPredicate(p), not: not}})
	}
	switch kind {
	case authz.User:
		add(false, head().lit("user/").run(pathChars).one(nameChars))
	case authz.Session:
		add(false, head().lit("role/").run(pathChars).one(nameChars))
		if c.linkedApart(account) {
			add(true, head().lit("role/aws-service-role/").run(anyChar))
		}
	case linkedRole:
		add(false, head().lit("role/aws-service-role/").run(pathChars).one(nameChars))
	case authz.Federated:
		add(false, head().lit("federated-user/").one(nameChars).run(nameChars))
	case authz.Root:
		add(false, head().lit("root"))
	}
	if account == "" {
		for _, id := range c.accounts {
			add(true, (&pattern{}).lit("arn:"+c.partition+":").run(without(":")).lit("::"+id+":").run(anyChar))
		}
	} else {
		c.exclude(kind, account, add)
	}
	return out
}

// stand returns a principal of a kind, and of an account unless that is empty, that
// no policy names.
func (c *census) stand(kind authz.Kind, account string) authz.Principal {
	if account == "" {
		for account = "none"; slices.Contains(c.accounts, account); {
			account += "x"
		}
	}
	iam := "arn:" + c.partition + ":iam::" + account + ":"
	name := "nobody"
	for slices.ContainsFunc(c.entries, func(s string) bool { return strings.HasSuffix(s, name) }) {
		name += "x"
	}
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
	return p
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
func (c *census) exclude(kind authz.Kind, account string, add func(bool, *pattern)) {
	if kind == linkedRole {
		kind = authz.Session
	}
	head := "::" + account + ":" + nameHeads[kind]
	for _, name := range c.named()[head] {
		add(true, (&pattern{}).lit("arn:"+c.partition+":").run(without(":")).lit(head).run(pathChars).lit("/"+name))
		add(true, (&pattern{}).lit("arn:"+c.partition+":").run(without(":")).lit(head+name))
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
		if nameHeads[p.Kind] == "" {
			return
		}
		head := "::" + p.Account + ":" + nameHeads[p.Kind]
		name := full[strings.LastIndexByte(full, '/')+1:]
		if !seen[head+name] {
			seen[head+name] = true
			out[head] = append(out[head], name)
		}
	}
	for i := range c.u.Parties {
		add(&c.u.Parties[i].Principal)
	}
	for _, s := range c.entries {
		if p, ok := principalOf(s); ok {
			add(&p)
		}
	}
	return out
}
