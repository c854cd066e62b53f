package symbolic

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// index finds the parties that may be able to do an action on a key. It may find
// more than can, and never leaves one out; see [Universe.Reach]. It is safe for
// concurrent use once made.
type index struct {
	u               *Universe
	action          string
	across, retires bool
	// parties are all of them; the lists below have their places in it.
	parties []class
	// named are the parties by each name that policies and grants may give them:
	// their ARN, their unique id, their role, the user who made their session.
	named map[string][]int32
	// of are the parties by account, roots the root users among them.
	of, roots map[string][]int32
	// vague have names with parts that are not known.
	vague []int32
	// wholes are the parties that stand for all sessions of a role, by the role.
	wholes map[string][]int32
	roles  map[string]*role
	// share is the work that a target may take.
	share int
	// What the parties' own policies allow: the action on the key of an ARN, for the
	// targets only; on keys that match a pattern, and on any key, by account.
	literal map[string][]int32
	// anyTarget: the targets are not known beforehand.
	anyTarget bool
	patterns  []resourcePattern
	every     map[string][]int32
}

type resourcePattern struct {
	text string
	of   map[string][]int32
}

func (u *Universe) index(action string, targets []*Target) *index {
	across, _ := across(action)
	x := &index{
		u: u, action: action, across: across, retires: strings.EqualFold(action, "kms:"+retireGrant), parties: make([]class, len(u.Parties)),
		named: make(map[string][]int32, 3*len(u.Parties)), of: map[string][]int32{}, roots: map[string][]int32{},
		literal: make(map[string][]int32, len(targets)), every: map[string][]int32{}, wholes: map[string][]int32{},
		share: u.share(len(targets)), anyTarget: targets == nil,
	}
	for _, t := range targets {
		x.literal[t.Key] = nil
	}
	c := u.census("")
	x.roles = c.roles()
	holders := map[*authz.Policy][]int32{}
	var order []*authz.Policy
	for i := range u.Parties {
		x.parties[i] = c.ofParty(&u.Parties[i])
		k := &x.parties[i]
		k.digests = c.digests
		x.name(int32(i), &k.who)
		for _, p := range k.layers.Identity {
			if p == nil {
				continue
			}
			if holders[p] == nil {
				order = append(order, p)
			}
			holders[p] = append(holders[p], int32(i))
		}
	}
	patterns := map[string]int{}
	for _, p := range order {
		x.hold(p, holders[p], patterns)
	}
	return x
}

// name notes the names and the account of a party.
func (x *index) name(i int32, p *authz.Principal) {
	if p.Kind == authz.Session && p.ARN == "" {
		key := roleKey(p)
		x.wholes[key] = append(x.wholes[key], i)
	}
	names := [...]string{p.ARN, p.ID, p.Role, p.Parent}
	for n, s := range names {
		if s != "" && !slices.Contains(names[:n], s) {
			x.named[s] = append(x.named[s], i)
		}
	}
	x.of[p.Account] = append(x.of[p.Account], i)
	if p.Kind == authz.Root {
		x.roots[p.Account] = append(x.roots[p.Account], i)
	}
	if x.parties[i].vague() {
		x.vague = append(x.vague, i)
	}
}

// hold notes what a policy allows its holders.
func (x *index) hold(p *authz.Policy, holders []int32, patterns map[string]int) {
	put := func(in map[string][]int32) {
		for _, i := range holders {
			account := x.parties[i].who.Account
			in[account] = append(in[account], i)
		}
	}
	d := p.Document()
	for i := range d.Statements {
		s := &d.Statements[i]
		if !mayAllow(s, x.action) {
			continue
		}
		entries, any := resourcesOf(s)
		for _, entry := range entries {
			if list, ok := x.literal[entry]; ok || x.anyTarget {
				x.literal[entry] = append(list, holders...)
			}
			switch loose, wild := loosened(entry); {
			case loose == "*":
				any = true
			case wild:
				at, ok := patterns[loose]
				if !ok {
					at = len(x.patterns)
					patterns[loose] = at
					x.patterns = append(x.patterns, resourcePattern{loose, map[string][]int32{}})
				}
				put(x.patterns[at].of)
			}
		}
		if any {
			put(x.every)
		}
	}
}

// mayAllow reports whether a statement may allow an action, its principals,
// resources and conditions aside.
func mayAllow(s *policy.Statement, action string) bool {
	if s.Effect == policy.Deny && !undetermined(s) {
		return false
	}
	if undetermined(s, "Action", "NotAction") || s.Actions != nil && s.NotActions != nil || s.Covers(action) {
		return true
	}
	return slices.ContainsFunc(slices.Concat(s.Actions, s.NotActions), func(entry string) bool { return strings.Contains(entry, "${") })
}

// resourcesOf returns the entries of which one must match for the statement to
// cover a resource; any: none need.
func resourcesOf(s *policy.Statement) (entries []string, any bool) {
	return s.Resources, s.NotResources != nil || undetermined(s, "Resource", "NotResource")
}

// loosened returns a pattern for [policy.Match] that matches whatever an entry of
// Resource may match, and whether it has wildcards: variables and escapes become
// wildcards, and so do parts that the entry leaves out.
func loosened(entry string) (pattern string, wild bool) {
	var b strings.Builder
	for i := 0; i < len(entry); {
		if strings.HasPrefix(entry[i:], "${") {
			if end := closing(entry, i); end > 0 {
				b.WriteByte('*')
				i = end + 1
				continue
			}
		}
		b.WriteByte(entry[i])
		i++
	}
	if strings.Count(entry, ":") < 5 {
		b.WriteByte('*')
	}
	if pattern = b.String(); strings.Trim(pattern, "*") == "" {
		return "*", true
	}
	return pattern, strings.ContainsAny(pattern, "*?")
}

