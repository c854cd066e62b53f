package sqlite

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bedlock/bedlock/kms"
)

// created are records of the size of those that CreateKey commits, with names as random as
// key ids are.
func created(n int) []kms.Record {
	h := sha256.Sum256(fmt.Append(nil, n))
	id := fmt.Sprintf("111122223333/eu-central-1/%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
	return []kms.Record{
		{Kind: kms.KindKey, ID: id, Value: []byte(strings.Repeat("policy and what else a key has ", 29))},
		{Kind: kms.KindMaterial, ID: fmt.Sprintf("%s/%x", id, h), Value: h[:]},
	}
}

// BenchmarkCommit commits a new key and its material, durably.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 64, 500} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := opened(b, fresh(b))
			var next atomic.Int64
			var all sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for range callers {
				all.Go(func() {
					for {
						n := next.Add(1)
						if n > int64(b.N) {
							return
						}
						if err := s.Commit(context.Background(), created(int(n))); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			b.ReportMetric(float64(b.N)/float64(s.writer.commits), "commits/transaction")
		})
	}
}

// BenchmarkOpen opens and loads a store of 100,000 keys.
func BenchmarkOpen(b *testing.B) {
	const keys = 100_000
	path := filepath.Join(b.TempDir(), "kms.db")
	s, err := Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	for n := 0; n < keys; n += 1000 {
		var records []kms.Record
		for i := range 1000 {
			records = append(records, created(n+i)...)
		}
		if err := s.Commit(b.Context(), records); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(b.Context(), path)
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	if s, err = Open(b.Context(), path); err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			if err := s.Load(b.Context(), func(kms.Record) error { n++; return nil }); err != nil || n != 2*keys {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("backup", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			if err := s.Backup(b.Context(), filepath.Join(b.TempDir(), fmt.Sprint("backup", n))); err != nil {
				b.Fatal(err)
			}
		}
	})
}
