package cloudtrail

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func (l *local) lookup(who, body string) map[string]any {
	l.t.Helper()
	return l.fields(l.call(who, "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", body))
}

// names are the names of the events of an answer.
func names(answer map[string]any) []string {
	out := []string{}
	events, _ := answer["Events"].([]any)
	for _, e := range events {
		out = append(out, e.(map[string]any)["EventName"].(string))
	}
	return out
}

func TestLookupEvents(t *testing.T) {
	now := noon
	l := newLocal(t, Options{Now: func() time.Time { return now }})
	id := l.newKey(`{}`)
	key := "arn:aws:kms:eu-west-1:111122223333:key/" + id
	now = noon.Add(time.Minute)
	l.kmsCall("AKIAALICE", "DisableKey", `{"KeyId":"`+id+`"}`)
	disabled := l.trail.Recent(1)[0].ID
	now = noon.Add(2 * time.Minute)
	l.kmsCall("AKIAROOT", "DescribeKey", `{"KeyId":"`+id+`"}`)
	l.kmsCall("AKIABOB", "ListKeys", `{}`)

	first := l.lookup("AKIAALICE", `{}`)
	if got := fmt.Sprint(names(first)); got != "[DescribeKey DisableKey CreateKey]" || first["NextToken"] != nil {
		t.Errorf("%s %v", got, first["NextToken"])
	}
	got := first["Events"].([]any)[1].(map[string]any)
	record := got["CloudTrailEvent"].(string)
	delete(got, "CloudTrailEvent")
	if want := fmt.Sprintf("map[AccessKeyId:AKIAALICE EventId:%s EventName:DisableKey EventSource:kms.amazonaws.com EventTime:%v ReadOnly:false Resources:[map[ResourceName:%s ResourceType:AWS::KMS::Key]] Username:alice]",
		disabled, float64(noon.Add(time.Minute).Unix()), key); fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	if record != l.records()[1] {
		t.Errorf("%s is not the record", record)
	}
	l.want(strings.NewReplacer("kms.amazonaws.com", "cloudtrail.amazonaws.com", "12:04:09Z", "12:06:09Z").Replace(
		of(alice, "LookupEvents", `"requestParameters":null,"responseElements":null`, "true", "")))

	one := func(key, value string) string {
		return `{"LookupAttributes":[{"AttributeKey":"` + key + `","AttributeValue":"` + value + `"}],"EndTime":` + fmt.Sprint(noon.Add(2*time.Minute).Unix()) + `}`
	}
	at := func(minute int) string { return fmt.Sprint(noon.Add(time.Duration(minute) * time.Minute).Unix()) }
	now = noon.Add(10 * time.Minute)
	for _, tt := range []struct{ who, body, want string }{
		{"AKIAALICE", one("EventId", disabled), "[DisableKey]"},
		{"AKIAALICE", one("EventName", "CreateKey"), "[CreateKey]"},
		{"AKIAALICE", one("EventName", "createkey"), "[]"},
		{"AKIAALICE", one("ReadOnly", "true"), "[LookupEvents DescribeKey]"},
		{"AKIAALICE", one("ReadOnly", "false"), "[DisableKey CreateKey]"},
		{"AKIAALICE", one("Username", "alice"), "[LookupEvents DisableKey CreateKey]"},
		{"AKIAALICE", one("Username", "root"), "[DescribeKey]"},
		{"AKIAALICE", one("ResourceType", "AWS::KMS::Key"), "[DescribeKey DisableKey CreateKey]"},
		{"AKIAALICE", one("ResourceName", key), "[DescribeKey DisableKey CreateKey]"},
		{"AKIAALICE", one("ResourceName", id), "[]"},
		{"AKIAALICE", one("EventSource", "kms.amazonaws.com"), "[DescribeKey DisableKey CreateKey]"},
		{"AKIAALICE", one("EventSource", "cloudtrail.amazonaws.com"), "[LookupEvents]"},
		{"AKIAALICE", one("AccessKeyId", "AKIAROOT"), "[DescribeKey]"},
		{"AKIABOB", one("AccessKeyId", "AKIAROOT"), "[]"},
		{"AKIABOB", one("ReadOnly", "true"), "[ListKeys]"},
		{"AKIAALICE", `{"StartTime":` + at(1) + `,"EndTime":` + at(1) + `}`, "[DisableKey]"},
		{"AKIAALICE", `{"EndTime":` + at(0) + `}`, "[CreateKey]"},
		{"AKIAALICE", `{"StartTime":` + at(11) + `}`, "[]"},
		{"AKIAALICE", `{"EventCategory":"insight"}`, "[]"},
	} {
		if got := fmt.Sprint(names(l.lookup(tt.who, tt.body))); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.body, got, tt.want)
		}
	}

	for _, tt := range []struct{ who, body, code, message string }{
		{"AKIAALICE", `{"LookupAttributes":[{"AttributeKey":"EventId","AttributeValue":"a"},{"AttributeKey":"EventId","AttributeValue":"a"}]}`, "InvalidLookupAttributesException", "Only one lookup attribute is supported."},
		{"AKIAALICE", `{"LookupAttributes":[{"AttributeKey":"Color","AttributeValue":"a"}]}`, "InvalidLookupAttributesException", `The lookup attribute "Color" is not one of EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, AccessKeyId.`},
		{"AKIAALICE", `{"StartTime":2,"EndTime":1}`, "InvalidTimeRangeException", "The start time is after the end time."},
		{"AKIAALICE", `{"MaxResults":0}`, "InvalidMaxResultsException", "MaxResults must be between 1 and 50."},
		{"AKIAALICE", `{"MaxResults":51}`, "InvalidMaxResultsException", "MaxResults must be between 1 and 50."},
		{"AKIAALICE", `{"NextToken":"x"}`, "InvalidNextTokenException", "The token is not valid, or was returned for a request with other parameters."},
		{"AKIAALICE", `{"EventCategory":"data"}`, "InvalidEventCategoryException", "The event category must be insight, or left out."},
		{"AKIAEVE", `{}`, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/team/eve is not authorized to perform: cloudtrail:LookupEvents on resource: * because no identity-based policy allows the cloudtrail:LookupEvents action"},
	} {
		got := l.lookup(tt.who, tt.body)
		message := got["message"]
		if message == nil {
			message = got["Message"]
		}
		if got["__type"] != tt.code || message != tt.message {
			t.Errorf("%s: %v, want %s %q", tt.body, got, tt.code, tt.message)
		}
	}
	if e := l.trail.Recent(1)[0]; e.Code != "AccessDenied" || e.Operation != "LookupEvents" {
		t.Errorf("%+v", e)
	}
}

