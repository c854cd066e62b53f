package logs

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostTags is the quota of a resource.
const mostTags = 50

func tag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		g, err := group(r, tx.Get)
		if err != nil {
			return err
		}
		arn := r.ARN("log-group:" + g.ID)
		all := wire.Of(r.Service.Tags(arn)).With(r.In.Object("tags"))
		if len(all) > mostTags {
			return r.Fail("TooManyTagsException", "The request exceeds the number of tags that a resource can have: %d.", mostTags)
		}
		emulate.AddTags(tx, arn, r.In.Map("tags"))
		return nil
	})
}

func untag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		g, err := group(r, tx.Get)
		if err == nil {
			emulate.RemoveTags(tx, r.ARN("log-group:"+g.ID), append(r.In.Texts("tagKeys"), r.In.Texts("tags")...))
		}
		return err
	})
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := group(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return wire.Object{"tags": wire.Of(r.Service.Tags(r.ARN("log-group:" + g.ID)))}, nil
}
