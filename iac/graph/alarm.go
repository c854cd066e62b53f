package graph

import (
	"slices"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// alarmType says how a type of alarm names what it is on. Alarms on calculations with several
// metrics are not read.
type alarmType struct{ name, namespace, metric, dimensions string }

// alarmTypes are the types of alarms.
// Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html,
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_metric_alarm
var alarmTypes = map[string]alarmType{
	"AWS::CloudWatch::Alarm":      {"AlarmName", "Namespace", "MetricName", "Dimensions"},
	"aws_cloudwatch_metric_alarm": {"alarm_name", "namespace", "metric_name", "dimensions"},
	"awscc_cloudwatch_alarm":      {"alarm_name", "namespace", "metric_name", "dimensions"},
}

// alarms collects the alarms on metrics of KMS.
func (a *assembly) alarms(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		t, ok := alarmTypes[r.Type]
		if !ok || r.Attributes.Get(t.namespace).Text != catalog.MetricNamespace {
			continue
		}
		a.parts.Alarms = append(a.parts.Alarms, inventory.Alarm{
			ID: r.ID, Address: r.Address, Name: text(r.Attributes.Get(t.name)), Metric: text(r.Attributes.Get(t.metric)),
			Dimensions: dimensionNames(r.Attributes.Get(t.dimensions)), When: r.When, At: r.At,
		})
	}
}

// dimensionNames are the names of a list of dimensions, or of a map of them.
func dimensionNames(v Value) inventory.Value[[]string] {
	out := []string{}
	switch v.Kind {
	case Absent:
	case Map:
		for _, m := range v.Members {
			out = append(out, m.Name)
		}
	case List:
		for _, item := range v.Items {
			name := item.Get("Name")
			if name.Kind == Absent {
				name = item.Get("name")
			}
			if item.Kind != Map || name.Kind != String {
				return inventory.Unknown[[]string]("a dimension is not determined by the code", item.At)
			}
			out = append(out, name.Text)
		}
	default:
		return inventory.Unknown[[]string]("the dimensions are not determined by the code", v.At)
	}
	slices.Sort(out)
	return inventory.Known(out, v.At)
}
