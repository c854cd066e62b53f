// Package storetest is the contract of [kms.Store] as checks that every implementation
// passes. A check returns what is wrong instead of failing a test, so that the package's
// own tests can show that each check finds the fault it is for.
package storetest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/bedlock/bedlock/kms"
)

// Open opens the store of one check: an empty one at first, later what the check left. A
// store is closed before it is opened again.
type Open func(context.Context) (kms.Store, error)

// Check is one promise of the contract.
type Check struct {
	// Name is the promise.
	Name string
	// Run returns how the store breaks it.
	Run func(context.Context, Open) error
}

// Checks are all of the contract.
func Checks() []Check {
	return slices.Concat(recordChecks(), contextChecks(), concurrencyChecks())
}

// Run checks an implementation; place makes an empty place for a store, and says how to
// open it.
func Run(t *testing.T, place func(t *testing.T) Open) {
	for _, c := range Checks() {
		t.Run(c.Name, func(t *testing.T) {
			if err := c.Run(t.Context(), place(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// id names a record.
type id struct {
	kind kms.Kind
	id   string
}

// contents are all records of a store.
type contents map[id][]byte

// load reads all records, and finds those that come twice or without a value.
func load(ctx context.Context, s kms.Store) (contents, error) {
	got := contents{}
	err := s.Load(ctx, func(r kms.Record) error {
		k := id{r.Kind, r.ID}
		if _, twice := got[k]; twice {
			return fmt.Errorf("record %s %q is loaded twice", r.Kind, r.ID)
		}
		if r.Value == nil {
			return fmt.Errorf("record %s %q is loaded with a nil value, which stands for a deletion", r.Kind, r.ID)
		}
		got[k] = bytes.Clone(r.Value)
		return nil
	})
	return got, err
}

// expect compares what is in the store with what should be.
func expect(ctx context.Context, s kms.Store, want contents) error {
	got, err := load(ctx, s)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	return want.difference(got)
}

// difference names the first record in which got differs.
func (want contents) difference(got contents) error {
	for k, v := range want {
		switch loaded, ok := got[k]; {
		case !ok:
			return fmt.Errorf("record %s %.40q is missing; %d of %d records are there", k.kind, k.id, len(got), len(want))
		case !bytes.Equal(loaded, v):
			return fmt.Errorf("record %s %.40q holds %d bytes %.20q, want %d bytes %.20q", k.kind, k.id, len(loaded), loaded, len(v), v)
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			return fmt.Errorf("record %s %.40q should not be there", k.kind, k.id)
		}
	}
	return nil
}

// apply does to the contents what a commit does to the store.
func (want contents) apply(records []kms.Record) contents {
	out := maps.Clone(want)
	for _, r := range records {
		if r.Value == nil {
			delete(out, id{r.Kind, r.ID})
			continue
		}
		out[id{r.Kind, r.ID}] = r.Value
	}
	return out
}

// reopened closes a store and hands the next one to f.
func reopened(ctx context.Context, open Open, s kms.Store, f func(kms.Store) error) error {
	if err := s.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	again, err := open(ctx)
	if err != nil {
		return fmt.Errorf("open again: %w", err)
	}
	if err := f(again); err != nil {
		again.Close()
		return fmt.Errorf("after reopening: %w", err)
	}
	return again.Close()
}
