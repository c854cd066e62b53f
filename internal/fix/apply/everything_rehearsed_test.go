package apply_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// rehearsed rehearses a plan for the types of a case.
func rehearsed(t *testing.T, inv *inventory.Inventory, plan *fix.Plan) *rehearse.Report {
	t.Helper()
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	r, err := rehearse.Run(t.Context(), rehearse.Options{Inventory: inv, Catalog: known, Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// years has the times in a value be those of long ago, as of resources that are not a second old.
func years(v any) {
	switch v := v.(type) {
	case wire.Object:
		for name, inner := range v {
			if at, ok := inner.(time.Time); ok {
				v[name] = at.Add(-20000 * time.Hour)
			}
			years(inner)
		}
	case []any:
		for _, inner := range v {
			years(inner)
		}
	}
}

// TestEverythingIsHeld: the twin of a rehearsal holds every resource that a plan can change, with all that
// it can have and whenever it was made, and finds nothing that is not expected.
func TestEverythingIsHeld(t *testing.T) {
	for _, c := range slices.Concat(bedrockChanges, storeChanges) {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			b, _ := c.open(t)
			plan := c.plan(b)
			for i := range plan.Steps {
				years(plan.Steps[i].Before)
				years(plan.Steps[i].After)
			}
			if err := plan.Seal(); err != nil {
				t.Fatal(err)
			}
			r := rehearsed(t, b.Inventory(c.types...), plan)
			if !r.OK || len(r.Unexpected)+len(r.Left) > 0 {
				t.Errorf("in order %v; unexpected:\n%s\nleft:\n%s", r.OK, strings.Join(r.Unexpected, "\n"), strings.Join(r.Left, "\n"))
			}
			for _, s := range r.Steps {
				if s.Outcome != rehearse.Done {
					t.Errorf("step %s is %s", s.ID, s.Outcome)
				}
			}
		})
	}
}
