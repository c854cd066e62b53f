package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

const pageSize = 4096

// TestTruncated cuts a store at every page boundary, and beside it.
func TestTruncated(t *testing.T) {
	path, want := filled(t, 150)
	b := read(t, path)
	pages := len(b) / pageSize
	if len(b)%pageSize != 0 || pages < 40 {
		t.Fatalf("the store has %d bytes, want some 40 pages of %d", len(b), pageSize)
	}
	for n := range pages {
		for _, size := range []int{n*pageSize - 1, n * pageSize, n*pageSize + 1, n*pageSize + pageSize/2} {
			if size < 0 {
				continue
			}
			cut := fresh(t)
			write(t, cut, b[:size])
			text := fmt.Sprintf("damaged: the file is cut off: %d of its %d pages are left", size/pageSize, pages)
			switch {
			case size == 0:
				text = "damaged: the file is empty, which no store ever is"
			case size < headerSize:
				text = fmt.Sprintf("damaged: the file is cut off after %d bytes", size)
			}
			refused(t, cut, store.ErrDamaged, text)
		}
	}
	back := fresh(t)
	write(t, back, b)
	holds(t, opened(t, back), want)
}

// TestTruncatedLog cuts the log of a store whose process was killed, at every frame. While
// the lock file is there, no acknowledged commit is lost silently. Without it a log that
// ends early cannot be told from one whose last commits never came; but a commit is there
// whole or not at all.
func TestTruncatedLog(t *testing.T) {
	const commits = 12
	s := opened(t, fresh(t))
	states := []map[string]string{{}}
	for i := range commits {
		id := fmt.Sprint(i)
		committed(t, s, put(kms.KindKey, id, strings.Repeat("k", 3000)), put(kms.KindMaterial, id, "m"))
		next := maps.Clone(states[i])
		next["key "+id], next["material "+id] = strings.Repeat("k", 3000), "m"
		states = append(states, next)
	}
	crash := copied(t, s.path, whole()...)
	log := read(t, crash+"-wal")
	// Source: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
	const logHeader, frame = 32, 24 + pageSize
	last := 0
	for size := logHeader; size <= len(log); size += frame {
		cut := copied(t, crash, "", ".lock")
		write(t, cut+"-wal", log[:size])
		s, err := Open(t.Context(), cut)
		if err != nil {
			if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), fmt.Sprintf("commits, but %d were acknowledged", commits)) {
				t.Fatalf("log cut at %d of %d bytes: %v", size, len(log), err)
			}
		} else {
			holds(t, s, states[commits])
			closed(t, s)
		}
		moved := copied(t, cut, "", "-wal")
		write(t, moved+"-wal", log[:size])
		free, err := Open(t.Context(), moved)
		if err != nil {
			t.Fatalf("log cut at %d of %d bytes, without the lock file: %v", size, len(log), err)
		}
		got, err := contents(free)
		closed(t, free)
		if err != nil {
			t.Fatal(err)
		}
		for last < commits && !maps.Equal(got, states[last]) {
			last++
		}
		if !maps.Equal(got, states[last]) {
			t.Fatalf("log cut at %d of %d bytes: half of a commit is there: %d records", size, len(log), len(got))
		}
	}
	if last != commits {
		t.Errorf("the whole log holds %d of %d commits", last, commits)
	}
}

// unlocked reads a store as Open and Load do, without what they write.
func unlocked(t *testing.T, path string) (map[string]string, error) {
	t.Helper()
	if err := checkFile(path, false); err != nil {
		return nil, err
	}
	db, err := connect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := inspect(t.Context(), db); err != nil {
		return nil, err
	}
	got := map[string]string{}
	err = load(t.Context(), db, func(r kms.Record) error {
		got[string(r.Kind)+" "+r.ID] = string(r.Value)
		return nil
	})
	return got, err
}

