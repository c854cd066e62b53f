package s3vectors

import (
	"context"
	"hash/fnv"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func putVectors(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	index, err := t.record(r)
	if err != nil {
		return nil, err
	}
	vectors := map[string]*vector{}
	var keys []string
	for _, in := range r.In.Objects("vectors") {
		key := in.Text("key")
		v, err := read(in, index)
		if err != nil {
			return nil, r.Fail("ValidationException", "Invalid record for key '%s': %s", key, err)
		}
		if vectors[key] == nil {
			keys = append(keys, key)
		}
		vectors[key] = v
	}
	batch, err := seal(ctx, r, t, index, keys, vectors)
	if err != nil {
		return nil, err
	}
	return nil, changeVectors(ctx, r, t, index, keys, func(tx *records.Tx) { tx.Put(batch) })
}

// changeVectors takes keys away from an index that is still there, and does what is more.
func changeVectors(ctx context.Context, r *emulate.Request, t *target, index *records.Record, keys []string, more func(*records.Tx)) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if now := tx.Get(index.Key); now == nil || batchKind(now) != batchKind(index) {
			return noIndex(r)
		}
		drop(tx, t, index, set(keys))
		more(tx)
		return nil
	})
}

func set(keys []string) map[string]bool {
	out := make(map[string]bool, len(keys))
	for _, key := range keys {
		out[key] = true
	}
	return out
}

// getVectors leaves out keys that are not there.
func getVectors(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	index, err := t.record(r)
	if err != nil {
		return nil, err
	}
	keys := r.In.Texts("keys")
	vectors, err := open(ctx, r, t, index, set(keys))
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, key := range keys {
		if v := vectors[key]; v != nil {
			out = append(out, v.shown(key, r.In.Bool("returnData"), r.In.Bool("returnMetadata")))
		}
	}
	return wire.Object{"vectors": out}, nil
}

// How many vectors are on a page, at most and when the request does not say.
const (
	mostVectors    = 1000
	defaultVectors = 500
)

// listVectors needs no key for the keys of vectors, and for more the permission to get
// vectors.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3VectorBuckets_ListVectors.html
func listVectors(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	data, metadata := r.In.Bool("returnData"), r.In.Bool("returnMetadata")
	if data || metadata {
		if err := t.allow(ctx, r, "GetVectors"); err != nil {
			return nil, err
		}
	}
	index, err := t.record(r)
	if err != nil {
		return nil, err
	}
	inSegment, err := segment(r)
	if err != nil {
		return nil, err
	}
	items := []wire.Object{}
	for _, batch := range batches(r, t, index) {
		for _, key := range batch.Doc.Texts("keys") {
			if inSegment(key) {
				items = append(items, wire.Object{"key": key})
			}
		}
	}
	most := mostVectors
	if !r.In.Has("maxResults") {
		most = defaultVectors
	}
	page, err := r.Page(items, most, "ValidationException")
	if err != nil || !data && !metadata {
		return page, err
	}
	want := map[string]bool{}
	for _, item := range page.Objects("vectors") {
		want[item.Text("key")] = true
	}
	vectors, err := open(ctx, r, t, index, want)
	if err != nil {
		return nil, err
	}
	filled := []any{}
	for _, item := range page.Objects("vectors") {
		if v := vectors[item.Text("key")]; v != nil {
			filled = append(filled, v.shown(item.Text("key"), data, metadata))
		}
	}
	return page.With(wire.Object{"vectors": filled}), nil
}

// segment says which keys belong to the segment that a request asks for; SDKs leave the index
// out when it is 0. The texts of the refusals are not recorded.
func segment(r *emulate.Request) (func(key string) bool, error) {
	count, i := uint32(r.In.Int("segmentCount")), uint32(r.In.Int("segmentIndex"))
	switch {
	case r.In.Has("segmentIndex") && !r.In.Has("segmentCount"):
		return nil, r.Fail("ValidationException", "segmentCount and segmentIndex must be specified together")
	case count == 0:
		return func(string) bool { return true }, nil
	case i >= count:
		return nil, r.Fail("ValidationException", "segmentIndex must be less than segmentCount")
	}
	return func(key string) bool {
		h := fnv.New32a()
		_, _ = h.Write([]byte(key))
		return h.Sum32()%count == i
	}, nil
}

// deleteVectors does not mind keys that are not there. It is one of the operations that AWS
// declares refusals of KMS for, so it opens what it deletes from.
func deleteVectors(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	index, err := t.record(r)
	if err != nil {
		return nil, err
	}
	keys := r.In.Texts("keys")
	if _, err := open(ctx, r, t, index, set(keys)); err != nil {
		return nil, err
	}
	return nil, changeVectors(ctx, r, t, index, keys, func(*records.Tx) {})
}
