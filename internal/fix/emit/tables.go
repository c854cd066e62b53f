package emit

import "github.com/bedlock/bedlock/internal/fix"

// What several types have in common.
const (
	textInference = ` inferenceConfiguration { text { temperature topP maxTokens stopSequences } } `
	guardrailOf   = ` guardrailConfiguration { guardrailIdentifier guardrailVersion } `
	inOut         = ` inputAction outputAction inputEnabled outputEnabled `
	inOutFixed    = ` -inputAction:BLOCK -outputAction:BLOCK -inputEnabled:true -outputEnabled:true `
	patternFilter = ` crawlerConfiguration { filterConfiguration { type patternObjectFilter { filters { objectType inclusionFilters exclusionFilters } } } } `
)

// A template of a prompt, as the languages name its lists.
const (
	terraformTemplate = ` templateConfiguration {
		text { text cachePoint { type } inputVariables=input_variable { name } }
		chat { inputVariables=input_variable { name } messages=message { role content { text cachePoint { type } } } system { text cachePoint { type } }
			toolConfiguration { toolChoice { any { } auto { } tool { name } } tools=tool { cachePoint { type } toolSpec { name description inputSchema { json:json } } } } } } `
	cloudTemplate = ` templateConfiguration {
		text { text cachePoint { type } inputVariables { name } }
		chat { inputVariables { name } messages { role content { text cachePoint { type } } } system { text cachePoint { type } }
			toolConfiguration { toolChoice { any { } auto { } tool { name } } tools { cachePoint { type } toolSpec { name description inputSchema { json } } } } } } `
)

