package iam

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"testing"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/internal/store/sqlite"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
)

const (
	home   = "111122223333"
	abroad = "444455556666"

	adminKey    = "AKIAADMINADMINADMIN1"
	adminSecret = "secret-of-the-admin"
)

// allowing is a policy of one statement.
func allowing(actions string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":` + actions + `,"Resource":"*"}]}`
}

const everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`

func testSeal(t testing.TB) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

// sqliteStore is the part of a store in a file that is iam's.
func sqliteStore(t testing.TB, path string) (part, whole kms.Store) {
	t.Helper()
	whole, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return store.Part(whole, "iam"), whole
}

func open(t testing.TB, o Options) *Service {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refusedAs asserts the code and message of a refusal in the Go API.
func refusedAs(t *testing.T, err error, code, message string) {
	t.Helper()
	var e *plane.Error
	if !errors.As(err, &e) || e.Code != code || e.Message != message {
		t.Errorf("%v, want %s: %s", err, code, message)
	}
}
