package estate

import (
	"slices"
	"testing"

	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// TestInsideHasAllSessions: in questions about all requests a role is all of its
// sessions, whatever their names, and is called by its name.
func TestInsideHasAllSessions(t *testing.T) {
	const bedlock = "arn:aws:sts::111122223333:assumed-role/reader/bedlock"
	reader := role("reader", inline("use", doc(`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringLike":{"aws:userid":"*:alice"}}}`)))
	k := live(doc(delegates, `{"Effect":"Deny","Principal":{"AWS":"`+bedlock+`"},"Action":"kms:*","Resource":"*"}`))
	e := estateOf(t, inventory.Parts{Keys: []inventory.Key{k}, Principals: []inventory.Principal{reader}})
	cases, _ := e.Cases(k.ID, "")
	c := cases[0]
	u := c.Inside()
	if len(u.Parties) != 1 || u.Parties[0].Principal.ARN != "" || u.Parties[0].Principal.Role != "arn:aws:iam::111122223333:role/reader" {
		t.Fatalf("%+v", u.Parties)
	}
	access, err := u.WhoCan("kms:Decrypt", c.Target)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range access {
		if name := c.Name(a.Who); name == "role reader" || a.Who == bedlock {
			got = append(got, name+": "+a.Verdict.String())
			if a.Verdict == symbolic.Exists && a.Witness.Request.Principal.ARN != "arn:aws:sts::111122223333:assumed-role/reader/alice" {
				t.Errorf("the witness is of %s", a.Witness.Request.Principal.ARN)
			}
		}
	}
	if want := []string{"role reader: exists", bedlock + ": never"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if p := c.Members()[0]; p.Principal.ARN != bedlock {
		t.Errorf("the member itself is changed: %+v", p.Principal)
	}
}

// TestUserIDOfRoles: which session of a role asks is not known, so neither is its
// aws:userid.
func TestUserIDOfRoles(t *testing.T) {
	byID := `{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"aws:userid":"AROAREADER:bedlock"}}}`
	reader := role("reader", inline("use", doc(byID)))
	reader.UniqueID = known1("AROAREADER")
	for name, c := range map[string]struct {
		principal inventory.Principal
		want      Verdict
	}{
		"of the inventory": {reader, Depends},
		"of nobody":        {role("reader", inline("use", doc(mayUse))), Able},
	} {
		k := live(doc(delegates))
		u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{dataSource(k.ID)}, Principals: []inventory.Principal{c.principal}}), "role:knowledge-base", "ingest")
		if u.Verdict != c.want || c.want == Depends && !slices.Contains(texts(u.Why), "kms:Decrypt depends on aws:userid") {
			t.Errorf("%s: %v (%q), want %v", name, u.Verdict, texts(u.Why), c.want)
		}
	}
	// A role that is not in the inventory is all of its sessions too.
	k := live(doc(adminOnly, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/reader"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringLike":{"aws:userid":"*:bedlock"}}}`))
	source := dataSource(k.ID)
	source.Roles[0].Principal, source.Roles[0].Text = "", known1("arn:aws:iam::111122223333:role/reader")
	u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{source}}), "role:knowledge-base", "ingest")
	if u.Verdict == Able || u.Verdict == Unable {
		t.Errorf("a stranger: %v", u.Verdict)
	}
}
