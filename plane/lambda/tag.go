package lambda

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostTags is the quota of a function.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
const mostTags = 50

// tagged returns the ARN of the function of a request about its tags.
func tagged(r *emulate.Request, get func(records.Key) *records.Record) (string, error) {
	t := targetOf(r, "Resource", true)
	if t.qualifier != "" {
		return "", r.Fail(invalid, "Tags on function aliases and versions are not supported. Please specify a function ARN.")
	}
	_, err := t.find(r, get)
	return t.arn(r, ""), err
}

func tag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		arn, err := tagged(r, tx.Get)
		if err != nil {
			return err
		}
		more := r.TagsIn("Tags")
		if all := wire.Of(r.Service.Tags(arn)).With(wire.Of(more)); len(all) > mostTags {
			return r.Fail(invalid, "Number of tags exceeds resource tag limit.")
		}
		emulate.AddTags(tx, arn, more)
		return nil
	})
}

func untag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		arn, err := tagged(r, tx.Get)
		if err == nil {
			emulate.RemoveTags(tx, arn, r.In.Texts("TagKeys"))
		}
		return err
	})
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	arn, err := tagged(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return wire.Object{"Tags": wire.Of(r.Service.Tags(arn))}, nil
}