// door is whom a key lets in.
type door struct {
	everyone bool
	accounts []string
	names    []string
	// doubt: it depends on what is not known.
	doubt bool
}

func (x *index) door(t *Target, home string) (d door) {
	if x.retires {
		d.accounts = append(d.accounts, home)
	} else if t.Policy != nil {
		doc := t.Policy.Document()
		for i := range doc.Statements {
			if s := &doc.Statements[i]; mayAllow(s, x.action) {
				d.statement(s)
			}
		}
	}
	for i := range t.Grants {
		d.entry(t.Grants[i].Grantee)
		if x.retires && t.Grants[i].Retiring != "" {
			d.entry(t.Grants[i].Retiring)
		}
	}
	return d
}

func (d *door) statement(s *policy.Statement) {
	d.doubt = d.doubt || undetermined(s, "Principal", "NotPrincipal")
	if s.Principals == nil {
		d.everyone = d.everyone || s.NotPrincipals != nil
		return
	}
	d.everyone = d.everyone || s.Principals.Any || s.NotPrincipals != nil
	for _, list := range [][]string{s.Principals.AWS, s.Principals.Service, s.Principals.Bare} {
		for _, entry := range list {
			d.entry(entry)
		}
	}
}

// mayAdmit says whether the key may let in some principal of a class. Of a class of a named account that
// is neither named nor has its account or everybody named, it is proved that it does not.
func (d door) mayAdmit(c *class) bool {
	if d.doubt || d.everyone || c.account == "" || slices.Contains(d.accounts, c.account) {
		return true
	}
	return slices.ContainsFunc(d.names, func(name string) bool {
		a, err := arn.Parse(name)
		return err != nil || a.Account == c.account
	})
}

func (d *door) entry(s string) {
	switch account := accountIn(s); {
	case strings.Contains(s, "${"):
		d.doubt = true
	case s == "*":
		d.everyone = true
	case account != "":
		d.accounts = append(d.accounts, account)
	default:
		d.names = append(d.names, s)
	}
}

// found collects parties, each once. It is used for one target after another.
type found struct {
	list []int32
	// last is, for each party, the round in which it was found last.
	last  []int32
	round int32
}

func (f *found) add(parties []int32) {
	for _, i := range parties {
		if f.last[i] != f.round {
			f.last[i] = f.round
			f.list = append(f.list, i)
		}
	}
}

// candidates finds the parties that may be able to do the action on a target, in
// their order.
func (x *index) candidates(t *Target, f *found) {
	f.list, f.round = f.list[:0], f.round+1
	key, _ := parseTarget(t)
	home := key.Account
	d := x.door(t, home)
	if d.doubt || strings.Contains(t.Key, "${") {
		for i := range x.parties {
			f.list = append(f.list, int32(i))
		}
		return
	}
	f.add(x.vague)
	for _, s := range d.names {
		f.add(x.named[s])
		if p, ok := sessionIn(s); ok {
			f.add(x.wholes[roleKey(&p)])
		}
	}
	if d.everyone {
		f.add(x.of[home])
		f.add(x.of[""]) // services
	}
	x.byOwnPolicies(t.Key, f, func(account string) bool {
		return account == "" || (account == home || x.across) && (d.everyone || slices.Contains(d.accounts, account))
	})
	slices.Sort(f.list)
}

// byOwnPolicies adds the parties of some accounts whose own policies may allow the
// action on the key. A root user needs none.
func (x *index) byOwnPolicies(key string, f *found, in func(account string) bool) {
	for account, list := range x.roots {
		if in(account) {
			f.add(list)
		}
	}
	for account, list := range x.every {
		if in(account) {
			f.add(list)
		}
	}
	for _, i := range x.literal[key] {
		if in(x.parties[i].who.Account) {
			f.add([]int32{i})
		}
	}
	for i := range x.patterns {
		if p := &x.patterns[i]; policy.Match(p.text, key) {
			for account, list := range p.of {
				if in(account) {
					f.add(list)
				}
			}
		}
	}
}

// sessionIn reads an entry that names one session of a role.
func sessionIn(entry string) (p authz.Principal, ok bool) {
	if !strings.Contains(entry, ":assumed-role/") {
		return p, false
	}
	return principalOf(entry)
}

// sessions are the sessions that a target names and that are no parties, by the role;
// mostly there are none.
func (x *index) sessions(t *Target) map[string][]authz.Principal {
	var out map[string][]authz.Principal
	note := func(entry string) {
		p, ok := sessionIn(entry)
		if !ok {
			return
		}
		key := roleKey(&p)
		if r := x.roles[key]; r == nil || slices.Contains(r.sessions, lastPart(p.ARN)) {
			return
		}
		if out == nil {
			out = map[string][]authz.Principal{}
		}
		if !slices.Contains(out[key], p) {
			out[key] = append(out[key], p)
		}
	}
	l := t.layers(authz.Layers{})
	eachPolicy(&l, func(p *authz.Policy) {
		d := p.Document()
		for i := range d.Statements {
			for _, list := range []*policy.Principals{d.Statements[i].Principals, d.Statements[i].NotPrincipals} {
				if list != nil {
					for _, s := range list.AWS {
						note(s)
					}
				}
			}
		}
	})
	for i := range t.Grants {
		note(t.Grants[i].Grantee)
		note(t.Grants[i].Retiring)
	}
	return out
}
