package emit

// cloudForms are the resources of CloudFormation. Of stores the plan has what one call answers; the
// rest of them stays, for an update changes what differs between two templates.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/introduction.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks.html
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
				knowledgeBase { knowledgeBaseId modelId numberOfResults promptTemplate { textPromptTemplate } ` + guardrailOf + textInference + `
					orchestrationConfiguration { promptTemplate { textPromptTemplate } additionalModelRequestFields performanceConfig { latency } inferenceConfig { text { temperature topP maxTokens stopSequences } } }
					rerankingConfiguration { type bedrockRerankingConfiguration { numberOfRerankedResults modelConfiguration { modelArn additionalModelRequestFields }
						metadataConfiguration { selectionMode selectiveModeConfiguration { fieldsToInclude { fieldName } fieldsToExclude { fieldName } } } } } } lambdaFunction { lambdaArn } lex { botAliasArn localeId } output { }
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
			dataSourceConfiguration { type managedKnowledgeBaseConnectorConfiguration { connectorParameters ` + mediaExtraction + `
					deletionProtectionConfiguration { deletionProtectionStatus deletionProtectionThreshold }
					syncSchedule { daily { } weekly { dayOfWeek } monthly { dayOfMonth { dayNumber lastDayOfMonth { } } } } }
				s3Configuration { bucketArn bucketOwnerAccountId inclusionPrefixes }
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
		Members: `-gatewayIdentifier name description roleArn authorizerType protocolType exceptionLevel kmsKeyArn policyEngineConfiguration { arn mode } wafConfiguration { failureMode }
			authorizerConfiguration { customJWTAuthorizer { discoveryUrl allowedAudience allowedClients allowedScopes advertisedScopeMapping privateEndpoint ` + endpoint + `
				customClaims { inboundTokenClaimName inboundTokenClaimValueType authorizingClaimMatchValue { claimMatchOperator claimMatchValue { matchValueString matchValueStringList } } } } }
			interceptorConfigurations { interceptionPoints interceptor { lambda { arn } } inputConfiguration { passRequestHeaders payloadFilter { exclude { field } } } }
			protocolConfiguration { mcp { instructions searchType supportedVersions sessionConfiguration { sessionTimeoutInSeconds } streamingConfiguration { enableResponseStreaming } } }`,
	},
	{
		Type: "AWS::Bedrock::Agent", Name: "AWS::Bedrock::Agent", Import: "AgentId={agentId}", Rest: true, Also: preparedAgent("AutoPrepare"),
		Members: `-agentId agentName agentResourceRoleArn foundationModel instruction description idleSessionTTLInSeconds customerEncryptionKeyArn
			orchestrationType agentCollaboration customOrchestration { executor { lambda } } ` + guardrailOf + `
			memoryConfiguration { enabledMemoryTypes storageDays sessionSummaryConfiguration { maxRecentSessions } }
			promptOverrideConfiguration { overrideLambda promptConfigurations { promptType promptCreationMode promptState basePromptTemplate parserMode foundationModel
				additionalModelRequestFields inferenceConfiguration { temperature topP topK maximumLength stopSequences } } }
			actionGroups { actionGroupName description actionGroupState parentActionSignature=ParentActionGroupSignature actionGroupExecutor { lambda customControl }
				apiSchema { payload s3 { s3BucketName s3ObjectKey } } functionSchema { functions { name description requireConfirmation %parameters { description required type } } } }
			knowledgeBases { knowledgeBaseId description knowledgeBaseState }
			agentCollaborators { agentDescriptor { aliasArn } collaborationInstruction collaboratorName relayConversationHistory }`,
	},
	{
		// The template makes the live stage.
		Type: "AWS::Bedrock::Blueprint", Name: "AWS::Bedrock::Blueprint", Import: "BlueprintArn={arn}", After: true,
		Members: `-blueprintArn blueprintName type -blueprintStage:LIVE -blueprintVersion -creationTime schema:document kmsKeyId kmsEncryptionContext`,
	},
	{
		Type: "AWS::Bedrock::DataAutomationProject", Name: "AWS::Bedrock::DataAutomationProject", Import: "ProjectArn={arn}", After: true,
		Members: projectMembers + " overrideConfiguration { modalityRouting { jpeg=jpeg png=png mp4=mp4 mov=mov } " + overrides + " }",
	},
	{
		Type: "AWS::BedrockAgentCore::Evaluator", Name: "AWS::BedrockAgentCore::Evaluator", Import: "EvaluatorArn={arn}", After: true,
		Members: evaluatorMembers,
	},
	{
		Type: "AWS::BedrockAgentCore::ConfigurationBundle", Name: "AWS::BedrockAgentCore::ConfigurationBundle", Import: "BundleArn={arn}", After: true, Also: branchOfBundle("BranchName"),
		Members: `-bundleArn -bundleId bundleName description kmsKeyArn %components { configuration } -createdAt`,
	},
	{
		Type: "AWS::S3::Bucket", Name: "AWS::S3::Bucket", Import: "BucketName={Bucket}", Fixed: "BucketName={Bucket}", After: true, Made: cloudBucket,
		Members: `BucketEncryption { ServerSideEncryptionConfiguration { BucketKeyEnabled BlockedEncryptionTypes { EncryptionType }
			ApplyServerSideEncryptionByDefault=ServerSideEncryptionByDefault { SSEAlgorithm KMSMasterKeyID } } }`,
	},
	{
		Type: "AWS::DynamoDB::Table", Name: "AWS::DynamoDB::Table", Import: "TableName={TableName}", Rest: true, Made: table,
		Members: `TableName BillingMode TableClass DeletionProtectionEnabled KeySchema { AttributeName KeyType } AttributeDefinitions { AttributeName AttributeType }
			StreamSpecification { -StreamEnabled StreamViewType } ` + capacities + `
			GlobalSecondaryIndexes { IndexName KeySchema { AttributeName KeyType } Projection { ProjectionType NonKeyAttributes } ` + capacities + ` }
			LocalSecondaryIndexes { IndexName KeySchema { AttributeName KeyType } Projection { ProjectionType NonKeyAttributes } }
			VectorIndexes { IndexName Dimensions DistanceFunction Projection { ProjectionType NonKeyAttributes } VectorAttribute { AttributeName } SearchSchema { AttributeName SearchSchemaElementType } }
			SSESpecification { Enabled=SSEEnabled SSEType KMSMasterKeyId }`,
	},
	{
		Type: "AWS::SQS::Queue", Name: "AWS::SQS::Queue", Import: "QueueUrl={QueueUrl}", Fixed: "QueueName={name}", After: true, Rest: true,
		Members: `-QueueArn KmsMasterKeyId SqsManagedSseEnabled:bool KmsDataKeyReusePeriodSeconds:number DelaySeconds:number MaximumMessageSize:number MessageRetentionPeriod:number
			ReceiveMessageWaitTimeSeconds:number VisibilityTimeout:number RedrivePolicy:document RedriveAllowPolicy:document FifoQueue:bool
			ContentBasedDeduplication:bool DeduplicationScope FifoThroughputLimit`,
	},
	{
		Type: "AWS::SNS::Topic", Name: "AWS::SNS::Topic", Import: "TopicArn={arn}", Fixed: "TopicName={name}", After: true, Rest: true, Made: withoutEmpty,
		Members: `-TopicArn KmsMasterKeyId DisplayName FifoTopic:bool ContentBasedDeduplication:bool FifoThroughputScope SignatureVersion TracingConfig ArchivePolicy:document`,
	},
	{
		Type: "AWS::SecretsManager::Secret", Name: "AWS::SecretsManager::Secret", Import: "Id={arn}", After: true, Rest: true,
		Members: `-ARN Name Description KmsKeyId`,
	},
	{
		Type: "AWS::Logs::LogGroup", Name: "AWS::Logs::LogGroup", Import: "LogGroupName={logGroupName}", After: true,
		Rest: true, Members: `logGroupName kmsKeyId retentionInDays logGroupClass`,
	},
	{
		// The definition is no required property, and one that neither template has stays.
		// unconfirmed: that the update of the type bears to have none.
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
		Type: "AWS::StepFunctions::StateMachine", Name: "AWS::StepFunctions::StateMachine", Import: "Arn={arn}", After: true, Rest: true,
		Members: `-stateMachineArn name=StateMachineName type=StateMachineType roleArn encryptionConfiguration { type kmsKeyId kmsDataKeyReusePeriodSeconds }
			tracingConfiguration { enabled } loggingConfiguration { level includeExecutionData destinations { cloudWatchLogsLogGroup { logGroupArn } } }`,
	},
	{
		Type: "AWS::CloudTrail::Trail", Name: "AWS::CloudTrail::Trail", Import: "TrailName={Name}", After: true, Rest: true, Made: cloudTrail,
		Members: `-TrailARN Name=TrailName KmsKeyId=KMSKeyId IsLogging S3BucketName S3KeyPrefix SnsTopicName IncludeGlobalServiceEvents IsMultiRegionTrail IsOrganizationTrail
			LogFileValidationEnabled=EnableLogFileValidation CloudWatchLogsLogGroupArn CloudWatchLogsRoleArn`,
	},
	{
		Type: "AWS::CloudTrail::EventDataStore", Name: "AWS::CloudTrail::EventDataStore", Import: "EventDataStoreArn={arn}", After: true, Rest: true,
		Members: `-EventDataStoreArn Name KmsKeyId`,
	},
	{
		Type: "AWS::KinesisFirehose::DeliveryStream", Name: "AWS::KinesisFirehose::DeliveryStream", Import: "DeliveryStreamName={DeliveryStreamName}", After: true, Rest: true, Made: stream,
		Members: `DeliveryStreamName DeliveryStreamType encryption=DeliveryStreamEncryptionConfigurationInput { KeyType KeyARN }
			^Source { KinesisStreamSourceDescription=KinesisStreamSourceConfiguration { KinesisStreamARN RoleARN -DeliveryStartTimestamp } }
			ExtendedS3DestinationDescription=ExtendedS3DestinationConfiguration { ` + cloudDelivery + ` CustomTimeZone FileExtension S3BackupMode
				S3BackupDescription=S3BackupConfiguration { ` + cloudDelivery + ` }
				DynamicPartitioningConfiguration { Enabled RetryOptions { DurationInSeconds } }
				ProcessingConfiguration { Enabled Processors { Type Parameters { ParameterName ParameterValue } } }
				DataFormatConversionConfiguration { Enabled
					InputFormatConfiguration { Deserializer { HiveJsonSerDe { TimestampFormats } OpenXJsonSerDe { CaseInsensitive ColumnToJsonKeyMappings ConvertDotsInJsonKeysToUnderscores } } }
					OutputFormatConfiguration { Serializer {
						OrcSerDe { BlockSizeBytes BloomFilterColumns BloomFilterFalsePositiveProbability Compression DictionaryKeyThreshold EnablePadding FormatVersion PaddingTolerance RowIndexStride StripeSizeBytes }
						ParquetSerDe { BlockSizeBytes Compression EnableDictionaryCompression MaxPaddingBytes PageSizeBytes WriterVersion } } }
					SchemaConfiguration { CatalogId DatabaseName Region RoleARN TableName VersionId } } }`,
	},
	{
		Type: "AWS::OpenSearchServerless::SecurityPolicy", Name: "AWS::OpenSearchServerless::SecurityPolicy", Import: "Name={name} Type={type}", After: true,
		Members: `name type description policy:json`,
	},
}

