package sqlite

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"github.com/bedlock/bedlock/internal/filelock"
	"github.com/bedlock/bedlock/internal/store"
)

// lock is the file that keeps other processes out. It stays when the store is closed.
type lock struct {
	file *os.File
	mark mark
	// holder is what the file says of who holds it.
	holder string
}

// mark says how far a store is known to have got. It is written without waiting for the
// disk, after the transaction is on disk: it may be behind the store, and never before it.
type mark struct {
	store   string // its id
	commits int64
}

func acquire(path string) (*lock, error) {
	f, err := filelock.Open(path)
	if errors.Is(err, filelock.ErrHeld) {
		holder := "another process"
		if text, err := os.ReadFile(path); err == nil {
			if l, err := parseLock(text); err == nil && l.holder != free {
				holder = l.holder
			}
		}
		return nil, fmt.Errorf("%w by %s", store.ErrInUse, holder)
	}
	if err != nil {
		return nil, err
	}
	l, err := readLock(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func readLock(f *os.File) (*lock, error) {
	text := make([]byte, 1024)
	n, err := f.ReadAt(text, 0)
	if n == 0 && err != nil {
		return &lock{file: f, holder: free}, nil // new
	}
	l, err := parseLock(text[:n])
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", store.ErrDamaged, f.Name(), err)
	}
	l.file = f
	return l, nil
}

// free is the holder of a lock that nobody holds.
const free = "nobody"

var lockForm = regexp.MustCompile(`^bedlock store lock 1\nstore ([0-9a-f]{32}) commits ([0-9]{20})\nheld by ([^\n]{1,300})\n`)

func parseLock(text []byte) (*lock, error) {
	m := lockForm.FindSubmatch(text)
	if m == nil {
		return nil, errors.New("it is no lock file of a store; remove it if nobody else put it there")
	}
	commits, err := strconv.ParseInt(string(m[2]), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("its number of commits: %w", err)
	}
	return &lock{mark: mark{string(m[1]), commits}, holder: string(m[3])}, nil
}

func (l *lock) text() []byte {
	return fmt.Appendf(nil, "bedlock store lock 1\nstore %s commits %020d\nheld by %s\n", l.mark.store, l.mark.commits, l.holder)
}

// hold says who holds the lock, and of which store.
func (l *lock) hold(m mark) error {
	l.mark, l.holder = m, "process "+strconv.Itoa(os.Getpid())
	if host, err := os.Hostname(); err == nil {
		l.holder += " on " + strconv.QuoteToASCII(host)
	}
	return l.save()
}

func (l *lock) save() error {
	text := l.text()
	if _, err := l.file.WriteAt(text, 0); err != nil {
		return err
	}
	return errors.Join(l.file.Truncate(int64(len(text))), l.file.Sync())
}

// acknowledge moves the mark. The text keeps its length and is shorter than a disk sector,
// so that it is never half written. If it cannot be written, an older mark is good too.
func (l *lock) acknowledge(commits int64) {
	l.mark.commits = commits
	_, _ = l.file.WriteAt(l.text(), 0)
}

func (l *lock) release() error {
	var err error
	if l.mark.store != "" {
		l.holder = free
		err = l.save()
	}
	return errors.Join(err, l.file.Close())
}

// check finds a store that has lost commits. Without a mark of that store, it may have been
// moved here: then a store that was open must have come with its log.
func (m mark) check(a about, withLog bool, lockFile string) error {
	if m.store == a.id {
		if a.commits < m.commits {
			return fmt.Errorf("%w: it has %d commits, but %d were acknowledged: the file is an older copy, or its log was cut off or removed; to go on with it as it is, remove %s",
				store.ErrDamaged, a.commits, m.commits, lockFile)
		}
		return nil
	}
	if a.running && !withLog {
		return fmt.Errorf("%w: the file was copied while it was open, without its log (-wal), so that commits may be missing; copy both, or make a backup", store.ErrDamaged)
	}
	return nil
}
