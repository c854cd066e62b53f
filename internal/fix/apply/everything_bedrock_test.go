package apply_test

import "github.com/bedlock/bedlock/internal/fix"

// bedrockChanges are Bedrock's own resources.
var bedrockChanges = []changing{
	{
		name: "guardrail", types: []string{"AWS::Bedrock::Guardrail"},
		made: []making{{"$guardrail", "bedrock CreateGuardrail", `{"name": "g", "description": "d", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "tags": [{"key": "team", "value": "ml"}],
			"wordPolicyConfig": {"wordsConfig": [{"text": "w"}], "managedWordListsConfig": [{"type": "PROFANITY"}]},
			"sensitiveInformationPolicyConfig": {"piiEntitiesConfig": [{"type": "EMAIL", "action": "ANONYMIZE"}], "regexesConfig": [{"name": "r", "pattern": "MRN-[0-9]{8}", "action": "BLOCK"}]}}`, "guardrailId"}},
		read: []reading{{"bedrock GetGuardrail", `{"guardrailIdentifier": "$guardrail"}`, []string{"kmsKeyArn"}}},
	},
	{
		name: "agent", types: []string{"AWS::Bedrock::Agent"},
		made: []making{
			{"$guardrail", "bedrock CreateGuardrail", `{"name": "g", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "wordPolicyConfig": {"wordsConfig": [{"text": "w"}]}}`, "guardrailId"},
			{"$helper", "bedrock-agent CreateAgent", `{"agentName": "helper", "foundationModel": "$model", "agentResourceRoleArn": "$role", "instruction": "Answer the questions of those who ask the other agent.", "customerEncryptionKeyArn": "$old"}`, "agent.agentId"},
			{"", "bedrock-agent PrepareAgent", `{"agentId": "$helper"}`, ""},
			{"$helperalias", "bedrock-agent CreateAgentAlias", `{"agentId": "$helper", "agentAliasName": "live"}`, "agentAlias.agentAliasArn"},
			{"$agent", "bedrock-agent CreateAgent", `{"agentName": "intake", "description": "d", "foundationModel": "$model", "agentResourceRoleArn": "$role", "instruction": "Answer questions about what the company may tell.",
				"agentCollaboration": "SUPERVISOR", "idleSessionTTLInSeconds": 900, "tags": {"team": "ml"},
				"guardrailConfiguration": {"guardrailIdentifier": "$guardrail", "guardrailVersion": "DRAFT"},
				"memoryConfiguration": {"enabledMemoryTypes": ["SESSION_SUMMARY"], "storageDays": 7, "sessionSummaryConfiguration": {"maxRecentSessions": 3}},
				"promptOverrideConfiguration": {"promptConfigurations": [{"promptType": "ORCHESTRATION", "promptCreationMode": "OVERRIDDEN", "promptState": "ENABLED", "basePromptTemplate": "mine $$ {{x}}", "parserMode": "DEFAULT",
					"inferenceConfiguration": {"temperature": 0.5, "topP": 0.25, "topK": 10, "maximumLength": 100, "stopSequences": ["stop"]}},
					{"promptType": "POST_PROCESSING", "promptCreationMode": "DEFAULT", "parserMode": "OVERRIDDEN"}], "overrideLambda": "arn:aws:lambda:eu-west-1:111122223333:function:parse"}}`, "agent.agentId"},
			{"", "bedrock-agent CreateAgentActionGroup", `{"agentId": "$agent", "agentVersion": "DRAFT", "actionGroupName": "act", "description": "d", "actionGroupExecutor": {"customControl": "RETURN_CONTROL"},
				"functionSchema": {"functions": [{"name": "f", "description": "d", "parameters": {"p": {"type": "string", "required": true}}}]}}`, ""},
			{"", "bedrock-agent AssociateAgentCollaborator", `{"agentId": "$agent", "agentVersion": "DRAFT", "collaboratorName": "c", "collaborationInstruction": "ask", "agentDescriptor": {"aliasArn": "$helperalias"}, "relayConversationHistory": "TO_COLLABORATOR"}`, ""},
		},
		read: []reading{
			{"bedrock-agent GetAgent", `{"agentId": "$agent"}`, []string{"agent.customerEncryptionKeyArn"}},
			{"bedrock-agent ListAgentActionGroups", `{"agentId": "$agent", "agentVersion": "DRAFT"}`, nil},
			{"bedrock-agent ListAgentCollaborators", `{"agentId": "$agent", "agentVersion": "DRAFT"}`, nil},
			{"bedrock-agent ListTagsForResource", `{"resourceArn": "arn:aws:bedrock:eu-west-1:111122223333:agent/$agent"}`, nil},
			{"bedrock-agent GetAgent", `{"agentId": "$helper"}`, nil},
		},
	},
	{
		name: "agent, prepared, back to the default", types: []string{"AWS::Bedrock::Agent"}, target: fix.Target{Aim: fix.Default},
		made: []making{
			{"$agent", "bedrock-agent CreateAgent", `{"agentName": "intake", "foundationModel": "$model", "agentResourceRoleArn": "$role", "instruction": "Answer questions about what the company may tell.", "customerEncryptionKeyArn": "$old"}`, "agent.agentId"},
			{"", "bedrock-agent PrepareAgent", `{"agentId": "$agent"}`, ""},
		},
		read: []reading{{"bedrock-agent GetAgent", `{"agentId": "$agent"}`, []string{"agent.customerEncryptionKeyArn"}}},
	},
	{
		name: "flow", types: []string{"AWS::Bedrock::Flow"},
		made: []making{{"$flow", "bedrock-agent CreateFlow", `{"name": "f", "description": "d", "executionRoleArn": "$role", "tags": {"team": "ml"}, "definition": ` + flowDefinition + `}`, "id"}},
		read: []reading{
			{"bedrock-agent GetFlow", `{"flowIdentifier": "$flow"}`, []string{"customerEncryptionKeyArn"}},
			{"bedrock-agent ListTagsForResource", `{"resourceArn": "arn:aws:bedrock:eu-west-1:111122223333:flow/$flow"}`, nil},
		},
	},
	{
		name: "flow, prepared", types: []string{"AWS::Bedrock::Flow"},
		made: []making{
			{"$flow", "bedrock-agent CreateFlow", `{"name": "f", "executionRoleArn": "$role", "definition": ` + flowDefinition + `}`, "id"},
			{"", "bedrock-agent PrepareFlow", `{"flowIdentifier": "$flow"}`, ""},
		},
		read: []reading{{"bedrock-agent GetFlow", `{"flowIdentifier": "$flow"}`, []string{"customerEncryptionKeyArn"}}},
	},
	{
		name: "prompt", types: []string{"AWS::Bedrock::Prompt"},
		made: []making{{"$prompt", "bedrock-agent CreatePrompt", `{"name": "p", "description": "d", "defaultVariant": "a", "tags": {"team": "ml"}, "variants": [
			{"name": "a", "modelId": "$model", "templateType": "TEXT", "templateConfiguration": {"text": {"text": "Say {{what}}", "inputVariables": [{"name": "what"}], "cachePoint": {"type": "default"}}},
				"inferenceConfiguration": {"text": {"temperature": 0.5, "topP": 0.25, "maxTokens": 100, "stopSequences": ["stop"]}}, "metadata": [{"key": "k", "value": "v"}]}]}`, "id"}},
		read: []reading{
			{"bedrock-agent GetPrompt", `{"promptIdentifier": "$prompt"}`, []string{"customerEncryptionKeyArn"}},
			{"bedrock-agent ListTagsForResource", `{"resourceArn": "arn:aws:bedrock:eu-west-1:111122223333:prompt/$prompt"}`, nil},
		},
	},
	{
		name: "prompt with tools", types: []string{"AWS::Bedrock::Prompt"},
		made: []making{{"$prompt", "bedrock-agent CreatePrompt", `{"name": "p", "variants": [
			{"name": "b", "modelId": "$model", "templateType": "CHAT", "templateConfiguration": {"chat": {"system": [{"text": "be short"}], "messages": [{"role": "user", "content": [{"text": "hello"}]}], "inputVariables": [],
				"toolConfiguration": {"tools": [{"toolSpec": {"name": "t", "description": "d", "strict": true, "inputSchema": {"json": {"type": "object", "properties": {"x": {"type": "number", "minimum": 1.5}}}}}}], "toolChoice": {"auto": {}}}}},
				"additionalModelRequestFields": {"top_k": 5}}]}`, "id"}},
		read: []reading{{"bedrock-agent GetPrompt", `{"promptIdentifier": "$prompt"}`, []string{"customerEncryptionKeyArn"}}},
	},
	{
		name: "data source", types: []string{"AWS::Bedrock::DataSource"},
		made: []making{
			{"", "s3 CreateBucket", `{"Bucket": "library", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}`, ""},
			{"", "s3vectors CreateVectorBucket", `{"vectorBucketName": "vectors"}`, ""},
			{"$index", "s3vectors CreateIndex", `{"vectorBucketName": "vectors", "indexName": "index", "dataType": "float32", "dimension": 1024, "distanceMetric": "cosine"}`, "indexArn"},
			{"$base", "bedrock-agent CreateKnowledgeBase", `{"name": "k", "roleArn": "$role", "knowledgeBaseConfiguration": {"type": "VECTOR", "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0"}},
				"storageConfiguration": {"type": "S3_VECTORS", "s3VectorsConfiguration": {"indexArn": "$index"}}}`, "knowledgeBase.knowledgeBaseId"},
			{"$source", "bedrock-agent CreateDataSource", `{"knowledgeBaseId": "$base", "name": "s", "description": "d", "dataDeletionPolicy": "RETAIN",
				"dataSourceConfiguration": {"type": "S3", "s3Configuration": {"bucketArn": "arn:aws:s3:::library", "inclusionPrefixes": ["public/"], "bucketOwnerAccountId": "111122223333"}},
				"vectorIngestionConfiguration": {
					"chunkingConfiguration": {"chunkingStrategy": "HIERARCHICAL", "hierarchicalChunkingConfiguration": {"levelConfigurations": [{"maxTokens": 1500}, {"maxTokens": 300}], "overlapTokens": 60}},
					"parsingConfiguration": {"parsingStrategy": "BEDROCK_FOUNDATION_MODEL", "bedrockFoundationModelConfiguration": {"modelArn": "$model", "parsingModality": "MULTIMODAL", "parsingPrompt": {"parsingPromptText": "read it"}}},
					"customTransformationConfiguration": {"intermediateStorage": {"s3Location": {"uri": "s3://library/between"}},
						"transformations": [{"stepToApply": "POST_CHUNKING", "transformationFunction": {"transformationLambdaConfiguration": {"lambdaArn": "arn:aws:lambda:eu-west-1:111122223333:function:f"}}}]},
					"contextEnrichmentConfiguration": {"type": "BEDROCK_FOUNDATION_MODEL", "bedrockFoundationModelConfiguration": {"modelArn": "$model", "enrichmentStrategyConfiguration": {"method": "CHUNK_ENTITY_EXTRACTION"}}}}}`, "dataSource.dataSourceId"},
		},
		read: []reading{{"bedrock-agent GetDataSource", `{"knowledgeBaseId": "$base", "dataSourceId": "$source"}`, []string{"dataSource.serverSideEncryptionConfiguration"}}},
	},
	{
		// Its keys are those of the bucket and the log group, which change; it does not.
		name: "invocation logging", types: []string{"AWS::Bedrock::InvocationLogging", "AWS::S3::Bucket", "AWS::Logs::LogGroup"}, only: []string{"AWS::Bedrock::InvocationLogging"},
		made: []making{
			{"", "s3 CreateBucket", `{"Bucket": "records", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}`, ""},
			{"", "s3 PutBucketPolicy", `{"Bucket": "records", "Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"bedrock.amazonaws.com\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::records/*\"}]}"}`, ""},
			{"", "logs CreateLogGroup", `{"logGroupName": "/bedrock/calls"}`, ""},
			{"", "bedrock PutModelInvocationLoggingConfiguration", `{"loggingConfig": {"s3Config": {"bucketName": "records", "keyPrefix": "a"},
				"cloudWatchConfig": {"logGroupName": "/bedrock/calls", "roleArn": "$role", "largeDataDeliveryS3Config": {"bucketName": "records", "keyPrefix": "large"}},
				"textDataDeliveryEnabled": true, "imageDataDeliveryEnabled": false, "embeddingDataDeliveryEnabled": true, "videoDataDeliveryEnabled": false}}`, ""},
		},
		read: []reading{
			{"bedrock GetModelInvocationLoggingConfiguration", `{}`, nil},
			{"s3 GetBucketEncryption", `{"Bucket": "records"}`, []string{"ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.KMSMasterKeyID", "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm", "ServerSideEncryptionConfiguration.Rules[0].BucketKeyEnabled"}},
			{"logs DescribeLogGroups", `{"logGroupNamePrefix": "/bedrock/calls"}`, []string{"logGroups[0].kmsKeyId"}},
		},
	},
	{
		name: "gateway", types: []string{"AWS::BedrockAgentCore::Gateway"},
		made: []making{
			{"$engine", "bedrock-agentcore-control CreatePolicyEngine", `{"name": "engine"}`, "policyEngineArn"},
			{"$gateway", "bedrock-agentcore-control CreateGateway", `{"name": "Desk", "description": "d", "roleArn": "$role", "authorizerType": "CUSTOM_JWT", "protocolType": "MCP", "exceptionLevel": "DEBUG", "tags": {"team": "ml"},
				"authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl": "https://example.com/.well-known/openid-configuration", "allowedAudience": ["a"], "allowedClients": ["c"]}},
				"protocolConfiguration": {"mcp": {"supportedVersions": ["2025-03-26"], "instructions": "hush", "searchType": "SEMANTIC"}},
				"interceptorConfigurations": [{"interceptor": {"lambda": {"arn": "arn:aws:lambda:eu-west-1:111122223333:function:f"}}, "interceptionPoints": ["REQUEST"], "inputConfiguration": {"passRequestHeaders": true}}],
				"policyEngineConfiguration": {"arn": "$engine", "mode": "ENFORCE"}, "wafConfiguration": {"failureMode": "FAIL_OPEN"}}`, "gatewayId"},
			{"", "bedrock-agentcore-control CreateGatewayTarget", `{"gatewayIdentifier": "$gateway", "name": "tool", "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://example.com/mcp"}}}}`, ""},
		},
		read: []reading{
			{"bedrock-agentcore-control GetGateway", `{"gatewayIdentifier": "$gateway"}`, []string{"kmsKeyArn"}},
			{"bedrock-agentcore-control ListGatewayTargets", `{"gatewayIdentifier": "$gateway"}`, nil},
		},
	},
	{
		name: "evaluator", types: []string{"AWS::BedrockAgentCore::Evaluator"}, lasting: true,
		made: []making{{"$evaluator", "bedrock-agentcore-control CreateEvaluator", evaluator, "evaluatorId"}},
		read: []reading{{"bedrock-agentcore-control GetEvaluator", `{"evaluatorId": "$evaluator"}`, []string{"kmsKeyArn"}}},
	},
	{
		name: "token vault", types: []string{"AWS::BedrockAgentCore::TokenVault"},
		made: []making{{"", "bedrock-agentcore-control CreateApiKeyCredentialProvider", `{"name": "p", "apiKey": "secret"}`, ""}},
		read: []reading{{"bedrock-agentcore-control GetTokenVault", `{"tokenVaultId": "default"}`, []string{"kmsConfiguration.keyType", "kmsConfiguration.kmsKeyArn"}}},
	},
	{
		name: "configuration bundle, first key", types: []string{"AWS::BedrockAgentCore::ConfigurationBundle"}, lasting: true,
		made: []making{{"$bundle", "bedrock-agentcore-control CreateConfigurationBundle", `{"bundleName": "b", "description": "d", "branchName": "main", "commitMessage": "first", ` + components + `}`, "bundleId"}},
		read: []reading{{"bedrock-agentcore-control GetConfigurationBundle", `{"bundleId": "$bundle"}`, bundleChanges},
			{"bedrock-agentcore-control ListConfigurationBundleVersions", `{"bundleId": "$bundle"}`, []string{"versions"}}},
	},
	{
		name: "configuration bundle, another key", types: []string{"AWS::BedrockAgentCore::ConfigurationBundle"}, every: true,
		made: []making{{"$bundle", "bedrock-agentcore-control CreateConfigurationBundle", `{"bundleName": "b", "description": "d", "kmsKeyArn": "$old", ` + components + `}`, "bundleId"}},
		read: []reading{{"bedrock-agentcore-control GetConfigurationBundle", `{"bundleId": "$bundle"}`, bundleChanges}},
		// Its versions stay; the last is as the first but for its history.
		back: []string{"lineageMetadata.commitMessage", "lineageMetadata.parentVersionIds"},
	},
	{
		name: "payment manager", types: []string{"AWS::BedrockAgentCore::PaymentManager"}, lasting: true,
		made: []making{{"$manager", "bedrock-agentcore-control CreatePaymentManager", `{"name": "Till", "description": "d", "authorizerType": "AWS_IAM", "roleArn": "$role", "tags": {"team": "ml"}}`, "paymentManagerId"}},
		read: []reading{{"bedrock-agentcore-control GetPaymentManager", `{"paymentManagerId": "$manager"}`, []string{"kmsKeyArn"}}},
	},
	{
		name: "insight store", types: []string{"AWS::BedrockAgentCore::AgentInsightStore"},
		made: []making{{"", "bedrock-agentcore-control UpdateAgentInsightStore", `{"agentInsightStoreId": "default", "enablementStatus": "DISABLED"}`, ""}},
		read: []reading{{"bedrock-agentcore-control GetAgentInsightStore", `{"agentInsightStoreId": "default"}`, []string{"encryptionConfiguration.kmsKeyArn", "encryptionConfiguration.mode"}}},
	},
	{
		name: "marketplace endpoint", types: []string{"AWS::Bedrock::MarketplaceModelEndpoint"},
		made: []making{{"$endpoint", "bedrock CreateMarketplaceModelEndpoint", `{"modelSourceIdentifier": "arn:aws:sagemaker:eu-west-1:aws:hub-content/SageMakerPublicHub/Model/m/1.0.0", "endpointName": "e", "acceptEula": true, "endpointConfig": {"sageMaker": {
			"initialInstanceCount": 1, "instanceType": "ml.g5.2xlarge", "executionRole": "$role", "vpc": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}}}`, "marketplaceModelEndpoint.endpointArn"}},
		read: []reading{{"bedrock GetMarketplaceModelEndpoint", `{"endpointArn": "$endpoint"}`, []string{"marketplaceModelEndpoint.endpointConfig.sageMaker.kmsEncryptionKey"}}},
	},
	{
		name: "blueprint", types: []string{"AWS::Bedrock::Blueprint"},
		made: []making{
			{"$blueprint", "bedrock-data-automation CreateBlueprint", `{"blueprintName": "invoice", "type": "DOCUMENT", "blueprintStage": "DEVELOPMENT", "schema": "{\"class\": \"invoice\"}", "tags": [{"key": "team", "value": "ml"}]}`, "blueprint.blueprintArn"},
			{"", "bedrock-data-automation CopyBlueprintStage", `{"blueprintArn": "$blueprint", "sourceStage": "DEVELOPMENT", "targetStage": "LIVE"}`, ""},
			{"", "bedrock-data-automation UpdateBlueprint", `{"blueprintArn": "$blueprint", "blueprintStage": "DEVELOPMENT", "schema": "{\"class\": \"next\"}", "encryptionConfiguration": {"kmsKeyId": "$old", "kmsEncryptionContext": {"team": "ml"}}}`, ""},
		},
		read: []reading{
			{"bedrock-data-automation GetBlueprint", `{"blueprintArn": "$blueprint", "blueprintStage": "LIVE"}`, []string{"blueprint.kmsKeyId"}},
			{"bedrock-data-automation GetBlueprint", `{"blueprintArn": "$blueprint", "blueprintStage": "DEVELOPMENT"}`, []string{"blueprint.kmsKeyId"}},
		},
	},
	{
		name: "project", types: []string{"AWS::Bedrock::DataAutomationProject"},
		made: []making{
			{"$project", "bedrock-data-automation CreateDataAutomationProject", `{"projectName": "scans", "projectDescription": "d", "projectStage": "LIVE", ` + scans + `}`, "projectArn"},
			{"", "bedrock-data-automation UpdateDataAutomationProject", `{"projectArn": "$project", "projectDescription": "next", "projectStage": "DEVELOPMENT", ` + scans + `}`, ""},
		},
		read: []reading{
			{"bedrock-data-automation GetDataAutomationProject", `{"projectArn": "$project", "projectStage": "LIVE"}`, []string{"project.kmsKeyId"}},
			{"bedrock-data-automation GetDataAutomationProject", `{"projectArn": "$project", "projectStage": "DEVELOPMENT"}`, []string{"project.kmsKeyId"}},
		},
	},
}

