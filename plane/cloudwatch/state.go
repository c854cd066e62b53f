package cloudwatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// setState sets the state of an alarm until it is evaluated again.
func (a *Alarms) setState(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.In.Text("AlarmName"), r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	if data := r.In.Text("StateReasonData"); data != "" && !json.Valid([]byte(data)) {
		return nil, r.Fail("InvalidFormat", "StateReasonData must be valid JSON")
	}
	return nil, a.become(ctx, r.Call, rec, r.In.Text("StateValue"), r.In.Text("StateReason"), r.In.Text("StateReasonData"))
}

// become gives an alarm a state, and does the actions of the state if it is a new one.
func (a *Alarms) become(ctx context.Context, before *plane.Call, rec *records.Record, state, reason, data string) error {
	var was string
	var now *records.Record
	err := a.world.Records.Update(ctx, func(tx *records.Tx) error {
		old := tx.Get(rec.Key)
		if old == nil {
			return nil
		}
		was = old.Doc.Text("StateValue")
		set := wire.Object{"StateValue": state, "StateReason": reason, "StateReasonData": nil, "StateUpdatedTimestamp": tx.Now()}
		if data != "" {
			set["StateReasonData"] = data
		}
		if was != state {
			set["StateTransitionedTimestamp"] = tx.Now()
			remember(tx, rec, "StateUpdate", "Alarm updated from "+was+" to "+state, wire.Object{
				"oldState": wire.Object{"stateValue": was, "stateReason": old.Doc.Text("StateReason")}, "newState": wire.Object{"stateValue": state, "stateReason": reason},
			})
		}
		now = old.Change(tx.Now(), set)
		tx.Put(now)
		return nil
	})
	if err != nil || now == nil || was == state || !now.Doc.Bool("ActionsEnabled") {
		return err
	}
	for _, topic := range now.Doc.Texts(actions[state]) {
		a.act(ctx, before, now, was, topic)
	}
	return nil
}

// act publishes a state to a topic. What became of it is in the history.
func (a *Alarms) act(ctx context.Context, before *plane.Call, rec *records.Record, was, topic string) {
	subject := fmt.Sprintf("%s: %q in %s", rec.Doc.Text("StateValue"), rec.ID, rec.Region)
	in := wire.Object{"TopicArn": topic, "Message": message(rec, was)}
	if len(subject) <= 100 {
		in["Subject"] = subject
	}
	source := authz.Context{"aws:sourceaccount": {Values: []string{rec.Account}}, "aws:sourcearn": {Values: []string{arnOf(rec)}}}
	_, err := a.world.Invoke(ctx, before, behalf.Principal(principal), principal, source, "sns", "Publish", in)
	summary, data := "Successfully executed action "+topic, wire.Object{"actionState": "Succeeded", "notificationResource": topic}
	if err != nil {
		said := failure(err, rec, topic)
		summary = fmt.Sprintf("Failed to execute action %s. Received error: \"%s\"", topic, said)
		data = wire.Object{"actionState": "Failed", "notificationResource": topic, "error": said}
	}
	// There is nobody to tell that the history cannot be kept.
	_ = a.world.Records.Update(ctx, func(tx *records.Tx) error {
		remember(tx, rec, "Action", summary, data)
		return nil
	})
}

// failure is what the history says of an action that failed. How it calls a topic whose policy is
// in the way is documented:
// https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
func failure(err error, rec *records.Record, topic string) string {
	var no *wire.Error
	switch {
	case !errors.As(err, &no):
		return "internal error"
	case no.Code == "AuthorizationError":
		return "Resource: " + arnOf(rec) + " is not authorized to perform: SNS:Publish on resource: " + topic
	}
	return no.Message
}

func partition(rec *records.Record) string {
	if p := arn.PartitionOf(rec.Region); p != "" {
		return p
	}
	return "aws"
}

func arnOf(rec *records.Record) string {
	return arn.ARN{Partition: partition(rec), Service: "cloudwatch", Region: rec.Region, Account: rec.Account, Resource: "alarm:" + rec.ID}.String()
}

// message is what a topic gets, as recorded in
// https://github.com/aws/aws-lambda-go/blob/main/events/testdata/cloudwatch-alarm-sns-payload-single-metric.json.
// AWS writes the name of the Region as people call it, the plane its code.
func message(rec *records.Record, was string) string {
	d, trigger := rec.Doc, map[string]any{}
	for _, name := range []string{"MetricName", "Namespace", "Statistic", "Unit", "Period", "EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator", "Threshold", "TreatMissingData"} {
		if d.Has(name) {
			trigger[name] = d[name]
		}
	}
	dimensions := []map[string]string{}
	for _, of := range d.Objects("Dimensions") {
		dimensions = append(dimensions, map[string]string{"name": of.Text("Name"), "value": of.Text("Value")})
	}
	trigger["Dimensions"], trigger["StatisticType"], trigger["Statistic"] = dimensions, "Statistic", strings.ToUpper(d.Text("Statistic"))
	const layout = "2006-01-02T15:04:05.000-0700"
	b, _ := json.Marshal(map[string]any{ // texts and numbers
		"AlarmName": rec.ID, "AlarmDescription": d["AlarmDescription"], "AWSAccountId": rec.Account, "AlarmArn": arnOf(rec), "Region": rec.Region,
		"AlarmConfigurationUpdatedTimestamp": d.Time("AlarmConfigurationUpdatedTimestamp").Format(layout), "StateChangeTime": d.Time("StateUpdatedTimestamp").Format(layout),
		"NewStateValue": d.Text("StateValue"), "NewStateReason": d.Text("StateReason"), "OldStateValue": was,
		"OKActions": d["OKActions"], "AlarmActions": d["AlarmActions"], "InsufficientDataActions": d["InsufficientDataActions"], "Trigger": trigger,
	})
	return string(b)
}

// Observe evaluates the alarms of the account and Region of a call, when a minute has passed since
// the last time.
func (a *Alarms) Observe(c *plane.Call) {
	if c.Account == "" || !a.due(place{c.Account, c.Region}) {
		return
	}
	for _, rec := range a.world.Records.List("cloudwatch", alarmKind, c.Account, c.Region) {
		state, reason := a.evaluate(rec)
		if state == "" || state == rec.Doc.Text("StateValue") {
			continue
		}
		before := plane.Start(behalf.Principal(principal), rec.Region, a.world.Now())
		before.Account = rec.Account
		// A state that cannot be kept is found again in a minute.
		_ = a.become(context.Background(), before, rec, state, reason, "")
	}
}

func (a *Alarms) due(p place) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.world.Now()
	last, known := a.last[p]
	if known && now.Sub(last) < time.Minute {
		return false
	}
	a.last[p] = now
	return known
}
