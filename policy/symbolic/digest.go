package symbolic

import (
	"slices"
	"strings"
	"sync"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// digest is what questions about many classes need of a policy again and again, read
// once. It is safe for concurrent use.
type digest struct {
	// keys are the condition keys in lower case, in the order of statements.
	keys []string
	// size counts the statements and the entries of their lists.
	size int
	// named returns who the statements are about.
	named func() *roster
}

// digests are the digests of policies, made when they are asked for.
type digests struct{ made sync.Map }

func (d *digests) of(p *authz.Policy) *digest {
	if have, ok := d.made.Load(p); ok {
		return have.(*digest)
	}
	doc := p.Document()
	out := &digest{named: sync.OnceValue(func() *roster { return newRoster(doc) })}
	seen := map[string]bool{}
	for i := range doc.Statements {
		s := &doc.Statements[i]
		out.size += 1 + len(s.Actions) + len(s.NotActions) + len(s.Resources) + len(s.NotResources)
		for _, l := range []*policy.Principals{s.Principals, s.NotPrincipals} {
			if l != nil {
				out.size += len(l.AWS) + len(l.Service)
			}
		}
		for j := range s.Conditions {
			out.size += len(s.Conditions[j].Values)
			if key := strings.ToLower(s.Conditions[j].Key); !seen[key] {
				seen[key] = true
				out.keys = append(out.keys, key)
			}
		}
	}
	have, _ := d.made.LoadOrStore(p, out)
	return have.(*digest)
}

// roster tells which statements of a document a principal is in.
type roster struct {
	lists []element
	// always are the statements to look at whoever the principal is, listed those
	// that have an entry, by account, by other names and by services.
	always                     []int
	accounts, others, services map[string][]int
}

// element is the Principal or NotPrincipal element of a statement.
type element struct {
	not bool // NotPrincipal
	// everyone: "*"; allAWS: {"AWS": "*"}.
	everyone, allAWS bool
	// Entries that are not known, or that IAM would refuse.
	vague, vagueService, bare bool
	// named: there are entries that name no account.
	named bool
	// undetermined: the source does not tell the element.
	undetermined bool
}

func newRoster(d *policy.Document) *roster {
	r := &roster{lists: make([]element, len(d.Statements)), accounts: map[string][]int{}, others: map[string][]int{}, services: map[string][]int{}}
	for i := range d.Statements {
		s := &d.Statements[i]
		l := &r.lists[i]
		p := s.Principals
		if l.undetermined = undetermined(s, "Principal", "NotPrincipal"); p == nil && s.NotPrincipals != nil {
			p, l.not = s.NotPrincipals, true
		}
		if p != nil {
			r.read(i, l, p)
		}
		if l.undetermined || l.not || l.everyone || l.allAWS || l.vague || l.vagueService || l.bare {
			r.always = append(r.always, i)
		}
	}
	return r
}

func (r *roster) read(i int, l *element, p *policy.Principals) {
	l.everyone, l.allAWS, l.bare = p.Any, slices.Contains(p.AWS, "*"), len(p.Bare) > 0
	put := func(in map[string][]int, s string) {
		if at := in[s]; len(at) == 0 || at[len(at)-1] != i {
			in[s] = append(at, i)
		}
	}
	for _, s := range p.AWS {
		l.vague = l.vague || strings.Contains(s, "${")
		if account := accountIn(s); account != "" {
			put(r.accounts, account)
		} else {
			l.named = true
			put(r.others, s)
		}
	}
	for _, s := range p.Service {
		l.vagueService = l.vagueService || strings.Contains(s, "${")
		put(r.services, s)
	}
}

// place is a statement that may be about a class, and the ways in which the entries of
// its list match it.
type place struct {
	statement int
	listed    ways
}

// places returns the statements that may be about a class, in their order.
func (r *roster) places(c *class) []place {
	var out []place
	for _, a := range c.aliases() {
		in := r.others
		switch {
		case c.who.Kind == authz.Service:
			in = r.services
		case a.way == authz.ByAccount:
			in = r.accounts
		}
		if a.name == "" {
			continue
		}
		for _, i := range in[a.name] {
			p := place{statement: i}
			p.listed[a.way] = true
			out = append(out, p)
		}
	}
	for _, i := range r.always {
		out = append(out, place{statement: i})
	}
	if c.vague() { // any name may be one of its own
		for i := range r.lists {
			if r.lists[i].named {
				out = append(out, place{statement: i})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b place) int { return a.statement - b.statement })
	n := 0
	for i := range out {
		if n > 0 && out[n-1].statement == out[i].statement {
			for m, is := range out[i].listed {
				out[n-1].listed[m] = out[n-1].listed[m] || is
			}
			continue
		}
		out[n] = out[i]
		n++
	}
	return out[:n]
}

// who tells how a statement with an effect matches the class: all of its principals
// match alike. sure is false when that depends on what is not known, in the element or
// in the principal's names.
func (r *roster) who(p *place, c *class, effect policy.Effect) (w ways, sure bool) {
	l := &r.lists[p.statement]
	switch {
	case l.undetermined:
		return w, false
	case !l.not:
		return r.match(p, c, effect == policy.Deny)
	case effect == policy.Deny:
		listed, sure := r.match(p, c, false)
		w[authz.Direct] = !c.spared(listed, l.everyone || l.allAWS)
		return w, sure
	}
	listed, sure := r.match(p, c, true)
	w[authz.Direct] = listed.strongest() == authz.NoPrincipal
	return w, sure
}

// match tells how the class matches the list itself. wide: {"AWS": "*"} covers
// services, which AWS does not document.
func (r *roster) match(p *place, c *class, wide bool) (w ways, sure bool) {
	l, service := &r.lists[p.statement], c.who.Kind == authz.Service
	switch {
	case l.everyone || l.allAWS && (!service || wide):
		w[authz.Direct] = true
		return w, true
	case service:
		return p.listed, !l.bare && !l.vagueService
	}
	return p.listed, !l.bare && !l.vague && (c.others || !l.named || !c.vague())
}
