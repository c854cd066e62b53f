package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	code "modernc.org/sqlite/lib"

	"github.com/bedlock/bedlock/internal/store"
)

// writer is the connection that commits. One goroutine uses it.
type writer struct {
	conn               *sql.Conn
	put, remove, count *sql.Stmt
	// commits counts the transactions; so does the file.
	commits int64
}

// newWriter turns the log on, and notes in the file itself that a log belongs to it.
func newWriter(ctx context.Context, db *sql.DB, a about) (_ *writer, err error) {
	w := &writer{commits: a.commits}
	if w.conn, err = db.Conn(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	var mode string
	if err := w.conn.QueryRowContext(ctx, "PRAGMA journal_mode = wal").Scan(&mode); err != nil {
		return nil, explained(err)
	}
	if mode != "wal" {
		return nil, fmt.Errorf("SQLite cannot use its write-ahead log here (journal mode %s); is it a network file system?", mode)
	}
	if !a.running { // else it is noted already, and a full disk has no room for it
		if err := errors.Join(w.exec("UPDATE store SET running = 1"), w.exec("PRAGMA wal_checkpoint(TRUNCATE)")); err != nil {
			return nil, err
		}
	}
	for to, text := range map[**sql.Stmt]string{
		&w.put:    "INSERT INTO record VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum",
		&w.remove: "DELETE FROM record WHERE kind = ? AND id = ?",
		&w.count:  "UPDATE store SET commits = ? WHERE commits = ?",
	} {
		if *to, err = w.conn.PrepareContext(ctx, text); err != nil {
			return nil, explained(err)
		}
	}
	return w, nil
}

// transaction writes all commits of a batch or none.
func (w *writer) transaction(batch []*commit) error {
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := w.records(batch); err != nil {
		return w.undone(err, errors.Is(err, store.ErrDamaged))
	}
	if err := w.exec("COMMIT"); err != nil {
		// A full disk stops before the frame that commits. After other faults that frame may
		// be on disk or not: fsync does not tell, and need not fail twice.
		return w.undone(err, !is(err, code.SQLITE_FULL))
	}
	w.commits++
	return nil
}

// exec runs a statement to its end; a commit is not interrupted.
func (w *writer) exec(statement string) error {
	_, err := w.conn.ExecContext(context.Background(), statement)
	return explained(err)
}

// undone ends a transaction that failed.
func (w *writer) undone(err error, unusable bool) error {
	_ = w.exec("ROLLBACK") // SQLite may have done it already; if neither could, the next BEGIN fails
	if unusable {
		return fmt.Errorf("%w until it is opened again: %w", store.ErrUnusable, err)
	}
	return err
}

func (w *writer) records(batch []*commit) error {
	ctx := context.Background()
	for _, c := range batch {
		for _, r := range c.records {
			var err error
			if r.Value == nil {
				_, err = w.remove.ExecContext(ctx, string(r.Kind), r.ID)
			} else {
				_, err = w.put.ExecContext(ctx, string(r.Kind), r.ID, r.Value, sum(r))
			}
			if err != nil {
				return explained(err)
			}
		}
	}
	result, err := w.count.ExecContext(ctx, w.commits+1, w.commits)
	if err != nil {
		return explained(err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("%w: another process has written to the file", store.ErrUnusable), err)
	}
	return nil
}

// finish brings the log into the file, and only then notes that the file is whole.
func (w *writer) finish() error {
	for _, s := range []string{"PRAGMA wal_checkpoint(TRUNCATE)", "UPDATE store SET running = 0", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if err := w.exec(s); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) close() error {
	var errs []error
	for _, s := range []*sql.Stmt{w.put, w.remove, w.count} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(append(errs, w.conn.Close())...)
}
