package s3vectors

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The quotas of an account in a Region, and of a bucket.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html
const (
	mostBuckets = 10_000
	mostIndexes = 10_000
)

// mostListed buckets or indexes are on a page.
const mostListed = 500

func createBucket(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	e, err := encryption(r)
	if err != nil {
		return nil, err
	}
	if e == nil {
		e = wire.Object{"sseType": sseS3}
	}
	tags := r.TagsIn("tags")
	if err := allowTags(ctx, r, t, tags); err != nil {
		return nil, err
	}
	id := r.Service.UUID()
	if err := try(ctx, r, t, slot{"AWS::S3Vectors::VectorBucket", e.Text("kmsKeyArn"), id}); err != nil {
		return nil, err
	}
	rec := &records.Record{Key: t.bucketKey(), Doc: wire.Object{"id": id, "vectorBucketName": t.bucket, "vectorBucketArn": t.arn(), "encryptionConfiguration": e}}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(rec.Key) != nil {
			return r.Fail("ConflictException", "A vector bucket with the specified name already exists")
		}
		if len(tx.List(model, bucketKind, t.account, t.region)) >= mostBuckets {
			return r.Fail("ServiceQuotaExceededException", "The account has %d vector buckets in this Region, which is the quota", mostBuckets)
		}
		tx.Put(rec)
		emulate.PutTags(tx, t.arn(), tags)
		return nil
	})
	return wire.Object{"vectorBucketArn": t.arn()}, err
}

func getBucket(_ context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	rec, err := t.record(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"vectorBucket": shown(rec)}, nil
}

// shown are the members of a bucket or an index that callers see.
func shown(rec *records.Record) wire.Object {
	return rec.Doc.Without("id", "policy").With(wire.Object{"creationTime": rec.Created})
}

func listBuckets(_ context.Context, r *emulate.Request) (wire.Object, error) {
	items := []wire.Object{}
	for _, rec := range r.List(bucketKind) {
		if strings.HasPrefix(rec.ID, r.In.Text("prefix")) {
			items = append(items, shown(rec).Pick("vectorBucketName", "vectorBucketArn", "creationTime"))
		}
	}
	return r.Page(items, mostListed, "ValidationException")
}

func deleteBucket(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(t.bucketKey()) == nil {
			return noBucket(r)
		}
		if len(indexesOf(tx.List(model, indexKind, t.account, t.region), t.bucket)) > 0 {
			return r.Fail("ConflictException", "The specified vector bucket is not empty")
		}
		tx.Delete(t.bucketKey())
		emulate.PutTags(tx, t.arn(), nil)
		return nil
	})
}
