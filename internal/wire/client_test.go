package wire

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/model"
)

func loaded(t testing.TB, service string) *API {
	t.Helper()
	a, err := Load(service, Observed{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestRequests: what is written is found, and read, by the other side.
func TestRequests(t *testing.T) {
	for _, c := range []struct {
		service, operation string
		in                 Object
		method, path, body string
	}{
		{"bedrock-data-automation", "ListBlueprints", Object{"resourceOwner": "ACCOUNT", "maxResults": int64(5)}, "POST", "/blueprints/", `{"resourceOwner":"ACCOUNT","maxResults":5}`},
		{
			"bedrock-data-automation", "GetBlueprint", Object{"blueprintArn": "arn:aws:bedrock:eu-west-1:111122223333:blueprint/abcdefghijkl", "blueprintVersion": "1"},
			"POST", "/blueprints/arn%3Aaws%3Abedrock%3Aeu-west-1%3A111122223333%3Ablueprint%2Fabcdefghijkl/", `{"blueprintVersion":"1"}`,
		},
		{"bedrock-agent-runtime", "ListFlowExecutions", Object{"flowIdentifier": "ABCDEFGHIJ", "nextToken": "a/b+c"}, "GET", "/flows/ABCDEFGHIJ/executions?nextToken=a%2Fb%2Bc", ""},
		{"kms", "DescribeKey", Object{"KeyId": "alias/x"}, "POST", "/", `{"KeyId":"alias/x"}`},
		{"sts", "GetCallerIdentity", Object{}, "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15"},
		{
			"sns", "CreateTopic", Object{"Name": "a b", "Attributes": Object{"KmsMasterKeyId": "alias/a", "Policy": "{}"}, "Tags": []any{Object{"Key": "k", "Value": "ü"}}}, "POST", "/",
			"Action=CreateTopic&Attributes.entry.1.key=KmsMasterKeyId&Attributes.entry.1.value=alias%2Fa&Attributes.entry.2.key=Policy&Attributes.entry.2.value=%7B%7D&Name=a+b&Tags.member.1.Key=k&Tags.member.1.Value=%C3%BC&Version=2010-03-31",
		},
		{
			"sns", "UntagResource", Object{"ResourceArn": "arn", "TagKeys": []any{}}, "POST", "/", "Action=UntagResource&ResourceArn=arn&TagKeys=&Version=2010-03-31",
		},
		{
			"rds", "DescribeDBClusters", Object{"Filters": []any{Object{"Name": "n", "Values": []any{"v", "w"}}}, "MaxRecords": int64(20)}, "POST", "/",
			"Action=DescribeDBClusters&Filters.Filter.1.Name=n&Filters.Filter.1.Values.Value.1=v&Filters.Filter.1.Values.Value.2=w&MaxRecords=20&Version=2014-10-31",
		},
		{
			"cloudwatch", "SetAlarmState", Object{"AlarmName": "a", "StateValue": "OK", "StateReason": "r"}, "POST", "/service/GraniteServiceVersion20100801/operation/SetAlarmState",
			"\xa3iAlarmNameaajStateValuebOKkStateReasonar",
		},
		{"s3", "GetBucketEncryption", Object{"Bucket": "ward", "ExpectedBucketOwner": "111122223333"}, "GET", "/ward?encryption=", ""},
		{
			"s3", "PutBucketEncryption",
			Object{"Bucket": "ward", "ServerSideEncryptionConfiguration": Object{"Rules": []any{Object{"ApplyServerSideEncryptionByDefault": Object{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "<k>"}, "BucketKeyEnabled": true}}}},
			"PUT", "/ward?encryption=", `<?xml version="1.0" encoding="UTF-8"?>
<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>&lt;k&gt;</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`,
		},
		{"s3", "PutObject", Object{"Bucket": "ward", "Key": "a/b c", "Body": []byte("text"), "SSEKMSKeyId": "k", "Metadata": Object{"team": "ml"}}, "PUT", "/ward/a/b%20c", "text"},
	} {
		a := loaded(t, c.service)
		r, err := a.Request(c.operation, c.in)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if r.Method != c.method || r.URL.String() != c.path || string(body) != c.body || r.ContentLength != int64(len(body)) {
			t.Errorf("%s: %s %s %s, want %s %s %s", c.operation, r.Method, r.URL, body, c.method, c.path, c.body)
		}
		name, ok := a.Match(r)
		if a.protocol == model.ProtocolQuery {
			name, ok = a.Named(body)
		}
		if !ok || name != c.operation {
			t.Errorf("%s is found as %q", c.operation, name)
		}
		in, err := a.Decode(c.operation, r, body)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.in, in); d != "" {
			t.Errorf("%s is read as %s", c.operation, d)
		}
	}
}

func TestRequestsThatCannotBeWritten(t *testing.T) {
	for _, c := range []struct {
		service, operation string
		in                 Object
		want               string
	}{
		{"bedrock-data-automation", "GetBluprint", nil, "wire request: bedrock-data-automation has no operation GetBluprint"},
		{"bedrock-data-automation", "GetBlueprint", Object{}, "wire request bedrock-data-automation GetBlueprint: blueprintArn is missing"},
		{"bedrock-data-automation", "ListBlueprints", Object{"maxResults": "five"}, "wire request bedrock-data-automation ListBlueprints: maxResults: a string is no integer"},
		{"s3", "PutBucketEncryption", Object{"Bucket": "b", "ServerSideEncryptionConfiguration": "x"}, "wire request s3 PutBucketEncryption: a string is no structure"},
		{"sns", "Publish", Object{"Message": int64(1)}, "wire request sns Publish: Message: a int64 is no string"},
		{"sns", "CreateTopic", Object{"Tags": Object{}}, "wire request sns CreateTopic: Tags: a wire.Object is no list"},
		{"cloudwatch", "PutMetricAlarm", Object{"Threshold": "1"}, "wire request cloudwatch PutMetricAlarm: Threshold: a string is no double"},
	} {
		if _, err := loaded(t, c.service).Request(c.operation, c.in); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.operation, err, c.want)
		}
	}
}

