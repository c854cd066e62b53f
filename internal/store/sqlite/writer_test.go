package sqlite

import (
	"errors"
	"strings"
	"testing"

	sqlite "modernc.org/sqlite"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

// TestSettings: kill -9 does not show whether a commit waits for the disk, as the system
// writes what a process leaves; a machine that loses power does.
func TestSettings(t *testing.T) {
	s := opened(t, fresh(t))
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "fullfsync": "1", "checkpoint_fullfsync": "1", "secure_delete": "1", "trusted_schema": "0",
	} {
		var got string
		if err := s.writer.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s; %v", pragma, got, want, err)
		}
	}
}

// TestEmptyCommit: nothing to write is nothing to wait for.
func TestEmptyCommit(t *testing.T) {
	s := opened(t, fresh(t))
	committed(t, s)
	if s.writer.commits != 0 {
		t.Errorf("an empty commit took %d transactions", s.writer.commits)
	}
}

// TestFailedStatement: a commit of which one record cannot be written leaves none, and no
// open transaction.
func TestFailedStatement(t *testing.T) {
	s := opened(t, fresh(t))
	committed(t, s, put(kms.KindKey, "a", "1"))
	edit(t, s.path, "CREATE TRIGGER t BEFORE INSERT ON record WHEN new.id = 'bad' BEGIN SELECT RAISE(FAIL, 'refused'); END")
	err := s.Commit(t.Context(), []kms.Record{put(kms.KindKey, "b", "1"), {Kind: kms.KindKey, ID: "a"}, put(kms.KindKey, "bad", "1")})
	if err == nil || errors.Is(err, store.ErrUnusable) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error is %v", err)
	}
	holds(t, s, map[string]string{"key a": "1"})
	committed(t, s, put(kms.KindKey, "c", "1"))
	holds(t, s, map[string]string{"key a": "1", "key c": "1"})
}

// TestUncertainCommit: when COMMIT fails for anything but a full disk, nobody knows what is
// on disk, and the store stops.
func TestUncertainCommit(t *testing.T) {
	s := opened(t, fresh(t))
	committed(t, s, put(kms.KindKey, "a", "1"))
	err := s.writer.conn.Raw(func(c any) error {
		c.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 { return 1 })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := s.Commit(t.Context(), []kms.Record{put(kms.KindKey, "a", "2")})
		if !errors.Is(err, store.ErrUnusable) || !strings.HasPrefix(err.Error(), "commit to store "+s.path+": unusable until it is opened again: constraint failed") {
			t.Fatalf("error is %v", err)
		}
	}
	holds(t, s, map[string]string{"key a": "1"})
	if err := s.Close(); !errors.Is(err, store.ErrUnusable) {
		t.Errorf("close returns %v", err)
	}
	again := opened(t, s.path)
	holds(t, again, map[string]string{"key a": "1"})
	committed(t, again, put(kms.KindKey, "a", "3"))
}
