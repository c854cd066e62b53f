package fix_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/inventory"
)

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

// fleet is an inventory of accounts in four Regions each, with roles and with guardrails without keys,
// as many in each place. Every fifth role may use keys; the others may do what is said.
func fleet(t testing.TB, accounts, roles, guardrails int, others string) *inventory.Inventory {
	parts := inventory.Parts{}
	text := func(s string) inventory.Value[string] { return inventory.Known(s, bedlock.Position{}) }
	document := func(s string) inventory.Value[inventory.Policy] {
		return inventory.Known(inventory.Policy{Text: `{"Version":"2012-10-17","Statement":[` + s + `]}`}, bedlock.Position{})
	}
	for a := range accounts {
		account := fmt.Sprint(111100000000 + a)
		parts.Accounts = append(parts.Accounts, inventory.Account{ID: account, Complete: true})
		for i := range roles {
			name := fmt.Sprintf("service-%d", i)
			full := "arn:aws:iam::" + account + ":role/" + name
			allowed := others
			if i%5 == 0 {
				allowed = `"bedrock:ApplyGuardrail","kms:Decrypt","kms:GenerateDataKey","kms:DescribeKey","kms:CreateGrant"`
			}
			parts.Principals = append(parts.Principals, inventory.Principal{
				ID: full, Kind: inventory.Role, ARN: text(full), Name: text(name), Path: text("/"), Account: text(account),
				Trust:    document(`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`),
				Policies: []inventory.NamedPolicy{{Name: "work", Policy: document(fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":[%s],"Resource":"*"}`, i, allowed))}},
			})
		}
		for _, region := range []string{"eu-west-1", "eu-central-1", "us-east-1", "us-west-2"} {
			for i := range guardrails {
				id := fmt.Sprintf("g%09d", i)
				parts.Resources = append(parts.Resources, inventory.Resource{
					ID: "arn:aws:bedrock:" + region + ":" + account + ":guardrail/" + id, Type: "AWS::Bedrock::Guardrail", Name: text(id),
					Place: inventory.Place{Account: text(account), Region: text(region)},
					Slots: []inventory.Slot{{Name: "configuration", Named: []inventory.Named{{Text: inventory.Absent[string](bedlock.Position{}), Owner: catalog.OwnerAWSOwned}}}},
				})
			}
		}
	}
	inv, err := inventory.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// BenchmarkMakeFleet plans guardrails of many accounts, under a key for each account and Region, and
// those of one account with many roles under a key each.
func BenchmarkMakeFleet(b *testing.B) {
	cat, err := catalog.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		per                         fix.Group
		accounts, roles, guardrails int
		others                      string
	}{
		{fix.PerRegion, 20, 5, 12, `"s3:*"`}, {fix.PerRegion, 200, 5, 12, `"s3:*"`}, {fix.PerResource, 1, 1000, 250, `"s3:*"`}, {fix.PerResource, 1, 1000, 2500, `"s3:*"`},
		{fix.PerResource, 1, 1000, 250, `"bedrock:*"`}, // who would lose is named
	} {
		inv := fleet(b, c.accounts, c.roles, c.guardrails, c.others)
		b.Run(fmt.Sprintf("per=%s/accounts=%d/roles=%d/others=%s/resources=%d", c.per, c.accounts, c.accounts*c.roles, c.others[1:len(c.others)-3], c.accounts*4*c.guardrails), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := fix.Make(b.Context(), fix.Request{
					Inventory: inv, Catalog: cat, Estate: fixtest.Guardrails{}, Now: time.Unix(0, 0),
					Target: fix.Target{Aim: fix.New, Per: c.per, Alias: "alias/{group}"},
				})
				if err != nil {
					b.Fatal(err)
				}
				if len(p.Subjects) != c.accounts*4*c.guardrails {
					b.Fatalf("%d subjects", len(p.Subjects))
				}
			}
		})
	}
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
					Inventory: inv, Catalog: cat, Estate: fixtest.Guardrails{}, Now: time.Unix(0, 0),
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
