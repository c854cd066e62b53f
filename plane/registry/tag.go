package registry

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func tagged(r *emulate.Request) (string, error) { return r.In.Text("resourceArn"), nil }

// exists refuses an ARN of no resource of the caller's.
func exists(r *emulate.Request) (string, error) {
	arn, _ := tagged(r)
	for kind, member := range map[string]string{registryKind: "registryArn", recordKind: "recordArn"} {
		for _, rec := range r.List(kind) {
			if rec.Doc.Text(member) == arn {
				return arn, nil
			}
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
	return wire.Object{"tags": wire.Of(r.Service.Tags(arn))}, nil
}
