package estate

import (
	"slices"
	"sync"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

const (
	home  = "111122223333"
	other = "444455556666"
)

var embedded = sync.OnceValue(func() *catalog.Catalog {
	c, err := catalog.Embedded()
	if err != nil {
		panic(err)
	}
	return c
})

// at is a position in the tests' only file.
func at(line int32) bedlock.Position {
	return bedlock.Position{File: "t.yaml", Line: line, Column: 1}
}

func known1[T any](v T) inventory.Value[T] { return inventory.Known(v, at(1)) }

// doc is a policy whose statements stand on lines 21, 22 …
func doc(statements ...string) inventory.Value[inventory.Policy] {
	p := inventory.Policy{Text: `{"Version":"2012-10-17","Statement":[`}
	for i, s := range statements {
		if i > 0 {
			p.Text += ","
		}
		p.Text += s
		p.Statements = append(p.Statements, at(int32(21+i)))
	}
	p.Text += "]}"
	return inventory.Known(p, at(20))
}

const (
	delegates = `{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	tokenRoot = `{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:${bedlock:partition}:iam::${bedlock:account}:root"},"Action":"kms:*","Resource":"*"}`
	adminOnly = `{"Sid":"Admin","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:PutKeyPolicy","kms:DescribeKey"],"Resource":"*"}`
	mayUse    = `{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}`
)

// live is a key of a known account and Region.
func live(policy inventory.Value[inventory.Policy]) inventory.Key {
	id := "arn:aws:kms:eu-west-1:" + home + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
	return inventory.Key{
		ID: id, ARN: known1(id), Name: "records", At: at(5), Policy: policy,
		Place: inventory.Place{Account: known1(home), Region: known1("eu-west-1")},
	}
}

// declared is a key of infrastructure code: where it goes is not known.
func declared(policy inventory.Value[inventory.Policy]) inventory.Key {
	return inventory.Key{
		ID: "t.yaml#Key", Address: "Key", At: at(5), Policy: policy,
		Place: inventory.Place{Account: inventory.Unknown[string]("the source does not say", at(5)), Region: inventory.Unknown[string]("the source does not say", at(5))},
	}
}

func role(name string, policies ...inventory.NamedPolicy) inventory.Principal {
	return inventory.Principal{ID: "t.yaml#" + name, Kind: inventory.Role, Address: name, Name: known1(name), Account: known1(home), Policies: policies, At: at(30)}
}

func inline(name string, text inventory.Value[inventory.Policy]) inventory.NamedPolicy {
	return inventory.NamedPolicy{Name: name, Policy: text, At: at(31)}
}

// dataSource is one of a knowledge base with role reader and its key.
func dataSource(key string) inventory.Resource {
	return inventory.Resource{
		ID: "t.yaml#Docs", Type: "AWS::Bedrock::DataSource", Address: "Docs", At: at(40),
		Slots: []inventory.Slot{{Name: "transient-data", Named: []inventory.Named{{Text: known1(key), Key: key}}}},
		Roles: []inventory.RoleRef{{Name: "knowledge-base", Text: known1("reader"), Principal: "t.yaml#reader"}},
	}
}

func estateOf(t testing.TB, p inventory.Parts) *Estate {
	t.Helper()
	inv, err := inventory.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return New(inv, embedded())
}

// usesOf decides the needs of a resource's first slot.
func usesOf(t testing.TB, p inventory.Parts) []Use {
	t.Helper()
	e := estateOf(t, p)
	r := &e.inv.Parts().Resources[0]
	slot := embedded().Type(r.Type).Slot(r.Slots[0].Name)
	n := r.Slots[0].Named[0]
	return e.Uses(r, slot, n.Key, n.When)
}

// use returns the one for a purpose.
func use(t testing.TB, all []Use, who string, purpose string) *Use {
	t.Helper()
	i := slices.IndexFunc(all, func(u Use) bool { return u.Need.Who == who && u.Need.For == purpose })
	if i < 0 {
		t.Fatalf("no use by %s to %s", who, purpose)
	}
	return &all[i]
}

func texts(list []bedlock.Evidence) []string {
	out := []string{}
	for _, e := range list {
		out = append(out, e.Text)
	}
	return out
}

// awsManaged is an AWS managed policy as infrastructure code attaches it.
func awsManaged(name string) inventory.NamedPolicy {
	return inventory.NamedPolicy{ARN: known1("arn:${bedlock:partition}:iam::aws:policy/" + name), Policy: inventory.Unknown[inventory.Policy]("the managed policy is not among the inputs", at(31)), At: at(31)}
}
