package cloudwatch

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/metrics"
)

// principal is the service, when it does something for itself.
const principal = "cloudwatch.amazonaws.com"

// The codes of refusals.
const (
	invalid      = "InvalidParameterValue"
	combination  = "InvalidParameterCombination"
	validation   = "ValidationError"
	invalidToken = "InvalidNextToken"
)

// Alarms evaluates the alarms of a plane. It is an observer of the plane: calls move its clock.
type Alarms struct {
	world   *emulate.World
	metrics *metrics.Series

	mu   sync.Mutex
	last map[place]time.Time
}

// place is where alarms are evaluated together.
type place struct{ account, region string }

var _ plane.Observer = (*Alarms)(nil)

type do func(context.Context, *emulate.Request) (wire.Object, error)

// New makes the service on metrics.
func New(w *emulate.World, of *metrics.Series) (*Alarms, *emulate.Service, error) {
	a := &Alarms{world: w, metrics: of, last: map[place]time.Time{}}
	s, err := emulate.New(w, emulate.Definition{Model: "cloudwatch", Prefix: "cloudwatch", Denied: "AccessDenied"})
	if err != nil {
		return nil, nil, fmt.Errorf("cloudwatch: %w", err)
	}
	named := func(r *emulate.Request) (string, error) { return alarmARN(r, r.In.Text("AlarmName")), nil }
	s.Handle("PutMetricAlarm", emulate.Op{Resource: named, Do: putAlarm})
	s.Handle("SetAlarmState", emulate.Op{Resource: named, Do: a.setState})
	for name, do := range map[string]do{"DeleteAlarms": deleteAlarms, "EnableAlarmActions": switchActions(true), "DisableAlarmActions": switchActions(false)} {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			for _, alarm := range r.In.Texts("AlarmNames") {
				if err := r.Allow(ctx, "cloudwatch:"+name, alarmARN(r, alarm)); err != nil {
					return nil, err
				}
			}
			return do(ctx, r)
		}})
	}
	for name, do := range map[string]do{
		"DescribeAlarms": describeAlarms, "DescribeAlarmsForMetric": describeForMetric, "DescribeAlarmHistory": describeHistory,
		"PutMetricData": a.putData, "GetMetricData": a.getData, "GetMetricStatistics": a.getStatistics, "ListMetrics": a.listMetrics,
	} {
		s.Handle(name, emulate.Op{Do: do})
	}
	for name, do := range map[string]do{"TagResource": tagger.Tag, "UntagResource": tagger.Untag, "ListTagsForResource": listTags} {
		s.Handle(name, emulate.Op{Resource: func(r *emulate.Request) (string, error) { return r.In.Text("ResourceARN"), nil }, Do: do})
	}
	return a, s, nil
}

func alarmARN(r *emulate.Request, name string) string { return r.ARN("alarm:" + name) }

// tagged is the alarm of a request for its tags.
func tagged(r *emulate.Request, get emulate.Reader) (string, error) {
	named := r.In.Text("ResourceARN")
	name, ok := strings.CutPrefix(named, alarmARN(r, ""))
	if !ok || get(r.Key(alarmKind, name)) == nil {
		return "", r.Fail("ResourceNotFoundException", "Unable to find resource %s", named)
	}
	return named, nil
}

// mostTags is the largest number of tags of an alarm.
const mostTags = 50

var tagger = emulate.Tagger{ARN: tagged, Allowed: emulate.AtMost(mostTags, invalid, "The maximum number of tags per resource is %d.", mostTags)}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	tags, err := tagger.Of(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"Tags": emulate.TagList(tags)}, nil
}
