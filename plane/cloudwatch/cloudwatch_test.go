package cloudwatch_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	alarm   = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:high"
	topic   = "arn:aws:sns:eu-west-1:111122223333:ops"
	queue   = "arn:aws:sqs:eu-west-1:111122223333:ops"
	admin   = "AKIAADMIN0000000"
	reader  = "AKIAREADER000000"
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: reader
        access-keys: [{id: AKIAREADER000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "cloudwatch:DescribeAlarms", Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/ops}
`

const high = `{"AlarmName":"high","AlarmDescription":"d","Namespace":"App","MetricName":"Load","Statistic":"Maximum","Period":60,"EvaluationPeriods":2,"Threshold":5,"ComparisonOperator":"GreaterThanThreshold","AlarmActions":["` + topic + `"],"Dimensions":[{"Name":"Host","Value":"a"}],"Tags":[{"Key":"k","Value":"v"}]}`

// world is a plane with a topic and a queue that gets its messages.
type world struct {
	*localtest.Plane
	api, sns, sqs *localtest.API
	url           string
}

func open(t *testing.T) *world {
	t.Helper()
	p := localtest.Open(t, seed)
	w := &world{Plane: p, api: p.API("cloudwatch", admin), sns: p.API("sns", admin), sqs: p.API("sqs", admin)}
	w.sns.Do(t, "CreateTopic", `{"Name":"ops"}`)
	policy := `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"sns.amazonaws.com\"},\"Action\":\"sqs:SendMessage\",\"Resource\":\"*\"}]}`
	w.url = w.sqs.Do(t, "CreateQueue", `{"QueueName":"ops","Attributes":{"Policy":"`+policy+`"}}`).Text("QueueUrl")
	w.sns.Do(t, "Subscribe", `{"TopicArn":"`+topic+`","Protocol":"sqs","Endpoint":"`+queue+`","Attributes":{"RawMessageDelivery":"true"}}`)
	return w
}

// received are the messages of the topic.
func (w *world) received(t *testing.T) []wire.Object {
	t.Helper()
	var out []wire.Object
	for _, m := range w.sqs.Do(t, "ReceiveMessage", `{"QueueUrl":"`+w.url+`","MaxNumberOfMessages":10}`).Objects("Messages") {
		var o wire.Object
		if err := json.Unmarshal([]byte(m.Text("Body")), &o); err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
		w.sqs.Do(t, "DeleteMessage", `{"QueueUrl":"`+w.url+`","ReceiptHandle":"`+m.Text("ReceiptHandle")+`"}`)
	}
	return out
}

func (w *world) history(t *testing.T, kind string) []string {
	t.Helper()
	out := []string{}
	for _, h := range w.api.Do(t, "DescribeAlarmHistory", `{"AlarmName":"high","HistoryItemType":"`+kind+`"}`).Objects("AlarmHistoryItems") {
		out = append(out, h.Text("HistorySummary"))
	}
	return out
}

func (w *world) alarm(t *testing.T) wire.Object {
	t.Helper()
	all := w.api.Do(t, "DescribeAlarms", `{"AlarmNames":["high"]}`).Objects("MetricAlarms")
	if len(all) != 1 {
		t.Fatalf("alarms %v", all)
	}
	return all[0]
}

