package logs

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// storedBytes is the member of a stream that counts what its events take.
const storedBytes = "storedBytes"

// streamKind is the kind of the streams of a group, and batchKind of what a call wrote to one.
// Names of groups and streams have no colon.
func streamKind(group string) string { return "log-stream:" + group }

func batchKind(group, stream string) string { return "events:" + group + ":" + stream }

// stream is a stream of a group.
func stream(r *emulate.Request, get func(records.Key) *records.Record, group, name string) (*records.Record, error) {
	if rec := get(r.Key(streamKind(group), name)); rec != nil {
		return rec, nil
	}
	return nil, r.Fail(notFound, "The specified log stream does not exist.")
}

func createStream(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		g, err := group(r, tx.Get)
		if err != nil {
			return err
		}
		k := r.Key(streamKind(g.ID), r.In.Text("logStreamName"))
		if tx.Get(k) != nil {
			return r.Fail(exists, "The specified log stream already exists")
		}
		tx.Put(&records.Record{Key: k, Doc: wire.Object{
			"logStreamName": k.ID, "arn": r.ARN("log-group:" + g.ID + ":log-stream:" + k.ID), storedBytes: int64(0),
		}})
		return nil
	})
}

func describeStreams(_ context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := group(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	prefix := r.In.Text("logStreamNamePrefix")
	byTime := r.In.Text("orderBy") == "LastEventTime"
	if byTime && prefix != "" {
		return nil, r.Fail(invalid, "Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	var out []wire.Object
	for _, rec := range r.List(streamKind(g.ID)) {
		if strings.HasPrefix(rec.ID, prefix) {
			out = append(out, rec.Doc.With(wire.Object{
				"creationTime": rec.Created.UnixMilli(), storedBytes: int64(0), // as AWS has shown since 2019
			}))
		}
	}
	slices.SortStableFunc(out, func(a, b wire.Object) int {
		order := cmp.Compare(a.Text("logStreamName"), b.Text("logStreamName"))
		if byTime {
			order = cmp.Or(cmp.Compare(a.Int("lastEventTimestamp"), b.Int("lastEventTimestamp")), order)
		}
		if r.In.Bool("descending") {
			order = -order
		}
		return order
	})
	return r.Page(out, mostDescribed, invalid)
}

func deleteStream(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		g, err := group(r, tx.Get)
		if err != nil {
			return err
		}
		s, err := stream(r, tx.Get, g.ID, r.In.Text("logStreamName"))
		if err != nil {
			return err
		}
		deleteAll(tx, r, batchKind(g.ID, s.ID))
		tx.Delete(s.Key)
		return nil
	})
}
