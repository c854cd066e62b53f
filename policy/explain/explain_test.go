package explain

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

func compile(t *testing.T, name, statements string) *authz.Policy {
	t.Helper()
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	return authz.Compile(name, d)
}

func TestNearAndStatement(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:111122223333:key/1"
	user := "arn:aws:iam::111122223333:user/ann"
	req := &authz.Request{Principal: authz.Principal{Kind: authz.User, ARN: user, Account: "111122223333"}, Action: "kms:Decrypt", Resource: key}
	layers := &authz.Layers{
		Identity: []*authz.Policy{
			compile(t, "inline/a", `{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"},{"Sid":"Apps","Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:App":"x"}}}`),
			compile(t, "inline/b", `{"Sid":"No","Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}`),
		},
		SCPs:     [][]*authz.Policy{{compile(t, "p", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}, {compile(t, "p", `{"Sid":"Second","Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}`)}},
		Resource: compile(t, "key policy", `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}`),
		Grants:   []authz.Grant{{ID: "g", Grantee: user, Operations: []string{"Decrypt"}, ContextEquals: map[string]string{"App": "y"}}},
	}
	d := authz.Decide(req, layers)
	var sids []string
	for i := range d.Reasons {
		if _, s := Statement(layers, &d.Reasons[i]); s != nil {
			sids = append(sids, s.Sid)
		}
	}
	if diff := cmp.Diff([]string{"No", "Second"}, sids); diff != "" || d.Outcome != authz.ExplicitDeny {
		t.Errorf("%s %s", d.Outcome, diff)
	}
	if p, s := Statement(layers, &authz.Reason{Layer: authz.LayerGrant, Grant: "g"}); p != nil || s != nil {
		t.Errorf("a grant has a statement: %v", s)
	}

	layers.Identity, layers.SCPs = layers.Identity[:1], nil
	d = authz.Decide(req, layers)
	var got [][]string
	for _, m := range Near(req, layers, d.Absent) {
		got = append(got, append([]string{m.Reason.Layer.String(), m.Reason.Policy, m.Reason.Grant}, m.Absent...))
	}
	want := [][]string{{"identity-based policy", "inline/a", "", "kms:EncryptionContext:App"}, {"grant", "", "g", "kms:encryptioncontext:app"}}
	if diff := cmp.Diff(want, got); diff != "" || d.Outcome != authz.ImplicitDeny {
		t.Errorf("%s, absent %q: %s", d.Outcome, d.Absent, diff)
	}
	if all := Near(req, layers, nil); all != nil {
		t.Errorf("nothing is absent: %+v", all)
	}
}
