package simulate

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

var (
	organizationFields = []string{"id", "management", "root"}
	unitFields         = []string{"id", "scps", "rcps", "units", "accounts"}
	accountFields      = []string{"id", "scps", "rcps"}
)

// maxUnits bounds the nesting of organizational units. AWS has at most five below
// the root: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
const maxUnits = 5

// member is an account of an organization with the policies on its way.
type member struct {
	scps, rcps [][]*authz.Policy
	path       string // as in aws:PrincipalOrgPaths
}

// organization reads the tree of an organization, and sets the layers of the
// request and the context keys that follow from it.
func (r *reading) organization(n *yaml.Node, c *Case) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode {
		shared := r.organizations[n.Value]
		if shared == nil {
			r.fail(n, "name one of the organizations, or give one", "there is no organization %q", n.Value)
			return
		}
		n = shared
	}
	if c.Layers.SCPs != nil || c.Layers.RCPs != nil {
		r.fail(n, "leave one out", "the case has both an organization and scps or rcps")
	}
	f := r.mapping(n, "an organization", organizationFields)
	id, management := r.text(f["id"], "id"), r.account(f["management"], "management")
	members := map[string]member{}
	if f["root"] != nil {
		r.unit(f["root"], "root", 0, member{scps: [][]*authz.Policy{}, rcps: [][]*authz.Policy{}, path: id + "/"}, members)
	}
	p := &c.Request.Principal
	own, ours := members[p.Account]
	if p.Account != "" && p.Account == management {
		p.Management, ours, own.scps = true, true, nil
	}
	if ours {
		c.Layers.SCPs = own.scps
		r.follow(c, "aws:principalorgid", id)
		r.follow(c, "aws:principalorgpaths", own.path)
	}
	account := first(c.Request.ResourceAccount, accountIn(c.Request.Resource))
	theirs, inside := members[account]
	if account != "" && account == management {
		theirs.rcps, inside = nil, true
	}
	if inside {
		c.Layers.RCPs = theirs.rcps
		r.follow(c, "aws:resourceorgid", id)
		r.follow(c, "aws:resourceorgpaths", theirs.path)
	}
}

// follow sets a context key unless the case has it.
func (r *reading) follow(c *Case, key, value string) {
	if _, given := c.Request.Context[key]; !given && value != "" {
		c.Request.Context[key] = authz.Value{Values: []string{value}}
	}
}

func accountIn(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

func (r *reading) unit(n *yaml.Node, name string, depth int, above member, members map[string]member) {
	if depth > maxUnits {
		r.fail(n, "", "organizational units are nested deeper than %d levels", maxUnits)
		return
	}
	f := r.mapping(n, "the root or a unit", unitFields)
	here := r.attach(f, name, above)
	here.path += r.text(f["id"], "id") + "/"
	for _, item := range r.list(f["units"], "units") {
		r.unit(item, "unit", depth+1, here, members)
	}
	for _, item := range r.list(f["accounts"], "accounts") {
		if item.Kind == yaml.ScalarNode {
			r.join(item, r.account(item, "an account"), r.attach(nil, "account", here), members)
			continue
		}
		a := r.mapping(item, "an account", accountFields)
		r.join(item, r.account(a["id"], "id"), r.attach(a, "account", here), members)
	}
}

func (r *reading) join(n *yaml.Node, id string, m member, members map[string]member) {
	if _, twice := members[id]; twice || id == "" {
		r.fail(n, "an account has one place", "the account %q is there twice, or has no id", id)
	}
	members[id] = m
}

// attach adds the level of policies of a node. Where none are said, the one that
// AWS attaches is there: FullAWSAccess; RCPFullAWSAccess is always there.
func (r *reading) attach(f fields, name string, above member) member {
	scps := []*authz.Policy{fullAccess("FullAWSAccess")}
	if f["scps"] != nil {
		scps = r.several(f["scps"], name+"-scp")
	}
	rcps := append([]*authz.Policy{fullAccess("RCPFullAWSAccess")}, r.several(f["rcps"], name+"-rcp")...)
	below := member{path: above.path}
	below.scps = append(append(below.scps, above.scps...), scps)
	below.rcps = append(append(below.rcps, above.rcps...), rcps)
	return below
}

// fullAccess is the policy that Organizations attaches by itself. Source:
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
func fullAccess(name string) *authz.Policy {
	s := policy.Statement{Effect: policy.Allow, Actions: []string{"*"}, Resources: []string{"*"}}
	if name == "RCPFullAWSAccess" {
		s.Principals = &policy.Principals{Any: true}
	}
	return authz.Compile(name, &policy.Document{Version: "2012-10-17", Statements: []policy.Statement{s}})
}
