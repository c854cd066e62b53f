package fixtest

import (
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/demo"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/plane/local"
)

// Demo is the inventory of the demo, and a plan that puts what has no key under new ones. change
// changes what is asked for; nil: nothing.
func Demo(t testing.TB, change func(*fix.Request)) (*inventory.Inventory, *fix.Plan) {
	t.Helper()
	s, err := demo.Seed()
	if err != nil {
		t.Fatal(err)
	}
	p, err := local.Open(t.Context(), local.Options{Seed: s, NoPage: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	h, err := p.Handler()
	if err != nil {
		t.Fatal(err)
	}
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	cfg := awsapi.At(local.Endpoint, demo.AccessKeyID, demo.SecretAccessKey, demo.Regions()[0], local.Client(h))
	inv, err := awsapi.Collect(t.Context(), awsapi.Options{Config: cfg, Catalog: known, Role: demo.Role, Organization: true, Regions: demo.Regions(), Types: demo.Types(), Rate: 10000})
	if err != nil {
		t.Fatal(err)
	}
	p.World.Authorizer.AllowAll = true // the auditor may not read all that a plan needs
	client, err := awsapi.NewClient(t.Context(), awsapi.ClientOptions{Config: cfg, Role: demo.Role, Rate: 10000})
	if err != nil {
		t.Fatal(err)
	}
	q := fix.Request{
		Inventory: inv, Catalog: known, Target: fix.Target{Aim: fix.New, Per: fix.PerIsolation, Alias: "alias/new/{group}"}, Estate: live.Estate{Client: client}, Source: "demo", Now: time.Now(),
		Only: fix.Selection{Rungs: []bedlock.Rung{bedlock.Unkeyed, bedlock.AWSManaged}},
	}
	if change != nil {
		change(&q)
	}
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return inv, plan
}
