package bedrock

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostTags of a resource. Source: https://docs.aws.amazon.com/bedrock/latest/userguide/tagging.html
const mostTags = 50

// tags are the operations of the tags of all resources of the API.
func tags() operations {
	return operations{
		"TagResource":         {Resource: tagged, Do: tagResource},
		"UntagResource":       {Resource: tagged, Do: untagResource},
		"ListTagsForResource": {Resource: tagged, Do: listTags},
	}
}

func tagged(r *emulate.Request) (string, error) { return r.In.Text("resourceARN"), nil }

// taggable says whether a resource exists that can have tags, by the families of the API.
var taggable = []func(r *emulate.Request, arn string) bool{
	func(r *emulate.Request, arn string) bool {
		g, err := guardrailOf(r, arn)
		return err == nil && g.arn == arn && g.account == r.Account && g.record(r.Service.World, draft) != nil
	},
	func(r *emulate.Request, arn string) bool { return applicationProfile(r, arn) != nil },
}

func exists(r *emulate.Request) error {
	arn := r.In.Text("resourceARN")
	for _, known := range taggable {
		if known(r, arn) {
			return nil
		}
	}
	return r.Fail("ResourceNotFoundException", "The resource %s does not exist.", arn)
}

func tagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := exists(r); err != nil {
		return nil, err
	}
	more := r.TagsIn("tags")
	all := maps.Clone(r.Service.Tags(r.In.Text("resourceARN")))
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, more)
	if len(all) > mostTags {
		return nil, r.Fail("TooManyTagsException", "The resource would have %d tags; the quota is %d.", len(all), mostTags)
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.AddTags(tx, r.In.Text("resourceARN"), more)
		return nil
	})
}

func untagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := exists(r); err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.RemoveTags(tx, r.In.Text("resourceARN"), r.In.Texts("tagKeys"))
		return nil
	})
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if err := exists(r); err != nil {
		return nil, err
	}
	of := r.Service.Tags(r.In.Text("resourceARN"))
	list := []any{}
	for _, key := range slices.Sorted(maps.Keys(of)) {
		list = append(list, wire.Object{"key": key, "value": of[key]})
	}
	return wire.Object{"tags": list}, nil
}
