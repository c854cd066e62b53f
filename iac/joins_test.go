package iac

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

// joined lists what the role of each resource leads to, as "resource NAME -> role".
func joined(inv *inventory.Inventory, dir string) string {
	var out []string
	for _, r := range inv.Parts().Resources {
		for _, role := range r.Roles {
			out = append(out, r.Address+" "+role.Name+" -> "+strings.TrimPrefix(role.Principal, dir))
		}
	}
	return strings.Join(out, "\n")
}

// Roles by reference, name and ARN, by the output of a module and of a nested stack,
// by a data source's knowledge base, and those that SAM makes.
func TestRolesLeadToPrincipals(t *testing.T) {
	const trust = `AssumeRolePolicyDocument: {Statement: []}`
	for name, tt := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a template": {map[string]string{"t.yaml": `
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: kb, Path: /service-role/, ` + trust + `}}
  Base: {Type: AWS::Bedrock::KnowledgeBase, Properties: {Name: b, RoleArn: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/service-role/kb"}}
  Data: {Type: AWS::Bedrock::DataSource, Properties: {Name: d, KnowledgeBaseId: !Ref Base}}
  Agent: {Type: AWS::Bedrock::Agent, Properties: {AgentName: a, AgentResourceRoleArn: !Sub "arn:aws:iam::111122223333:role/service-role/${Role}"}}
  Other: {Type: AWS::Bedrock::Agent, Properties: {AgentName: o, AgentResourceRoleArn: "arn:aws:iam::111122223333:role/else"}}
`}, "Agent agent -> /t.yaml#Role\nBase service -> /t.yaml#Role\nData knowledge-base -> /t.yaml#Role\nOther agent -> "},
		"nested stacks": {map[string]string{
			"t.yaml":     "Resources:\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: roles.yaml}}\n  Agent: {Type: AWS::Bedrock::Agent, Properties: {AgentName: a, AgentResourceRoleArn: !GetAtt N.Outputs.Arn}}\n",
			"roles.yaml": "Resources:\n  Role: {Type: AWS::IAM::Role, Properties: {" + trust + "}}\nOutputs: {Arn: {Value: !GetAtt Role.Arn}}\n",
		}, "Agent agent -> /t.yaml#N/Role"},
		"SAM": {map[string]string{"t.yaml": `
Transform: AWS::Serverless-2016-10-31
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Handler: h, Runtime: r, InlineCode: x}}
  S: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {}}}
  G: {Type: AWS::Serverless::Function, Properties: {Role: !GetAtt FRole.Arn}}
`}, "F execution -> /t.yaml#FRole\nG execution -> /t.yaml#FRole\nS execution -> /t.yaml#SRole"},
		"modules": {map[string]string{
			"main.tf": `
module "roles" { source = "./roles" }
resource "aws_bedrockagent_knowledge_base" "b" {
  name     = "b"
  role_arn = module.roles.arn
}
resource "aws_bedrockagent_data_source" "d" {
  name              = "d"
  knowledge_base_id = aws_bedrockagent_knowledge_base.b.id
}
data "aws_iam_role" "kb" { name = "kb" }
resource "aws_bedrockagent_agent" "a" {
  agent_name              = "a"
  agent_resource_role_arn = data.aws_iam_role.kb.arn
}
data "aws_caller_identity" "me" {}
resource "aws_bedrockagent_agent" "c" {
  agent_name              = "c"
  agent_resource_role_arn = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/kb"
}
`,
			"roles/main.tf": `
