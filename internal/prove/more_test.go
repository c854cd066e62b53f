package prove

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/inventory"
)

// TestNoDetours: powers that lead nowhere.
func TestNoDetours(t *testing.T) {
	decrypts := allow(`"kms:Decrypt"`, keyARN)
	direct := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/reader"},"Action":"kms:Decrypt","Resource":"*"}`
	admin := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/keeper"},"Action":"kms:PutKeyPolicy","Resource":"*"}`
	for name, c := range map[string]struct {
		policy, action string
		principals     []inventory.Principal
		want           []string
	}{
		"a grant cannot give GetKeyPolicy":                        {root, "kms:GetKeyPolicy", []inventory.Principal{role("granter", "", allow(`"kms:CreateGrant"`, keyARN))}, nil},
		"its own policies, where the key policy does not ask IAM": {direct + "," + admin, "kms:Decrypt", []inventory.Principal{role("reader", ""), role("boss", "", allow(`"iam:PutRolePolicy"`, "*"))}, nil},
		"IAM of another account": {root, "kms:Decrypt", []inventory.Principal{role("reader", "", decrypts), func() inventory.Principal {
			r := role("boss", "", allow(`"iam:*"`, "*"))
			r.Account = known("444455556666")
			return r
		}()}, nil},
		"a chain of which one part depends": {root, "kms:Decrypt", []inventory.Principal{
			func() inventory.Principal {
				r := role("reader", "", decrypts)
				r.Trust = doc(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/middle"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}}`)
				return r
			}(), role("middle", arnOf("user", "dev")), user("dev")},
			[]string{"role middle depends", "user dev depends"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := parts(doc(c.policy), c.principals...)
			p.Resources = nil
			e := estateOf(t, p)
			all, err := WhoCan(e, c.action, e.Inventory().Key(keyARN))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range all[0].Detours {
				got = append(got, d.Who+" "+d.Verdict)
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestDetoursNotKnown: who has policies that are not known may have a detour.
func TestDetoursNotKnown(t *testing.T) {
	dark := role("dark", "")
	dark.Policies = []inventory.NamedPolicy{{Name: "x", Policy: inventory.Unknown[inventory.Policy]("later", at(31))}}
	direct := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/reader"},"Action":"kms:Decrypt","Resource":"*"}`
	policy := strings.Replace(root, "kms:*", "kms:PutKeyPolicy", 1)
	p := parts(doc(policy, direct), role("reader", "", allow(`"s3:*"`, "*")), dark)
	p.Resources = nil
	e := estateOf(t, p)
	all, err := WhoCan(e, "kms:Decrypt", e.Inventory().Key(keyARN))
	if err != nil || !slices.Equal(all[0].Unknown, []string{"role dark"}) || len(all[0].Detours) != 0 || !slices.Contains(all[0].Never, "role dark") {
		t.Errorf("%+v %v", all[0], err)
	}
}

// TestLockedDependsOnDeployment: a lock-out in one account only is not known to be one.
func TestLockedDependsOnDeployment(t *testing.T) {
	none := inventory.Unknown[string]("not said", at(5))
	k := inventory.Key{ID: "t.yaml#Key", Address: "Key", At: at(5), Place: inventory.Place{Account: none, Region: known("eu-west-1")},
		Policy: doc(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${bedlock:account}:root"},"Action":"kms:PutKeyPolicy","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":["111122223333","${bedlock:account}"]}}}`)}
	e := estateOf(t, inventory.Parts{Keys: []inventory.Key{k}})
	if got := locked(e, &k); got != "no" {
		t.Errorf("%q, want no", got)
	}
	k.Policy = doc(`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::444455556666:root"]},"Action":"kms:Decrypt","Resource":"*"}`)
	e = estateOf(t, inventory.Parts{Keys: []inventory.Key{k}})
	if got := locked(e, &k); got != "yes" {
		t.Errorf("locked out everywhere: %q, want yes", got)
	}
}

// TestLeast: the least policy of a key's needs is proved, and what it lacks is said.
func TestLeast(t *testing.T) {
	p := parts(doc(root), role("reader", ""))
	e := estateOf(t, p)
	k := e.Inventory().Key(keyARN)
	all, err := LeastFor(e, k, LeastOptions{Administrators: []string{arnOf("role", "keeper")}})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	l := all[0]
	if l.Sufficient != "proved" || l.Beyond != "proved" || l.Least != "proved" || l.Parts == 0 || len(l.Identity) != 0 {
		t.Errorf("%+v", l)
	}
	for _, want := range []string{`"AWS": "arn:aws:iam::111122223333:role/reader"`, `"kms:EncryptionContext:aws:bedrock:arn": "arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/*"`, `"AWS": "arn:aws:iam::111122223333:role/keeper"`} {
		if !strings.Contains(l.Policy, want) {
			t.Errorf("the policy lacks %s:\n%s", want, l.Policy)
		}
	}
	if all, err = LeastFor(e, k, LeastOptions{Delegated: true}); err != nil || len(all[0].Identity) != 1 || all[0].Identity[0].Who != "role reader" || all[0].Beyond != "proved" {
		t.Errorf("delegated: %+v %v", all, err)
	}
	p.Resources = nil
	e = estateOf(t, p)
	if _, err := LeastFor(e, e.Inventory().Key(keyARN), LeastOptions{}); err == nil || !strings.Contains(err.Error(), "no slot of the sources with a known need leads to it") {
		t.Errorf("a key without needs: %v", err)
	}
}
