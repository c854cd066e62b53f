package iac

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

func fact(v inventory.Value[string]) string {
	if s, ok := v.Get(); ok {
		return s
	}
	return strings.TrimSuffix(v.State().String()+" ("+v.Why()+")", " ()")
}

func document(v inventory.Value[inventory.Policy]) string {
	if p, ok := v.Get(); ok {
		return strings.ReplaceAll(p.Text, `"`, `'`)
	}
	return strings.TrimSuffix(v.State().String()+" ("+v.Why()+")", " ()")
}

// describe prints what the policy engine reads of a principal.
func describe(p *inventory.Principal) string {
	out := []string{
		"arn " + fact(p.ARN), "path " + fact(p.Path), "boundary " + fact(p.Boundary) + " = " + document(p.BoundaryPolicy),
	}
	if p.Kind == inventory.Role {
		out = append(out, "trust "+document(p.Trust))
	}
	if g, ok := p.Groups.Get(); ok {
		out = append(out, "groups "+strings.Join(g, " "))
	}
	for _, n := range p.Policies {
		out = append(out, "policy "+n.Name+" "+document(n.Policy))
	}
	return strings.Join(out, "\n")
}

// principals describes the principals of one file by address, with the folder left out
// of every text.
func principals(t *testing.T, opts Options, name, text string) (*inventory.Inventory, map[string]string) {
	t.Helper()
	dir := filepath.ToSlash(tree(t, map[string]string{name: text}))
	inv := collect(t, opts, dir)
	out := map[string]string{}
	for _, p := range inv.Parts().Principals {
		out[p.Address] = strings.NewReplacer(dir+"/"+name+"#", "", dir+"#", "").Replace(describe(&p))
	}
	return inv, out
}

const identityTemplate = `
Resources:
  Limit:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: limit
      PolicyDocument: {Statement: [{Effect: Allow, Action: "kms:*", Resource: "*"}]}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      Path: /team/
      PermissionsBoundary: !Ref Limit
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns:
        - !Sub "arn:aws:iam::${AWS::AccountId}:policy/limit"
        - arn:aws:iam::aws:policy/ReadOnlyAccess
      Policies: [{PolicyName: own, PolicyDocument: {Statement: [{Effect: Allow, Action: "kms:Decrypt", Resource: "*"}]}}]
  Apart:
    Type: AWS::IAM::RolePolicy
    Properties: {RoleName: !Ref Reader, PolicyName: apart, PolicyDocument: {Statement: [{Effect: Deny, Action: "kms:Encrypt", Resource: "*"}]}}
  Team: {Type: AWS::IAM::Group, Properties: {GroupName: team}}
  Ann: {Type: AWS::IAM::User, Properties: {UserName: ann}}
  Join: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: !Ref Team, Users: [!Ref Ann]}}
`

const identityCode = `
provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111122223333"]
}
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Own"
    actions   = ["kms:Encrypt"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "own" {
  source_policy_documents   = [data.aws_iam_policy_document.base.json]
  override_policy_documents = [jsonencode({ Statement = [{ Sid = "Own", Effect = "Allow", Action = "kms:Decrypt", Resource = "*" }] })]
}
resource "aws_iam_policy" "limit" {
  name   = "limit"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*" }] })
}
resource "aws_iam_role" "reader" {
  name                 = "reader"
  path                 = "/team/"
  permissions_boundary = aws_iam_policy.limit.arn
  assume_role_policy   = jsonencode({ Statement = [{ Effect = "Allow", Principal = { Service = "bedrock.amazonaws.com" }, Action = "sts:AssumeRole" }] })
  inline_policy {
    name   = "own"
    policy = data.aws_iam_policy_document.own.json
  }
}
resource "aws_iam_role_policy_attachment" "limit" {
  role       = aws_iam_role.reader.name
  policy_arn = "arn:aws:iam::111122223333:policy/limit"
}
resource "aws_iam_role_policy_attachment" "aws" {
  for_each   = toset(["ReadOnlyAccess"])
  role       = aws_iam_role.reader.id
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}
resource "aws_iam_role_policy" "apart" {
  name   = "apart"
  role   = aws_iam_role.reader.id
  policy = jsonencode({ Statement = [{ Effect = "Deny", Action = "kms:Encrypt", Resource = "*" }] })
}
resource "aws_iam_group" "team" {
  name = "team"
}
resource "aws_iam_user" "ann" {
  name = "ann"
}
resource "aws_iam_user_group_membership" "join" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.team.name]
}
`

