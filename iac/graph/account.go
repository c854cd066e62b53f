package graph

import (
	"maps"
	"slices"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// maxUnits bounds how deep units are nested; Organizations allows five.
const maxUnits = 10

// fullAccess are the policies that Organizations attaches to every root, unit and
// account by itself. Code that takes the first one away again does so outside of what
// a template or Terraform can express, so it is always taken to be there.
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html,
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_evaluation.html
var fullAccess = map[controlKind]inventory.ControlPolicy{
	serviceControl: {
		ID: "p-FullAWSAccess", Name: "FullAWSAccess",
		Policy: inventory.Known(inventory.Policy{Text: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}, bedlock.Position{}),
	},
	resourceControl: {
		ID: "p-RCPFullAWSAccess", Name: "RCPFullAWSAccess",
		Policy: inventory.Known(inventory.Policy{Text: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`}, bedlock.Position{}),
	},
}

// accounts makes an entry for each account whose number is known.
func (o *organization) accounts() {
	made := map[string]*inventory.Account{}
	for _, u := range o.order {
		if u.level != levelAccount {
			continue
		}
		chain, why := u.chain()
		gap := why
		if gap == "" && u.id == "" {
			gap = "the number of account " + u.r.Address + " is known only after deployment"
		}
		for _, up := range chain {
			up.covered = true
			if up.gap == "" {
				up.gap = gap
			}
		}
		if u.id == "" {
			continue
		}
		if twice := made[u.id]; twice != nil {
			why := "the inputs have account " + u.id + " more than once"
			twice.SCPs, twice.RCPs = inventory.Unknown[[]inventory.Level](why, u.r.At), inventory.Unknown[[]inventory.Level](why, u.r.At)
			continue
		}
		made[u.id] = o.account(u, chain, why)
	}
	for id, attached := range o.outside {
		why := "the units above account " + id + " are not among the inputs"
		at := attached[0].at
		made[id] = &inventory.Account{
			ID: id, Organization: inventory.Unknown[string]("the organization is not among the inputs", at),
			SCPs: inventory.Unknown[[]inventory.Level](why, at), RCPs: inventory.Unknown[[]inventory.Level](why, at),
		}
	}
	used := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(made)) {
		acc := made[id]
		for _, l := range slices.Concat(acc.SCPs.Or(nil), acc.RCPs.Or(nil)) {
			for _, p := range l.Policies {
				used[p] = true
			}
		}
		o.a.parts.Accounts = append(o.a.parts.Accounts, *acc)
	}
	for _, kind := range []controlKind{serviceControl, resourceControl} {
		if p := fullAccess[kind]; used[p.ID] {
			o.a.parts.ControlPolicies = append(o.a.parts.ControlPolicies, p)
		}
	}
}

// chain lists the units from the account up to the root; why is set when one of them
// is not known.
func (u *unit) chain() (chain []*unit, why string) {
	for ; u != nil; u = u.parent {
		if len(chain) > maxUnits {
			return chain, "units are nested more than ten levels deep"
		}
		chain = append(chain, u)
		if u.why != "" {
			return chain, u.why
		}
		if u.r.When != "" && u.level != levelAccount {
			return chain, u.r.Address + " is there only when " + u.r.When
		}
	}
	return chain, ""
}

func (o *organization) account(u *unit, chain []*unit, why string) *inventory.Account {
	acc := &inventory.Account{ID: u.id}
	if why != "" {
		acc.Organization = inventory.Unknown[string](why, u.r.At)
		acc.SCPs, acc.RCPs = inventory.Unknown[[]inventory.Level](why, u.r.At), inventory.Unknown[[]inventory.Level](why, u.r.At)
		return acc
	}
	root := chain[len(chain)-1].r
	acc.Organization = inventory.Unknown[string]("known only after deployment", root.At)
	for _, attribute := range []string{"organization_id", "id"} {
		if id := root.Attributes.Get(attribute); id.Kind == String && len(id.Text) > 2 && id.Text[:2] == "o-" {
			acc.Organization = inventory.Known(id.Text, id.At)
		}
	}
	management := firstOf(root.Attributes, "master_account_id", "management_account_id")
	if acc.Management = management.Kind == String && management.Text == u.id; acc.Management {
		acc.SCPs, acc.RCPs = inventory.Absent[[]inventory.Level](u.r.At), inventory.Absent[[]inventory.Level](u.r.At)
		return acc
	}
	acc.SCPs, acc.RCPs = o.levels(serviceControl, chain), o.levels(resourceControl, chain)
	return acc
}

// levels lists the policies of one kind from the root to the account.
func (o *organization) levels(kind controlKind, chain []*unit) inventory.Value[[]inventory.Level] {
	at := chain[0].r.At
	unknown := func(why string) inventory.Value[[]inventory.Level] {
		return inventory.Unknown[[]inventory.Level](why, at)
	}
	if why := o.open[kind]; why != "" {
		return unknown(why)
	}
	if !o.some[kind] {
		enabled, known := enabledKind(kind, chain[len(chain)-1].r)
		if !known {
			return unknown("whether the organization has the kind " + kind.words() + " enabled is not determined by the code")
		}
		if !enabled {
			return inventory.Absent[[]inventory.Level](at)
		}
	}
	var levels []inventory.Level
	for _, u := range slices.Backward(chain) {
		if why := u.open[kind]; why != "" {
			return unknown(why)
		}
		levels = append(levels, inventory.Level{Name: u.name(), Policies: append([]string{fullAccess[kind].ID}, u.attached[kind]...)})
	}
	return inventory.Known(levels, at)
}

// enabledKind reads whether an organization has a kind of policy enabled; known is
// false when the code does not say so.
func enabledKind(kind controlKind, root *Resource) (enabled, known bool) {
	if root.Type != "aws_organizations_organization" {
		return false, false
	}
	for _, b := range itemsUnder(root.Attributes.Get("enabled_policy_types"), "") {
		if b.Value.Kind != String || b.When != "" {
			return false, false
		}
		enabled = enabled || b.Value.Text == string(kind)
	}
	return enabled, true
}
