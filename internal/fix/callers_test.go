package fix

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/catalog"
)

// TestCallerNeeds: what only those need who create resources is for those who are said to.
func TestCallerNeeds(t *testing.T) {
	const queue, topic = "AWS::SQS::Queue", "AWS::SNS::Topic"
	for _, c := range []struct {
		caller       Caller
		typ, purpose string
		want         bool
	}{
		{Caller{}, queue, "use", true},
		{Caller{}, queue, "create", true},
		{Caller{Uses: []string{queue}}, queue, "use", true},
		{Caller{Uses: []string{queue}}, queue, "create", false},
		{Caller{Uses: []string{queue}}, topic, "use", false},
		{Caller{Creates: []string{queue}}, queue, "use", true},
		{Caller{Creates: []string{queue}}, queue, "create", true},
		{Caller{Uses: []string{topic}, Creates: []string{queue}}, topic, "create", false},
	} {
		if have := c.caller.needs(c.typ, c.purpose); have != c.want {
			t.Errorf("%+v, %s to %s: %v", c.caller, c.typ, c.purpose, have)
		}
	}
}

// TestServiceStatements: a service has a statement for the keys of what it needs, with its account
// and its source, in the account and partition of the key; one that is there is not added.
func TestServiceStatements(t *testing.T) {
	m := &maker{Request: Request{Services: []Service{
		{Principal: "cloudwatch.amazonaws.com", Actions: []string{"kms:Decrypt"}, Types: []string{"AWS::SNS::Topic"}, SourceARN: "arn:{partition}:cloudwatch:{region}:{account}:alarm:*"},
		{Principal: "events.amazonaws.com", Actions: []string{"kms:Decrypt"}, Types: []string{"AWS::SQS::Queue"}},
	}}}
	g := &group{Place: Place{"111122223333", "cn-north-1"}, choices: []*choice{{entry: &catalog.Entry{Type: "AWS::SNS::Topic"}}}}
	out, err := m.serviceStatements(g)
	if err != nil || len(out) != 1 {
		t.Fatal(out, err)
	}
	want := `{"Action":["kms:Decrypt"],"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:*"},"StringEquals":{"aws:SourceAccount":"111122223333"}},"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Resource":"*","Sid":"By cloudwatch amazonaws com"}`
	if d := cmp.Diff(want, string(out[0])); d != "" {
		t.Error(d)
	}
	left, err := without(`{"Statement":[`+want+`]}`, []json.RawMessage{out[0]})
	if err != nil || len(left) != 0 {
		t.Errorf("a statement that is there is added again: %s, %v", left, err)
	}
	m.Services[0].SourceARN = "alarm"
	if _, err := m.serviceStatements(g); err == nil {
		t.Error("a source that is no ARN is taken")
	}
}
