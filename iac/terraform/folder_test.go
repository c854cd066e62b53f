package terraform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
)

// TestFolder reads a realistic folder with modules on disk.
func TestFolder(t *testing.T) {
	m := Folder("testdata/keys", Options{})
	if m.Input.Path != "testdata/keys" || m.Input.Kind != "terraform" || m.Input.Status != bedlock.InputAudited || len(m.Input.Notes) != 0 {
		t.Errorf("input is %+v", m.Input)
	}
	var consumed []string
	for _, c := range m.Consumed {
		consumed = append(consumed, c.Path+" "+string(c.Status))
	}
	if diff := cmp.Diff([]string{
		"testdata/keys/main.tf audited", "testdata/keys/terraform.tfvars audited", "testdata/keys/trust.json audited",
		"testdata/keys/variables.tf audited", "testdata/modules/key/main.tf audited", "testdata/modules/vault/main.tf audited",
	}, consumed); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct{ address, attribute, want string }{
		{"aws_kms_key.created[0]", "description", `"demo: agents"`},
		{"aws_kms_key.created[0]", "enable_key_rotation", `true`},
		{"aws_kms_key.created[0]", "tags", `{project: "demo", unset: ?(variable unset has no value), Name: "demo-agents"}`},
		{"aws_kms_key.created[0]", "policy", `{Version: "2012-10-17", Statement: [` +
			`{Sid: "Administration", Effect: "Allow", Action: "kms:*", Resource: "*", Principal: {AWS: "arn:aws:iam::111122223333:root"}}, ` +
			`{Sid: "UseBedrock", Effect: "Allow", Action: ["kms:GenerateDataKey", "kms:Decrypt"], Resource: "*", Principal: {Service: "bedrock.amazonaws.com"}, ` +
			`Condition: {StringEquals: {aws:SourceAccount: "111122223333"}}}]}`},
		{`aws_kms_alias.created["alias/demo-0"]`, "target_key_id", `<aws_kms_key.created[0] key_id>`},
		{`aws_kms_key.each["logs"]`, "enable_key_rotation", `true`},
		{`aws_kms_key.each["agents"]`, "enable_key_rotation", `false`},
		{"aws_kms_replica_key.backup[0]", "primary_key_arn", `<aws_kms_key.created[0] arn>`},
		{"aws_kms_replica_key.backup[0]", "description", `"replica in eu-west-1"`},
		{"aws_kms_grant.worker", "key_id", `<aws_kms_key.created[0] key_id>`},
		{"aws_kms_grant.worker", "constraints", `[{encryption_context_equals: {project: "demo"}}]`},
		{"aws_iam_role.worker", "assume_role_policy", `"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"bedrock.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}\n"`},
		{"aws_s3_bucket_server_side_encryption_configuration.store", "rule",
			`[{apply_server_side_encryption_by_default: [{sse_algorithm: "aws:kms", kms_master_key_id: <aws_kms_key.created[0] arn>}], bucket_key_enabled: true}]`},
		{"aws_s3_bucket_server_side_encryption_configuration.store", "bucket", `<aws_s3_bucket.store id>`},
		{"aws_bedrockagent_agent.helper", "customer_encryption_key_arn", `<aws_kms_key.created[0] arn>`},
		{"aws_bedrock_guardrail.maybe", "kms_key_arn", `(var.encrypt is true => <aws_kms_key.each["agents"] arn> | var.encrypt is false => -)`},
		{`module.vaults["red"].aws_secretsmanager_secret.this`, "kms_key_id", `<aws_kms_key.each["agents"] arn>`},
		{`module.vaults["blue"].aws_secretsmanager_secret.this`, "kms_key_id", `<module.vaults["blue"].module.key[0].aws_kms_key.this arn>`},
		{`module.vaults["blue"].module.key[0].aws_kms_alias.this[1]`, "name", `"alias/blue-2"`},
		{`module.vaults["blue"].module.key[0].aws_kms_key.this`, "rotation_period_in_days", `-`},
	} {
		if got := show(find(t, m, c.address).Attributes.Get(c.attribute)); got != c.want {
			t.Errorf("%s.%s\n  is   %s\n  want %s", c.address, c.attribute, got, c.want)
		}
	}
	if len(m.Resources) != 21 {
		t.Errorf("%d resources, want 21", len(m.Resources))
	}
}

