package graph

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/inventory"
)

func showAlarms(inv *inventory.Inventory) (out []string) {
	for _, a := range inv.Parts().Alarms {
		dimensions := fmt.Sprint(a.Dimensions.Or(nil))
		if a.Dimensions.State() != inventory.StateKnown {
			dimensions = a.Dimensions.State().String() + " (" + a.Dimensions.Why() + ")"
		}
		line := a.ID + " " + showText(a.Name) + " on " + showText(a.Metric) + " by " + dimensions
		if a.When != "" {
			line += " when " + a.When
		}
		out = append(out, line)
	}
	return out
}

// TestAlarms: alarms on metrics of KMS are in the inventory, others are not, and both are the same
// when it is saved and read.
func TestAlarms(t *testing.T) {
	inv := assemble(t, build(t, "t", `{
		"A": ["AWS::CloudWatch::Alarm", {"AlarmName": "a", "Namespace": "AWS/KMS", "MetricName": "M", "Dimensions": [{"Name": "Operation", "Value": "Decrypt"}, {"Name": "KeyArn", "Value": {"$unknown": "x"}}]}],
		"B": ["AWS::CloudWatch::Alarm", {"Namespace": "AWS/KMS", "MetricName": {"$unknown": "x"}}, "C is true"],
		"C": ["AWS::CloudWatch::Alarm", {"Namespace": "AWS/KMS", "MetricName": "M", "Dimensions": [{"$unknown": "x"}]}],
		"D": ["AWS::CloudWatch::Alarm", {"Namespace": "AWS/KMS", "MetricName": "M", "Dimensions": {"$unknown": "x"}}],
		"E": ["AWS::CloudWatch::Alarm", {"Namespace": "AWS/SQS", "MetricName": "M"}],
		"F": ["AWS::CloudWatch::Alarm", {"Namespace": {"$unknown": "x"}, "MetricName": "M"}],
		"G": ["aws_cloudwatch_metric_alarm", {"alarm_name": "g", "namespace": "AWS/KMS", "metric_name": "M", "dimensions": {"KeyId": "k"}}],
		"H": ["awscc_cloudwatch_alarm", {"alarm_name": "h", "namespace": "AWS/KMS", "metric_name": "M", "dimensions": [{"name": "KeyId", "value": "k"}]}]
	}`))
	want := []string{
		"t#A a on M by [KeyArn Operation]",
		"t#B absent on unknown (x) by [] when C is true",
		"t#C absent on M by unknown (a dimension is not determined by the code)",
		"t#D absent on M by unknown (the dimensions are not determined by the code)",
		"t#G g on M by [KeyId]",
		"t#H h on M by [KeyId]",
	}
	if d := cmp.Diff(want, showAlarms(inv)); d != "" {
		t.Error(d)
	}
	var b bytes.Buffer
	if err := inventory.Write(&b, inv); err != nil {
		t.Fatal(err)
	}
	again, err := inventory.Read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, showAlarms(again)); d != "" {
		t.Error(d)
	}
}
