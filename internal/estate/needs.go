package estate

import (
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Needs are the needs of all slots that lead to the key, each once, as sets of requests:
// what the least policy for it must allow. open tells of needs that cannot be stated.
func (c *Case) Needs() (needs []symbolic.Need, open []bedlock.Evidence) {
	seen := map[string]bool{}
	for _, ref := range c.w.e.Slots(c.Key.ID) {
		if ref.Slot == nil || len(ref.Slot.Needs) == 0 && len(ref.Slot.Through) == 0 {
			open = append(open, bedlock.Evidence{Text: "who needs the key for " + ref.Resource.ID + " is not in the catalogue", At: ref.Resource.At})
			continue
		}
		for i := range ref.Slot.Needs {
			for _, n := range c.need(ref.Resource, &ref.Slot.Needs[i], &open) {
				if id := identify(&n); !seen[id] {
					seen[id] = true
					needs = append(needs, n)
				}
			}
		}
	}
	return needs, open
}

// CallerNeeds are the needs that a principal has as a caller of the services of the slots that
// lead to the key: those of the types, and of what the catalogue says they are for, that has takes.
func (c *Case) CallerNeeds(who authz.Principal, has func(typ, purpose string) bool) (needs []symbolic.Need) {
	seen := map[string]bool{}
	for _, ref := range c.w.e.Slots(c.Key.ID) {
		if ref.Slot == nil {
			continue
		}
		for i := range ref.Slot.Needs {
			if n := &ref.Slot.Needs[i]; n.Who != "caller" || !has(ref.Resource.Type, n.For) {
				continue
			}
			for _, n := range c.need(ref.Resource, &ref.Slot.Needs[i], new([]bedlock.Evidence)) {
				n.Principal = who
				if id := identify(&n); !seen[id] {
					seen[id] = true
					needs = append(needs, n)
				}
			}
		}
	}
	return needs
}

// need states one need of the catalogue for a resource.
func (c *Case) need(r *inventory.Resource, n *catalog.Need, open *[]bedlock.Evidence) (out []symbolic.Need) {
	region, account := firstText(known(r.Region), c.Region), firstText(known(r.Account), c.Account)
	base := symbolic.Need{Via: strings.ReplaceAll(n.Via, "{region}", region), GrantForAWSResource: n.Via != "" && slices.Contains(n.Actions, "CreateGrant")}
	for _, a := range n.Actions {
		base.Actions = append(base.Actions, "kms:"+a)
	}
	if slices.Contains(n.Actions, "CreateGrant") {
		base.GrantOperations = n.GrantOperations
	}
	for _, key := range slices.Sorted(maps.Keys(n.Context)) {
		value := c.value(n.Context[key], r)
		if value == "" {
			base.Unconfirmed = append(base.Unconfirmed, "encryption context "+key)
			continue
		}
		if base.Context == nil {
			base.Context = map[string]string{}
		}
		base.Context[key] = value
	}
	if strings.HasPrefix(n.Source, "unconfirmed") {
		base.Unconfirmed = append(base.Unconfirmed, "the need itself: "+strings.TrimPrefix(n.Source, "unconfirmed: "))
	}
	if service, ok := strings.CutPrefix(n.Who, "service:"); ok {
		base.Principal = authz.Principal{Kind: authz.Service, ARN: catalog.ServicePrincipal(service, region)}
		if base.SourceARN = c.value(n.SourceARN, r); n.SourceAccount {
			base.SourceAccount = account
		}
		return []symbolic.Need{base}
	}
	role, ok := strings.CutPrefix(n.Who, "role:")
	if !ok {
		base.Principal = authz.Principal{Account: account}
		return []symbolic.Need{base}
	}
	for i := range r.Roles {
		ref := &r.Roles[i]
		if baseName(ref.Name) != role || ref.Text.State() == inventory.StateAbsent || ref.Text.State() == inventory.Unrecorded {
			continue
		}
		p, why := c.w.roleOf(ref)
		if p == nil {
			*open = append(*open, why...)
			continue
		}
		one := base
		one.Principal = authz.Principal{Kind: authz.Session, Role: firstText(p.Principal.Role, p.Principal.ARN), Account: p.Principal.Account}
		out = append(out, one)
	}
	return out
}

// value is what a template is for a resource, with * for what is made up at deployment;
// "" when that is not known.
func (c *Case) value(template string, r *inventory.Resource) string {
	if template == "" || template == string(catalog.Unconfirmed) {
		return ""
	}
	if strings.HasPrefix(r.ID, "arn:") && !strings.Contains(template, "{id}") && !strings.Contains(template, "*") {
		return c.w.fill(template, r)
	}
	return c.w.pattern(template, r)
}

func identify(n *symbolic.Need) string {
	parts := []string{n.Principal.ARN, n.Principal.Role, n.Principal.Account, strings.Join(n.Actions, ","), n.Via, n.SourceARN, n.SourceAccount, strings.Join(n.GrantOperations, ","), strings.Join(n.Unconfirmed, ",")}
	for _, key := range slices.Sorted(maps.Keys(n.Context)) {
		parts = append(parts, key, n.Context[key])
	}
	return strings.Join(parts, "\x00")
}

// Placeholders puts names for what exists only after deployment: the ARNs of members and
// of the key.
func (c *Case) Placeholders(s string) string {
	for _, identity := range c.w.made() {
		if !c.concerns(identity) {
			continue
		}
		p := c.w.party(identity.ID)
		full := c.ARN(p)
		if isMadeUp(full) {
			s = strings.ReplaceAll(s, full, "<ARN of "+p.Name+">")
		}
		if made := c.w.principalName(p.Identity); strings.HasPrefix(made, "deployed-") {
			// Statement ids write names in words.
			kind, name, _ := strings.Cut(p.Name, " ")
			s = strings.ReplaceAll(s, kind+" "+strings.ReplaceAll(made, "-", " "), kind+" "+name)
		}
	}
	if c.Target.Key != c.Key.ARN.Or("") && c.Target.Key != c.Key.ID {
		s = strings.ReplaceAll(s, c.Target.Key, "<ARN of key "+KeyName(c.Key)+">")
	}
	return c.readable(s)
}
