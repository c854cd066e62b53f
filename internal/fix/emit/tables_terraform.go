package emit

// terraformForms are the resources of the aws provider, as of version 6.62; those of agents, data sources and
// gateways have arguments there that 6.25 did not have.
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
		Type: "AWS::Bedrock::Agent", Name: "aws_bedrockagent_agent", Import: "{agentId}", Also: preparedAgent("prepare_agent"),
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
				knowledgeBase { knowledgeBaseId modelId numberOfResults ` + guardrailOf + textInference + ` } lambdaFunction { lambdaArn } lex { botAliasArn localeId } output { }
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
		Type: "AWS::Bedrock::DataSource", Name: "aws_bedrockagent_data_source", Import: "{dataSourceId},{knowledgeBaseId}", Untagged: true,
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
			policyEngineConfiguration { arn mode }
			authorizerConfiguration { customJWTAuthorizer=custom_jwt_authorizer { discoveryUrl allowedAudience allowedClients allowedScopes
				allowedWorkloadConfiguration { hostingEnvironments=hosting_environment { arn } workloadIdentities } privateEndpoint ` + endpoint + `
				privateEndpointOverrides { domain privateEndpoint ` + endpoint + ` }
				customClaims=custom_claim { inboundTokenClaimName inboundTokenClaimValueType authorizingClaimMatchValue { claimMatchOperator claimMatchValue { matchValueString matchValueStringList } } } } }
			interceptorConfigurations=interceptor_configuration { interceptionPoints interceptor { lambda { arn } } inputConfiguration { passRequestHeaders } }
			protocolConfiguration { mcp { instructions searchType supportedVersions sessionConfiguration { sessionTimeoutInSeconds } streamingConfiguration { enableResponseStreaming } } }`,
	},
	{
		Type: "AWS::S3::Bucket", Name: "aws_s3_bucket_server_side_encryption_configuration", Import: "{Bucket}", Fixed: "bucket={Bucket}", After: true, Untagged: true,
		Members: `Rules=rule { BucketKeyEnabled ^BlockedEncryptionTypes { EncryptionType=blocked_encryption_types } ApplyServerSideEncryptionByDefault { SSEAlgorithm=sse_algorithm KMSMasterKeyID=kms_master_key_id } }`,
	},
	{
		Type: "AWS::Logs::LogGroup", Name: "aws_cloudwatch_log_group", Import: "{logGroupName}", After: true, Members: `logGroupName=name kmsKeyId`,
		Ignore: "retention_in_days log_group_class skip_destroy",
	},
	{
		Type: "AWS::SNS::Topic", Name: "aws_sns_topic", Import: "{TopicArn}", Fixed: "name={name}", After: true, Members: `-TopicArn KmsMasterKeyId`,
		Ignore: `application_failure_feedback_role_arn application_success_feedback_role_arn application_success_feedback_sample_rate archive_policy
			content_based_deduplication delivery_policy display_name fifo_topic firehose_failure_feedback_role_arn firehose_success_feedback_role_arn
			firehose_success_feedback_sample_rate http_failure_feedback_role_arn http_success_feedback_role_arn http_success_feedback_sample_rate
			lambda_failure_feedback_role_arn lambda_success_feedback_role_arn lambda_success_feedback_sample_rate policy signature_version
			sqs_failure_feedback_role_arn sqs_success_feedback_role_arn sqs_success_feedback_sample_rate tracing_config`,
	},
	{
		Type: "AWS::SQS::Queue", Name: "aws_sqs_queue", Import: "{QueueUrl}", Fixed: "name={name}", After: true, Members: `-QueueArn KmsMasterKeyId ?SqsManagedSseEnabled:false`,
		Ignore: `content_based_deduplication deduplication_scope delay_seconds fifo_queue fifo_throughput_limit kms_data_key_reuse_period_seconds
			max_message_size message_retention_seconds policy receive_wait_time_seconds redrive_allow_policy redrive_policy visibility_timeout_seconds`,
	},
	{
		Type: "AWS::SecretsManager::Secret", Name: "aws_secretsmanager_secret", Import: "{SecretId}", After: true, Rest: true, Members: `-ARN Name -Description KmsKeyId`,
		Ignore: "description force_overwrite_replica_secret policy recovery_window_in_days replica",
	},
	{
		Type: "AWS::BedrockAgentCore::TokenVault", Name: "aws_bedrockagentcore_token_vault_cmk", Import: "{tokenVaultId}", After: true, Untagged: true,
		Members: `tokenVaultId kmsConfiguration { keyType kmsKeyArn }`,
	},
	{
		// Backups, the time to live and replicas are of other calls.
		Type: "AWS::DynamoDB::Table", Name: "aws_dynamodb_table", Import: "{TableName}", Rest: true, Made: terraformTable,
		Members: `TableName=name hash_key range_key BillingMode ReadCapacityUnits=read_capacity WriteCapacityUnits=write_capacity TableClass DeletionProtectionEnabled
			^StreamSpecification { StreamEnabled StreamViewType } AttributeDefinitions=attribute { AttributeName=name AttributeType=type }
			GlobalSecondaryIndexes=global_secondary_index { IndexName=name hash_key range_key ReadCapacityUnits=read_capacity WriteCapacityUnits=write_capacity
				^Projection { ProjectionType NonKeyAttributes } OnDemandThroughput { MaxReadRequestUnits MaxWriteRequestUnits } }
			LocalSecondaryIndexes=local_secondary_index { IndexName=name -hash_key range_key ^Projection { ProjectionType NonKeyAttributes } }
			OnDemandThroughput { MaxReadRequestUnits MaxWriteRequestUnits }
			SSESpecification=server_side_encryption { Enabled -SSEType:KMS KMSMasterKeyId=kms_key_arn }`,
		Ignore: "read_capacity write_capacity point_in_time_recovery ttl replica",
	},
	{
		// Terraform takes the code of a function, which nothing answers, and the change of it is
		// ignored.
		Type: "AWS::Lambda::Function", Name: "aws_lambda_function", Import: "{FunctionName}", After: true, Rest: true, Also: codeOfFunction,
		Members: `FunctionName Role KMSKeyArn=kms_key_arn -PackageType`,
		Ignore: `architectures code_signing_config_arn dead_letter_config description durable_config environment ephemeral_storage file_system_config filename handler image_config
			image_uri layers logging_config memory_size package_type publish reserved_concurrent_executions runtime skip_destroy snap_start source_kms_key_arn tenancy_config timeout
			tracing_config vpc_config`,
	},
	{
		// The definition is read by the import, and sent again as it was read.
		Type: "AWS::StepFunctions::StateMachine", Name: "aws_sfn_state_machine", Import: "{arn}", After: true, Rest: true, Fixed: "definition={}",
		Members: `-stateMachineArn name type roleArn -loggingConfiguration -tracingConfiguration encryptionConfiguration { type kmsKeyId kmsDataKeyReusePeriodSeconds }`,
		Ignore:  "definition logging_configuration tracing_configuration",
	},
	{
		Type: "AWS::CloudTrail::Trail", Name: "aws_cloudtrail", Import: "{arn}", After: true, Rest: true,
		Members: `-TrailARN Name S3BucketName=s3_bucket_name KmsKeyId -S3KeyPrefix -SnsTopicName -SnsTopicARN -IncludeGlobalServiceEvents -IsMultiRegionTrail -IsOrganizationTrail
			-LogFileValidationEnabled -CloudWatchLogsLogGroupArn -CloudWatchLogsRoleArn -IsLogging`,
		Ignore: `advanced_event_selector cloud_watch_logs_group_arn cloud_watch_logs_role_arn enable_log_file_validation enable_logging event_selector
			include_global_service_events insight_selector is_multi_region_trail is_organization_trail s3_key_prefix sns_topic_name`,
	},
	{
		Type: "AWS::KinesisFirehose::DeliveryStream", Name: "aws_kinesis_firehose_delivery_stream", Import: "{arn}", After: true, Rest: true, Made: terraformStream,
		Members: `DeliveryStreamName=name destination -DeliveryStreamType encryption=server_side_encryption { enabled KeyType KeyARN=key_arn }
			^Source { KinesisStreamSourceDescription=kinesis_source_configuration { KinesisStreamARN=kinesis_stream_arn RoleARN=role_arn -DeliveryStartTimestamp } }
			ExtendedS3DestinationDescription=extended_s3_configuration { ` + terraformDelivery + ` CustomTimeZone FileExtension S3BackupMode=s3_backup_mode
				S3BackupDescription=s3_backup_configuration { ` + terraformDelivery + ` }
				DynamicPartitioningConfiguration { Enabled ^RetryOptions { DurationInSeconds=retry_duration } }
				ProcessingConfiguration { Enabled Processors { Type Parameters { ParameterName ParameterValue } } }
				DataFormatConversionConfiguration { Enabled
					InputFormatConfiguration { Deserializer { HiveJsonSerDe { TimestampFormats }
						OpenXJsonSerDe=open_x_json_ser_de { CaseInsensitive ColumnToJsonKeyMappings ConvertDotsInJsonKeysToUnderscores } } }
					OutputFormatConfiguration { Serializer {
						OrcSerDe { BlockSizeBytes BloomFilterColumns BloomFilterFalsePositiveProbability Compression DictionaryKeyThreshold EnablePadding FormatVersion PaddingTolerance RowIndexStride StripeSizeBytes }
						ParquetSerDe { BlockSizeBytes Compression EnableDictionaryCompression MaxPaddingBytes PageSizeBytes WriterVersion } } }
					SchemaConfiguration { CatalogId DatabaseName Region RoleARN=role_arn TableName VersionId } } }`,
	},
	{
		Type: "AWS::OpenSearchServerless::SecurityPolicy", Name: "aws_opensearchserverless_security_policy", Import: "{name}/{type}", After: true, Untagged: true,
		Members: `name type description policy:json`,
	},
	{
		// The value is read by the import, and sent again as it was read; Terraform's state has it
		// then.
		Type: "AWS::SSM::Parameter", Name: "aws_ssm_parameter", Import: "{Name}", After: true, Fixed: "value=unchanged", Then: valueInState, Made: withoutEmpty,
		Members: `-ARN Name Type KeyId Description AllowedPattern Tier DataType`,
		Ignore:  "value overwrite",
	},
	// The aws provider has no blueprints and projects, and makes others of the rest of these another
	// resource when their key changes: awscc, which does what CloudFormation does, changes them.
	// https://registry.terraform.io/providers/hashicorp/awscc/latest/docs
	// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/bedrockagentcore_evaluator
	// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/bedrockagentcore_configuration_bundle
	// https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/cloudtrail/event_data_store.go
	{
		Type: "AWS::Bedrock::Blueprint", Name: "awscc_bedrock_blueprint", Import: "{arn}", After: true,
		Members: `-blueprintArn blueprintName type -blueprintStage:LIVE -blueprintVersion -creationTime schema kmsKeyId kmsEncryptionContext`,
	},
	{
		Type: "AWS::Bedrock::DataAutomationProject", Name: "awscc_bedrock_data_automation_project", Import: "{arn}", After: true,
		Members: projectMembers + " overrideConfiguration { modalityRouting { jpeg png mp4=mp_4 mov } " + overrides + " }",
	},
	{
		Type: "AWS::BedrockAgentCore::Evaluator", Name: "awscc_bedrockagentcore_evaluator", Import: "{arn}", After: true, Members: evaluatorMembers,
	},
	{
		Type: "AWS::BedrockAgentCore::ConfigurationBundle", Name: "awscc_bedrockagentcore_configuration_bundle", Import: "{arn}", After: true, Also: branchOfBundle("branch_name"),
		Members: `-bundleArn -bundleId bundleName description kmsKeyArn %components { configuration:json } -createdAt`,
	},
	{
		Type: "AWS::CloudTrail::EventDataStore", Name: "awscc_cloudtrail_event_data_store", Import: "{arn}", After: true, Rest: true,
		Members: `-EventDataStoreArn Name KmsKeyId`,
	},
}

// terraformDelivery is how a stream delivers to a bucket.
const terraformDelivery = ` BucketARN=bucket_arn RoleARN=role_arn Prefix ErrorOutputPrefix CompressionFormat ^BufferingHints { IntervalInSeconds=buffering_interval SizeInMBs=buffering_size }
	CloudWatchLoggingOptions=cloudwatch_logging_options { Enabled LogGroupName LogStreamName } ^EncryptionConfiguration { ^KMSEncryptionConfig { AWSKMSKeyARN=kms_key_arn } -NoEncryptionConfig } `

// notTerraform says of types why no resource of the aws provider is written for them.
var notTerraform = map[string]string{
	"AWS::Bedrock::MarketplaceModelEndpoint":   noProvider + "nor has awscc",
	"AWS::BedrockAgentCore::AgentInsightStore": noProvider + "nor has awscc",
	// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/bedrockagentcore_payment_manager
	"AWS::BedrockAgentCore::PaymentManager": "aws_bedrockagentcore_payment_manager has no argument for the key",
}

const noProvider = "the aws provider of Terraform has no resource for it; "
