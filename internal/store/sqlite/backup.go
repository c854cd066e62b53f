package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/bedlock/bedlock/kms"
)

// Backup writes the store as it is at one moment to a new file, while commits go on. The
// file appears when it is whole, checked and on disk. It is a store of its own: [Restore]
// puts it in its place.
func (s *Store) Backup(ctx context.Context, to string) error {
	if err := s.backup(ctx, to); err != nil {
		return fmt.Errorf("back up store %s to %s: %w", s.path, to, err)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, to string) error {
	if exists(to) {
		return os.ErrExist
	}
	return prepared(ctx, to, func(temporary string) error {
		// VACUUM copies records and not pages, so nothing comes along that was deleted.
		if _, err := s.db.ExecContext(ctx, "VACUUM INTO ?", temporary); err != nil {
			return explained(err)
		}
		return stopped(ctx, temporary)
	})
}

// stopped notes in a copy of an open store that it has no log.
func stopped(ctx context.Context, path string) (err error) {
	db, err := connect(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "UPDATE store SET running = 0")
	return explained(err)
}

// Restore makes a store at path from a backup, which it checks. Nothing may be there yet.
func Restore(ctx context.Context, backup, path string) error {
	if err := restore(ctx, backup, path); err != nil {
		return fmt.Errorf("restore store %s from %s: %w", path, backup, err)
	}
	return nil
}

func restore(ctx context.Context, backup, path string) (err error) {
	if path, err = target(path); err != nil {
		return err
	}
	l, err := acquire(path + ".lock")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	for _, suffix := range []string{"", "-wal"} {
		if exists(path + suffix) {
			return fmt.Errorf("%s%s is there; move the old store away first", path, suffix)
		}
	}
	if err := prepared(ctx, path, func(temporary string) error { return copyFile(backup, temporary) }); err != nil {
		return err
	}
	// What was acknowledged is no measure for a store that is older on purpose.
	l.mark = mark{}
	return errors.Join(l.file.Truncate(0), l.file.Sync())
}

// prepared lets f write a store into a temporary file, checks it, and makes it appear as
// path.
func prepared(ctx context.Context, path string, f func(temporary string) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	temporary := file.Name()
	defer func() {
		if err != nil {
			err = errors.Join(err, remove(temporary))
		}
	}()
	if err := file.Close(); err != nil {
		return err
	}
	if err := f(temporary); err != nil {
		return err
	}
	if err := verify(ctx, temporary); err != nil {
		return err
	}
	return publish(temporary, path)
}

// verify reads a store that is not open in full.
func verify(ctx context.Context, path string) (err error) {
	if err := checkFile(path, false); err != nil {
		return err
	}
	db, err := connect(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	about, err := inspect(ctx, db)
	if err != nil {
		return err
	}
	if err := (mark{}).check(about, false, ""); err != nil {
		return err
	}
	return load(ctx, db, func(kms.Record) error { return nil })
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
