package cloudwatch

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/metrics"
)

// statistics are what a point is looked at by.
var statistics = map[string]func(metrics.Point) float64{
	"SampleCount": func(p metrics.Point) float64 { return p.Count },
	"Sum":         func(p metrics.Point) float64 { return p.Sum },
	"Average":     func(p metrics.Point) float64 { return p.Sum / p.Count },
	"Minimum":     func(p metrics.Point) float64 { return p.Least },
	"Maximum":     func(p metrics.Point) float64 { return p.Most },
}

// dimensionsOf are the dimensions in a member of that name.
func dimensionsOf(o wire.Object) map[string]string {
	out := map[string]string{}
	for _, d := range o.Objects("Dimensions") {
		out[d.Text("Name")] = d.Text("Value")
	}
	return out
}

func sameDimensions(a, b wire.Object) bool { return maps.Equal(dimensionsOf(a), dimensionsOf(b)) }

// metricOf is the metric that members of an input name.
func metricOf(account, region string, o wire.Object) metrics.Metric {
	return metrics.Metric{Account: account, Region: region, Namespace: o.Text("Namespace"), Name: o.Text("MetricName"), Dimensions: dimensionsOf(o)}
}

// putData puts data of a namespace. Times more than two weeks back or two hours ahead are
// refused.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
func (a *Alarms) putData(_ context.Context, r *emulate.Request) (wire.Object, error) {
	namespace := r.In.Text("Namespace")
	switch {
	case strings.HasPrefix(namespace, "AWS/"):
		return nil, r.Fail(invalid, "The value %s for parameter Namespace is invalid.", namespace)
	case r.In.Has("EntityMetricData"):
		return nil, r.Fail(invalid, "not implemented by the local plane: EntityMetricData")
	}
	data := r.In.Objects("MetricData")
	points := make([]metrics.Point, len(data))
	for i, d := range data {
		at, now := timeOf(r, d), r.Service.Now()
		if at.Before(now.Add(-14*24*time.Hour)) || at.After(now.Add(2*time.Hour)) {
			return nil, r.Fail(invalid, "The parameter MetricData.member.%d.Timestamp must specify a time within the past two weeks.", i+1)
		}
		p, err := point(r, d)
		if err != nil {
			return nil, err
		}
		points[i] = p
	}
	for i, d := range data {
		m := metricOf(r.Account, r.Region, d)
		m.Namespace = namespace
		a.metrics.Put(m, timeOf(r, d), points[i])
	}
	return nil, nil
}

func timeOf(r *emulate.Request, d wire.Object) time.Time {
	if d.Has("Timestamp") {
		return d.Time("Timestamp")
	}
	return r.Service.Now()
}

// point is the data of one metric: a value, a set of statistics, or values with counts.
func point(r *emulate.Request, d wire.Object) (metrics.Point, error) {
	given := 0
	for _, member := range []string{"Value", "StatisticValues", "Values"} {
		if d.Has(member) {
			given++
		}
	}
	if given != 1 {
		return metrics.Point{}, r.Fail(combination, "Exactly one of Value, StatisticValues and Values must be specified.")
	}
	number := func(path string) float64 { v, _ := d.At(path).(float64); return v }
	switch {
	case d.Has("Value"):
		return metrics.One(number("Value")), nil
	case d.Has("StatisticValues"):
		return metrics.Point{
			Count: number("StatisticValues.SampleCount"), Sum: number("StatisticValues.Sum"), Least: number("StatisticValues.Minimum"), Most: number("StatisticValues.Maximum"),
		}, nil
	}
	var p metrics.Point
	counts := d.List("Counts")
	if counts != nil && len(counts) != len(d.List("Values")) {
		return p, r.Fail(invalid, "Values and Counts must have the same size.")
	}
	for i, v := range d.List("Values") {
		n, value := 1.0, v.(float64)
		if counts != nil {
			n = counts[i].(float64)
		}
		p.Add(metrics.Point{Count: n, Sum: n * value, Least: value, Most: value})
	}
	return p, nil
}

