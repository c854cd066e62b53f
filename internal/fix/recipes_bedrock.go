package fix

import (
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
)

// bedrockRecipes are those of Bedrock's own resources. What of each answer is AWS's own follows
// from the catalogue's Drop; what changes by itself is dropped here.
var bedrockRecipes = []recipe{
	{
		Type: "AWS::Bedrock::Guardrail", ARN: "guardrail/{id}", Read: "GetGuardrail", With: "guardrailIdentifier={id}",
		State: State{Drop: []string{"updatedAt", "status", "statusReasons", "failureRecommendations"}},
		Key:   keyAt("kmsKeyArn"), Write: replace("UpdateGuardrail"),
		Wait: "status", Until: []string{"READY"}, Failed: []string{"FAILED", "DELETING"},
		Data: "the draft is encrypted anew; versions that exist keep their key",
	},
	{
		Type: "AWS::Bedrock::Agent", ARN: "agent/{id}", Read: "GetAgent", With: "agentId={id}",
		State: State{At: "agent", Drop: []string{"updatedAt", "preparedAt", "agentStatus", "failureReasons", "recommendedActions", "clientToken"}},
		Key:   keyAt("customerEncryptionKeyArn"), Write: updateAgent,
		Wait: "agent.agentStatus", Until: []string{"PREPARED", "NOT_PREPARED"}, Failed: []string{"FAILED", "DELETING"},
		Data: "only the draft is encrypted anew; versions and sessions that exist need the old key",
	},
	{
		Type: "AWS::Bedrock::Flow", ARN: "flow/{id}", Read: "GetFlow", With: "flowIdentifier={id}",
		State: State{Drop: []string{"updatedAt", "status", "validations"}},
		Key:   keyAt("customerEncryptionKeyArn"), Write: updateFlow,
		Wait: "status", Until: []string{"Prepared", "NotPrepared", "Failed"},
		Data: "the draft is encrypted anew; versions that exist keep their key",
	},
	{
		Type: "AWS::Bedrock::Prompt", ARN: "prompt/{id}", Read: "GetPrompt", With: "promptIdentifier={id}",
		State: State{Drop: []string{"updatedAt"}},
		Key:   keyAt("customerEncryptionKeyArn"), Write: replace("UpdatePrompt"),
		Data: "the draft is encrypted anew; versions that exist keep their key",
	},
	{
		Type: "AWS::Bedrock::DataSource", ARN: "knowledge-base/{base}/data-source/{id}", Read: "GetDataSource", With: "knowledgeBaseId={base} dataSourceId={id}",
		State: State{At: "dataSource", Drop: []string{"updatedAt", "status", "failureReasons"}},
		Key:   keyAt("serverSideEncryptionConfiguration.kmsKeyArn"), Write: replace("UpdateDataSource"),
		Wait: "dataSource.status", Until: []string{"AVAILABLE"}, Failed: []string{"DELETING", "DELETE_UNSUCCESSFUL"},
		Data: "the key counts from the next ingestion job; nothing is stored under it",
	},
	{
		Type: "AWS::Bedrock::Blueprint", ARN: "blueprint/{id}", Read: "GetBlueprint", With: "blueprintArn={arn}",
		State: State{At: "blueprint", Drop: []string{"lastModifiedTime", "optimizationTime"}},
		Key:   keyAt("kmsKeyId"), Write: replace("UpdateBlueprint"),
	},
	{
		Type: "AWS::Bedrock::DataAutomationProject", ARN: "data-automation-project/{id}", Read: "GetDataAutomationProject", With: "projectArn={arn}",
		State: State{At: "project", Drop: []string{"lastModifiedTime", "status"}},
		Key:   keyAt("kmsKeyId"), Write: replace("UpdateDataAutomationProject"),
		Wait: "project.status", Until: []string{"COMPLETED"}, Failed: []string{"FAILED"},
	},
	{
		Type: "AWS::BedrockAgentCore::Gateway", ARN: "gateway/{id}", Read: "GetGateway", With: "gatewayIdentifier={id}",
		State: State{Drop: []string{"updatedAt", "status", "statusReasons"}},
		Key:   keyAt("kmsKeyArn"), Write: replace("UpdateGateway"),
		Wait: "status", Until: []string{"READY"}, Failed: []string{"FAILED", "UPDATE_UNSUCCESSFUL", "DELETING"},
	},
	{
		Type: "AWS::BedrockAgentCore::Evaluator", ARN: "evaluator/{id}", Read: "GetEvaluator", With: "evaluatorId={id}",
		State: State{Drop: []string{"updatedAt", "status"}},
		Key:   keyAt("kmsKeyArn"), Write: updateEvaluator,
		Wait: "status", Until: []string{"ACTIVE"}, Failed: []string{"CREATE_FAILED", "UPDATE_FAILED", "DELETING"},
		Data: "the service encrypts anew what is there",
	},
	{
		Type: "AWS::BedrockAgentCore::TokenVault", ARN: "token-vault/{id}", Read: "GetTokenVault", With: "tokenVaultId={id}",
		State: State{Drop: []string{"lastModifiedDate"}},
		Key:   vaultKey, Write: updateVault,
	},
}

