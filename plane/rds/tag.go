package rds

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// tagging are the operations of tags.
var tagging = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"AddTagsToResource": tag, "RemoveTagsFromResource": untag, "ListTagsForResource": listTags,
}

// tagged is the ARN of a request, of something that is there.
func tagged(r *emulate.Request) (string, error) {
	name := r.In.Text("ResourceName")
	for _, k := range kinds {
		if k.arnOf(r, k.name(r, name)) == name {
			_, err := k.find(r, r.Service.Records.Get, name)
			return name, err
		}
	}
	return "", r.Fail(badValue, "Invalid resource name: %s", name)
}

func tag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn, err := tagged(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.AddTags(tx, arn, r.TagsIn("Tags"))
		return nil
	})
}

func untag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn, err := tagged(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.RemoveTags(tx, arn, r.In.Texts("TagKeys"))
		return nil
	})
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	arn, err := tagged(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"TagList": tagList(r.Service.Tags(arn))}, nil
}

func tagList(tags map[string]string) []any {
	out := []any{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, wire.Object{"Key": key, "Value": tags[key]})
	}
	return out
}
