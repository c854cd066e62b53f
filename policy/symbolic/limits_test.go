package symbolic

import (
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// TestCompareLimits compares documents that give nothing and only limit: VPC
// endpoint policies and resource control policies.
func TestCompareLimits(t *testing.T) {
	const (
		open      = `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
		orgOnly   = `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`
		tls       = `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
		noService = `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}}`
	)
	to := func(principal string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"kms:*","Resource":"*"}`
	}
	denied := func(action string) string {
		return open + `,{"Effect":"Deny","Principal":"*","Action":"` + action + `","Resource":"*"}`
	}
	both := []Kind{Endpoint, ResourceControl}
	for _, c := range []struct {
		name, a, b string
		kinds      []Kind
		want       Relation
	}{
		{"same", open, open, both, Equal},
		{"nothing", to(`"*"`), `{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`, both, MorePermissive},
		{"KMS and everything, on a key", to(`"*"`), open, both, Equal},
		{"only the organization", open + "," + orgOnly, open, both, LessPermissive},
		{"services are let through", open + "," + orgOnly, open + "," + noService, both, MorePermissive},
		{"the organization and transport", open + "," + orgOnly + "," + tls, open + "," + tls, both, LessPermissive},
		{"one or the other", open + "," + orgOnly, open + "," + tls, both, Incomparable},
		{"one action less", denied("kms:Decrypt"), open, both, LessPermissive},
		{"actions that are not KMS's", denied("s3:*"), open, both, Equal},
		{"actions that there are not yet", denied("kms:NotYet*"), open, both, LessPermissive},
		{"retiring grants, through an endpoint", denied("kms:RetireGrant"), open, []Kind{Endpoint}, LessPermissive},
		{"retiring grants, which a resource control policy leaves alone", denied("kms:RetireGrant"), open, []Kind{ResourceControl}, Equal},
		{"service-linked roles, through an endpoint", open + `,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/aws-service-role/*"}}}`, open, []Kind{Endpoint}, LessPermissive},
		{"service-linked roles, whom a resource control policy leaves alone", open + `,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/aws-service-role/*"}}}`, open, []Kind{ResourceControl}, Equal},
		{"a condition that nobody meets", open + `,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalType":"Nobody"}}}`, open, both, Equal},
		{"another key", open + `,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:kms:us-east-1:111122223333:key/9*"}`, open, both, Equal},
		{"this key among others", open + `,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:kms:*:111122223333:key/1*"}`, open, both, LessPermissive},

		{"an account has all its principals", to(`{"AWS":["111122223333","` + userA + `"]}`), to(`{"AWS":"arn:aws:iam::111122223333:root"}`), []Kind{Endpoint}, Equal},
		{"a user", to(`{"AWS":"` + userA + `"}`), to(`{"AWS":"111122223333"}`), []Kind{Endpoint}, LessPermissive},
		{"a user and a role", to(`{"AWS":"` + userA + `"}`), to(`{"AWS":"` + roleR + `"}`), []Kind{Endpoint}, Incomparable},
		{"a role has its sessions", to(`{"AWS":"` + session + `"}`), to(`{"AWS":"` + roleR + `"}`), []Kind{Endpoint}, LessPermissive},
		{"the account by a condition", to(`{"AWS":"111122223333"}`), to(`{"AWS":"*"}`) + `,{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}}`, []Kind{Endpoint}, Equal},
		{"all of AWS is not the services", to(`{"AWS":"*"}`), to(`"*"`), []Kind{Endpoint}, LessPermissive},
	} {
		for _, kind := range c.kinds {
			got := (&Universe{}).Compare(doc(t, key(c.a)), doc(t, key(c.b)), kind, theKey)
			if got.Relation != c.want {
				t.Errorf("%s (%v): %v, want %v\nmore: %v %s\nless: %v %s", c.name, kind, got.Relation, c.want, got.More.Verdict, why(got.More), got.Less.Verdict, why(got.Less))
			}
		}
	}
}

// TestLimitsAgainstRequests looks for requests that refute a proof, and replays
// counterexamples in layers where the document alone decides.
func TestLimitsAgainstRequests(t *testing.T) {
	pairs, verdicts, attacks := 600, map[Verdict]int{}, 0
	if testing.Short() {
		pairs = 80
	}
	g := newGenerator(61)
	u := &Universe{Accounts: []Account{{ID: home, Management: true}}}
	for n := range pairs {
		g.variables = n%3 == 0
		kind := []Kind{Endpoint, ResourceControl}[n%2]
		a, b := g.document(t, true, 3), g.document(t, true, 3)
		p := u.pair(authz.Compile("new", a), authz.Compile("old", b), kind, theKey)
		got := u.NoMorePermissive(a, b, kind, theKey)
		verdicts[got.Verdict]++
		switch got.Verdict {
		case Unknown:
			if !g.variables {
				t.Errorf("pair %d: unknown: %s\n%s\n%s", n, got.Reason, source(a), source(b))
			}
		case Exists:
			r := got.Witness.Request
			with, without := got.Witness.Layers, got.Witness.Layers
			if kind == Endpoint {
				without.Endpoint = p.old
			} else {
				without.RCPs = [][]*authz.Policy{{p.old}}
			}
			if o := authz.OutcomeOf(&r, &with); o != authz.Allow {
				t.Errorf("pair %d: the counterexample is %v: %s", n, o, show(&r))
			}
			if o := authz.OutcomeOf(&r, &without); o != authz.ExplicitDeny && o != authz.ImplicitDeny {
				t.Errorf("pair %d: the old document does not stop the counterexample: %v: %s", n, o, show(&r))
			}
		case Never:
			for _, who := range testPrincipals() {
				c := &class{who: who, account: who.Account}
				for range 60 {
					r := g.request(who)
					r.Action = pick(g, append(theActions, "kms:RetireGrant")...)
					if kind == ResourceControl && r.Action == "kms:RetireGrant" {
						continue
					}
					if attacks++; p.check(r, c) != nil {
						t.Fatalf("pair %d: proved, but %s\n%s\n%s", n, show(r), source(a), source(b))
					}
				}
			}
		}
	}
	t.Logf("%d pairs: %v; %d requests against the proofs", pairs, verdicts, attacks)
	if verdicts[Never] < pairs/20 || verdicts[Exists] < pairs/20 {
		t.Errorf("the pairs show too little: %v", verdicts)
	}
}
