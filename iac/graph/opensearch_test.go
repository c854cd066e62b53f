package graph

import (
	"testing"

	"github.com/bedlock/bedlock/catalog"
)

func TestEncryptionPolicies(t *testing.T) {
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Assemble(cat, []Module{build(t, "a.yaml", `{
		"Exact":   ["AWS::OpenSearchServerless::Collection", {"Name": "docs-own"}],
		"Prefix":  ["AWS::OpenSearchServerless::Collection", {"Name": "docs-x"}],
		"None":    ["AWS::OpenSearchServerless::Collection", {"Name": "other"}],
		"NoName":  ["AWS::OpenSearchServerless::Collection", {"Name": {"$unknown": "parameter N has no default"}}],
		"Far":     ["AWS::OpenSearchServerless::Collection", {"Name": "far-1"}],
		"Itself":  ["AWS::OpenSearchServerless::Collection", {"Name": "docs-x", "EncryptionConfig": {"AWSOwnedKey": true}}],
		"Long":    ["AWS::OpenSearchServerless::SecurityPolicy", {"Type": "encryption", "Policy": "{\"Rules\":[{\"ResourceType\":\"collection\",\"Resource\":[\"collection/zzz\",\"collection/docs-*\"]},{\"ResourceType\":\"collection\",\"Resource\":[\"collection/b\"]}],\"AWSOwnedKey\":true}"}],
		"Short":   ["AWS::OpenSearchServerless::SecurityPolicy", {"Type": "encryption", "Policy": "{\"Rules\":[{\"ResourceType\":\"collection\",\"Resource\":[\"collection/doc*\",\"collection/docs-own\"]}],\"AWSOwnedKey\":true}"}],
		"Network": ["AWS::OpenSearchServerless::SecurityPolicy", {"Type": "network", "Policy": "[{\"Rules\":[{\"ResourceType\":\"collection\",\"Resource\":[\"collection/other\"]}]}]"}]
	}`), build(t, "b.yaml", `{
		"Here":  ["AWS::OpenSearchServerless::SecurityPolicy", {"Type": "encryption", "Policy": "{\"Rules\":[{\"ResourceType\":\"collection\",\"Resource\":[\"collection/far-*\"]}],\"AWSOwnedKey\":true}"}],
		"All":   ["AWS::OpenSearchServerless::SecurityPolicy", {"Type": "encryption", "Policy": "{\"Rules\":[{\"ResourceType\":\"collection\",\"Resource\":[\"collection/*\"]}],\"AWSOwnedKey\":true}"}]
	}`), build(t, "c.yaml", `{
		"Maybe": ["AWS::OpenSearchServerless::Collection", {"Name": "m"}],
		"Open":  ["AWS::OpenSearchServerless::SecurityPolicy", {"Type": "encryption", "Policy": {"$unknown": "parameter P has no default"}}]
	}`), build(t, "e.yaml", `{
		"Two":   ["AWS::OpenSearchServerless::Collection", {"Name": "docs"}],
		"Both":  ["AWS::OpenSearchServerless::Collection", {"Name": "both"}],
		"Cmk":   ["AWS::OpenSearchServerless::SecurityPolicy", {"Type": "encryption", "Policy": "{\"Rules\":[{\"Resource\":[\"collection/docs\",\"collection/both\"]}],\"AWSOwnedKey\":true}"}, "UseKey is true"],
		"Own":   ["AWS::OpenSearchServerless::SecurityPolicy", {"Type": "encryption", "Policy": "{\"Rules\":[{\"Resource\":[\"collection/docs\"]}],\"AWSOwnedKey\":true}"}, "UseKey is false"],
		"Other": ["AWS::OpenSearchServerless::SecurityPolicy", {"Type": "encryption", "Policy": "{\"Rules\":[{\"Resource\":[\"collection/both\"]}],\"AWSOwnedKey\":true}"}]
	}`), build(t, "d.tf", `{
		"aws_opensearchserverless_collection.c": ["aws_opensearchserverless_collection", {"name": {"$unknown": "known only after apply"}}],
		"aws_opensearchserverless_security_policy.p": ["aws_opensearchserverless_security_policy", {"type": "encryption",
			"policy": {"$join": ["{\"Rules\":[{\"ResourceType\":\"collection\",\"Resource\":[\"collection/", {"$ref": ["aws_opensearchserverless_collection.c", "name"]}, "\"]}],\"AWSOwnedKey\":true}"]}}]
	}`)})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"a.yaml#Exact":  "absent store=a.yaml#Short how=by encryption policy Short",
		"a.yaml#Prefix": "absent store=a.yaml#Long how=by encryption policy Long",
		"a.yaml#None":   "unread(no encryption policy among the inputs matches the collection)",
		"a.yaml#NoName": "unknown(which encryption policy matches is not known: parameter N has no default)",
		"a.yaml#Far":    "absent store=b.yaml#Here how=by encryption policy Here",
		"a.yaml#Itself": "absent owner=aws-owned default=key owned by AWS",
		"c.yaml#Maybe":  "unknown(the rules of encryption policy Open are not determined by the code)",
		"e.yaml#Two":    "UseKey is true: absent store=e.yaml#Cmk how=by encryption policy Cmk\nUseKey is false: absent store=e.yaml#Own how=by encryption policy Own",
		"e.yaml#Both":   "unknown(several encryption policies match, Cmk and Other among them)",
		"d.tf#aws_opensearchserverless_collection.c": "absent store=d.tf#aws_opensearchserverless_security_policy.p how=by encryption policy aws_opensearchserverless_security_policy.p",
	} {
		if got := show(*inv.Resource(id).Slot("encryption")); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", id, got, want)
		}
	}
}
