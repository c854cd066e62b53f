package organizations

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/records"
)

// shown is the organization. AvailablePolicyTypes says the same of all organizations; AWS asks
// not to rely on it. Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
func (s *state) shown() wire.Object {
	out := wire.Object{
		"Id": s.id, "Arn": s.self(), "FeatureSet": "ALL",
		"AvailablePolicyTypes": []any{wire.Object{"Type": serviceControl, "Status": "ENABLED"}},
	}
	if s.management != "" {
		out["MasterAccountId"], out["MasterAccountArn"] = s.management, s.arn("account", s.management)
		if email := s.node(s.management).Doc.Text("Email"); email != "" {
			out["MasterAccountEmail"] = email
		}
	}
	return out
}

func createOrganization(ctx context.Context, r *request) (wire.Object, error) {
	if r.In.Text("FeatureSet") == "CONSOLIDATED_BILLING" {
		return nil, r.Fail(invalid, "not implemented by the local plane: consolidated billing")
	}
	w := r.Service
	id, root := "o-"+w.ID(emulate.LowerDigits, 10), "r-"+w.ID(emulate.LowerDigits, 4)
	r.changing.Lock()
	defer r.changing.Unlock()
	err := w.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(key(nodeKind, r.Account)) != nil {
			return r.Fail("AlreadyInOrganizationException", "The AWS account is already a member of an organization.")
		}
		put(tx, orgKind, id, wire.Object{"Management": r.Account, "Changed": true})
		put(tx, nodeKind, root, wire.Object{"Organization": id, "Type": rootType, "Name": "Root", "Parent": "", "PolicyTypes": []any{}})
		put(tx, nodeKind, r.Account, accountDoc(wire.Object{"Organization": id, "Name": r.Account, "Parent": root}, "INVITED", tx.Now()))
		return nil
	})
	if err != nil {
		return nil, err
	}
	s := load(w.Records, id)
	return wire.Object{"Organization": s.shown()}, enforce(w.World, s)
}

func deleteOrganization(ctx context.Context, r *request) (wire.Object, error) {
	err := r.change(ctx, func(tx *records.Tx, s *state) error {
		if len(s.children("", accountType)) > 1 || len(s.children("", unitType)) > 0 || len(s.policies) > 0 {
			return r.Fail("OrganizationNotEmptyException", "To delete an organization you must first remove all member accounts (except the management account).")
		}
		drop(tx, s)
		put(tx, orgKind, s.id, wire.Object{"Changed": true, "Gone": true}) // or a seed makes it again
		return nil
	})
	if err != nil {
		return nil, err
	}
	return nil, r.Service.IAM.SetOrganization(r.Account, iam.Organization{})
}

func (s *state) shownRoot(n *records.Record) wire.Object {
	enabled := []any{}
	for _, typ := range n.Doc.Texts("PolicyTypes") {
		enabled = append(enabled, wire.Object{"Type": typ, "Status": "ENABLED"})
	}
	return n.Doc.Pick("Name").With(wire.Object{"Id": n.ID, "Arn": s.nodeARN(n), "PolicyTypes": enabled})
}

func listRoots(_ context.Context, r *request) (wire.Object, error) {
	return r.page([]wire.Object{r.shownRoot(r.root)})
}

// parent finds the root or unit of a member of the input.
func (s *state) parent(r *request, member, code string) (*records.Record, error) {
	if n := s.node(r.In.Text(member)); n != nil && typeOf(n) != accountType {
		return n, nil
	}
	return nil, r.Fail(code, "You specified parent that doesn't exist.")
}

func listChildren(_ context.Context, r *request) (wire.Object, error) {
	parent, err := r.parent(r, "ParentId", "ParentNotFoundException")
	if err != nil {
		return nil, err
	}
	typ := r.In.Text("ChildType")
	return r.page(each(r.children(parent.ID, typ), func(n *records.Record) wire.Object {
		return wire.Object{"Id": n.ID, "Type": typ}
	}))
}

func listParents(_ context.Context, r *request) (wire.Object, error) {
	child := r.node(r.In.Text("ChildId"))
	if child == nil || child == r.root {
		return nil, r.Fail("ChildNotFoundException", "You specified a child that doesn't exist.")
	}
	parent := r.node(child.Doc.Text("Parent"))
	return r.page([]wire.Object{{"Id": parent.ID, "Type": typeOf(parent)}})
}
