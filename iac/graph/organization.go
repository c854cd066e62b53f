package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// controlKind is a kind of control policy, by the name that Organizations has for it.
type controlKind string

const (
	serviceControl  controlKind = "SERVICE_CONTROL_POLICY"
	resourceControl controlKind = "RESOURCE_CONTROL_POLICY"
)

// words is the kind as a person writes it.
func (k controlKind) words() string {
	return strings.ToLower(strings.ReplaceAll(string(k), "_", " "))
}

// organizationTypes say how the types that make an organization and its policies are
// spelled.
// Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Organizations.html,
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/organizations_policy,
// https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/organizations_policy
var (
	controlTypes = map[string]struct{ name, kind, content, targets string }{
		"AWS::Organizations::Policy": {"Name", "Type", "Content", "TargetIds"},
		"aws_organizations_policy":   {"name", "type", "content", ""},
		"awscc_organizations_policy": {"name", "type", "content", "target_ids"},
	}
	unitTypes = map[string]struct {
		level      unitLevel
		id, parent string
	}{
		"AWS::Organizations::Organization":        {level: levelRoot},
		"AWS::Organizations::OrganizationalUnit":  {levelUnit, "", "ParentId"},
		"AWS::Organizations::Account":             {levelAccount, "", "ParentIds"},
		"aws_organizations_organization":          {level: levelRoot},
		"aws_organizations_organizational_unit":   {levelUnit, "id", "parent_id"},
		"aws_organizations_account":               {levelAccount, "id", "parent_id"},
		"awscc_organizations_organization":        {level: levelRoot, id: "root_id"},
		"awscc_organizations_organizational_unit": {levelUnit, "organizational_unit_id", "parent_id"},
		"awscc_organizations_account":             {levelAccount, "account_id", "parent_ids"},
	}
)

const controlAttachment = "aws_organizations_policy_attachment"

type unitLevel uint8

const (
	levelRoot unitLevel = iota + 1
	levelUnit
	levelAccount
)

// unit is the root of an organization, an organizational unit or an account.
type unit struct {
	r      *Resource
	level  unitLevel
	id     string // r-…, ou-… or 12 digits; "" when known only after deployment
	parent *unit
	why    string // why the parent is not known
	// attached are the control policies by kind, open why those are not all known.
	attached map[controlKind][]string
	open     map[controlKind]string
	// covered: there are accounts below; gap is why their policies are not known.
	covered bool
	gap     string
}

func (u *unit) name() string {
	if u.id != "" {
		return u.id
	}
	return u.r.Address
}

// control is a control policy, with the units that it is attached to.
type control struct {
	id, name string
	kinds    []controlKind // both when the code does not say which
	m        int
	at       bedlock.Position
	when     string
	targets  []*unit
	loose    []string // why a target is not resolved
}

// organization is what the inputs say about organizations.
type organization struct {
	a        *assembly
	units    map[string]*unit // by resource
	order    []*unit
	byID     map[string]*unit // by r-…, ou-… or account id
	controls map[string]*control
	policies []*control
	outside  map[string][]*control // by literal ids of accounts that are no resources
	open     map[controlKind]string
	some     map[controlKind]bool // there are policies of the kind, so it is enabled
}

// organizations collects control policies and the accounts that they apply to.
func (a *assembly) organizations(modules []Module, written []int) {
	o := &organization{
		a: a, units: map[string]*unit{}, byID: map[string]*unit{}, controls: map[string]*control{},
		outside: map[string][]*control{}, open: map[controlKind]string{}, some: map[controlKind]bool{},
	}
	for _, pass := range []func(int, *Resource){o.collect, o.place, o.attach} {
		for _, m := range written {
			for i := range modules[m].Resources {
				pass(m, &modules[m].Resources[i])
			}
		}
	}
	o.accounts()
	o.notes()
}

// collect takes units and control policies.
func (o *organization) collect(m int, r *Resource) {
	if t, ok := unitTypes[r.Type]; ok {
		u := &unit{r: r, level: t.level, attached: map[controlKind][]string{}, open: map[controlKind]string{}}
		v := r.Attributes.Get(t.id)
		if r.Type == "aws_organizations_organization" {
			v = rootOf(r).Get("id")
		}
		if v.Kind == String && v.Text != "" {
			u.id = v.Text
			o.byID[u.id] = u
		}
		o.units[r.ID] = u
		o.order = append(o.order, u)
	}
	t, ok := controlTypes[r.Type]
	if !ok {
		return
	}
	c := &control{id: r.ID, name: nameOf(r.Attributes.Get(t.name), r.Address), m: m, at: r.At, when: r.When}
	o.controls[r.ID] = c
	if id := r.Attributes.Get("id"); r.Dialect == Terraform && id.Kind == String && id.Text != "" {
		o.controls[id.Text] = c
	}
	switch kind := r.Attributes.Get(t.kind); {
	case kind.Kind == Absent && r.Type == "aws_organizations_policy":
		c.kinds = []controlKind{serviceControl}
	case kind.Kind == String && (kind.Text == string(serviceControl) || kind.Text == string(resourceControl)):
		c.kinds = []controlKind{controlKind(kind.Text)}
	case kind.Kind == String: // tags, backups and the like
		return
	default:
		c.kinds = []controlKind{serviceControl, resourceControl}
	}
	o.policies = append(o.policies, c)
	o.a.parts.ControlPolicies = append(o.a.parts.ControlPolicies, inventory.ControlPolicy{
		ID: c.id, Name: c.name, Policy: r.Attributes.Get(t.content).identityPolicy(""), At: r.At,
	})
}

