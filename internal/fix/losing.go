package fix

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// Loss is a user or role that may call what makes a service use a key for it, and that could not
// use the key: what works for it now would be denied.
type Loss struct {
	Who string `json:"who"` // its ARN
	// Calls is an action of the service, On what it is allowed on: the resource, or a part of it.
	Calls string `json:"calls"`
	On    string `json:"on"`
	// Lacks are the actions of KMS that it is not allowed: kms:Decrypt.
	Lacks []string `json:"lacks"`
	// Depends: whether it may call depends on the request.
	Depends bool `json:"depends,omitempty"`
}

// mostLosing is how many losses of a slot a plan has; the others it counts.
const mostLosing = 50

// losers are those who would lose the use of slots, with the types of these.
type losers map[string]*Caller

func (l losers) add(who, typ string, creates bool) {
	c := l[who]
	if c == nil {
		c = &Caller{ARN: who}
		l[who] = c
	}
	types := &c.Uses
	if creates {
		types = &c.Creates
	}
	if !slices.Contains(*types, typ) {
		*types = append(*types, typ)
	}
}

// losing finds those who would lose the use of a slot: now is the estate as it stands, then as it is
// to be.
func (m *maker) losing(now, then *estate.Estate, c *choice) {
	c.subject.Losing, c.subject.LosingMore = nil, 0
	if c.subject.Why != "" || c.group == nil || c.group.key == "" {
		return
	}
	cases, ok := then.Cases(c.group.key, "")
	if !ok || len(cases) != 1 {
		return
	}
	resource, seen := m.planned.Resource(c.resource.ID), map[string]bool{}
	for i := range c.slot.Needs {
		n := &c.slot.Needs[i]
		for _, calling := range now.Calling(c.resource, n) {
			full := calling.Who.Identity.ARN.Or("")
			if calling.Verdict < estate.Depends || seen[full] || slices.Contains(m.Without, full) || !m.works(now, c, n, full) {
				continue
			}
			lacks := denied(cases[0], full, resource, n)
			if len(lacks) == 0 {
				continue
			}
			seen[full] = true
			m.losers.add(full, c.subject.Type, n.For == "create")
			if len(c.subject.Losing) == mostLosing {
				c.subject.LosingMore++
				continue
			}
			c.subject.Losing = append(c.subject.Losing, Loss{Who: full, Calls: calling.Action, On: calling.Resource, Depends: calling.Verdict == estate.Depends, Lacks: lacks})
		}
	}
}

// denied are the actions of a need that somebody would be denied, when it is so for sure.
func denied(c *estate.Case, who string, r *inventory.Resource, n *catalog.Need) (out []string) {
	party := c.Who(who)
	if !n.Optional && strings.HasPrefix(n.Source, "https://") && c.Shut(party) {
		for _, action := range n.Actions {
			out = append(out, "kms:"+action)
		}
		return out
	}
	use := c.Meets(party, r, n)
	if use.Verdict != estate.Unable {
		return nil
	}
	for _, s := range use.Steps {
		if s.Verdict == estate.Unable {
			out = append(out, s.Action)
		}
	}
	return out
}

// works says whether a principal can use the key that a slot has now. A key of AWS lets in whoever
// may call the service.
func (m *maker) works(now *estate.Estate, c *choice, n *catalog.Need, who string) bool {
	k := m.Inventory.Key(c.subject.From)
	if k == nil || k.Manager.Or(catalog.OwnerCustomer) != catalog.OwnerCustomer {
		return true
	}
	cases, ok := now.Cases(k.ID, "")
	return !ok || len(cases) != 1 || cases[0].Meets(cases[0].Who(who), c.resource, n).Verdict != estate.Unable
}

// foundCallers are those who would lose, as callers that the plan is to let in. Who is of another
// account, or cannot be given a policy, stays with the losses.
func (m *maker) foundCallers() (out []Caller) {
	for _, who := range slices.Sorted(maps.Keys(m.losers)) {
		found := m.losers[who]
		p := m.principalOf(who)
		if p == nil || strings.HasPrefix(p.Path.Or(""), "/aws-reserved/") || !slices.ContainsFunc(m.groups, func(g *group) bool { return g.Account == p.Account.Or("") }) {
			continue
		}
		found.Uses = slices.DeleteFunc(found.Uses, func(typ string) bool { return m.calls(who, typ, false) })
		found.Creates = slices.DeleteFunc(found.Creates, func(typ string) bool { return m.calls(who, typ, true) })
		if len(found.Uses)+len(found.Creates) > 0 {
			out = append(out, *found)
		}
	}
	return out
}

// calls says whether somebody is a caller of a type already, so that letting it in did not help.
func (m *maker) calls(who, typ string, creates bool) bool {
	purpose := "use"
	if creates {
		purpose = "create"
	}
	return slices.ContainsFunc(m.Callers, func(c Caller) bool { return c.ARN == who && c.needs(typ, purpose) })
}

func (m *maker) principalOf(full string) *inventory.Principal {
	if m.principals == nil {
		m.principals = map[string]*inventory.Principal{}
		parts := m.Inventory.Parts()
		for i := range parts.Principals {
			m.principals[parts.Principals[i].ARN.Or("")] = &parts.Principals[i]
		}
	}
	return m.principals[full]
}

// knowWithout refuses a principal of Without that the source does not have: it would be a mistake.
func (m *maker) knowWithout() error {
	for _, who := range m.Without {
		if m.principalOf(who) == nil {
			return fmt.Errorf("%s, who is to do without, is no user or role of the source", who)
		}
	}
	return nil
}
