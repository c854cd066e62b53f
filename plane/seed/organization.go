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

// fullAccess is how a seed says FullAWSAccess.
const fullAccess = "FullAWSAccess"

// controls reads control policies; nil means that none are said.
func (r *reading) controls(where string, list []yaml.Node) []iam.NamedPolicy {
	if list == nil {
		return nil
	}
	out := []iam.NamedPolicy{}
	for i := range list {
		n := &list[i]
		if n.Kind == yaml.ScalarNode && n.Value == fullAccess {
			out = append(out, iam.FullSCP)
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

// organization reads the tree of units and accounts, parents first.
func (r *reading) organization(o *organization) {
	const where = "organization"
	if !organizationID.MatchString(o.ID) {
		r.fail(where, "the id %q is none; one is o- and 10 to 32 lower-case letters and digits", o.ID)
	}
	if !rootID.MatchString(o.Root.ID) {
		r.fail(where, "the root's id %q is none; one is r- and 4 to 32 lower-case letters and digits", o.Root.ID)
	}
	tree := &iam.Tree{ID: o.ID, Management: o.Management}
	r.seed.organization = tree
	r.unit(where+": root", &o.Root, "")
	if o.Management != "" && !has(tree, o.Management) {
		r.fail(where, "the management account %s is in no unit and not in the root", o.Management)
	}
}

func has(tree *iam.Tree, id string) bool {
	return slices.ContainsFunc(tree.Nodes, func(n iam.Node) bool { return n.ID == id })
}

// unit adds a unit and what is in it.
func (r *reading) unit(where string, u *unit, parent string) {
	tree := r.seed.organization
	tree.Nodes = append(tree.Nodes, node(u.ID, parent, u.Name, r.controls(where, u.SCPs), r.controls(where, u.RCPs)))
	for _, id := range u.Accounts {
		i := slices.IndexFunc(r.seed.accounts, func(d *declared) bool { return d.id == id })
		switch {
		case i < 0:
			r.fail(where, "account %s is not among the accounts", id)
		case has(tree, id):
			r.fail(where, "account %s is in the organization twice", id)
		default:
			a := r.seed.accounts[i]
			tree.Nodes = append(tree.Nodes, node(id, u.ID, a.name, a.scps, a.rcps))
		}
	}
	for i := range u.Units {
		child := &u.Units[i]
		at := "organization: unit " + child.ID
		if !unitID.MatchString(child.ID) {
			r.fail(at, "the id is none; one is ou-, the root's letters, a dash, and 8 to 32 lower-case letters and digits")
		}
		r.unit(at, child, u.ID)
	}
}

// node has FullAWSAccess where no SCPs are said; RCPFullAWSAccess is on every level and cannot
// be detached.
func node(id, parent, name string, scps, rcps []iam.NamedPolicy) iam.Node {
	if scps == nil {
		scps = []iam.NamedPolicy{iam.FullSCP}
	}
	return iam.Node{ID: id, Parent: parent, Name: name, SCPs: scps, RCPs: append([]iam.NamedPolicy{iam.FullRCP}, rcps...)}
}
