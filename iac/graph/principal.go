package graph

import (
	"cmp"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/inventory"
)

// spelling are the names that the attributes of IAM identities have in one dialect;
// "" where there is none.
type spelling struct {
	path, boundary, trust, groups        string
	managed, inline, inlineName, content string
}

var (
	cloudFormationIAM = spelling{
		path: "Path", boundary: "PermissionsBoundary", trust: "AssumeRolePolicyDocument", groups: "Groups",
		managed: "ManagedPolicyArns", inline: "Policies", inlineName: "PolicyName", content: "PolicyDocument",
	}
	awsIAM = spelling{
		path: "path", boundary: "permissions_boundary", trust: "assume_role_policy",
		managed: "managed_policy_arns", inline: "inline_policy", inlineName: "name", content: "policy",
	}
	awsccIAM = spelling{
		path: "path", boundary: "permissions_boundary", trust: "assume_role_policy_document", groups: "groups",
		managed: "managed_policy_arns", inline: "policies", inlineName: "policy_name", content: "policy_document",
	}
)

// identityType is a type that creates IAM identities, with the attribute that holds
// their name.
type identityType struct {
	kind inventory.PrincipalKind
	name string
	*spelling
}

// identityTypes are the types that create IAM identities.
// Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html,
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role,
// https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/iam_role
var identityTypes = map[string]identityType{
	"AWS::IAM::Role":  {inventory.Role, "RoleName", &cloudFormationIAM},
	"AWS::IAM::User":  {inventory.User, "UserName", &cloudFormationIAM},
	"AWS::IAM::Group": {inventory.Group, "GroupName", &cloudFormationIAM},
	"aws_iam_role":    {inventory.Role, "name", &awsIAM},
	"aws_iam_user":    {inventory.User, "name", &awsIAM},
	"aws_iam_group":   {inventory.Group, "name", &awsIAM},
	"awscc_iam_role":  {inventory.Role, "role_name", &awsccIAM},
	"awscc_iam_user":  {inventory.User, "user_name", &awsccIAM},
	"awscc_iam_group": {inventory.Group, "group_name", &awsccIAM},
}

// identities collects roles, users and groups with what they say of themselves.
func (a *assembly) identities(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		t, ok := identityTypes[r.Type]
		if !ok {
			continue
		}
		a.principals[r.ID] = len(a.parts.Principals)
		a.parts.Principals = append(a.parts.Principals, a.identity(r, t))
	}
}

func (a *assembly) identity(r *Resource, t identityType) inventory.Principal {
	p := inventory.Principal{ID: r.ID, Kind: t.kind, Address: r.Address, At: r.At, Account: r.place().Account}
	if why := r.Attributes; why.Kind == Unknown { // nothing of it is known
		p.ARN = text(why)
		a.blank(&p, why)
		return p
	}
	get := r.Attributes.Get
	p.Name, p.Path = text(get(t.name)), text(get(t.path))
	p.ARN = r.identityARN(&p)
	if _, known := p.Account.Get(); !known {
		if x, err := arn.Parse(p.ARN.Or("")); err == nil && x.Account != "" && !arn.IsToken(x.Account) {
			p.Account = inventory.Known(x.Account, p.ARN.At())
		}
	}
	for _, attribute := range []string{"unique_id", "role_id"} { // states know it
		if v := get(attribute); r.Dialect == Terraform && v.Kind == String && v.Text != "" {
			p.UniqueID = inventory.Known(v.Text, v.At)
		}
	}
	if t.kind == inventory.Role {
		p.Trust = policyOf(get(t.trust))
	}
	if t.kind != inventory.Group {
		p.Boundary, p.BoundaryPolicy = a.boundary(r, get(t.boundary))
	}
	if t.kind == inventory.User {
		for _, b := range itemsUnder(get(t.groups), "") {
			a.addGroup(r, r.ID, b)
		}
	}
	for _, b := range itemsUnder(get(t.inline), "") {
		if n, ok := inlinePolicy(r, t, b); ok {
			p.Policies = append(p.Policies, n)
		}
	}
	for _, b := range itemsUnder(get(t.managed), "") {
		addPolicy(&p, a.managed(r, b))
	}
	return p
}

// blank fills in an identity of which nothing is known.
func (a *assembly) blank(p *inventory.Principal, why Value) {
	p.Name, p.Path = text(why), text(why)
	p.Boundary, p.BoundaryPolicy = text(why), policyOf(why)
	p.Policies = []inventory.NamedPolicy{{Name: cmp.Or(p.Address, p.ID), Policy: policyOf(why), At: p.At}}
	if p.Kind == inventory.Role {
		p.Trust = policyOf(why)
	}
	a.groupsOf(p.ID).lacking(why)
}

