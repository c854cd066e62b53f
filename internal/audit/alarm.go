package audit

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// alarms judges the alarms on metrics of KMS: those on a metric that it does not have, or does not
// have with these dimensions, are never raised.
func (r *run) alarms() error {
	for i := range r.parts.Alarms {
		a := &r.parts.Alarms[i]
		message := blind(a)
		if message == "" {
			continue
		}
		name := firstText(plain(a.Name.Or("")), a.Address, a.ID)
		s := bedlock.Subject{ID: a.ID, Type: "AWS::CloudWatch::Alarm", Name: name, At: a.At}
		if err := r.wide(ruleAlarm, s, "alarm "+name+" "+message, orAt(a.Metric.At(), a.At)); err != nil {
			return err
		}
	}
	return nil
}

// blind says why an alarm is never raised; empty: it may be, or that is not known.
func blind(a *inventory.Alarm) string {
	metric := a.Metric.Or("")
	if metric == "" || unknownPart(metric) != "" {
		return ""
	}
	all := catalog.Metrics()
	i := slices.IndexFunc(all, func(m catalog.Metric) bool { return m.Name == metric })
	if i < 0 {
		return "is on " + clip(metric) + ", which KMS does not have: it has " + catalog.MetricNames()
	}
	names, known := a.Dimensions.Get()
	if sets := all[i].Dimensions; !known || len(sets) == 0 || slices.ContainsFunc(sets, func(set []string) bool {
		return slices.Equal(slices.Sorted(slices.Values(set)), names)
	}) {
		return ""
	}
	var sets []string
	for _, set := range all[i].Dimensions {
		sets = append(sets, list(set))
	}
	with := "no dimensions"
	if len(names) > 0 {
		with = clip(list(names))
	}
	return "is on " + metric + " with " + with + "; KMS has it with " + strings.Join(sets, ", or with ")
}
