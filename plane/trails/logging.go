package trails

import (
	"context"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// statusMember of a trail's document is what GetTrailStatus says of deliveries.
const statusMember = "status"

func (t *Trails) startLogging(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := home(r, "Name")
	if err != nil || rec.Doc.Bool(loggingMember) {
		return nil, err
	}
	t.mu.Lock()
	t.next[rec.Key] = position{t.from.Next(), r.Service.Now()}
	t.mu.Unlock()
	return nil, changeTrail(ctx, r.Service.Records, rec.Key, wire.Object{loggingMember: true, startedMember: r.Service.Now()})
}

// stopLogging delivers what was recorded until now.
func (t *Trails) stopLogging(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := home(r, "Name")
	if err != nil || !rec.Doc.Bool(loggingMember) {
		return nil, err
	}
	t.deliver(ctx, rec)
	return nil, changeTrail(ctx, r.Service.Records, rec.Key, wire.Object{loggingMember: nil, stoppedMember: r.Service.Now()})
}

// changeTrail changes members of a trail that is still there.
func changeTrail(ctx context.Context, store *records.Store, k records.Key, set wire.Object) error {
	return store.Update(ctx, func(tx *records.Tx) error {
		if rec := tx.Get(k); rec != nil {
			tx.Put(rec.Change(tx.Now(), set))
		}
		return nil
	})
}

// getStatus tells of deliveries. The members that are texts are of the time before the others.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
func getStatus(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, "Name")
	if err != nil {
		return nil, err
	}
	out := wire.Object{"IsLogging": rec.Doc.Bool(loggingMember), "TimeLoggingStarted": "", "TimeLoggingStopped": "", "LatestDeliveryAttemptTime": "", "LatestDeliveryAttemptSucceeded": ""}
	for member, names := range map[string][2]string{startedMember: {"StartLoggingTime", "TimeLoggingStarted"}, stoppedMember: {"StopLoggingTime", "TimeLoggingStopped"}} {
		if at := rec.Doc.Time(member); !at.IsZero() {
			out[names[0]], out[names[1]] = at, old(at)
		}
	}
	return out.With(rec.Doc.Object(statusMember)), nil
}

// old is a time in the members that are texts.
func old(at time.Time) string { return at.Format(time.RFC3339) }
