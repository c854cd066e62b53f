package workload

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// The price of a standard alarm and of a metric of one's own, in US dollars a month, where they are
// lowest and before any discount. https://aws.amazon.com/cloudwatch/pricing/
const (
	alarmMonthly  = 0.10
	metricMonthly = 0.30
)

// events are what is counted in CloudTrail, as patterns of metric filters. AWS records a denied
// request in the account of the caller only, and not always with the key, so denials are counted
// for all keys of the trail.
// https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
// https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-7
var events = map[Events]struct{ pattern, metric string }{
	Denied:     {`{ ($.eventSource = "kms.amazonaws.com") && ($.errorCode = "AccessDenied*") }`, "KMSDenied"},
	Endangered: {`{ ($.eventSource = "kms.amazonaws.com") && (($.eventName = "DisableKey") || ($.eventName = "ScheduleKeyDeletion")) }`, "KMSEndangered"},
}

// planner plans the alarms of a workload.
type planner struct {
	*Workload
	q    *fix.Request
	out  *fix.More
	made []string // what was planned once for a place
}

// alarms plans the alarms on keys, with their topic and what they count.
func (w *Workload) alarms(ctx context.Context, q *fix.Request, keys []fix.Key) (*fix.More, error) {
	p := &planner{Workload: w, q: q, out: &fix.More{}}
	for _, k := range keys {
		if err := p.key(ctx, k); err != nil {
			return nil, err
		}
	}
	if p.out.Monthly > 0 {
		p.out.Notes = append(p.out.Notes, fmt.Sprintf("alarms and metrics of CloudWatch are %.2f dollars of it (https://aws.amazon.com/cloudwatch/pricing/)", p.out.Monthly))
	}
	return p.out, nil
}

// once says whether something is planned for the first time.
func (p *planner) once(what string) bool {
	if slices.Contains(p.made, what) {
		return false
	}
	p.made = append(p.made, what)
	return true
}

func (p *planner) key(ctx context.Context, k fix.Key) error {
	topic, err := p.topic(ctx, k)
	if err != nil {
		return err
	}
	for i := range p.Alarms.List {
		a := &p.Alarms.List[i]
		in := wire.Object{
			"AlarmName": p.fill(a.Name), "AlarmActions": []any{topic}, "Statistic": "Sum", "Period": int64(a.Seconds),
			"EvaluationPeriods": int64(1), "Threshold": float64(a.Above), "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
		}
		if a.Events != "" {
			if !p.once(strings.Join([]string{k.Account, k.Region, string(a.Events), a.Name}, " ")) {
				continue
			}
			group := p.group(k.Place)
			if group == "" {
				p.out.Open = append(p.out.Open, bedlock.Evidence{Text: fmt.Sprintf("no alarm %s in %s: KMS has no metric of what is %s, so it is counted in a log group of CloudTrail, and %s", p.fill(a.Name), k.Region, a.Events, p.lacks())})
				continue
			}
			e := events[a.Events]
			in = in.With(wire.Object{"Namespace": "Bedlock/" + p.Name, "MetricName": e.metric})
			if err := p.filter(ctx, k.Place, group, e.pattern, in); err != nil {
				return err
			}
		} else {
			in = in.With(wire.Object{"Namespace": catalog.MetricNamespace, "MetricName": a.Metric, "Dimensions": []any{
				wire.Object{"Name": "KeyArn", "Value": k.ARN}, wire.Object{"Name": "Operation", "Value": a.Operation},
			}})
		}
		if err := p.alarm(ctx, k.Place, in); err != nil {
			return err
		}
	}
	return nil
}

// lacks says why events cannot be counted.
func (p *planner) lacks() string {
	if p.Alarms.Trail == "" {
		return "the workload names no trail"
	}
	return "no trail " + p.fill(p.Alarms.Trail) + " of the account sends its events to one in this Region"
}

// group is the log group of the workload's trail; empty: it has none.
func (p *planner) group(at fix.Place) string {
	for _, r := range p.q.Inventory.Parts().Resources {
		if r.Type != "AWS::CloudTrail::Trail" || r.Account.Or("") != at.Account || p.Alarms.Trail == "" || !p.named([]string{p.Alarms.Trail}, r.Name.Or(""), r.ID) {
			continue
		}
		s := r.Slot("log-group")
		if s == nil {
			continue
		}
		for _, n := range s.Named {
			if name := groupName(n.Store, at); name != "" {
				return name
			}
		}
	}
	return ""
}

// groupName is the name of a log group of a place by its ARN.
func groupName(arn string, at fix.Place) string {
	f := strings.SplitN(arn, ":", 7)
	if len(f) < 7 || f[2] != "logs" || f[3] != at.Region || f[4] != at.Account || f[5] != "log-group" {
		return ""
	}
	return strings.TrimSuffix(f[6], ":*")
}