const (
	projectMembers = `-projectArn projectName projectType projectDescription -projectStage:LIVE -creationTime kmsKeyId kmsEncryptionContext
		customOutputConfiguration { blueprints { blueprintArn blueprintStage blueprintVersion } }
		standardOutputConfiguration {
			audio { extraction { category { state types typeConfiguration { transcript { channelLabeling { state } speakerLabeling { state } } } } } generativeField { state types } }
			document { extraction { granularity { types } boundingBox { state } } generativeField { state } outputFormat { additionalFileFormat { state } textFormat { types } } }
			image { extraction { category { state types } boundingBox { state } } generativeField { state types } }
			video { extraction { category { state types } boundingBox { state } } generativeField { state types } } }`
	overrides = `audio { modalityProcessing { state } ` + sensitiveData + ` languageConfiguration { generativeOutputLanguage identifyMultipleLanguages inputLanguages } }
				document { modalityProcessing { state } ` + sensitiveData + ` splitter { state } }
				image { modalityProcessing { state } ` + sensitiveData + ` } video { modalityProcessing { state } ` + sensitiveData + ` } `
	evaluatorMembers = `-evaluatorArn -evaluatorId evaluatorName description level kmsKeyArn -evaluatorType -provider -lockedForModification -createdAt
		evaluatorConfig { codeBased { lambdaConfig { lambdaArn lambdaTimeoutInSeconds } } derived { baseEvaluatorId modelConfig { ` + judge + ` } }
			llmAsAJudge { instructions modelConfig { ` + judge + ` } ratingScale { ` + scale + `
				multiDimensional { dimensionInstruction dimensionName dimensionRatingScale { ` + scale + ` } } } } }`
	sensitiveData = ` sensitiveDataConfiguration { detectionMode detectionScope piiEntitiesConfiguration { piiEntityTypes redactionMaskMode } } `
	judge         = ` bedrockEvaluatorModelConfig { modelId additionalModelRequestFields inferenceConfig { temperature topP maxTokens stopSequences } }
		responsesEvaluatorModelConfig { modelId maxOutputTokens temperature topP reasoning { effort } } `
	scale         = ` categorical { definition label } numerical { definition label value } `
	capacities    = ` ProvisionedThroughput { ReadCapacityUnits WriteCapacityUnits } OnDemandThroughput { MaxReadRequestUnits MaxWriteRequestUnits } `
	cloudDelivery = ` BucketARN RoleARN Prefix ErrorOutputPrefix CompressionFormat BufferingHints { IntervalInSeconds SizeInMBs } CloudWatchLoggingOptions { Enabled LogGroupName LogStreamName }
		EncryptionConfiguration { KMSEncryptionConfig { AWSKMSKeyARN } NoEncryptionConfig } `
)

// notCloud says of types why no resource of CloudFormation is written for them.
var notCloud = map[string]string{
	"AWS::Bedrock::MarketplaceModelEndpoint":   noType,
	"AWS::BedrockAgentCore::AgentInsightStore": noType,
	"AWS::BedrockAgentCore::TokenVault":        noType,
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrockagentcore-paymentmanager.html
	"AWS::BedrockAgentCore::PaymentManager": "AWS::BedrockAgentCore::PaymentManager has no property for the key",
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
	"AWS::Lambda::Function": "a template has to have the code of a function, which nothing answers",
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
	"AWS::SSM::Parameter": "CloudFormation does not have parameters of the type SecureString",
}

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
const noType = "CloudFormation has no type for it"
