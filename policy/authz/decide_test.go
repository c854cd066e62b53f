package authz

import "testing"

const (
	delegate   = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	useKey     = `{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"arn:aws:kms:us-east-1:111122223333:key/*"}`
	allowAll   = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	allowOther = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	denyKMS    = `{"Effect":"Deny","Action":"kms:*","Resource":"*"}`
)

func TestSmoke(t *testing.T) {
	alice := user(account, "alice")
	d := Decide(&Request{Principal: alice, Action: "kms:Decrypt", Resource: keyARN},
		&Layers{Identity: []*Policy{must(t, "id", useKey)}, Resource: must(t, "key", delegate)})
	if d.Outcome != Allow || len(d.Reasons) != 2 {
		t.Errorf("%+v", d)
	}
	d = Decide(&Request{Principal: alice, Action: "kms:Encrypt", Resource: keyARN},
		&Layers{Identity: []*Policy{must(t, "id", useKey)}, Resource: must(t, "key", delegate)})
	if d.Outcome != ImplicitDeny || len(d.Missing) != 1 || d.Missing[0] != LayerIdentity {
		t.Errorf("%+v", d)
	}
}

func BenchmarkOutcomeKeyAndIdentity(b *testing.B) {
	key := must(b, "key", delegate+`,{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/admin"},"Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:Revoke*","kms:Disable*","kms:Get*","kms:Delete*","kms:TagResource","kms:UntagResource","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion"],"Resource":"*"},
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"bedrock.us-east-1.amazonaws.com"}}},
{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}}`)
	id := must(b, "id", useKey+","+allowOther)
	req := &Request{Principal: session(account, "reader", "s"), Action: "kms:Decrypt", Resource: keyARN, Context: ctx("kms:viaservice", "s3.us-east-1.amazonaws.com")}
	layers := &Layers{Identity: []*Policy{id}, Resource: key}
	if o := OutcomeOf(req, layers); o != Allow {
		b.Fatal(o)
	}
	b.ReportAllocs()
	for b.Loop() {
		OutcomeOf(req, layers)
	}
}
