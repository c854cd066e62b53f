package graph

import (
	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// attachment says how a type that attaches a policy names identities and policy.
type attachment struct {
	roles, users, groups string // attributes, each one name or a list
	name                 string
	document             string // inline policy text
	policy               string // ARN of, or reference to, a managed policy
}

// attachments are the types that attach policies. Those that only take away what the
// code does not mention (aws_iam_role_policies_exclusive,
// aws_iam_role_policy_attachments_exclusive and the like for users and groups) name
// policies that stand elsewhere in the code, so they are left out.
var attachments = map[string]attachment{
	"AWS::IAM::Policy":                {roles: "Roles", users: "Users", groups: "Groups", name: "PolicyName", document: "PolicyDocument"},
	"AWS::IAM::ManagedPolicy":         {roles: "Roles", users: "Users", groups: "Groups"},
	"AWS::IAM::RolePolicy":            {roles: "RoleName", name: "PolicyName", document: "PolicyDocument"},
	"AWS::IAM::UserPolicy":            {users: "UserName", name: "PolicyName", document: "PolicyDocument"},
	"AWS::IAM::GroupPolicy":           {groups: "GroupName", name: "PolicyName", document: "PolicyDocument"},
	"aws_iam_role_policy":             {roles: "role", name: "name", document: "policy"},
	"aws_iam_user_policy":             {users: "user", name: "name", document: "policy"},
	"aws_iam_group_policy":            {groups: "group", name: "name", document: "policy"},
	"aws_iam_role_policy_attachment":  {roles: "role", policy: "policy_arn"},
	"aws_iam_user_policy_attachment":  {users: "user", policy: "policy_arn"},
	"aws_iam_group_policy_attachment": {groups: "group", policy: "policy_arn"},
	"aws_iam_policy_attachment":       {roles: "roles", users: "users", groups: "groups", policy: "policy_arn"},
	"awscc_iam_role_policy":           {roles: "role_name", name: "policy_name", document: "policy_document"},
	"awscc_iam_user_policy":           {users: "user_name", name: "policy_name", document: "policy_document"},
	"awscc_iam_group_policy":          {groups: "group_name", name: "policy_name", document: "policy_document"},
	"awscc_iam_managed_policy":        {roles: "roles", users: "users", groups: "groups"},
}

// attach adds the policies that resources attach to identities, and users to groups.
func (a *assembly) attach(m int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		if t, ok := memberships[r.Type]; ok {
			a.join(m, r, t)
		}
		t, ok := attachments[r.Type]
		if !ok {
			continue
		}
		for _, to := range []struct {
			kind      inventory.PrincipalKind
			attribute string
		}{{inventory.Role, t.roles}, {inventory.User, t.users}, {inventory.Group, t.groups}} {
			for _, who := range itemsUnder(r.Attributes.Get(to.attribute), r.When) {
				a.attachTo(m, r, t, to.kind, who)
			}
		}
	}
}

// attachTo attaches the policy of r to an identity. When several have the name that is
// written, each may be meant.
func (a *assembly) attachTo(m int, r *Resource, t attachment, kind inventory.PrincipalKind, who Branch) {
	if who.Value.Kind == Unknown {
		a.note(m, "the "+string(kind)+" that "+r.Address+" is for is not known: "+who.Value.Text, who.Value.At)
		return
	}
	ids := a.iamNamed(r, string(kind), who.Value)
	for _, id := range ids {
		both, ok := conjoin(a.resources[id].When, who.When)
		if !ok {
			continue
		}
		p := &a.parts.Principals[a.principals[id]]
		for _, n := range a.attached(r, t, without(both, a.resources[id].When)) {
			if len(ids) > 1 {
				n.Policy = inventory.Unknown[inventory.Policy](several(string(kind)+"s"), r.At)
			}
			addPolicy(p, n)
		}
	}
}

// attached are the policies that a resource attaches, under a condition.
func (a *assembly) attached(r *Resource, t attachment, when string) (out []inventory.NamedPolicy) {
	switch {
	case t.document != "":
		return []inventory.NamedPolicy{{
			Name: nameOf(r.Attributes.Get(t.name), r.Address), At: r.At,
			Policy: r.Attributes.Get(t.document).identityPolicy(when),
		}}
	case t.policy == "": // a managed policy that names its identities itself
		self := Reference(r.ID, arnAttribute(r.Type), r.At)
		return []inventory.NamedPolicy{{Name: r.Address, ARN: text(self), At: r.At, Policy: a.managedText(r, when)}}
	}
	for _, b := range itemsUnder(r.Attributes.Get(t.policy), when) {
		n := a.managed(r, b)
		if n.At = r.At; n.Name == "" {
			n.Name = r.Address
		}
		out = append(out, n)
	}
	return out
}

// arnAttribute is the attribute of a managed policy that is its ARN.
func arnAttribute(typ string) string {
	switch typ {
	case "AWS::IAM::ManagedPolicy":
		return "Ref"
	case "awscc_iam_managed_policy":
		return "policy_arn"
	}
	return "arn"
}

// managed is a managed policy named by ARN or by reference.
func (a *assembly) managed(r *Resource, b Branch) inventory.NamedPolicy {
	v := b.Value
	n := inventory.NamedPolicy{ARN: text(v), At: v.At}
	ids := a.iamNamed(r, kindPolicy, v)
	target := a.resources[v.Target]
	switch {
	case len(ids) == 1:
		p := a.resources[ids[0]]
		n.Name, n.Policy = p.Address, a.managedText(p, b.When)
	case len(ids) > 1:
		n.Policy = inventory.Unknown[inventory.Policy](several("managed policies"), v.At)
	case v.Kind == Unknown:
		n.Policy = policyOf(v)
	case v.Kind == Ref && target != nil && target.Type == "data.aws_iam_policy":
		n.Name, n.Policy = target.Address, notThere(v, b.When)
		if read := target.Attributes.Get("policy"); read.Kind == String { // by a plan or state
			n.Policy = policyUnder(read, b.When)
		}
	case v.Kind == Ref && target != nil:
		n.Name = target.Address
		n.Policy = inventory.Unknown[inventory.Policy](target.Type+" has no policy text in the inputs", v.At)
	default:
		n.Policy = notThere(v, b.When)
	}
	return n
}

func notThere(v Value, when string) inventory.Value[inventory.Policy] {
	why := "the managed policy is not among the inputs"
	if when != "" {
		why += ", and is attached only when " + when
	}
	return inventory.Unknown[inventory.Policy](why, v.At)
}

// managedText is the text of a managed policy of the inputs under a condition. It is
// made once, as one policy is attached to many identities.
func (a *assembly) managedText(r *Resource, when string) inventory.Value[inventory.Policy] {
	key := r.ID + "\x00" + when
	if made, ok := a.texts[key]; ok {
		return made
	}
	v := r.Attributes
	if v.Kind != Unknown {
		v = v.Get(managedPolicies[r.Type].document)
	}
	made := v.identityPolicy(when)
	a.texts[key] = made
	return made
}

// several is the reason when a name does not say which of its bearers is meant.
func several(kind string) string {
	return "several " + kind + " have the name that is written; which is meant is not known"
}

// note adds a note to the input of a module.
func (a *assembly) note(m int, text string, at bedlock.Position) {
	n := bedlock.Note{Text: text, At: at}
	if !a.noted[m][n] {
		if a.noted[m] == nil {
			a.noted[m] = map[bedlock.Note]bool{}
		}
		a.noted[m][n] = true
		a.notes[m] = append(a.notes[m], n)
	}
}
