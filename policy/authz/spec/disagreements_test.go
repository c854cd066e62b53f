package spec

import (
	"encoding/json"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// TestDisagreements keeps the smallest cases on which the two evaluators once gave
// different answers, with what the documentation says.
func TestDisagreements(t *testing.T) {
	type list = []string
	alice := authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/alice", Account: ours}
	session := authz.Principal{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/app/one", Role: "arn:aws:iam::111122223333:role/app", Account: ours}
	federated := authz.Principal{Kind: authz.Federated, ARN: "arn:aws:sts::111122223333:federated-user/alice", Parent: alice.ARN, Account: ours}
	notPrincipal := func(names list) string {
		b, err := json.Marshal(names)
		if err != nil {
			t.Fatal(err)
		}
		return `{"Effect":"Deny","Action":"kms:*","Resource":"*","NotPrincipal":{"AWS":` + string(b) + `}},{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":"*"}`
	}
	const (
		spared = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html"
		token  = "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html"
		exists = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists"
	)
	for _, c := range []struct {
		name, source string
		who          authz.Principal
		resource     string // statements of the key policy
		identity     string // statements
		session      []*authz.Policy
		context      authz.Context
		want         authz.Outcome
	}{
		{name: "a user listed without its account", source: spared, who: alice, resource: notPrincipal(list{alice.ARN}), want: authz.ExplicitDeny},
		{name: "an account listed without the user", source: spared, who: alice, resource: notPrincipal(list{ours}), want: authz.ExplicitDeny},
		{name: "a user and its account", source: spared, who: alice, resource: notPrincipal(list{alice.ARN, ours}), want: authz.Allow},
		{name: "a role and its account, not the session", source: spared, who: session, resource: notPrincipal(list{session.Role, ours}), want: authz.ExplicitDeny},
		{name: "session, role and account", source: spared, who: session, resource: notPrincipal(list{session.ARN, session.Role, ours}), want: authz.Allow},
		{name: "federated without policies, its user named", source: token, who: federated,
			resource: `{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"}}`, want: authz.ImplicitDeny},
		{name: "federated without policies, the session named", source: token, who: federated,
			resource: `{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"arn:aws:sts::111122223333:federated-user/alice"}}`, want: authz.Allow},
		{name: "federated with policies, its user named", source: token, who: federated, session: []*authz.Policy{everything},
			resource: `{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"}}`, want: authz.Allow},
		{name: "IfExists under ForAnyValue of an absent key", source: exists, who: alice,
			resource: `{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":"*","Condition":{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}}}`, want: authz.Allow},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &authz.Layers{Session: c.session, Resource: compile("key", json.RawMessage(`{"Version":"2012-10-17","Statement":[`+c.resource+`]}`))}
			if c.identity != "" {
				l.Identity = []*authz.Policy{compile("identity", json.RawMessage(`{"Version":"2012-10-17","Statement":[`+c.identity+`]}`))}
			}
			req := &authz.Request{Principal: c.who, Action: "kms:Decrypt", Resource: ourKey, Context: c.context}
			if got := Decide(req, l).Outcome; got != c.want {
				t.Errorf("specification says %s, not %s (%s)", got, c.want, c.source)
			}
			if got := authz.Decide(req, l).Outcome; got != c.want {
				t.Errorf("engine says %s, not %s (%s)", got, c.want, c.source)
			}
		})
	}
}
