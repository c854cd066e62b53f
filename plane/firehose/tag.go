package firehose

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostTags is the quota of a stream.
// Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_TagDeliveryStream.html
const mostTags = 50

func tag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if _, err := active(r, tx.Get); err != nil {
			return err
		}
		more := r.TagsIn("Tags")
		if all := wire.Of(r.Service.Tags(streamARN(r))).With(wire.Of(more)); len(all) > mostTags {
			// The text is unconfirmed.
			return r.Fail(limit, "A Firehose can have at most %d tags.", mostTags)
		}
		emulate.AddTags(tx, streamARN(r), more)
		return nil
	})
}

func untag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		_, err := active(r, tx.Get)
		if err == nil {
			emulate.RemoveTags(tx, streamARN(r), r.In.Texts("TagKeys"))
		}
		return err
	})
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if _, err := find(r, r.Service.Records.Get); err != nil {
		return nil, err
	}
	size := mostTags
	if n := int(r.In.Int("Limit")); n > 0 {
		size = min(n, mostTags)
	}
	tags := r.Service.Tags(streamARN(r))
	keys := slices.Sorted(maps.Keys(tags))
	keys = slices.DeleteFunc(keys, func(key string) bool {
		return key <= r.In.Text("ExclusiveStartTagKey") && r.In.Has("ExclusiveStartTagKey")
	})
	page, more := cut(keys, size)
	list := []any{}
	for _, key := range page {
		list = append(list, wire.Object{"Key": key, "Value": tags[key]})
	}
	return wire.Object{"Tags": list, "HasMoreTags": more}, nil
}

// cut is the first page of a list in order, and whether more follow.
func cut(list []string, size int) (page []string, more bool) {
	slices.Sort(list)
	if len(list) > size {
		return list[:size], true
	}
	return list, false
}
