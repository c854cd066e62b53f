package organizations

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// targets are the nodes that a policy is attached to.
func (s *state) targets(p *control) []*records.Record {
	var out []*records.Record
	for _, n := range s.nodes {
		if slices.Contains(n.Doc.Texts(p.typ), p.id) {
			out = append(out, n)
		}
	}
	return out
}

func (s *state) target(r *request) (*records.Record, error) {
	if n := s.node(r.In.Text("TargetId")); n != nil {
		return n, nil
	}
	return nil, r.Fail("TargetNotFoundException", "You specified a target that doesn't exist.")
}

// pair are the policy and the target of a request.
func (s *state) pair(r *request) (*control, *records.Record, error) {
	p, err := s.control(r)
	if err != nil {
		return nil, nil, err
	}
	n, err := s.target(r)
	return p, n, err
}

func attachPolicy(ctx context.Context, r *request) (wire.Object, error) {
	return nil, r.change(ctx, func(tx *records.Tx, s *state) error {
		p, n, err := s.pair(r)
		if err != nil {
			return err
		}
		attached := n.Doc.Texts(p.typ)
		switch {
		case !s.enabled(p.typ):
			return r.Fail("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.")
		case slices.Contains(attached, p.id):
			return r.Fail("DuplicatePolicyAttachmentException", "The selected policy is already attached to the specified target.")
		case len(attached) >= kinds[p.typ].most:
			return r.Fail(bounded, "You have attached the maximum number of policies to the specified target.")
		}
		tx.Put(n.Change(tx.Now(), wire.Object{p.typ: ids(append(attached, p.id)...)}))
		return nil
	})
}

func detachPolicy(ctx context.Context, r *request) (wire.Object, error) {
	return nil, r.change(ctx, func(tx *records.Tx, s *state) error {
		p, n, err := s.pair(r)
		if err != nil {
			return err
		}
		attached := n.Doc.Texts(p.typ)
		at := slices.Index(attached, p.id)
		switch {
		case at < 0:
			return r.Fail("PolicyNotAttachedException", "The policy isn't attached to the specified target in the specified root.")
		case p.managed && kinds[p.typ].fixed:
			return r.Fail(invalid, "You can't detach %s.", p.name)
		case len(attached) == 1:
			return r.Fail(bounded, "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.")
		}
		tx.Put(n.Change(tx.Now(), wire.Object{p.typ: ids(slices.Delete(attached, at, at+1)...)}))
		return nil
	})
}

func listTargets(_ context.Context, r *request) (wire.Object, error) {
	p, err := r.control(r)
	if err != nil {
		return nil, err
	}
	return r.page(each(r.targets(p), func(n *records.Record) wire.Object {
		return wire.Object{"TargetId": n.ID, "Arn": r.nodeARN(n), "Name": n.Doc.Text("Name"), "Type": typeOf(n)}
	}))
}

func listPoliciesOfTarget(_ context.Context, r *request) (wire.Object, error) {
	n, err := r.target(r)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, id := range n.Doc.Texts(r.In.Text("Filter")) {
		items = append(items, r.policy(id).summary())
	}
	return r.page(items)
}

// ofRoot is the root and the type of a request.
func (s *state) ofRoot(r *request) (string, error) {
	typ := r.In.Text("PolicyType")
	if s.root.ID != r.In.Text("RootId") {
		return "", r.Fail("RootNotFoundException", "You specified a root that doesn't exist.")
	}
	return typ, known(r, typ)
}

// enableType attaches full access to everything.
func enableType(ctx context.Context, r *request) (wire.Object, error) {
	err := r.change(ctx, func(tx *records.Tx, s *state) error {
		typ, err := s.ofRoot(r)
		if err != nil {
			return err
		}
		if s.enabled(typ) {
			return r.Fail("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.")
		}
		s.onAll(tx, typ, ids(kinds[typ].fullID), append(s.root.Doc.Texts("PolicyTypes"), typ))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"Root": r.shownRoot(r.root)}, nil
}

// disableType detaches the policies of a type from everything.
// Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisablePolicyType.html
func disableType(ctx context.Context, r *request) (wire.Object, error) {
	err := r.change(ctx, func(tx *records.Tx, s *state) error {
		typ, err := s.ofRoot(r)
		if err != nil {
			return err
		}
		if !s.enabled(typ) {
			return r.Fail("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.")
		}
		s.onAll(tx, typ, nil, slices.DeleteFunc(s.root.Doc.Texts("PolicyTypes"), func(t string) bool { return t == typ }))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"Root": r.shownRoot(r.root)}, nil
}

// onAll replaces the policies of a type on everything, and the types of the root.
func (s *state) onAll(tx *records.Tx, typ string, policies []any, enabled []string) {
	for _, n := range s.nodes {
		set := wire.Object{typ: nil}
		if policies != nil {
			set[typ] = policies
		}
		if n == s.root {
			set["PolicyTypes"] = ids(enabled...)
		}
		tx.Put(n.Change(tx.Now(), set))
	}
}