// terraformForms are the resources of the aws provider, from version 6 on.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs
var terraformForms = []form{
	{
		Type: "AWS::Bedrock::Guardrail", Name: "aws_bedrock_guardrail", Import: "{guardrailIdentifier},DRAFT",
		Members: `-guardrailIdentifier name description blockedInputMessaging blockedOutputsMessaging kmsKeyId=kms_key_arn
			contentPolicyConfig { filtersConfig { type inputStrength outputStrength inputModalities outputModalities` + inOut + `} tierConfig { tierName } }
			contextualGroundingPolicyConfig { filtersConfig { type threshold -action:BLOCK -enabled:true } }
			crossRegionConfig { guardrailProfileIdentifier }
			sensitiveInformationPolicyConfig { piiEntitiesConfig { type action` + inOut + `} regexesConfig { name description pattern action` + inOut + `} }
			topicPolicyConfig { topicsConfig { name definition examples type` + inOutFixed + `} tierConfig { tierName } }
			wordPolicyConfig { wordsConfig { text` + inOut + `} managedWordListsConfig { type` + inOut + `} }`,
	},
	{
		Type: "AWS::Bedrock::Agent", Name: "aws_bedrockagent_agent", Import: "{agentId}",
		Members: `-agentId agentName agentResourceRoleArn foundationModel instruction description idleSessionTTLInSeconds customerEncryptionKeyArn
			-orchestrationType:DEFAULT agentCollaboration ` + guardrailOf + `
			memoryConfiguration { enabledMemoryTypes storageDays sessionSummaryConfiguration { maxRecentSessions } }
			promptOverrideConfiguration { overrideLambda promptConfigurations { promptType promptCreationMode promptState basePromptTemplate parserMode
				inferenceConfiguration { temperature topP topK maximumLength=max_length stopSequences } } }`,
	},
	{
		Type: "AWS::Bedrock::Flow", Name: "aws_bedrockagent_flow", Import: "{flowIdentifier}", Then: prepareFlow,
		Members: `-flowIdentifier name executionRoleArn description customerEncryptionKeyArn definition {
			connections=connection { name source target type configuration { data { sourceOutput targetInput } conditional { condition } } }
			nodes=node { name type inputs=input { name type expression category } outputs=output { name type } configuration {
				agent { agentAliasArn } collector { } condition { conditions=condition { name expression } } inlineCode { code language } input { } iterator { }
				knowledgeBase { knowledgeBaseId modelId ` + guardrailOf + textInference + ` } lambdaFunction { lambdaArn } lex { botAliasArn localeId } output { }
				prompt { ` + guardrailOf + ` sourceConfiguration { resource { promptArn }
					inline { modelId templateType additionalModelRequestFields:json ` + textInference + terraformTemplate + ` } } }
				retrieval { serviceConfiguration { s3 { bucketName } } } storage { serviceConfiguration { s3 { bucketName } } } } } }`,
	},
	{
		Type: "AWS::Bedrock::Prompt", Name: "aws_bedrockagent_prompt", Import: "{promptIdentifier}",
		Members: `-promptIdentifier name description defaultVariant customerEncryptionKeyArn variants=variant { name modelId templateType
			additionalModelRequestFields:json metadata { key value } genAiResource { agent { agentIdentifier } } ` + textInference + terraformTemplate + ` }`,
	},
	{
		Type: "AWS::Bedrock::DataSource", Name: "aws_bedrockagent_data_source", Import: "{dataSourceId},{knowledgeBaseId}",
		Members: `-dataSourceId knowledgeBaseId name description dataDeletionPolicy serverSideEncryptionConfiguration { kmsKeyArn }
			dataSourceConfiguration { type s3Configuration=s3_configuration { bucketArn bucketOwnerAccountId inclusionPrefixes }
				confluenceConfiguration { sourceConfiguration { authType credentialsSecretArn hostType hostUrl } ` + patternFilter + ` }
				salesforceConfiguration { sourceConfiguration { authType credentialsSecretArn hostUrl } ` + patternFilter + ` }
				sharePointConfiguration { sourceConfiguration { authType credentialsSecretArn domain hostType siteUrls tenantId } ` + patternFilter + ` }
				webConfiguration { sourceConfiguration { urlConfiguration { seedUrls { url } } } crawlerConfiguration { exclusionFilters inclusionFilters scope userAgent -userAgentHeader crawlerLimits { maxPages rateLimit } } } }
			vectorIngestionConfiguration { chunkingConfiguration { chunkingStrategy fixedSizeChunkingConfiguration { maxTokens overlapPercentage }
					hierarchicalChunkingConfiguration { levelConfigurations=level_configuration { maxTokens } overlapTokens }
					semanticChunkingConfiguration { breakpointPercentileThreshold bufferSize maxTokens=max_token } }
				contextEnrichmentConfiguration { type bedrockFoundationModelConfiguration { modelArn enrichmentStrategyConfiguration { method } } }
				customTransformationConfiguration { intermediateStorage { s3Location=s3_location { uri } } transformations=transformation { stepToApply transformationFunction { transformationLambdaConfiguration { lambdaArn } } } }
				parsingConfiguration { parsingStrategy bedrockDataAutomationConfiguration { parsingModality } bedrockFoundationModelConfiguration { modelArn parsingModality parsingPrompt { parsingPromptText=parsing_prompt_string } } } }`,
	},
	{
		Type: "AWS::BedrockAgentCore::Gateway", Name: "aws_bedrockagentcore_gateway", Import: "{gatewayIdentifier}",
		Members: `-gatewayIdentifier name description roleArn authorizerType protocolType exceptionLevel kmsKeyArn
			authorizerConfiguration { customJWTAuthorizer=custom_jwt_authorizer { discoveryUrl allowedAudience allowedClients allowedScopes
				customClaims=custom_claim { inboundTokenClaimName inboundTokenClaimValueType authorizingClaimMatchValue { claimMatchOperator claimMatchValue { matchValueString matchValueStringList } } } } }
			interceptorConfigurations=interceptor_configuration { interceptionPoints interceptor { lambda { arn } } inputConfiguration { passRequestHeaders } }
			protocolConfiguration { mcp { instructions searchType supportedVersions } }`,
	},
	{
		Type: "AWS::S3::Bucket", Name: "aws_s3_bucket_server_side_encryption_configuration", Import: "{Bucket}", Fixed: "bucket={Bucket}", After: true,
		Members: `Rules=rule { BucketKeyEnabled ^BlockedEncryptionTypes { EncryptionType=blocked_encryption_types } ApplyServerSideEncryptionByDefault { SSEAlgorithm=sse_algorithm KMSMasterKeyID=kms_master_key_id } }`,
	},
	{
		Type: "AWS::Logs::LogGroup", Name: "aws_cloudwatch_log_group", Import: "{logGroupName}", After: true, Members: `logGroupName=name kmsKeyId`,
		Ignore: "retention_in_days log_group_class skip_destroy",
	},
	{
		Type: "AWS::SNS::Topic", Name: "aws_sns_topic", Import: "{TopicArn}", After: true, Members: `-TopicArn KmsMasterKeyId`,
		Ignore: `application_failure_feedback_role_arn application_success_feedback_role_arn application_success_feedback_sample_rate archive_policy
			content_based_deduplication delivery_policy display_name fifo_topic firehose_failure_feedback_role_arn firehose_success_feedback_role_arn
			firehose_success_feedback_sample_rate http_failure_feedback_role_arn http_success_feedback_role_arn http_success_feedback_sample_rate
			lambda_failure_feedback_role_arn lambda_success_feedback_role_arn lambda_success_feedback_sample_rate policy signature_version
			sqs_failure_feedback_role_arn sqs_success_feedback_role_arn sqs_success_feedback_sample_rate tracing_config`,
	},
	{
		Type: "AWS::SQS::Queue", Name: "aws_sqs_queue", Import: "{QueueUrl}", After: true, Members: `-QueueArn KmsMasterKeyId ?SqsManagedSseEnabled:false`,
		Ignore: `content_based_deduplication deduplication_scope delay_seconds fifo_queue fifo_throughput_limit kms_data_key_reuse_period_seconds
			max_message_size message_retention_seconds policy receive_wait_time_seconds redrive_allow_policy redrive_policy visibility_timeout_seconds`,
	},
	{
		Type: "AWS::SecretsManager::Secret", Name: "aws_secretsmanager_secret", Import: "{SecretId}", After: true, Members: `-ARN -Name KmsKeyId`,
		Ignore: "description force_overwrite_replica_secret policy recovery_window_in_days replica",
	},
}

