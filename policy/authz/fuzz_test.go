package authz

import (
	"testing"

	"github.com/bedlock/bedlock/policy"
)

// FuzzDecide looks for panics and for disagreement between the ways of asking,
// with one document in every layer.
func FuzzDecide(f *testing.F) {
	for _, s := range []string{
		`{"Version":"2012-10-17","Statement":[` + delegate + `,` + useKey + `]}`,
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root"],"Service":"s3.amazonaws.com"},"NotAction":"kms:Get*","NotResource":"arn:aws:kms:*:*:key/${k, 'x'}"}}`,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"ForAnyValue:ArnLikeIfExists":{"k":["arn:aws:s3:::${*}","*"]},"IpAddress":{"k":"10.0.0.0/8"},"DateLessThan":{"k":"2020"},"Null":{"k":true}}}]}`,
		`{"Version":"2012-10-17","Statement":["${bedlock:unknown:x}",{"Effect":"Allow","Principal":{"AWS":"${bedlock:ref:a#arn}"},"Action":"${bedlock:unknown:a}","Resource":"arn:${bedlock:partition}:kms:*:${bedlock:account}:key/*"}]}`,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":["*"],"Action":"kms:a*a*a*b","Resource":"arn:aws:kms","Condition":{"StringEqualsIgnoreCase":{"k":"${k}"},"Bool":{"k":"${k}"}}}}`,
	} {
		f.Add(s, "kms:Decrypt", keyARN, "a", uint8(1))
		f.Add(s, "kms:CreateGrant", keyARN, "a", uint8(32))
		f.Add(s, "s3:GetObject", "arn:aws:s3:::${bedlock:account}/k", "${bedlock:account}", uint8(3))
	}
	f.Fuzz(func(t *testing.T, text, action, resource, value string, kind uint8) {
		doc, err := policy.Parse(text)
		if err != nil || len(text) > 1<<14 || len(resource)+len(value) > 1<<10 {
			return
		}
		p := Compile("p", doc)
		who := []Principal{user(account, "alice"), session(account, "app", "s"), service(value), federated(account, value, "alice"), rootUser(other), {Kind: Anonymous}, {}, {Kind: Session, ARN: value}}
		req := &Request{Principal: who[int(kind)%len(who)], Action: action, Resource: resource, Context: ctx("k", value, "kms:encryptioncontext:k", value)}
		list := []*Policy{p, nil}
		layers := &Layers{Identity: list, Boundary: p, Session: list, SCPs: [][]*Policy{list}, RCPs: [][]*Policy{list}, Endpoint: p, Resource: p,
			Grants: []Grant{{ID: "g", Grantee: value, Operations: []string{"Decrypt"}, ContextEquals: map[string]string{"K": value}}}}
		if kind&16 != 0 {
			layers = &Layers{Identity: list, Resource: p, Grants: layers.Grants}
		}
		closed := OutcomeOf(req, layers)
		req.Open = kind&32 != 0
		d := Decide(req, layers)
		if req.Open && (d.Outcome == Allow || d.Outcome == ExplicitDeny) && closed != d.Outcome || d.Outcome == ImplicitDeny && !denied(closed) {
			t.Errorf("open %v, closed %v", d.Outcome, closed)
		}
		if d.Outcome < Allow || d.Outcome > Unknown {
			t.Fatalf("outcome %d", d.Outcome)
		}
		if o := OutcomeOf(req, layers); o != d.Outcome {
			t.Errorf("OutcomeOf %v, Decide %v", o, d.Outcome)
		}
		if d.Outcome == Unknown && len(d.Open) == 0 || d.Outcome == ExplicitDeny && len(d.Reasons) == 0 || d.Outcome == ImplicitDeny && len(d.Missing) == 0 {
			t.Errorf("no grounds: %s", show(d))
		}
		_ = d.Message(req)
	})
}
