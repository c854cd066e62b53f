package store

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/kms"
)

// Part is a store within a store: its records have kinds that begin with the part's name
// and a slash, which whoever uses it does not see. A part without a name has the kinds
// without a slash. Closing a part does nothing; the whole store is closed by its owner.
func Part(whole kms.Store, name string) kms.Store {
	if name != "" {
		name += "/"
	}
	return part{whole, name}
}

type part struct {
	whole  kms.Store
	prefix string
}

// Load calls f for the records of the part.
func (p part) Load(ctx context.Context, f func(kms.Record) error) error {
	return p.whole.Load(ctx, func(r kms.Record) error {
		rest, ok := strings.CutPrefix(string(r.Kind), p.prefix)
		if !ok || strings.Contains(rest, "/") {
			return nil
		}
		r.Kind = kms.Kind(rest)
		return f(r)
	})
}

// Commit writes the records, all or none.
func (p part) Commit(ctx context.Context, records []kms.Record) error {
	own := make([]kms.Record, len(records))
	for i, r := range records {
		r.Kind = kms.Kind(p.prefix) + r.Kind
		own[i] = r
	}
	return p.whole.Commit(ctx, own)
}

// Close does nothing.
func (part) Close() error { return nil }
