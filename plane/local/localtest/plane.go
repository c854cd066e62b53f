// Package localtest serves a whole plane to tests of its services, with a clock that tests
// move and clients that sign by it. It imports no SDK: tests bring the clients they need.
package localtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/internal/store/sqlite"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/seed"
	"github.com/bedlock/bedlock/plane/sigv4"
)

// Region is where clients call.
const Region = "eu-west-1"

// Secret is that of every access key of a seed for tests.
const Secret = "secret"

// Plane is a plane that is served at URL.
type Plane struct {
	*local.Plane
	URL string

	t     testing.TB
	store *sqlite.Store // nil: nothing is kept
	mu    sync.Mutex
	now   time.Time
}

// OpenKept is [Open] of a plane that keeps its data in a folder, until [Plane.Close].
func OpenKept(t testing.TB, dir, yaml string) *Plane {
	t.Helper()
	var kept *sqlite.Store
	p := Open(t, yaml, func(o *local.Options) {
		o.Open = func(ctx context.Context, k kms.Options) (*kms.Service, kms.Store, error) {
			var err error
			if k.Root, err = kms.NewRoot(bytes.Repeat([]byte{1}, 32)); err != nil {
				return nil, nil, err
			}
			if kept, err = sqlite.Open(ctx, filepath.Join(dir, "data.db")); err != nil {
				return nil, nil, err
			}
			k.Store = store.Part(kept, "")
			s, err := kms.Open(ctx, k)
			return s, kept, err
		}
	})
	p.store = kept
	return p
}

// Close closes the plane and what it keeps.
func (p *Plane) Close() {
	p.t.Helper()
	err := p.Plane.Close()
	if p.store != nil {
		err = errors.Join(err, p.store.Close())
	}
	if err != nil {
		p.t.Error(err)
	}
}

// Open serves a plane that begins with a seed. It ends with the test.
func Open(t testing.TB, yaml string, change ...func(*local.Options)) *Plane {
	t.Helper()
	p := &Plane{t: t, now: time.Now().UTC().Truncate(time.Millisecond)}
	o := local.Options{Now: p.Now, NoPage: true}
	if yaml != "" {
		s, err := seed.Read("seed", []byte(yaml), nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Seed = s
	}
	for _, f := range change {
		f(&o)
	}
	var err error
	if p.Plane, err = local.Open(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	h, err := p.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Now is the time of the plane's clock, which stands still.
func (p *Plane) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// Pass lets time pass.
func (p *Plane) Pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

// Client signs requests for a service with an access key, at the time of the plane's clock.
// What a client of an SDK signed before counts no more.
func (p *Plane) Client(accessKey, service string) *http.Client {
	return p.ClientIn(Region, accessKey, service)
}

// ClientIn is [Plane.Client] for another Region.
func (p *Plane) ClientIn(region, accessKey, service string) *http.Client {
	return &http.Client{Transport: &transport{p, sigv4.Signer{AccessKeyID: accessKey, Secret: Secret, Region: region, Service: service}}}
}

type transport struct {
	plane  *Plane
	signer sigv4.Signer
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.Header.Del("Authorization")
	r.Header.Del("X-Amz-Security-Token")
	if err := t.signer.Sign(r, body, t.plane.Now()); err != nil {
		return nil, err
	}
	return http.DefaultTransport.RoundTrip(r)
}

// KeyARN is that of the key of an alias in an account.
func (p *Plane) KeyARN(account, region, alias string) string {
	p.t.Helper()
	ctx, c := p.root(account, region)
	out, err := p.KMS.DescribeKey(ctx, c, &kms.DescribeKeyInput{KeyId: alias})
	if err != nil {
		p.t.Fatal(err)
	}
	return out.KeyMetadata.Arn
}

// SetKeyPolicy replaces the policy of a key.
func (p *Plane) SetKeyPolicy(account, region, alias, policy string) {
	p.t.Helper()
	ctx, c := p.root(account, region)
	yes := true
	in := &kms.PutKeyPolicyInput{KeyId: p.KeyARN(account, region, alias), Policy: policy, BypassPolicyLockoutSafetyCheck: &yes}
	if err := p.KMS.PutKeyPolicy(ctx, c, in); err != nil {
		p.t.Fatal(err)
	}
}

// DisableKey and EnableKey change the state of a key.
func (p *Plane) DisableKey(account, region, alias string) {
	p.t.Helper()
	ctx, c := p.root(account, region)
	if err := p.KMS.DisableKey(ctx, c, &kms.DisableKeyInput{KeyId: p.KeyARN(account, region, alias)}); err != nil {
		p.t.Fatal(err)
	}
}

// EnableKey makes a disabled key usable again.
func (p *Plane) EnableKey(account, region, alias string) {
	p.t.Helper()
	ctx, c := p.root(account, region)
	if err := p.KMS.EnableKey(ctx, c, &kms.EnableKeyInput{KeyId: p.KeyARN(account, region, alias)}); err != nil {
		p.t.Fatal(err)
	}
}

// DeleteKey deletes a key and lets its window pass.
func (p *Plane) DeleteKey(account, region, alias string) {
	p.t.Helper()
	ctx, c := p.root(account, region)
	in := &kms.ScheduleKeyDeletionInput{KeyId: p.KeyARN(account, region, alias), PendingWindowInDays: 7}
	if _, err := p.KMS.ScheduleKeyDeletion(ctx, c, in); err != nil {
		p.t.Fatal(err)
	}
	p.Pass(8 * 24 * time.Hour)
}

func (p *Plane) root(account, region string) (context.Context, *kms.Call) {
	who := p.IAM.Root(account)
	return plane.As(context.Background(), who, region)
}