// TestAnswers: what a service writes is read.
func TestAnswers(t *testing.T) {
	a := loaded(t, "bedrock-data-automation")
	out := Object{"blueprint": Object{"blueprintArn": "arn", "blueprintName": "b", "kmsKeyId": "k", "creationTime": time.Unix(1700000000, 0).UTC(), "kmsEncryptionContext": Object{"a": "b"}}}
	m, err := a.Encode("GetBlueprint", out, "id")
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Answer("GetBlueprint", m.Status, m.Header, m.Body)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(out, got); d != "" {
		t.Error(d)
	}
	got, err = a.Answer("ListBlueprints", 200, nil, []byte(`{"blueprints":[],"newer":1}`))
	if d := cmp.Diff(Object{"blueprints": []any{}}, got); d != "" || err != nil {
		t.Errorf("a member that the model does not have: %s %v", d, err)
	}
	_, unknown, err := a.AnswerWhole("GetBlueprint", 200, nil, []byte(`{"blueprint":{"newer":1,"blueprintArn":"a"},"newest":[],"newer":2}`))
	if d := cmp.Diff([]string{"newer", "newest"}, unknown); d != "" || err != nil {
		t.Errorf("members that the model does not have: %s %v", d, err)
	}
	if _, err = a.Answer("ListBlueprints", 200, nil, []byte(`{"blueprints":7}`)); err == nil || err.Error() != "wire answer bedrock-data-automation ListBlueprints: SerializationException: Expected list or null" {
		t.Errorf("a number for a list: %v", err)
	}
}

