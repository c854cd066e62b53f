package fix

import (
	"fmt"
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

	creates bool
}

// losing are those who would lose the use of a slot: now is the estate as it stands, then as it is
// to be.
func (m *maker) losing(now, then *estate.Estate, c *choice) (out []Loss) {
	if c.subject.Why != "" || c.group == nil || c.group.key == "" {
		return nil
	}
	cases, ok := then.Cases(c.group.key, "")
	if !ok || len(cases) != 1 {
		return nil
	}
	resource := m.planned.Resource(c.resource.ID)
	for i := range c.slot.Needs {
		n := &c.slot.Needs[i]
		for _, calling := range now.Calling(c.resource, n) {
			full := calling.Who.Identity.ARN.Or("")
			if calling.Verdict < estate.Depends || slices.Contains(m.Without, full) || !m.works(now, c, n, full) {
				continue
			}
			use := cases[0].Meets(cases[0].Who(full), resource, n)
			if use.Verdict != estate.Unable || slices.ContainsFunc(out, func(l Loss) bool { return l.Who == full }) {
				continue
			}
			l := Loss{Who: full, Calls: calling.Action, On: calling.Resource, Depends: calling.Verdict == estate.Depends, creates: n.For == "create"}
			for _, s := range use.Steps {
				if s.Verdict == estate.Unable {
					l.Lacks = append(l.Lacks, s.Action)
				}
			}
			out = append(out, l)
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
	for _, s := range m.plan.Subjects {
		for _, l := range s.Losing {
			p := m.principalOf(l.Who)
			if p == nil || p.Account.Or("") != s.Account || strings.HasPrefix(p.Path.Or(""), "/aws-reserved/") || m.calls(l.Who, s.Type, l.creates) {
				continue
			}
			i := slices.IndexFunc(out, func(c Caller) bool { return c.ARN == l.Who })
			if i < 0 {
				i = len(out)
				out = append(out, Caller{ARN: l.Who})
			}
			types := &out[i].Uses
			if l.creates {
				types = &out[i].Creates
			}
			if !slices.Contains(*types, s.Type) {
				*types = append(*types, s.Type)
			}
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
	parts := m.Inventory.Parts()
	for i := range parts.Principals {
		if p := &parts.Principals[i]; p.ARN.Or("") == full {
			return p
		}
	}
	return nil
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
