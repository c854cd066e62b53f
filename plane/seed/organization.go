package seed

import (
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/plane/iam"
)

// Forms of ids. Source: https://docs.aws.amazon.com/organizations/latest/APIReference/
var (
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	rootID         = regexp.MustCompile(`^r-[0-9a-z]{4,32}$`)
	unitID         = regexp.MustCompile(`^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`)
)

// fullAccess is the policy that Organizations attaches to everything, FullAWSAccess or
// RCPFullAWSAccess.
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
// and https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
const fullAccess = "FullAWSAccess"

var (
	fullSCP = iam.NamedPolicy{
		Name:     "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
		Document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	}
	fullRCP = iam.NamedPolicy{
		Name:     "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess",
		Document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
	}
)

// controls reads control policies; nil means that none are said.
func (r *reading) controls(where string, list []yaml.Node) []iam.NamedPolicy {
	if list == nil {
		return nil
	}
	out := []iam.NamedPolicy{}
	for i := range list {
		n := &list[i]
		if n.Kind == yaml.ScalarNode && n.Value == fullAccess {
			out = append(out, fullSCP)
			continue
		}
		name := n.Value
		if n.Kind != yaml.ScalarNode {
			name = fmt.Sprintf("%s line %d", r.name, n.Line)
		}
		out = append(out, iam.NamedPolicy{Name: name, Document: r.document(where, n)})
	}
	return out
}

// organization says of each account which control policies are on its way.
func (r *reading) organization(o *organization) {
	const where = "organization"
	if !organizationID.MatchString(o.ID) {
		r.fail(where, "the id %q is none; one is o- and 10 to 32 lower-case letters and digits", o.ID)
	}
	if !rootID.MatchString(o.Root.ID) {
		r.fail(where, "the root's id %q is none; one is r- and 4 to 32 lower-case letters and digits", o.Root.ID)
	}
	r.seed.organizations = map[string]iam.Organization{}
	r.unit(where+": root", &o.Root, iam.Organization{ID: o.ID, Path: o.ID + "/"})
	if o.Management == "" {
		return
	}
	at, ok := r.seed.organizations[o.Management]
	if !ok {
		r.fail(where, "the management account %s is in no unit and not in the root", o.Management)
		return
	}
	at.Management = true
	r.seed.organizations[o.Management] = at
}

// unit adds what is below a unit, whose parent is at above.
func (r *reading) unit(where string, u *unit, above iam.Organization) {
	here := below(above, r.controls(where, u.SCPs), r.controls(where, u.RCPs))
	here.Path += u.ID + "/"
	for _, id := range u.Accounts {
		i := slices.IndexFunc(r.seed.accounts, func(d *declared) bool { return d.id == id })
		switch _, twice := r.seed.organizations[id]; {
		case i < 0:
			r.fail(where, "account %s is not among the accounts", id)
		case twice:
			r.fail(where, "account %s is in the organization twice", id)
		default:
			a := r.seed.accounts[i]
			r.seed.organizations[id] = below(here, a.scps, a.rcps)
		}
	}
	for i := range u.Units {
		child := &u.Units[i]
		at := "organization: unit " + child.ID
		if !unitID.MatchString(child.ID) {
			r.fail(at, "the id is none; one is ou-, the root's letters, a dash, and 8 to 32 lower-case letters and digits")
		}
		r.unit(at, child, here)
	}
}

// below is one level deeper. SCPs that are not said are FullAWSAccess; RCPFullAWSAccess is
// on every level and cannot be detached.
func below(above iam.Organization, scps, rcps []iam.NamedPolicy) iam.Organization {
	if scps == nil {
		scps = []iam.NamedPolicy{fullSCP}
	}
	above.SCPs = append(slices.Clip(above.SCPs), scps)
	above.RCPs = append(slices.Clip(above.RCPs), append([]iam.NamedPolicy{fullRCP}, rcps...))
	return above
}
