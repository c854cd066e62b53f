package kms

import (
	"context"
	"maps"
	"sync"
)

// Kind says what a record holds. The zero value is invalid.
type Kind string

// The kinds of records.
const (
	KindSeal     Kind = "seal" // the data encryption key, sealed under the root key
	KindKey      Kind = "key"
	KindMaterial Kind = "material"
	KindAlias    Kind = "alias"
	KindGrant    Kind = "grant"
	KindKeyStore Kind = "keystore"
	KindUsage    Kind = "usage"
)

// Record is one value of a [Store]. A nil Value in a commit deletes it. Nobody changes the
// bytes of a Value once it is committed or loaded.
type Record struct {
	Kind  Kind
	ID    string
	Value []byte
}

// Store keeps records. Key material in them is sealed already.
type Store interface {
	// Load calls f for every record, in any order, and stops at its first error. An error
	// of the store names what is wrong with it; a damaged store is never an empty one.
	Load(ctx context.Context, f func(Record) error) error
	// Commit writes all records or none; of several values of one record the last counts.
	// When it returns nil they survive kill -9. A cancelled call has written nothing.
	Commit(ctx context.Context, records []Record) error
	Close() error
}

// Memory is a Store that forgets everything with the process. The zero value is ready to
// use, by several goroutines.
type Memory struct {
	mu      sync.Mutex
	records map[[2]string][]byte
}

// Load calls f for every record.
func (m *Memory) Load(ctx context.Context, f func(Record) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	records := maps.Clone(m.records)
	m.mu.Unlock()
	for id, value := range records {
		if err := f(Record{Kind(id[0]), id[1], value}); err != nil {
			return err
		}
	}
	return nil
}

// Commit writes the records.
func (m *Memory) Commit(ctx context.Context, records []Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = map[[2]string][]byte{}
	}
	for _, r := range records {
		id := [2]string{string(r.Kind), r.ID}
		if r.Value == nil {
			delete(m.records, id)
			continue
		}
		m.records[id] = r.Value
	}
	return nil
}

// Close does nothing.
func (m *Memory) Close() error { return nil }
