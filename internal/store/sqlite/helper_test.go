package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bedlock/bedlock/kms"
)

// fresh is the path of a store that does not exist yet.
func fresh(t testing.TB) string { return filepath.Join(t.TempDir(), "kms.db") }

func opened(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func closed(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func put(kind kms.Kind, id, value string) kms.Record {
	return kms.Record{Kind: kind, ID: id, Value: []byte(value)}
}

func committed(t testing.TB, s *Store, records ...kms.Record) {
	t.Helper()
	if err := s.Commit(t.Context(), records); err != nil {
		t.Fatal(err)
	}
}

// contents are the records of a store as "kind id" to value.
func contents(s kms.Store) (map[string]string, error) {
	got := map[string]string{}
	err := s.Load(context.Background(), func(r kms.Record) error {
		got[string(r.Kind)+" "+r.ID] = string(r.Value)
		return nil
	})
	return got, err
}

// holds checks that the store has these records.
func holds(t testing.TB, s kms.Store, want map[string]string) {
	t.Helper()
	got, err := contents(s)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Fatalf("store holds %d records %.300v, want %d records %.300v", len(got), got, len(want), want)
	}
}

// filled is a closed store with n records, and what it holds.
func filled(t testing.TB, n int) (string, map[string]string) {
	t.Helper()
	path := fresh(t)
	s := opened(t, path)
	want := map[string]string{}
	var records []kms.Record
	for i := range n {
		value := bytes.Repeat(fmt.Appendf(nil, "value %d ", i), 1+i%300)
		records = append(records, kms.Record{Kind: kms.KindKey, ID: fmt.Sprint(i), Value: value})
		want["key "+fmt.Sprint(i)] = string(value)
	}
	committed(t, s, records...)
	closed(t, s)
	return path, want
}

// copied copies a store with these of its files into a new folder; what kill -9 leaves of an
// open store is a copy with all of them.
func copied(t testing.TB, path string, suffixes ...string) string {
	t.Helper()
	to := fresh(t)
	for _, suffix := range suffixes {
		b, err := os.ReadFile(path + suffix)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		write(t, to+suffix, b)
	}
	return to
}

// whole are the suffixes of what belongs to a store.
func whole() []string { return []string{"", "-wal", ".lock"} }

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// refused checks that a store does not open, with an error of a kind and a text, and that
// the attempt leaves the file as it was and nothing beside it but the lock.
func refused(t testing.TB, path string, kind error, text string) {
	t.Helper()
	before, missing := os.ReadFile(path)
	beside := names(t, filepath.Dir(path))
	s, err := Open(t.Context(), path)
	if err == nil {
		s.Close()
		t.Fatalf("the store opens, want: %s", text)
	}
	if want := fmt.Sprintf("open store %s: %s", path, text); err.Error() != want {
		t.Errorf("error is\n%s\nwant\n%s", err, want)
	}
	if !errors.Is(err, kind) {
		t.Errorf("the error is not of the kind %q: %v", kind, err)
	}
	after, missingNow := os.ReadFile(path)
	if !bytes.Equal(before, after) || errors.Is(missing, os.ErrNotExist) != errors.Is(missingNow, os.ErrNotExist) {
		t.Errorf("the attempt to open has changed the file")
	}
	for _, name := range names(t, filepath.Dir(path)) {
		if !slices.Contains(beside, name) && name != filepath.Base(path)+".lock" {
			t.Errorf("the attempt to open left %s", name)
		}
	}
}

func names(t testing.TB, folder string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
