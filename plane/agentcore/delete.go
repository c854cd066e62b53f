package agentcore

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func (k *kind) remove(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := k.find(r)
	if err != nil {
		return nil, err
	}
	if status := rec.Doc.Text("status"); status == "DELETING" || status == "CREATING" {
		return nil, k.settled(r, rec, "deleted")
	}
	if ownID(rec) == defaultEndpoint {
		return nil, r.Fail("ConflictException", "The endpoint %s cannot be deleted.", defaultEndpoint)
	}
	next := rec.Change(r.Service.Now(), wire.Object{"status": "DELETING"})
	if k.ready == "" {
		delete(next.Doc, "status")
	}
	next.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Gone: true}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := k.empty(tx, r, rec); err != nil {
			return err
		}
		k.discard(tx, r, rec, next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return k.show(next, nil), k.retire(ctx, r, rec, nil)
}

// empty refuses to delete what has parts that must be deleted before.
func (k *kind) empty(tx *records.Tx, r *emulate.Request, rec *records.Record) error {
	for _, name := range k.blocks {
		for _, part := range tx.List(rec.Service, name, rec.Account, rec.Region) {
			if within(part) == rec.ID+"/" && ownID(part) != defaultEndpoint && part.Doc.Text("status") != "DELETING" {
				return r.Fail("ConflictException", "%s '%s' still has a %s. Delete it first.", k.noun, ownID(rec), name)
			}
		}
	}
	return nil
}

// discard deletes a record, at once or after a while, and what belongs to it.
func (k *kind) discard(tx *records.Tx, r *emulate.Request, rec, next *records.Record) {
	if k.ready == "" {
		tx.Delete(rec.Key)
	} else {
		tx.Put(next)
	}
	emulate.PutTags(tx, rec.Doc.Text(k.arn), nil)
	if key := policyKey(r, rec.Doc.Text(k.arn)); tx.Get(key) != nil {
		tx.Delete(key)
	}
	if k.identity {
		if key := identityKey(r, ownID(rec)); tx.Get(key) != nil {
			tx.Delete(key)
		}
	}
	if k.gone != nil {
		k.gone(tx, r, rec)
	}
}

// dropParts deletes the parts of a resource that are of a kind.
func dropParts(tx *records.Tx, rec *records.Record, name string) {
	for _, part := range tx.List(rec.Service, name, rec.Account, rec.Region) {
		if within(part) == rec.ID+"/" {
			tx.Delete(part.Key)
		}
	}
}
