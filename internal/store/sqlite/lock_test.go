package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

func TestSecondOpenIsRefused(t *testing.T) {
	path := fresh(t)
	s := opened(t, path)
	committed(t, s, put(kms.KindKey, "a", "1"))
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("in use by process %d on %q", os.Getpid(), host)
	refused(t, path, store.ErrInUse, text)

	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	if _, err := Open(t.Context(), link); !errors.Is(err, store.ErrInUse) {
		t.Errorf("by another name: error is %v", err)
	}
	committed(t, s, put(kms.KindKey, "a", "2"))
	closed(t, s)
	closed(t, s) // once more changes nothing
	if lock := string(read(t, path+".lock")); !strings.HasSuffix(lock, "commits 00000000000000000002\nheld by nobody\n") {
		t.Errorf("the lock of a closed store is %q", lock)
	}
	holds(t, opened(t, link), map[string]string{"key a": "2"})
}

// TestSecondWriterIsNoticed: whoever gets past the lock is noticed before it does harm.
func TestSecondWriterIsNoticed(t *testing.T) {
	path := fresh(t)
	s := opened(t, path)
	committed(t, s, put(kms.KindKey, "a", "1"))
	edit(t, path, "UPDATE store SET commits = commits + 1")
	err := s.Commit(t.Context(), []kms.Record{put(kms.KindKey, "a", "2")})
	if !errors.Is(err, store.ErrUnusable) || err.Error() != "commit to store "+path+": unusable: another process has written to the file" {
		t.Errorf("error is %v", err)
	}
	if err := s.Commit(t.Context(), []kms.Record{put(kms.KindKey, "a", "2")}); !errors.Is(err, store.ErrUnusable) {
		t.Errorf("the next commit returns %v", err)
	}
	holds(t, s, map[string]string{"key a": "1"})
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	s := opened(t, fresh(t))
	committed(t, s, put(kms.KindKey, "a", "1"))
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{s.path, s.path + "-wal", s.path + "-shm", s.path + ".lock", backup} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
		} else if info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, want -rw-------", filepath.Base(name), info.Mode())
		}
	}
	closed(t, s)
	if got := names(t, filepath.Dir(s.path)); len(got) != 2 {
		t.Errorf("a closed store leaves %q, want itself and its lock", got)
	}
}

func TestBadLockFile(t *testing.T) {
	path, _ := filled(t, 3)
	const text = ": it is no lock file of a store; remove it if nobody else put it there"
	for _, lock := range []string{"x", "bedlock store lock 1\n", "bedlock store lock 2\nstore 0 commits 1\nheld by nobody\n", strings.Repeat("\x00", 60)} {
		write(t, path+".lock", []byte(lock))
		refused(t, path, store.ErrDamaged, "damaged: "+path+".lock"+text)
	}
	write(t, path+".lock", fmt.Appendf(nil, "bedlock store lock 1\nstore %032x commits %s\nheld by nobody\n", 1, strings.Repeat("9", 20)))
	refused(t, path, store.ErrDamaged, fmt.Sprintf(`damaged: %s.lock: its number of commits: strconv.ParseInt: parsing "%s": value out of range`, path, strings.Repeat("9", 20)))
}

func FuzzParseLock(f *testing.F) {
	l := lock{mark: mark{strings.Repeat("0a", 16), 12}, holder: "process 4711 on \"host\""}
	f.Add(l.text())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := parseLock(b)
		if err != nil {
			return
		}
		again, err := parseLock(l.text())
		if err != nil || again.mark != l.mark || again.holder != l.holder || l.mark.commits < 0 {
			t.Errorf("%+v is written as %q, and read as %+v, %v", l, l.text(), again, err)
		}
	})
}

// TestLockTextKeepsItsLength: it is overwritten in place for every commit.
func TestLockTextKeepsItsLength(t *testing.T) {
	l := lock{mark: mark{strings.Repeat("0a", 16), 0}, holder: strings.Repeat("h", 300)}
	first := len(l.text())
	l.mark.commits = 1<<63 - 1
	if n := len(l.text()); n != first || n > 512 {
		t.Errorf("the text grows from %d to %d bytes, sectors have 512", first, n)
	}
	if !strings.Contains(string(l.text()), strconv.FormatInt(l.mark.commits, 10)) {
		t.Errorf("text is %q", l.text())
	}
}
