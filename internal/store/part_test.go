package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/internal/store/sqlite"
	"github.com/bedlock/bedlock/internal/store/storetest"
	"github.com/bedlock/bedlock/kms"
)

// owned closes the whole store with its part, as the contract wants it.
type owned struct {
	kms.Store
	whole kms.Store
}

func (o owned) Close() error { return o.whole.Close() }

func TestPartContract(t *testing.T) {
	for _, name := range []string{"", "iam"} {
		t.Run("part "+name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Open {
				path := filepath.Join(t.TempDir(), "store.db")
				return func(ctx context.Context) (kms.Store, error) {
					whole, err := sqlite.Open(ctx, path)
					if err != nil {
						return nil, err
					}
					return owned{store.Part(whole, name), whole}, nil
				}
			})
		})
	}
}

// TestParts: parts do not see each other, whatever their kinds and ids.
func TestParts(t *testing.T) {
	whole := &kms.Memory{}
	names := []string{"", "iam", "ia"}
	for _, name := range names {
		if err := store.Part(whole, name).Commit(t.Context(), []kms.Record{{Kind: "key", ID: "1", Value: []byte("of " + name)}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		var got []kms.Record
		if err := store.Part(whole, name).Load(t.Context(), func(r kms.Record) error { got = append(got, r); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].Kind != "key" || got[0].ID != "1" || string(got[0].Value) != "of "+name {
			t.Errorf("part %q has %+v", name, got)
		}
	}
	if err := store.Part(whole, "iam").Commit(t.Context(), []kms.Record{{Kind: "key", ID: "1"}}); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := whole.Load(t.Context(), func(kms.Record) error { n++; return nil }); err != nil || n != 2 {
		t.Errorf("%d records are left, %v", n, err)
	}
	if err := store.Part(whole, "").Close(); err != nil {
		t.Error(err)
	}
}
