package s3vectors

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// allowTags asks for the permission that a creation with tags needs.
func allowTags(ctx context.Context, r *emulate.Request, t *target, tags map[string]string) error {
	if len(tags) == 0 {
		return nil
	}
	return t.allow(ctx, r, "TagResource")
}

func tagResource(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	return nil, changeTags(ctx, r, t, func(tx *records.Tx) { emulate.AddTags(tx, t.arn(), r.TagsIn("tags")) })
}

func untagResource(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	return nil, changeTags(ctx, r, t, func(tx *records.Tx) { emulate.RemoveTags(tx, t.arn(), r.In.Texts("tagKeys")) })
}

func changeTags(ctx context.Context, r *emulate.Request, t *target, change func(*records.Tx)) error {
	if _, err := t.record(r); err != nil {
		return err
	}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		change(tx)
		return nil
	})
}

func listTags(_ context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	if _, err := t.record(r); err != nil {
		return nil, err
	}
	return wire.Object{"tags": wire.Of(r.Service.Tags(t.arn()))}, nil
}
