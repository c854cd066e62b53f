package organizations

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/lint"
)

// mostPolicies of a type.
const mostPolicies = 1000

// control is a control policy, of the organization or of AWS.
type control struct {
	id, arn, typ, name, description, content string
	managed                                  bool
}

// policy finds a policy; nil: there is none.
func (s *state) policy(id string) *control {
	for _, typ := range types {
		if k := kinds[typ]; k.fullID == id {
			return &control{id: id, arn: k.full.Name, typ: typ, name: k.fullName, description: fullDescription[typ], content: k.full.Document, managed: true}
		}
	}
	rec := find(s.policies, id)
	if rec == nil {
		return nil
	}
	p := &control{id: id, typ: rec.Doc.Text("Type"), name: rec.Doc.Text("Name"), description: rec.Doc.Text("Description"), content: rec.Doc.Text("Content")}
	p.arn = s.arn("policy", strings.ToLower(p.typ)+"/"+id)
	return p
}

var fullDescription = map[string]string{
	serviceControl:  "Allows access to every operation",
	resourceControl: "Allows access to every resource",
}

func (p *control) summary() wire.Object {
	return wire.Object{"Id": p.id, "Arn": p.arn, "Name": p.name, "Description": p.description, "Type": p.typ, "AwsManaged": p.managed}
}

func (p *control) shown() wire.Object {
	return wire.Object{"Policy": wire.Object{"PolicySummary": p.summary(), "Content": p.content}}
}

// control finds the policy of a request.
func (s *state) control(r *request) (*control, error) {
	if p := s.policy(r.In.Text("PolicyId")); p != nil {
		return p, nil
	}
	return nil, r.Fail("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
}

// changeable is the policy of a request, unless it is one of AWS.
func (s *state) changeable(r *request) (*control, error) {
	p, err := s.control(r)
	if err == nil && p.managed {
		err = r.Fail(invalid, "You can't modify an AWS managed policy.")
	}
	return p, err
}

// known refuses types of policies that the plane does not enforce.
func known(r *request, typ string) error {
	if _, ok := kinds[typ]; !ok {
		return r.Fail(invalid, "not implemented by the local plane: policies of the type %s", typ)
	}
	return nil
}

// lints are the kinds of documents by type.
var lints = map[string]lint.Kind{serviceControl: lint.SCP, resourceControl: lint.RCP}

// grammar are the findings of package lint about what a policy of the type cannot have. The
// others are about what it does.
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
// and https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
var grammar = []string{
	"bad-form", "bad-value", "bad-element", "bad-operator", "duplicate", "conflict", "incomplete", "empty-list",
	"principal-not-allowed", "principal-missing", "not-principal-refused", "resource-missing", "action-form",
	"rcp-version", "rcp-effect", "rcp-principal", "rcp-not-action", "rcp-any-action",
}

// document refuses the text of a policy. AWS says no more than the first sentence.
func document(r *request, typ, text string) error {
	if utf8.RuneCountInString(text) > kinds[typ].longest {
		return r.Fail(bounded, "You have exceeded the allowed size of a policy document: %d characters.", kinds[typ].longest)
	}
	d, err := policy.Parse(text)
	if err != nil {
		return r.Fail("MalformedPolicyDocumentException", "The provided policy document does not meet the requirements of the specified policy type: %v", err)
	}
	for _, p := range d.Problems {
		return r.Fail("MalformedPolicyDocumentException", "The provided policy document does not meet the requirements of the specified policy type: line %d: %s", p.At.Line, p.Text)
	}
	for _, f := range lint.Check(d, lint.Options{Kind: lints[typ], Work: -1}) {
		if slices.Contains(grammar, f.Code) {
			return r.Fail("MalformedPolicyDocumentException", "The provided policy document does not meet the requirements of the specified policy type: %s", f.Text)
		}
	}
	return nil
}

func (s *state) unnamed(r *request, typ, name string) error {
	taken := name == kinds[typ].fullName
	for _, rec := range s.policies {
		taken = taken || rec.Doc.Text("Type") == typ && rec.Doc.Text("Name") == name && rec.ID != r.In.Text("PolicyId")
	}
	if taken {
		return r.Fail("DuplicatePolicyException", "A policy with the same name already exists.")
	}
	return nil
}

func createPolicy(ctx context.Context, r *request) (wire.Object, error) {
	typ := r.In.Text("Type")
	if err := known(r, typ); err != nil {
		return nil, err
	}
	if err := document(r, typ, r.In.Text("Content")); err != nil {
		return nil, err
	}
	id := "p-" + r.Service.ID(emulate.LowerDigits, 10)
	err := r.change(ctx, func(tx *records.Tx, s *state) error {
		if err := s.unnamed(r, typ, r.In.Text("Name")); err != nil {
			return err
		}
		same := slices.DeleteFunc(slices.Clone(s.policies), func(rec *records.Record) bool { return rec.Doc.Text("Type") != typ })
		if len(same) >= mostPolicies {
			return r.Fail(bounded, "You have exceeded the allowed number of policies of this type.")
		}
		put(tx, policyKind, id, r.In.Pick("Name", "Description", "Content", "Type").With(wire.Object{"Organization": s.id}))
		emulate.PutTags(tx, s.arn("policy", strings.ToLower(typ)+"/"+id), r.TagsIn("Tags"))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r.policy(id).shown(), nil
}

func describePolicy(_ context.Context, r *request) (wire.Object, error) {
	p, err := r.control(r)
	if err != nil {
		return nil, err
	}
	return p.shown(), nil
}

func updatePolicy(ctx context.Context, r *request) (wire.Object, error) {
	err := r.change(ctx, func(tx *records.Tx, s *state) error {
		p, err := s.changeable(r)
		if err != nil {
			return err
		}
		if r.In.Has("Name") {
			if err := s.unnamed(r, p.typ, r.In.Text("Name")); err != nil {
				return err
			}
		}
		if r.In.Has("Content") {
			if err := document(r, p.typ, r.In.Text("Content")); err != nil {
				return err
			}
		}
		tx.Put(find(s.policies, p.id).Change(tx.Now(), r.In.Pick("Name", "Description", "Content")))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r.policy(r.In.Text("PolicyId")).shown(), nil
}

func deletePolicy(ctx context.Context, r *request) (wire.Object, error) {
	return nil, r.change(ctx, func(tx *records.Tx, s *state) error {
		p, err := s.changeable(r)
		if err != nil {
			return err
		}
		if len(s.targets(p)) > 0 {
			return r.Fail("PolicyInUseException", "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.")
		}
		emulate.PutTags(tx, p.arn, nil)
		tx.Delete(key(policyKind, p.id))
		return nil
	})
}

func listPolicies(_ context.Context, r *request) (wire.Object, error) {
	typ := r.In.Text("Filter")
	var items []wire.Object
	if k, ok := kinds[typ]; ok {
		items = append(items, r.policy(k.fullID).summary())
	}
	for _, rec := range r.policies {
		if rec.Doc.Text("Type") == typ {
			items = append(items, r.policy(rec.ID).summary())
		}
	}
	return r.page(items)
}
