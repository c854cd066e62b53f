package firehose

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostStreams is the quota of streams in a Region, mostListed the largest page.
// Source: https://docs.aws.amazon.com/firehose/latest/dev/limits.html
const (
	mostStreams = 5000
	mostListed  = 10000
	pageListed  = 10
)

// directPut is the only type of streams that there is.
const directPut = "DirectPut"

func createStream(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if t := r.In.Text("DeliveryStreamType"); t != "" && t != directPut {
		return nil, r.Fail(invalid, "not implemented by the local plane: streams of type %s", t)
	}
	if r.Service.Records.Get(streamKey(r)) != nil {
		return nil, exists(r)
	}
	to, err := destinationOf(ctx, r)
	if err != nil {
		return nil, err
	}
	encryption, sealed, err := encryptionOf(ctx, r)
	if err != nil {
		return nil, err
	}
	rec := &records.Record{Key: streamKey(r), Sealed: sealed, Doc: wire.Object{
		"status": "CREATING", "version": int64(1), "destination": to, "encryption": encryption,
	}}
	rec.Next = becomes(r, wire.Object{"status": "ACTIVE", "encryption": settled(encryption)})
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(rec.Key) != nil {
			return exists(r)
		}
		if len(tx.List(api, "stream", r.Account, r.Region)) >= mostStreams {
			return r.Fail(limit, "You have already consumed your firehose quota of %d hoses.", mostStreams)
		}
		tx.Put(rec)
		emulate.PutTags(tx, streamARN(r), r.TagsIn("Tags"))
		return nil
	})
	if err != nil {
		return nil, discard(ctx, r, sealed, err)
	}
	return wire.Object{"DeliveryStreamARN": streamARN(r)}, nil
}

// exists has the text of other emulators, which is unconfirmed.
func exists(r *emulate.Request) error {
	return r.Fail(inUse, "Firehose %s under accountId %s already exists", nameOf(r), r.Account)
}

// becomes is what a stream is when its change has settled.
func becomes(r *emulate.Request, set wire.Object) *records.Next {
	return &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: set}
}

func describeStream(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	d := rec.Doc
	out := wire.Object{
		"DeliveryStreamName": rec.ID, "DeliveryStreamARN": streamARN(r), "DeliveryStreamStatus": d.Text("status"), "DeliveryStreamType": directPut,
		"VersionId": version(rec), "CreateTimestamp": rec.Created, "HasMoreDestinations": false,
		"DeliveryStreamEncryptionConfiguration": d.Object("encryption"),
		"Destinations":                          []any{described(d.Object("destination"))},
	}
	if d.Int("version") > 1 {
		out["LastUpdateTimestamp"] = d.Time("changed")
	}
	return wire.Object{"DeliveryStreamDescription": out}, nil
}

// listStreams answers in the order of the names, by which the pages follow each other.
func listStreams(_ context.Context, r *emulate.Request) (wire.Object, error) {
	size := pageListed
	if n := int(r.In.Int("Limit")); n > 0 {
		size = min(n, mostListed)
	}
	after, names := r.In.Text("ExclusiveStartDeliveryStreamName"), []string{}
	if t := r.In.Text("DeliveryStreamType"); t == "" || t == directPut {
		for _, rec := range r.List("stream") {
			if rec.ID > after {
				names = append(names, rec.ID)
			}
		}
	}
	page, more := cut(names, size)
	return wire.Object{"DeliveryStreamNames": wire.Strings(page), "HasMoreDeliveryStreams": more}, nil
}

// deleteStream ends a stream with what waits in it, and retires its grant. As nothing hinders
// that, a stream need not be forced.
// Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeleteDeliveryStream.html
func deleteStream(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	if rec.Doc.Text("status") == "CREATING" {
		return nil, r.Fail(inUse, "Firehose %s under account %s is in CREATING state.", nameOf(r), r.Account)
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get)
		if err != nil {
			return err
		}
		rec = rec.Change(tx.Now(), wire.Object{"status": "DELETING"})
		rec.Next = becomes(r, nil)
		rec.Next.Gone = true
		tx.Put(rec)
		for _, w := range tx.List(api, waitingKind(r), r.Account, r.Region) {
			tx.Delete(w.Key)
		}
		emulate.PutTags(tx, streamARN(r), nil)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return nil, discard(ctx, r, rec.Sealed, nil)
}
