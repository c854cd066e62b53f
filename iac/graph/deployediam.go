package graph

import (
	"strings"

	"github.com/bedlock/bedlock/inventory"
)

// authorizationDetails is the operation that reads all identities of an account.
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
const (
	authorizationDetails  = "GetAccountAuthorizationDetails"
	deployedManagedPolicy = "AWS::IAM::ManagedPolicy"
)

// deployedIdentities are the types of identities, with the members of their details
// that have other names for each.
var deployedIdentities = map[string]struct {
	kind             inventory.PrincipalKind
	name, id, inline string
}{
	"AWS::IAM::Role":  {inventory.Role, "RoleName", "RoleId", "RolePolicyList"},
	"AWS::IAM::User":  {inventory.User, "UserName", "UserId", "UserPolicyList"},
	"AWS::IAM::Group": {inventory.Group, "GroupName", "GroupId", "GroupPolicyList"},
}

// isAWSPolicy reports whether the resource is a managed policy of AWS itself.
func (r *Resource) isAWSPolicy() bool {
	return r.Dialect == API && r.Type == deployedManagedPolicy && strings.Contains(r.ID, ":iam::aws:policy/")
}

// deployedIdentities collects the identities of an account as IAM describes them.
func (a *assembly) deployedIdentities(_ int, resources []Resource) {
	for i := range resources {
		if r := &resources[i]; deployedIdentities[r.Type].kind != "" {
			a.principals[r.ID] = len(a.parts.Principals)
			a.parts.Principals = append(a.parts.Principals, a.deployedIdentity(r))
		}
	}
}

func (a *assembly) deployedIdentity(r *Resource) inventory.Principal {
	t := deployedIdentities[r.Type]
	p := inventory.Principal{ID: r.ID, Kind: t.kind, ARN: inventory.Known(r.ID, r.At), Account: r.place().Account, At: r.At}
	details := r.Attributes.Get(authorizationDetails)
	if details.Kind != Map {
		if !details.isGap() {
			details = Failed(authorizationDetails + " gave no details")
		}
		a.blank(&p, details)
		return p
	}
	get := details.Get
	p.Name, p.Path, p.UniqueID = text(get(t.name)), text(get("Path")), text(get(t.id))
	if t.kind == inventory.Role {
		p.Trust = policyOf(get("AssumeRolePolicyDocument"))
	}
	if t.kind != inventory.Group {
		boundary := get("PermissionsBoundary").Get("PermissionsBoundaryArn")
		p.Boundary, p.BoundaryPolicy = text(boundary), inventory.Absent[inventory.Policy](boundary.At)
		if !isEmpty(boundary) {
			p.BoundaryPolicy = a.deployedPolicy(boundary)
		}
	}
	for _, name := range get("GroupList").Items {
		if id := a.located[location(r, nil, "AWS::IAM::Group", name.Text)]; id != "" {
			a.groupsOf(r.ID).ids = append(a.groupsOf(r.ID).ids, id)
		} else {
			a.groupsOf(r.ID).ids = append(a.groupsOf(r.ID).ids, name.Text)
		}
	}
	for _, inline := range get(t.inline).Items {
		p.Policies = append(p.Policies, inventory.NamedPolicy{Name: inline.Get("PolicyName").Text, Policy: inline.Get("PolicyDocument").identityPolicy("")})
	}
	for _, attached := range get("AttachedManagedPolicies").Items {
		named := attached.Get("PolicyArn")
		p.Policies = append(p.Policies, inventory.NamedPolicy{Name: attached.Get("PolicyName").Text, ARN: text(named), Policy: a.deployedPolicy(named)})
	}
	return p
}

// deployedPolicy is the text of a managed policy, that of its default version.
func (a *assembly) deployedPolicy(named Value) inventory.Value[inventory.Policy] {
	r := a.resources[named.Text]
	if r == nil || r.Type != deployedManagedPolicy || r.Dialect != API {
		return notThere(named, "")
	}
	if made, ok := a.texts[r.ID]; ok {
		return made
	}
	details := r.Attributes.Get(authorizationDetails)
	made := Value{}.identityPolicy("")
	if details.isGap() {
		made = gap[inventory.Policy](details)
	}
	for _, version := range details.Get("PolicyVersionList").Items {
		if strings.EqualFold(version.Get("IsDefaultVersion").Text, "true") {
			made = version.Get("Document").identityPolicy("")
		}
	}
	a.texts[r.ID] = made
	return made
}
