package kms

import (
	"path/filepath"
	"testing"
)

// TestSealer: what another part sealed opens after a restart and after a new root key, for
// its purpose only.
func TestSealer(t *testing.T) {
	store := &Memory{}
	open := func(root string) *Service {
		t.Helper()
		r, err := RootFile(filepath.Join(t.TempDir(), root), true)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), Options{Store: store, Root: r})
		if err != nil {
			t.Fatal(err)
		}
		next, err := NewRoot([]byte("the root key of the next opening"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Rewrap(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := open("first")
	aead, err := first.Sealer("iam")
	if err != nil {
		t.Fatal(err)
	}
	sealed := aead.Seal(nil, nil, []byte("secret"), []byte("place"))

	next, _ := NewRoot([]byte("the root key of the next opening"))
	second, err := Open(t.Context(), Options{Store: store, Root: next})
	if err != nil {
		t.Fatal(err)
	}
	opens := func(s *Service, purpose string) bool {
		t.Helper()
		aead, err := s.Sealer(purpose)
		if err != nil {
			t.Fatal(err)
		}
		b, err := aead.Open(nil, nil, sealed, []byte("place"))
		return err == nil && string(b) == "secret"
	}
	if !opens(first, "iam") || !opens(second, "iam") {
		t.Error("it does not open again")
	}
	if opens(second, "ia") || opens(second, "") {
		t.Error("it opens for another purpose")
	}
	unsealed, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if opens(unsealed, "iam") {
		t.Error("it opens without the root key")
	}
}
