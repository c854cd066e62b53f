package cloudwatch

import (
	"fmt"
	"strings"
	"time"

	"github.com/bedlock/bedlock/plane/records"
)

// evaluate is the state of an alarm by its metric; empty: it stays.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarm-evaluation
func (a *Alarms) evaluate(rec *records.Record) (state, reason string) {
	d := rec.Doc
	period, periods := time.Duration(d.Int("Period"))*time.Second, int(d.Int("EvaluationPeriods"))
	to := time.Unix(a.world.Now().Unix()-a.world.Now().Unix()%d.Int("Period"), 0).UTC()
	threshold, _ := d.At("Threshold").(float64)
	comparison := comparisons[d.Text("ComparisonOperator")]
	e := evaluation{periods: periods, least: periods}
	if n := int(d.Int("DatapointsToAlarm")); n > 0 {
		e.least = n
	}
	var values []string
	for _, p := range a.metrics.Points(metricOf(rec.Account, rec.Region, d), to.Add(-period*time.Duration(periods)), to, period) {
		v := statistics[d.Text("Statistic")](p)
		values = append(values, fmt.Sprintf("%s (%s)", number(v), p.At.Format("02/01/06 15:04:05")))
		e.add(int(to.Sub(p.At)/period), comparison.breaches(v, threshold))
	}
	not, least, transition := "", e.least, stateOK+" -> "+stateAlarm
	switch state = e.state(d.Text("TreatMissingData")); state {
	case "":
		return "", ""
	case stateUnknown:
		return state, fmt.Sprintf("Insufficient Data: %d datapoints were unknown.", periods)
	case stateOK:
		not, least, transition = "not ", periods-e.least+1, stateAlarm+" -> "+stateOK
	}
	many := "s"
	if least == 1 {
		many = ""
	}
	return state, fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints [%s] was %s%s the threshold (%s) (minimum %d datapoint%s for %s transition).",
		e.there, periods, strings.Join(values, ", "), not, comparison.said, number(threshold), least, many, transition)
}

// evaluation is what the periods of an alarm say.
type evaluation struct {
	periods, least int
	// there are the points that are there, breaching those of them that breach.
	there, breaching int
	// since is the age of the oldest point that breaches and after which none does not, in
	// periods; 0: there is none.
	since int
}

// add adds a point that began so many periods ago; the oldest comes first.
func (e *evaluation) add(age int, breaches bool) {
	e.there++
	switch {
	case !breaches:
		e.since = 0
	case e.since == 0:
		e.since = age
	}
	if breaches {
		e.breaching++
	}
}

// state is the state, by what missing points count as. Points that breach and are followed by
// none, or too few, make an alarm only when they are as old as the points that it takes.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#CloudWatch-alarms-avoiding-premature-transition
func (e *evaluation) state(treat string) string {
	lost := e.periods - e.there
	switch treat {
	case "breaching":
		e.breaching += lost
	case "notBreaching":
	default:
		switch {
		case e.there == 0 && treat == "ignore":
			return ""
		case e.there == 0:
			return stateUnknown
		case e.breaching < e.least && lost > 0 && e.breaching == e.there:
			if e.since < e.least {
				return ""
			}
			return stateAlarm
		}
	}
	if e.breaching >= e.least {
		return stateAlarm
	}
	return stateOK
}
