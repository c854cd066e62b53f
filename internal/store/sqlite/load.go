package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/kms"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum is the checksum of a record with its name, so that a value in the wrong place is
// found too.
func sum(r kms.Record) int64 {
	c := sumText(sumText(0, string(r.Kind)), r.ID)
	return int64(crc32.Update(c, castagnoli, r.Value))
}

// sumText adds a text and its end. It is crc32.Update without the copy of the text.
func sumText(c uint32, s string) uint32 {
	c = ^c
	for i := range len(s) {
		c = castagnoli[byte(c)^s[i]] ^ c>>8
	}
	return ^(castagnoli[byte(c)] ^ c>>8)
}

// load calls f for every record, and stops at the first one that is damaged.
func load(ctx context.Context, db *sql.DB, f func(kms.Record) error) (err error) {
	rows, err := db.QueryContext(ctx, "SELECT kind, id, value, sum FROM record")
	if err != nil {
		return explained(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var kind, id string
		var value []byte
		var stored int64
		if err := rows.Scan(&kind, &id, &value, &stored); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			// The text of err may hold the record's bytes.
			return fmt.Errorf("%w: a record has other columns than it should", store.ErrDamaged)
		}
		if value == nil {
			value = []byte{} // so comes an empty one
		}
		r := kms.Record{Kind: kms.Kind(kind), ID: id, Value: value}
		if stored != sum(r) {
			return fmt.Errorf("%w: record %s %s: its checksum is wrong", store.ErrDamaged, r.Kind, r.ID)
		}
		if err := f(r); err != nil {
			return err
		}
	}
	return explained(rows.Err())
}