// The plan of the same code, as far as it is read: what is known only after apply
// stands in after_unknown, and the configuration says where it comes from.
const identityPlan = `{"format_version": "1.2", "resource_changes": [
 {"address": "aws_iam_policy.limit", "mode": "managed", "type": "aws_iam_policy", "name": "limit", "change": {"actions": ["create"],
  "after": {"name": "limit", "path": "/", "policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}, "after_unknown": {"arn": true, "id": true}}},
 {"address": "data.aws_iam_policy_document.own", "mode": "data", "type": "aws_iam_policy_document", "name": "own", "change": {"actions": ["read"],
  "after": {"source_policy_documents": ["{\"Statement\":[{\"Sid\":\"Own\",\"Effect\":\"Allow\",\"Action\":\"kms:Encrypt\",\"Resource\":\"*\"}]}"],
   "override_policy_documents": ["{\"Statement\":[{\"Sid\":\"Own\",\"Effect\":\"Allow\",\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}]}"]}, "after_unknown": {"json": true, "id": true}}},
 {"address": "aws_iam_role.reader", "mode": "managed", "type": "aws_iam_role", "name": "reader", "change": {"actions": ["create"],
  "after": {"name": "reader", "path": "/team/", "inline_policy": [{"name": "own"}], "assume_role_policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"bedrock.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"},
  "after_unknown": {"arn": true, "id": true, "permissions_boundary": true, "managed_policy_arns": true, "unique_id": true, "inline_policy": [{"policy": true}]}}},
 {"address": "aws_iam_role_policy_attachment.limit", "mode": "managed", "type": "aws_iam_role_policy_attachment", "name": "limit", "change": {"actions": ["create"],
  "after": {"role": "reader", "policy_arn": "arn:aws:iam::111122223333:policy/limit"}, "after_unknown": {"id": true}}},
 {"address": "aws_iam_role_policy_attachment.aws[\"ReadOnlyAccess\"]", "mode": "managed", "type": "aws_iam_role_policy_attachment", "name": "aws", "index": "ReadOnlyAccess", "change": {"actions": ["create"],
  "after": {"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, "after_unknown": {"id": true, "role": true}}},
 {"address": "aws_iam_role_policy.apart", "mode": "managed", "type": "aws_iam_role_policy", "name": "apart", "change": {"actions": ["create"],
  "after": {"name": "apart", "policy": "{\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"kms:Encrypt\",\"Resource\":\"*\"}]}"}, "after_unknown": {"id": true, "role": true}}},
 {"address": "aws_iam_group.team", "mode": "managed", "type": "aws_iam_group", "name": "team", "change": {"actions": ["create"], "after": {"name": "team", "path": "/"}, "after_unknown": {"arn": true}}},
 {"address": "aws_iam_user.ann", "mode": "managed", "type": "aws_iam_user", "name": "ann", "change": {"actions": ["create"], "after": {"name": "ann", "path": "/", "permissions_boundary": null}, "after_unknown": {"arn": true}}},
 {"address": "aws_iam_user_group_membership.join", "mode": "managed", "type": "aws_iam_user_group_membership", "name": "join", "change": {"actions": ["create"], "after": {"user": "ann", "groups": ["team"]}, "after_unknown": {"id": true}}}
], "configuration": {"provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}, "allowed_account_ids": {"constant_value": ["111122223333"]}}}}, "root_module": {"resources": [
 {"address": "aws_iam_policy.limit", "mode": "managed", "type": "aws_iam_policy", "name": "limit", "provider_config_key": "aws", "expressions": {"name": {"constant_value": "limit"}, "policy": {}}},
 {"address": "data.aws_iam_policy_document.own", "mode": "data", "type": "aws_iam_policy_document", "name": "own", "provider_config_key": "aws", "expressions": {"source_policy_documents": {}, "override_policy_documents": {}}},
 {"address": "aws_iam_role.reader", "mode": "managed", "type": "aws_iam_role", "name": "reader", "provider_config_key": "aws", "expressions": {"name": {"constant_value": "reader"}, "path": {"constant_value": "/team/"},
  "permissions_boundary": {"references": ["aws_iam_policy.limit.arn", "aws_iam_policy.limit"]}, "assume_role_policy": {},
  "inline_policy": [{"name": {"constant_value": "own"}, "policy": {"references": ["data.aws_iam_policy_document.own.json", "data.aws_iam_policy_document.own"]}}]}},
 {"address": "aws_iam_role_policy_attachment.limit", "mode": "managed", "type": "aws_iam_role_policy_attachment", "name": "limit", "provider_config_key": "aws", "expressions": {"role": {"references": ["aws_iam_role.reader.name", "aws_iam_role.reader"]}, "policy_arn": {"constant_value": "arn:aws:iam::111122223333:policy/limit"}}},
 {"address": "aws_iam_role_policy_attachment.aws", "mode": "managed", "type": "aws_iam_role_policy_attachment", "name": "aws", "provider_config_key": "aws", "expressions": {"role": {"references": ["aws_iam_role.reader.id", "aws_iam_role.reader"]}, "policy_arn": {"references": ["each.key"]}}, "for_each_expression": {}},
 {"address": "aws_iam_role_policy.apart", "mode": "managed", "type": "aws_iam_role_policy", "name": "apart", "provider_config_key": "aws", "expressions": {"name": {"constant_value": "apart"}, "role": {"references": ["aws_iam_role.reader.id", "aws_iam_role.reader"]}, "policy": {}}},
 {"address": "aws_iam_group.team", "mode": "managed", "type": "aws_iam_group", "name": "team", "provider_config_key": "aws", "expressions": {"name": {"constant_value": "team"}}},
 {"address": "aws_iam_user.ann", "mode": "managed", "type": "aws_iam_user", "name": "ann", "provider_config_key": "aws", "expressions": {"name": {"constant_value": "ann"}}},
 {"address": "aws_iam_user_group_membership.join", "mode": "managed", "type": "aws_iam_user_group_membership", "name": "join", "provider_config_key": "aws", "expressions": {"user": {"references": ["aws_iam_user.ann.name", "aws_iam_user.ann"]}, "groups": {"references": ["aws_iam_group.team.name", "aws_iam_group.team"]}}}
]}}}`

