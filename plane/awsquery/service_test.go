package awsquery

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

// TestOperation has what was measured of STS, except for MissingAction.
func TestOperation(t *testing.T) {
	s := sts(t)
	const missing = "MissingAction: The request is missing an action or a required parameter."
	not := func(action, version string) string {
		return "InvalidAction: Could not find operation " + action + " for version " + version
	}
	for _, tt := range []struct{ form, refusal string }{
		{"Action=GetCallerIdentity&Version=2011-06-15", ""},
		{"Version=2011-06-15&&X=1&Action=GetCallerIdentity", ""},
		{"Action=GetCallerIdentity&Version=2011-06-15&Unknown=value", ""},
		{"Action=GetCallerIdentity&Action=NoSuchAction&Version=2011-06-15", ""},
		{"Action=GetCallerIdentity&Version=2011-06-15&Version=2000-01-01", ""},
		{"Version=2011-06-15&Version=2000-01-01&Action=GetCallerIdentity", ""},
		{"%41ction=GetCaller%49dentity&Version=2011%2D06-15", ""},
		{"X=%zz&Action=GetCallerIdentity&Version=2011-06-15", ""}, // refused when it is decoded
		{"Action=NoSuchAction&Version=2011-06-15", not("NoSuchAction", "2011-06-15")},
		{"Action=NoSuchAction&Action=GetCallerIdentity&Version=2011-06-15", not("NoSuchAction", "2011-06-15")},
		{"Action=GetCallerIdentity", not("GetCallerIdentity", "NO_VERSION_SPECIFIED")},
		{"Action=GetCallerIdentity&Version=", not("GetCallerIdentity", "")},
		{"Action=GetCallerIdentity&Version=2000-01-01", not("GetCallerIdentity", "2000-01-01")},
		{"Action=GetCallerIdentity&Version=2000-01-01&Version=2011-06-15", not("GetCallerIdentity", "2000-01-01")},
		{"Action=&Version=2011-06-15", not("", "2011-06-15")},
		{"Action=" + strings.Repeat("a", 200) + "&Version=2011-06-15", not(strings.Repeat("a", 128), "2011-06-15")},
		{"Version=2011-06-15", missing},
		{"action=GetCallerIdentity&Version=2011-06-15", missing},
		{"", missing},
	} {
		operation, ok := s.Operation([]byte(tt.form))
		switch {
		case tt.refusal == "" && (!ok || operation != "GetCallerIdentity"):
			t.Errorf("%s: %q %t", tt.form, operation, ok)
		case tt.refusal != "":
			if refusal := s.Refuse([]byte(tt.form)); ok || operation != "" || refusal.Error() != tt.refusal || refusal.Status() != 400 {
				t.Errorf("%s: %q %t, %v", tt.form, operation, ok, refusal)
			}
		}
	}
}

func TestAppendError(t *testing.T) {
	want := func(namespace, kind, rest string) string {
		return "<ErrorResponse xmlns=\"" + namespace + "\">\n  <Error>\n    <Type>" + kind + "</Type>\n" + rest + "  </Error>\n  <RequestId>id-1</RequestId>\n</ErrorResponse>\n"
	}
	const own, fault = "https://sts.amazonaws.com/doc/2011-06-15/", "http://webservices.amazon.com/AWSFault/2005-15-09"
	for _, tt := range []struct{ code, message, want string }{
		// Measured of STS.
		{ValidationError, "1 < 2", want(own, "Sender", "    <Code>ValidationError</Code>\n    <Message>1 &lt; 2</Message>\n")},
		{MalformedInput, "", want(own, "Sender", "    <Code>MalformedInput</Code>\n")},
		{"InvalidClientTokenId", "The security token included in the request is invalid.", want(own, "Sender", "    <Code>InvalidClientTokenId</Code>\n    <Message>The security token included in the request is invalid.</Message>\n")},
		{InvalidAction, "m", want(fault, "Sender", "    <Code>InvalidAction</Code>\n    <Message>m</Message>\n")},
		{MissingAction, "m", want(fault, "Sender", "    <Code>MissingAction</Code>\n    <Message>m</Message>\n")},
		{"InternalFailure", "", want(own, "Receiver", "    <Code>InternalFailure</Code>\n")},
	} {
		if got := string(sts(t).AppendError(nil, "id-1", tt.code, tt.message)); got != tt.want {
			t.Errorf("%s\nwant %s", got, tt.want)
		}
	}
	// A fault of the model, by its code.
	if got := string(iam(t).AppendError([]byte("x"), "id", "ServiceFailure", "")); !strings.HasPrefix(got, "x<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n  <Error>\n    <Type>Receiver</Type>\n    <Code>ServiceFailure</Code>\n") {
		t.Error(got)
	}
}

func TestSetHeader(t *testing.T) {
	h := http.Header{}
	sts(t).SetHeader(h, "id-1")
	if got := fmt.Sprint(h); got != "map[Content-Type:[text/xml] x-amzn-RequestId:[id-1]]" {
		t.Error(got)
	}
}

func TestNew(t *testing.T) {
	m, err := model.Load("kms")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(m, Observed{}); err == nil || err.Error() != "awsquery service kms: protocols are [json], not query" {
		t.Error(err)
	}
	service(t, "cloudwatch") // speaks it beside others
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		err    *Error
		status int
		text   string
	}{
		{&Error{MalformedInput, ""}, 400, "MalformedInput"},
		{&Error{ValidationError, "no"}, 400, "ValidationError: no"},
		{&Error{MalformedQueryString, "no"}, 404, "MalformedQueryString: no"},
		{&Error{RequestEntityTooLarge, "no"}, 413, "RequestEntityTooLarge: no"},
	} {
		if tt.err.Status() != tt.status || tt.err.Error() != tt.text {
			t.Errorf("%d %s", tt.err.Status(), tt.err)
		}
	}
}

func TestCompileFails(t *testing.T) {
	fails := func(err error, want string) {
		t.Helper()
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	s := iam(t)
	_, err := NewDecoder[struct{}](s, "NoSuchOperation")
	fails(err, "awsquery decoder NoSuchOperation: no such operation")
	_, err = NewDecoder[struct{}](s, "CreateUser")
	fails(err, "awsquery decoder CreateUser: UserName: required, but struct {} has no field for it")
	_, err = NewEncoder[struct{}](s, "DeleteUser")
	fails(err, "awsquery encoder DeleteUser: no output")
	_, err = NewEncoder[struct{ Users []string }](s, "ListUsers")
	fails(err, "awsquery encoder ListUsers: Users[]: a structure does not fit into string")
	d := newDecoder[struct{ UserName string }](t, s, "CreateUser")
	if got := fmt.Sprint(d.Ignored(), d.Unchecked()); got != "[Path PermissionsBoundary Tags] []" {
		t.Error(got)
	}
	alias := newDecoder[struct{ AccountAlias string }](t, s, "CreateAccountAlias")
	if got := fmt.Sprint(alias.Unchecked()); got != "[accountAliasType]" {
		t.Error(got)
	}
}
