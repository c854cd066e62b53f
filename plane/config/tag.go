package config

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostTags of a resource.
const mostTags = 50

// tagging are the operations of tags.
var tagging = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"TagResource": tag, "UntagResource": untag, "ListTagsForResource": listTags,
}

// tagged is the ARN of a request, of a rule or recorder that is there.
func tagged(r *emulate.Request) (string, error) {
	arn := r.In.Text("ResourceArn")
	if rule(r, r.Service.Records.Get, arn) != nil {
		return arn, nil
	}
	if rec := recorder(r, r.Service.Records.List); rec != nil && rec.Doc.Text("arn") == arn {
		return arn, nil
	}
	return "", r.Fail("ResourceNotFoundException", "ResourceArn '%s' does not exist", arn) // unconfirmed
}

func tag(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn, err := tagged(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		all := map[string]string{}
		maps.Copy(all, r.Service.Tags(arn))
		maps.Copy(all, r.TagsIn("Tags"))
		if len(all) > mostTags {
			return r.Fail("TooManyTagsException", "You have reached the limit of the number of tags you can use. For more information, see Service Limits.") // unconfirmed
		}
		emulate.PutTags(tx, arn, all)
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
	tags := r.Service.Tags(arn)
	var items []wire.Object
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		items = append(items, wire.Object{"Key": key, "Value": tags[key]})
	}
	return r.Page(items, mostTags, badToken)
}
