package awsapi

// Bedrock's own types. The operations and members are those of internal/model; a test
// compares each with the models.
var bedrockReadings = []reading{
	{Type: "AWS::Bedrock::AccountDataRetentionStorage", Skip: "asked for by model provider, of which there is no list"},
	{Type: "AWS::Bedrock::OrganizationDataRetentionStorage", Skip: "asked for by model provider, of which there is no list"},
	{Type: "AWS::Bedrock::ProjectDataRetentionStorage", Skip: "asked for by model provider, of which there is no list"},
	{Type: "AWS::Bedrock::FoundationModelAgreement", Skip: "has nothing to read"},
	{Type: "AWS::Bedrock::ResourcePolicy", Skip: "asked for by ARN of another resource; names no key"},
	{Type: "AWS::BedrockMantle::Project", Skip: "its service has no API model yet"},
	{
		Type: "AWS::Bedrock::AdvancedPromptOptimizationJob", List: "ListAdvancedPromptOptimizationJobs", Items: "jobSummaries",
		Get: gets{{"GetAdvancedPromptOptimizationJob", "jobIdentifier=jobArn"}}, ARN: "{jobArn}",
	},
	{
		Type: "AWS::Bedrock::ApplicationInferenceProfile", List: "ListInferenceProfiles", With: "typeEquals='APPLICATION'", Items: "inferenceProfileSummaries",
		Get: gets{{"GetInferenceProfile", "inferenceProfileIdentifier=inferenceProfileArn"}}, ARN: "{inferenceProfileArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::AutomatedReasoningPolicy", List: "ListAutomatedReasoningPolicies", Items: "automatedReasoningPolicySummaries",
		Get: gets{{"GetAutomatedReasoningPolicy", "policyArn=policyArn"}}, ARN: "{policyArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::AutomatedReasoningPolicyVersion", Of: "AWS::Bedrock::AutomatedReasoningPolicy",
		List: "ListAutomatedReasoningPolicies", With: "policyArn=^policyArn", Items: "automatedReasoningPolicySummaries", Only: "version!=DRAFT",
		Get: gets{{"GetAutomatedReasoningPolicy", "policyArn=policyArn"}}, ARN: "{^policyArn}:{version}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::CustomModel", List: "ListCustomModels", Items: "modelSummaries",
		Get: gets{{"GetCustomModel", "modelIdentifier=modelArn"}}, ARN: "{modelArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::CustomModelDeployment", List: "ListCustomModelDeployments", Items: "modelDeploymentSummaries",
		Get: gets{{"GetCustomModelDeployment", "customModelDeploymentIdentifier=customModelDeploymentArn"}}, ARN: "{customModelDeploymentArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::EnforcedGuardrailConfiguration", List: "ListEnforcedGuardrailsConfiguration", Items: "guardrailsConfig",
		ARN: "arn:{partition}:bedrock:{region}:{account}:enforced-guardrail-configuration/{configId}",
	},
	{
		Type: "AWS::Bedrock::EvaluationJob", List: "ListEvaluationJobs", Items: "jobSummaries",
		Get: gets{{"GetEvaluationJob", "jobIdentifier=jobArn"}}, ARN: "{jobArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::Guardrail", List: "ListGuardrails", Items: "guardrails",
		Get: gets{{"GetGuardrail", "guardrailIdentifier=id"}, {"GetResourcePolicy", "resourceArn=arn"}}, ARN: "{arn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::GuardrailVersion", Of: "AWS::Bedrock::Guardrail",
		List: "ListGuardrails", With: "guardrailIdentifier=^id", Items: "guardrails", Only: "version!=DRAFT",
		Get: gets{{"GetGuardrail", "guardrailIdentifier=id guardrailVersion=version"}}, ARN: "{^arn}:{version}",
	},
	{
		Type: "AWS::Bedrock::ImportedModel", List: "ListImportedModels", Items: "modelSummaries",
		Get: gets{{"GetImportedModel", "modelIdentifier=modelArn"}}, ARN: "{modelArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::IntelligentPromptRouter", List: "ListPromptRouters", With: "type='custom'", Items: "promptRouterSummaries",
		Get: gets{{"GetPromptRouter", "promptRouterArn=promptRouterArn"}}, ARN: "{promptRouterArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::InvocationLogging",
		Get:  gets{{"GetModelInvocationLoggingConfiguration", ""}},
		ARN:  "arn:{partition}:bedrock:{region}:{account}:invocation-logging",
	},
	{
		// Its tags are those of an endpoint of SageMaker: ListTagsForResource of Bedrock refuses
		// the ARN.
		Type: "AWS::Bedrock::MarketplaceModelEndpoint", List: "ListMarketplaceModelEndpoints", Items: "marketplaceModelEndpoints",
		Get: gets{{"GetMarketplaceModelEndpoint", "endpointArn=endpointArn"}}, ARN: "{endpointArn}",
	},
	{
		Type: "AWS::Bedrock::ModelCopyJob", List: "ListModelCopyJobs", Items: "modelCopyJobSummaries",
		Get: gets{{"GetModelCopyJob", "jobArn=jobArn"}}, ARN: "{jobArn}",
	},
	{
		Type: "AWS::Bedrock::ModelCustomizationJob", List: "ListModelCustomizationJobs", Items: "modelCustomizationJobSummaries",
		Get: gets{{"GetModelCustomizationJob", "jobIdentifier=jobArn"}}, ARN: "{jobArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::ModelImportJob", List: "ListModelImportJobs", Items: "modelImportJobSummaries",
		Get: gets{{"GetModelImportJob", "jobIdentifier=jobArn"}}, ARN: "{jobArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::ModelInvocationJob", List: "ListModelInvocationJobs", Items: "invocationJobSummaries",
		Get: gets{{"GetModelInvocationJob", "jobIdentifier=jobArn"}}, ARN: "{jobArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::Project", List: "ListProjects", Items: "projectSummaries",
		Get: gets{{"GetProject", "projectIdentifier=id"}}, ARN: "{arn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::ProvisionedModelThroughput", List: "ListProvisionedModelThroughputs", Items: "provisionedModelSummaries",
		Get: gets{{"GetProvisionedModelThroughput", "provisionedModelId=provisionedModelArn"}}, ARN: "{provisionedModelArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::AsyncInvoke", List: "ListAsyncInvokes", Items: "asyncInvokeSummaries",
		Get: gets{{"GetAsyncInvoke", "invocationArn=invocationArn"}}, ARN: "{invocationArn}",
	},

	{
		Type: "AWS::Bedrock::Blueprint", List: "ListBlueprints", With: "resourceOwner='ACCOUNT'", Items: "blueprints",
		Get: gets{{"GetBlueprint", "blueprintArn=blueprintArn"}}, ARN: "{blueprintArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::DataAutomationLibrary", List: "ListDataAutomationLibraries", Items: "libraries",
		Get: gets{{"GetDataAutomationLibrary", "libraryArn=libraryArn"}}, ARN: "{libraryArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::DataAutomationProject", List: "ListDataAutomationProjects", With: "resourceOwner='ACCOUNT'", Items: "projects",
		Get: gets{{"GetDataAutomationProject", "projectArn=projectArn"}}, ARN: "{projectArn}", Tags: bedrockTags,
	},
	{
		Type: "AWS::Bedrock::Session", List: "ListSessions", Items: "sessionSummaries",
		Get: gets{{"GetSession", "sessionIdentifier=sessionId"}}, ARN: "{sessionArn}", Tags: agentTags,
	},
	{Type: "AWS::AgentRegistry::Registry", List: "ListRegistries", Items: "registries", Get: gets{{"GetRegistry", "registryId=registryId"}}, ARN: "{registryArn}", Tags: agentTags},
	{
		Type: "AWS::AgentRegistry::RegistryRecord", Of: "AWS::AgentRegistry::Registry", List: "ListRegistryRecords", With: "registryId=^registryId", Items: "registryRecords",
		Get: gets{{"GetRegistryRecord", "registryId=^registryId recordId=recordId"}}, ARN: "{recordArn}", Tags: agentTags,
	},
}

var (
	bedrockTags = tagging{get{"ListTagsForResource", "resourceARN=@arn"}, "tags"}
	agentTags   = tagging{get{"ListTagsForResource", "resourceArn=@arn"}, "tags"}
)
