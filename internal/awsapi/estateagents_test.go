package awsapi

// agentEstate has one of each thing of agents, knowledge bases, flows, AgentCore and the registry
// that is read by an operation of its own, as far as the plane serves it, with tags and a key
// where it can have them.
const agentEstate = `
  - {@: "bedrock-agent:CreateAgent", with: {agentName: doctor, foundationModel: "amazon.nova-lite-v1:0", agentResourceRoleArn: APP, instruction: "Answer the questions of those who are ill and can wait.", customerEncryptionKeyArn: KEY, tags: {team: ml}}, keep: {agent: agent.agentId}}
  - {@: "bedrock-agent:PrepareAgent", with: {agentId: "${agent}"}}
  - {@: "bedrock-agent:CreateAgentAlias", with: {agentId: "${agent}", agentAliasName: live, tags: {team: ml}}}
  - {@: "bedrock-agent-runtime:CreateSession", with: {encryptionKeyArn: KEY, tags: {team: ml}}}
  - {@: "bedrock-agent:CreateRetrievalInstruction", with: {name: manners, customerEncryptionKeyArn: KEY, instruction: {persona: a nurse}, tags: {team: ml}}}
  - {@: "bedrock-agent:CreateFlow", with: {name: rounds, executionRoleArn: APP, customerEncryptionKeyArn: KEY, tags: {team: ml}, definition: {nodes: [{name: start, type: Input, outputs: [{name: document, type: String}]}, {name: stop, type: Output, inputs: [{name: document, type: String, expression: $.data}]}], connections: [{name: all, type: Data, source: start, target: stop, configuration: {data: {sourceOutput: document, targetInput: document}}}]}}, keep: {flow: id}}
  - {@: "bedrock-agent:PrepareFlow", with: {flowIdentifier: "${flow}"}}
  - {@: "bedrock-agent:CreateFlowVersion", with: {flowIdentifier: "${flow}"}}
  - {@: "bedrock-agent:CreateFlowAlias", with: {flowIdentifier: "${flow}", name: live, routingConfiguration: [{flowVersion: "1"}], tags: {team: ml}}, keep: {flow-alias: id}}
  - {@: "bedrock-agent-runtime:StartFlowExecution", with: {flowIdentifier: "${flow}", flowAliasIdentifier: "${flow-alias}", flowExecutionName: night, inputs: [{nodeName: start, nodeOutputName: document, content: {document: no-input-for-you}}]}}
  - {@: "opensearchserverless:CreateSecurityPolicy", with: {name: charts, type: encryption, policy: '{"Rules":[{"ResourceType":"collection","Resource":["collection/charts"]}],"AWSOwnedKey":false,"KmsARN":"${key:alias/records}"}'}}
  - {@: "opensearchserverless:CreateCollection", with: {name: charts, type: VECTORSEARCH, tags: [{key: team, value: ml}]}, keep: {charts: createCollectionDetail.arn, charts-id: createCollectionDetail.id}}
  - {@: "opensearchserverless:CreateAccessPolicy", with: {name: charts, type: data, policy: '[{"Rules":[{"ResourceType":"index","Resource":["index/charts/*"],"Permission":["aoss:*"]}],"Principal":["APP","arn:aws:iam::111122223333:user/admin"]}]'}}
  - {@: "opensearchserverless:CreateIndex", with: {id: "${charts-id}", indexName: charts, indexSchema: {}}}
  - {@: "bedrock-agent:CreateKnowledgeBase", with: {name: charts, roleArn: APP, knowledgeBaseConfiguration: {type: VECTOR, vectorKnowledgeBaseConfiguration: {embeddingModelArn: "arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0"}}, storageConfiguration: {type: OPENSEARCH_SERVERLESS, opensearchServerlessConfiguration: {collectionArn: "${charts}", vectorIndexName: charts, fieldMapping: {vectorField: vector, textField: text, metadataField: metadata}}}, tags: {team: ml}}, keep: {base: knowledgeBase.knowledgeBaseId}}
  - {@: "bedrock-agent:CreateDataSource", with: {knowledgeBaseId: "${base}", name: filed, dataSourceConfiguration: {type: S3, s3Configuration: {bucketArn: "arn:aws:s3:::ward-records"}}, serverSideEncryptionConfiguration: {kmsKeyArn: KEY}}}
  - {@: "bedrock-runtime:StartAsyncInvoke", with: {modelId: "twelvelabs.marengo-embed-2-7-v1:0", modelInput: {inputType: text, inputText: no-input-for-you}, outputDataConfig: {s3OutputDataConfig: {s3Uri: "s3://ward-records/async/", kmsKeyId: KEY}}}}
  - {@: "bedrock:CreateProject", with: {name: ward, tags: [{key: team, value: ml}]}}
  - {@: "bedrock-data-automation:CreateDataAutomationProject", with: {projectName: scans, standardOutputConfiguration: {image: {extraction: {category: {state: ENABLED, types: [TEXT_DETECTION]}, boundingBox: {state: ENABLED}}}}, encryptionConfiguration: {kmsKeyId: KEY}, tags: [{key: team, value: ml}]}}
  - {@: "bedrock-data-automation:CreateDataAutomationLibrary", with: {libraryName: words, encryptionConfiguration: {kmsKeyId: KEY}, tags: [{key: team, value: ml}]}}
  - {@: "bedrock-agentcore-control:CreateAgentRuntime", with: {agentRuntimeName: bot, roleArn: APP, networkConfiguration: {networkMode: PUBLIC}, agentRuntimeArtifact: {containerConfiguration: {containerUri: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/bot:1"}}, tags: {team: ml}}, keep: {bot: agentRuntimeId, bot-arn: agentRuntimeArn}}
  - {@: "bedrock-agentcore-control:PutResourcePolicy", with: {resourceArn: "${bot-arn}", policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"APP"},"Action":"bedrock-agentcore:InvokeAgentRuntime","Resource":"${bot-arn}"}]}'}}
  - {@: "bedrock-agentcore-control:CreateAgentRuntimeEndpoint", with: {agentRuntimeId: "${bot}", name: live, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreateGateway", with: {name: desk, roleArn: APP, authorizerType: AWS_IAM, protocolType: MCP, kmsKeyArn: KEY, tags: {team: ml}}, keep: {desk: gatewayId, desk-arn: gatewayArn}}
  - {@: "bedrock-agentcore-control:PutResourcePolicy", with: {resourceArn: "${desk-arn}", policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"APP"},"Action":"bedrock-agentcore:InvokeGateway","Resource":"${desk-arn}"}]}'}}
  - {@: "bedrock-agentcore-control:CreateGatewayTarget", with: {gatewayIdentifier: "${desk}", name: tool, targetConfiguration: {mcp: {mcpServer: {endpoint: "https://example.com/mcp"}}}}}
  - {@: "bedrock-agentcore-control:CreateGatewayRule", with: {gatewayIdentifier: "${desk}", priority: 7, actions: [{routeToTarget: {staticRoute: {targetName: tool}}}]}}
  - {@: "bedrock-agentcore-control:CreateGatewayRateLimit", with: {gatewayIdentifier: "${desk}", rateLimitId: limit-1, dimensionKeys: [toolName], entries: [{dimensions: {toolName: a}, requests: [{rate: 10.5, period: minute}]}]}}
  - {@: "bedrock-agentcore-control:CreateBrowser", with: {name: surf, executionRoleArn: APP, networkConfiguration: {networkMode: PUBLIC}, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreateBrowserProfile", with: {name: surfer, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreateCodeInterpreter", with: {name: calc, networkConfiguration: {networkMode: SANDBOX}, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreateEvaluator", with: {evaluatorName: polite, level: TRACE, kmsKeyArn: KEY, evaluatorConfig: {llmAsAJudge: {instructions: "judge {context}", ratingScale: {categorical: [{label: bad, definition: b}]}, modelConfig: {bedrockEvaluatorModelConfig: {modelId: m}}}}, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreateConfigurationBundle", with: {bundleName: tuning, kmsKeyArn: KEY, components: {c: {configuration: {a: 1}}}, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreateDataset", with: {datasetName: cases, kmsKeyArn: KEY, schemaType: AGENTCORE_EVALUATION_PREDEFINED_V1, source: {inlineExamples: {examples: [{turns: [1]}]}}, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreateHarness", with: {harnessName: rig, executionRoleArn: APP, memory: {managedMemoryConfiguration: {encryptionKeyArn: KEY}}, tags: {team: ml}}, keep: {rig: harness.harnessId}}
  - {@: "bedrock-agentcore-control:CreateHarnessEndpoint", with: {harnessId: "${rig}", endpointName: live, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreatePolicyEngine", with: {name: engine, encryptionKeyArn: KEY, tags: {team: ml}}, keep: {engine: policyEngineId}}
  - {@: "bedrock-agentcore-control:CreatePolicy", with: {policyEngineId: "${engine}", name: forbid, definition: {cedar: {statement: "forbid(principal, action, resource);"}}}}
  - {@: "bedrock-agentcore-control:CreateOnlineEvaluationConfig", with: {onlineEvaluationConfigName: watch, rule: {samplingConfig: {samplingPercentage: 10}}, evaluators: [{evaluatorId: Builtin.Helpfulness}], dataSourceConfig: {cloudWatchLogs: {logGroupNames: [/ward], serviceNames: [s]}}, evaluationExecutionRoleArn: APP, enableOnCreate: true, tags: {team: ml}}}
  - {@: "bedrock-agentcore:StartBatchEvaluation", with: {batchEvaluationName: night, kmsKeyArn: KEY, evaluators: [{evaluatorId: Builtin.Helpfulness}], dataSourceConfig: {cloudWatchLogs: {logGroupNames: [/ward], serviceNames: [s]}}, tags: {team: ml}}}
  - {@: "bedrock-agentcore:StartRecommendation", with: {name: better, type: SYSTEM_PROMPT_RECOMMENDATION, kmsKeyArn: KEY, recommendationConfig: {systemPromptRecommendationConfig: {systemPrompt: {text: no-input-for-you}, agentTraces: {sessionSpans: [{}]}, evaluationConfig: {evaluators: [{evaluatorArn: "arn:aws:bedrock-agentcore:::evaluator/Builtin.Helpfulness"}]}}}}}
  - {@: "bedrock-agentcore-control:CreatePaymentManager", with: {name: till, authorizerType: AWS_IAM, roleArn: APP, kmsKeyArn: KEY, tags: {team: ml}}, keep: {till: paymentManagerId}}
  - {@: "bedrock-agentcore-control:CreatePaymentConnector", with: {paymentManagerId: "${till}", name: coins, type: CoinbaseCDP}}
  - {@: "bedrock-agentcore-control:SetTokenVaultCMK", with: {tokenVaultId: default, kmsConfiguration: {keyType: CustomerManagedKey, kmsKeyArn: KEY}}}
  - {@: "bedrock-agentcore-control:CreateApiKeyCredentialProvider", with: {name: weather, apiKey: no-password-for-you, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreateOauth2CredentialProvider", with: {name: mail, credentialProviderVendor: GoogleOauth2, oauth2ProviderConfigInput: {googleOauth2ProviderConfig: {clientId: c, clientSecret: no-password-for-you}}, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreatePaymentCredentialProvider", with: {name: purse, credentialProviderVendor: CoinbaseCDP, providerConfigurationInput: {coinbaseCdpConfiguration: {apiKeyId: k, apiKeySecret: no-password-for-you, walletSecret: no-password-for-you}}, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:CreateWorkloadIdentity", with: {name: robot, tags: {team: ml}}}
  - {@: "bedrock-agentcore-control:UpdateAgentInsightStore", with: {agentInsightStoreId: default, encryptionConfiguration: {mode: CUSTOMER_MANAGED_KMS, kmsKeyArn: KEY}}}
  - {@: "bedrock-agentcore-control:CreateCapacityProvider", with: {name: fleet, permissionsConfiguration: {capacityProviderOperatorRoleArn: APP}, computeConfiguration: {ec2Configuration: {rootVolume: {kmsKeyId: KEY}, launchTemplateSource: {launchParameters: {operatingSystem: LINUX_ARM64, instanceRequirements: {allowedInstanceTypes: [m7g.large]}}}, vpcConfiguration: {subnets: [subnet-12345678], securityGroups: [sg-12345678]}}}, tags: {team: ml}}}
  - {@: "agent-registry-control:CreateRegistry", with: {name: shelf, encryptionConfiguration: {kmsKeyArn: KEY}, tags: {team: ml}}, keep: {shelf: registryArn}}
  - {@: "agent-registry-control:CreateRegistryRecord", with: {registryId: "${shelf}", name: tools, recordType: MCP, descriptors: {mcpServer: {data: no-input-for-you, dataSchemaVersion: "1"}}, tags: {team: ml}}}
  - {@: "dynamodb:CreateTable", with: {TableName: beds, BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}], SSESpecification: {Enabled: true, SSEType: KMS, KMSMasterKeyId: KEY}, Tags: [{Key: team, Value: ml}]}}
  - {@: "sqs:CreateQueue", with: {QueueName: calls, Attributes: {KmsMasterKeyId: KEY}, tags: {team: ml}}}
  - {@: "ssm:PutParameter", with: {Name: /ward/phone, Type: SecureString, Value: no-password-for-you, KeyId: KEY, Tags: [{Key: team, Value: ml}]}}
  - {@: "s3:PutBucketTagging", with: {Bucket: ward-records, Tagging: {TagSet: [{Key: team, Value: ml}]}}}
  - {@: "bedrock:PutEnforcedGuardrailConfiguration", with: {guardrailInferenceConfig: {guardrailIdentifier: "${guardrail}", guardrailVersion: "1"}}}
  - {@: "bedrock:PutResourcePolicy", with: {resourceArn: "${guardrail-arn}", resourcePolicy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"APP"},"Action":"bedrock:ApplyGuardrail","Resource":"${guardrail-arn}"}]}'}}
  - {@: "bedrock-agentcore-control:PutResourcePolicy", with: {resourceArn: "${memory}", policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"APP"},"Action":"bedrock-agentcore:ListEvents","Resource":"${memory}"}]}'}}
  - {@: "dynamodb:PutResourcePolicy", with: {ResourceArn: "arn:aws:dynamodb:eu-west-1:111122223333:table/beds", Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"APP"},"Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:eu-west-1:111122223333:table/beds"}]}'}}
  - {@: "s3vectors:PutVectorBucketPolicy", with: {vectorBucketName: ward-vectors, policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"APP"},"Action":"s3vectors:GetVectors","Resource":"arn:aws:s3vectors:eu-west-1:111122223333:bucket/ward-vectors/index/notes"}]}'}}
  - {@: "bedrock:PutModelInvocationLoggingConfiguration", with: {loggingConfig: {cloudWatchConfig: {logGroupName: /ward, roleArn: APP}}}}
`