// TestFlippedBits changes bits anywhere in a store: it does not open, or does not load, or
// holds exactly what it held. Without quick_check it would fail.
func TestFlippedBits(t *testing.T) {
	path, want := filled(t, 60)
	b := read(t, path)
	random := rand.New(rand.NewPCG(4, 4))
	flipped := fresh(t)
	found := 0
	const rounds = 1500
	for range rounds {
		at := random.IntN(len(b))
		if random.IntN(3) == 0 { // the headers of pages are where it hurts
			at = at/pageSize*pageSize + random.IntN(120)
		}
		bit := byte(1) << random.IntN(8)
		b[at] ^= bit
		if err := remove(flipped); err != nil {
			t.Fatal(err)
		}
		write(t, flipped, b)
		b[at] ^= bit
		got, err := unlocked(t, flipped)
		if err != nil {
			found++
			if !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrForeign) {
				t.Errorf("bit %08b of byte %d: the error is of no kind: %v", bit, at, err)
			}
			continue
		}
		if !maps.Equal(got, want) {
			t.Errorf("bit %08b of byte %d: the store opens and holds other records", bit, at)
		}
	}
	if found < rounds/3 {
		t.Errorf("%d of %d damaged files are refused; the rest would be unused space, which is not so much", found, rounds)
	}
}

func TestDamagedRecordIsNamed(t *testing.T) {
	for change, record := range map[string]string{
		"UPDATE record SET value = x'00' WHERE id = '7'":                                     "key 7",
		"UPDATE record SET id = 'x7' WHERE id = '7'":                                         "key x7",
		"UPDATE record SET kind = 'alias' WHERE id = '7'":                                    "alias 7",
		"UPDATE record SET value = (SELECT value FROM record WHERE id = '8') WHERE id = '7'": "key 7",
		"UPDATE record SET sum = sum + 1 WHERE id = '7'":                                     "key 7",
	} {
		path, _ := filled(t, 20)
		edit(t, path, change)
		s := opened(t, path)
		_, err := contents(s)
		closed(t, s)
		want := fmt.Sprintf("load store %s: damaged: record %s: its checksum is wrong", path, record)
		if err == nil || err.Error() != want {
			t.Errorf("after %s: error is %v, want %s", change, err, want)
		}
	}
}

// edit changes a closed store behind the package's back.
func edit(t testing.TB, path string, statements ...string) {
	t.Helper()
	db, err := connect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(s, err)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	path, _ := filled(t, 20)
	ours := read(t, path)
	other := append([]byte{}, ours...)
	binary.BigEndian.PutUint32(other[68:], 0)
	odd := append([]byte{}, ours...)
	binary.BigEndian.PutUint16(odd[16:], 1000)
	for name, c := range map[string]struct {
		bytes []byte
		kind  error
		text  string
	}{
		"empty":         {nil, store.ErrDamaged, "damaged: the file is empty, which no store ever is"},
		"text":          {[]byte(strings.Repeat("keys: []\n", 100)), store.ErrForeign, "not readable by this version: it is no SQLite file"},
		"short text":    {[]byte("SQL"), store.ErrDamaged, "damaged: the file is cut off after 3 bytes"},
		"zeros":         {make([]byte, 8192), store.ErrForeign, "not readable by this version: it is no SQLite file"},
		"another's":     {other, store.ErrForeign, "not readable by this version: it is an SQLite file of another program (application id 0x00000000)"},
		"odd page size": {odd, store.ErrDamaged, "damaged: its header tells a page size of 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			path := fresh(t)
			write(t, path, c.bytes)
			refused(t, path, c.kind, c.text)
		})
	}
	t.Run("folder", func(t *testing.T) {
		path := fresh(t)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		refused(t, path, store.ErrForeign, "not readable by this version: it is no file")
	})
	t.Run("no folder", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "missing", "kms.db")
		_, err := Open(t.Context(), path)
		if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "open store "+path+": ") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("dangling link", func(t *testing.T) {
		path := fresh(t)
		if err := os.Symlink("nowhere", path); err != nil {
			t.Skip(err)
		}
		if _, err := Open(t.Context(), path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error is %v", err)
		}
	})
}

// TestPageSizes: 65536 does not fit into the two bytes of the header, and is written as 1.
// Source: https://www.sqlite.org/fileformat2.html#page_size
func TestPageSizes(t *testing.T) {
	for written, size := range map[uint16]int64{1: 65536, 512: 512, 32768: 32768} {
		header := make([]byte, headerSize)
		copy(header, magic)
		binary.BigEndian.PutUint16(header[16:], written)
		binary.BigEndian.PutUint32(header[28:], 3)
		binary.BigEndian.PutUint32(header[68:], applicationID)
		if err := checkHeader(header, 3*size, false); err != nil {
			t.Errorf("page size %d: %v", size, err)
		}
		if err := checkHeader(header, 3*size-1, false); err == nil || err.Error() != "damaged: the file is cut off: 2 of its 3 pages are left" {
			t.Errorf("page size %d: error is %v", size, err)
		}
	}
}