// identityARN is the ARN that a state knows, or that account, path and name make.
func (r *Resource) identityARN(p *inventory.Principal) inventory.Value[string] {
	if v := r.Attributes.Get("arn"); v.Kind == String && v.Text != "" && r.Dialect == Terraform {
		return inventory.Known(v.Text, v.At)
	}
	path := p.Path.Or("")
	if p.Path.State() == inventory.StateAbsent {
		path = "/"
	}
	name, named := p.Name.Get()
	if !named || name == "" || arn.IsToken(name) || arn.IsToken(path) || r.Account == "" || arn.IsToken(r.Account) ||
		!strings.HasPrefix(path, "/") || !strings.HasSuffix(path, "/") {
		return inventory.Unknown[string]("known only after deployment", r.At)
	}
	partition := r.Partition
	if partition == "" {
		partition = TokenPartition
	}
	full := arn.ARN{Partition: partition, Service: "iam", Account: r.Account, Resource: string(p.Kind) + path + name}
	return inventory.Known(full.String(), p.Name.At())
}

// boundary reads a permissions boundary, with its text when the policy is among the
// inputs.
func (a *assembly) boundary(r *Resource, v Value) (inventory.Value[string], inventory.Value[inventory.Policy]) {
	if branches := flatten(v, ""); len(branches) > 0 {
		v = single(branches)
	}
	if isEmpty(v) {
		return inventory.Absent[string](v.At), inventory.Absent[inventory.Policy](v.At)
	}
	return text(v), a.managed(r, Branch{Value: v}).Policy
}

// inlinePolicy reads one inline policy; ok is false for an empty block, which only
// says that there are no others.
func inlinePolicy(r *Resource, t identityType, b Branch) (n inventory.NamedPolicy, ok bool) {
	n = inventory.NamedPolicy{Name: r.Address, At: b.Value.At}
	switch b.Value.Kind {
	case Map:
		name, document := b.Value.Get(t.inlineName), b.Value.Get(t.content)
		if isEmpty(name) && isEmpty(document) {
			return n, false
		}
		n.Name, n.Policy = nameOf(name, r.Address), document.identityPolicy(b.When)
	case Unknown:
		n.Policy = policyOf(b.Value)
	default:
		n.Policy = inventory.Unknown[inventory.Policy]("the policy is not determined by the code", b.Value.At)
	}
	return n, true
}

// isEmpty reports whether a value is not set; states write "" for that.
func isEmpty(v Value) bool { return v.Kind == Absent || v.Kind == String && v.Text == "" }

// identityPolicy is a policy of an identity: there is no default for one without text.
func (v Value) identityPolicy(when string) inventory.Value[inventory.Policy] {
	p := policyUnder(v, when)
	if p.State() == inventory.StateAbsent {
		return inventory.Unknown[inventory.Policy]("the inputs do not have the text of the policy", v.At)
	}
	return p
}

// nameOf is a name that the code gives, else one to call the thing by.
func nameOf(v Value, otherwise string) string {
	if v.Kind == String && v.Text != "" {
		return v.Text
	}
	return otherwise
}

// addPolicy adds a policy unless it is there already, as in states, which tell the
// policies of a role at the role and at their attachments.
func addPolicy(p *inventory.Principal, n inventory.NamedPolicy) {
	const few = 256 // IAM allows far fewer
	if len(p.Policies) < few {
		for i := range p.Policies {
			if samePolicy(&p.Policies[i], &n) {
				return
			}
		}
	}
	p.Policies = append(p.Policies, n)
}

func samePolicy(x, y *inventory.NamedPolicy) bool {
	if x.ARN.State() != y.ARN.State() || x.ARN.Or("") != y.ARN.Or("") {
		return false
	}
	if x.ARN.State() == inventory.StateKnown { // managed
		return !strings.Contains(x.ARN.Or(""), unknownToken) && x.Policy.State() == y.Policy.State() && sameText(x, y)
	}
	return x.ARN.IsZero() && x.Name == y.Name && x.Policy.State() == inventory.StateKnown && y.Policy.State() == inventory.StateKnown && sameText(x, y)
}

func sameText(x, y *inventory.NamedPolicy) bool {
	p, q := x.Policy.Or(inventory.Policy{}), y.Policy.Or(inventory.Policy{})
	return p.Text == q.Text && strings.Join(p.Whens, "\x00") == strings.Join(q.Whens, "\x00")
}

// roleRef joins the role that a resource names.
func (a *assembly) roleRef(r *Resource, name string, v Value) inventory.RoleRef {
	if r.Dialect == API {
		return a.deployedRole(r, name, v)
	}
	target := a.resources[v.Target]
	if v.Kind == Ref && target != nil && identityTypes[target.Type].kind != inventory.Role {
		// A resource that uses its parent's role, as a data source does that of its
		// knowledge base.
		if e := a.entry(target); e != nil && len(e.Roles) > 0 {
			r, v = target, target.one(e.Roles[0].At)
		}
	}
	ref := inventory.RoleRef{Name: name, Text: text(v)}
	if ids := a.iamNamed(r, string(inventory.Role), v); len(ids) == 1 {
		ref.Principal = ids[0]
	}
	return ref
}
