package cloudwatch

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const alarmKind = "alarm"

// The states of an alarm.
const (
	stateOK      = "OK"
	stateAlarm   = "ALARM"
	stateUnknown = "INSUFFICIENT_DATA"
)

// actions are the members that have the actions of a state.
var actions = map[string]string{stateOK: "OKActions", stateAlarm: "AlarmActions", stateUnknown: "InsufficientDataActions"}

// missing are the members of alarms that the plane does not have.
var missing = []string{"Metrics", "ExtendedStatistic", "ThresholdMetricId", "EvaluateLowSampleCountPercentile", "EvaluationWindow", "WarmUpConfiguration", "EvaluationCriteria", "EvaluationInterval", "ActionConfiguration"}

// comparisons are the operators with what the reason of a state calls them.
var comparisons = map[string]struct {
	breaches func(v, threshold float64) bool
	said     string
}{
	"GreaterThanOrEqualToThreshold": {func(v, t float64) bool { return v >= t }, "greater than or equal to"},
	"GreaterThanThreshold":          {func(v, t float64) bool { return v > t }, "greater than"},
	"LessThanThreshold":             {func(v, t float64) bool { return v < t }, "less than"},
	"LessThanOrEqualToThreshold":    {func(v, t float64) bool { return v <= t }, "less than or equal to"},
}

// putAlarm makes an alarm, or replaces all of its settings: what is not given is gone. Its state
// stays, and so do its tags.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func putAlarm(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := checkAlarm(r); err != nil {
		return nil, err
	}
	k, now := r.Key(alarmKind, r.In.Text("AlarmName")), r.Service.Now()
	doc := wire.Object{"ActionsEnabled": true, "OKActions": []any{}, "AlarmActions": []any{}, "InsufficientDataActions": []any{}, "Dimensions": []any{}}.
		With(r.In.Without("Tags")).With(wire.Object{"AlarmConfigurationUpdatedTimestamp": now})
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := &records.Record{Key: k}
		if old := tx.Get(k); old != nil {
			rec = old.Change(now, nil)
			rec.Doc = doc.With(old.Doc.Pick("StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp"))
			remember(tx, rec, "ConfigurationUpdate", `Alarm "`+k.ID+`" updated`, wire.Object{"type": "Update"})
		} else {
			rec.Doc = doc.With(wire.Object{
				"StateValue": stateUnknown, "StateReason": "Unchecked: Initial alarm creation", "StateUpdatedTimestamp": now, "StateTransitionedTimestamp": now,
			})
			emulate.PutTags(tx, alarmARN(r, k.ID), r.TagsIn("Tags"))
			remember(tx, rec, "ConfigurationUpdate", `Alarm "`+k.ID+`" created`, wire.Object{"type": "Create"})
		}
		tx.Put(rec)
		return nil
	})
}

// checkAlarm refuses settings that do not fit. The texts are unconfirmed.
func checkAlarm(r *emulate.Request) error {
	for _, name := range missing {
		if r.In.Has(name) {
			return r.Fail(validation, "not implemented by the local plane: %s of alarms", name)
		}
	}
	for _, name := range []string{"MetricName", "Namespace", "Statistic", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator"} {
		if !r.In.Has(name) {
			return r.Fail(validation, "The parameter %s must be specified.", name)
		}
	}
	period, periods := r.In.Int("Period"), r.In.Int("EvaluationPeriods")
	switch {
	case comparisons[r.In.Text("ComparisonOperator")].breaches == nil:
		return r.Fail(validation, "not implemented by the local plane: the comparison %s", r.In.Text("ComparisonOperator"))
	case period == 10 || period == 20 || period == 30:
		return r.Fail(validation, "not implemented by the local plane: periods of less than a minute")
	case period%60 != 0:
		return r.Fail(validation, "Period must be 10, 20, 30 or a multiple of 60")
	case r.In.Has("DatapointsToAlarm") && r.In.Int("DatapointsToAlarm") > periods:
		return r.Fail(validation, "DatapointsToAlarm must be less than or equal to EvaluationPeriods")
	case period*periods > int64(24*time.Hour/time.Second):
		return r.Fail(validation, "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
	case !slices.Contains([]string{"", "breaching", "notBreaching", "ignore", "missing"}, r.In.Text("TreatMissingData")):
		return r.Fail(validation, "Value '%s' for parameter TreatMissingData is invalid.", r.In.Text("TreatMissingData"))
	}
	for _, member := range actions {
		for _, to := range r.In.Texts(member) {
			if a, err := arn.Parse(to); err != nil {
				return r.Fail(validation, "Invalid arn syntax: %s", to)
			} else if a.Service != "sns" {
				return r.Fail(validation, "not implemented by the local plane: the action %s", to)
			}
		}
	}
	return nil
}

func find(r *emulate.Request, name string, get emulate.Reader) (*records.Record, error) {
	if rec := get(r.Key(alarmKind, name)); rec != nil {
		return rec, nil
	}
	return nil, r.Fail("ResourceNotFound", "Alarm %s does not exist", name)
}

// deleteAlarms deletes all of the alarms, or none when one is not there. Their history stays.
func deleteAlarms(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, name := range r.In.Texts("AlarmNames") {
			rec, err := find(r, name, tx.Get)
			if err != nil {
				return err
			}
			emulate.PutTags(tx, alarmARN(r, name), nil)
			tx.Delete(rec.Key)
			remember(tx, rec, "ConfigurationUpdate", `Alarm "`+name+`" deleted`, wire.Object{"type": "Delete"})
		}
		return nil
	})
}

