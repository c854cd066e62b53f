package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/bedlock/bedlock/internal/store/storetest"
	"github.com/bedlock/bedlock/kms"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Open {
		path := filepath.Join(t.TempDir(), "kms.db")
		return func(ctx context.Context) (kms.Store, error) { return Open(ctx, path) }
	})
}
