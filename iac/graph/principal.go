package graph

import (
	"strings"

	"github.com/bedlock/bedlock/inventory"
)

// identityTypes are the types that create IAM identities or attach policies to
// them; "" is an attachment.
// Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html,
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
var identityTypes = map[string]inventory.PrincipalKind{
	"AWS::IAM::Role": inventory.Role, "AWS::IAM::User": inventory.User, "AWS::IAM::Group": inventory.Group,
	"aws_iam_role": inventory.Role, "aws_iam_user": inventory.User, "aws_iam_group": inventory.Group,
	"awscc_iam_role": inventory.Role, "awscc_iam_user": inventory.User, "awscc_iam_group": inventory.Group,
}

// attachment says how a type that attaches a policy names identity and policy.
type attachment struct {
	identities []string // attributes, each one identity or a list
	name       string
	document   string // inline policy text
	policy     string // ARN of, or reference to, a managed policy
}

var attachments = map[string]attachment{
	"AWS::IAM::Policy":               {identities: []string{"Roles", "Users", "Groups"}, name: "PolicyName", document: "PolicyDocument"},
	"AWS::IAM::ManagedPolicy":        {identities: []string{"Roles", "Users", "Groups"}, name: "ManagedPolicyName", document: "PolicyDocument"},
	"AWS::IAM::RolePolicy":           {identities: []string{"RoleName"}, name: "PolicyName", document: "PolicyDocument"},
	"AWS::IAM::UserPolicy":           {identities: []string{"UserName"}, name: "PolicyName", document: "PolicyDocument"},
	"AWS::IAM::GroupPolicy":          {identities: []string{"GroupName"}, name: "PolicyName", document: "PolicyDocument"},
	"aws_iam_role_policy":            {identities: []string{"role"}, name: "name", document: "policy"},
	"aws_iam_user_policy":            {identities: []string{"user"}, name: "name", document: "policy"},
	"aws_iam_group_policy":           {identities: []string{"group"}, name: "name", document: "policy"},
	"aws_iam_role_policy_attachment": {identities: []string{"role"}, policy: "policy_arn"},
	"aws_iam_user_policy_attachment": {identities: []string{"user"}, policy: "policy_arn"},
	"aws_iam_policy_attachment":      {identities: []string{"roles", "users", "groups"}, policy: "policy_arn"},
	"awscc_iam_role_policy":          {identities: []string{"role_name"}, name: "policy_name", document: "policy_document"},
}

// managedPolicies are the types of managed policies with the attribute that holds
// the document.
var managedPolicies = map[string]string{
	"aws_iam_policy": "policy", "AWS::IAM::ManagedPolicy": "PolicyDocument", "awscc_iam_managed_policy": "policy_document",
}

// identities collects roles, users and groups with the policies attached to them.
func (a *assembly) identities(m int, resources []Resource) {
	index := map[string]int{} // by resource ID and by literal name, in this module
	for i := range resources {
		r := &resources[i]
		kind, ok := identityTypes[r.Type]
		if !ok {
			continue
		}
		p := identity(a, r, kind)
		index[r.ID] = len(a.parts.Principals)
		if n, known := p.Name.Get(); known {
			index[n] = len(a.parts.Principals)
			if kind == inventory.Role {
				a.roles[n] = r.ID
			}
		}
		if v := r.Attributes.Get("arn"); v.Kind == String {
			index[v.Text] = len(a.parts.Principals)
		}
		a.parts.Principals = append(a.parts.Principals, p)
	}
	for i := range resources {
		if at, ok := attachments[resources[i].Type]; ok {
			a.attach(&resources[i], at, index)
		}
	}
}

