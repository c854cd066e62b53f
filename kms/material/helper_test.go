package material

import (
	"encoding/hex"
	"errors"
	"sync"
	"testing"
)

// made holds one key of every spec: RSA_4096 alone takes seconds.
var made = func() map[Spec]func() (*Material, error) {
	m := map[Spec]func() (*Material, error){}
	for _, i := range Specs() {
		m[i.Spec] = sync.OnceValues(func() (*Material, error) { return Generate(i.Spec) })
	}
	return m
}()

func keyOf(t testing.TB, s Spec) *Material {
	t.Helper()
	m, err := made[s]()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func parse(t testing.TB, s Spec, b []byte) *Material {
	t.Helper()
	m, err := Parse(s, b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantError asserts kind and message of an error of the API.
func wantError(t testing.TB, err error, k Kind, message string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != k || e.Message != message {
		t.Errorf("error is %v, want %s: %q", err, k, message)
	}
	if !errors.Is(err, k) {
		t.Errorf("errors.Is(%v, %v) is false", err, k)
	}
}

func not[T any](_ T, err error) error { return err }