// The same identities, written in three ways, are the same to the policy engine.
func TestIdentitiesInEveryDialect(t *testing.T) {
	const limit = "{'Statement':[{'Effect':'Allow','Action':'kms:*','Resource':'*'}]}"
	const trust = "trust {'Statement':[{'Effect':'Allow','Principal':{'Service':'bedrock.amazonaws.com'},'Action':'sts:AssumeRole'}]}"
	const own = "{'Statement':[{'Effect':'Allow','Action':'kms:Decrypt','Resource':'*'}]}"
	const ownMerged = "{'Version':'2012-10-17','Statement':[{'Sid':'Own','Effect':'Allow','Action':'kms:Decrypt','Resource':'*'}]}"
	const apart = "policy apart {'Statement':[{'Effect':'Deny','Action':'kms:Encrypt','Resource':'*'}]}"
	const outside = " unknown (the managed policy is not among the inputs)"
	given := Options{Parameters: map[string]string{"AWS::AccountId": "111122223333", "AWS::Region": "us-east-1"}}
	terraform := strings.Join([]string{
		"arn arn:aws:iam::111122223333:role/team/reader", "path /team/", "boundary ${bedlock:ref:aws_iam_policy.limit#arn} = " + limit, trust,
		"policy own " + ownMerged, "policy aws_iam_policy.limit " + limit, `policy aws_iam_role_policy_attachment.aws["ReadOnlyAccess"]` + outside, apart,
	}, "\n")
	for _, tt := range []struct{ file, text, reader, readerWant, ann, annWant string }{
		{"t.yaml", identityTemplate, "Reader", strings.Join([]string{
			"arn arn:aws:iam::111122223333:role/team/reader", "path /team/", "boundary ${bedlock:ref:Limit#Ref} = " + limit, trust,
			"policy own " + own, "policy Limit " + limit, "policy " + outside, apart,
		}, "\n"), "Ann", "arn arn:aws:iam::111122223333:user/ann\npath absent\nboundary absent = absent\ngroups Team"},
		{"main.tf", identityCode, "aws_iam_role.reader", terraform,
			"aws_iam_user.ann", "arn arn:aws:iam::111122223333:user/ann\npath absent\nboundary absent = absent\ngroups aws_iam_group.team"},
		{"plan.json", identityPlan, "aws_iam_role.reader", terraform,
			"aws_iam_user.ann", "arn arn:aws:iam::111122223333:user/ann\npath /\nboundary absent = absent\ngroups aws_iam_group.team"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			_, got := principals(t, given, tt.file, tt.text)
			if got[tt.reader] != tt.readerWant {
				t.Errorf("got:\n%s\nwant:\n%s", got[tt.reader], tt.readerWant)
			}
			if got[tt.ann] != tt.annWant {
				t.Errorf("got:\n%s\nwant:\n%s", got[tt.ann], tt.annWant)
			}
		})
	}
}