// TestAnswersOfOtherProtocols: what the query protocol and CBOR write is read, and what the model
// does not have is left out.
func TestAnswersOfOtherProtocols(t *testing.T) {
	at := time.Unix(1700000000, 0).UTC()
	for _, c := range []struct {
		service, operation string
		out                Object
	}{
		{"sns", "GetTopicAttributes", Object{"Attributes": Object{"KmsMasterKeyId": "alias/a", "TopicArn": "<&>"}}},
		{"sns", "ListTopics", Object{"Topics": []any{Object{"TopicArn": "a"}, Object{"TopicArn": "b"}}, "NextToken": "n"}},
		{"sns", "DeleteTopic", Object{}},
		{"s3", "GetBucketEncryption", Object{"ServerSideEncryptionConfiguration": Object{"Rules": []any{Object{"BucketKeyEnabled": true}, Object{"ApplyServerSideEncryptionByDefault": Object{"SSEAlgorithm": "AES256"}}}}}},
		{"s3", "ListBuckets", Object{"Buckets": []any{Object{"Name": "a", "CreationDate": at}}, "Owner": Object{"ID": "o"}}},
		{"s3", "GetObject", Object{"Body": []byte("text"), "SSEKMSKeyId": "k", "ContentLength": int64(4), "ContentType": "text/plain"}},
		{"cloudwatch", "DescribeAlarms", Object{"MetricAlarms": []any{Object{"AlarmName": "a", "Threshold": 1.5, "EvaluationPeriods": int64(2), "ActionsEnabled": true, "StateUpdatedTimestamp": at}}}},
	} {
		a := loaded(t, c.service)
		m, err := a.Encode(c.operation, c.out, "id")
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.Answer(c.operation, m.Status, m.Header, m.Body)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.out, got); d != "" {
			t.Errorf("%s: %s", c.operation, d)
		}
	}
	got, err := loaded(t, "sns").Answer("ListTopics", 200, nil, []byte(`<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>a</TopicArn><Newer/></member><other/></Topics><Newer>1</Newer></ListTopicsResult></ListTopicsResponse>`))
	if d := cmp.Diff(Object{"Topics": []any{Object{"TopicArn": "a"}}}, got); d != "" || err != nil {
		t.Errorf("members that the model does not have: %s %v", d, err)
	}
	if _, err = loaded(t, "sns").Answer("ListTopics", 200, nil, []byte(`<html/>`)); err == nil || err.Error() != "wire answer sns ListTopics: SerializationException: The root element is html, not ListTopicsResponse." {
		t.Errorf("another document: %v", err)
	}
	if _, err = loaded(t, "cloudwatch").Answer("DescribeAlarms", 200, nil, []byte("\xa1lMetricAlarms\x07")); err == nil || err.Error() != "wire answer cloudwatch DescribeAlarms: SerializationException: Expected list or null" {
		t.Errorf("a number for a list: %v", err)
	}
}