var bundleChanges = []string{"kmsKeyArn", "lineageMetadata.commitMessage", "lineageMetadata.parentVersionIds"}

const (
	components = `"components": {"arn:aws:bedrock-agentcore:eu-west-1:111122223333:gateway/g-1": {"configuration": {"a": 1, "b": {"c": [true, 1.5, "x"]}}}}`

	flowDefinition = `{"nodes": [{"name": "start", "type": "Input", "outputs": [{"name": "document", "type": "String"}]},
		{"name": "ask", "type": "Prompt", "configuration": {"prompt": {"sourceConfiguration": {"inline": {"modelId": "$model", "templateType": "TEXT", "templateConfiguration": {"text": {"text": "Say {{what}}", "inputVariables": [{"name": "what"}]}}, "inferenceConfiguration": {"text": {"temperature": 0.5}}}}}},
			"inputs": [{"name": "what", "type": "String", "expression": "$.data"}], "outputs": [{"name": "modelCompletion", "type": "String"}]},
		{"name": "stop", "type": "Output", "inputs": [{"name": "document", "type": "String", "expression": "$.data"}]}],
		"connections": [{"name": "first", "type": "Data", "source": "start", "target": "ask", "configuration": {"data": {"sourceOutput": "document", "targetInput": "what"}}},
			{"name": "second", "type": "Data", "source": "ask", "target": "stop", "configuration": {"data": {"sourceOutput": "modelCompletion", "targetInput": "document"}}}]}`
	evaluator = `{"evaluatorName": "polite", "description": "d", "level": "TRACE", "evaluatorConfig": {"llmAsAJudge": {"instructions": "hush", "ratingScale": {"categorical": [{"label": "bad", "definition": "b"}, {"label": "good", "definition": "g"}]},
		"modelConfig": {"bedrockEvaluatorModelConfig": {"modelId": "m", "inferenceConfig": {"temperature": 0.5, "maxTokens": 100}}}}}}`
	scans = `"standardOutputConfiguration": {"document": {"extraction": {"granularity": {"types": ["PAGE"]}, "boundingBox": {"state": "ENABLED"}}, "generativeField": {"state": "DISABLED"}}},
		"overrideConfiguration": {"document": {"splitter": {"state": "ENABLED"}}, "image": {"modalityProcessing": {"state": "ENABLED"}}}`
)
