package opensearchserverless

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// tagged refuses a resource that is no collection of the account. Unconfirmed: the text.
func tagged(r *emulate.Request) error {
	for _, rec := range r.List(collectionKind) {
		if rec.Doc.Text("arn") == r.In.Text("resourceArn") {
			return nil
		}
	}
	return r.Fail(notFound, "Resource with ARN %s cannot be found.", r.In.Text("resourceArn"))
}

func tagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, changeTags(ctx, r, func(tx *records.Tx, arn string) { emulate.AddTags(tx, arn, r.TagsIn("tags")) })
}

func untagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, changeTags(ctx, r, func(tx *records.Tx, arn string) { emulate.RemoveTags(tx, arn, r.In.Texts("tagKeys")) })
}

func changeTags(ctx context.Context, r *emulate.Request, change func(tx *records.Tx, arn string)) error {
	if err := tagged(r); err != nil {
		return err
	}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		change(tx, r.In.Text("resourceArn"))
		return nil
	})
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if err := tagged(r); err != nil {
		return nil, err
	}
	of := r.Service.Tags(r.In.Text("resourceArn"))
	list := []any{}
	for _, key := range slices.Sorted(maps.Keys(of)) {
		list = append(list, wire.Object{"key": key, "value": of[key]})
	}
	return wire.Object{"tags": list}, nil
}
