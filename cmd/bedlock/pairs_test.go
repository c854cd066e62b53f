package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/audit"
)

// obj and arr keep the pairs readable.
type (
	obj = map[string]any
	arr = []any
)

// planned is one resource of a Terraform plan.
type planned struct {
	address string
	after   obj
	unknown obj // after_unknown
	refs    obj // configuration expressions that are references: attribute to list
}

// pair is the same resources in every way of writing them.
type pair struct {
	name string
	yaml string // Resources, CloudFormation in YAML
	json obj    // Resources, CloudFormation in JSON; also the CDK assembly's
	hcl  string
	plan []planned
	// want are "TYPE slot rung", sorted; wantTerraform where the dialects differ.
	want, wantTerraform []string
}

const (
	otherKey = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

func policyText(principal any) string {
	b, _ := json.Marshal(obj{"Version": "2012-10-17", "Statement": arr{obj{"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}}})
	return string(b)
}

func pairs() []pair {
	return []pair{
		{
			name: "a guardrail under a key of the same code",
			yaml: `
  Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}
  G: {Type: AWS::Bedrock::Guardrail, Properties: {Name: g, BlockedInputMessaging: x, BlockedOutputsMessaging: x, KmsKeyArn: !GetAtt Key.Arn}}`,
			json: obj{"Key": obj{"Type": "AWS::KMS::Key", "Properties": obj{"EnableKeyRotation": true}},
				"G": obj{"Type": "AWS::Bedrock::Guardrail", "Properties": obj{"Name": "g", "KmsKeyArn": obj{"Fn::GetAtt": arr{"Key", "Arn"}}}}},
			hcl: `
resource "aws_kms_key" "k" { enable_key_rotation = true }
resource "aws_bedrock_guardrail" "g" {
  name        = "g"
  kms_key_arn = aws_kms_key.k.arn
}`,
			plan: []planned{
				{address: "aws_kms_key.k", after: obj{"enable_key_rotation": true, "is_enabled": true}, unknown: obj{"arn": true, "id": true, "key_id": true, "policy": true}},
				{address: "aws_bedrock_guardrail.g", after: obj{"name": "g"}, unknown: obj{"kms_key_arn": true, "guardrail_arn": true}, refs: obj{"kms_key_arn": arr{"aws_kms_key.k.arn", "aws_kms_key.k"}}},
			},
			want: []string{"AWS::Bedrock::Guardrail configuration sound"},
		},
		{
			name: "a guardrail under the id of a key",
			yaml: `
  Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}
  G: {Type: AWS::Bedrock::Guardrail, Properties: {Name: g, KmsKeyArn: !Ref Key}}`,
			json: obj{"Key": obj{"Type": "AWS::KMS::Key", "Properties": obj{"EnableKeyRotation": true}},
				"G": obj{"Type": "AWS::Bedrock::Guardrail", "Properties": obj{"Name": "g", "KmsKeyArn": obj{"Ref": "Key"}}}},
			hcl: `
resource "aws_kms_key" "k" { enable_key_rotation = true }
resource "aws_bedrock_guardrail" "g" {
  name        = "g"
  kms_key_arn = aws_kms_key.k.key_id
}`,
			plan: []planned{
				{address: "aws_kms_key.k", after: obj{"enable_key_rotation": true}, unknown: obj{"arn": true, "key_id": true}},
				{address: "aws_bedrock_guardrail.g", after: obj{"name": "g"}, unknown: obj{"kms_key_arn": true}, refs: obj{"kms_key_arn": arr{"aws_kms_key.k.key_id", "aws_kms_key.k"}}},
			},
			// The CloudFormation type takes an ARN only; the provider does not check.
			want:          []string{"AWS::Bedrock::Guardrail configuration broken"},
			wantTerraform: []string{"AWS::Bedrock::Guardrail configuration sound"},
		},
		{
			name: "agents without a key, with an empty one and with an AWS-managed one",
			yaml: `
  A: {Type: AWS::Bedrock::Agent, Properties: {AgentName: a}}
  B: {Type: AWS::Bedrock::Agent, Properties: {AgentName: b, CustomerEncryptionKeyArn: ""}}
  C: {Type: AWS::Bedrock::Agent, Properties: {AgentName: c, CustomerEncryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"}}`,
			json: obj{"A": obj{"Type": "AWS::Bedrock::Agent", "Properties": obj{"AgentName": "a", "CustomerEncryptionKeyArn": obj{"Ref": "AWS::NoValue"}}},
				"B": obj{"Type": "AWS::Bedrock::Agent", "Properties": obj{"AgentName": "b", "CustomerEncryptionKeyArn": ""}},
				"C": obj{"Type": "AWS::Bedrock::Agent", "Properties": obj{"AgentName": "c", "CustomerEncryptionKeyArn": "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"}}},
			hcl: `
resource "aws_bedrockagent_agent" "a" { agent_name = "a" }
resource "aws_bedrockagent_agent" "b" {
  agent_name                  = "b"
  customer_encryption_key_arn = ""
}
resource "aws_bedrockagent_agent" "c" {
  agent_name                  = "c"
  customer_encryption_key_arn = "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"
}`,
			plan: []planned{
				{address: "aws_bedrockagent_agent.a", after: obj{"agent_name": "a", "customer_encryption_key_arn": nil}},
				{address: "aws_bedrockagent_agent.b", after: obj{"agent_name": "b", "customer_encryption_key_arn": ""}},
				{address: "aws_bedrockagent_agent.c", after: obj{"agent_name": "c", "customer_encryption_key_arn": "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"}},
			},
			want: []string{"AWS::Bedrock::Agent content aws-managed", "AWS::Bedrock::Agent content unkeyed", "AWS::Bedrock::Agent content unkeyed"},
		},
		{
			name: "prompts under a disabled key, a key of a stranger's making and one that everyone may use",
			yaml: `
  Off: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: "true", Enabled: false}}
  Open:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      KeyPolicy: {Version: 2012-10-17, Statement: {Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*"}}
  A: {Type: AWS::Bedrock::Prompt, Properties: {Name: a, CustomerEncryptionKeyArn: !GetAtt Off.Arn}}
  B: {Type: AWS::Bedrock::Prompt, Properties: {Name: b, CustomerEncryptionKeyArn: ` + otherKey + `}}
  C: {Type: AWS::Bedrock::Prompt, Properties: {Name: c, CustomerEncryptionKeyArn: !Sub "${Open.Arn}"}}`,
			json: obj{"Off": obj{"Type": "AWS::KMS::Key", "Properties": obj{"EnableKeyRotation": true, "Enabled": "false"}},
				"Open": obj{"Type": "AWS::KMS::Key", "Properties": obj{"EnableKeyRotation": true, "KeyPolicy": json.RawMessage(policyText("*"))}},
				"A":    obj{"Type": "AWS::Bedrock::Prompt", "Properties": obj{"Name": "a", "CustomerEncryptionKeyArn": obj{"Fn::GetAtt": "Off.Arn"}}},
				"B":    obj{"Type": "AWS::Bedrock::Prompt", "Properties": obj{"Name": "b", "CustomerEncryptionKeyArn": otherKey}},
				"C":    obj{"Type": "AWS::Bedrock::Prompt", "Properties": obj{"Name": "c", "CustomerEncryptionKeyArn": obj{"Fn::Join": arr{"", arr{obj{"Fn::GetAtt": arr{"Open", "Arn"}}}}}}}},
			hcl: `
resource "aws_kms_key" "off" {
  enable_key_rotation = true
  is_enabled          = false
}
resource "aws_kms_key" "open" {
  enable_key_rotation = true
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "kms:*", Resource = "*" }] })
}
resource "aws_bedrockagent_prompt" "a" {
  name                        = "a"
  customer_encryption_key_arn = aws_kms_key.off.arn
}
resource "aws_bedrockagent_prompt" "b" {
  name                        = "b"
  customer_encryption_key_arn = "` + otherKey + `"
}
resource "aws_bedrockagent_prompt" "c" {
  name                        = "c"
  customer_encryption_key_arn = aws_kms_key.open.arn
}`,
			plan: []planned{
				{address: "aws_kms_key.off", after: obj{"enable_key_rotation": true, "is_enabled": false}, unknown: obj{"arn": true, "policy": true}},
				{address: "aws_kms_key.open", after: obj{"enable_key_rotation": true, "is_enabled": true, "policy": policyText("*")}, unknown: obj{"arn": true}},
				{address: "aws_bedrockagent_prompt.a", after: obj{"name": "a"}, unknown: obj{"customer_encryption_key_arn": true}, refs: obj{"customer_encryption_key_arn": arr{"aws_kms_key.off.arn", "aws_kms_key.off"}}},
				{address: "aws_bedrockagent_prompt.b", after: obj{"name": "b", "customer_encryption_key_arn": otherKey}},
				{address: "aws_bedrockagent_prompt.c", after: obj{"name": "c"}, unknown: obj{"customer_encryption_key_arn": true}, refs: obj{"customer_encryption_key_arn": arr{"aws_kms_key.open.arn", "aws_kms_key.open"}}},
			},
			want: []string{"AWS::Bedrock::Prompt content broken", "AWS::Bedrock::Prompt content exposed", "AWS::Bedrock::Prompt content unread"},
		},
		{
			name: "buckets: nothing said, SSE-S3, the AWS-managed key, a key by alias, a key without rotation",
			yaml: `
  Good: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}
  GoodAlias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/good, TargetKeyId: !Ref Good}}
  Stale: {Type: AWS::KMS::Key}
  A: {Type: AWS::S3::Bucket}
  B: {Type: AWS::S3::Bucket, Properties: {BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]}}}
  C: {Type: AWS::S3::Bucket, Properties: {BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms"}}]}}}
  D: {Type: AWS::S3::Bucket, Properties: {BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: alias/good}}]}}}
  E: {Type: AWS::S3::Bucket, Properties: {BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt Stale.Arn}}]}}}`,
			json: obj{"Good": obj{"Type": "AWS::KMS::Key", "Properties": obj{"EnableKeyRotation": true}},
				"GoodAlias": obj{"Type": "AWS::KMS::Alias", "Properties": obj{"AliasName": "alias/good", "TargetKeyId": obj{"Fn::GetAtt": arr{"Good", "Arn"}}}},
				"Stale":     obj{"Type": "AWS::KMS::Key", "Properties": obj{}},
				"A":         bucket(nil), "B": bucket(obj{"SSEAlgorithm": "AES256"}), "C": bucket(obj{"SSEAlgorithm": "aws:kms"}),
				"D": bucket(obj{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": obj{"Ref": "GoodAlias"}}), "E": bucket(obj{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": obj{"Ref": "Stale"}})},
			hcl: `
resource "aws_kms_key" "good" { enable_key_rotation = true }
resource "aws_kms_alias" "good" {
  name          = "alias/good"
  target_key_id = aws_kms_key.good.key_id
}
resource "aws_kms_key" "stale" {}
resource "aws_s3_bucket" "b" {
  for_each = toset(["a", "b", "c", "d", "e"])
  bucket   = "x-${each.key}"
}
locals {
  encryption = {
    b = { algorithm = "AES256", key = null }
    c = { algorithm = "aws:kms", key = null }
    d = { algorithm = "aws:kms", key = aws_kms_alias.good.arn }
    e = { algorithm = "aws:kms", key = aws_kms_key.stale.arn }
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  for_each = local.encryption
  bucket   = aws_s3_bucket.b[each.key].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = each.value.algorithm
      kms_master_key_id = each.value.key
    }
  }
}`,
			plan: []planned{
				{address: "aws_kms_key.good", after: obj{"enable_key_rotation": true}, unknown: obj{"arn": true, "key_id": true}},
				{address: "aws_kms_alias.good", after: obj{"name": "alias/good"}, unknown: obj{"arn": true, "target_key_id": true}, refs: obj{"target_key_id": arr{"aws_kms_key.good.key_id", "aws_kms_key.good"}}},
				{address: "aws_kms_key.stale", after: obj{"enable_key_rotation": false}, unknown: obj{"arn": true}},
				{address: "aws_s3_bucket.a", after: obj{"bucket": "x-a"}},
				{address: "aws_s3_bucket.b", after: obj{"bucket": "x-b"}},
				{address: "aws_s3_bucket.c", after: obj{"bucket": "x-c"}},
				{address: "aws_s3_bucket.d", after: obj{"bucket": "x-d"}},
				{address: "aws_s3_bucket.e", after: obj{"bucket": "x-e"}},
				encryption("b", "AES256", "", nil),
				encryption("c", "aws:kms", "", nil),
				encryption("d", "aws:kms", "alias/good", nil),
				encryption("e", "aws:kms", nil, arr{"aws_kms_key.stale.arn", "aws_kms_key.stale"}),
			},
			want: []string{"AWS::S3::Bucket default-encryption aws-managed", "AWS::S3::Bucket default-encryption exposed",
				"AWS::S3::Bucket default-encryption sound", "AWS::S3::Bucket default-encryption unkeyed", "AWS::S3::Bucket default-encryption unkeyed"},
		},
	}
}

func bucket(def obj) obj {
	b := obj{"Type": "AWS::S3::Bucket"}
	if def != nil {
		b["Properties"] = obj{"BucketEncryption": obj{"ServerSideEncryptionConfiguration": arr{obj{"ServerSideEncryptionByDefault": def}}}}
	}
	return b
}

func encryption(name, algorithm string, key any, refs arr) planned {
	p := planned{address: "aws_s3_bucket_server_side_encryption_configuration." + name, after: obj{"bucket": "x-" + name,
		"rule": arr{obj{"apply_server_side_encryption_by_default": arr{obj{"sse_algorithm": algorithm, "kms_master_key_id": key}}}}}}
	if refs != nil {
		p.unknown = obj{"rule": arr{obj{"apply_server_side_encryption_by_default": arr{obj{"kms_master_key_id": true}}}}}
		p.refs = obj{"rule": arr{obj{"apply_server_side_encryption_by_default": arr{obj{"kms_master_key_id": obj{"references": refs}}}}}}
	}
	return p
}

// planJSON writes a plan as terraform show -json does.
func planJSON(t *testing.T, resources []planned) []byte {
	var changes, configured arr
	for _, r := range resources {
		typ, name, _ := strings.Cut(r.address, ".")
		if r.unknown == nil {
			r.unknown = obj{}
		}
		changes = append(changes, obj{"address": r.address, "mode": "managed", "type": typ, "name": name, "provider_name": "registry.terraform.io/hashicorp/aws",
			"change": obj{"actions": arr{"create"}, "before": nil, "after": r.after, "after_unknown": r.unknown, "after_sensitive": obj{}}})
		expressions := obj{}
		for k, v := range r.after {
			if s, ok := v.(string); ok {
				expressions[k] = obj{"constant_value": s}
			}
		}
		for k, v := range r.refs {
			if list, ok := v.(arr); ok && len(list) > 0 {
				if _, isText := list[0].(string); isText {
					v = obj{"references": list}
				}
			}
			expressions[k] = v
		}
		configured = append(configured, obj{"address": r.address, "mode": "managed", "type": typ, "name": name, "expressions": expressions})
	}
	b, err := json.MarshalIndent(obj{"format_version": "1.2", "terraform_version": "1.9.8", "resource_changes": changes,
		"configuration": obj{"root_module": obj{"resources": configured}}}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// files writes a pair in one way of writing it.
func (p pair) files(t *testing.T, way string) map[string][]byte {
	template, err := json.Marshal(obj{"Resources": p.json})
	if err != nil {
		t.Fatal(err)
	}
	switch way {
	case "CloudFormation YAML":
		return map[string][]byte{"template.yaml": []byte("Resources:" + p.yaml + "\n")}
	case "CloudFormation JSON":
		return map[string][]byte{"template.json": template}
	case "CDK":
		manifest := `{"version":"48.0.0","artifacts":{"S":{"type":"aws:cloudformation:stack","environment":"aws://unknown-account/unknown-region","properties":{"templateFile":"S.template.json"}}}}`
		return map[string][]byte{"cdk.out/S.template.json": template, "cdk.out/manifest.json": []byte(manifest)}
	case "HCL":
		return map[string][]byte{"main.tf": []byte(p.hcl + "\n")}
	case "plan":
		return map[string][]byte{"plan.json": planJSON(t, p.plan)}
	}
	t.Fatalf("unknown way %q", way)
	return nil
}

func TestTheSameResourceStandsOnTheSameRung(t *testing.T) {
	for _, p := range pairs() {
		for _, way := range []string{"CloudFormation YAML", "CloudFormation JSON", "CDK", "HCL", "plan"} {
			t.Run(p.name+"/"+way, func(t *testing.T) {
				dir := t.TempDir()
				for name, b := range p.files(t, way) {
					file := filepath.Join(dir, name)
					if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(file, b, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				slots := audited(t, dir)
				var got []string
				for _, s := range slots {
					got = append(got, fmt.Sprintf("%s %s %s", s.Subject.Type, s.Subject.Slot, s.Rung))
				}
				sort.Strings(got)
				want := p.want
				if p.wantTerraform != nil && (way == "HCL" || way == "plan") {
					want = p.wantTerraform
				}
				if !slices.Equal(got, want) {
					t.Errorf("got  %q\nwant %q", got, want)
					for _, s := range slots {
						t.Logf("%s %s: %v", s.Subject.ID, s.Rung, s.Evidence)
					}
				}
			})
		}
	}
}

// audited returns the slots of a source.
func audited(t testing.TB, source string) (slots []bedlock.Slot) {
	t.Helper()
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	inv, err := iac.Collect(context.Background(), cat, []string{source}, iac.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = audit.Run(context.Background(), inv, audit.Options{Catalog: cat}, func(m bedlock.Message) error {
		if m.Slot != nil {
			slots = append(slots, *m.Slot)
		}
		if m.Input != nil && m.Input.Status == bedlock.InputFailed {
			t.Errorf("%s: %s", m.Input.At, m.Input.Reason)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slots
}
