package wire

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDecodeJSON(t *testing.T) {
	for name, c := range map[string]struct {
		service, operation, method, target, body string
		want                                     Object
	}{
		"labels and body": {
			"bedrock-agent", "UpdatePrompt", "PUT", "/prompts/ABCDEFGHIJ/", `{"name":"n","description":null,"variants":[{"name":"a","templateType":"TEXT","templateConfiguration":{"text":{"text":"t"}},"inferenceConfiguration":{"text":{"temperature":1,"maxTokens":5}}}]}`,
			Object{"promptIdentifier": "ABCDEFGHIJ", "name": "n", "variants": []any{Object{
				"name": "a", "templateType": "TEXT", "templateConfiguration": Object{"text": Object{"text": "t"}}, "inferenceConfiguration": Object{"text": Object{"temperature": 1.0, "maxTokens": int64(5)}},
			}}},
		},
		"parameters": {
			"bedrock", "ListGuardrails", "GET", "/guardrails?maxResults=5&guardrailIdentifier=abcdefgh1234", "",
			Object{"maxResults": int64(5), "guardrailIdentifier": "abcdefgh1234"},
		},
		"a list of parameters": {"lambda", "UntagResource", "DELETE", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af?tagKeys=a&tagKeys=b", "", Object{"Resource": "arn:aws:lambda:eu-west-1:111122223333:function:f", "TagKeys": []any{"a", "b"}}},
		"rpc": {
			"dynamodb", "GetItem", "POST", "/", `{"TableName":"t","Key":{"id":{"B":"AAE="},"n":{"N":"1"}}}`,
			Object{"TableName": "t", "Key": Object{"id": Object{"B": []byte{0, 1}}, "n": Object{"N": "1"}}},
		},
		"time": {"cloudtrail", "LookupEvents", "POST", "/", `{"StartTime":1767323045.678}`, Object{"StartTime": time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)}},
	} {
		r := request(t, c.method, c.target)
		if got, err := load(t, c.service).Decode(c.operation, r, []byte(c.body)); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v: %v", name, got, err)
		}
	}
}

func TestRefuseJSON(t *testing.T) {
	for body, want := range map[string]string{
		`{`:                     "SerializationException",
		`{} {}`:                 "SerializationException",
		`[]`:                    "SerializationException: Expected null",
		`{"TableName":1}`:       "SerializationException: NUMBER_VALUE can not be converted to a String",
		`{"TableName":["t"]}`:   "SerializationException: Start of list found where not expected",
		`{"TableName":{"a":1}}`: "SerializationException: Start of structure or map found where not expected.",
		`{"TableName":true}`:    "SerializationException: TRUE_VALUE can not be converted to a String",
		`{"TableNmae":"t"}`:     `ValidationException: unknown member "TableNmae" of DescribeTableInput; the local plane knows the API as of its model`,
		`{}`:                    "ValidationException: 1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null",
		`{"TableName":""}`:      "ValidationException: 1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
		`{"TableName":null}`:    "ValidationException: 1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null",
	} {
		_, err := load(t, "dynamodb").Decode("DescribeTable", request(t, "POST", "/"), []byte(body))
		if got := said(t, err); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func TestEncodeJSON(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	for name, c := range map[string]struct {
		service, operation string
		out                Object
		status             int
		kind, body         string
	}{
		"rest": {
			"bedrock", "CreateGuardrail", Object{"guardrailId": "a", "createdAt": at, "unknown": 1},
			http.StatusAccepted, "application/json", `{"guardrailId":"a","createdAt":"2026-01-02T03:04:05.678Z"}`,
		},
		"rpc": {
			"dynamodb", "DescribeTable", Object{"Table": Object{"CreationDateTime": at, "ItemCount": int64(3)}},
			200, "application/x-amz-json-1.0", `{"Table":{"CreationDateTime":1767323045.678,"ItemCount":3}}`,
		},
		"no output": {"sqs", "DeleteQueue", nil, 200, "application/x-amz-json-1.0", ""},
	} {
		m, err := load(t, c.service).Encode(c.operation, c.out, "id")
		if err != nil || m.Status != c.status || string(m.Body) != c.body || m.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s: %+v %v", name, m, err)
			continue
		}
		if got := m.Header["x-amzn-RequestId"]; !reflect.DeepEqual(got, []string{"id"}) {
			t.Errorf("%s: %v", name, m.Header)
		}
	}
}

func TestErrorsInJSON(t *testing.T) {
	for name, c := range map[string]struct {
		service, operation string
		e                  *Error
		members            Object
		status             int
		kind, query, body  string
	}{
		"rest":  {"bedrock", "GetGuardrail", &Error{0, "ResourceNotFoundException", "no"}, Object{"a": "b"}, 404, "ResourceNotFoundException", "", `{"message":"no","a":"b"}`},
		"rpc":   {"dynamodb", "GetItem", &Error{0, "ResourceNotFoundException", "no"}, nil, 400, "", "", `{"__type":"ResourceNotFoundException","message":"no"}`},
		"bare":  {"dynamodb", "GetItem", &Error{0, "InternalFailure", ""}, nil, 400, "", "", `{"__type":"InternalFailure"}`},
		"sqs":   {"sqs", "GetQueueUrl", &Error{0, "QueueDoesNotExist", "no"}, nil, 400, "", "QueueDoesNotExist;Sender", `{"__type":"QueueDoesNotExist","message":"no"}`},
		"twice": {"bedrock", "GetGuardrail", &Error{0, "ResourceNotFoundException", "no"}, Object{"message": "other"}, 404, "ResourceNotFoundException", "", `{"message":"no"}`},
	} {
		m := load(t, c.service).EncodeError(c.operation, c.e, c.members, "id")
		if m.Status != c.status || string(m.Body) != c.body || m.Header.Get("X-Amzn-ErrorType") != c.kind || m.Header.Get("X-Amzn-Query-Error") != c.query {
			t.Errorf("%s: %d %s %v", name, m.Status, m.Body, m.Header)
		}
	}
}

// TestSizesOfLists: lists are counted, and the list itself is told.
func TestSizesOfLists(t *testing.T) {
	api := load(t, "bedrock")
	_, err := api.Read("UntagResource", []byte(`{"resourceARN": "arn:aws:bedrock:eu-west-1:111122223333:guardrail/abcdefghijkl", "tagKeys": [`+strings.Repeat(`"a", `, 200)+`"a"]}`))
	if got := said(t, err); !strings.HasPrefix(got, "ValidationException: 1 validation error detected: Value '[a, a, ") || !strings.HasSuffix(got, "at 'tagKeys' failed to satisfy constraint: Member must have length less than or equal to 200") {
		t.Error(got)
	}
}