func TestAlarm(t *testing.T) {
	w := open(t)
	c := w.api
	c.Do(t, "PutMetricAlarm", high)
	localtest.Same(t, "alarm", w.alarm(t), `{"AlarmArn":"`+alarm+`","AlarmDescription":"d","StateValue":"INSUFFICIENT_DATA","StateReason":"Unchecked: Initial alarm creation","ActionsEnabled":true,"Threshold":5,"Period":60,"AlarmActions":["`+topic+`"],"OKActions":[],"TreatMissingData":null}`)
	localtest.Same(t, "tags", c.Do(t, "ListTagsForResource", `{"ResourceARN":"`+alarm+`"}`), `{"Tags":[{"Key":"k","Value":"v"}]}`)
	c.Do(t, "TagResource", `{"ResourceARN":"`+alarm+`","Tags":[{"Key":"l","Value":"w"}]}`)
	c.Do(t, "UntagResource", `{"ResourceARN":"`+alarm+`","TagKeys":["k"]}`)

	// What is not given again is gone; the state and the tags stay.
	c.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"OK","StateReason":"mine"}`)
	c.Do(t, "PutMetricAlarm", `{"AlarmName":"high","Namespace":"App","MetricName":"Load","Statistic":"Sum","Period":60,"EvaluationPeriods":1,"Threshold":1.5,"ComparisonOperator":"LessThanThreshold","Tags":[{"Key":"k","Value":"v"}]}`)
	localtest.Same(t, "replaced", w.alarm(t), `{"AlarmDescription":null,"AlarmActions":[],"Dimensions":[],"StateValue":"OK","StateReason":"mine","Statistic":"Sum","Threshold":1.5}`)
	localtest.Same(t, "tags", c.Do(t, "ListTagsForResource", `{"ResourceARN":"`+alarm+`"}`), `{"Tags":[{"Key":"l","Value":"w"}]}`)

	localtest.Same(t, "by state", c.Do(t, "DescribeAlarms", `{"StateValue":"ALARM"}`), `{"MetricAlarms":[],"CompositeAlarms":[]}`)
	if got := c.Do(t, "DescribeAlarmsForMetric", `{"Namespace":"App","MetricName":"Load"}`).Objects("MetricAlarms"); len(got) != 1 {
		t.Errorf("for the metric %v", got)
	}
	if got := c.Do(t, "DescribeAlarmsForMetric", `{"Namespace":"App","MetricName":"Load","Dimensions":[{"Name":"Host","Value":"a"}]}`).Objects("MetricAlarms"); len(got) != 0 {
		t.Errorf("for another metric %v", got)
	}
	for input, want := range map[string]string{
		strings.Replace(high, `"Period":60`, `"Period":90`, 1):                                           "Period must be 10, 20, 30 or a multiple of 60",
		strings.Replace(high, `"EvaluationPeriods":2`, `"EvaluationPeriods":1441`, 1):                    "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
		strings.Replace(high, `"Threshold":5,`, ``, 1):                                                   "The parameter Threshold must be specified.",
		strings.Replace(high, topic, "arn:aws:lambda:eu-west-1:111122223333:function:f", 1):              "not implemented by the local plane: the action arn:aws:lambda:eu-west-1:111122223333:function:f",
		strings.Replace(high, `"Statistic":"Maximum"`, `"ExtendedStatistic":"p99"`, 1):                   "not implemented by the local plane: ExtendedStatistic of alarms",
		strings.Replace(high, `"EvaluationPeriods":2`, `"EvaluationPeriods":2,"DatapointsToAlarm":3`, 1): "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
	} {
		if got := c.Refused(t, admin, "PutMetricAlarm", input, "ValidationError"); got != want {
			t.Errorf("%s: %s", input, got)
		}
	}
	c.Refused(t, reader, "DeleteAlarms", `{"AlarmNames":["high"]}`, "AccessDenied")
	c.Refused(t, admin, "DeleteAlarms", `{"AlarmNames":["high","none"]}`, "ResourceNotFound")
	w.alarm(t)
	c.Do(t, "DeleteAlarms", `{"AlarmNames":["high"]}`)
	localtest.Same(t, "deleted", c.Do(t, "DescribeAlarms", `{}`), `{"MetricAlarms":[]}`)
	if got := strings.Join(w.history(t, "ConfigurationUpdate"), ", "); got != `Alarm "high" deleted, Alarm "high" updated, Alarm "high" created` {
		t.Errorf("history %s", got)
	}
	c.Refused(t, admin, "SetAlarmState", `{"AlarmName":"high","StateValue":"OK","StateReason":"r"}`, "ResourceNotFound")
	c.Refused(t, admin, "ListTagsForResource", `{"ResourceARN":"`+alarm+`"}`, "ResourceNotFoundException")
}

// TestEvaluation: an alarm follows its metric, and tells its topic of changes only.
func TestEvaluation(t *testing.T) {
	w := open(t)
	w.api.Do(t, "PutMetricAlarm", high)
	load := func(v float64) {
		t.Helper()
		w.api.Do(t, "PutMetricData", fmt.Sprintf(`{"Namespace":"App","MetricData":[{"MetricName":"Load","Value":%v,"Dimensions":[{"Name":"Host","Value":"a"}]}]}`, v))
		w.Pass(time.Minute)
	}
	load(6)
	load(7)
	w.api.Do(t, "ListMetrics", `{}`)
	localtest.Same(t, "alarm", w.alarm(t), `{"StateValue":"ALARM"}`)
	if got := w.alarm(t).Text("StateReason"); !strings.HasPrefix(got, "Threshold Crossed: 2 out of the last 2 datapoints [6.0 (") || !strings.HasSuffix(got, ")] was greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).") {
		t.Errorf("reason %s", got)
	}
	got := w.received(t)
	if len(got) != 1 {
		t.Fatalf("received %v", got)
	}
	localtest.Same(t, "message", got[0], `{"AlarmName":"high","AlarmArn":"`+alarm+`","NewStateValue":"ALARM","OldStateValue":"INSUFFICIENT_DATA","AWSAccountId":"111122223333","Trigger.MetricName":"Load","Trigger.Statistic":"MAXIMUM","Trigger.Threshold":5,"Trigger.Dimensions":[{"name":"Host","value":"a"}]}`)
	load(8)
	w.api.Do(t, "ListMetrics", `{}`)
	if got := w.received(t); len(got) != 0 {
		t.Errorf("received again %v", got)
	}
	load(1)
	w.api.Do(t, "ListMetrics", `{}`)
	localtest.Same(t, "alarm", w.alarm(t), `{"StateValue":"OK"}`) // one of two is not enough
	if got := w.alarm(t).Text("StateReason"); !strings.HasSuffix(got, ")] was not greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).") {
		t.Errorf("reason %s", got)
	}
	w.Pass(5 * time.Minute)
	w.api.Do(t, "ListMetrics", `{}`)
	localtest.Same(t, "alarm", w.alarm(t), `{"StateValue":"INSUFFICIENT_DATA","StateReason":"Insufficient Data: 2 datapoints were unknown."}`)
	if got := strings.Join(w.history(t, "StateUpdate"), ", "); got != "Alarm updated from OK to INSUFFICIENT_DATA, Alarm updated from ALARM to OK, Alarm updated from INSUFFICIENT_DATA to ALARM" {
		t.Errorf("history %s", got)
	}
	if got := w.history(t, "Action"); len(got) != 1 || got[0] != "Successfully executed action "+topic {
		t.Errorf("history %v", got)
	}
	// An alarm whose actions are off has states, and tells nobody.
	w.api.Do(t, "DisableAlarmActions", `{"AlarmNames":["high"]}`)
	w.api.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"ALARM","StateReason":"r"}`)
	if got := w.received(t); len(got) != 0 {
		t.Errorf("received with actions off %v", got)
	}
	w.api.Do(t, "EnableAlarmActions", `{"AlarmNames":["high"]}`)
	w.api.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"ALARM","StateReason":"r"}`)
	if got := w.received(t); len(got) != 0 {
		t.Errorf("received without a change %v", got)
	}
}

// TestMissingData: what becomes of an alarm without data is what it says.
func TestMissingData(t *testing.T) {
	w := open(t)
	for treat, want := range map[string]string{"breaching": "ALARM", "notBreaching": "OK", "ignore": "OK", "missing": "INSUFFICIENT_DATA"} {
		w.api.Do(t, "PutMetricAlarm", strings.Replace(high, `"Period"`, `"TreatMissingData":"`+treat+`","Period"`, 1))
		w.api.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"OK","StateReason":"r"}`)
		w.Pass(time.Minute)
		w.api.Do(t, "ListMetrics", `{}`)
		localtest.Same(t, treat, w.alarm(t), `{"StateValue":"`+want+`"}`)
	}
}

