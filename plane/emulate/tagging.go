package emulate

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
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
	known := func(r *Request, _ Reader) (string, error) {
		arn := r.In.Text(t.Member)
		return arn, t.Known(r, arn)
	}
	tagger := Tagger{ARN: known, Tags: "tags", Keys: "tagKeys", Allowed: t.Allowed}
	list := func(_ context.Context, r *Request) (wire.Object, error) {
		arn, err := known(r, nil)
		if err != nil {
			return nil, err
		}
		return listTags(r, arn), nil
	}
	out := map[string]Op{}
	for name, do := range map[string]func(context.Context, *Request) (wire.Object, error){
		"TagResource": tagger.Tag, "UntagResource": tagger.Untag, "ListTagsForResource": list,
	} {
		out[name] = Op{Resource: func(r *Request) (string, error) { return r.In.Text(t.Member), nil }, Do: do}
	}
	return out
}

// listTags answers in the form that the model has: a map, or a list of pairs.
func listTags(r *Request, arn string) wire.Object {
	all, shapes := r.Service.Tags(arn), r.Service.model.Shapes
	form := shapes[shapes[r.Service.model.Operations[r.Operation].Output].Member("tags").Shape]
	if form.Type == model.TypeMap {
		return wire.Object{"tags": wire.Of(all)}
	}
	pair := shapes[form.Element.Shape].Members
	list := []any{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, wire.Object{pair[0].Name: key, pair[1].Name: all[key]})
	}
	return wire.Object{"tags": list}
}
