// Package fixtest has a local plane with an estate to fix, for the tests of several packages.
package fixtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/seed"
)

// Where the estate is.
const (
	Account = "111122223333"
	Region  = "eu-west-1"
)

// Plane is a local plane whose user admin may do everything.
type Plane struct {
	t      testing.TB
	o      awsapi.Options
	client *awsapi.Client
	cat    *catalog.Catalog
	h      http.Handler
	region string
}

// Open opens a plane with a seed whose account has a user admin with the access key
// AKIAadmin00000000 and the secret admin.
func Open(t testing.TB, declared string) *Plane {
	t.Helper()
	return OpenWith(t, declared, local.Options{})
}

// OpenWith opens a plane with a seed, as Open does, and with options.
func OpenWith(t testing.TB, declared string, o local.Options) *Plane {
	t.Helper()
	s, err := seed.Read("seed.yaml", []byte(declared), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	o.Seed, o.NoPage = s, true
	p, err := local.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	h, err := p.Handler()
	if err != nil {
		t.Fatal(err)
	}
	out := &Plane{t: t, h: h, region: Region}
	if out.cat, err = catalog.Embedded(); err != nil {
		t.Fatal(err)
	}
	out.o = awsapi.Options{Config: awsapi.At(local.Endpoint, "AKIAadmin00000000", "admin", Region, local.Client(h)), Catalog: out.cat, Rate: 10000}
	if out.client, err = awsapi.NewClient(t.Context(), awsapi.ClientOptions{Config: out.o.Config, Rate: 10000}); err != nil {
		t.Fatal(err)
	}
	return out
}

// Serve answers other processes too, at the URL that it returns, until the test ends.
func (p *Plane) Serve() string {
	s := httptest.NewServer(p.h)
	p.t.Cleanup(s.Close)
	return s.URL
}

// Estate is what the user admin reaches.
func (p *Plane) Estate() fix.Estate { return live.Estate{Client: p.client} }

// Call makes a call that must work.
func (p *Plane) Call(service, operation string, in wire.Object) wire.Object {
	p.t.Helper()
	out, err := p.client.Call(p.t.Context(), awsapi.Call{Account: Account, Region: p.region, Service: service, Operation: operation, Input: in})
	if err != nil {
		p.t.Fatalf("%s: %v", operation, err)
	}
	return out
}

// Inventory collects the estate.
func (p *Plane) Inventory(types ...string) *inventory.Inventory {
	p.t.Helper()
	o := p.o
	o.Types = types
	inv, err := awsapi.Collect(p.t.Context(), o)
	if err != nil {
		p.t.Fatal(err)
	}
	return inv
}

// Request asks for a plan of the estate.
func (p *Plane) Request(target fix.Target, only fix.Selection, types ...string) fix.Request {
	p.t.Helper()
	return fix.Request{Inventory: p.Inventory(types...), Catalog: p.cat, Target: target, Only: only, Estate: p.Estate(), Source: "test", Now: time.Now()}
}

// Plan makes a plan, which must be possible. It is written and read again, as between two
// commands.
func (p *Plane) Plan(target fix.Target, only fix.Selection, types ...string) *fix.Plan {
	p.t.Helper()
	plan, err := fix.Make(context.Background(), p.Request(target, only, types...))
	if err != nil {
		p.t.Fatal(err)
	}
	return Again(p.t, plan)
}
