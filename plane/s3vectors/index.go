package s3vectors

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func createIndex(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	if r.In.Has("metadataConfiguration.textSearchConfigurations") {
		return nil, r.Fail("ValidationException", "The local plane has no text search: leave textSearchConfigurations out")
	}
	e, err := encryption(r)
	if err != nil {
		return nil, err
	}
	tags := r.TagsIn("tags")
	if err := allowTags(ctx, r, t, tags); err != nil {
		return nil, err
	}
	rec := &records.Record{Key: t.indexKey(), Doc: r.In.Pick("indexName", "dataType", "dimension", "distanceMetric", "metadataConfiguration")}
	rec.Doc = rec.Doc.With(wire.Object{"id": r.Service.UUID(), "vectorBucketName": t.bucket, "indexArn": t.arn()})
	if e != nil {
		rec.Doc["encryptionConfiguration"] = e
	}
	of, err := slotOf(r, t, rec)
	if err != nil {
		return nil, err
	}
	if err := try(ctx, r, t, of); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(t.bucketKey()) == nil {
			return noBucket(r)
		}
		if tx.Get(rec.Key) != nil {
			return r.Fail("ConflictException", "An index with the specified name already exists")
		}
		if len(indexesOf(tx.List(model, indexKind, t.account, t.region), t.bucket)) >= mostIndexes {
			return r.Fail("ServiceQuotaExceededException", "The vector bucket has %d indexes, which is the quota", mostIndexes)
		}
		tx.Put(rec)
		emulate.PutTags(tx, t.arn(), tags)
		return nil
	})
	return wire.Object{"indexArn": t.arn()}, err
}

// indexesOf are those of a bucket among the indexes of an account.
func indexesOf(all []*records.Record, bucket string) []*records.Record {
	var out []*records.Record
	for _, rec := range all {
		if rec.Doc.Text("vectorBucketName") == bucket {
			out = append(out, rec)
		}
	}
	return out
}

func getIndex(_ context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	rec, err := t.record(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"index": shown(rec)}, nil
}

func listIndexes(_ context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	if _, err := t.record(r); err != nil {
		return nil, err
	}
	items := []wire.Object{}
	for _, rec := range indexesOf(r.Service.Records.List(model, indexKind, t.account, t.region), t.bucket) {
		if strings.HasPrefix(rec.Doc.Text("indexName"), r.In.Text("prefix")) {
			items = append(items, shown(rec).Pick("vectorBucketName", "indexName", "indexArn", "creationTime"))
		}
	}
	return r.Page(items, mostListed, "ValidationException")
}

func deleteIndex(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := tx.Get(t.indexKey())
		if rec == nil {
			return noIndex(r)
		}
		for _, batch := range tx.List(model, batchKind(rec), t.account, t.region) {
			tx.Delete(batch.Key)
		}
		tx.Delete(rec.Key)
		emulate.PutTags(tx, t.arn(), nil)
		return nil
	})
}
