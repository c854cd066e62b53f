package estate

import (
	"fmt"
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

// company is an account of n roles and n/10 keys, each key with a policy of its own and
// ten data sources, whose role it names or leaves to IAM.
func company(n int) inventory.Parts {
	var p inventory.Parts
	for i := range n / 10 {
		id := fmt.Sprintf("arn:aws:kms:eu-west-1:%s:key/%08d-12ab-34cd-56ef-1234567890ab", home, i)
		direct := fmt.Sprintf(`{"Sid":"Direct%d","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:role/reader-%d"},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*"}`, i, home, i*10)
		p.Keys = append(p.Keys, inventory.Key{ID: id, ARN: known1(id), Policy: doc(delegates, direct), Place: inventory.Place{Account: known1(home), Region: known1("eu-west-1")}})
	}
	for i := range n {
		key := p.Keys[i/10].ID
		name := fmt.Sprintf("reader-%d", i)
		use := fmt.Sprintf(`{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":%q}`, key)
		if i%100 == 99 {
			use = `{"Effect":"Allow","Action":"*","Resource":"*"}`
		}
		p.Principals = append(p.Principals, role(name, inline("use", doc(use, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))))
		r := dataSource(key)
		r.ID, r.Roles[0].Principal = fmt.Sprintf("t.yaml#Docs%d", i), "t.yaml#"+name
		p.Resources = append(p.Resources, r)
	}
	return p
}

// BenchmarkCompany asks everything that an audit asks about 10,000 roles, 1,000 keys and
// 10,000 slots, from the policies' texts on.
func BenchmarkCompany(b *testing.B) {
	inv, err := inventory.New(company(10_000))
	if err != nil {
		b.Fatal(err)
	}
	parts := inv.Parts()
	slot := embedded().Type("AWS::Bedrock::DataSource").Slot("transient-data")
	for b.Loop() {
		e := New(inv, embedded())
		surplus, able := 0, 0
		for i := range parts.Keys {
			e.Outside(parts.Keys[i].ID)
			surplus += len(e.Surplus(parts.Keys[i].ID))
		}
		for i := range parts.Resources {
			r := &parts.Resources[i]
			for _, u := range e.Uses(r, slot, r.Slots[0].Named[0].Key, "") {
				if u.Verdict == Able {
					able++
				}
			}
		}
		if surplus != 99*len(parts.Keys)+900 || able != 20_000 {
			b.Fatal(surplus, able)
		}
	}
}
