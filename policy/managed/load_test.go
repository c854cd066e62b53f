package managed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bedlock/bedlock/policy"
)

// sample has every field, in the shortest form that makes sense.
const sample = `# A comment, and an empty line.

policy aws-service-role/Sample_v2
version v12 2026-09-30
partition aws
source https://docs.aws.amazon.com/aws-managed-policy/latest/reference/Sample_v2.html
allow Reading
action kms Decrypt Describe*
action s3 GetObject
action kms ListKeys
resource arn:aws:s3:::b/* arn:*:kms:*:*:key/*
resource *
condition StringEquals kms:ViaService a.amazonaws.com b.amazonaws.com
condition StringEquals aws:PrincipalTag/team:x ${aws:PrincipalAccount}
condition BoolIfExists aws:SecureTransport true
deny
not-action *
not-resource arn:aws:iam::*:role/x
`

// ignored are the places of a document, which it has of its own text.
var ignored = cmp.Options{
	cmpopts.IgnoreUnexported(policy.Document{}, policy.Statement{}),
	cmpopts.IgnoreFields(policy.Statement{}, "At"),
	cmpopts.IgnoreFields(policy.Condition{}, "At"),
}

func TestLoad(t *testing.T) {
	table := newTable()
	if err := table.load("sample", sample); err != nil {
		t.Fatal(err)
	}
	equals := func(base, ifExists string) policy.Operator {
		return policy.Operator{Base: base, IfExists: ifExists != ""}
	}
	want := []Policy{{
		Name: "aws-service-role/Sample_v2", Version: "v12", AsOf: "2026-09-30", Partitions: []string{"aws"},
		Source: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/Sample_v2.html",
		Document: &policy.Document{Version: "2012-10-17", Statements: []policy.Statement{
			{
				Index: 0, Sid: "Reading", Effect: policy.Allow,
				Actions:   []string{"kms:Decrypt", "kms:Describe*", "s3:GetObject", "kms:ListKeys"},
				Resources: []string{"arn:aws:s3:::b/*", "arn:*:kms:*:*:key/*", "*"},
				Conditions: []policy.Condition{
					{Operator: equals("StringEquals", ""), Key: "kms:ViaService", Values: []string{"a.amazonaws.com", "b.amazonaws.com"}},
					{Operator: equals("StringEquals", ""), Key: "aws:PrincipalTag/team:x", Values: []string{"${aws:PrincipalAccount}"}},
					{Operator: equals("Bool", "IfExists"), Key: "aws:SecureTransport", Values: []string{"true"}},
				},
			},
			{Index: 1, Effect: policy.Deny, NotActions: []string{"*"}, NotResources: []string{"arn:aws:iam::*:role/x"}},
		}},
	}}
	if diff := cmp.Diff(want, table.policies, ignored); diff != "" {
		t.Error(diff)
	}
	if at := table.policies[0].Document.Statements[1].Place("NotAction").Line; at == 0 {
		t.Error("the document has no places")
	}
}