func TestForeignSchema(t *testing.T) {
	for name, c := range map[string]struct {
		change, text string
		kind         error
	}{
		"newer":         {"PRAGMA user_version = 2", "not readable by this version: the file has schema version 2, this program knows 1", store.ErrForeign},
		"trigger":       {"CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END", "damaged: its tables are not those of schema version 1", store.ErrDamaged},
		"index":         {"CREATE INDEX i ON record (sum)", "damaged: its tables are not those of schema version 1", store.ErrDamaged},
		"missing table": {"DROP TABLE record", "damaged: its tables are not those of schema version 1", store.ErrDamaged},
		"missing row":   {"DELETE FROM store", "damaged: the row that counts commits is missing", store.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path, _ := filled(t, 20)
			edit(t, path, c.change)
			refused(t, path, c.kind, c.text)
		})
	}
}

// TestLostStore: what was there once does not begin anew.
func TestLostStore(t *testing.T) {
	s := opened(t, fresh(t))
	committed(t, s, put(kms.KindKey, "a", "1"))
	earlier := read(t, s.path)
	committed(t, s, put(kms.KindKey, "a", "2"))
	crash := copied(t, s.path, whole()...)
	closed(t, s)

	t.Run("file", func(t *testing.T) {
		path := copied(t, s.path, ".lock")
		refused(t, path, store.ErrDamaged, fmt.Sprintf(
			"damaged: the file is missing, but %s.lock knows of 2 commits; restore a backup, or remove that file too to begin with an empty store", path))
	})
	t.Run("file but not its log", func(t *testing.T) {
		path := copied(t, crash, "-wal")
		refused(t, path, store.ErrDamaged, fmt.Sprintf("damaged: the file is missing, but its log %s-wal is there", path))
	})
	t.Run("log", func(t *testing.T) {
		path := copied(t, crash, "", ".lock")
		refused(t, path, store.ErrDamaged, fmt.Sprintf(
			"damaged: it has 0 commits, but 2 were acknowledged: the file is an older copy, or its log was cut off or removed; to go on with it as it is, remove %s.lock", path))
	})
	t.Run("log and lock", func(t *testing.T) {
		path := copied(t, crash, "")
		refused(t, path, store.ErrDamaged,
			"damaged: the file was copied while it was open, without its log (-wal), so that commits may be missing; copy both, or make a backup")
	})
	t.Run("older copy", func(t *testing.T) {
		path := copied(t, s.path, ".lock")
		write(t, path, earlier)
		refused(t, path, store.ErrDamaged, fmt.Sprintf(
			"damaged: it has 0 commits, but 2 were acknowledged: the file is an older copy, or its log was cut off or removed; to go on with it as it is, remove %s.lock", path))
	})
	t.Run("lock", func(t *testing.T) {
		holds(t, opened(t, copied(t, crash, "", "-wal")), map[string]string{"key a": "2"})
	})
	t.Run("nothing", func(t *testing.T) {
		holds(t, opened(t, copied(t, crash, whole()...)), map[string]string{"key a": "2"})
	})
	t.Run("another store in its place", func(t *testing.T) {
		other, want := filled(t, 3)
		path := copied(t, s.path, ".lock")
		write(t, path, read(t, other))
		holds(t, opened(t, path), want)
	})
}

// FuzzOpen opens arbitrary files: an error, or a store that works.
func FuzzOpen(f *testing.F) {
	path, _ := filled(f, 5)
	whole := read(f, path)
	f.Add(whole)
	f.Add(whole[:pageSize])
	f.Add([]byte(magic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		path := fresh(t)
		write(t, path, b)
		s, err := Open(t.Context(), path)
		if err != nil {
			return
		}
		defer s.Close()
		if _, err := contents(s); err != nil {
			return
		}
		if err := s.Commit(t.Context(), []kms.Record{put(kms.KindKey, "a", "1")}); err != nil {
			t.Errorf("the store opens and loads, but: %v", err)
		}
	})
}