// TestPlaces checks where things stand: ids, positions, Regions and accounts.
func TestPlaces(t *testing.T) {
	m := Folder("testdata/keys", Options{})
	key := find(t, m, "aws_kms_key.created[0]")
	if key.ID != "testdata/keys#aws_kms_key.created[0]" || key.Type != "aws_kms_key" || key.Account != "111122223333" || key.Region != "us-east-1" || key.Partition != "aws" {
		t.Errorf("key is %+v", key)
	}
	if want := (bedlock.Position{File: "testdata/keys/main.tf", Line: 34, Column: 1}); key.At != want {
		t.Errorf("key at %v, want %v", key.At, want)
	}
	statement := key.Attributes.Get("policy").Get("Statement").Items[1]
	if want := (bedlock.Position{File: "testdata/keys/main.tf", Line: 63, Column: 3}); statement.At != want {
		t.Errorf("second statement at %v, want %v", statement.At, want)
	}
	agent := find(t, m, "aws_bedrockagent_agent.helper").Attributes.Get("customer_encryption_key_arn")
	if want := (bedlock.Position{File: "testdata/keys/main.tf", Line: 165, Column: 33}); agent.At != want || agent.Target != key.ID {
		t.Errorf("reference to %s at %v, want %s at %v", agent.Target, agent.At, key.ID, want)
	}
	replica := find(t, m, "aws_kms_replica_key.backup[0]")
	if replica.Account != "444455556666" || replica.Region != "eu-west-1" {
		t.Errorf("replica in %q %q", replica.Account, replica.Region)
	}
	if data := find(t, m, "data.aws_iam_policy_document.key"); data.Type != "data.aws_iam_policy_document" {
		t.Errorf("data source has type %q", data.Type)
	}
}

// TestVariables: options win over auto.tfvars over terraform.tfvars over defaults.
func TestVariables(t *testing.T) {
	const decl = `
variable "a" { default = "default" }
variable "b" { default = "default" }
variable "c" { default = "default" }
variable "d" { default = "default" }
variable "on" { type = bool }
variable "list" { type = list(string) }
variable "strict" {
  type     = string
  nullable = false
  default  = "default"
}
resource "x" "x" { x = [var.a, var.b, var.c, var.d, var.on, var.list, var.strict] }
`
	files := []string{"main.tf", decl, "terraform.tfvars", `
b = "tfvars"
c = "tfvars"
unknown = 1
strict = null
`, "z.auto.tfvars", `c = "auto"`, "a.auto.tfvars.json", `{"c": "json", "d": "${literal}"}`, "more.tfvars", `a = "file"`}
	m := code(t, Options{VarFiles: []string{"r/more.tfvars"}, Variables: map[string]string{"on": "true", "list": `["x"]`, "nobody": "1"}}, files...)
	want := `["file", "tfvars", "auto", "${literal}", true, ["x"], "default"]`
	if got := show(find(t, m, "x.x").Attributes.Get("x")); got != want {
		t.Errorf("is %s, want %s", got, want)
	}
}

// TestKeyGiven: with a key brought along, none is created.
func TestKeyGiven(t *testing.T) {
	const given = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	m := Folder("testdata/keys", Options{Variables: map[string]string{"key_arn": given, "encrypt": "false", "region": "us-gov-west-1"}})
	if got := show(find(t, m, "aws_bedrockagent_agent.helper").Attributes.Get("customer_encryption_key_arn")); got != `"`+given+`"` {
		t.Errorf("agent's key is %s", got)
	}
	for _, r := range m.Resources {
		if strings.HasPrefix(r.Address, "aws_kms_key.created") || strings.HasPrefix(r.Address, "aws_kms_replica_key") {
			t.Errorf("there is a %s", r.Address)
		}
	}
	if got := show(find(t, m, "aws_bedrock_guardrail.maybe").Attributes.Get("kms_key_arn")); got != "-" {
		t.Errorf("guardrail's key is %s", got)
	}
	if got := show(find(t, m, `aws_kms_key.each["logs"]`).Attributes.Get("policy").Get("Statement").Items[0].Get("Principal")); got != `{AWS: "arn:aws-us-gov:iam::111122223333:root"}` {
		t.Errorf("principal in GovCloud is %s", got)
	}
}