// TestKey: a topic under a key hears of an alarm when the key's policy lets CloudWatch in.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
func TestKey(t *testing.T) {
	w := open(t)
	w.sns.Do(t, "SetTopicAttributes", `{"TopicArn":"`+topic+`","AttributeName":"KmsMasterKeyId","AttributeValue":"alias/ops"}`)
	w.api.Do(t, "PutMetricAlarm", high)
	const own = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	for _, c := range []struct {
		statement string
		want      int
	}{
		{"", 0},
		{`,{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:GenerateDataKey*","Resource":"*"}`, 0},
		{`,{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"` + alarm + `2"}}}`, 0},
		{`,{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"` + alarm + `"}}}`, 1},
	} {
		w.SetKeyPolicy(account, region, "alias/ops", `{"Version":"2012-10-17","Statement":[`+own+c.statement+`]}`)
		w.api.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"OK","StateReason":"r"}`)
		w.api.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"ALARM","StateReason":"r"}`)
		if got := w.received(t); len(got) != c.want {
			t.Errorf("with %s: %v", c.statement, got)
		}
		last := w.history(t, "Action")[0]
		if failed := strings.HasPrefix(last, "Failed to execute action "+topic+". Received error: ") && strings.Contains(last, "Error Code: AccessDeniedException"); failed != (c.want == 0) {
			t.Errorf("with %s: %s", c.statement, last)
		}
	}
	// The key of the service has a policy that lets no service in.
	w.sns.Do(t, "SetTopicAttributes", `{"TopicArn":"`+topic+`","AttributeName":"KmsMasterKeyId","AttributeValue":"alias/aws/sns"}`)
	w.api.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"OK","StateReason":"r"}`)
	w.api.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"ALARM","StateReason":"r"}`)
	if got := w.received(t); len(got) != 0 {
		t.Errorf("with alias/aws/sns: %v", got)
	}
}

