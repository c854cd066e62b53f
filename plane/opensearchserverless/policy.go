package opensearchserverless

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// family are the operations of a family of policies, which differ in names alone.
type family struct {
	one, many string // in the names of operations
	detail    string // the member of a policy in answers
	list      string // the member of all policies
}

var families = []*family{
	{"SecurityPolicy", "SecurityPolicies", "securityPolicyDetail", "securityPolicySummaries"},
	{"AccessPolicy", "AccessPolicies", "accessPolicyDetail", "accessPolicySummaries"},
}

func (f *family) add(all map[string]emulate.Op) {
	for name, do := range map[string]func(context.Context, *emulate.Request) (wire.Object, error){
		"Create" + f.one: f.create, "Get" + f.one: f.get, "List" + f.many: f.listed, "Update" + f.one: f.update, "Delete" + f.one: f.delete,
	} {
		all[name] = emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if err := r.AllowAs(ctx, &plane.Asked{Action: "aoss:" + name, Resource: "*", Context: namedCollections(r)}); err != nil {
				return nil, err
			}
			return do(ctx, r)
		}}
	}
}

// namedCollections is the condition key with the collections that a policy names: the one in the
// input, else the one that is there.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonopensearchserverless.html#amazonopensearchserverless-policy-keys
func namedCollections(r *emulate.Request) authz.Context {
	text := r.In.Text("policy")
	if text == "" {
		rec := r.Service.Records.Get(policyKey(r))
		if rec == nil {
			return nil
		}
		text = rec.Doc.Text("policy")
	}
	d, err := read(r.In.Text("type"), text)
	if err != nil {
		return nil
	}
	var names []string
	for _, resource := range d.resources() {
		if _, name, ok := strings.Cut(resource, "/"); ok {
			name, _, _ = strings.Cut(name, "/")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return authz.Context{"aoss:collection": {Values: slices.Compact(names)}}
}

// policyKey names the policy of the input. Types have names of their own.
func policyKey(r *emulate.Request) records.Key {
	return r.Key("policy/"+r.In.Text("type"), r.In.Text("name"))
}

func (f *family) create(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if _, err := read(r.In.Text("type"), r.In.Text("policy")); err != nil {
		return nil, malformed(r, err)
	}
	rec := &records.Record{Key: policyKey(r), Doc: r.In.Pick("type", "name", "description", "policy")}
	rec.Doc["policyVersion"] = version(r, 1)
	rec.Doc["number"] = int64(1)
	err := f.put(ctx, r, rec, func(tx *records.Tx) error {
		if tx.Get(rec.Key) != nil {
			return r.Fail(conflict, "Policy with name %s and type %s already exists", rec.ID, r.In.Text("type"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{f.detail: policyOut(rec)}, nil
}

// malformed is the refusal of a text. Unconfirmed: its text.
func malformed(r *emulate.Request, err error) error {
	return r.Fail(invalid, "Policy json is invalid, error: %s", err)
}

// version is that of a policy in the form that AWS has: a time and a number.
func version(r *emulate.Request, number int64) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d_%d", r.Service.Now().UnixMilli(), number))
}

// put commits a policy with the grant for its key, if it names one.
func (f *family) put(ctx context.Context, r *emulate.Request, rec *records.Record, good func(*records.Tx) error) error {
	s := policySubject(r, rec)
	sealed, err := r.Service.Keys.Grant(ctx, r.Call, s, policyKMSKey(rec), "create")
	if err != nil {
		return err
	}
	rec.Sealed = nil
	if sealed != nil {
		rec.Sealed = map[string]*records.Sealed{encryption: sealed}
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := good(tx); err != nil {
			return err
		}
		tx.Put(rec)
		return nil
	})
	if err != nil {
		_ = r.Service.Keys.Retire(ctx, r.Call, s, sealed) // what was not made needs no grant
	}
	return err
}

// policyKMSKey is the key that an encryption policy names; empty: none.
func policyKMSKey(rec *records.Record) string {
	d, err := read(rec.Doc.Text("type"), rec.Doc.Text("policy"))
	if err != nil {
		return ""
	}
	if e, ok := d.(*encryptionDocument); ok {
		return e.KmsARN
	}
	return ""
}

// policySubject is a policy for its key. Policies have no ARN on AWS.
func policySubject(r *emulate.Request, rec *records.Record) *behalf.Subject {
	s := r.Subject("AWS::OpenSearchServerless::SecurityPolicy", encryption, r.ARN("security-policy/"+rec.ID))
	s.Name = rec.ID
	return s
}

// policyOut is a policy as it is answered: its text is a document.
func policyOut(rec *records.Record) wire.Object {
	return dated(rec).Without("number").With(wire.Object{"policy": json.RawMessage(rec.Doc.Text("policy"))})
}

func findPolicy(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(policyKey(r)); rec != nil {
		return rec, nil
	}
	return nil, noPolicy(r)
}

func noPolicy(r *emulate.Request) error {
	return r.Fail(notFound, "Policy with name %s and type %s is not found", r.In.Text("name"), r.In.Text("type"))
}

func (f *family) get(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findPolicy(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{f.detail: policyOut(rec)}, nil
}

// listed lists the policies of a type, or those of them that apply to one of the resources.
func (f *family) listed(_ context.Context, r *emulate.Request) (wire.Object, error) {
	wanted := r.In.Texts("resource")
	items := []wire.Object{}
	for _, rec := range r.List("policy/" + r.In.Text("type")) {
		d, err := read(rec.Doc.Text("type"), rec.Doc.Text("policy"))
		if err != nil {
			return nil, fmt.Errorf("opensearchserverless: policy %s: %w", rec.ID, err)
		}
		if wanted == nil || slices.ContainsFunc(wanted, func(resource string) bool { return specific(d, resource) > 0 }) {
			items = append(items, policyOut(rec).Without("policy"))
		}
	}
	return page(r, items, f.list)
}

// update replaces the description, which is gone when it is left out, and the text where the
// request has one. Collections that are there keep their keys. Unconfirmed: what is left out.
func (f *family) update(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	before, err := findPolicy(r)
	if err != nil {
		return nil, err
	}
	if r.In.Text("policyVersion") != before.Doc.Text("policyVersion") {
		return nil, r.Fail(invalid, "Policy version specified in the request refers to an older version and policy has since changed")
	}
	set := wire.Object{"description": r.In["description"], "number": before.Doc.Int("number") + 1}
	set["policyVersion"] = version(r, set.Int("number"))
	if text := r.In.Text("policy"); text != "" {
		if _, err := read(r.In.Text("type"), text); err != nil {
			return nil, malformed(r, err)
		}
		set["policy"] = text
	}
	if r.In.Text("description") == before.Doc.Text("description") && (set["policy"] == nil || set["policy"] == before.Doc["policy"]) {
		return nil, r.Fail(invalid, "No changes detected in policy or policy description")
	}
	rec := before.Change(r.Service.Now(), set)
	err = f.put(ctx, r, rec, func(tx *records.Tx) error {
		if now := tx.Get(rec.Key); now == nil || now.Doc.Text("policyVersion") != before.Doc.Text("policyVersion") {
			return r.Fail(conflict, "The policy was changed by another request. Retry your request.") // unconfirmed text
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := r.Service.Keys.Retire(ctx, r.Call, policySubject(r, before), before.Sealed[encryption]); err != nil && !keyGone(err) {
		return nil, err
	}
	return wire.Object{f.detail: policyOut(rec)}, nil
}

// delete deletes a policy. Collections that are there keep their keys.
func (f *family) delete(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findPolicy(r)
	if err != nil {
		return nil, err
	}
	if err := r.Service.Keys.Retire(ctx, r.Call, policySubject(r, rec), rec.Sealed[encryption]); err != nil && !keyGone(err) {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(rec.Key) == nil {
			return noPolicy(r)
		}
		tx.Delete(rec.Key)
		return nil
	})
}

// bestPolicy is the encryption policy that counts for a collection; nil: none matches. Of two
// that match as well the older one does.
func bestPolicy(r *emulate.Request, name string) *encryptionDocument {
	var found *encryptionDocument
	best := 0
	for _, rec := range r.List("policy/encryption") {
		d, err := read("encryption", rec.Doc.Text("policy"))
		if err != nil {
			continue // it was read when it was put
		}
		if n := specific(d, "collection/"+name); n > best {
			best = n
			found, _ = d.(*encryptionDocument)
		}
	}
	return found
}