// TestLoadRefuses changes one thing of the sample and names the error.
func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"allow Reading", "permit Reading", `load sample:7: there is no field "permit"`},
		{"allow Reading", "Allow Reading", `load sample:7: there is no field "Allow"`},
		{"# A comment, and", "A comment, and", `load sample:1: there is no field "A"`},
		{"\naction s3", "\n action s3", `load sample:9: there is no field ""`},
		{"action s3 GetObject", "action  s3 GetObject", "load sample:9: field action: two spaces, or a character that no word has"},
		{"action s3 GetObject", "action s3 GetObject ", "load sample:9: field action: two spaces, or a character that no word has"},
		{"action s3 GetObject", "action s3\tGetObject", "load sample:9: field action: two spaces, or a character that no word has"},
		{"action s3 GetObject", "action s3 GetObject\r", "load sample:9: field action: two spaces, or a character that no word has"},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::${bedlock:account}/*", "load sample:11: field resource: two spaces, or a character that no word has"},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::é/*", "load sample:11: field resource: two spaces, or a character that no word has"},
		{"allow Reading", "allow Reading Writing", "load sample:7: field allow: 2 words"},
		{"version v12 2026-09-30", "version v12", "load sample:4: field version: 1 words"},
		{"condition StringEquals kms:ViaService a.amazonaws.com b.amazonaws.com", "condition StringEquals kms:ViaService", "load sample:13: field condition: 2 words"},
		{"policy aws-service-role/Sample_v2\n", "", "load sample:3: field version before any policy"},
		{"version v12 2026-09-30\n", "", "load sample:4: field partition out of order, or there twice"},
		{"partition aws\n", "", "load sample:5: field source out of order, or there twice"},
		{"partition aws\n", "partition aws\npartition aws\n", "load sample:6: field partition out of order, or there twice"},
		{"allow Reading\n", "", "load sample:7: field action out of order, or there twice"},
		{"deny\n", "", "load sample:16: field not-action out of order, or there twice"},
		{"not-action *\n", "", "load sample:17: field not-resource out of order, or there twice"},
		{"not-action *\nnot-resource arn:aws:iam::*:role/x\n", "", "load sample:3: policy aws-service-role/Sample_v2 is not complete"},
		{"not-resource arn:aws:iam::*:role/x\n", "", "load sample:3: policy aws-service-role/Sample_v2 is not complete"},
		{"not-resource arn:aws:iam::*:role/x\n", "policy B\n", "load sample:3: policy aws-service-role/Sample_v2 is not complete"},
		{"not-resource arn:aws:iam::*:role/x\n", "deny\n", "load sample:18: field deny out of order, or there twice"},
		{"aws-service-role/Sample_v2\n", "/Sample_v2\n", `load sample:3: policy "/Sample_v2" is there twice, or no name of a policy`},
		{"v12 2026-09-30", "12 2026-09-30", "load sample:4: version 12 2026-09-30: want v and a number, and a day as in 2026-09-30"},
		{"v12 2026-09-30", "v12 2026-09-31", "load sample:4: version v12 2026-09-31: want v and a number, and a day as in 2026-09-30"},
		{"partition aws", "partition AWS", `load sample:5: partition "AWS": want aws, aws-cn and the like`},
		{"partition aws", "partition aws aws", `load sample:5: partition "aws" is there twice`},
		{"source https:", "source http:", `load sample:6: source "http://docs.aws.amazon.com/aws-managed-policy/latest/reference/Sample_v2.html": want an https address`},
		{"deny\n", "deny Reading\n", `load sample:16: statement "Reading" is there twice, or no Sid of a statement`},
		{"allow Reading", "allow Read-ing", `load sample:7: statement "Read-ing" is there twice, or no Sid of a statement`},
		{"action s3 GetObject", "action s3", "load sample:9: action s3: want a service and names of its actions"},
		{"action s3 GetObject", "action s3:GetObject PutObject", "load sample:9: action s3:GetObject: want a service and names of its actions"},
		{"action s3 GetObject", "action s3 s3:GetObject", `load sample:9: action s3 "s3:GetObject": no name of an action`},
		{"action kms ListKeys", "action kms Decrypt", `load sample:10: action "kms:Decrypt" is there twice`},
		{"action kms ListKeys", "not-action kms ListKeys", "load sample:3: policy aws-service-role/Sample_v2: statement 0: both Action and NotAction"},
		{"\nresource *", "\nresource arn:aws:s3:::b/*", `load sample:12: resource "arn:aws:s3:::b/*" is there twice`},
		{"\nresource *", "\nresource b", `load sample:12: parse arn "b": not of the form arn:partition:service:region:account:resource`},
		{"\nresource *", "\nresource arn:aws-cn:s3:::b", "load sample:12: resource arn:aws-cn:s3:::b: its partition is not the policy's only one"},
		{"partition aws", "partition aws aws-cn", "load sample:11: resource arn:aws:s3:::b/*: its partition is not the policy's only one"},
		{"condition BoolIfExists", "condition BoolIfExist", "load sample:15: condition BoolIfExist aws:SecureTransport: no operator, or no key"},
		{"aws:SecureTransport", "SecureTransport", "load sample:15: condition BoolIfExists SecureTransport: no operator, or no key"},
		{"b.amazonaws.com", "a.amazonaws.com", `load sample:13: value "a.amazonaws.com" is there twice`},
		{"aws:PrincipalTag/team:x", "kms:viaService", "load sample:3: policy aws-service-role/Sample_v2: statement 0: condition key kms:viaService is there twice under StringEquals"},
	} {
		text := strings.Replace(sample, c.old, c.new, 1)
		if text == sample {
			t.Fatalf("%q is not in the sample", c.old)
		}
		err := newTable().load("sample", text)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q for %q\n got %v\nwant %s", c.new, c.old, err, c.want)
		}
	}
}

// TestLoadTwice: a policy is in one place only, also over files.
func TestLoadTwice(t *testing.T) {
	table := newTable()
	if err := table.load("a", sample); err != nil {
		t.Fatal(err)
	}
	const want = `load b:3: policy "aws-service-role/Sample_v2" is there twice, or no name of a policy`
	if err := table.load("b", sample); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