// checkPeriod refuses a period of less than a minute, or no multiple of one.
func checkPeriod(r *emulate.Request, seconds int64) error {
	if seconds < 60 || seconds%60 != 0 {
		return r.Fail(invalid, "The parameter Period must be a multiple of 60; the local plane keeps metrics by the minute.")
	}
	return nil
}

func (a *Alarms) getData(_ context.Context, r *emulate.Request) (wire.Object, error) {
	from, to := r.In.Time("StartTime"), r.In.Time("EndTime")
	if !from.Before(to) {
		return nil, r.Fail(validation, "The parameter StartTime must be less than the parameter EndTime.")
	}
	results := []any{}
	for _, q := range r.In.Objects("MetricDataQueries") {
		of := q.Object("MetricStat")
		stat := statistics[of.Text("Stat")]
		if of == nil || stat == nil {
			return nil, r.Fail(validation, "not implemented by the local plane: expressions and percentiles of metrics")
		}
		if err := checkPeriod(r, of.Int("Period")); err != nil {
			return nil, err
		}
		if q.Has("ReturnData") && !q.Bool("ReturnData") {
			continue
		}
		points := a.metrics.Points(metricOf(r.Account, r.Region, of.Object("Metric")), from, to, time.Duration(of.Int("Period"))*time.Second)
		if r.In.Text("ScanBy") != "TimestampAscending" {
			slices.Reverse(points)
		}
		times, values := []any{}, []any{}
		for _, p := range points {
			times, values = append(times, p.At), append(values, stat(p))
		}
		label := q.Text("Label")
		if label == "" {
			label = of.Text("Metric.MetricName")
		}
		results = append(results, wire.Object{"Id": q.Text("Id"), "Label": label, "Timestamps": times, "Values": values, "StatusCode": "Complete"})
	}
	return wire.Object{"MetricDataResults": results, "Messages": []any{}}, nil
}

func (a *Alarms) getStatistics(_ context.Context, r *emulate.Request) (wire.Object, error) {
	from, to, names := r.In.Time("StartTime"), r.In.Time("EndTime"), r.In.Texts("Statistics")
	switch {
	case !from.Before(to):
		return nil, r.Fail(combination, "The parameter StartTime must be less than the parameter EndTime.")
	case r.In.Has("ExtendedStatistics"):
		return nil, r.Fail(invalid, "not implemented by the local plane: percentiles")
	case len(names) == 0:
		return nil, r.Fail("MissingParameter", "The parameter Statistics is required.")
	}
	if err := checkPeriod(r, r.In.Int("Period")); err != nil {
		return nil, err
	}
	list := []any{}
	for _, p := range a.metrics.Points(metricOf(r.Account, r.Region, r.In), from, to, time.Duration(r.In.Int("Period"))*time.Second) {
		d := wire.Object{"Timestamp": p.At, "Unit": "None"}
		for _, name := range names {
			d[name] = statistics[name](p)
		}
		list = append(list, d)
	}
	return wire.Object{"Label": r.In.Text("MetricName"), "Datapoints": list}, nil
}

func (a *Alarms) listMetrics(_ context.Context, r *emulate.Request) (wire.Object, error) {
	items := []wire.Object{}
	for _, m := range a.metrics.List(r.Account, r.Region) {
		if r.In.Has("Namespace") && m.Namespace != r.In.Text("Namespace") || r.In.Has("MetricName") && m.Name != r.In.Text("MetricName") {
			continue
		}
		if slices.ContainsFunc(r.In.Objects("Dimensions"), func(d wire.Object) bool {
			v, there := m.Dimensions[d.Text("Name")]
			return !there || d.Has("Value") && v != d.Text("Value")
		}) {
			continue
		}
		list := []any{}
		for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
			list = append(list, wire.Object{"Name": name, "Value": m.Dimensions[name]})
		}
		items = append(items, wire.Object{"Namespace": m.Namespace, "MetricName": m.Name, "Dimensions": list})
	}
	return r.PageAs(items, mostMetrics, invalid, "NextToken", "NextToken", "none", "Metrics")
}
