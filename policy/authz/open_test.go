package authz

import (
	"maps"
	"testing"
)

// TestOpenRequests: what a request does not say is not known, unless it follows
// from what it does say or cannot be there.
func TestOpenRequests(t *testing.T) {
	alice := user(account, "alice")
	on := func(condition string) layersOf {
		return layersOf{id: `{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}`, key: delegate}
	}
	equals := func(key, value string) layersOf { return on(`{"StringEquals":{"` + key + `":"` + value + `"}}`) }
	grant := func(g Grant) layersOf {
		g.ID = "g"
		return layersOf{grants: []Grant{g}}
	}
	const none = "ImplicitDeny missing resource-based policy, identity-based policy"
	for _, c := range []struct {
		name    string
		who     Principal
		action  string
		context Context
		layers  layersOf
		want    string
	}{
		{"no conditions", alice, "", nil, layersOf{id: allowAll, key: delegate}, "Allow id[0] key[0]:account"},
		{"nothing allows", alice, "", nil, layersOf{id: allowAll}, "ImplicitDeny missing resource-based policy"},
		{"not said", alice, "", nil, equals("kms:ViaService", "a"), "Unknown open kms:viaservice"},
		{"said", alice, "", ctx("kms:viaservice", "a"), equals("kms:ViaService", "a"), "Allow id[0] key[0]:account"},
		{"said otherwise", alice, "", ctx("kms:viaservice", "b"), equals("kms:ViaService", "a"), "ImplicitDeny missing identity-based policy"},
		{"said to be absent", alice, "", Context{"kms:viaservice": {}}, equals("kms:ViaService", "a"), "ImplicitDeny missing identity-based policy absent kms:viaservice"},
		{"denied", alice, "", nil, layersOf{id: allowAll, key: delegate + `,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`}, "Unknown open aws:securetransport"},
		{"denied anyway", alice, "", nil, layersOf{id: denyKMS + `,` + allowAll, key: delegate}, "ExplicitDeny id[0]"},
		{"whatever it is", alice, "", nil, on(`{"Null":{"aws:SourceVpc":["true","false"]}}`), "Allow id[0] key[0]:account"},
		{"derived", alice, "", nil, equals("aws:username", "alice"), "Allow id[0] key[0]:account"},
		{"derived, another", alice, "", nil, equals("aws:PrincipalAccount", other), "ImplicitDeny missing identity-based policy"},
		{"sessions have no user name", session(account, "app", "s"), "", nil, equals("aws:username", "app"), "ImplicitDeny missing identity-based policy absent aws:username"},
		{"the action has no such key", alice, "kms:DescribeKey", nil, equals("kms:EncryptionContext:a", "1"), "ImplicitDeny missing identity-based policy absent kms:encryptioncontext:a"},
		{"a variable", alice, "", nil, layersOf{id: `{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/${aws:PrincipalTag/key}"}`, key: delegate}, "Unknown open aws:principaltag/key"},
		{"names of the context", alice, "", ctx("kms:encryptioncontext:a", "1"), on(`{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"}}`), "Unknown open kms:encryptioncontextkeys"},
		{"names where there is no context", alice, "kms:DescribeKey", nil, on(`{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"a"}}`), "Allow id[0] key[0]:account"},
		{"grant", alice, "", nil, grant(Grant{Grantee: alice.ARN, Operations: []string{"Decrypt"}}), "Allow grant g:direct"},
		{"subset", alice, "", nil, grant(Grant{Grantee: alice.ARN, Operations: []string{"Decrypt"}, ContextSubset: map[string]string{"A": "1"}}), "Unknown open kms:encryptioncontext:a"},
		{"subset, said", alice, "", ctx("kms:encryptioncontext:a", "1"), grant(Grant{Grantee: alice.ARN, Operations: []string{"Decrypt"}, ContextSubset: map[string]string{"A": "1"}}), "Allow grant g:direct"},
		{"subset, said otherwise", alice, "", ctx("kms:encryptioncontext:a", "2"), grant(Grant{Grantee: alice.ARN, Operations: []string{"Decrypt"}, ContextSubset: map[string]string{"A": "1"}}), none},
		{"equals, there may be more", alice, "", ctx("kms:encryptioncontext:a", "1"), grant(Grant{Grantee: alice.ARN, Operations: []string{"Decrypt"}, ContextEquals: map[string]string{"A": "1"}}), "Unknown open kms:encryptioncontextkeys"},
		{"equals, there are more", alice, "", ctx("kms:encryptioncontext:a", "1", "kms:encryptioncontext:b", "1"), grant(Grant{Grantee: alice.ARN, Operations: []string{"Decrypt"}, ContextEquals: map[string]string{"A": "1"}}), none},
		{"equals where there is no context", alice, "kms:Sign", nil, grant(Grant{Grantee: alice.ARN, Operations: []string{"Sign"}, ContextEquals: map[string]string{}}), "Allow grant g:direct"},
		{"source of a service", service("s3.amazonaws.com"), "", nil, grant(Grant{Grantee: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::b", Operations: []string{"Decrypt"}}), "Unknown open aws:sourcearn"},
		{"grants made by way of a grant", alice, "kms:CreateGrant", nil, grant(Grant{Grantee: alice.ARN, Operations: []string{"CreateGrant"}}), "Unknown open kms:grantconstrainttype, kms:grantoperations"},
	} {
		req := &Request{Principal: c.who, Action: c.action, Resource: keyARN, Context: c.context, Open: true}
		if req.Action == "" {
			req.Action = "kms:Decrypt"
		}
		layers := c.layers.compile(t)
		if got := show(Decide(req, layers)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if n := testing.AllocsPerRun(20, func() { OutcomeOf(req, layers) }); n != 0 {
			t.Errorf("%s: OutcomeOf allocates %v times", c.name, n)
		}
	}
	owner := &Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Open: true}
	layers := layersOf{id: `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"` + account + `"}}}`}.compile(t)
	if got, want := show(Decide(owner, layers)), "Unknown open aws:resourceaccount"; got != want {
		t.Errorf("an owner who is not named: %s, want %s", got, want)
	}
}

// TestOpenRefines: what is decided of an open request stays so whatever the keys
// are of which it says nothing.
func TestOpenRefines(t *testing.T) {
	seen := map[Outcome]int{}
	eachRandom(t, func(r random, req *Request, layers *Layers) {
		req.Open = true
		d := Decide(req, layers)
		seen[d.Outcome]++
		if d.Outcome == Unknown && len(d.Open) == 0 {
			t.Error("not known, and nothing is open")
		}
		for range 12 {
			closed := *req
			closed.Open, closed.Context = false, maps.Clone(req.Context)
			for _, name := range append(contextNames, "kms:encryptioncontext:y", "kms:grantoperations") {
				if _, said := req.Context[name]; !said && name != "aws:username" && r.chance(60) {
					closed.Context[name] = pick(r, contextValues...)
				}
			}
			switch o := OutcomeOf(&closed, layers); {
			case d.Outcome == ImplicitDeny && !denied(o), d.Outcome == Allow && o != Allow, d.Outcome == ExplicitDeny && o != ExplicitDeny:
				t.Errorf("open: %v; with %v: %v", d.Outcome, closed.Context, o)
			}
		}
	})
	for o := Allow; o <= Unknown; o++ {
		if seen[o] < rounds/100 && !testing.Short() {
			t.Errorf("%v came up %d times only", o, seen[o])
		}
	}
}
