package audit

import (
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// TestRoleOfAnotherGroup: a key of one isolation group that a role of another can decrypt with.
func TestRoleOfAnotherGroup(t *testing.T) {
	embedded, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const account, region = "111122223333", "eu-west-1"
	role := func(name string) inventory.Principal {
		id := "arn:aws:iam::" + account + ":role/" + name
		return inventory.Principal{ID: id, Kind: inventory.Role, ARN: known(id), Name: known(name), Account: known(account)}
	}
	worker := func(name, group, as string, n inventory.Named) inventory.Resource {
		id := "arn:aws:bedrock:" + region + ":" + account + ":agent/" + name
		r := placed(inventory.Resource{ID: id, Type: "AWS::Bedrock::Agent", Name: known(name), Slots: []inventory.Slot{{Name: "content", Named: []inventory.Named{n}}}}, account, region)
		if group != "" {
			r.Tags = inventory.Tags{Known: map[string]string{DefaultIsolationTag: group}}
		}
		r.Roles = []inventory.RoleRef{{Name: "agent", Text: known("arn:aws:iam::" + account + ":role/" + as), Principal: "arn:aws:iam::" + account + ":role/" + as}}
		return r
	}
	run := func(statement string, more ...inventory.Resource) *outcome {
		k := goodKey(withPolicy(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:PutKeyPolicy","Resource":"*"},` + statement + `]}`))
		k.ID, k.Name = "arn:aws:kms:"+region+":"+account+":key/1234abcd-12ab-34cd-56ef-1234567890ab", "alias/acme"
		k.ARN, k.Account, k.Region = known(k.ID), known(account), known(region)
		other := goodKey()
		other.ID, other.Account, other.Region = "arn:aws:kms:"+region+":"+account+":key/1234abcd-12ab-34cd-56ef-1234567890ac", known(account), known(region)
		other.ARN = known(other.ID)
		return audit(t, inventory.Parts{
			Resources:  append([]inventory.Resource{worker("acme", "acme", "acme", toKey(k.ID, k.ID, "")), worker("globex", "globex", "globex", toKey(other.ID, other.ID, ""))}, more...),
			Keys:       []inventory.Key{k, other},
			Principals: []inventory.Principal{role("acme"), role("globex")},
		}, func(o *Options) { o.Catalog = embedded })
	}
	lets := func(who, condition string) string {
		return `{"Sid":"Use","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/` + who + `"},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*"` + condition + `}`
	}
	untagged := worker("source", "", "globex", none("aws-owned", "key owned by AWS"))
	untagged.Type, untagged.Slots[0].Name = "AWS::Bedrock::DataSource", "transient-data"
	const says = "role globex of other isolation groups can decrypt with key alias/acme of isolation group acme"
	for name, c := range map[string]struct {
		out  *outcome
		want bool
	}{
		"its own role":                            {run(lets("acme", "")), false},
		"that of another":                         {run(lets("globex", "")), true},
		"that of another, sometimes":              {run(lets("globex", `,"Condition":{"StringEquals":{"kms:EncryptionContext:tenant":"acme"}}`)), true},
		"a session of another":                    {run(lets("acme", "") + `,{"Sid":"Night","Effect":"Allow","Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/globex/night-shift"},"Action":"kms:Decrypt","Resource":"*"}`), true},
		"that of both":                            {run(lets("globex", ""), worker("second", "acme", "globex", none("aws-owned", "key owned by AWS"))), false},
		"that of another and of what has no tags": {run(lets("globex", ""), untagged), true},
		"that of another and of none":             {run(lets("globex", ""), worker("shared", "", "globex", none("aws-owned", "key owned by AWS"))), false},
	} {
		var found bool
		c.out.rules()
		for _, f := range c.out.findings {
			if f.Rule == ruleIntruder {
				found = f.Message == says
				if !found || f.Severity != bedlock.High {
					t.Errorf("%s: %s (%s)", name, f.Message, f.Severity)
				}
			}
		}
		s := c.out.slot(t, "arn:aws:bedrock:"+region+":"+account+":agent/acme")
		if found != c.want || c.want && (s.Rung != bedlock.Exposed || s.Evidence[0].Text != says) {
			t.Errorf("%s: found is %t, on %s: %q", name, found, s.Rung, texts(s.Evidence))
		}
	}
}
