// Package sqlite keeps the records of a [kms.Store] in one SQLite file.
//
// A commit that returned nil is on disk: the write-ahead log is synchronized before. Callers
// that commit at the same time share one transaction and one wait for the disk.
//
// The store PATH consists of PATH, of PATH-wal and PATH-shm while it is open or after a
// crash, and of PATH.lock, which keeps a second process out and knows how many transactions
// were acknowledged. All have mode 0600.
//
// Open and Load read the whole file: Open its structure (PRAGMA quick_check, without which
// records could vanish unnoticed; it takes less than half the time of loading them), Load a
// checksum of each record. Open refuses a file that is cut off, that is older than what was
// acknowledged, or that was copied without its log while it was open. It cannot tell when
// the log of a store that crashed was cut off and PATH.lock is gone too. Checksums are
// against faults, not against attackers: what must not be forged is sealed by package kms.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

// Store is an open store. It is safe for concurrent use.
type Store struct {
	path string
	lock *lock
	// db has the connections that read; writer is that of the committing goroutine.
	db     *sql.DB
	writer *writer
	group  *group

	closing  sync.Once
	closeErr error
}

var _ kms.Store = (*Store)(nil)

// Open opens the store at path, and makes an empty one if there is none. The folder must
// exist. Errors are of the kinds of package store.
func Open(ctx context.Context, path string) (*Store, error) {
	s := &Store{}
	if err := s.open(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), s.release())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string) (err error) {
	if s.path, err = target(path); err != nil {
		return err
	}
	if s.lock, err = acquire(s.path + ".lock"); err != nil {
		return err
	}
	if err := s.create(ctx); err != nil {
		return err
	}
	withLog := exists(s.path + "-wal")
	if err := checkFile(s.path, withLog); err != nil {
		return err
	}
	if s.db, err = connect(s.path); err != nil {
		return err
	}
	about, err := inspect(ctx, s.db)
	if err != nil {
		return err
	}
	if err := s.lock.mark.check(about, withLog, s.lock.file.Name()); err != nil {
		return err
	}
	if err := s.lock.hold(mark{about.id, about.commits}); err != nil {
		return err
	}
	if s.writer, err = newWriter(ctx, s.db, about); err != nil {
		return err
	}
	s.group = newGroup(s.transaction)
	return nil
}

// create makes an empty store where there is none and never was.
func (s *Store) create(ctx context.Context) error {
	if exists(s.path) {
		return nil
	}
	if exists(s.path + "-wal") {
		return fmt.Errorf("%w: the file is missing, but its log %s-wal is there", store.ErrDamaged, s.path)
	}
	if m := s.lock.mark; m.commits > 0 {
		return fmt.Errorf("%w: the file is missing, but %s knows of %d commits; restore a backup, or remove that file too to begin with an empty store",
			store.ErrDamaged, s.lock.file.Name(), m.commits)
	}
	return create(ctx, s.path)
}

// Load calls f for every record.
func (s *Store) Load(ctx context.Context, f func(kms.Record) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := load(ctx, s.db, f); err != nil {
		return fmt.Errorf("load store %s: %w", s.path, err)
	}
	return nil
}

// Commit writes all records or none, and returns when they are on disk. A full disk is an
// error like others, after which the store goes on; an error of the kind ErrUnusable leaves
// it open whether the records are there, and every later commit fails.
func (s *Store) Commit(ctx context.Context, records []kms.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(records) == 0 {
		return nil
	}
	if err := s.group.commit(ctx, records); err != nil {
		return fmt.Errorf("commit to store %s: %w", s.path, err)
	}
	return nil
}

func (s *Store) transaction(batch []*commit) error {
	if err := s.writer.transaction(batch); err != nil {
		return err
	}
	s.lock.acknowledge(s.writer.commits)
	return nil
}

// Close writes what is still to be written, and frees the store for others. An error loses
// nothing that was acknowledged: the log is kept. Further calls return what the first did.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.closeErr = s.group.close()
		if s.closeErr == nil {
			s.closeErr = s.writer.finish()
		}
		if s.closeErr = errors.Join(s.closeErr, s.release()); s.closeErr != nil {
			s.closeErr = fmt.Errorf("close store %s: %w", s.path, s.closeErr)
		}
	})
	return s.closeErr
}

// release frees what open has got hold of.
func (s *Store) release() error {
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	return errors.Join(errs...)
}

// target is the file that path names, so that two names of one file have one lock.
func target(path string) (string, error) {
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return "", err
	}
	path = filepath.Join(folder, filepath.Base(path))
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return path, nil
	}
	if err != nil {
		return "", err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	if info, err = os.Stat(path); err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: it is no file", store.ErrForeign)
	}
	return path, nil
}

// settings are those of every connection. Synchronous commits are the promise of the
// package; fullfsync keeps it on macOS, where a plain fsync stops at the drive's cache;
// secure_delete overwrites what is deleted.
const settings = "mode=rw&_pragma=busy_timeout(10000)&_pragma=synchronous(full)&_pragma=fullfsync(1)&_pragma=checkpoint_fullfsync(1)" +
	"&_pragma=secure_delete(1)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)&_pragma=temp_store(memory)&_pragma=journal_size_limit(67108864)&_pragma=wal_autocheckpoint(4000)"

func connect(path string) (*sql.DB, error) {
	name := filepath.ToSlash(path)
	if name[0] != '/' {
		name = "/" + name // C:/…
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: name, RawQuery: settings}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(2)
	return db, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
