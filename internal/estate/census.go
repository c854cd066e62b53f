package estate

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// census is what is known of the users and roles of an inventory whatever the deployment. Of what
// is there already it is everything, and no deployment need ask again.
type census struct {
	// ids are those of the ones whose ARNs are known, by ARN, of roles also by that of their session.
	ids map[string]string
	// of are they by account, madeUp those whose names or accounts look made up.
	of     map[string][]*inventory.Principal
	madeUp []*inventory.Principal
	// open are the others.
	open []*inventory.Principal
}

func (e *Estate) count() *census {
	c := &census{ids: map[string]string{}, of: map[string][]*inventory.Principal{}}
	parts := e.inv.Parts()
	for i := range parts.Principals {
		p := &parts.Principals[i]
		full := p.ARN.Or("")
		switch {
		case p.Kind == inventory.Group:
			continue
		case full == "" || arn.IsToken(full):
			c.open = append(c.open, p)
			continue
		}
		recognize(c.ids, p, full)
		account := accountOf(full)
		c.of[account] = append(c.of[account], p)
		if name := p.Name.Or(""); isMadeUp(full) || name == "" || arn.IsToken(name) || strings.HasPrefix(name, "deployed-") {
			c.madeUp = append(c.madeUp, p)
		}
	}
	return c
}

// recognize notes the ARNs of a user or role.
func recognize(ids map[string]string, p *inventory.Principal, full string) {
	ids[full] = p.ID
	if p.Kind == inventory.Role {
		ids[roleSession(full).ARN] = p.ID
	}
}

// identities returns the users and roles of an account, in the inventory's order.
func (w *world) identities(account string) []*inventory.Principal {
	c := w.e.census()
	out := c.of[account]
	if len(c.open) == 0 {
		return out
	}
	out = slices.Clone(out)
	for _, p := range c.open {
		if accountOf(w.principalARN(p)) == account {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *inventory.Principal) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// finderKey is an action that users and roles of an account may do on keys.
type finderKey struct{ account, action string }

// finder finds those who may be able to do an action on a key, by their places in the list of the
// account's users and roles.
type finder struct {
	*symbolic.Finder
	places map[*Party]int32
}

// finder returns the finder of an action for an account; nil: there is none.
func (w *world) finder(account, action string) *finder {
	key := finderKey{account, action}
	w.mu.Lock()
	f, made := w.finders[key]
	w.mu.Unlock()
	if made {
		return f
	}
	u := &symbolic.Universe{Partition: w.partition}
	places := map[*Party]int32{}
	for i, p := range w.identities(account) {
		party := w.party(p.ID)
		places[party] = int32(i)
		u.Parties = append(u.Parties, party.any())
	}
	if found, err := u.Finder(action); err == nil {
		f = &finder{found, places}
	}
	w.mu.Lock()
	w.finders[key] = f
	w.mu.Unlock()
	return f
}

// any is a party that stands for all sessions of its role.
func (p *Party) any() symbolic.Party {
	all := p.Party
	if all.Principal.Kind == authz.Session {
		all.Principal.ARN = ""
	}
	return all
}

// hopeful says of which callers it is not proved that they never can make a use, of those that are
// users and roles of the account; nil: of all. Of the others there is no verdict but that they cannot.
func (c *Case) hopeful(account string, actions []string) func(*Party) bool {
	if c.Account == unnamedAccount || known(c.Key.Region) == "" {
		return nil // see elsewhere
	}
	type looked struct {
		f    *finder
		able []int32
	}
	var all []looked
	for _, action := range actions {
		if action == "DescribeKey" && len(actions) > 1 {
			continue // without it alone, it depends
		}
		f := c.w.finder(account, "kms:"+action)
		if f == nil {
			return nil
		}
		able, err := f.Candidates(c.Target)
		if err != nil {
			return nil
		}
		all = append(all, looked{f, able})
	}
	return func(p *Party) bool {
		for _, l := range all {
			place, member := l.f.places[p]
			if !member {
				return true
			}
			if _, able := slices.BinarySearch(l.able, place); !able {
				return false
			}
		}
		return true
	}
}