// TestPolicy: a topic with a policy of its own must let CloudWatch in; the history says when not.
func TestPolicy(t *testing.T) {
	w := open(t)
	w.api.Do(t, "PutMetricAlarm", high)
	for principal, want := range map[string]string{
		"budgets.amazonaws.com":    `Failed to execute action ` + topic + `. Received error: "Resource: ` + alarm + ` is not authorized to perform: SNS:Publish on resource: ` + topic + `"`,
		"cloudwatch.amazonaws.com": "Successfully executed action " + topic,
	} {
		policy := `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"` + principal + `\"},\"Action\":\"SNS:Publish\",\"Resource\":\"` + topic + `\",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"` + alarm + `\"}}}]}`
		w.sns.Do(t, "SetTopicAttributes", `{"TopicArn":"`+topic+`","AttributeName":"Policy","AttributeValue":"`+policy+`"}`)
		w.api.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"OK","StateReason":"r"}`)
		w.api.Do(t, "SetAlarmState", `{"AlarmName":"high","StateValue":"ALARM","StateReason":"r"}`)
		if got := w.history(t, "Action")[0]; got != want {
			t.Errorf("%s: %s", principal, got)
		}
	}
}

func TestMetrics(t *testing.T) {
	w := open(t)
	c := w.api
	begin := w.Now().Truncate(time.Hour).Add(-time.Hour)
	at := func(d time.Duration) string { return begin.Add(d).Format(time.RFC3339) }
	c.Do(t, "PutMetricData", `{"Namespace":"App","MetricData":[
{"MetricName":"Load","Value":1,"Timestamp":"`+at(0)+`"},{"MetricName":"Load","Value":5,"Timestamp":"`+at(30*time.Second)+`"},
{"MetricName":"Load","StatisticValues":{"SampleCount":4,"Sum":8,"Minimum":0.5,"Maximum":3},"Timestamp":"`+at(time.Minute)+`"},
{"MetricName":"Load","Values":[2,4],"Counts":[3,1],"Timestamp":"`+at(10*time.Minute)+`"}]}`)
	span := `"StartTime":"` + at(0) + `","EndTime":"` + at(time.Hour) + `"`
	query := func(stat, period string) string {
		return `{"MetricDataQueries":[{"Id":"a","MetricStat":{"Metric":{"Namespace":"App","MetricName":"Load"},"Period":` + period + `,"Stat":"` + stat + `"}}],"ScanBy":"TimestampAscending",` + span + `}`
	}
	for stat, want := range map[string]string{"Sum": "[6,8,10]", "Average": "[3,2,2.5]", "Minimum": "[1,0.5,2]", "Maximum": "[5,3,4]", "SampleCount": "[2,4,4]"} {
		localtest.Same(t, stat, c.Do(t, "GetMetricData", query(stat, "60")).Objects("MetricDataResults")[0], `{"Id":"a","Label":"Load","StatusCode":"Complete","Values":`+want+`,"Timestamps":["`+at(0)+`","`+at(time.Minute)+`","`+at(10*time.Minute)+`"]}`)
	}
	localtest.Same(t, "by five minutes", c.Do(t, "GetMetricData", query("Sum", "300")).Objects("MetricDataResults")[0], `{"Values":[14,10]}`)
	got := c.Do(t, "GetMetricStatistics", `{"Namespace":"App","MetricName":"Load","Period":3600,"Statistics":["Sum","Maximum"],`+span+`}`)
	if d := got.Objects("Datapoints"); len(d) != 1 || d[0].At("Sum") != 24.0 || d[0].At("Maximum") != 5.0 || !d[0].Time("Timestamp").Equal(begin) {
		t.Errorf("statistics %v", got)
	}
	if got := c.Refused(t, admin, "PutMetricData", `{"Namespace":"AWS/KMS","MetricData":[]}`, "InvalidParameterValue"); got != "The value AWS/KMS for parameter Namespace is invalid." {
		t.Errorf("namespace of AWS: %s", got)
	}
	c.Refused(t, admin, "PutMetricData", `{"Namespace":"App","MetricData":[{"MetricName":"Load","Value":1,"Values":[1]}]}`, "InvalidParameterCombination")
	c.Refused(t, admin, "GetMetricData", query("p99", "60"), "ValidationError")

	// Calls of KMS are metrics of the account and Region.
	key := w.KeyARN(account, region, "alias/ops")
	w.API("kms", admin).Do(t, "GenerateDataKey", `{"KeyId":"alias/ops","KeySpec":"AES_256"}`)
	localtest.Same(t, "listed", c.Do(t, "ListMetrics", `{"Namespace":"AWS/KMS"}`), `{"Metrics":[{"Namespace":"AWS/KMS","MetricName":"SuccessfulRequest","Dimensions":[{"Name":"KeyArn","Value":"`+key+`"},{"Name":"Operation","Value":"GenerateDataKey"}]}]}`)
	localtest.Same(t, "listed", c.Do(t, "ListMetrics", `{"Namespace":"AWS/Usage","Dimensions":[{"Name":"Resource","Value":"GenerateDataKey"}]}`), `{"Metrics":[{"Namespace":"AWS/Usage","MetricName":"CallCount","Dimensions":[{"Name":"Class","Value":"None"},{"Name":"Resource","Value":"GenerateDataKey"},{"Name":"Service","Value":"KMS"},{"Name":"Type","Value":"API"}]}]}`)
}

// TestProtocols: clients ask in CBOR, as all other tests do, in JSON 1.0 and by query, whatever
// their age.
func TestProtocols(t *testing.T) {
	w := open(t)
	w.api.Do(t, "PutMetricAlarm", high)
	for _, c := range []struct{ content, target, body, want string }{
		{"application/x-amz-json-1.0", "GraniteServiceVersion20100801.DescribeAlarms", `{"AlarmNames":["high"]}`, `"AlarmArn":"` + alarm + `"`},
		{"application/x-www-form-urlencoded", "", "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=high", "<AlarmArn>" + alarm + "</AlarmArn>"},
		{"application/x-amz-json-1.0", "GraniteServiceVersion20100801.SetAlarmState", `{"AlarmName":"none","StateValue":"OK","StateReason":"r"}`, `"__type":"ResourceNotFound"`},
		{"application/x-www-form-urlencoded", "", "Action=SetAlarmState&Version=2010-08-01&AlarmName=none&StateValue=OK&StateReason=r", "<Code>ResourceNotFound</Code>"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", c.content)
		if c.target != "" {
			r.Header.Set("X-Amz-Target", c.target)
		}
		res, err := w.Client(admin, "monitoring").Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || !strings.Contains(string(body), c.want) {
			t.Errorf("%s: %s %v", c.body, body, err)
		}
	}
}

// TestRestart: an alarm is there after a restart.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	p.API("cloudwatch", admin).Do(t, "PutMetricAlarm", high)
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	localtest.Same(t, "alarm", p.API("cloudwatch", admin).Do(t, "DescribeAlarms", `{}`).Objects("MetricAlarms")[0], `{"AlarmArn":"`+alarm+`","Threshold":5,"StateValue":"INSUFFICIENT_DATA"}`)
}
