package emulate

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// Tagging are the operations TagResource, UntagResource and ListTagsForResource of a service
// whose resources are named by their ARNs.
type Tagging struct {
	// Member of the inputs is the ARN: resourceArn or resourceARN.
	Member string
	// Known refuses an ARN of no resource of the caller's.
	Known func(r *Request, arn string) error
	// Allowed refuses tags that are to be added, knowing how many the resource then has; nil:
	// all are allowed.
	Allowed func(r *Request, more map[string]string, count int) error
}

// Operations are the operations by name. They are authorized against the resource.
func (t Tagging) Operations() map[string]Op {
	out := map[string]Op{}
	for name, do := range map[string]func(context.Context, *Request, string) (wire.Object, error){
		"TagResource": t.tag, "UntagResource": t.untag, "ListTagsForResource": listTags,
	} {
		out[name] = Op{
			Resource: func(r *Request) (string, error) { return r.In.Text(t.Member), nil },
			Do: func(ctx context.Context, r *Request) (wire.Object, error) {
				arn := r.In.Text(t.Member)
				if err := t.Known(r, arn); err != nil {
					return nil, err
				}
				return do(ctx, r, arn)
			},
		}
	}
	return out
}

func (t Tagging) tag(ctx context.Context, r *Request, arn string) (wire.Object, error) {
	more := r.TagsIn("tags")
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if t.Allowed != nil {
			all := map[string]string{}
			maps.Copy(all, r.Service.Tags(arn))
			maps.Copy(all, more)
			if err := t.Allowed(r, more, len(all)); err != nil {
				return err
			}
		}
		AddTags(tx, arn, more)
		return nil
	})
}

func (t Tagging) untag(ctx context.Context, r *Request, arn string) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		RemoveTags(tx, arn, r.In.Texts("tagKeys"))
		return nil
	})
}

// listTags answers in the form that the model has: a map, or a list of pairs.
func listTags(_ context.Context, r *Request, arn string) (wire.Object, error) {
	all, shapes := r.Service.Tags(arn), r.Service.model.Shapes
	form := shapes[shapes[r.Service.model.Operations[r.Operation].Output].Member("tags").Shape]
	if form.Type == model.TypeMap {
		return wire.Object{"tags": wire.Of(all)}, nil
	}
	pair := shapes[form.Element.Shape].Members
	list := []any{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, wire.Object{pair[0].Name: key, pair[1].Name: all[key]})
	}
	return wire.Object{"tags": list}, nil
}
