package permit_test

import (
	"testing"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/permit"
)

const inProduction = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - {name: app, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}}
    keys:
      - {region: eu-west-1, alias: alias/old, policy: {Version: "2012-10-17", Statement: [{Sid: Manage, Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "kms:DescribeKey", with: {KeyId: alias/old}, keep: {old: KeyMetadata.Arn}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: g, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}, keep: {guardrail: guardrailId}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrailVersion", with: {guardrailIdentifier: "${guardrail}"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgent", with: {agentName: a, agentResourceRoleArn: "arn:aws:iam::111122223333:role/app", foundationModel: "amazon.nova-pro-v1:0", instruction: "You answer what customers ask about their orders, and nothing else.", customerEncryptionKeyArn: "${old}", guardrailConfiguration: {guardrailIdentifier: "${guardrail}", guardrailVersion: "1"}}, keep: {agent: agent.agentId}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:PrepareAgent", with: {agentId: "${agent}"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgentAlias", with: {agentId: "${agent}", agentAliasName: live}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgentAlias", with: {agentId: "${agent}", agentAliasName: second, routingConfiguration: [{agentVersion: "1"}]}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateFlow", with: {name: f, executionRoleArn: "arn:aws:iam::111122223333:role/app", definition: {nodes: [{name: start, type: Input, outputs: [{name: document, type: String}]}, {name: stop, type: Output, inputs: [{name: document, type: String, expression: "$.data"}]}], connections: [{name: first, type: Data, source: start, target: stop, configuration: {data: {sourceOutput: document, targetInput: document}}}]}}, keep: {flow: id}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:PrepareFlow", with: {flowIdentifier: "${flow}"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateFlowVersion", with: {flowIdentifier: "${flow}"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateFlowAlias", with: {flowIdentifier: "${flow}", name: live, routingConfiguration: [{flowVersion: "1"}]}}
`

// TestPolicyOfVersions: publishing, moving aliases and changing an agent whose key stays need no more
// than what the policy allows, and all of it.
func TestPolicyOfVersions(t *testing.T) {
	p := fixtest.Open(t, inProduction)
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	types := []string{"AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent", "AWS::Bedrock::Flow"}
	q := p.Request(fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock"}, fix.Selection{Types: types}, types...)
	q.Publish = true
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	plan = fixtest.Again(t, plan)
	text, err := permit.Policy(plan, cat)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(text)
	t.Logf("%d steps, %d actions", len(plan.Steps), necessary(t, p, "versions", plan, text))
}
