package estate

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// SlotRef is a slot of a resource that leads to a key.
type SlotRef struct {
	Resource *inventory.Resource
	Name     string
	// Slot is the catalogue's; nil for a type that it does not have.
	Slot *catalog.Slot
	Key  string
	// When is the condition of the source under which it leads there.
	When string
}

// Slots returns the slots that lead to a key, in the order of resources and slots.
func (e *Estate) Slots(key string) []SlotRef { return slices.Clip(e.leading()[key]) }

// leads finds the slots that lead to each key, for all of them at once.
func (e *Estate) leads() map[string][]SlotRef {
	out := map[string][]SlotRef{}
	parts := e.inv.Parts()
	for i := range parts.Resources {
		for _, s := range e.SlotsOf(&parts.Resources[i]) {
			out[s.Key] = append(out[s.Key], s)
		}
	}
	return out
}

// SlotsOf returns the slots of a resource with each key of the inventory that they
// lead to.
func (e *Estate) SlotsOf(r *inventory.Resource) (out []SlotRef) {
	entry := e.catalog.Type(r.Type)
	for i := range r.Slots {
		s := &r.Slots[i]
		ref := SlotRef{Resource: r, Name: s.Name}
		if entry != nil {
			ref.Slot = entry.Slot(baseName(s.Name))
		}
		e.follow(s, r.When, 0, func(key, when string) {
			ref.Key, ref.When = key, when
			out = append(out, ref)
		})
	}
	return out
}

func (e *Estate) follow(s *inventory.Slot, when string, depth int, found func(key, when string)) {
	for i := range s.Named {
		n := &s.Named[i]
		under := Both(when, n.When)
		if !Compatible(when, n.When) {
			continue
		}
		if n.Key != "" {
			found(n.Key, under)
		}
		if store := e.inv.Resource(n.Store); store != nil && depth < maxStores {
			for k := range store.Slots {
				if baseName(store.Slots[k].Name) == n.StoreSlot {
					e.follow(&store.Slots[k], under, depth+1, found)
				}
			}
		}
	}
}

// Members returns the users and roles of the inventory that may concern a key: all of
// known accounts, and of those whose account is not known the ones of the key's own
// source.
func (c *Case) Members() (out []*Party) {
	parts := c.w.e.inv.Parts()
	for i := range parts.Principals {
		if p := &parts.Principals[i]; c.concerns(p) {
			out = append(out, c.w.party(p.ID))
		}
	}
	return out
}

// concerns says whether an identity of the inventory is a member.
func (c *Case) concerns(p *inventory.Principal) bool {
	return p.Kind != inventory.Group && (known(p.Account) != "" || accountOf(c.w.principalARN(p)) != c.w.account || input(p.ID) == input(c.Key.ID))
}

// Inside is the universe of a key: what [Case.Universe] returns, with its members. A
// role is all of its sessions there.
func (c *Case) Inside() *symbolic.Universe {
	u, _ := c.Universe()
	for _, p := range c.Members() {
		party := p.Party
		if party.Principal.Kind == authz.Session {
			party.Principal.ARN = ""
		}
		u.Parties = append(u.Parties, party)
	}
	return u
}

// Name is what a person calls the principal of an ARN: the identity of the inventory,
// or the ARN itself, also that of one session of a role.
func (c *Case) Name(full string) string {
	if id := c.w.idOf(full); id != "" && !strings.Contains(full, ":assumed-role/") {
		return c.w.party(id).Name
	}
	return c.readable(full)
}

// Ask decides a request of a member: what it may do under its own policies and the
// resource's, for a trust policy or none. Context keys that are not given are open.
func (c *Case) Ask(p *Party, action, resource string, on *authz.Policy) authz.Decision {
	layers := p.Layers
	layers.Resource = on
	given := authz.Context{"aws:securetransport": {Values: []string{"true"}}}
	for key, v := range p.context {
		given[key] = v
	}
	return authz.Decide(&authz.Request{Principal: p.Principal, Action: action, Resource: resource, Context: given, Open: true}, &layers)
}

// Can decides whether a member can do an action on the key; context keys are open.
func (c *Case) Can(p *Party, action string) authz.Decision {
	layers := p.Layers
	layers.Resource, layers.Grants, layers.RCPs = c.Target.Policy, c.Target.Grants, c.Target.RCPs
	return authz.Decide(c.request(p, action), &layers)
}

// Outcome is that of [Case.Can], without its grounds.
func (c *Case) Outcome(p *Party, action string) authz.Outcome {
	layers := p.Layers
	layers.Resource, layers.Grants, layers.RCPs = c.Target.Policy, c.Target.Grants, c.Target.RCPs
	return authz.OutcomeOf(c.request(p, action), &layers)
}

func (c *Case) request(p *Party, action string) *authz.Request {
	given := authz.Context{"aws:requestedregion": {Values: []string{c.Region}}, "aws:resourceaccount": {Values: []string{c.Account}}, "aws:securetransport": {Values: []string{"true"}}}
	for key, v := range p.context {
		given[key] = v
	}
	return &authz.Request{Principal: p.Principal, Action: action, Resource: c.Target.Key, Context: given, Open: true}
}

// Trust returns the compiled trust policy of a role, nil for other parties.
func (c *Case) Trust(p *Party) *authz.Policy {
	if p.Identity == nil || p.Identity.Kind != inventory.Role {
		return nil
	}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if p.trust == nil {
		p.trust = c.w.compile("the trust policy of "+p.Name, p.Identity.Trust, p.At)
	}
	return p.trust
}

// Title is what a person calls a thing of a type: "guardrail".
func (e *Estate) Title(typ string) string {
	if entry := e.catalog.Type(typ); entry != nil {
		return entry.Title
	}
	return typ
}

// ARN is the ARN of a member: of a role, not of its session.
func (c *Case) ARN(p *Party) string {
	return firstText(p.Principal.Role, p.Principal.ARN)
}
