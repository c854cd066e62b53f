package awsapi

// Bedrock AgentCore.
var agentCoreReadings = []reading{
	{Type: "AWS::BedrockAgentCore::ResourcePolicy", Skip: "asked for by ARN of another resource; protects nothing by a key"},
	{
		Type: "AWS::BedrockAgentCore::AgentInsightStore", List: "ListAgentInsightStores", Items: "agentInsightStores",
		Get: gets{{"GetAgentInsightStore", "agentInsightStoreId=agentInsightStoreId"}}, ARN: "{agentInsightStoreArn}",
	},
	{
		Type: "AWS::BedrockAgentCore::ApiKeyCredentialProvider", List: "ListApiKeyCredentialProviders", Items: "credentialProviders",
		Get: gets{{"GetApiKeyCredentialProvider", "name=name"}}, ARN: "{credentialProviderArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::BatchEvaluation", List: "ListBatchEvaluations", Items: "batchEvaluations",
		Get: gets{{"GetBatchEvaluation", "batchEvaluationId=batchEvaluationId"}}, ARN: "{batchEvaluationArn}",
	},
	{
		Type: "AWS::BedrockAgentCore::BrowserCustom", List: "ListBrowsers", With: "type='CUSTOM'", Items: "browserSummaries",
		Get: gets{{"GetBrowser", "browserId=browserId"}}, ARN: "{browserArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::BrowserProfile", List: "ListBrowserProfiles", Items: "profileSummaries",
		Get: gets{{"GetBrowserProfile", "profileId=profileId"}}, ARN: "{profileArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::CapacityProvider", List: "ListCapacityProviders", Items: "capacityProviders",
		Get: gets{{"GetCapacityProvider", "capacityProviderId=capacityProviderId"}}, ARN: "{capacityProviderArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::CodeInterpreterCustom", List: "ListCodeInterpreters", With: "type='CUSTOM'", Items: "codeInterpreterSummaries",
		Get: gets{{"GetCodeInterpreter", "codeInterpreterId=codeInterpreterId"}}, ARN: "{codeInterpreterArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::ConfigurationBundle", List: "ListConfigurationBundles", Items: "bundles",
		Get: gets{{"GetConfigurationBundle", "bundleId=bundleId"}}, ARN: "{bundleArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::ConsentPortal", List: "ListConsentPortals", Items: "consentPortals",
		Get: gets{{"GetConsentPortal", "consentPortalIdentifier=consentPortalId"}}, ARN: "{consentPortalArn}",
	},
	{
		Type: "AWS::BedrockAgentCore::Dataset", List: "ListDatasets", Items: "datasets",
		Get: gets{{"GetDataset", "datasetId=datasetId"}}, ARN: "{datasetArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::Evaluator", List: "ListEvaluators", Items: "evaluators", Only: "evaluatorType!=Builtin",
		Get: gets{{"GetEvaluator", "evaluatorId=evaluatorId"}}, ARN: "{evaluatorArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::Gateway", List: "ListGateways", Items: "items",
		Get: gets{{"GetGateway", "gatewayIdentifier=gatewayId"}, {"GetResourcePolicy", "resourceArn=@arn"}},
		ARN: "arn:{partition}:bedrock-agentcore:{region}:{account}:gateway/{gatewayId}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::GatewayRateLimit", Of: "AWS::BedrockAgentCore::Gateway",
		List: "ListGatewayRateLimits", With: "gatewayIdentifier=^gatewayId", Items: "rateLimits",
		ARN: "{^@arn}/rate-limit/{rateLimitId}",
	},
	{
		Type: "AWS::BedrockAgentCore::GatewayRule", Of: "AWS::BedrockAgentCore::Gateway",
		List: "ListGatewayRules", With: "gatewayIdentifier=^gatewayId", Items: "gatewayRules",
		ARN: "{^@arn}/rule/{ruleId}",
	},
	{
		Type: "AWS::BedrockAgentCore::GatewayTarget", Of: "AWS::BedrockAgentCore::Gateway",
		List: "ListGatewayTargets", With: "gatewayIdentifier=^gatewayId", Items: "items",
		Get: gets{{"GetGatewayTarget", "gatewayIdentifier=^gatewayId targetId=targetId"}}, ARN: "{^@arn}/target/{targetId}",
	},
	{
		Type: "AWS::BedrockAgentCore::Harness", List: "ListHarnesses", Items: "harnesses",
		Get: gets{{"GetHarness", "harnessId=harnessId"}}, ARN: "{arn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::HarnessEndpoint", Of: "AWS::BedrockAgentCore::Harness", List: "ListHarnessEndpoints", With: "harnessId=^harnessId", Items: "endpoints",
		Get: gets{{"GetHarnessEndpoint", "harnessId=^harnessId endpointName=endpointName"}}, ARN: "{arn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::Memory", List: "ListMemories", Items: "memories",
		Get: gets{{"GetMemory", "memoryId=id view='without_decryption'"}, {"GetResourcePolicy", "resourceArn=arn"}}, ARN: "{arn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::OAuth2CredentialProvider", List: "ListOauth2CredentialProviders", Items: "credentialProviders",
		Get: gets{{"GetOauth2CredentialProvider", "name=name"}}, ARN: "{credentialProviderArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::OnlineEvaluationConfig", List: "ListOnlineEvaluationConfigs", Items: "onlineEvaluationConfigs",
		Get: gets{{"GetOnlineEvaluationConfig", "onlineEvaluationConfigId=onlineEvaluationConfigId"}}, ARN: "{onlineEvaluationConfigArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::PaymentManager", List: "ListPaymentManagers", Items: "paymentManagers",
		Get: gets{{"GetPaymentManager", "paymentManagerId=paymentManagerId"}}, ARN: "{paymentManagerArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::PaymentConnector", Of: "AWS::BedrockAgentCore::PaymentManager",
		List: "ListPaymentConnectors", With: "paymentManagerId=^paymentManagerId", Items: "paymentConnectors",
		Get: gets{{"GetPaymentConnector", "paymentManagerId=^paymentManagerId paymentConnectorId=paymentConnectorId"}}, ARN: "{^@arn}/connector/{paymentConnectorId}",
	},
	{
		Type: "AWS::BedrockAgentCore::PaymentCredentialProvider", List: "ListPaymentCredentialProviders", Items: "credentialProviders",
		Get: gets{{"GetPaymentCredentialProvider", "name=name"}}, ARN: "{credentialProviderArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::PolicyEngine", List: "ListPolicyEngineSummaries", Items: "policyEngines",
		Get: gets{{"GetPolicyEngineSummary", "policyEngineId=policyEngineId"}}, ARN: "{policyEngineArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::Policy", Of: "AWS::BedrockAgentCore::PolicyEngine", List: "ListPolicySummaries", With: "policyEngineId=^policyEngineId", Items: "policies",
		Get: gets{{"GetPolicySummary", "policyEngineId=^policyEngineId policyId=policyId"}}, ARN: "{policyArn}",
	},
	{
		Type: "AWS::BedrockAgentCore::Recommendation", List: "ListRecommendations", Items: "recommendationSummaries",
		Get: gets{{"GetRecommendation", "recommendationId=recommendationId"}}, ARN: "{recommendationArn}",
	},
	{
		Type: "AWS::BedrockAgentCore::Registry", List: "ListRegistries", Items: "registries",
		Get: gets{{"GetRegistry", "registryId=registryId"}}, ARN: "{registryArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::Runtime", List: "ListAgentRuntimes", Items: "agentRuntimes",
		Get: gets{{"GetAgentRuntime", "agentRuntimeId=agentRuntimeId"}, {"GetResourcePolicy", "resourceArn=agentRuntimeArn"}}, ARN: "{agentRuntimeArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::RuntimeEndpoint", Of: "AWS::BedrockAgentCore::Runtime",
		List: "ListAgentRuntimeEndpoints", With: "agentRuntimeId=^agentRuntimeId", Items: "runtimeEndpoints",
		Get: gets{{"GetAgentRuntimeEndpoint", "agentRuntimeId=^agentRuntimeId endpointName=name"}, {"GetResourcePolicy", "resourceArn=agentRuntimeEndpointArn"}}, ARN: "{agentRuntimeEndpointArn}", Tags: agentTags,
	},
	{
		Type: "AWS::BedrockAgentCore::TokenVault",
		Get:  gets{{"GetTokenVault", "tokenVaultId='default'"}},
		ARN:  "arn:{partition}:bedrock-agentcore:{region}:{account}:token-vault/default",
	},
	{
		Type: "AWS::BedrockAgentCore::WorkloadIdentity", List: "ListWorkloadIdentities", Items: "workloadIdentities",
		Get: gets{{"GetWorkloadIdentity", "name=name"}}, ARN: "{workloadIdentityArn}", Tags: agentTags,
	},
}
