package secretsmanager

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostTags is the quota of a secret.
const mostTags = 50

func tag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := live(r, tx.Get)
		if err != nil {
			return err
		}
		arn := rec.Doc.Text("ARN")
		if all := wire.Of(r.Service.Tags(arn)).With(wire.Of(r.TagsIn("Tags"))); len(all) > mostTags {
			return r.Fail(invalid, "The number of tags exceeds the limit of %d.", mostTags)
		}
		emulate.AddTags(tx, arn, r.TagsIn("Tags"))
		return nil
	})
}

func untag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := live(r, tx.Get)
		if err == nil {
			emulate.RemoveTags(tx, rec.Doc.Text("ARN"), r.In.Texts("TagKeys"))
		}
		return err
	})
}

func tagList(tags map[string]string) []any {
	out := []any{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, wire.Object{"Key": key, "Value": tags[key]})
	}
	return out
}
