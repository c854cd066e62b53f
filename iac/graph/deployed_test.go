package graph

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

func TestDocument(t *testing.T) {
	v, err := Document([]byte(`{"a": {"n": 1.50, "t": true, "none": null, "list": ["x", {}]}, "s": "${bedlock:ref:x#Arn}"}`))
	if err != nil {
		t.Fatal(err)
	}
	a := v.Get("a")
	for _, x := range []struct {
		got  Value
		kind Kind
		text string
	}{
		{a.Get("n"), Number, "1.50"}, {a.Get("t"), Bool, "true"}, {a.Get("none"), Absent, ""}, {a.Get("list").Items[0], String, "x"},
		{a.Get("list").Items[1], Map, ""}, {v.Get("s"), String, "${bedlock:ref:x#Arn}"}, {v.Get("gone"), Absent, ""},
	} {
		if x.got.Kind != x.kind || x.got.Text != x.text || !x.got.At.IsZero() {
			t.Errorf("%+v, want kind %d text %q", x.got, x.kind, x.text)
		}
	}
	if _, err := Document([]byte(`{"a": `)); err == nil || !strings.HasPrefix(err.Error(), "document:1:") {
		t.Errorf("error %v", err)
	}
}

// An error without a text must not make an inventory that cannot be read again.
func TestFailureWithoutAText(t *testing.T) {
	for want, v := range map[string]Value{"unread no reason is given": Failed(""), "unknown no reason is given": Unresolved("", Value{}.At), "unread denied": Failed("denied")} {
		got := text(v)
		if s := got.State().String() + " " + got.Why(); s != want {
			t.Errorf("%s, want %s", s, want)
		}
	}
}

// A mode that could not be read decides nothing when no key is named, and does not
// matter when one is.
func TestUnreadMode(t *testing.T) {
	slot := catalog.Slot{Mode: &catalog.Mode{}, Default: catalog.Default{Owner: catalog.OwnerAWSOwned}}
	for named, want := range map[string]string{"": "unread denied ", "alias/app": "known  "} {
		n := inventory.Named{Text: inventory.Known(named, Value{}.At)}
		(&assembly{}).applyMode(&n, &slot, Failed("denied"))
		if got := n.Text.State().String() + " " + n.Text.Why() + " " + string(n.Owner); got != want {
			t.Errorf("%q: %q, want %q", named, got, want)
		}
	}
}

// FuzzAnswers assembles two resources and a key of any types from any document: each
// inventory can be written and read again.
func FuzzAnswers(f *testing.F) {
	cat, err := catalog.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("AWS::Bedrock::Guardrail", "arn:aws:bedrock:eu-west-1:111122223333:guardrail/a", []byte(`{"GetGuardrail": {"name": "g", "kmsKeyArn": "alias/app"}, "Tags": {"a": "b"}}`))
	f.Add("AWS::KMS::Key", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", []byte(`{"DescribeKey": {"KeyMetadata": {"KeyManager": "CUSTOMER", "MultiRegionConfiguration": {"MultiRegionKeyType": "REPLICA"}}}, "GetKeyPolicy": {"Policy": "{\"Statement\": {}}"}, "ListResourceTags": {"Tags": [{"TagKey": "a", "TagValue": "b"}]}, "GetKeyLastUsage": {"KeyLastUsage": {"Timestamp": "x"}}}`))
	f.Add("AWS::KMS::Alias", "arn:aws:kms:eu-west-1:111122223333:alias/app", []byte(`{"ListAliases": {"AliasName": "alias/app", "TargetKeyId": "alias/app"}}`))
	f.Add("AWS::KMS::Grant", "arn:aws:kms:eu-west-1:111122223333:key/k/grant/g", []byte(`{"ListGrants": {"KeyId": "k", "Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"a": 1}}}}`))
	f.Add("AWS::IAM::Role", "arn:aws:iam::111122223333:role/r", []byte(`{"GetAccountAuthorizationDetails": {"RoleName": "r", "RolePolicyList": [{"PolicyDocument": "{}"}], "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/p"}]}}`))
	f.Add("AWS::IAM::ManagedPolicy", "arn:aws:iam::aws:policy/p", []byte(`{"GetAccountAuthorizationDetails": {"PolicyVersionList": [{"IsDefaultVersion": true, "Document": "{"}]}}`))
	f.Add("AWS::OpenSearchServerless::SecurityPolicy", "x", []byte(`{"GetSecurityPolicy": {"securityPolicyDetail": {"type": "encryption", "policy": {"Rules": [{"Resource": ["collection/*"]}]}}}}`))
	f.Add("AWS::Bedrock::DataSource", "kb/data-source/ds", []byte(`{"GetDataSource": {"dataSource": {"knowledgeBaseId": "kb"}}}`))
	f.Add("AWS::Bedrock::KnowledgeBase", "kb", []byte(`[]`))
	f.Fuzz(func(t *testing.T, typ, id string, document []byte) {
		v, err := Document(document)
		if err != nil {
			return
		}
		place := func(id, typ string, v Value) Resource {
			return Resource{ID: id, Dialect: API, Type: typ, Account: "111122223333", Region: "eu-west-1", Partition: "aws", Attributes: v}
		}
		failed := Value{Kind: Map}
		for _, m := range v.Members {
			failed.Members = append(failed.Members, Member{Name: m.Name, Value: Failed("denied")})
		}
		inv, err := Assemble(cat, []Module{
			{Resources: []Resource{place(id, typ, v), place(id+"/part", "AWS::Bedrock::DataSource", v)}},
			{Resources: []Resource{place(id+":1", typ, failed), place("arn:aws:kms:eu-west-1:111122223333:alias/other", "AWS::KMS::Alias", v)}},
		})
		if err != nil {
			return // without an id, or there twice
		}
		var b bytes.Buffer
		if err := inventory.Write(&b, inv); err != nil {
			t.Fatal(err)
		}
		if _, err := inventory.Read(b.Bytes()); err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
	})
}