// rootOf is the root as a state tells it.
func rootOf(r *Resource) Value {
	if roots := listOf(r.Attributes.Get("roots")); len(roots) == 1 {
		return roots[0]
	}
	return Value{}
}

// place finds the parent of a unit.
func (o *organization) place(m int, r *Resource) {
	u := o.units[r.ID]
	if u == nil || u.level == levelRoot {
		return
	}
	parents := itemsUnder(r.Attributes.Get(unitTypes[r.Type].parent), "")
	if len(parents) == 0 && u.level == levelAccount { // below the root
		u.parent = o.onlyRoot(m)
		if u.parent == nil {
			u.why = "the organization of " + r.Address + " is not among the inputs"
		}
		return
	}
	if len(parents) != 1 {
		u.why = "the parent of " + r.Address + " is not determined by the code"
		return
	}
	if u.parent, u.why = o.target(parents[0].Value); u.parent == nil && u.why == "" {
		u.why = parents[0].Value.Print() + ", the parent of " + r.Address + ", is not among the inputs"
	}
}

// onlyRoot is the root of a module's organization, nil when it has none or several.
func (o *organization) onlyRoot(m int) *unit {
	var root *unit
	for _, u := range o.order {
		if u.level == levelRoot && o.a.module[u.r.ID] == m {
			if root != nil {
				return nil
			}
			root = u
		}
	}
	return root
}

// target finds the unit that a value names; why is set when the value is not
// determined.
func (o *organization) target(v Value) (u *unit, why string) {
	switch v.Kind {
	case Unknown:
		return nil, v.Text
	case String, Number:
		return o.byID[v.Text], ""
	case Ref:
		if u := o.units[v.Target]; u != nil && (u.level != levelRoot || v.Text == "" || strings.Contains(strings.ToLower(v.Text), "root")) {
			return u, ""
		}
	}
	return nil, v.describe() + " is known only after deployment"
}

// attach notes which units a policy is attached to.
func (o *organization) attach(m int, r *Resource) {
	if t, ok := controlTypes[r.Type]; ok {
		for _, b := range itemsUnder(r.Attributes.Get(t.targets), r.When) {
			o.attachTo(o.controls[r.ID], b)
		}
	}
	if r.Type != controlAttachment {
		return
	}
	c := o.named(m, r)
	if c == nil {
		return
	}
	for _, b := range itemsUnder(r.Attributes.Get("target_id"), r.When) {
		if both, ok := conjoin(c.when, b.When); ok {
			o.attachTo(c, Branch{When: both, Value: b.Value})
		}
	}
}

// named is the policy that an attachment names; nil for those that are attached
// anyway. One that is not among the inputs may be of either kind.
func (o *organization) named(m int, r *Resource) *control {
	v := r.Attributes.Get("policy_id")
	key := v.Target
	if v.Kind == String {
		key = v.Text
	}
	if c := o.controls[key]; c != nil {
		return c
	}
	if v.Kind == String && (key == fullAccess[serviceControl].ID || key == fullAccess[resourceControl].ID) {
		return nil
	}
	return &control{name: r.Address, kinds: []controlKind{serviceControl, resourceControl}, m: m, at: r.At}
}

func (o *organization) attachTo(c *control, b Branch) {
	u, why := o.target(b.Value)
	for _, kind := range c.kinds {
		o.some[kind] = o.some[kind] || len(c.kinds) == 1
		var open map[controlKind]string
		switch {
		case u != nil:
			open = u.open
		case why != "":
			open = o.open
		}
		switch {
		case open == nil: // outside of what is here
		case u == nil:
			open[kind] = "it is not known what " + c.name + " is attached to: " + why
		case c.id == "" || len(c.kinds) > 1:
			open[kind] = "the control policy of " + c.name + " is not known"
		case b.When != "":
			open[kind] = c.name + " is attached only when " + b.When
		case !slices.Contains(u.attached[kind], c.id):
			u.attached[kind] = append(u.attached[kind], c.id)
		}
	}
	switch {
	case u != nil:
		c.targets = append(c.targets, u)
	case why != "":
		c.loose = append(c.loose, why)
	case isAccount(b.Value.Text):
		o.outside[b.Value.Text] = append(o.outside[b.Value.Text], c)
		c.loose = append(c.loose, "the units above account "+b.Value.Text+" are not among the inputs")
	default:
		c.loose = append(c.loose, b.Value.Text+" is not among the inputs")
	}
	if c.id == "" {
		o.policies = append(o.policies, c)
	}
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// notes tells of the policies for which it is not known which accounts they apply to.
func (o *organization) notes() {
	for _, c := range o.policies {
		if len(c.kinds) == 0 {
			continue
		}
		why := slices.Clone(c.loose)
		for _, u := range c.targets {
			switch {
			case !u.covered:
				why = append(why, "no account below "+u.name()+" is among the inputs")
			case u.gap != "":
				why = append(why, u.gap)
			}
		}
		if len(why) > 0 {
			o.a.note(c.m, fmt.Sprintf("which accounts %s %s applies to is not resolved: %s", c.kinds[0].words(), c.name, why[0]), c.at)
		}
	}
}
