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
		Data: "only the draft is encrypted anew; versions and sessions that exist need the old key", RestOf: partsOfAgent,
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
		Copies: []string{"blueprintStage=LIVE", "blueprintStage=DEVELOPMENT"},
		State:  State{At: "blueprint", Absent: "ResourceNotFoundException", Drop: []string{"lastModifiedTime", "optimizationTime"}},
		Key:    automationKey, Write: replace("UpdateBlueprint"),
	},
	{
		Type: "AWS::Bedrock::DataAutomationProject", ARN: "data-automation-project/{id}", Read: "GetDataAutomationProject", With: "projectArn={arn}",
		Copies: []string{"projectStage=LIVE", "projectStage=DEVELOPMENT"},
		State:  State{At: "project", Absent: "ResourceNotFoundException", Drop: []string{"lastModifiedTime", "status"}},
		Key:    automationKey, Write: replace("UpdateDataAutomationProject"),
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
		Key:   keyAt("kmsKeyArn"), Write: updateWith("UpdateEvaluator", "evaluatorId={id}", "kmsKeyArn"), Keeps: true,
		Wait: "status", Until: []string{"ACTIVE"}, Failed: []string{"CREATE_FAILED", "UPDATE_FAILED", "DELETING"},
		Stays: lockedEvaluator, Data: "the service encrypts anew what is there",
	},
	{
		Type: "AWS::BedrockAgentCore::ConfigurationBundle", ARN: "configuration-bundle/{id}", Read: "GetConfigurationBundle", With: "bundleId={id}",
		State: State{Drop: []string{"updatedAt", "versionId", "versionCreatedAt", "lineageMetadata"}},
		Key:   keyAt("kmsKeyArn"), Write: updateBundle, Keeps: true,
		Data: "a new version is under the key; versions that exist keep theirs",
	},
	{
		Type: "AWS::BedrockAgentCore::PaymentManager", ARN: "payment-manager/{id}", Read: "GetPaymentManager", With: "paymentManagerId={id}",
		State: State{Drop: []string{"lastUpdatedAt", "status"}},
		Key:   keyAt("kmsKeyArn"), Write: updateWith("UpdatePaymentManager", "paymentManagerId={id}", "kmsKeyArn"),
		Wait: "status", Until: []string{"READY"}, Failed: []string{"UPDATE_FAILED", "DELETING", "DELETE_FAILED"},
		Data: "only what is written from now on is under the key",
	},
	{
		Type: "AWS::BedrockAgentCore::AgentInsightStore", ARN: "agent-insight-store/{id}", Read: "GetAgentInsightStore", With: "agentInsightStoreId={id}",
		// Nobody creates it, so it may say of any moment that it is created then.
		State: State{Drop: []string{"createdAt", "updatedAt", "status", "failureReason"}},
		Key:   insightKey, Write: updateInsights,
		Wait: "status", Until: []string{"ACTIVE"}, Failed: []string{"FAILED", "UPDATE_FAILED"},
		Data: "only new insights are under the key",
	},
	{
		// The key is that of the volumes of SageMaker's instances.
		// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_SageMakerEndpoint.html
		Type: "AWS::Bedrock::MarketplaceModelEndpoint", ARN: "endpoint/{name}", Read: "GetMarketplaceModelEndpoint", With: "endpointArn={arn}",
		State: State{At: "marketplaceModelEndpoint", Drop: []string{"updatedAt", "endpointStatus", "endpointStatusMessage", "statusMessage"}},
		Key:   keyAt("endpointConfig.sageMaker.kmsEncryptionKey"), Write: replace("UpdateMarketplaceModelEndpoint"),
		Wait: "marketplaceModelEndpoint.endpointStatus", Until: []string{"InService"}, Failed: []string{"Failed", "OutOfService", "UpdateRollbackFailed"},
		Data: "what becomes of volumes that are attached is not documented",
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
		switch {
		case c.Text("promptCreationMode") == "OVERRIDDEN":
			own = append(own, c)
		case c.Text("parserMode") == "OVERRIDDEN": // AWS's prompt, whose answer the customer reads
			own = append(own, c.Without("basePromptTemplate", "inferenceConfiguration", "promptState"))
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

// updateWith returns a Write of an update that keeps what is not sent and takes no key away.
func updateWith(operation, with, member string) func(*parts, wire.Object, wire.Object) ([]Call, error) {
	return func(p *parts, _, to wire.Object) ([]Call, error) {
		key := to.Text(member)
		if key == "" {
			return nil, errNoWayBack
		}
		in := p.arguments(with)
		in[member] = key
		return []Call{p.call(operation, in)}, nil
	}
}

// lockedEvaluator: an evaluator that an online evaluation uses is locked.
// https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_GetEvaluator.html
func lockedEvaluator(p *parts, _ string, _ Aim) string {
	if p.answer.Bool("lockedForModification") {
		return "it is locked, because evaluations use it: pause them first"
	}
	return ""
}

// updateBundle makes a new version of a bundle, whose parent is the one before it. What is sent
// is all that was read, for that the update keeps what is left out is not documented.
// https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_UpdateConfigurationBundle.html
func updateBundle(p *parts, _, to wire.Object) ([]Call, error) {
	if !to.Has("kmsKeyArn") {
		return nil, errNoWayBack
	}
	in := to.Pick("bundleName", "description", "components", "kmsKeyArn")
	in["bundleId"] = p.names["id"]
	in["commitMessage"] = "put under another key"
	in["parentVersionIds"] = []any{p.answer.Text("versionId")}
	in["clientToken"] = Ref(Run, "id") + "-" + p.step
	if branch := p.answer.Text("lineageMetadata.branchName"); branch != "" {
		in["branchName"] = branch
	}
	if p.back {
		in["commitMessage"] = "put back under the key that it had"
		in["parentVersionIds"] = []any{Ref(p.step, "versionId")}
		in["clientToken"] = Ref(Run, "id") + "-" + p.step + "-back"
	}
	return []Call{p.call("UpdateConfigurationBundle", in)}, nil
}

// automationKey takes the encryption context away with the key: an update has no place for it alone.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_data-automation_EncryptionConfiguration.html
func automationKey(before wire.Object, slot, key string) (wire.Object, error) {
	if key == "" {
		before = before.Without("kmsEncryptionContext")
	}
	return keyAt("kmsKeyId")(before, slot, key)
}

func insightKey(before wire.Object, _, key string) (wire.Object, error) {
	after := before.Clone()
	after["encryptionConfiguration"] = wire.Object{"mode": "AWS_OWNED_KMS_KEY"}
	if key != "" {
		after["encryptionConfiguration"] = wire.Object{"mode": "CUSTOMER_MANAGED_KMS", "kmsKeyArn": key}
	}
	return after, nil
}

func updateInsights(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("agentInsightStoreId={id}")
	in["encryptionConfiguration"] = to.Object("encryptionConfiguration")
	return []Call{p.call("UpdateAgentInsightStore", in)}, nil
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
