package kms_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms"
)

// estate makes a store with keys, each with grants, and returns the ids of the keys.
func estate(t testing.TB, path string, keys, grants int) []string {
	t.Helper()
	s, st, err := onDisk(t.Context(), path, rootA)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, keys)
	var all sync.WaitGroup
	for worker := range 64 {
		all.Go(func() {
			for i := worker; i < keys; i += 64 {
				out, err := s.CreateKey(t.Context(), caller(), &kms.CreateKeyInput{Description: fmt.Sprint("key ", i)})
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = out.KeyMetadata.KeyId
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		var records []kms.Record
		for n := range grants {
			g := kms.Grant{
				ID: fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, id, n))), Key: id, Account: "111122223333", Region: "eu-central-1", Name: fmt.Sprint("grant ", n),
				Created: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), Issuer: "arn:aws:iam::111122223333:root", Grantee: fmt.Sprint("arn:aws:iam::111122223333:role/application-", n),
				Operations: []string{"Decrypt", "GenerateDataKey", "DescribeKey"}, ContextSubset: map[string]string{"aws:bedrock:arn": fmt.Sprint("arn:aws:bedrock:eu-central-1:111122223333:guardrail/", n)},
			}
			value, err := json.Marshal(g)
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, kms.Record{Kind: kms.KindGrant, ID: g.Account + "/" + g.Region + "/" + g.Key + "/" + g.ID, Value: value})
		}
		if err := st.Commit(t.Context(), records); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestManyGrants: a store with many grants opens whole.
func TestManyGrants(t *testing.T) {
	const keys, grants = 50, 100
	path := filepath.Join(t.TempDir(), "kms.db")
	ids := estate(t, path, keys, grants)
	s, _, err := onDisk(t.Context(), path, rootA)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, id := range ids {
		out, err := s.ListGrants(t.Context(), caller(), &kms.ListGrantsInput{KeyId: id, Limit: 100})
		if err != nil || len(out.Grants) != grants || out.Truncated {
			t.Fatalf("key %s: %d grants, %v", id, len(out.Grants), err)
		}
	}
}

// BenchmarkOpen opens the service on stores on disk.
func BenchmarkOpen(b *testing.B) {
	for _, size := range []struct{ keys, grants int }{{100_000, 0}, {10_000, 100}} {
		b.Run(fmt.Sprintf("keys=%d/grants=%d", size.keys, size.keys*size.grants), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "kms.db")
			estate(b, path, size.keys, size.grants)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.ReportAllocs()
			for b.Loop() {
				s, _, err := onDisk(b.Context(), path, rootA)
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				runtime.GC()
				runtime.ReadMemStats(&after)
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "heap-MB")
		})
	}
}
