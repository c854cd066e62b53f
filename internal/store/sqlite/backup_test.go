package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

// TestBackupWhileCommitting: what the backup holds is the store between two commits, and
// nothing that was acknowledged before it began is missing.
func TestBackupWhileCommitting(t *testing.T) {
	s := opened(t, fresh(t))
	for w := range workers {
		committed(t, s, step(w, 1)...)
	}
	ctx, cancel := context.WithCancel(t.Context())
	acknowledged := make([]int, workers)
	var mu sync.Mutex
	var all sync.WaitGroup
	for w := range workers {
		acknowledged[w] = 1
		all.Go(func() {
			for n := 2; ctx.Err() == nil; n++ {
				if err := s.Commit(context.Background(), step(w, n)); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged[w] = n
				mu.Unlock()
			}
		})
	}
	folder := t.TempDir()
	const backups = 5
	var least [backups][]int
	for i := range backups {
		mu.Lock()
		least[i] = append(least[i], acknowledged...)
		mu.Unlock()
		if err := s.Backup(t.Context(), filepath.Join(folder, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	all.Wait()
	if got := names(t, folder); len(got) != backups {
		t.Errorf("the folder of %d backups holds %q", backups, got)
	}
	for i := range backups {
		path := fresh(t)
		if err := Restore(t.Context(), filepath.Join(folder, fmt.Sprint(i)), path); err != nil {
			t.Fatal(err)
		}
		restored := opened(t, path)
		got, err := contents(restored)
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := state(got)
		if err != nil {
			t.Errorf("backup %d: %v", i, err)
		}
		for w, n := range numbers {
			if n < least[i][w] {
				t.Errorf("backup %d: worker %d is at %d, but %d was acknowledged before it", i, w, n, least[i][w])
			}
		}
		committed(t, restored, step(0, numbers[0]+1)...)
		closed(t, restored)
	}
}

func TestBackupAppearsWholeOrNotAtAll(t *testing.T) {
	s := opened(t, fresh(t))
	committed(t, s, put(kms.KindKey, "a", "1"))
	folder := t.TempDir()
	to := filepath.Join(folder, "backup.db")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Backup(cancelled, to)
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), fmt.Sprintf("back up store %s to %s: ", s.path, to)) {
		t.Errorf("error is %v", err)
	}
	if got := names(t, folder); len(got) != 0 {
		t.Errorf("a cancelled backup leaves %q", got)
	}
	write(t, to, []byte("something else"))
	if err := s.Backup(t.Context(), to); !errors.Is(err, os.ErrExist) {
		t.Errorf("error is %v, want that the file exists", err)
	}
	if err := s.Backup(t.Context(), s.path); !errors.Is(err, os.ErrExist) {
		t.Errorf("over the store itself: error is %v", err)
	}
	if got := string(read(t, to)); got != "something else" {
		t.Errorf("the file is now %q", got)
	}
	if err := s.Backup(t.Context(), filepath.Join(folder, "missing", "backup.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v, want that the folder does not exist", err)
	}
	holds(t, s, map[string]string{"key a": "1"})
	closed(t, s)
	if err := s.Backup(t.Context(), filepath.Join(folder, "late.db")); err == nil {
		t.Error("a closed store can be backed up")
	}
}

// TestBackupHoldsNothingDeleted looks for a deleted value in the bytes of the files.
func TestBackupHoldsNothingDeleted(t *testing.T) {
	s := opened(t, fresh(t))
	secret := strings.Repeat("deleted material ", 20)
	committed(t, s, put(kms.KindMaterial, "m", secret), put(kms.KindKey, "k", "1"))
	committed(t, s, kms.Record{Kind: kms.KindMaterial, ID: "m"})
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	for _, path := range []string{backup, s.path} {
		if strings.Contains(string(read(t, path)), "deleted material") {
			t.Errorf("%s still holds the value", filepath.Base(path))
		}
	}
}

func TestRestore(t *testing.T) {
	s := opened(t, fresh(t))
	committed(t, s, put(kms.KindKey, "a", "1"))
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	committed(t, s, put(kms.KindKey, "a", "2"))

	if err := Restore(t.Context(), backup, s.path); !errors.Is(err, store.ErrInUse) {
		t.Errorf("over an open store: error is %v", err)
	}
	closed(t, s)
	err := Restore(t.Context(), backup, s.path)
	if want := fmt.Sprintf("restore store %s from %s: %s is there; move the old store away first", s.path, backup, s.path); err == nil || err.Error() != want {
		t.Errorf("over a store: error is %v, want %s", err, want)
	}
	holds(t, opened(t, copied(t, s.path, whole()...)), map[string]string{"key a": "2"})

	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	write(t, s.path+"-wal", []byte("the log of another store"))
	err = Restore(t.Context(), backup, s.path)
	if want := fmt.Sprintf("restore store %s from %s: %s-wal is there; move the old store away first", s.path, backup, s.path); err == nil || err.Error() != want {
		t.Errorf("beside a log: error is %v, want %s", err, want)
	}
	if err := os.Remove(s.path + "-wal"); err != nil {
		t.Fatal(err)
	}
	// The lock file still knows of two commits; the backup has one, and that is meant so.
	if err := Restore(t.Context(), backup, s.path); err != nil {
		t.Fatal(err)
	}
	restored := opened(t, s.path)
	holds(t, restored, map[string]string{"key a": "1"})
	committed(t, restored, put(kms.KindKey, "a", "3"))
	closed(t, restored)
	holds(t, opened(t, s.path), map[string]string{"key a": "3"})
}

// TestRestoreRefusesDamagedBackups, and leaves nothing behind.
func TestRestoreRefusesDamagedBackups(t *testing.T) {
	path, want := filled(t, 60)
	good := read(t, path)
	flipped := append([]byte{}, good...)
	flipped[len(flipped)-100] ^= 1
	open := opened(t, fresh(t))
	committed(t, open, put(kms.KindKey, "a", "1"))
	for name, c := range map[string]struct {
		bytes []byte
		text  string
	}{
		"cut off": {good[:len(good)/2], "the file is cut off"},
		"empty":   {nil, "the file is empty"},
		"flipped": {flipped, "damaged: record key"},
		"running": {read(t, open.path), "the file was copied while it was open"},
	} {
		t.Run(name, func(t *testing.T) {
			backup, to := fresh(t), fresh(t)
			write(t, backup, c.bytes)
			err := Restore(t.Context(), backup, to)
			if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error is %v, want %s", err, c.text)
			}
			if got := names(t, filepath.Dir(to)); fmt.Sprint(got) != "[kms.db.lock]" {
				t.Errorf("it leaves %q", got)
			}
			if got := names(t, filepath.Dir(backup)); fmt.Sprint(got) != "[kms.db]" {
				t.Errorf("beside the backup it leaves %q", got)
			}
		})
	}
	to := fresh(t)
	if err := Restore(t.Context(), filepath.Join(t.TempDir(), "missing"), to); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
	if err := Restore(t.Context(), path, to); err != nil {
		t.Fatal(err)
	}
	got, err := contents(opened(t, to))
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("restored %d records, want %d; %v", len(got), len(want), err)
	}
}
