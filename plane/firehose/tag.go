package firehose

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// mostTags is the quota of a stream.
// Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_TagDeliveryStream.html
const mostTags = 50

var tagger = emulate.Tagger{ARN: tagged, Allowed: emulate.AtMost(mostTags, limit, "A Firehose can have at most %d tags.", mostTags)} // the text is unconfirmed

func tagged(r *emulate.Request, get emulate.Reader) (string, error) {
	_, err := active(r, get)
	return streamARN(r), err
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