// TestWhen: the conditions under which instances exist.
func TestWhen(t *testing.T) {
	m := code(t, Options{}, "main.tf", `
variable "create" { type = bool }
variable "n"      { type = number }
variable "keys"   { type = map(string) }
resource "aws_kms_key" "if"     { count = var.create ? 1 : 0 }
resource "aws_kms_key" "two"    { count = var.create ? 2 : 1 }
resource "aws_kms_key" "n"      { count = var.n }
resource "aws_kms_key" "keys"   {
  for_each    = var.keys
  description = each.value
}
resource "aws_kms_key" "some"   { for_each = var.create ? { a = 1, b = 1 } : { a = 2 } }
resource "aws_kms_key" "never"  { count = 0 }
module "m" {
  source = "../m"
  count  = var.create ? 1 : 0
  also   = var.n == 3
}
`, "m/main.tf", `
variable "also" {}
resource "aws_kms_key" "this" {}
resource "aws_kms_key" "also" { count = var.also ? 1 : 0 }
`)
	got := map[string]string{}
	for _, r := range m.Resources {
		got[r.Address] = r.When
	}
	if diff := cmp.Diff(map[string]string{
		"aws_kms_key.if[0]":               "var.create is true",
		"aws_kms_key.two[0]":              "",
		"aws_kms_key.two[1]":              "var.create is true",
		"aws_kms_key.n[0]":                "var.n is above 0 is true",
		"aws_kms_key.keys[each.key]":      "var.keys is not empty is true",
		`aws_kms_key.some["a"]`:           "",
		`aws_kms_key.some["b"]`:           "var.create is true",
		"module.m[0].aws_kms_key.this":    "var.create is true",
		"module.m[0].aws_kms_key.also[0]": "var.create is true and var.n == 3 is true",
	}, got); diff != "" {
		t.Error(diff)
	}
	if got := show(find(t, m, "aws_kms_key.keys[each.key]").Attributes.Get("description")); got != "?(for_each is not known: variable keys has no value)" {
		t.Errorf("description is %s", got)
	}
}

// TestDynamic: blocks under conditions and of an unknown number.
func TestDynamic(t *testing.T) {
	m := code(t, Options{}, "main.tf", `
variable "on"   { type = bool }
variable "list" { type = list(string) }
resource "x" "x" {
  dynamic "known" {
    for_each = { a = 1 }
    content { v = "${known.key}${known.value}" }
  }
  dynamic "if" {
    for_each = var.on ? [1] : []
    content { v = 1 }
  }
  dynamic "open" {
    for_each = var.list
    iterator = it
    content {
      v = it.value
      w = 1
      dynamic "inner" {
        for_each = [it.value]
        content { u = inner.value }
      }
    }
  }
}
`)
	want := `{known: [{v: "a1"}], if: [(var.on is true => {v: 1} | var.on is false => -)], ` +
		`open: [(var.list is not empty is true => {v: ?(for_each of the dynamic block is not known: variable list has no value), w: 1, ` +
		`inner: [{u: ?(for_each of the dynamic block is not known: variable list has no value)}]} | var.list is not empty is false => -)]}`
	if got := show(find(t, m, "x.x").Attributes); got != want {
		t.Errorf("is   %s\nwant %s", got, want)
	}
}

