package sqs

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// How long a name is not free after its queue was deleted, and how often one can be purged.
const pause = 60 * time.Second

// deletedKind is the kind of records of names that are not free yet.
const deletedKind = "deleted"

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$|^[A-Za-z0-9_-]{1,75}\.fifo$`)

func createQueue(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := queueKey(r)
	fifo := r.In.Text("Attributes.FifoQueue") == "true"
	switch {
	case !namePattern.MatchString(k.ID):
		return nil, r.Fail("InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	case fifo != strings.HasSuffix(k.ID, ".fifo"):
		return nil, r.Fail("InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
	}
	given, err := changed(r, wire.Object{})
	if err != nil {
		return nil, err
	}
	tags := r.TagsIn("tags")
	if len(tags) > 0 {
		if err := allow(ctx, r, "TagQueue"); err != nil {
			return nil, err
		}
	}
	return wire.Object{"QueueUrl": queueURL(r, k)}, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if old := tx.Get(k); old != nil {
			return same(r, old, given)
		}
		gone := k
		gone.Kind = deletedKind
		if tx.Get(gone) != nil {
			return fail(r, "QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
		}
		tx.Put(&records.Record{Key: k, Doc: wire.Object{attributes: given, "id": r.Service.UUID()}})
		emulate.PutTags(tx, queueARN(r, k), tags)
		return nil
	})
}

// same refuses the creation of a queue that is there with other attributes.
func same(r *emulate.Request, old *records.Record, given wire.Object) error {
	has := shown(r, old)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if has.Text(name) != given.Text(name) {
			return fail(r, "QueueNameExists", "A queue already exists with the same name and a different value for attribute %s", name)
		}
	}
	return nil
}

func getURL(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return wire.Object{"QueueUrl": queueURL(r, rec.Key)}, nil
}

// mostListed is the largest page of queues.
const mostListed = 1000

func listQueues(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var items []wire.Object
	for _, rec := range r.List(queueKind) {
		if strings.HasPrefix(rec.ID, r.In.Text("QueueNamePrefix")) {
			items = append(items, wire.Object{"url": queueURL(r, rec.Key)})
		}
	}
	slices.SortFunc(items, func(a, b wire.Object) int { return cmp.Compare(a.Text("url"), b.Text("url")) })
	return urls(r, items, "QueueUrls")
}

// urls is a page of URLs.
func urls(r *emulate.Request, items []wire.Object, member string) (wire.Object, error) {
	out, err := r.PageAs(items, mostListed, "InvalidAddress", "NextToken", "NextToken", "MaxResults", member)
	if err != nil {
		return nil, err
	}
	list := []string{}
	for _, o := range out.Objects(member) {
		list = append(list, o.Text("url"))
	}
	out[member] = wire.Strings(list)
	if !r.In.Has("MaxResults") { // then the first thousand are all that is said
		delete(out, "NextToken")
	}
	return out, nil
}

func deleteQueue(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		empty(tx, rec)
		emulate.PutTags(tx, queueARN(r, rec.Key), nil)
		tx.Delete(rec.Key)
		gone := rec.Key
		gone.Kind = deletedKind
		tx.Put(&records.Record{Key: gone, Next: &records.Next{At: tx.Now().Add(pause), Gone: true}})
		return nil
	})
}

func purgeQueue(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		if last := rec.Doc.Time(purgedMember); !last.IsZero() && tx.Now().Before(last.Add(pause)) {
			return fail(r, "PurgeQueueInProgress", "Only one PurgeQueue operation on %s is allowed every 60 seconds.", rec.ID)
		}
		empty(tx, rec)
		tx.Put(rec.Change(rec.Updated, wire.Object{purgedMember: tx.Now()}))
		return nil
	})
}

// empty deletes the messages of a queue.
func empty(tx *records.Tx, rec *records.Record) {
	for _, m := range tx.List("sqs", messageKind(rec), rec.Account, rec.Region) {
		tx.Delete(m.Key)
	}
}

var tagger = emulate.Tagger{ARN: tagged}

func tagged(r *emulate.Request, get emulate.Reader) (string, error) {
	rec, err := find(r, get)
	if err != nil {
		return "", err
	}
	return queueARN(r, rec.Key), nil
}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	tags, err := tagger.Of(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"Tags": wire.Of(tags)}, nil
}
