package estate

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Surplus is an identity of the key's account that can use a key, whatever the
// request, although no slot needs it to.
type Surplus struct {
	Who     string
	Action  string
	Because []bedlock.Evidence
	At      bedlock.Position
}

// demand is who needs a key.
type demand struct {
	roles    map[string]bool // IDs of identities
	services map[string]bool // prefixes of IAM actions: bedrock, s3 …
}

// demands collects who needs each key, by the slots that lead to it.
func (e *Estate) demands() map[string]*demand {
	parts := e.inv.Parts()
	out := map[string]*demand{}
	for i := range parts.Resources {
		r := &parts.Resources[i]
		entry := e.catalog.Type(r.Type)
		if entry == nil {
			continue
		}
		for s := range r.Slots {
			for _, key := range e.keysOf(&r.Slots[s], 0) {
				d := out[key]
				if d == nil {
					d = &demand{roles: map[string]bool{}, services: map[string]bool{}}
					out[key] = d
				}
				d.services[iamPrefix(entry.Service)] = true
				for _, ref := range r.Roles {
					d.roles[ref.Principal] = true
				}
			}
		}
	}
	return out
}

const maxStores = 8

// keysOf are the keys of the inventory to which a slot leads.
func (e *Estate) keysOf(s *inventory.Slot, depth int) (keys []string) {
	for i := range s.Named {
		n := &s.Named[i]
		if n.Key != "" {
			keys = append(keys, n.Key)
		}
		if store := e.inv.Resource(n.Store); store != nil && depth < maxStores {
			for k := range store.Slots {
				if baseName(store.Slots[k].Name) == n.StoreSlot {
					keys = append(keys, e.keysOf(&store.Slots[k], depth+1)...)
				}
			}
		}
	}
	return keys
}

// iamPrefix is the prefix of a service's IAM actions, which several API models share.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func iamPrefix(service string) string {
	switch {
	case strings.HasPrefix(service, "bedrock-agentcore"):
		return "bedrock-agentcore"
	case strings.HasPrefix(service, "bedrock"):
		return "bedrock"
	}
	switch service {
	case "cloudwatch-logs":
		return "logs"
	case "stepfunctions", "sfn":
		return "states"
	case "opensearchserverless":
		return "aoss"
	case "opensearch", "elasticsearch":
		return "es"
	}
	return service
}

// uses are the actions that give access to what a key protects.
var usesOfData = []string{"kms:Decrypt", "kms:GenerateDataKey"}

// Surplus returns the identities of the inventory that can use a key without a
// condition, that no slot with the key names, and whose policies name none of the
// services whose resources it protects.
func (e *Estate) Surplus(key string) (out []Surplus) {
	d := e.demanded()[key]
	if d == nil {
		return nil
	}
	seen := map[*Party]bool{}
	for _, r := range e.reached()[key] {
		p := r.party.Identity
		if seen[r.party] || d.roles[p.ID] || known(p.Account) == "" && input(p.ID) != input(key) {
			continue
		}
		if r.party.Principal.Account != r.c.Account || r.party.Principal.ServiceLinked || r.party.works(d) {
			continue
		}
		if s, can := r.c.always(r.party, r.action); can {
			seen[r.party] = true
			out = append(out, Surplus{Who: r.party.Name, Action: r.action, Because: s.Reasons(), At: p.At})
		}
	}
	return out
}

// reach is an identity that can do an action on a key whatever the request is like.
type reach struct {
	c      *Case
	party  *Party
	action string
}

// reaches finds who can use each key that a slot needs, for all of them at once. Keys
// that may be deployed in several ways are left out.
func (e *Estate) reaches() map[string][]reach {
	byWorld := map[*world][]*Case{}
	for key := range e.demanded() {
		cases, ok := e.Cases(key, "")
		if !ok || len(cases) != 1 {
			continue
		}
		if k, ok := arn.ParseKey(cases[0].Target.Key); ok && k.Form == arn.KeyARN {
			byWorld[cases[0].w] = append(byWorld[cases[0].w], cases[0])
		}
	}
	out := map[string][]reach{}
	for w, cases := range byWorld {
		var parties []*Party
		u := &symbolic.Universe{Partition: w.partition}
		var members []*inventory.Principal
		for _, account := range accountsOf(cases) { // nobody else is a surplus
			members = append(members, w.identities(account)...)
		}
		for _, p := range members {
			parties = append(parties, w.party(p.ID))
			u.Parties = append(u.Parties, parties[len(parties)-1].Party)
		}
		targets := make([]*symbolic.Target, len(cases))
		for i, c := range cases {
			targets[i] = c.Target
		}
		for _, action := range usesOfData {
			found, err := u.Always(action, targets)
			if err != nil {
				continue // of an ARN, which were looked at above
			}
			for i, list := range found {
				for _, party := range list {
					key := cases[i].Key.ID
					out[key] = append(out[key], reach{cases[i], parties[party], action})
				}
			}
		}
	}
	return out
}

// accountsOf are the accounts of keys, sorted.
func accountsOf(cases []*Case) (out []string) {
	for _, c := range cases {
		out = append(out, c.Account)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// input is the source that an ID comes from.
func input(id string) string {
	file, _, _ := strings.Cut(id, "#")
	return file
}

// works reports whether a policy of the party names a service of the demand.
func (p *Party) works(d *demand) bool {
	for _, doc := range p.Layers.Identity {
		statements := doc.Document().Statements
		for i := range statements {
			for _, action := range statements[i].Actions {
				service, _, _ := strings.Cut(action, ":")
				if d.services[strings.ToLower(service)] {
					return true
				}
			}
		}
	}
	return false
}

// always decides whether a party can do an action whatever the request is like.
func (c *Case) always(p *Party, action string) (*Step, bool) {
	layers := p.Layers
	layers.Resource, layers.Grants, layers.RCPs = c.Target.Policy, c.Target.Grants, c.Target.RCPs
	req := c.request(p, action)
	if authz.OutcomeOf(req, &layers) != authz.Allow {
		return nil, false
	}
	return &Step{Action: action, Verdict: Able, Request: req, Layers: &layers, Case: c, Decision: authz.Decide(req, &layers)}, true
}
