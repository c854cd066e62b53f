package organizations

import (
	"context"
	"maps"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostTags of a resource.
const mostTags = 50

// tagged is the ARN of what a request tags.
func (r *request) tagged() (string, error) {
	id := r.In.Text("ResourceId")
	if n := r.node(id); n != nil {
		return r.nodeARN(n), nil
	}
	if p := r.policy(id); p != nil && !p.managed {
		return p.arn, nil
	}
	return "", r.Fail("TargetNotFoundException", "You specified a target that doesn't exist.")
}

func tag(ctx context.Context, r *request) (wire.Object, error) {
	arn, err := r.tagged()
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		all := map[string]string{}
		maps.Copy(all, r.Service.Tags(arn))
		maps.Copy(all, r.TagsIn("Tags"))
		if len(all) > mostTags {
			return r.Fail(bounded, "You have exceeded the number of tags allowed on this resource.")
		}
		emulate.PutTags(tx, arn, all)
		return nil
	})
}

func untag(ctx context.Context, r *request) (wire.Object, error) {
	arn, err := r.tagged()
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.RemoveTags(tx, arn, r.In.Texts("TagKeys"))
		return nil
	})
}

func listTags(_ context.Context, r *request) (wire.Object, error) {
	arn, err := r.tagged()
	if err != nil {
		return nil, err
	}
	return r.page(emulate.Pairs(r.Service.Tags(arn)))
}
