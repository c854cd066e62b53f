package organizations

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/records"
)

// The kinds of records. They belong to the plane; that of an organization has the member
// Management, and Changed when it is not as the seed has it; one that was deleted is Gone. The others say their
// Organization. A node is a root, a unit or an account: it has Type, its Parent, and the ids of
// its policies by their type; a root has its PolicyTypes.
const (
	api          = "organizations"
	orgKind      = "organization"
	nodeKind     = "node"
	policyKind   = "policy"
	creationKind = "creation"
)

// The types of nodes and of policies.
const (
	rootType    = "ROOT"
	unitType    = "ORGANIZATIONAL_UNIT"
	accountType = "ACCOUNT"

	serviceControl  = "SERVICE_CONTROL_POLICY"
	resourceControl = "RESOURCE_CONTROL_POLICY"
)

// kind is a type of policies that the plane enforces.
type kind struct {
	full     iam.NamedPolicy // what is attached to everything
	fullID   string
	fullName string
	longest  int  // characters of a document
	most     int  // policies of an entity
	fixed    bool // full access cannot be detached
}

// kinds by type. Whether more service control policies can be attached by now, as they may be
// longer than they were, is unconfirmed. That full access to resources cannot be detached, and the bounds:
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html,
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html.
var kinds = map[string]kind{
	serviceControl:  {full: iam.FullSCP, fullID: "p-FullAWSAccess", fullName: "FullAWSAccess", longest: 10240, most: 5},
	resourceControl: {full: iam.FullRCP, fullID: "p-RCPFullAWSAccess", fullName: "RCPFullAWSAccess", longest: 5120, most: 5, fixed: true},
}

// types are the types in a stable order.
var types = []string{serviceControl, resourceControl}

// reader is a store or a transaction.
type reader interface {
	Get(records.Key) *records.Record
	List(service, kind, account, region string) []*records.Record
}

func key(kind, id string) records.Key { return records.Key{Service: api, Kind: kind, ID: id} }

// state is an organization as it is.
type state struct {
	id, management string
	changed        bool
	root           *records.Record
	nodes          []*records.Record // with the root
	policies       []*records.Record
}

// load reads an organization; nil: there is none of the id.
func load(from reader, id string) *state {
	rec := from.Get(key(orgKind, id))
	if rec == nil || rec.Doc.Bool("Gone") {
		return nil
	}
	s := &state{id: id, management: rec.Doc.Text("Management"), changed: rec.Doc.Bool("Changed")}
	s.nodes, s.policies = s.own(from, nodeKind), s.own(from, policyKind)
	for _, n := range s.nodes {
		if typeOf(n) == rootType {
			s.root = n
		}
	}
	return s
}

// own are the records of a kind of an organization.
func (s *state) own(from reader, kind string) []*records.Record {
	return slices.DeleteFunc(from.List(api, kind, "", ""), func(r *records.Record) bool { return r.Doc.Text("Organization") != s.id })
}

func typeOf(n *records.Record) string { return n.Doc.Text("Type") }

// node finds a root, a unit or an account; nil: there is none.
func (s *state) node(id string) *records.Record { return find(s.nodes, id) }

func find(list []*records.Record, id string) *records.Record {
	for _, rec := range list {
		if rec.ID == id {
			return rec
		}
	}
	return nil
}

// children are the nodes of a type in a parent.
func (s *state) children(parent, typ string) []*records.Record {
	var out []*records.Record
	for _, n := range s.nodes {
		if typeOf(n) == typ && (parent == "" || n.Doc.Text("Parent") == parent) {
			out = append(out, n)
		}
	}
	return out
}

// path is that of a node from the organization down, with a slash at its end.
func (s *state) path(n *records.Record) string {
	if n == s.root {
		return s.id + "/" + n.ID + "/"
	}
	return s.path(s.node(n.Doc.Text("Parent"))) + n.ID + "/"
}

// depth counts the units from the root to a node.
func (s *state) depth(n *records.Record) int { return strings.Count(s.path(n), "/ou-") }

// enabled says whether a type of policies is.
func (s *state) enabled(typ string) bool {
	return slices.Contains(s.root.Doc.Texts("PolicyTypes"), typ)
}

// arn is that of something of the organization.
func (s *state) arn(what, id string) string {
	return "arn:aws:organizations::" + s.management + ":" + what + "/" + s.id + "/" + id
}

// words by which ARNs name nodes.
var words = map[string]string{rootType: "root", unitType: "ou", accountType: "account"}

func (s *state) nodeARN(n *records.Record) string { return s.arn(words[typeOf(n)], n.ID) }

// self is the ARN of the organization.
func (s *state) self() string {
	return "arn:aws:organizations::" + s.management + ":organization/" + s.id
}

// tree is the organization as package iam enforces it.
func (s *state) tree() *iam.Tree {
	out := &iam.Tree{ID: s.id, Management: s.management}
	var add func(n *records.Record)
	add = func(n *records.Record) {
		out.Nodes = append(out.Nodes, iam.Node{
			ID: n.ID, Parent: n.Doc.Text("Parent"), Name: n.Doc.Text("Name"),
			SCPs: s.attached(n, serviceControl), RCPs: s.attached(n, resourceControl),
		})
		for _, typ := range []string{accountType, unitType} {
			for _, child := range s.children(n.ID, typ) {
				add(child)
			}
		}
	}
	add(s.root)
	return out
}

// attached are the policies of a type on a node; nil: the type is not enabled.
func (s *state) attached(n *records.Record, typ string) []iam.NamedPolicy {
	if !s.enabled(typ) {
		return nil
	}
	out := []iam.NamedPolicy{}
	for _, id := range n.Doc.Texts(typ) {
		p := s.policy(id)
		out = append(out, iam.NamedPolicy{Name: p.arn, Document: p.content})
	}
	return out
}

// ids is the list of ids as a member.
func ids(list ...string) []any { return wire.Strings(list) }
