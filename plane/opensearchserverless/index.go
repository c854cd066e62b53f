package opensearchserverless

import (
	"context"
	"encoding/json"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// indexKind is the kind of the indexes of a collection.
func indexKind(collection *records.Record) string { return "index/" + collection.ID }

// schema is the name of the sealed schema of an index.
const schema = "schema"

func indexKey(r *emulate.Request, collection *records.Record) records.Key {
	return r.Key(indexKind(collection), r.In.Text("indexName"))
}

// sealSchema seals the schema in the input under the key of the collection, by its grant.
func sealSchema(ctx context.Context, r *emulate.Request, collection *records.Record) (map[string]*records.Sealed, error) {
	key, err := r.Service.Keys.UnlockGranted(ctx, r.Call, subject(r, collection), collection.Sealed[encryption])
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(r.In["indexSchema"])
	if err != nil {
		return nil, err
	}
	return map[string]*records.Sealed{schema: key.Seal(text)}, nil
}

func createIndex(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	collection, err := find(r)
	if err != nil {
		return nil, err
	}
	sealed, err := sealSchema(ctx, r, collection)
	if err != nil {
		return nil, err
	}
	rec := &records.Record{Key: indexKey(r, collection), Doc: r.In.Pick("indexName"), Sealed: sealed}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(collection.Key) == nil {
			return absent(r)
		}
		if tx.Get(rec.Key) != nil {
			return r.Fail(conflict, "Index %s already exists.", rec.ID) // unconfirmed text
		}
		tx.Put(rec)
		return nil
	})
}

// findIndex returns the index that the input names, with its collection.
func findIndex(r *emulate.Request) (collection, index *records.Record, err error) {
	if collection, err = find(r); err != nil {
		return nil, nil, err
	}
	if index = r.Service.Records.Get(indexKey(r, collection)); index == nil {
		return nil, nil, r.Fail(notFound, "Index %s cannot be found.", r.In.Text("indexName")) // unconfirmed text
	}
	return collection, index, nil
}

func getIndex(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	collection, index, err := findIndex(r)
	if err != nil {
		return nil, err
	}
	key, err := r.Service.Keys.UnlockGranted(ctx, r.Call, subject(r, collection), collection.Sealed[encryption])
	if err != nil {
		return nil, err
	}
	text, err := key.Open(index.Sealed[schema])
	if err != nil {
		return nil, err
	}
	return wire.Object{"indexSchema": json.RawMessage(text)}, nil
}

// updateIndex replaces the schema. AWS documents no more than that it is updated.
func updateIndex(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	collection, index, err := findIndex(r)
	if err != nil {
		return nil, err
	}
	sealed, err := sealSchema(ctx, r, collection)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(index.Key)
		if now == nil {
			return r.Fail(notFound, "Index %s cannot be found.", index.ID) // unconfirmed text
		}
		next := now.Change(tx.Now(), nil)
		next.Sealed = sealed
		tx.Put(next)
		return nil
	})
}

func deleteIndex(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	collection, index, err := findIndex(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(index.Key) != nil {
			dropIndex(tx, r, collection, index)
		}
		return nil
	})
}

// dropIndex deletes an index with its documents.
func dropIndex(tx *records.Tx, r *emulate.Request, collection, index *records.Record) {
	for _, rec := range tx.List(model, documentKind(collection, index.ID), r.Account, r.Region) {
		tx.Delete(rec.Key)
	}
	tx.Delete(index.Key)
}
