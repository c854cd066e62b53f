package s3

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// How many tags a bucket and an object can have.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html and
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html
const (
	mostBucketTags = 50
	mostObjectTags = 10
)

// checkTags refuses tags that cannot be.
func checkTags(tags map[string]string, most int) error {
	if len(tags) > most {
		if most == mostObjectTags {
			return refusal{400, "BadRequest", "Object tags cannot be greater than 10"}.with()
		}
		return refusal{400, "BadRequest", "Bucket tag count cannot be greater than 50"}.with()
	}
	for key, value := range tags {
		switch {
		case key == "" || utf8.RuneCountInString(key) > 128:
			return invalidTag.with("The TagKey you have provided is invalid")
		case utf8.RuneCountInString(value) > 256:
			return invalidTag.with("The TagValue you have provided is invalid")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return invalidTag.with("System tags cannot be added/updated by requester")
		}
	}
	return nil
}

// headerTags reads tags that stand in a header like a query.
func headerTags(header string) (map[string]string, error) {
	values, err := url.ParseQuery(header)
	if err != nil {
		return nil, invalidArgument.with("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
	}
	out := make(map[string]string, len(values))
	for key, v := range values {
		if len(v) > 1 {
			return nil, invalidArgument.with("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
		}
		out[key] = v[0]
	}
	return out, checkTags(out, mostObjectTags)
}

// tagSet reads the tags of an input.
func (c *call) tagSet(most int) (map[string]string, error) {
	list := c.In.Objects("Tagging.TagSet")
	tags := emulate.TagsOf(list)
	if len(tags) != len(list) {
		return nil, invalidTag.with("Cannot provide multiple Tags with the same key")
	}
	return tags, checkTags(tags, most)
}

// shownTags are tags as outputs have them.
func shownTags(tags map[string]string) []any {
	keys := make([]string, 0, len(tags))
	for key := range tags {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	out := make([]any, len(keys))
	for i, key := range keys {
		out[i] = wire.Object{"Key": key, "Value": tags[key]}
	}
	return out
}

func putBucketTags(ctx context.Context, c *call) (wire.Object, error) {
	if err := c.checkDigest(); err != nil {
		return nil, err
	}
	tags, err := c.tagSet(mostBucketTags)
	if err != nil {
		return nil, err
	}
	return nil, c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.PutTags(tx, c.bucketARN(), tags)
		return nil
	})
}

func getBucketTags(_ context.Context, c *call) (wire.Object, error) {
	tags := c.Service.Tags(c.bucketARN())
	if len(tags) == 0 {
		return nil, c.say(missing("NoSuchTagSet", "The TagSet does not exist"), wire.Object{"BucketName": c.name()})
	}
	return wire.Object{"TagSet": shownTags(tags)}, nil
}

func deleteBucketTags(ctx context.Context, c *call) (wire.Object, error) {
	return nil, c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.PutTags(tx, c.bucketARN(), nil)
		return nil
	})
}

// retag replaces the tags of a version.
func (c *call) retag(ctx context.Context, rec *records.Record, tags map[string]string) (wire.Object, error) {
	err := c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		if now == nil || version(now) != version(rec) {
			return c.say(noSuchKey, wire.Object{"Key": c.key})
		}
		set := wire.Object{tagsMember: nil}
		if len(tags) > 0 {
			set[tagsMember] = wire.Of(tags)
		}
		tx.Put(now.Change(tx.Now(), set))
		return nil
	})
	return c.shownVersion(version(rec)), err
}

func putObjectTags(ctx context.Context, c *call) (wire.Object, error) {
	if err := c.checkDigest(); err != nil {
		return nil, err
	}
	tags, err := c.tagSet(mostObjectTags)
	if err != nil {
		return nil, err
	}
	rec, err := c.reading(ctx, "PutObjectTagging")
	if err != nil {
		return nil, err
	}
	return c.retag(ctx, rec, tags)
}

func getObjectTags(ctx context.Context, c *call) (wire.Object, error) {
	rec, err := c.reading(ctx, "GetObjectTagging")
	if err != nil {
		return nil, err
	}
	return c.shownVersion(version(rec)).With(wire.Object{"TagSet": shownTags(rec.Doc.Map(tagsMember))}), nil
}

func deleteObjectTags(ctx context.Context, c *call) (wire.Object, error) {
	rec, err := c.reading(ctx, "DeleteObjectTagging")
	if err != nil {
		return nil, err
	}
	return c.retag(ctx, rec, nil)
}
