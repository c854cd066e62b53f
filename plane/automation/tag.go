package automation

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// tags are the operations of tags.
func tags() operations {
	return operations{
		"TagResource":         {Resource: tagged, Do: tagResource},
		"UntagResource":       {Resource: tagged, Do: untagResource},
		"ListTagsForResource": {Resource: tagged, Do: listTags},
	}
}

func tagged(r *emulate.Request) (string, error) { return r.In.Text("resourceARN"), nil }

// exists refuses an ARN of no resource of the caller's.
func exists(r *emulate.Request) (string, error) {
	arn, _ := tagged(r)
	for _, k := range []*kind{project(), blueprint(), library()} {
		for _, rec := range r.Service.Records.List(control, k.name, r.Account, r.Region) {
			if rec.Doc.Text(k.arn) == arn {
				return arn, nil
			}
		}
	}
	for _, rec := range r.Service.Records.List(runtime, invocation, r.Account, r.Region) {
		if rec.Doc.Text("invocationArn") == arn {
			return arn, nil
		}
	}
	return "", r.Fail("ResourceNotFoundException", "The resource %s was not found.", arn)
}

func tagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn, err := exists(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.AddTags(tx, arn, r.TagsIn("tags"))
		return nil
	})
}

func untagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn, err := exists(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.RemoveTags(tx, arn, r.In.Texts("tagKeys"))
		return nil
	})
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	arn, err := exists(r)
	if err != nil {
		return nil, err
	}
	list := []any{}
	all := r.Service.Tags(arn)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, wire.Object{"key": key, "value": all[key]})
	}
	return wire.Object{"tags": list}, nil
}
