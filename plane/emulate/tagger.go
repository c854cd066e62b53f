package emulate

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// Reader finds a record, in the store or in a transaction; nil: it is not there.
type Reader = func(records.Key) *records.Record

// Tagger are the operations that change the tags of the resource that a request names.
type Tagger struct {
	// ARN is that of the resource. Its error is AWS's for what is not there.
	ARN func(*Request, Reader) (string, error)
	// Tags and Keys are the members of the inputs; empty: Tags and TagKeys.
	Tags, Keys string
	// Allowed refuses tags that are to be added, knowing how many the resource then has; nil:
	// all are allowed.
	Allowed func(r *Request, more map[string]string, count int) error
}

// AtMost refuses more than so many tags of a resource with an error of AWS.
func AtMost(most int, code, format string, args ...any) func(*Request, map[string]string, int) error {
	return func(r *Request, _ map[string]string, count int) error {
		if count > most {
			return r.Fail(code, format, args...)
		}
		return nil
	}
}

// Tag adds tags, and replaces the values of those that are there.
func (t Tagger) Tag(ctx context.Context, r *Request) (wire.Object, error) {
	more := r.TagsIn(cmp.Or(t.Tags, "Tags"))
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		arn, err := t.ARN(r, tx.Get)
		if err != nil {
			return err
		}
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

// Untag takes tags away.
func (t Tagger) Untag(ctx context.Context, r *Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		arn, err := t.ARN(r, tx.Get)
		if err == nil {
			RemoveTags(tx, arn, r.In.Texts(cmp.Or(t.Keys, "TagKeys")))
		}
		return err
	})
}

// Of are the tags.
func (t Tagger) Of(r *Request) (map[string]string, error) {
	arn, err := t.ARN(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return r.Service.Tags(arn), nil
}

// Pairs are tags with the members Key and Value, sorted by key.
func Pairs(tags map[string]string) []wire.Object {
	out := []wire.Object{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, wire.Object{"Key": key, "Value": tags[key]})
	}
	return out
}

// TagList is the same as a member of an answer.
func TagList(tags map[string]string) []any {
	out := []any{}
	for _, pair := range Pairs(tags) {
		out = append(out, pair)
	}
	return out
}
