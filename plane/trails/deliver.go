package trails

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// every is how long after a delivery the next one is due.
const every = 5 * time.Minute

// cloudRecord is a record of CloudTrail.
type cloudRecord struct {
	region string
	text   []byte
}

// Observe delivers what is due. Everything that comes with a call has happened, so the account
// of the call has its trails looked at.
func (t *Trails) Observe(c *plane.Call) {
	if c.Account == "" {
		return
	}
	for _, rec := range t.world.Records.List("cloudtrail", trailKind, c.Account, "") {
		if rec.Doc.Bool(loggingMember) && t.due(rec.Key) {
			t.deliver(context.Background(), rec)
		}
	}
}

// due says whether a delivery is due, and then begins one.
func (t *Trails) due(k records.Key) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, known := t.next[k]
	if !known { // of a process before this one
		p.at = t.world.Now()
		t.next[k] = p
	}
	return !t.busy && t.world.Now().Sub(p.at) >= every
}

func (t *Trails) forget(k records.Key) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.next, k)
}

// deliver delivers the records of a trail since the last time. What cannot be delivered is tried
// again with the next delivery, as AWS does.
func (t *Trails) deliver(ctx context.Context, rec *records.Record) {
	t.mu.Lock()
	if t.busy {
		t.mu.Unlock()
		return
	}
	t.busy = true
	from, now := t.next[rec.Key].record, t.world.Now()
	t.mu.Unlock()
	next := t.from.Next()
	status, tried := t.hand(ctx, rec, from, now)
	t.mu.Lock()
	t.busy = false
	if status.Has("LatestDeliveryError") {
		next = from
	}
	t.next[rec.Key] = position{next, now}
	t.mu.Unlock()
	if tried {
		// What went wrong shows in the status; there is nobody to tell that it cannot be kept.
		_ = changeTrail(ctx, t.world.Records, rec.Key, wire.Object{statusMember: rec.Doc.Object(statusMember).Without("LatestDeliveryError", "LatestNotificationError", "LatestCloudWatchLogsDeliveryError").With(status)})
	}
}

// hand hands the records over, a file for each Region, and returns what GetTrailStatus says of
// it; tried: there were some.
func (t *Trails) hand(ctx context.Context, rec *records.Record, from uint64, now time.Time) (status wire.Object, tried bool) {
	byRegion := map[string][]cloudRecord{}
	for e, text := range t.from.Since(from) {
		if e.Account == rec.Account && (e.Region == homeOf(rec) || rec.Doc.Bool("IsMultiRegionTrail")) && selected(rec, &e) {
			byRegion[e.Region] = append(byRegion[e.Region], cloudRecord{e.Region, text})
		}
	}
	status = wire.Object{}
	if len(byRegion) == 0 {
		return status, false
	}
	trail := trailARN(partition(rec), rec)
	before := plane.Start(behalf.Principal(principal), homeOf(rec), now)
	before.Account = rec.Account
	status["LatestDeliveryAttemptTime"] = old(now)
	for _, region := range slices.Sorted(maps.Keys(byRegion)) {
		lines := byRegion[region]
		name := fileName(t.world, rec, region, now)
		body, err := packed(lines)
		if err == nil {
			_, err = put(ctx, t.world, before, rec, trail, name, body)
		}
		if err != nil {
			status["LatestDeliveryError"] = code(err)
			return status, true
		}
		status["LatestDeliveryTime"], status["LatestDeliveryAttemptSucceeded"] = now, old(now)
		t.notify(ctx, before, rec, trail, name, now, status)
		if rec.Doc.Has("CloudWatchLogsLogGroupArn") {
			if err := logTo(ctx, t.world, before, rec, trail, lines); err != nil {
				status["LatestCloudWatchLogsDeliveryError"] = code(err)
			} else {
				status["LatestCloudWatchLogsDeliveryTime"] = now
			}
		}
	}
	return status, true
}

// notify tells the topic of a trail of a new file.
// Source of the message: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
func (t *Trails) notify(ctx context.Context, before *plane.Call, rec *records.Record, trail, name string, now time.Time, status wire.Object) {
	topic := rec.Doc.Text("SnsTopicARN")
	if topic == "" {
		return
	}
	text, _ := json.Marshal(map[string]any{"s3Bucket": rec.Doc.Text("S3BucketName"), "s3ObjectKey": []string{name}}) // strings only
	status["LatestNotificationAttemptTime"] = old(now)
	if _, err := as(ctx, t.world, before, trail, "sns", "Publish", wire.Object{"TopicArn": topic, "Message": string(text)}); err != nil {
		status["LatestNotificationError"] = code(err)
		return
	}
	status["LatestNotificationTime"], status["LatestNotificationAttemptSucceeded"] = now, old(now)
}

// code is what a status says of an error.
func code(err error) string {
	var no *wire.Error
	if errors.As(err, &no) {
		return no.Code
	}
	return "InternalError"
}

func partition(rec *records.Record) string {
	if p := arn.PartitionOf(homeOf(rec)); p != "" {
		return p
	}
	return "aws"
}

// fileName is the name of a log file.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
func fileName(w *emulate.World, rec *records.Record, region string, at time.Time) string {
	return prefix(rec) + region + at.Format("/2006/01/02/") + rec.Account + "_CloudTrail_" + region + at.Format("_20060102T1504Z_") + w.ID(emulate.Letters, 16) + ".json.gz"
}

// packed is the content of a log file.
func packed(lines []cloudRecord) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	texts := make([]json.RawMessage, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	if err := json.NewEncoder(z).Encode(map[string]any{"Records": texts}); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
