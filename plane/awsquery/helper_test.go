package awsquery

import (
	"errors"
	"net/url"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

func sts(t testing.TB) *Service { return must(t)(STS()) }
func iam(t testing.TB) *Service { return must(t)(IAM()) }

func must(t testing.TB) func(*Service, error) *Service {
	return func(s *Service, err error) *Service {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func service(t testing.TB, name string) *Service {
	m, err := model.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return must(t)(New(m, Observed{}))
}

func newDecoder[I any](t testing.TB, s *Service, operation string) *Decoder[I] {
	t.Helper()
	d, err := NewDecoder[I](s, operation)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newEncoder[O any](t testing.TB, s *Service, operation string) *Encoder[O] {
	t.Helper()
	e, err := NewEncoder[O](s, operation)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// form encodes pairs of names and texts, in their order.
func form(pairs ...string) []byte {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1])...)
	}
	return b
}

// refused returns the code and message of a refusal; both are empty for none.
func refused(t testing.TB, err error) (code, message string) {
	t.Helper()
	if err == nil {
		return "", ""
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%T %v", err, err)
	}
	return e.Code, e.Message
}
