package organizations

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The bounds of units.
const (
	mostUnits = 1000
	mostDepth = 5
)

func (s *state) shownUnit(n *records.Record) wire.Object {
	return n.Doc.Pick("Name").With(wire.Object{"Id": n.ID, "Arn": s.nodeARN(n), "Path": s.path(n)})
}

// unit finds the unit of a request.
func (s *state) unit(r *request) (*records.Record, error) {
	if n := s.node(r.In.Text("OrganizationalUnitId")); n != nil && typeOf(n) == unitType {
		return n, nil
	}
	return nil, r.Fail("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
}

// named refuses a name that another unit of the parent has.
func (s *state) named(r *request, parent, name string) error {
	for _, n := range s.children(parent, unitType) {
		if n.Doc.Text("Name") == name && n.ID != r.In.Text("OrganizationalUnitId") {
			return r.Fail("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")
		}
	}
	return nil
}

// withFull attaches full access of the types that are enabled to what is new.
func (s *state) withFull(doc wire.Object) wire.Object {
	for _, typ := range types {
		if s.enabled(typ) {
			doc[typ] = ids(kinds[typ].fullID)
		}
	}
	return doc
}

func createUnit(ctx context.Context, r *request) (wire.Object, error) {
	name, id := r.In.Text("Name"), ""
	err := r.change(ctx, func(tx *records.Tx, s *state) error {
		parent, err := s.parent(r, "ParentId", "ParentNotFoundException")
		if err != nil {
			return err
		}
		if err := s.named(r, parent.ID, name); err != nil {
			return err
		}
		switch {
		case s.depth(parent) >= mostDepth:
			return r.Fail(bounded, "You have exceeded the allowed depth for organizational units.")
		case len(s.children("", unitType)) >= mostUnits:
			return r.Fail(bounded, "You have exceeded the allowed number of organizational units.")
		}
		id = "ou-" + strings.TrimPrefix(s.root.ID, "r-") + "-" + r.Service.ID(emulate.LowerDigits, 8)
		put(tx, nodeKind, id, s.withFull(wire.Object{"Organization": s.id, "Type": unitType, "Name": name, "Parent": parent.ID}))
		emulate.PutTags(tx, s.arn("ou", id), r.TagsIn("Tags"))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"OrganizationalUnit": r.shownUnit(r.node(id))}, nil
}

func describeUnit(_ context.Context, r *request) (wire.Object, error) {
	n, err := r.unit(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"OrganizationalUnit": r.shownUnit(n)}, nil
}

func updateUnit(ctx context.Context, r *request) (wire.Object, error) {
	err := r.change(ctx, func(tx *records.Tx, s *state) error {
		n, err := s.unit(r)
		if err != nil || !r.In.Has("Name") {
			return err
		}
		if err := s.named(r, n.Doc.Text("Parent"), r.In.Text("Name")); err != nil {
			return err
		}
		tx.Put(n.Change(tx.Now(), r.In.Pick("Name")))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return describeUnit(ctx, r)
}

func deleteUnit(ctx context.Context, r *request) (wire.Object, error) {
	return nil, r.change(ctx, func(tx *records.Tx, s *state) error {
		n, err := s.unit(r)
		if err != nil {
			return err
		}
		if len(s.children(n.ID, unitType))+len(s.children(n.ID, accountType)) > 0 {
			return r.Fail("OrganizationalUnitNotEmptyException", "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.")
		}
		emulate.PutTags(tx, s.nodeARN(n), nil)
		tx.Delete(n.Key)
		return nil
	})
}

func listUnits(_ context.Context, r *request) (wire.Object, error) {
	parent, err := r.parent(r, "ParentId", "ParentNotFoundException")
	if err != nil {
		return nil, err
	}
	return r.page(each(r.children(parent.ID, unitType), r.shownUnit))
}
