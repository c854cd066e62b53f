package registry

import (
	"context"
	"errors"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const (
	registryKind = "registry"
	recordKind   = "record"
	// slot is that of the catalogue.
	slot = "records"
)

// findRegistry returns the registry that a request names.
func findRegistry(r *emulate.Request) (*records.Record, error) {
	id := after(r.In.Text("registryId"))
	if rec := r.Service.Records.Get(r.Key(registryKind, id)); rec != nil {
		return rec, nil
	}
	return nil, r.Fail("ResourceNotFoundException", "The registry %s was not found.", id)
}

// subject is a registry for its key.
func subject(r *emulate.Request, arn string) *behalf.Subject {
	s := r.Subject("AWS::AgentRegistry::Registry", slot, arn)
	s.ID = after(arn)
	return s
}

func createRegistry(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	id := r.Service.ID(emulate.Letters, 12)
	arn := registryARN(r, id)
	// The data key that is made here is that of all records.
	sealed, err := r.SealObject(ctx, subject(r, arn), r.In.Text("encryptionConfiguration.kmsKeyArn"), "use", wire.Object{})
	if err != nil {
		return nil, err
	}
	rec := &records.Record{Key: r.Key(registryKind, id), Sealed: map[string]*records.Sealed{slot: sealed}}
	rec.Doc = detected(r.In.Without("clientToken", "tags")).With(wire.Object{"registryId": id, "registryArn": arn})
	settle(r, rec, "CREATING", "READY")
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if named(tx, rec) {
			return r.Fail("ConflictException", "A registry with the name '%s' already exists.", rec.Doc.Text("name"))
		}
		tx.Put(rec)
		emulate.PutTags(tx, arn, r.TagsIn("tags"))
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, retire(ctx, r, rec))
	}
	return rec.Doc, nil
}

// detected is a registry as outputs have its detection of agents, which detects none here.
func detected(members wire.Object) wire.Object {
	config := members.Object("autoDetectionConfiguration")
	if config == nil {
		return members.Without("autoDetection")
	}
	status := "INACTIVE"
	if config.Bool("enabled") {
		status = "ACTIVE"
	}
	return members.With(wire.Object{"autoDetection": wire.Object{"configuration": config, "status": status}})
}

// named says whether another registry has the name of a registry.
func named(tx *records.Tx, rec *records.Record) bool {
	for _, other := range tx.List(rec.Service, rec.Kind, rec.Account, rec.Region) {
		if other.ID != rec.ID && other.Doc.Text("name") == rec.Doc.Text("name") {
			return true
		}
	}
	return false
}

func getRegistry(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findRegistry(r)
	if err != nil {
		return nil, err
	}
	return show(rec), nil
}

func listRegistries(_ context.Context, r *emulate.Request) (wire.Object, error) {
	items := []wire.Object{}
	for _, rec := range r.List(registryKind) {
		if fits(r, rec) {
			items = append(items, show(rec))
		}
	}
	return r.Page(items, mostListed, "ValidationException")
}

// fits says whether a record passes the filters of a list, which name paths of members.
func fits(r *emulate.Request, rec *records.Record) bool {
	for _, f := range r.In.Objects("filters") {
		if values := f.Texts("values"); len(values) > 0 && rec.Doc.Text(f.Text("name")) != values[0] {
			return false
		}
	}
	return true
}

// updateRegistry changes what it has; the key is none of it.
func updateRegistry(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := findRegistry(r)
	if err != nil {
		return nil, err
	}
	if status := old.Doc.Text("status"); status != "READY" {
		return nil, r.Fail("ConflictException", "The registry %s cannot be updated while its status is %s.", old.ID, status)
	}
	next := old.Change(r.Service.Now(), nil)
	next.Doc = patch(old.Doc, r.In.Without("registryId", "discoveryConfiguration"))
	if d := r.In.Object("discoveryConfiguration"); d != nil {
		next.Doc["discoveryConfiguration"] = patch(old.Doc.Object("discoveryConfiguration"), d)
	}
	next.Doc = detected(next.Doc)
	settle(r, next, "UPDATING", "READY")
	if err := replace(ctx, r, old, next); err != nil {
		return nil, err
	}
	return show(next), nil
}

// deleteRegistry deletes a registry with its records.
func deleteRegistry(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findRegistry(r)
	if err != nil {
		return nil, err
	}
	if rec.Doc.Text("status") == "DELETING" {
		return nil, r.Fail("ConflictException", "The registry %s is being deleted.", rec.ID)
	}
	next := rec.Change(r.Service.Now(), wire.Object{"status": "DELETING"})
	next.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Gone: true}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, part := range tx.List(rec.Service, recordKind, rec.Account, rec.Region) {
			if part.Doc["registryArn"] == rec.Doc["registryArn"] {
				tx.Delete(part.Key)
				emulate.PutTags(tx, part.Doc.Text("recordArn"), nil)
			}
		}
		emulate.PutTags(tx, rec.Doc.Text("registryArn"), nil)
		tx.Put(next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return next.Doc, retire(ctx, r, rec)
}

// retire ends the grant of a registry. That the key is gone is no failure of the request.
func retire(ctx context.Context, r *emulate.Request, rec *records.Record) error {
	err := r.Service.Keys.Retire(ctx, r.Call, subject(r, rec.Doc.Text("registryArn")), rec.Sealed[slot])
	if refused := new(behalf.Error); errors.As(err, &refused) {
		return nil
	}
	return err
}