// cloudForms are the resources of CloudFormation. An agent is none of them: its action groups and
// knowledge bases belong to it there, and a plan has them not.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/introduction.html
var cloudForms = []form{
	{
		Type: "AWS::Bedrock::Guardrail", Name: "AWS::Bedrock::Guardrail", Import: "GuardrailArn={arn}",
		Members: `-guardrailIdentifier name description blockedInputMessaging blockedOutputsMessaging kmsKeyId=KmsKeyArn
			automatedReasoningPolicyConfig { policies confidenceThreshold }
			contentPolicyConfig { filtersConfig { type inputStrength outputStrength inputModalities outputModalities` + inOut + `} tierConfig=ContentFiltersTierConfig { tierName } }
			contextualGroundingPolicyConfig { filtersConfig { type threshold action enabled } }
			crossRegionConfig { guardrailProfileIdentifier=GuardrailProfileArn }
			sensitiveInformationPolicyConfig { piiEntitiesConfig { type action` + inOut + `} regexesConfig { name description pattern action` + inOut + `} }
			topicPolicyConfig { topicsConfig { name definition examples type` + inOut + `} tierConfig=TopicsTierConfig { tierName } }
			wordPolicyConfig { wordsConfig { text` + inOut + `} managedWordListsConfig { type` + inOut + `} }`,
	},
	{
		Type: "AWS::Bedrock::Flow", Name: "AWS::Bedrock::Flow", Import: "Arn={arn}", Then: prepareFlow,
		Members: `-flowIdentifier name executionRoleArn description customerEncryptionKeyArn definition {
			connections { name source target type configuration { data { sourceOutput targetInput } conditional { condition } } }
			nodes { name type inputs { name type expression category } outputs { name type } configuration {
				agent { agentAliasArn } collector { } condition { conditions { name expression } } inlineCode { code language } input { } iterator { }
				knowledgeBase { knowledgeBaseId modelId numberOfResults promptTemplate { textPromptTemplate } ` + guardrailOf + textInference + ` } lambdaFunction { lambdaArn } lex { botAliasArn localeId } output { }
				loopInput { } loopController { maxIterations continueCondition { name expression } }
				prompt { ` + guardrailOf + ` sourceConfiguration { resource { promptArn }
					inline { modelId templateType ` + textInference + ` templateConfiguration { text { text inputVariables { name } } } } } }
				retrieval { serviceConfiguration { s3 { bucketName } } } storage { serviceConfiguration { s3 { bucketName } } } } } }`,
	},
	{
		Type: "AWS::Bedrock::Prompt", Name: "AWS::Bedrock::Prompt", Import: "Arn={arn}",
		Members: `-promptIdentifier name description defaultVariant customerEncryptionKeyArn variants { name modelId templateType
			additionalModelRequestFields metadata { key value } genAiResource { agent { agentIdentifier } } ` + textInference + cloudTemplate + ` }`,
	},
	{
		Type: "AWS::Bedrock::DataSource", Name: "AWS::Bedrock::DataSource", Import: "KnowledgeBaseId={knowledgeBaseId} DataSourceId={dataSourceId}",
		Members: `-dataSourceId knowledgeBaseId name description dataDeletionPolicy serverSideEncryptionConfiguration { kmsKeyArn }
			dataSourceConfiguration { type s3Configuration { bucketArn bucketOwnerAccountId inclusionPrefixes }
				confluenceConfiguration { sourceConfiguration { authType credentialsSecretArn hostType hostUrl } ` + patternFilter + ` }
				salesforceConfiguration { sourceConfiguration { authType credentialsSecretArn hostUrl } ` + patternFilter + ` }
				sharePointConfiguration { sourceConfiguration { authType credentialsSecretArn domain hostType siteUrls tenantId } ` + patternFilter + ` }
				webConfiguration { sourceConfiguration { urlConfiguration { seedUrls { url } } } crawlerConfiguration { exclusionFilters inclusionFilters scope userAgent -userAgentHeader crawlerLimits { maxPages rateLimit } } } }
			vectorIngestionConfiguration { chunkingConfiguration { chunkingStrategy fixedSizeChunkingConfiguration { maxTokens overlapPercentage }
					hierarchicalChunkingConfiguration { levelConfigurations { maxTokens } overlapTokens }
					semanticChunkingConfiguration { breakpointPercentileThreshold bufferSize maxTokens } }
				contextEnrichmentConfiguration { type bedrockFoundationModelConfiguration { modelArn enrichmentStrategyConfiguration { method } } }
				customTransformationConfiguration { intermediateStorage { s3Location { uri=URI } } transformations { stepToApply transformationFunction { transformationLambdaConfiguration { lambdaArn } } } }
				parsingConfiguration { parsingStrategy bedrockDataAutomationConfiguration { parsingModality } bedrockFoundationModelConfiguration { modelArn parsingModality parsingPrompt { parsingPromptText } } } }`,
	},
	{
		Type: "AWS::BedrockAgentCore::Gateway", Name: "AWS::BedrockAgentCore::Gateway", Import: "GatewayIdentifier={gatewayIdentifier}",
		Members: `-gatewayIdentifier name description roleArn authorizerType protocolType exceptionLevel kmsKeyArn policyEngineConfiguration { arn mode }
			authorizerConfiguration { customJWTAuthorizer { discoveryUrl allowedAudience allowedClients allowedScopes
				customClaims { inboundTokenClaimName inboundTokenClaimValueType authorizingClaimMatchValue { claimMatchOperator claimMatchValue { matchValueString matchValueStringList } } } } }
			interceptorConfigurations { interceptionPoints interceptor { lambda { arn } } inputConfiguration { passRequestHeaders } }
			protocolConfiguration { mcp { instructions searchType supportedVersions } }`,
	},
}

// prepareFlow says that a flow that was prepared has to be again; the languages do not.
func prepareFlow(s *fix.Step) string {
	if len(s.Do) < 2 {
		return ""
	}
	return "then prepare it, or its test alias goes on with the old draft: aws bedrock-agent prepare-flow --flow-identifier " + s.Do[1].Input.Text("flowIdentifier")
}
