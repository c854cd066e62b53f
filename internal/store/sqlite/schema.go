package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"

	sqlite "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"

	"github.com/bedlock/bedlock/internal/store"
)

// applicationID stands in the header of the file and says whose it is: "Bdlk".
const applicationID = 0x42646c6b

// version is the schema's. A later one comes with the steps that lead to it.
const version = 1

// tables are the schema as SQLite keeps it. The row of store counts transactions, and says
// whether the log belongs to the file.
var tables = [...]string{
	`CREATE TABLE record (kind TEXT NOT NULL, id TEXT NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID`,
	`CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, commits INTEGER NOT NULL, running INTEGER NOT NULL) STRICT`,
}

// create makes an empty store, which appears whole or not at all.
func create(ctx context.Context, path string) (err error) {
	temporary := path + ".new"
	if err := remove(temporary); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, remove(temporary))
		}
	}()
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := fill(ctx, temporary); err != nil {
		return err
	}
	return publish(temporary, path)
}

func fill(ctx context.Context, path string) (err error) {
	db, err := connect(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	statements := slices.Concat(tables[:], []string{
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", version),
		fmt.Sprintf("INSERT INTO store VALUES (1, '%s', 0, 0)", hex.EncodeToString(id)),
	})
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// about is what a store says of itself.
type about struct {
	id      string
	commits int64
	running bool // it is open, or was when its process died
}

// inspect checks the structure of a store.
func inspect(ctx context.Context, db *sql.DB) (a about, err error) {
	var v int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return a, explained(err)
	}
	if v != version {
		return a, fmt.Errorf("%w: the file has schema version %d, this program knows %d", store.ErrForeign, v, version)
	}
	var result string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return a, explained(err)
	}
	if result != "ok" {
		return a, fmt.Errorf("%w: %s", store.ErrDamaged, result)
	}
	if err := checkSchema(ctx, db); err != nil {
		return a, err
	}
	err = db.QueryRowContext(ctx, "SELECT id, commits, running FROM store").Scan(&a.id, &a.commits, &a.running)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("%w: the row that counts commits is missing", store.ErrDamaged)
	}
	return a, explained(err)
}

// checkSchema refuses tables, indexes, triggers and views that are not ours.
func checkSchema(ctx context.Context, db *sql.DB) (err error) {
	rows, err := db.QueryContext(ctx, "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
	if err != nil {
		return explained(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var got []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		got = append(got, text)
	}
	if err := rows.Err(); err != nil {
		return explained(err)
	}
	if !slices.Equal(got, tables[:]) {
		return fmt.Errorf("%w: its tables are not those of schema version %d", store.ErrDamaged, version)
	}
	return nil
}

// explained tells what SQLite says about damaged files from its other errors.
func explained(err error) error {
	if is(err, code.SQLITE_CORRUPT) || is(err, code.SQLITE_NOTADB) {
		return fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return err
}

// is reports whether an error is SQLite's with a primary result code.
func is(err error, primary int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == primary
}