func identity(a *assembly, r *Resource, kind inventory.PrincipalKind) inventory.Principal {
	name := firstOf(r.Attributes, "RoleName", "UserName", "GroupName", "name", "role_name", "user_name", "group_name")
	p := inventory.Principal{
		ID: r.ID, Kind: kind, Address: r.Address, At: r.At, Name: text(name), Account: r.place().Account,
		ARN:      inventory.Unknown[string]("known only after deployment", r.At),
		Boundary: text(firstOf(r.Attributes, "PermissionsBoundary", "permissions_boundary")),
	}
	if v := r.Attributes.Get("arn"); v.Kind == String {
		p.ARN = inventory.Known(v.Text, v.At)
	}
	if kind == inventory.Role {
		p.Trust = policyOf(firstOf(r.Attributes, "AssumeRolePolicyDocument", "assume_role_policy", "assume_role_policy_document"))
	}
	for _, inline := range listOf(firstOf(r.Attributes, "Policies", "inline_policy", "policies")) {
		p.Policies = append(p.Policies, inventory.NamedPolicy{
			Name:   firstOf(inline, "PolicyName", "name", "policy_name").Print(),
			Policy: policyOf(firstOf(inline, "PolicyDocument", "policy", "policy_document")), At: inline.At,
		})
	}
	for _, managed := range listOf(firstOf(r.Attributes, "ManagedPolicyArns", "managed_policy_arns")) {
		p.Policies = append(p.Policies, a.managed(managed))
	}
	return p
}

// managed is a managed policy named by ARN or by reference to one of the inputs.
func (a *assembly) managed(v Value) inventory.NamedPolicy {
	n := inventory.NamedPolicy{ARN: text(v), At: v.At}
	target := a.resources[v.Target]
	if v.Kind != Ref || target == nil {
		n.Policy = inventory.Unknown[inventory.Policy]("the managed policy is not among the inputs", v.At)
		return n
	}
	n.Name = target.Address
	document, ok := managedPolicies[target.Type]
	if !ok {
		n.Policy = inventory.Unknown[inventory.Policy](target.Type+" has no policy text in the inputs", v.At)
		return n
	}
	n.Policy = policyOf(target.Attributes.Get(document))
	return n
}

func (a *assembly) attach(r *Resource, at attachment, index map[string]int) {
	for _, attribute := range at.identities {
		for _, who := range listOf(r.Attributes.Get(attribute)) {
			key := who.Text
			if who.Kind == Ref {
				key = who.Target
			}
			i, ok := index[key]
			if !ok {
				continue
			}
			n := inventory.NamedPolicy{Name: r.Attributes.Get(at.name).Print(), At: r.At}
			if at.document != "" {
				n.Policy = policyOf(r.Attributes.Get(at.document))
			} else {
				n = a.managed(r.Attributes.Get(at.policy))
			}
			if n.Name == "" {
				n.Name = r.Address
			}
			a.parts.Principals[i].Policies = append(a.parts.Principals[i].Policies, n)
		}
	}
}

// listOf returns the values of a list, or the single value; every branch of an
// undecided one counts, because each may hold.
func listOf(v Value) (out []Value) {
	for _, b := range flatten(v, "") {
		switch b.Value.Kind {
		case Absent:
		case List:
			for _, item := range b.Value.Items {
				out = append(out, listOf(item)...)
			}
		default:
			out = append(out, b.Value)
		}
	}
	return out
}

// roleRef joins the role that a resource names.
func (a *assembly) roleRef(name string, v Value) inventory.RoleRef {
	target := a.resources[v.Target]
	if v.Kind == Ref && target != nil && identityTypes[target.Type] != inventory.Role {
		// A resource that uses its parent's role, as a data source does that of its
		// knowledge base.
		if e := a.entry(target); e != nil && len(e.Roles) > 0 {
			v = target.one(e.Roles[0].At)
			target = a.resources[v.Target]
		}
	}
	ref := inventory.RoleRef{Name: name, Text: text(v)}
	if v.Kind == Ref {
		if target != nil && identityTypes[target.Type] == inventory.Role {
			ref.Principal = v.Target
		}
		return ref
	}
	literal := v.Print()
	if i := strings.LastIndexByte(literal, '/'); i >= 0 {
		literal = literal[i+1:]
	}
	if id := a.roles[literal]; id != "" && literal != "" {
		ref.Principal = id
	}
	return ref
}
