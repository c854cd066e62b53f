package cloudwatch

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const historyKind = "history"

// remembered is how long history is kept.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
const remembered = 30 * 24 * time.Hour

// mostRemembered bounds the items of an alarm, which AWS does not say.
const mostRemembered = 100

// remember adds an item to the history of an alarm.
func remember(tx *records.Tx, alarm *records.Record, kind, summary string, data wire.Object) {
	own := slices.DeleteFunc(tx.List("cloudwatch", historyKind, alarm.Account, alarm.Region), func(h *records.Record) bool {
		return h.Doc.Text("AlarmName") != alarm.ID
	})
	if len(own) >= mostRemembered {
		tx.Delete(own[0].Key)
	}
	last := int64(0)
	if len(own) > 0 {
		last = own[len(own)-1].Doc.Int("item")
	}
	data["version"] = "1.0"
	b, _ := json.Marshal(data) // texts only
	k := alarm.Key
	k.Kind, k.ID = historyKind, alarm.ID+"/"+strconv.FormatInt(last+1, 10)
	tx.Put(&records.Record{
		Key: k, Next: &records.Next{At: tx.Now().Add(remembered), Gone: true},
		Doc: wire.Object{
			"AlarmName": alarm.ID, "AlarmType": "MetricAlarm", "Timestamp": tx.Now(), "HistoryItemType": kind, "HistorySummary": summary, "HistoryData": string(b), "item": last + 1,
		},
	})
}

func describeHistory(_ context.Context, r *emulate.Request) (wire.Object, error) {
	name, kind := r.In.Text("AlarmName"), r.In.Text("HistoryItemType")
	from, to := r.In.Time("StartDate"), r.In.Time("EndDate")
	items := []wire.Object{}
	for _, h := range r.List(historyKind) {
		at := h.Doc.Time("Timestamp")
		if name != "" && name != h.Doc.Text("AlarmName") || kind != "" && kind != h.Doc.Text("HistoryItemType") ||
			!from.IsZero() && at.Before(from) || !to.IsZero() && at.After(to) {
			continue
		}
		items = append(items, h.Doc.Without("item"))
	}
	if r.In.Text("ScanBy") != "TimestampAscending" {
		slices.Reverse(items)
	}
	return r.Page(items, mostAlarms, invalidToken)
}

func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if v == float64(int64(v)) {
		text += ".0"
	}
	return cmp.Or(text, "0.0")
}
