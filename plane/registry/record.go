package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// content are the members of records under the registry's key; artifact is there with its
// bytes, of which outputs have the digest.
var content = []string{"descriptors", "artifact"}

// find returns the record that a request names, and its registry.
func find(r *emulate.Request) (registry, rec *records.Record, err error) {
	if registry, err = findRegistry(r); err != nil {
		return nil, nil, err
	}
	id := after(r.In.Text("recordId"))
	if rec = r.Service.Records.Get(r.Key(recordKind, registry.ID+"/"+id)); rec == nil {
		return nil, nil, r.Fail("ResourceNotFoundException", "The record %s of the registry %s was not found.", id, registry.ID)
	}
	return registry, rec, nil
}

// seal gives a record its members, the content as ciphertext under the registry's data key.
func seal(ctx context.Context, r *emulate.Request, registry, rec *records.Record, members wire.Object) error {
	text, err := json.Marshal(members.Pick(content...))
	if err != nil {
		return err
	}
	u, err := r.Service.Keys.Unlock(ctx, r.Call, subject(r, registry.Doc.Text("registryArn")), registry.Sealed[slot], "use")
	if err != nil {
		return err
	}
	rec.Doc, rec.Sealed = members.Without(content...), map[string]*records.Sealed{slot: u.Seal(text)}
	return nil
}

// open returns the members of a record with its content.
func open(ctx context.Context, r *emulate.Request, registry, rec *records.Record) (wire.Object, error) {
	inner, err := r.OpenObject(ctx, subject(r, registry.Doc.Text("registryArn")), rec.Sealed[slot], "use")
	return rec.Doc.With(inner), err
}

// shown is what answers have of the members of a record: of an artifact its digest.
func shown(rec *records.Record, members wire.Object) wire.Object {
	o := members.With(show(rec))
	if artifact := members.Blob("artifact.content"); artifact != nil {
		sum := sha256.Sum256(artifact)
		o["artifact"] = wire.Object{"sha256": hex.EncodeToString(sum[:])}
	}
	return o
}

func createRecord(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	registry, err := findRegistry(r)
	if err != nil {
		return nil, err
	}
	if status := registry.Doc.Text("status"); status != "READY" {
		return nil, r.Fail("ConflictException", "The registry %s takes no records while its status is %s.", registry.ID, status)
	}
	id := r.Service.ID(emulate.Letters, 12)
	arn := registry.Doc.Text("registryArn") + "/record/" + id
	rec := &records.Record{Key: r.Key(recordKind, registry.ID+"/"+id)}
	members := r.In.Without("clientToken", "tags", "registryId").With(wire.Object{"recordId": id, "recordArn": arn, "registryArn": registry.Doc["registryArn"], "createdBy": r.Account})
	if members["recordVersion"] == nil {
		members["recordVersion"] = "1" // which version AWS begins with is not documented
	}
	if err := seal(ctx, r, registry, rec, members); err != nil {
		return nil, err
	}
	settle(r, rec, "CREATING", "DRAFT")
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Put(rec)
		emulate.PutTags(tx, arn, r.TagsIn("tags"))
		return nil
	})
	return rec.Doc, err
}

func getRecord(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	registry, rec, err := find(r)
	if err != nil {
		return nil, err
	}
	members, err := open(ctx, r, registry, rec)
	if err != nil {
		return nil, err
	}
	return shown(rec, members), nil
}

func listRecords(_ context.Context, r *emulate.Request) (wire.Object, error) {
	registry, err := findRegistry(r)
	if err != nil {
		return nil, err
	}
	items := []wire.Object{}
	for _, rec := range r.List(recordKind) {
		if rec.Doc["registryArn"] == registry.Doc["registryArn"] && fits(r, rec) {
			items = append(items, show(rec))
		}
	}
	return r.Page(items, mostListed, "ValidationException")
}

// updateRecord changes what it has. A record that was decided on is a draft again, which is
// unconfirmed.
func updateRecord(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	registry, old, err := find(r)
	if err != nil {
		return nil, err
	}
	if status := old.Doc.Text("status"); slices.Contains([]string{"CREATING", "UPDATING"}, status) {
		return nil, r.Fail("ConflictException", "The record %s cannot be updated while its status is %s.", old.ID, status)
	}
	members, err := open(ctx, r, registry, old)
	if err != nil {
		return nil, err
	}
	members = patch(members, r.In.Without("registryId", "recordId", "triggerSynchronization", "forceAuthentication"))
	next := old.Change(r.Service.Now(), nil)
	if err := seal(ctx, r, registry, next, members); err != nil {
		return nil, err
	}
	settle(r, next, "UPDATING", "DRAFT")
	if err := replace(ctx, r, old, next); err != nil {
		return nil, err
	}
	return shown(next, members), nil
}

func deleteRecord(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	_, rec, err := find(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Delete(rec.Key)
		emulate.PutTags(tx, rec.Doc.Text("recordArn"), nil)
		return nil
	})
}

// submitRecord puts a draft before who approves, or has it approved by the registry's rule.
func submitRecord(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	registry, old, err := find(r)
	if err != nil {
		return nil, err
	}
	status := "PENDING_APPROVAL"
	if slices.Contains(registry.Doc.Texts("approvalConfiguration.autoApprovalRules"), "APPROVE_ALL") {
		status = "APPROVED"
	}
	return move(ctx, r, old, wire.Object{"status": status})
}

func updateRecordStatus(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	_, old, err := find(r)
	if err != nil {
		return nil, err
	}
	return move(ctx, r, old, r.In.Pick("status", "statusReason"))
}

// moves are the statuses that may follow another by a request.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/registry-concepts.html;
// that a rejected record can be submitted again is unconfirmed.
var moves = map[string][]string{
	"DRAFT":            {"PENDING_APPROVAL", "APPROVED", "DEPRECATED"},
	"PENDING_APPROVAL": {"APPROVED", "REJECTED", "DEPRECATED"},
	"APPROVED":         {"REJECTED", "DEPRECATED"},
	"REJECTED":         {"PENDING_APPROVAL", "APPROVED", "DEPRECATED"},
}

func move(ctx context.Context, r *emulate.Request, old *records.Record, set wire.Object) (wire.Object, error) {
	from, to := old.Doc.Text("status"), set.Text("status")
	if !slices.Contains(moves[from], to) {
		return nil, r.Fail("ConflictException", "A record cannot be %s after %s.", to, from)
	}
	next := old.Change(r.Service.Now(), set)
	if err := replace(ctx, r, old, next); err != nil {
		return nil, err
	}
	return show(next), nil
}
