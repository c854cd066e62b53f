package wire

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// fuzzed is a body of an operation of each protocol; seeds are bodies of clients.
var fuzzed = []struct {
	service, operation, method, path string
	header                           http.Header
	seeds                            []string
}{
	{"bedrock-agent", "UpdatePrompt", "PUT", "/prompts/ABCDEFGHIJ/", nil, []string{
		`{"name":"n","variants":[{"name":"a","templateType":"TEXT","templateConfiguration":{"text":{"text":"t"}},"additionalModelRequestFields":{"a":[1,null]}}]}`, `{`, `[]`, `{"name":1}`,
	}},
	{"dynamodb", "PutItem", "POST", "/", http.Header{"X-Amz-Target": {"DynamoDB_20120810.PutItem"}}, []string{
		`{"TableName":"t","Item":{"a":{"S":"x"},"b":{"L":[{"N":"1"},{"BS":["AAE="]}]},"c":{"M":{"d":{"NULL":true}}}}}`, `{"TableName":"t","Item":{"a":{"B":"!"}}}`,
	}},
	{"s3", "PutBucketAcl", "PUT", "/b?acl", nil, []string{
		`<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>x</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>x</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`,
		`<AccessControlPolicy/>`, `<a>&#x0;</a>`, `<!DOCTYPE x>`,
	}},
	{"sns", "CreateTopic", "POST", "/", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []string{
		"Action=CreateTopic&Version=2010-03-31&Name=t&Attributes.entry.1.key=KmsMasterKeyId&Attributes.entry.1.value=alias%2Fa&Tags.member.1.Key=a&Tags.member.1.Value=b", "Name=%zz", "a.b.c=&.=&a..b=1",
	}},
	{"cloudwatch", "PutMetricAlarm", "POST", "/", http.Header{protocolHeader: {protocolCBOR}}, []string{
		"\xa3\x69AlarmName\x61a\x72EvaluationPeriods\x01\x69Threshold\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00", "\xbf\x69AlarmName\x7f\x61a\xff\xff", "\xa1\x69AlarmName\xc1\x00", "\xff", "\xa1\x01\x02",
	}},
}

// FuzzDecode: whatever a body is, it is refused with a status of the caller's, or becomes an
// object that can be stored and comes back the same.
func FuzzDecode(f *testing.F) {
	apis := make([]*API, len(fuzzed))
	for i, of := range fuzzed {
		apis[i] = load(f, of.service)
		for _, seed := range of.seeds {
			f.Add(uint8(i), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		of := fuzzed[int(which)%len(fuzzed)]
		api := apis[int(which)%len(fuzzed)]
		u, err := url.Parse(of.path)
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{Method: of.method, URL: u, Header: of.header}
		in, err := api.Spoken(r).Decode(of.operation, r, body)
		var refused *Error
		switch {
		case errors.As(err, &refused):
			if refused.Status < 400 || refused.Status > 499 || !utf8.ValidString(refused.Code) {
				t.Errorf("%+v", refused)
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		stored, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var again Object
		if err := json.Unmarshal(stored, &again); err != nil || strings.ToValidUTF8(string(body), "") == string(body) && of.service != "bedrock-agent" && of.service != "cloudwatch" && !reflect.DeepEqual(again, in) {
			t.Errorf("%#v became %#v: %v", in, again, err)
		}
	})
}

// FuzzMatch: no path or query upsets the routes, and what is found can be bound.
func FuzzMatch(f *testing.F) {
	api := load(f, "s3")
	for _, path := range []string{"/", "/b", "/b/k", "/b/%2F/%zz", "//", "/b?acl", "/b?list-type=2&x-id=ListObjectsV2", "/b/k?uploadId=u&partNumber=1", "/b?=", "?"} {
		f.Add("GET", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		u, err := url.Parse(path)
		if err != nil {
			return
		}
		r := &http.Request{Method: method, URL: u, Header: http.Header{}}
		operation, ok := api.Match(r)
		if !ok {
			return
		}
		if _, fits := api.routes.route(operation, method).bind(strings.Split(u.EscapedPath(), "/")); !fits {
			t.Errorf("%s %s is found to be %s, but does not fit", method, path, operation)
		}
	})
}

// FuzzStored: what is no stored object is refused, and what is one keeps its form.
func FuzzStored(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"b":1.0,"c":{"$:time":"2026-01-02T03:04:05Z"},"d":{"$:blob":"AAE="},"$:$:time":"x","e":[null,{}]}`, `{"a":{"$:time":1}}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var o Object
		if err := json.Unmarshal(text, &o); err != nil {
			return
		}
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var again Object
		if err := json.Unmarshal(b, &again); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if c, err := json.Marshal(again); err != nil || string(c) != string(b) {
			t.Errorf("%s became %s: %v", b, c, err)
		}
	})
}
