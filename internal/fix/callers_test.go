package fix

import (
	"encoding/json"
	"strings"
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
	left, err = without(`{"Statement":`+strings.Replace(want, `"By cloudwatch amazonaws com"`, `"Alarms"`, 1)+`}`, []json.RawMessage{out[0]})
	if err != nil || len(left) != 0 {
		t.Errorf("a statement that is there under another name is added again: %s, %v", left, err)
	}
	m.Services[0].SourceARN = "alarm"
	if _, err := m.serviceStatements(g); err == nil {
		t.Error("a source that is no ARN is taken")
	}
}

// TestSids: a statement that is added to a policy has a Sid that none there has, and none that is
// there changes.
func TestSids(t *testing.T) {
	statement := func(name string) json.RawMessage {
		if name == "" {
			return json.RawMessage(`{"Condition":{"NumericEquals":{"a":12345678901234567890}},"Effect":"Allow"}`)
		}
		return json.RawMessage(`{"Effect":"Allow","Sid":"` + name + `"}`)
	}
	for name, c := range map[string]struct {
		have string
		more []string
		want []string
	}{
		"free":              {`{"Statement":[{"Sid":"A"}]}`, []string{"B"}, []string{"A", "B"}},
		"taken":             {`{"Statement":[{"Sid":"A"}]}`, []string{"A"}, []string{"A", "A 2"}},
		"taken twice":       {`{"Statement":[{"Sid":"A 2"},{"Sid":"A"}]}`, []string{"A", "A"}, []string{"A 2", "A", "A 3", "A 4"}},
		"by one besides":    {`{"Statement":[{"Sid":"B"}]}`, []string{"A", "A", "A 2"}, []string{"B", "A", "A 2", "A 2 2"}},
		"one statement":     {`{"Statement":{"Sid":"A"}}`, []string{"A"}, []string{"A", "A 2"}},
		"without any":       {`{"Statement":[{"Effect":"Deny"}]}`, []string{"", ""}, []string{"", "", ""}},
		"in letters of old": {`{"Statement":[{"Sid":"a"}]}`, []string{"A"}, []string{"a", "A"}},
	} {
		t.Run(name, func(t *testing.T) {
			var more []json.RawMessage
			for _, n := range c.more {
				more = append(more, statement(n))
			}
			text, err := merged(c.have, more)
			if err != nil {
				t.Fatal(err)
			}
			list, err := statements(text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range list {
				name, err := sidOf(s)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, name)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if name == "without any" && string(list[1]) != string(statement("")) {
				t.Errorf("%s", list[1])
			}
			if again, _ := merged(c.have, more); again != text {
				t.Error("another one each time")
			}
		})
	}
}
