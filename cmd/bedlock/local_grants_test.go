package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/store/sqlite"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/policy/authz"
)

// granting is KMS on disk with keys that have many grants, all made by its API.
type granting struct {
	path string
	root *kms.Root
	kms  *kms.Service
	keys []string
	// grants are the ids of the grants of each key, in the order of the grantees.
	grants [][]string
}

func (g *granting) open(t testing.TB) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), g.path)
	if err != nil {
		t.Fatal(err)
	}
	if g.kms, err = kms.Open(t.Context(), kms.Options{Store: store, Root: g.root, Authorizer: policies{}}); err != nil {
		t.Fatal(err)
	}
}

// policies decides by the key policy and the grants of a key alone.
type policies struct{}

func (policies) Authorize(_ context.Context, c *kms.Call, a *kms.Access) error {
	layers := authz.Layers{Resource: a.Policy, Grants: a.Grants}
	if c.Principal.Kind == authz.Root || authz.OutcomeOf(&authz.Request{Principal: c.Principal, Action: a.Action, Resource: a.Resource, Context: a.Context}, &layers) == authz.Allow {
		return nil
	}
	return a.Refused("")
}

// as is a call of a user without policies of their own, or of the root user, if the name is
// empty.
func as(user string) *kms.Call {
	c := &kms.Call{Account: localAccount, Region: localRegion, Principal: authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::" + localAccount + ":root", Account: localAccount}}
	if user != "" {
		c.Principal = authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::" + localAccount + ":user/" + user, Account: localAccount, ID: "AIDA" + user}
	}
	return c
}

func grantee(n int) string { return fmt.Sprint("user", n) }

func tenant(n int) map[string]string { return map[string]string{"tenant": fmt.Sprint(n)} }

// granted makes keys with grants, 64 callers at once.
func granted(t testing.TB, keys, grants int) *granting {
	t.Helper()
	dir := t.TempDir()
	root, err := kms.RootFile(filepath.Join(dir, dataRoot), true)
	if err != nil {
		t.Fatal(err)
	}
	g := &granting{path: filepath.Join(dir, dataStore), root: root, keys: make([]string, keys), grants: make([][]string, keys)}
	g.open(t)
	const callers = 64
	faults := make([]error, callers)
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for i := caller; i < keys && faults[caller] == nil; i += callers {
				faults[caller] = g.key(t.Context(), i, grants)
			}
		})
	}
	all.Wait()
	if err := errors.Join(faults...); err != nil {
		t.Fatal(err)
	}
	return g
}

// key makes one key with its grants.
func (g *granting) key(ctx context.Context, i, grants int) error {
	made, err := g.kms.CreateKey(ctx, as(""), &kms.CreateKeyInput{})
	if err != nil {
		return err
	}
	g.keys[i] = made.KeyMetadata.KeyId
	for n := range grants {
		out, err := g.kms.CreateGrant(ctx, as(""), &kms.CreateGrantInput{
			KeyId: g.keys[i], Name: fmt.Sprint("grant-", n), GranteePrincipal: "arn:aws:iam::" + localAccount + ":user/" + grantee(n),
			Operations: []string{"Encrypt", "Decrypt", "GenerateDataKey"}, Constraints: &kms.GrantConstraints{EncryptionContextSubset: tenant(n)},
		})
		if err != nil {
			return err
		}
		g.grants[i] = append(g.grants[i], out.GrantId)
	}
	return nil
}

func (g *granting) encrypt(ctx context.Context, user, key, forTenant int) error {
	_, err := g.kms.Encrypt(ctx, as(grantee(user)), &kms.EncryptInput{KeyId: g.keys[key], Plaintext: []byte("x"), EncryptionContext: tenant(forTenant)})
	return err
}

// TestLocalManyGrants: 40 keys with 100 grants each, which decide before a restart and
// after it, each for its own grantee. BenchmarkLocalManyGrants has 10,000 such keys.
func TestLocalManyGrants(t *testing.T) {
	const keys, grants = 40, 100
	g := granted(t, keys, grants)
	for _, when := range []string{"made", "opened again"} {
		for i, id := range g.keys {
			out, err := g.kms.ListGrants(t.Context(), as(""), &kms.ListGrantsInput{KeyId: id, Limit: grants})
			if err != nil || len(out.Grants) != grants || out.Truncated {
				t.Fatalf("%s: key %d: %+v, %v", when, i, out, err)
			}
			listed := map[string]string{}
			for _, grant := range out.Grants {
				listed[grant.GrantId] = grant.Name
			}
			for n, id := range g.grants[i] {
				if want := fmt.Sprint("grant-", n); listed[id] != want {
					t.Errorf("%s: key %d: grant %s is %q, want %s", when, i, id, listed[id], want)
				}
			}
			for _, n := range []int{0, i, grants - 1} {
				if err := g.encrypt(t.Context(), n, i, n); err != nil {
					t.Errorf("%s: key %d, grantee %d: %v", when, i, n, err)
				}
				var refusal *kms.Error
				if err := g.encrypt(t.Context(), n, i, n+1); !errors.As(err, &refusal) || refusal.Code != kms.AccessDenied {
					t.Errorf("%s: key %d: grantee %d for another tenant: %v", when, i, n, err)
				}
			}
		}
		if err := g.kms.Close(); err != nil {
			t.Fatal(err)
		}
		g.open(t)
	}
	if err := g.kms.Close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkLocalManyGrants makes 10,000 keys with 100 grants each by the API, durably, and
// opens them again; what it repeats is Encrypt by the last grant of a key. Run it once.
func BenchmarkLocalManyGrants(b *testing.B) {
	const keys, grants = 10_000, 100
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	before := heap()
	began := time.Now()
	g := granted(b, keys, grants)
	made := time.Since(began)
	grown := heap() - before
	if err := g.kms.Close(); err != nil {
		b.Fatal(err)
	}
	g.kms = nil
	file, err := os.Stat(g.path)
	if err != nil {
		b.Fatal(err)
	}
	before = heap()
	began = time.Now()
	g.open(b)
	opened := time.Since(began)
	loaded := heap() - before
	defer g.kms.Close()
	i := 0
	for b.Loop() {
		if err := g.encrypt(b.Context(), grants-1, i%keys, grants-1); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(made.Seconds(), "create-s")
	b.ReportMetric(keys*(1+grants)/made.Seconds(), "changes/s")
	b.ReportMetric(opened.Seconds(), "open-s")
	b.ReportMetric(grown, "heap-MiB")
	b.ReportMetric(loaded, "opened-heap-MiB")
	b.ReportMetric(float64(file.Size())/(1<<20), "file-MiB")
}
