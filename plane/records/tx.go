package records

import (
	"cmp"
	"slices"
	"time"
)

// Tx is a transaction, see [Store.Update].
type Tx struct {
	store   *Store
	changed map[Key]*Record // nil: deleted
	order   []Key
	added   uint64
}

// Now is the time of the store's clock.
func (tx *Tx) Now() time.Time { return tx.store.Now() }

// Get returns a record; nil: there is none.
func (tx *Tx) Get(k Key) *Record {
	if rec, ok := tx.changed[k]; ok {
		return rec
	}
	return tx.store.Get(k)
}

// List returns the records of a kind in an account and Region, in the order in which they
// were made.
func (tx *Tx) List(service, kind, account, region string) []*Record {
	t := table{service, kind, account, region}
	out := slices.DeleteFunc(tx.store.List(service, kind, account, region), func(rec *Record) bool {
		_, ok := tx.changed[rec.Key]
		return ok
	})
	for k, rec := range tx.changed {
		if k.table() == t && rec != nil {
			out = append(out, rec)
		}
	}
	slices.SortFunc(out, func(a, b *Record) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

// Put adds or replaces a record. It sets the times and the number of a new one.
func (tx *Tx) Put(rec *Record) {
	if rec.Number == 0 {
		tx.added++
		rec.Number = tx.store.number + tx.added
	}
	if rec.Created.IsZero() {
		rec.Created, rec.Updated = tx.Now(), tx.Now()
	}
	tx.set(rec.Key, rec)
}

// Delete takes a record away.
func (tx *Tx) Delete(k Key) { tx.set(k, nil) }

func (tx *Tx) set(k Key, rec *Record) {
	if _, ok := tx.changed[k]; !ok {
		tx.order = append(tx.order, k)
	}
	tx.changed[k] = rec
}
