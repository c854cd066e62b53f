package agentcore

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// tagOperations are those of tags.
func tagOperations() operations {
	return operations{
		"TagResource":         {Resource: named, Do: tagResource},
		"UntagResource":       {Resource: named, Do: untagResource},
		"ListTagsForResource": {Resource: named, Do: listTags},
	}
}

// named is the resource whose ARN the request has.
func named(r *emulate.Request) (string, error) { return r.In.Text("resourceArn"), nil }

// exists refuses an ARN of no resource of the caller's.
func exists(r *emulate.Request) error {
	arn, _ := named(r)
	if arn == r.ARN("token-vault/"+defaultVault) {
		return nil
	}
	for _, model := range []string{control, data} {
		for _, k := range kindsOf(model) {
			if k.arn != "" && k.has(r, model, arn) {
				return nil
			}
		}
	}
	return r.Fail("ResourceNotFoundException", "The resource '%s' was not found.", arn)
}

// has says whether there is a resource of the kind with an ARN.
func (k *kind) has(r *emulate.Request, model, arn string) bool {
	return slices.ContainsFunc(r.Service.Records.List(model, k.name(), r.Account, r.Region), func(rec *records.Record) bool { return rec.Doc.Text(k.arn) == arn })
}

// mostTags is how many a resource can have.
// Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const mostTags = 50

func tagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := exists(r); err != nil {
		return nil, err
	}
	arn, _ := named(r)
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.AddTags(tx, arn, r.TagsIn("tags"))
		all := r.Service.Tags(arn)
		count := len(all)
		for key := range r.TagsIn("tags") {
			if _, ok := all[key]; !ok {
				count++
			}
		}
		if count > mostTags {
			return r.Fail("ServiceQuotaExceededException", "A resource can have at most %d tags.", mostTags)
		}
		return nil
	})
}

func untagResource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := exists(r); err != nil {
		return nil, err
	}
	arn, _ := named(r)
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.RemoveTags(tx, arn, r.In.Texts("tagKeys"))
		return nil
	})
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if err := exists(r); err != nil {
		return nil, err
	}
	arn, _ := named(r)
	return wire.Object{"tags": wire.Of(r.Service.Tags(arn))}, nil
}
