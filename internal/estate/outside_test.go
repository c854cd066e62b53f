package estate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/inventory"
)

func TestOutside(t *testing.T) {
	everyone := `{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`
	for name, c := range map[string]struct {
		policy inventory.Value[inventory.Policy]
		grants []inventory.Grant
		org    string
		want   []string
		open   string
	}{
		"the account alone": {doc(delegates), nil, "", nil, ""},
		"another account": {doc(delegates, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:Decrypt","Resource":"*"}`), nil, "",
			[]string{"account 444455556666 can kms:Decrypt by [1]"}, ""},
		"a role of another account": {doc(delegates, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/app"},"Action":"kms:Decrypt","Resource":"*"}`), nil, "",
			[]string{"arn:aws:iam::444455556666:role/app can kms:Decrypt by [1]"}, ""},
		"everyone closed by a deny": {doc(delegates, everyone, `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"kms:CallerAccount":"111122223333"}}}`), nil, "", nil, ""},
		"everyone of the organization": {doc(delegates, `{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abcdef1234"}}}`), nil, "o-abcdef1234",
			nil, ""},
		"the only organization that is named is taken to be ours": {doc(delegates, `{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abcdef1234"}}}`), nil, "",
			nil, ""},
		"a service for everyone": {doc(delegates, `{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}`), nil, "",
			[]string{"bedrock.amazonaws.com (a service) can kms:Decrypt by [1]"}, ""},
		"a service for the account": {doc(delegates, `{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`), nil, "",
			nil, ""},
		"a grant": {doc(delegates), []inventory.Grant{{ID: "g1", Grantee: known1("arn:aws:iam::444455556666:role/app"), Operations: known1([]string{"Decrypt"}), At: at(60)}}, "",
			[]string{"arn:aws:iam::444455556666:role/app can kms:Decrypt by []"}, ""},
		"a grant to somebody": {doc(delegates), []inventory.Grant{{ID: "g1", Grantee: inventory.Unknown[string]("known after apply", at(60)), Operations: known1([]string{"Decrypt"}), At: at(60)}}, "",
			nil, "who may do what by grant g1 is not known"},
		"not known":         {inventory.Unknown[inventory.Policy]("known after apply", at(20)), nil, "", nil, "whether others than the account can use the key is not known"},
		"no policy in code": {inventory.Absent[inventory.Policy](at(20)), nil, "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := live(c.policy)
			p := inventory.Parts{Keys: []inventory.Key{k}, Grants: c.grants}
			for i := range p.Grants {
				p.Grants[i].Key, p.Grants[i].KeyText = k.ID, known1(k.ID)
			}
			if c.org != "" {
				p.Accounts = []inventory.Account{{ID: home, Organization: known1(c.org)}}
			}
			out := estateOf(t, p).Outside(k.ID)
			var got []string
			for _, o := range out.Outsiders {
				s := o.Who
				if o.Service {
					s += " (a service)"
				}
				s += " can " + strings.Join(o.Actions, ", ") + " by " + fmt.Sprint(o.Statements)
				got = append(got, s)
				if len(o.Because) == 0 {
					t.Errorf("%s has no reason", o.Who)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if c.open == "" != (len(out.Open) == 0) || c.open != "" && !strings.HasPrefix(out.Open[0].Text, c.open) {
				t.Errorf("open %q, want %q", texts(out.Open), c.open)
			}
		})
	}
}

// TestOutsideDependsOnDeployment: whether account 444455556666 is outside depends on
// where the key goes.
func TestOutsideDependsOnDeployment(t *testing.T) {
	k := declared(doc(tokenRoot, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/app"},"Action":"kms:Decrypt","Resource":"*"}`))
	out := estateOf(t, inventory.Parts{Keys: []inventory.Key{k}}).Outside(k.ID)
	if len(out.Outsiders) != 0 || len(out.Open) != 1 || !strings.Contains(out.Open[0].Text, "depends on the account") {
		t.Errorf("%+v", out)
	}
}

func TestSurplus(t *testing.T) {
	decrypt := inline("use", doc(`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`))
	k := live(doc(delegates))
	for name, c := range map[string]struct {
		who  inventory.Principal
		want string
	}{
		"a role that no slot needs":      {role("idle", decrypt), "role idle can kms:Decrypt"},
		"an administrator of everything": {role("admin", inline("all", doc(`{"Effect":"Allow","Action":"*","Resource":"*"}`))), "role admin can kms:Decrypt"},
		"a user of the service":          {role("app", decrypt, inline("ask", doc(`{"Effect":"Allow","Action":"bedrock:Retrieve","Resource":"*"}`))), ""},
		"only under a condition":         {role("idle", inline("use", doc(`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringLike":{"kms:ViaService":"s3.*"}}}`))), ""},
		"of another key":                 {role("idle", inline("use", doc(`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:eu-west-1:111122223333:key/other"}`))), ""},
		"a role of another account":      {func() inventory.Principal { r := role("idle", decrypt); r.Account = known1(other); return r }(), ""},
		"a service-linked role": {func() inventory.Principal {
			r := role("idle", decrypt)
			r.Path = known1("/aws-service-role/x.amazonaws.com/")
			return r
		}(), ""},
		"a role of unknown account, elsewhere": {func() inventory.Principal {
			r := role("idle", decrypt)
			r.ID, r.Account = "u.yaml#idle", inventory.Value[string]{}
			return r
		}(), ""},
		"the role that needs it":              {role("reader", decrypt), ""},
		"a role whose policies are not known": {role("idle", decrypt, inline("more", inventory.Unknown[inventory.Policy]("later", at(1)))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{dataSource(k.ID)}, Principals: []inventory.Principal{c.who}}
			if c.who.ID != "t.yaml#reader" {
				p.Principals = append(p.Principals, role("reader"))
			}
			got := ""
			for _, s := range estateOf(t, p).Surplus(k.ID) {
				got += s.Who + " can " + s.Action
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	// Others than the account are told by Outside.
	open := live(doc(delegates, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"}`))
	stray := role("idle", decrypt)
	stray.Account = known1(other)
	if s := estateOf(t, inventory.Parts{Keys: []inventory.Key{open}, Resources: []inventory.Resource{dataSource(open.ID)}, Principals: []inventory.Principal{stray, role("reader")}}).Surplus(open.ID); s != nil {
		t.Errorf("a role of another account: %+v", s)
	}
	if s := estateOf(t, inventory.Parts{Keys: []inventory.Key{k}, Principals: []inventory.Principal{role("idle", decrypt)}}).Surplus(k.ID); s != nil {
		t.Errorf("a key that no slot names: %+v", s)
	}
}
