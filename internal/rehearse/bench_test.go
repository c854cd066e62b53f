package rehearse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/inventory"
)

// crowd is an account of roles with a policy each, every fifth of which may use keys, and of guardrails
// without keys, with a plan that puts them under as many keys. One more fifth may do what else is said.
func crowd(t testing.TB, resources, roles, keys int, losing string) (*inventory.Inventory, *fix.Plan) {
	t.Helper()
	text := func(s string) inventory.Value[string] { return inventory.Known(s, bedlock.Position{}) }
	document := func(s string) inventory.Value[inventory.Policy] {
		return inventory.Known(inventory.Policy{Text: `{"Version":"2012-10-17","Statement":[` + s + `]}`}, bedlock.Position{})
	}
	parts := inventory.Parts{Accounts: []inventory.Account{{ID: fixtest.Account, Complete: true}}}
	for i := range roles {
		name := fmt.Sprintf("service-%d", i)
		full := "arn:aws:iam::" + fixtest.Account + ":role/" + name
		allowed := `"s3:GetObject"`
		switch i % 5 {
		case 0:
			allowed = `"bedrock:ApplyGuardrail","kms:Decrypt","kms:GenerateDataKey","kms:DescribeKey","kms:CreateGrant"`
		case 1:
			allowed = losing
		}
		parts.Principals = append(parts.Principals, inventory.Principal{
			ID: full, Kind: inventory.Role, ARN: text(full), Name: text(name), Path: text("/"), Account: text(fixtest.Account),
			Trust:    document(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`),
			Policies: []inventory.NamedPolicy{{Name: "work", Policy: document(fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":[%s],"Resource":"*"}`, i, allowed))}},
		})
	}
	for i := range resources {
		id := fmt.Sprintf("g%011d", i)
		parts.Resources = append(parts.Resources, inventory.Resource{
			ID: "arn:aws:bedrock:" + fixtest.Region + ":" + fixtest.Account + ":guardrail/" + id, Type: "AWS::Bedrock::Guardrail", Name: text(id),
			Place: inventory.Place{Account: text(fixtest.Account), Region: text(fixtest.Region)},
			Tags:  inventory.Tags{Known: map[string]string{"bedlock:isolation-group": fmt.Sprint("tenant-", i%keys)}},
			Slots: []inventory.Slot{{Name: "configuration", Named: []inventory.Named{{Text: inventory.Absent[string](bedlock.Position{}), Owner: catalog.OwnerAWSOwned}}}},
		})
	}
	inv, err := inventory.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := fix.Make(t.Context(), fix.Request{
		Inventory: inv, Catalog: known, Target: fix.Target{Aim: fix.New, Per: fix.PerIsolation, Alias: "alias/{group}", Tags: nil}, Estate: fixtest.Guardrails{}, Source: "crowd", Now: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv, plan
}

// BenchmarkCrowd rehearses plans for thousands of resources in an account of thousands of roles.
func BenchmarkCrowd(b *testing.B) {
	known, err := catalog.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range [][3]int{{100, 100, 10}, {1000, 1000, 100}, {5000, 5000, 100}} {
		b.Run(fmt.Sprintf("resources=%d/roles=%d/keys=%d", c[0], c[1], c[2]), func(b *testing.B) {
			inv, plan := crowd(b, c[0], c[1], c[2], `"s3:*"`)
			b.ReportAllocs()
			for b.Loop() {
				r, err := rehearse.Run(b.Context(), rehearse.Options{Inventory: inv, Catalog: known, Plan: plan})
				if err != nil {
					b.Fatal(err)
				}
				if !r.OK || len(r.Configuration) != c[0] {
					b.Fatalf("%d unexpected, %d left, first %.300q", len(r.Unexpected), len(r.Left), append(r.Unexpected, r.Left...)[0])
				}
			}
		})
	}
}
