package localtest

import (
	"errors"
	"regexp"
	"testing"
)

// Must returns the value of a call that must work: Must(client.Get(…))(t).
func Must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// requestID is how services quote the ids of requests to KMS.
var requestID = regexp.MustCompile(`Request ID: [0-9a-f-]{36}`)

// Refused wants an error of an SDK with exactly a code and a message, in which "Request ID: ID"
// stands for every id.
func Refused(t testing.TB, err error, code, message string) {
	t.Helper()
	var e interface { // that of every SDK error
		error
		ErrorCode() string
		ErrorMessage() string
	}
	if !errors.As(err, &e) || e.ErrorCode() != code || requestID.ReplaceAllString(e.ErrorMessage(), "Request ID: ID") != message {
		t.Errorf("got %v\nwant %s: %s", err, code, message)
	}
}
