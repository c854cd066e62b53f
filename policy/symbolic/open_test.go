package symbolic

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// TestOpenDecisionsChangeNothing asks questions with and without the open decision
// that comes before a search.
func TestOpenDecisionsChangeNothing(t *testing.T) {
	worlds := 300
	if testing.Short() {
		worlds = 40
	}
	g := newGenerator(17)
	asked, spared := 0, 0
	compare := func(q *question, what string) {
		asked++
		with := q.ask()
		if with.e != nil { // searched: nothing was left out
			return
		}
		spared++
		if without := q.askWith(nil); without.Verdict != Never {
			t.Errorf("%s: %v without the open decision: %s", what, without.Verdict, why(without.Answer))
		}
	}
	for n := range worlds {
		g.variables = n%2 == 0
		u, target := g.world(t)
		if n%3 == 0 {
			u.Organization, u.Accounts[0].Inside = "o-one", n%2 == 0
		}
		classes, err := u.classesFor(target)
		if err != nil {
			t.Fatal(err)
		}
		zone := &Zone{Organization: n%4 == 0}
		for i := range classes {
			c := &classes[i]
			for _, action := range theActions {
				compare(u.can(action, target, c, applicability(action), u.budget()), c.what+" "+action)
				if c.who.Kind == authz.Service {
					compare(u.fromOutside(action, zone, target, c, applicability(action), u.budget()), "from outside "+c.what+" "+action)
				}
			}
		}
	}
	t.Logf("%d questions, %d without a search", asked, spared)
	if spared < asked/4 {
		t.Errorf("an open decision was enough for %d of %d questions only", spared, asked)
	}
}

// TestStandIn: a class of many is decided by a principal that no policy names,
// whatever names there are.
func TestStandIn(t *testing.T) {
	entries := `"none","arn:aws:iam::none:root","arn:aws:iam::none:user/nobody","arn:aws:iam::111122223333:role/nobody","arn:aws:iam::111122223333:user/nobodyx",` +
		`"arn:aws:sts::111122223333:federated-user/nobody","arn:aws:iam::111122223333:role/aws-service-role/nobody","arn:aws:sts::111122223333:assumed-role/nobodyxx/session"`
	target := &Target{Key: theKey, Policy: compiled(t, "key", delegation+`,{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"},
		{"Effect":"Deny","Principal":{"AWS":[`+entries+`]},"Action":"kms:Decrypt","Resource":"*"}`)}
	got, err := (&Universe{}).WhoCan("kms:Decrypt", target)
	if err != nil {
		t.Fatal(err)
	}
	others := 0
	for _, a := range got {
		if !a.Others || strings.HasSuffix(a.Who, " account none") {
			continue
		}
		if others++; a.Verdict != Exists {
			t.Errorf("%s: %v %s", a.Who, a.Verdict, a.Reason)
		}
	}
	if others < 7 {
		t.Errorf("%d classes of others", others)
	}
}
