package wire

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
)

// load is the API of a service.
func load(t testing.TB, service string) *API {
	t.Helper()
	api, err := Load(service, Observed{})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// request is one without a body.
func request(t testing.TB, method, target string, header ...string) *http.Request {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	r := &http.Request{Method: method, URL: u, Header: http.Header{}}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// said is the text of an error of this package.
func said(t testing.TB, err error) string {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%v is no refusal", err)
		return ""
	}
	return e.Error()
}
