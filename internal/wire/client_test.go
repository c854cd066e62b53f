package wire

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
		if name, ok := a.Match(r); !ok || name != c.operation {
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
		{"sts", "GetCallerIdentity", Object{}, "wire request sts GetCallerIdentity: the protocol query is not written"},
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
	if _, err = a.Answer("ListBlueprints", 200, nil, []byte(`{"blueprints":7}`)); err == nil || err.Error() != "wire answer bedrock-data-automation ListBlueprints: SerializationException: Expected list or null" {
		t.Errorf("a number for a list: %v", err)
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