// updateAgent leaves out the prompts that AWS fills in: an update that has them is refused.
// https://github.com/hashicorp/terraform-provider-aws/issues/37903
//
// An agent that was prepared is prepared again, else its test alias goes on with the old draft; one
// that was not stays so.
func updateAgent(p *parts, from, to wire.Object) ([]Call, error) {
	calls, err := replace("UpdateAgent")(p, from, to)
	if err != nil {
		return nil, err
	}
	in := calls[0].Input
	var own []any
	for _, c := range in.Objects("promptOverrideConfiguration.promptConfigurations") {
		if c.Text("promptCreationMode") == "OVERRIDDEN" {
			own = append(own, c)
		}
	}
	switch {
	case own != nil:
		put(in, "promptOverrideConfiguration.promptConfigurations", own)
	case in.Has("promptOverrideConfiguration"):
		delete(in, "promptOverrideConfiguration")
	}
	if p.answer.Text("agent.agentStatus") == "PREPARED" {
		calls = append(calls, p.call("PrepareAgent", p.arguments("agentId={id}")))
	}
	return calls, nil
}

// updateFlow prepares a flow again that was prepared; one with errors cannot be.
func updateFlow(p *parts, from, to wire.Object) ([]Call, error) {
	calls, err := replace("UpdateFlow")(p, from, to)
	if err == nil && p.answer.Text("status") == "Prepared" {
		calls = append(calls, p.call("PrepareFlow", p.arguments("flowIdentifier={id}")))
	}
	return calls, err
}

// updateEvaluator changes the key alone: the update keeps what is not sent. It cannot take a key
// away.
// https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_UpdateEvaluator.html
func updateEvaluator(p *parts, _, to wire.Object) ([]Call, error) {
	key := to.Text("kmsKeyArn")
	if key == "" {
		return nil, errNoWayBack
	}
	in := p.arguments("evaluatorId={id}")
	in["kmsKeyArn"] = key
	return []Call{p.call("UpdateEvaluator", in)}, nil
}

// errNoWayBack is what a Write returns for a state that the service does not take any more.
var errNoWayBack = fmt.Errorf("the service changes a key and does not take it away again")

func vaultKey(before wire.Object, _, key string) (wire.Object, error) {
	after := before.Clone()
	after["kmsConfiguration"] = wire.Object{"keyType": "ServiceManagedKey"}
	if key != "" {
		after["kmsConfiguration"] = wire.Object{"keyType": "CustomerManagedKey", "kmsKeyArn": key}
	}
	return after, nil
}

func updateVault(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("tokenVaultId={id}")
	in["kmsConfiguration"] = to.Object("kmsConfiguration")
	return []Call{p.call("SetTokenVaultCMK", in)}, nil
}