// TestPages: pages have every event once while others come, and end where the memory ends.
func TestPages(t *testing.T) {
	l := newLocal(t, Options{Keep: 40})
	for i := range 30 {
		l.kmsCall("AKIAALICE", []string{"ListKeys", "ListAliases"}[i%2], fmt.Sprintf(`{"Limit":%d}`, i+1))
	}
	query := `"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"ListKeys"}],"MaxResults":6`
	seen, token := []string{}, ""
	for range 3 {
		page := l.lookup("AKIAALICE", `{`+query+token+`}`)
		for _, e := range page["Events"].([]any) {
			seen = append(seen, e.(map[string]any)["EventId"].(string))
		}
		token = ""
		if next, ok := page["NextToken"].(string); ok {
			token = `,"NextToken":"` + next + `"`
		}
	}
	if want := 15; len(seen) != want || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != want || token != "" {
		t.Errorf("%d events, want %d; %s", len(seen), want, token)
	}
	first := l.lookup("AKIAALICE", `{`+query+`}`)["NextToken"].(string)
	if got := l.lookup("AKIAALICE", `{`+strings.Replace(query, "ListKeys", "ListAliases", 1)+`,"NextToken":"`+first+`"}`); got["__type"] != "InvalidNextTokenException" {
		t.Errorf("a token of another query: %v", got)
	}
	if got := l.lookup("AKIABOB", `{`+query+`,"NextToken":"`+first+`"}`); got["__type"] != "InvalidNextTokenException" {
		t.Errorf("a token of another account: %v", got)
	}
	if got := l.lookup("AKIAALICE", `{`+strings.Replace(query, "6", "50", 1)+`,"NextToken":"`+first+`"}`); len(names(got)) == 0 {
		t.Errorf("more on a page: %v", got)
	}
	for range 40 {
		l.kmsCall("AKIAALICE", "ListAliases", `{}`)
	}
	if got := l.lookup("AKIAALICE", `{`+query+`,"NextToken":"`+first+`"}`); fmt.Sprint(names(got)) != "[]" || got["__type"] != nil {
		t.Errorf("what is forgotten is found: %v", got)
	}
	if got := l.trail.Recent(1000); len(got) != 40 {
		t.Errorf("%d are kept, want 40", len(got))
	}
	if got := l.trail.Recent(0); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func FuzzToken(f *testing.F) {
	fingerprint := (&LookupEventsInput{MaxResults: nil}).fingerprint(home, region)
	f.Add(token(0, fingerprint))
	f.Add(token(1<<63, fingerprint))
	f.Add("AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := parseToken(s, fingerprint); ok && token(n, fingerprint) != s {
			t.Errorf("%q is %d, whose token is %q", s, n, token(n, fingerprint))
		}
	})
}
