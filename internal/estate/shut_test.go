package estate

import (
	"fmt"
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

// TestShut: who is shut is denied every action, and who is not for a reason is not said to be.
func TestShut(t *testing.T) {
	const arnOf = "arn:aws:iam::111122223333:role/"
	allow := func(principal string) string {
		return fmt.Sprintf(`{"Effect":"Allow","Principal":%s,"Action":"kms:*","Resource":"*"}`, principal)
	}
	plain := role("app", inline("p", doc(`{"Effect":"Allow","Action":"bedrock:*","Resource":"*"}`, `{"Effect":"Deny","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/other"}`)))
	user := role("app", inline("p", doc(mayUse)))
	all := role("app", inline("p", doc(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`)))
	unread := role("app", inline("p", inventory.Unread[inventory.Policy]("AccessDenied", at(31))))
	for name, c := range map[string]struct {
		who    inventory.Principal
		policy inventory.Value[inventory.Policy]
		grants []inventory.Grant
		shut   bool
	}{
		"the account":          {plain, doc(delegates), nil, true},
		"another role":         {plain, doc(delegates, allow(`{"AWS":"`+arnOf+`other"}`)), nil, true},
		"a service":            {plain, doc(allow(`{"Service":"bedrock.amazonaws.com"}`)), nil, true},
		"the role":             {plain, doc(allow(`{"AWS":"` + arnOf + `app"}`)), nil, false},
		"everybody":            {plain, doc(allow(`"*"`)), nil, false},
		"everybody of AWS":     {plain, doc(allow(`{"AWS":"*"}`)), nil, false},
		"a session of it":      {plain, doc(allow(`{"AWS":"arn:aws:sts::111122223333:assumed-role/app/x"}`)), nil, false},
		"a grant":              {plain, doc(delegates), []inventory.Grant{{ID: "g", Grantee: known1(arnOf + "app"), Operations: known1([]string{"Decrypt"})}}, false},
		"its own policy":       {user, doc(delegates), nil, false},
		"all but IAM":          {all, doc(delegates), nil, false},
		"a policy not read":    {unread, doc(delegates), nil, false},
		"a key policy unread":  {plain, inventory.Unread[inventory.Policy]("AccessDenied", at(20)), nil, false},
		"all but one of it":    {plain, doc(`{"Effect":"Allow","NotPrincipal":{"AWS":"` + arnOf + `other"},"Action":"kms:*","Resource":"*"}`), nil, false},
		"the deny of everyone": {plain, doc(delegates, `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}`), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			key := live(c.policy)
			for i := range c.grants {
				c.grants[i].Key = key.ID
			}
			c.who.ARN = known1(arnOf + "app")
			e := estateOf(t, inventory.Parts{
				Keys: []inventory.Key{key}, Grants: c.grants, Principals: []inventory.Principal{c.who}, Accounts: []inventory.Account{{ID: home, Complete: true}},
				Resources: []inventory.Resource{{
					ID: "arn:aws:bedrock:eu-west-1:111122223333:guardrail/a", Type: "AWS::Bedrock::Guardrail", Name: known1("a"), At: at(40),
					Place: inventory.Place{Account: known1(home), Region: known1("eu-west-1")}, Slots: []inventory.Slot{{Name: "configuration", Named: []inventory.Named{{Text: known1(key.ID), Key: key.ID}}}},
				}},
			})
			cases, ok := e.Cases(key.ID, "")
			if !ok || len(cases) != 1 {
				t.Fatal(len(cases))
			}
			who := cases[0].Who(arnOf + "app")
			if got := cases[0].Shut(who); got != c.shut {
				t.Errorf("shut: %v", got)
			}
			r := &e.inv.Parts().Resources[0]
			for i := range embedded().Type(r.Type).Slot("configuration").Needs {
				n := &embedded().Type(r.Type).Slot("configuration").Needs[i]
				if n.Who != "caller" || !c.shut {
					continue
				}
				for _, s := range cases[0].Meets(who, r, n).Steps {
					if s.Verdict != Unable {
						t.Errorf("%s: %s %s", n.For, s.Action, s.Verdict)
					}
				}
			}
		})
	}
}