// TestErrors: a broken file is named with its place; the others are evaluated.
func TestErrors(t *testing.T) {
	m := code(t, Options{}, "a.tf", "resource \"aws_kms_key\" \"k\" {\n  é = 1 }\n  description = \"x\n}\n", "b.tf", `
resource "x" "x" { x = aws_kms_key.k.arn }
`, "c.tf.json", `{"resource": {"x": {"y": {"z": 1}}}`, "d.tf.json", `{"resource": {"x": {"w": {"z": "${1 +}"}}}}`)
	if m.Input.Status != bedlock.InputAudited {
		t.Errorf("input is %+v", m.Input)
	}
	var got []string
	for _, c := range m.Consumed {
		if c.Status == bedlock.InputFailed {
			got = append(got, c.At.String()+" "+c.Reason)
		}
	}
	want := []string{"r/a.tf:3:19 invalid multi-line string", "r/c.tf.json:1:36", "r/d.tf.json:1:38 invalid expression"}
	if len(got) != 3 {
		t.Fatalf("failures are %q", got)
	}
	for i := range got {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("failure is %q, want %q", got[i], want[i])
		}
	}
	if got := show(find(t, m, "x.x").Attributes.Get("x")); got != "?(aws_kms_key.k is not declared, or in a file that could not be read)" {
		t.Errorf("reference is %s", got)
	}
	if len(m.Input.Notes) != 1 || m.Input.Notes[0].At.File != "r/a.tf" {
		t.Errorf("notes are %+v", m.Input.Notes)
	}
	m = code(t, Options{}, "a.tf", "x {")
	if m.Input.Status != bedlock.InputFailed || m.Input.At != (bedlock.Position{File: "r/a.tf", Line: 1, Column: 3}) {
		t.Errorf("input is %+v", m.Input)
	}
	if m = code(t, Options{}, "readme.md", "x"); m.Input.Status != bedlock.InputSkipped {
		t.Errorf("input is %+v", m.Input)
	}
}

// TestModulesMissing: what is not on disk is noted, its outputs are unknown.
func TestModulesMissing(t *testing.T) {
	m := code(t, Options{}, "main.tf", `
module "registry" { source = "terraform-aws-modules/kms/aws" }
module "gone"     { source = "./gone" }
module "self"     { source = "./" }
module "vendored" { source = "example/key/aws" }
resource "x" "x" {
  a = module.registry.key_arn
  b = module.gone.arn
  c = module.vendored.arn
  d = module.vendored.missing
}
`, ".terraform/modules/modules.json", "", "r/.terraform/modules/modules.json", `{"Modules":[{"Key":"","Dir":"."},{"Key":"vendored","Source":"registry.terraform.io/example/key/aws","Dir":".terraform/modules/vendored"},{"Key":"registry","Dir":"../../etc"}]}`,
		"r/.terraform/modules/vendored/main.tf", "resource \"aws_kms_key\" \"k\" {}\noutput \"arn\" { value = aws_kms_key.k.arn }\n")
	x := find(t, m, "x.x").Attributes
	for attribute, want := range map[string]string{
		"a": "?(output key_arn of module.registry: its source terraform-aws-modules/kms/aws is not on disk (run terraform init, or audit a plan))",
		"b": "?(output arn of module.gone: its source ./gone is not there)",
		"c": "<module.vendored.aws_kms_key.k arn>",
		"d": "?(output missing of module.vendored is not declared)",
	} {
		if got := show(x.Get(attribute)); got != want {
			t.Errorf("%s is %s, want %s", attribute, got, want)
		}
	}
	var notes []string
	for _, n := range m.Input.Notes {
		notes = append(notes, n.At.String()+" "+n.Text)
	}
	if diff := cmp.Diff([]string{
		"r/main.tf:2:1 module.registry was not read: its source terraform-aws-modules/kms/aws is not on disk (run terraform init, or audit a plan)",
		"r/main.tf:3:1 module.gone was not read: its source ./gone is not there",
		"r/main.tf:4:1 module.self was not read: its source ./ is one of the modules that call it",
	}, notes); diff != "" {
		t.Error(diff)
	}
}

// TestProviders: Regions and accounts through aliases and modules.
func TestProviders(t *testing.T) {
	m := code(t, Options{}, "main.tf", `
variable "region" {}
provider "aws" { region = var.region }
provider "aws" {
  alias  = "china"
  region = "cn-north-1"
}
resource "aws_kms_key" "a" {}
resource "aws_kms_key" "b" { provider = aws.china }
resource "aws_kms_key" "c" { region = "eu-central-1" }
module "m" {
  source    = "./m"
  providers = { aws = aws.china }
}
module "n" { source = "./m" }
`, "r/m/main.tf", `
data "aws_region" "r" {}
data "aws_partition" "p" {}
resource "aws_kms_key" "k" { description = "${data.aws_region.r.name} ${data.aws_partition.p.dns_suffix}" }
`)
	got := map[string]string{}
	for _, r := range m.Resources {
		if r.Type == "aws_kms_key" {
			got[r.Address] = r.Region + " " + r.Partition + " " + show(r.Attributes.Get("description"))
		}
	}
	if diff := cmp.Diff(map[string]string{
		"aws_kms_key.a":          "  -",
		"aws_kms_key.b":          "cn-north-1 aws-cn -",
		"aws_kms_key.c":          "eu-central-1 aws -",
		"module.m.aws_kms_key.k": `cn-north-1 aws-cn "cn-north-1 amazonaws.com.cn"`,
		"module.n.aws_kms_key.k": `  concat("${bedlock:region} " + ?(the partition's domain is known only after apply))`,
	}, got); diff != "" {
		t.Error(diff)
	}
}