// topic plans the topic where it is not there, and returns its ARN.
func (p *planner) topic(ctx context.Context, k fix.Key) (string, error) {
	name := p.fill(p.Alarms.Topic)
	for _, r := range p.q.Inventory.Parts().Resources {
		if r.Type == "AWS::SNS::Topic" && r.Account.Or("") == k.Account && r.Region.Or("") == k.Region && p.named([]string{name}, r.Name.Or(""), r.ID) {
			return r.ID, nil
		}
	}
	topic := fmt.Sprintf("arn:%s:sns:%s:%s:%s", arn.PartitionOf(k.Region), k.Region, k.Account, name)
	if !p.once(topic) {
		return topic, nil
	}
	s := fix.Step{
		ID: name, Kind: fix.Alarm, Place: k.Place, Title: "create the topic " + name + " for alarms", Subject: topic,
		State: &fix.State{Read: call("sns", "GetTopicAttributes", wire.Object{"TopicArn": topic}), At: "Attributes", Only: []string{"TopicArn"}, Absent: "NotFound"},
		After: wire.Object{"TopicArn": topic},
		Do:    []fix.Call{call("sns", "CreateTopic", wire.Object{"Name": name})},
		Undo:  []fix.Call{call("sns", "DeleteTopic", wire.Object{"TopicArn": topic})},
	}
	if err := p.add(ctx, s); err != nil {
		return "", err
	}
	p.out.Open = append(p.out.Open, bedlock.Evidence{Text: "nobody is subscribed to the topic " + name + " yet"})
	return topic, nil
}

func call(service, operation string, in wire.Object) fix.Call {
	return fix.Call{Service: service, Operation: operation, Input: in}
}

// filter plans the metric filter that an alarm counts by.
func (p *planner) filter(ctx context.Context, at fix.Place, group, pattern string, alarm wire.Object) error {
	name := "bedlock-" + p.Name + "-" + alarm.Text("MetricName")
	if !p.once(at.Account + " " + at.Region + " " + name) {
		return nil
	}
	transformations := []any{wire.Object{"metricName": alarm.Text("MetricName"), "metricNamespace": alarm.Text("Namespace"), "metricValue": "1"}}
	after := wire.Object{"filterName": name, "filterPattern": pattern, "metricTransformations": transformations}
	put, filter := after.With(wire.Object{"logGroupName": group}), wire.Object{"logGroupName": group, "filterName": name}
	p.out.Monthly += metricMonthly
	return p.add(ctx, fix.Step{
		ID: name, Kind: fix.Alarm, Place: at, Title: "count " + alarm.Text("MetricName") + " in log group " + group,
		Subject: fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s", arn.PartitionOf(at.Region), at.Region, at.Account, group),
		State: &fix.State{
			Read: call("logs", "DescribeMetricFilters", wire.Object{"logGroupName": group, "filterNamePrefix": name}), At: "metricFilters",
			Pick: map[string]string{"filterName": name}, Only: []string{"filterName", "filterPattern", "metricTransformations"},
		},
		After: after, Do: []fix.Call{call("logs", "PutMetricFilter", put)}, Undo: []fix.Call{call("logs", "DeleteMetricFilter", filter)},
	})
}

// settings are the members of an alarm that PutMetricAlarm replaces, as far as plans have them.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
var settings = []string{
	"ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmName", "ComparisonOperator", "DatapointsToAlarm", "Dimensions", "EvaluationPeriods",
	"InsufficientDataActions", "MetricName", "Namespace", "OKActions", "Period", "Statistic", "Threshold", "TreatMissingData", "Unit",
}

// alarm plans an alarm. One on the same metric, perhaps of another key, becomes it, and keeps what
// the workload does not say.
func (p *planner) alarm(ctx context.Context, at fix.Place, in wire.Object) error {
	name := in.Text("AlarmName")
	p.out.Monthly += alarmMonthly
	s := fix.Step{
		ID: name, Kind: fix.Alarm, Place: at, Title: fmt.Sprintf("alarm %s: more than %v in %d seconds", name, in["Threshold"], in.Int("Period")),
		Subject: fmt.Sprintf("arn:%s:cloudwatch:%s:%s:alarm:%s", arn.PartitionOf(at.Region), at.Region, at.Account, name),
		State: &fix.State{
			Read: call("cloudwatch", "DescribeAlarms", wire.Object{"AlarmNames": []any{name}}), At: "MetricAlarms",
			Pick: map[string]string{"AlarmName": name}, Only: slices.Clone(settings),
		},
		Undo: []fix.Call{call("cloudwatch", "DeleteAlarms", wire.Object{"AlarmNames": []any{name}})},
	}
	before, err := s.State.Observe(ctx, p.q.Estate, at)
	switch {
	case err != nil:
		return fmt.Errorf("workload %s: %s: %w", p.Name, s.Title, err)
	case before == nil:
		// AWS adds defaults, which do not count.
		s.State.Only = slices.Sorted(maps.Keys(in))
	case before.Text("Namespace") != in.Text("Namespace") || before.Text("MetricName") != in.Text("MetricName"):
		return p.taken(&s)
	default:
		in = before.With(in)
		s.Undo = []fix.Call{call("cloudwatch", "PutMetricAlarm", before)}
	}
	if s.Before, s.After = before, in; fix.Equal(before, in) {
		return nil
	}
	s.Do = []fix.Call{call("cloudwatch", "PutMetricAlarm", in)}
	p.out.Steps = append(p.out.Steps, s)
	return nil
}

// taken says that the name of something is that of something else.
func (p *planner) taken(s *fix.Step) error {
	return fmt.Errorf("workload %s: %s: there is one already, and it is another: delete it, or call the one of the workload otherwise", p.Name, s.Title)
}

// add plans a step. What is there already is left out, and what is there in another form is
// somebody's own.
func (p *planner) add(ctx context.Context, s fix.Step) error {
	before, err := s.State.Observe(ctx, p.q.Estate, s.Place)
	switch {
	case err != nil:
		return fmt.Errorf("workload %s: %s: %w", p.Name, s.Title, err)
	case fix.Equal(before, s.After):
		return nil
	case before != nil:
		return p.taken(&s)
	}
	p.out.Steps = append(p.out.Steps, s)
	return nil
}
