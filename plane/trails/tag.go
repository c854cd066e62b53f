package trails

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostTags is the largest number of tags of a resource.
const mostTags = 50

// known refuses an ARN of nothing that the caller has.
func known(r *emulate.Request, named string) error {
	a, err := arn.Parse(named)
	if err != nil || a.Service != "cloudtrail" {
		return r.Fail("CloudTrailARNInvalidException", "The specified ARN is not valid: %s", named)
	}
	if lookup(r, named) != nil {
		return nil
	}
	for _, rec := range r.List(storeKind) {
		if storeARN(r, rec) == named {
			return nil
		}
	}
	return r.Fail("ResourceNotFoundException", "The specified resource is not found: %s", named)
}

var tagger = emulate.Tagger{
	ARN: func(r *emulate.Request, _ emulate.Reader) (string, error) {
		named := r.In.Text("ResourceId")
		return named, known(r, named)
	},
	Tags:    "TagsList",
	Allowed: emulate.AtMost(mostTags, "TagsLimitExceededException", "The number of tags per trail, event data store, dashboard, or channel has exceeded the permitted amount. Currently, the limit is %d.", mostTags),
}

// removeTags takes tags away by their keys; values do not count.
func removeTags(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	named := r.In.Text("ResourceId")
	if err := known(r, named); err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.RemoveTags(tx, named, slices.Collect(maps.Keys(r.TagsIn("TagsList"))))
		return nil
	})
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	items := []wire.Object{}
	for _, named := range r.In.Texts("ResourceIdList") {
		if err := known(r, named); err != nil {
			return nil, err
		}
		items = append(items, wire.Object{"ResourceId": named, "TagsList": emulate.TagList(r.Service.Tags(named))})
	}
	return r.Page(items, pageSize, "InvalidTokenException")
}
