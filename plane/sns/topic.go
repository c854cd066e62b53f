package sns

import (
	"context"
	"maps"
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const topicKind = "topic"

// attributes is the member of a topic's or subscription's document that has its attributes.
const attributes = "attributes"

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$|^[A-Za-z0-9_-]{1,251}\.fifo$`)

// mostTags is the largest number of tags of a topic.
const mostTags = 50

// createTopic makes a topic, or returns the one that is there with the attributes and tags that
// were given. The texts are recorded by clients: https://github.com/MassTransit/MassTransit/issues/3720.
func createTopic(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := r.Key(topicKind, r.In.Text("Name"))
	given, tags := r.In.Object("Attributes"), r.TagsIn("Tags")
	fifo := given.Text("FifoTopic") == "true"
	switch {
	case fifo && !strings.HasSuffix(k.ID, ".fifo"):
		return nil, r.Fail(invalid, "Invalid parameter: Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.")
	case !namePattern.MatchString(k.ID) || !fifo && strings.HasSuffix(k.ID, ".fifo"):
		return nil, r.Fail(invalid, "Invalid parameter: Topic Name")
	case r.In.Has("DataProtectionPolicy"):
		return nil, r.Fail(invalid, "not implemented by the local plane: data protection policies")
	case len(tags) > mostTags:
		return nil, tooManyTags(r)
	}
	if err := allow(ctx, r, "CreateTopic", k); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		if err := allow(ctx, r, "TagResource", k); err != nil {
			return nil, err
		}
	}
	for name := range given {
		if err := check(r, "Attributes", name, given.Text(name)); err != nil {
			return nil, err
		}
	}
	return wire.Object{"TopicArn": arnOf(r, k)}, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if old := tx.Get(k); old != nil {
			return same(r, old, given, tags)
		}
		tx.Put(&records.Record{Key: k, Doc: wire.Object{attributes: kept(given)}})
		emulate.PutTags(tx, arnOf(r, k), tags)
		return nil
	})
}

// kept are attributes without those that are empty.
func kept(given wire.Object) wire.Object {
	out := maps.Clone(given)
	if out == nil {
		out = wire.Object{}
	}
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == "" })
	return out
}

// same refuses the creation of a topic that is there with other attributes or tags.
func same(r *emulate.Request, old *records.Record, given wire.Object, tags map[string]string) error {
	has := shown(r, old)
	for name := range given {
		if has.Text(name) != given.Text(name) {
			return r.Fail(invalid, "Invalid parameter: Attributes Reason: Topic already exists with different attributes")
		}
	}
	if tags != nil && !maps.Equal(tags, r.Service.Tags(arnOf(r, old.Key))) {
		return r.Fail(invalid, "Invalid parameter: Tags Reason: Topic already exists with different tags")
	}
	return nil
}

// pageSize is that of all listings.
const pageSize = 100

func listTopics(_ context.Context, r *emulate.Request) (wire.Object, error) {
	items := []wire.Object{}
	for _, rec := range r.List(topicKind) {
		items = append(items, wire.Object{"TopicArn": arnOf(r, rec.Key)})
	}
	return r.Page(items, pageSize, invalid)
}

// deleteTopic deletes a topic with its subscriptions. One that is not there is no error.
// Source: https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html
func deleteTopic(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k, err := topicKey(r, "TopicArn")
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(k) == nil {
			return nil
		}
		for _, s := range tx.List("sns", subscriptionKind, k.Account, k.Region) {
			if topicOf(s) == k.ID {
				tx.Delete(s.Key)
			}
		}
		emulate.PutTags(tx, arnOf(r, k), nil)
		tx.Delete(k)
		return nil
	})
}

func tooManyTags(r *emulate.Request) error {
	return r.Fail("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded")
}

var tagger = emulate.Tagger{ARN: tagged, Allowed: func(r *emulate.Request, _ map[string]string, count int) error {
	if count > mostTags {
		return tooManyTags(r)
	}
	return nil
}}

func tagged(r *emulate.Request, get emulate.Reader) (string, error) {
	rec, err := find(r, "ResourceArn", get)
	if err != nil {
		return "", err
	}
	return arnOf(r, rec.Key), nil
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	tags, err := tagger.Of(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"Tags": emulate.TagList(tags)}, nil
}