resource "aws_iam_role" "r" {
  name               = "kb"
  assume_role_policy = "{}"
}
output "arn" { value = aws_iam_role.r.arn }
`}, "aws_bedrockagent_agent.a agent -> #module.roles.aws_iam_role.r\naws_bedrockagent_agent.c agent -> #module.roles.aws_iam_role.r\n" +
			"aws_bedrockagent_data_source.d knowledge-base -> #module.roles.aws_iam_role.r\naws_bedrockagent_knowledge_base.b service -> #module.roles.aws_iam_role.r"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.ToSlash(tree(t, tt.files))
			if got := joined(collect(t, Options{}, dir), dir); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// The same in a plan, where the ARN of the role is known only after apply.
func TestRolesOfAPlan(t *testing.T) {
	const plan = `{"format_version": "1.2", "resource_changes": [
 {"address": "aws_bedrockagent_knowledge_base.b", "mode": "managed", "type": "aws_bedrockagent_knowledge_base", "name": "b", "change": {"actions": ["create"], "after": {"name": "b"}, "after_unknown": {"id": true, "role_arn": true}}},
 {"address": "aws_bedrockagent_data_source.d", "mode": "managed", "type": "aws_bedrockagent_data_source", "name": "d", "change": {"actions": ["create"], "after": {"name": "d"}, "after_unknown": {"knowledge_base_id": true}}},
 {"address": "aws_kms_grant.g", "mode": "managed", "type": "aws_kms_grant", "name": "g", "change": {"actions": ["create"],
  "after": {"operations": ["Decrypt"], "constraints": [{"encryption_context_equals": {"team": "a"}, "encryption_context_subset": null}]}, "after_unknown": {"key_id": true, "grantee_principal": true, "constraints": [{"encryption_context_equals": {}}]}}},
 {"address": "aws_kms_grant.h", "mode": "managed", "type": "aws_kms_grant", "name": "h", "change": {"actions": ["create"],
  "after": {"operations": ["Decrypt"], "constraints": [{"encryption_context_subset": null}]}, "after_unknown": {"key_id": true, "grantee_principal": true, "constraints": [{"encryption_context_equals": true}]}}},
 {"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k", "change": {"actions": ["create"], "after": {}, "after_unknown": {"arn": true, "key_id": true, "id": true}}},
 {"address": "module.roles.aws_iam_role.r", "module_address": "module.roles", "mode": "managed", "type": "aws_iam_role", "name": "r", "change": {"actions": ["create"], "after": {"name": "kb", "assume_role_policy": "{}"}, "after_unknown": {"arn": true}}}
], "configuration": {"root_module": {"resources": [
 {"address": "aws_bedrockagent_knowledge_base.b", "mode": "managed", "type": "aws_bedrockagent_knowledge_base", "name": "b", "expressions": {"role_arn": {"references": ["module.roles.arn", "module.roles"]}}},
 {"address": "aws_bedrockagent_data_source.d", "mode": "managed", "type": "aws_bedrockagent_data_source", "name": "d", "expressions": {"knowledge_base_id": {"references": ["aws_bedrockagent_knowledge_base.b.id", "aws_bedrockagent_knowledge_base.b"]}}},
 {"address": "aws_kms_grant.g", "mode": "managed", "type": "aws_kms_grant", "name": "g", "expressions": {"key_id": {"references": ["aws_kms_key.k.key_id", "aws_kms_key.k"]}, "grantee_principal": {"references": ["module.roles.arn", "module.roles"]}, "operations": {}, "constraints": [{"encryption_context_equals": {}}]}},
 {"address": "aws_kms_grant.h", "mode": "managed", "type": "aws_kms_grant", "name": "h", "expressions": {"key_id": {"references": ["aws_kms_key.k.key_id", "aws_kms_key.k"]}, "grantee_principal": {"references": ["module.roles.arn", "module.roles"]}, "operations": {}, "constraints": [{"encryption_context_equals": {"references": ["aws_bedrockagent_knowledge_base.b.tags"]}}]}},
 {"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k", "expressions": {}}],
 "module_calls": {"roles": {"source": "./roles", "module": {"outputs": {"arn": {"expression": {"references": ["aws_iam_role.r.arn", "aws_iam_role.r"]}}},
  "resources": [{"address": "aws_iam_role.r", "mode": "managed", "type": "aws_iam_role", "name": "r", "expressions": {"name": {"constant_value": "kb"}}}]}}}}}}`
	dir := filepath.ToSlash(tree(t, map[string]string{"plan.json": plan}))
	inv := collect(t, Options{}, dir)
	const role = "/plan.json#module.roles.aws_iam_role.r"
	if got, want := joined(inv, dir), "aws_bedrockagent_data_source.d knowledge-base -> "+role+"\naws_bedrockagent_knowledge_base.b service -> "+role; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	var grants []string
	for _, g := range inv.Parts().Grants {
		grants = append(grants, strings.ReplaceAll(fmt.Sprintf("%s to %s: %v%s %v", g.Key, fact(g.Grantee), g.Operations.Or(nil), g.Operations.Why(), g.ContextEquals), dir, ""))
	}
	want := "/plan.json#aws_kms_key.k to ${bedlock:ref:" + role + "#arn}: [Decrypt] map[team:a]\n" +
		"/plan.json#aws_kms_key.k to ${bedlock:ref:" + role + "#arn}: []the constraints of the grant are not determined by the code: aws_bedrockagent_knowledge_base.b tags is known only after deployment map[]"
	if got := strings.Join(grants, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// A function's role has what the policy templates of SAM allow.
func TestSAMRoleAllowsTheKey(t *testing.T) {
	_, got := principals(t, Options{}, "t.yaml", `