// TestJSON: the JSON syntax, as the CDK for Terraform writes it.
func TestJSON(t *testing.T) {
	m := code(t, Options{}, "cdk.tf.json", `{
  "//": {"metadata": {"backend": "local"}},
  "provider": {"aws": [{"region": "us-west-2"}, {"alias": "eu", "region": "eu-west-1"}]},
  "variable": {"on": {"type": "bool"}, "name": {"default": "n"}},
  "locals": {"key": "${aws_kms_key.key_1A2B.arn}"},
  "resource": {
    "aws_kms_key": {"key_1A2B": {"//": {"uniqueId": "key_1A2B"}, "enable_key_rotation": true, "count": null}},
    "aws_bedrock_guardrail": {"g": {"provider": "aws.eu", "name": "g-${var.name}", "kms_key_arn": "${var.on ? local.key : null}", "depends_on": ["aws_kms_key.key_1A2B"]}},
    "aws_s3_bucket": {"b": [{"tags": {"${var.name}": 1}, "dynamic": {"rule": {"for_each": ["a"], "content": {"id": "${rule.value}"}}}}]}
  },
  "output": {"o": {"value": 1}}
}`)
	g := find(t, m, "aws_bedrock_guardrail.g")
	if want := `{name: "g-n", kms_key_arn: (var.on is true => <aws_kms_key.key_1A2B arn> | var.on is false => -)}`; show(g.Attributes) != want {
		t.Errorf("guardrail is %s\nwant %s", show(g.Attributes), want)
	}
	if g.Region != "eu-west-1" || g.At != (bedlock.Position{File: "r/cdk.tf.json", Line: 8, Column: 36}) {
		t.Errorf("guardrail in %q at %v", g.Region, g.At)
	}
	if at := g.Attributes.Get("kms_key_arn").At; at.Line != 8 || at.Column != 102 {
		t.Errorf("key at %v", at)
	}
	if got := show(find(t, m, "aws_s3_bucket.b").Attributes); got != `{rule: [{id: "a"}], tags: {n: 1}}` && got != `{tags: {n: 1}, rule: [{id: "a"}]}` {
		t.Errorf("bucket is %s", got)
	}
	if key := find(t, m, "aws_kms_key.key_1A2B"); show(key.Attributes) != "{enable_key_rotation: true}" || key.Region != "us-west-2" {
		t.Errorf("key is %s in %s", show(key.Attributes), key.Region)
	}
}

// TestLinks: links out of the folder are not followed for modules and files.
func TestLinks(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "main.tf"), "resource \"aws_kms_key\" \"k\" {}\n")
	write(filepath.Join(dir, "main.tf"), "module \"m\" { source = \"./link\" }\nmodule \"l\" { source = \"./loop\" }\nresource \"x\" \"x\" { x = file(\"secret\") }\n")
	for name, to := range map[string]string{"link": outside, "loop": ".", "secret": filepath.Join(outside, "main.tf")} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip("no links here: " + err.Error())
		}
	}
	m := Folder(filepath.ToSlash(dir), Options{})
	if got := show(find(t, m, "x.x").Attributes.Get("x")); got != "?(the file secret is outside the folders with code, or not there)" {
		t.Errorf("file is %s", got)
	}
	for _, r := range m.Resources {
		if strings.HasPrefix(r.Address, "module.m.") {
			t.Errorf("%s was read through a link", r.Address)
		}
	}
}