// TestRefusalsOfOtherProtocols: what the other side writes of an error is read. CloudWatch's
// clients know its errors by the codes of the query protocol.
func TestRefusalsOfOtherProtocols(t *testing.T) {
	for _, c := range []struct {
		service, operation string
		written, want      Error
	}{
		{"sns", "Publish", Error{400, "KMSDisabled", "k is disabled."}, Error{400, "KMSDisabled", "k is disabled."}},
		{"sns", "Publish", Error{0, "NotFoundException", ""}, Error{404, "NotFound", ""}},
		{"cloudwatch", "DeleteAlarms", Error{0, "ResourceNotFound", "no"}, Error{404, "ResourceNotFound", "no"}},
		{"cloudwatch", "PutMetricAlarm", Error{0, "LimitExceededFault", "many"}, Error{400, "LimitExceeded", "many"}},
	} {
		a := loaded(t, c.service)
		m := a.EncodeError(c.operation, &c.written, nil, "id")
		h := http.Header{}
		for name, values := range m.Header {
			h[http.CanonicalHeaderKey(name)] = values
		}
		_, err := a.Answer(c.operation, m.Status, h, m.Body)
		var got *Error
		if !errors.As(err, &got) || *got != c.want {
			t.Errorf("%v is read as %v, want %v", c.written, err, c.want)
		}
	}
	for _, service := range []string{"sns", "cloudwatch"} {
		_, err := loaded(t, service).Answer(map[string]string{"sns": "Publish", "cloudwatch": "DeleteAlarms"}[service], 502, http.Header{}, []byte("<html>"))
		var got *Error
		if !errors.As(err, &got) || *got != (Error{502, "BadGateway", ""}) {
			t.Errorf("%s: %v", service, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	a := loaded(t, "bedrock-data-automation")
	for _, c := range []struct {
		status int
		header string
		body   string
		want   Error
	}{
		{400, "ValidationException:http://internal.amazon.com/", `{"message":"no"}`, Error{400, "ValidationException", "no"}},
		{403, "", `{"__type":"com.amazonaws#AccessDeniedException","Message":"denied"}`, Error{403, "AccessDeniedException", "denied"}},
		{400, "", `{"code":"ThrottlingException"}`, Error{400, "ThrottlingException", ""}},
		{502, "", "<html>", Error{502, "BadGateway", ""}},
	} {
		_, err := a.Answer("ListBlueprints", c.status, http.Header{"X-Amzn-Errortype": {c.header}}, []byte(c.body))
		var got *Error
		if !errors.As(err, &got) || *got != c.want {
			t.Errorf("%d %s: %v, want %v", c.status, c.body, err, c.want)
		}
	}
}

// FuzzAnswer: whatever a server says is an output or an error.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"blueprint":{"blueprintArn":"arn","kmsEncryptionContext":{"a":"b"},"creationTime":"2026-01-01T00:00:00Z"}}`)
	f.Add(200, `{"blueprint":[1]}`)
	f.Add(400, `{"__type":"x#ValidationException","message":"m"}`)
	f.Add(200, ``)
	a := loaded(f, "bedrock-data-automation")
	f.Fuzz(func(t *testing.T, status int, body string) {
		out, err := a.Answer("GetBlueprint", status, http.Header{}, []byte(body))
		if (out == nil) == (err == nil) {
			t.Fatalf("%v, %v", out, err)
		}
		if err != nil || status >= 300 {
			return
		}
		m, err := a.Encode("GetBlueprint", out, "id")
		if err != nil {
			t.Fatal(err)
		}
		again, err := a.Answer("GetBlueprint", m.Status, m.Header, m.Body)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := a.Encode("GetBlueprint", again, "id"); err != nil || !bytes.Equal(m.Body, second.Body) {
			t.Fatalf("%s is read and written as %s", m.Body, second.Body)
		}
	})
}

// clientFuzzed are an operation of each protocol that is not JSON, with answers of servers.
var clientFuzzed = []struct {
	service, operation string
	seeds              []string
}{
	{"sns", "GetTopicAttributes", []string{
		`<GetTopicAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><GetTopicAttributesResult><Attributes><entry><key>KmsMasterKeyId</key><value>alias/a</value></entry></Attributes></GetTopicAttributesResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetTopicAttributesResponse>`,
		`<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error><RequestId>r</RequestId></ErrorResponse>`, `<a>`, ``,
	}},
	{"cloudwatch", "DescribeAlarms", []string{
		"\xa1\x6cMetricAlarms\x81\xa3\x69AlarmNameaa\x69Threshold\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00\x75StateUpdatedTimestamp\xc1\x1a\x65\x53\xf1\x00", "\xa2\x66__type\x6cNotFoundExce\x67message\x62no", "\xbf\xff", "\xff",
	}},
}

// FuzzAnswerOfOtherProtocols: as FuzzAnswer, and what is read of an answer can be sent.
func FuzzAnswerOfOtherProtocols(f *testing.F) {
	apis := make([]*API, len(clientFuzzed))
	for i, of := range clientFuzzed {
		apis[i] = loaded(f, of.service)
		for _, seed := range of.seeds {
			f.Add(uint8(i), 200, []byte(seed))
			f.Add(uint8(i), 400, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, status int, body []byte) {
		i := int(which) % len(apis)
		a, operation := apis[i], clientFuzzed[i].operation
		out, err := a.Answer(operation, status, http.Header{}, body)
		if (out == nil) == (err == nil) {
			t.Fatalf("%v, %v", out, err)
		}
		var refused *Error
		if status >= 300 && (!errors.As(err, &refused) || refused.Status != status) {
			t.Fatalf("status %d: %v", status, err)
		}
		if err != nil {
			return
		}
		m, err := a.Encode(operation, out, "id")
		if err != nil {
			t.Fatal(err)
		}
		again, err := a.Answer(operation, m.Status, m.Header, m.Body)
		if err != nil && utf8.Valid(body) {
			t.Fatal(err)
		}
		if second, err := a.Encode(operation, again, "id"); utf8.Valid(body) && (err != nil || !bytes.Equal(m.Body, second.Body)) {
			t.Fatalf("%q is read and written as %q: %v", m.Body, second.Body, err)
		}
	})
}

// FuzzRequest: what is decoded of a request is written as a request that says the same.
func FuzzRequest(f *testing.F) {
	for _, of := range fuzzed {
		if of.service == "sns" {
			for _, seed := range of.seeds {
				f.Add([]byte(seed))
			}
		}
	}
	a := loaded(f, "sns")
	r, err := a.Request("CreateTopic", Object{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := a.Decode("CreateTopic", r, body)
		if err != nil {
			return
		}
		if len(in.Object("Attributes")) == 0 {
			delete(in, "Attributes") // a map without entries has no place in a form
		}
		again, err := a.Request("CreateTopic", in)
		if err != nil {
			t.Fatal(err)
		}
		written, err := io.ReadAll(again.Body)
		if err != nil {
			t.Fatal(err)
		}
		read, err := a.Decode("CreateTopic", again, written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if d := cmp.Diff(in, read); d != "" {
			t.Fatalf("%s is read as %s", written, d)
		}
	})
}