Transform: AWS::Serverless-2016-10-31
Resources:
  Key: {Type: AWS::KMS::Key}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{KMSDecryptPolicy: {KeyId: !Ref Key}}, {S3ReadPolicy: {BucketName: b}}]
`)
	want := "arn unknown (known only after deployment)\npath absent\nboundary absent = absent\n" +
		"trust {'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'Service':'lambda.amazonaws.com'},'Action':'sts:AssumeRole'}]}\n" +
		"policy FRolePolicy0 {'Statement':[{'Effect':'Allow','Action':['kms:Decrypt'],'Resource':'arn:${bedlock:partition}:kms:${bedlock:region}:${bedlock:account}:key/${bedlock:ref:Key#Ref}'}]}\n" +
		"policy FRolePolicy1 unknown (SAM policy template S3ReadPolicy is not resolved)\n" +
		"policy  unknown (the managed policy is not among the inputs)"
	if got["FRole"] != want {
		t.Errorf("got:\n%s\nwant:\n%s", got["FRole"], want)
	}
}

func TestGrantsOfCode(t *testing.T) {
	inv, _ := principals(t, Options{}, "main.tf", `
resource "aws_kms_key" "k" {}
resource "aws_iam_role" "r" { assume_role_policy = "{}" }
variable "context" {
  type    = map(string)
  default = {}
}
resource "aws_kms_grant" "g" {
  key_id            = aws_kms_key.k.key_id
  grantee_principal = aws_iam_role.r.arn
  operations        = ["Decrypt", "GenerateDataKey"]
  constraints {
    encryption_context_subset = { "aws:bedrock:arn" = aws_kms_key.k.arn }
  }
}
resource "aws_kms_grant" "h" {
  key_id            = aws_kms_key.k.arn
  grantee_principal = "arn:aws:iam::111122223333:role/x"
  operations        = ["Encrypt"]
  dynamic "constraints" {
    for_each = length(var.context) > 0 ? [1] : []
    content { encryption_context_equals = var.context }
  }
}
`)
	var got []string
	for _, g := range inv.Parts().Grants {
		at := strings.Index(g.ID, "#")
		line := fmt.Sprintf("%s: %s to %s: %v %v %v", g.ID[at+1:], g.Key[at+1:], fact(g.Grantee), g.Operations.Or(nil), g.ContextEquals, g.ContextSubset)
		got = append(got, strings.ReplaceAll(line, g.ID[:at+1], ""))
	}
	want := "aws_kms_grant.g: aws_kms_key.k to ${bedlock:ref:aws_iam_role.r#arn}: [Decrypt GenerateDataKey] map[] map[aws:bedrock:arn:${bedlock:ref:aws_kms_key.k#arn}]\n" +
		"aws_kms_grant.h: aws_kms_key.k to arn:aws:iam::111122223333:role/x: [Encrypt] map[] map[]"
	if strings.Join(got, "\n") != want {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), want)
	}
}
