package fix_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// memory is an estate of guardrails that answers at once.
type memory struct{}

func (memory) Call(_ context.Context, _ fix.Place, c fix.Call) (wire.Object, error) {
	if c.Operation != "GetGuardrail" {
		return nil, fmt.Errorf("%s is not expected", c.Operation)
	}
	id := c.Input.Text("guardrailIdentifier")
	return wire.Object{
		"name": id, "guardrailId": id, "guardrailArn": guardrailARN(id), "version": "DRAFT", "status": "READY", "description": "one of many",
		"createdAt": time.Unix(0, 0).UTC(), "updatedAt": time.Unix(0, 0).UTC(), "blockedInputMessaging": "in", "blockedOutputsMessaging": "out",
		"wordPolicy": wire.Object{"words": []any{wire.Object{"text": "w"}}},
	}, nil
}

func guardrailARN(id string) string {
	return "arn:aws:bedrock:eu-west-1:111122223333:guardrail/" + id
}

// many is an inventory of n guardrails without keys, of ten tenants.
func many(t testing.TB, n int) *inventory.Inventory {
	parts := inventory.Parts{}
	text := func(s string) inventory.Value[string] { return inventory.Known(s, bedlock.Position{}) }
	for i := range n {
		id := fmt.Sprintf("g%09d", i)
		parts.Resources = append(parts.Resources, inventory.Resource{
			ID: guardrailARN(id), Type: "AWS::Bedrock::Guardrail", Name: text(id), Place: inventory.Place{Account: text("111122223333"), Region: text("eu-west-1")},
			Tags:  inventory.Tags{Known: map[string]string{"bedlock:isolation-group": fmt.Sprint("tenant-", i%10)}},
			Slots: []inventory.Slot{{Name: "configuration", Named: []inventory.Named{{Text: inventory.Absent[string](bedlock.Position{}), Owner: catalog.OwnerAWSOwned}}}},
		})
	}
	inv, err := inventory.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// BenchmarkMake plans thousands of resources, under ten keys and under one key each.
func BenchmarkMake(b *testing.B) {
	cat, err := catalog.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		per  fix.Group
		n    int
		keys int
	}{{fix.PerIsolation, 1000, 10}, {fix.PerIsolation, 10000, 10}, {fix.PerResource, 1000, 1000}, {fix.PerResource, 10000, 10000}} {
		inv := many(b, c.n)
		b.Run(fmt.Sprintf("resources=%d/keys=%d", c.n, c.keys), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := fix.Make(b.Context(), fix.Request{
					Inventory: inv, Catalog: cat, Estate: memory{}, Now: time.Unix(0, 0),
					Target: fix.Target{Aim: fix.New, Per: c.per, Alias: "alias/{group}"},
				})
				if err != nil {
					b.Fatal(err)
				}
				if len(p.Steps) != c.n+3*c.keys {
					b.Fatalf("%d steps", len(p.Steps))
				}
			}
		})
	}
}