// TestAnyKey reads a module that makes any kind of key, and none.
func TestAnyKey(t *testing.T) {
	m := Folder("testdata/anykeys", Options{})
	const root = `{Sid: "Root", Effect: "Allow", Action: "kms:*", Resource: "*", Principal: {AWS: "arn:${bedlock:partition}:iam::${bedlock:account}:root"}}`
	for _, c := range []struct{ address, attribute, want string }{
		{"module.primary.aws_kms_key.it[0]", "policy", `{Version: "2012-10-17", Statement: [` + root + `, ` +
			`{Sid: "Users", Effect: "Allow", Action: ["kms:Encrypt", "kms:Decrypt"], Resource: "*", Principal: {AWS: <aws_iam_role.app arn>}}, ` +
			`{Sid: "Bedrock", Effect: "Allow", Action: "kms:Decrypt", Resource: "*", Principal: {Service: "bedrock.amazonaws.com"}, Condition: {Bool: {kms:GrantIsForAWSResource: "true"}}}, ` +
			`{Sid: "Lock", Effect: "Deny", Action: "kms:PutKeyPolicy", Resource: "*", Principal: "*"}]}`},
		{`module.primary.aws_kms_alias.it["app"]`, "target_key_id", `<module.primary.aws_kms_key.it[0] key_id>`},
		{`module.primary.aws_kms_grant.it["app"]`, "constraints", `[{encryption_context_subset: {tenant: "a"}}]`},
		{`module.primary.aws_kms_grant.it["app"]`, "grantee_principal", `<aws_iam_role.app arn>`},
		{"module.external.aws_kms_external_key.it[0]", "policy", `{Version: "2012-10-17", Statement: [` + root + `]}`},
		{`module.external.aws_kms_alias.it["out"]`, "target_key_id", `<module.external.aws_kms_external_key.it[0] id>`},
		{"module.replica.aws_kms_replica_key.it[0]", "primary_key_arn", `<module.primary.aws_kms_key.it[0] arn>`},
		{"module.replica.aws_kms_replica_key.it[0]", "policy", `{Version: "2012-10-17", Statement: []}`},
		{`aws_sns_topic.t["primary"]`, "kms_master_key_id", `<module.primary.aws_kms_key.it[0] arn>`},
		{`aws_sns_topic.t["external"]`, "kms_master_key_id", `(var.with_external is true => <module.external.aws_kms_external_key.it[0] arn> | var.with_external is false => -)`},
		{`aws_sns_topic.t["replica"]`, "kms_master_key_id", `<module.replica.aws_kms_replica_key.it[0] arn>`},
		{`aws_sns_topic.t["off"]`, "kms_master_key_id", `-`},
	} {
		if got := show(find(t, m, c.address).Attributes.Get(c.attribute)); got != c.want {
			t.Errorf("%s.%s\n  is   %s\n  want %s", c.address, c.attribute, got, c.want)
		}
	}
	for _, r := range m.Resources {
		want := ""
		if strings.HasPrefix(r.Address, "module.external.") {
			want = "var.with_external is true"
		}
		if r.When != want || strings.HasPrefix(r.Address, "module.off.") {
			t.Errorf("%s exists when %q, want %q", r.Address, r.When, want)
		}
	}
}

// TestOverride: override files, OpenTofu's own files and declarations made twice.
func TestOverride(t *testing.T) {
	m := code(t, Options{}, "main.tf", `
variable "v" { default = "main" }
locals { l = "main" }
resource "x" "x" {
  a = 1
  b = var.v
  l = local.l
  source  = "s"
  version = 2
  block { a = 1 }
  keep { a = 1 }
}
resource "x" "x" { a = 3 }
`, "main_override.tf", `
variable "v" { default = "override" }
locals { l = "override" }
resource "x" "x" {
  a = 2
  block { a = 2 }
}
`, "other.tf", `resource "x" "old" {}`, "other.tofu", `resource "x" "new" {}`)
	// An override applies to the declaration that counts, which is the first.
	want := `{a: 2, b: "override", l: "override", source: "s", version: 2, block: [{a: 2}], keep: [{a: 1}]}`
	got := show(find(t, m, "x.x").Attributes)
	for _, part := range strings.Split(strings.Trim(want, "{}"), ", ") {
		if !strings.Contains(got, part) {
			t.Errorf("is %s, want %s in it", got, part)
		}
	}
	find(t, m, "x.new")
	if len(m.Resources) != 2 || len(m.Input.Notes) != 1 || m.Input.Notes[0].Text != "x.x is declared twice; the first one is used" {
		t.Errorf("%d resources, notes %+v", len(m.Resources), m.Input.Notes)
	}
}