// switchActions switches actions of the alarms that are there.
func switchActions(on bool) do {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
			for _, name := range r.In.Texts("AlarmNames") {
				if rec := tx.Get(r.Key(alarmKind, name)); rec != nil {
					tx.Put(rec.Change(tx.Now(), wire.Object{"ActionsEnabled": on}))
				}
			}
			return nil
		})
	}
}

func shown(r *emulate.Request, rec *records.Record) wire.Object {
	return rec.Doc.With(wire.Object{"AlarmArn": alarmARN(r, rec.ID)})
}

// Sizes of pages.
const (
	mostAlarms  = 100
	mostMetrics = 500
)

func describeAlarms(_ context.Context, r *emulate.Request) (wire.Object, error) {
	names, kinds := r.In.Texts("AlarmNames"), r.In.Texts("AlarmTypes")
	if r.In.Has("ChildrenOfAlarmName") || r.In.Has("ParentsOfAlarmName") {
		return nil, r.Fail(invalid, "not implemented by the local plane: composite alarms")
	}
	items := []wire.Object{}
	for _, rec := range r.List(alarmKind) {
		to := slices.Concat(rec.Doc.Texts("OKActions"), rec.Doc.Texts("AlarmActions"), rec.Doc.Texts("InsufficientDataActions"))
		switch {
		case len(kinds) > 0 && !slices.Contains(kinds, "MetricAlarm"),
			len(names) > 0 && !slices.Contains(names, rec.ID),
			!strings.HasPrefix(rec.ID, r.In.Text("AlarmNamePrefix")),
			r.In.Has("StateValue") && r.In.Text("StateValue") != rec.Doc.Text("StateValue"),
			r.In.Has("ActionPrefix") && !slices.ContainsFunc(to, func(s string) bool { return strings.HasPrefix(s, r.In.Text("ActionPrefix")) }):
			continue
		}
		items = append(items, shown(r, rec))
	}
	slices.SortFunc(items, func(a, b wire.Object) int { return strings.Compare(a.Text("AlarmName"), b.Text("AlarmName")) })
	out, err := r.Page(items, mostAlarms, invalidToken)
	if err != nil {
		return nil, err
	}
	return out.With(wire.Object{"CompositeAlarms": []any{}}), nil
}

func describeForMetric(_ context.Context, r *emulate.Request) (wire.Object, error) {
	list := []any{}
	for _, rec := range r.List(alarmKind) {
		d := rec.Doc
		if d.Text("Namespace") != r.In.Text("Namespace") || d.Text("MetricName") != r.In.Text("MetricName") || !sameDimensions(d, r.In) ||
			r.In.Has("Statistic") && r.In.Text("Statistic") != d.Text("Statistic") || r.In.Has("Period") && r.In.Int("Period") != d.Int("Period") {
			continue
		}
		list = append(list, shown(r, rec))
	}
	return wire.Object{"MetricAlarms": list}, nil
}
