package logs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The bounds of a batch of events.
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
const (
	mostBytes     = 1_048_576
	eventOverhead = 26
	longestSpan   = 24 * time.Hour
	tooNew        = 2 * time.Hour
	tooOld        = 14 * 24 * time.Hour
)

// event is one event of a stream. Its members are those of the stored form.
type event struct {
	Timestamp, Ingested int64 // in milliseconds
	Message             string

	stream, id string
}

func putEvents(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := group(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	name := r.In.Text("logStreamName")
	if _, err := stream(r, r.Service.Records.Get, g.ID, name); err != nil {
		return nil, err
	}
	batch, err := batchOf(r)
	if err != nil {
		return nil, err
	}
	batch, rejected := accepted(batch, g, r.Service.Now())
	// Sequence tokens are still answered, and no longer looked at.
	out := wire.Object{"nextSequenceToken": r.Service.ID("0123456789", 56)}
	if len(rejected) > 0 {
		out["rejectedLogEventsInfo"] = rejected
	}
	if len(batch) == 0 {
		return out, nil
	}
	sealed, err := seal(ctx, r, g, batch)
	if err != nil {
		return nil, err
	}
	return out, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		s, err := stream(r, tx.Get, g.ID, name)
		if err != nil {
			return err
		}
		tx.Put(written(s, batch, tx.Now()))
		k := r.Key(batchKind(g.ID, name), r.Service.UUID())
		tx.Put(&records.Record{Key: k, Sealed: map[string]*records.Sealed{slot: sealed}})
		return nil
	})
}

// batchOf are the events of a call. The texts of refusals are as recorded, but for that of the
// order, which is documented only.
func batchOf(r *emulate.Request) ([]event, error) {
	now := r.Service.Now().UnixMilli()
	var out []event
	size := 0
	for _, e := range r.In.Objects("logEvents") {
		out = append(out, event{Timestamp: e.Int("timestamp"), Ingested: now, Message: e.Text("message")})
		size += len(e.Text("message")) + eventOverhead
	}
	if size > mostBytes {
		return nil, r.Fail(invalid, "Upload too large: %d bytes exceeds limit of %d", size, mostBytes)
	}
	for i := 1; i < len(out); i++ {
		if out[i].Timestamp < out[i-1].Timestamp {
			return nil, r.Fail(invalid, "Log events in a single PutLogEvents request must be in chronological order.")
		}
	}
	if n := len(out); n > 0 && out[n-1].Timestamp-out[0].Timestamp > longestSpan.Milliseconds() {
		return nil, r.Fail(invalid, "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	return out, nil
}

// accepted are the events that are neither too old nor too new, and what is said of the others:
// the end indexes are exclusive, the start index is not.
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_RejectedLogEventsInfo.html
func accepted(batch []event, group *records.Record, now time.Time) ([]event, wire.Object) {
	rejected := wire.Object{}
	from, to := 0, len(batch)
	for from < to && batch[from].Timestamp < now.Add(-tooOld).UnixMilli() {
		from++
		rejected["tooOldLogEventEndIndex"] = int64(from)
	}
	for from < to && batch[from].Timestamp < expiry(group, now) {
		from++
		rejected["expiredLogEventEndIndex"] = int64(from)
	}
	for to > from && batch[to-1].Timestamp > now.Add(tooNew).UnixMilli() {
		to--
		rejected["tooNewLogEventStartIndex"] = int64(to)
	}
	return batch[from:to], rejected
}

// expiry is the time before which the events of a group are gone, in milliseconds.
func expiry(group *records.Record, now time.Time) int64 {
	days := group.Doc.Int("retentionInDays")
	if days == 0 {
		return 0
	}
	return now.AddDate(0, 0, -int(days)).UnixMilli()
}

// written is a stream with a batch more.
func written(s *records.Record, batch []event, now time.Time) *records.Record {
	first, last := batch[0].Timestamp, batch[len(batch)-1].Timestamp
	if s.Doc.Has("firstEventTimestamp") {
		first, last = min(first, s.Doc.Int("firstEventTimestamp")), max(last, s.Doc.Int("lastEventTimestamp"))
	}
	size := s.Doc.Int(storedBytes)
	for _, e := range batch {
		size += int64(len(e.Message) + eventOverhead)
	}
	return s.Change(now, wire.Object{
		"firstEventTimestamp": first, "lastEventTimestamp": last, "lastIngestionTime": now.UnixMilli(), storedBytes: size,
	})
}

// seal seals a batch under the key of its group.
func seal(ctx context.Context, r *emulate.Request, group *records.Record, batch []event) (*records.Sealed, error) {
	text, err := json.Marshal(batch)
	if err != nil {
		return nil, err
	}
	d := reader{request: r, subject: subject(r, group.ID)}
	u, err := d.unlock(ctx, group.Sealed[slot])
	if err != nil {
		return nil, err
	}
	return u.Seal(text), nil
}

// read returns the events of a stream that have not expired, in the order in which they came.
func (d *reader) read(ctx context.Context, group *records.Record, stream string) ([]event, error) {
	from := expiry(group, d.request.Service.Now())
	var out []event
	for _, rec := range d.request.List(batchKind(group.ID, stream)) {
		sealed := rec.Sealed[slot]
		u, err := d.unlock(ctx, sealed)
		if err != nil {
			return nil, err
		}
		text, err := u.Open(sealed)
		if err != nil {
			return nil, err
		}
		var batch []event
		if err := json.Unmarshal(text, &batch); err != nil {
			return nil, fmt.Errorf("logs: events of %s: %w", stream, err)
		}
		for i, e := range batch {
			if e.Timestamp >= from {
				e.stream, e.id = stream, fmt.Sprintf("%050d%06d", rec.Number, i)
				out = append(out, e)
			}
		}
	}
	return out, nil
}
