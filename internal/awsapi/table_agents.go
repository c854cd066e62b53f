package awsapi

// Agents, knowledge bases, flows and prompts.
var agentReadings = []reading{
	{Type: "AWS::Bedrock::KnowledgeBasePolicy", Skip: "asked for by ARN of another resource; names no key"},
	{
		Type: "AWS::Bedrock::Agent", List: "ListAgents", Items: "agentSummaries",
		Get: gets{{"GetAgent", "agentId=agentId"}},
		ARN: "arn:{partition}:bedrock:{region}:{account}:agent/{agentId}", Tags: agentTags,
	},
	{
		Type: "AWS::Bedrock::AgentAlias", Of: "AWS::Bedrock::Agent", List: "ListAgentAliases", With: "agentId=^agentId", Items: "agentAliasSummaries",
		Get: gets{{"GetAgentAlias", "agentId=^agentId agentAliasId=agentAliasId"}},
		ARN: "arn:{partition}:bedrock:{region}:{account}:agent-alias/{^agentId}/{agentAliasId}", Tags: agentTags,
	},
	{
		Type: "AWS::Bedrock::AgentVersion", Of: "AWS::Bedrock::Agent", List: "ListAgentVersions", With: "agentId=^agentId", Items: "agentVersionSummaries", Only: "agentVersion!=DRAFT",
		Get: gets{{"GetAgentVersion", "agentId=^agentId agentVersion=agentVersion"}},
		ARN: "arn:{partition}:bedrock:{region}:{account}:agent/{^agentId}:{agentVersion}",
	},
	{
		Type: "AWS::Bedrock::KnowledgeBase", List: "ListKnowledgeBases", Items: "knowledgeBaseSummaries",
		Get: gets{{"GetKnowledgeBase", "knowledgeBaseId=knowledgeBaseId"}},
		ARN: "arn:{partition}:bedrock:{region}:{account}:knowledge-base/{knowledgeBaseId}", Tags: agentTags,
	},
	{
		Type: "AWS::Bedrock::DataSource", Of: "AWS::Bedrock::KnowledgeBase", List: "ListDataSources", With: "knowledgeBaseId=^knowledgeBaseId", Items: "dataSourceSummaries",
		Get: gets{{"GetDataSource", "knowledgeBaseId=^knowledgeBaseId dataSourceId=dataSourceId"}},
		ARN: "arn:{partition}:bedrock:{region}:{account}:knowledge-base/{^knowledgeBaseId}/data-source/{dataSourceId}",
	},
	{
		Type: "AWS::Bedrock::Flow", List: "ListFlows", Items: "flowSummaries",
		Get: gets{{"GetFlow", "flowIdentifier=id"}}, ARN: "{arn}", Tags: agentTags,
	},
	{
		Type: "AWS::Bedrock::FlowAlias", Of: "AWS::Bedrock::Flow", List: "ListFlowAliases", With: "flowIdentifier=^id", Items: "flowAliasSummaries",
		Get: gets{{"GetFlowAlias", "flowIdentifier=^id aliasIdentifier=id"}}, ARN: "{arn}", Tags: agentTags,
	},
	{
		Type: "AWS::Bedrock::FlowVersion", Of: "AWS::Bedrock::Flow", List: "ListFlowVersions", With: "flowIdentifier=^id", Items: "flowVersionSummaries", Only: "version!=DRAFT",
		Get: gets{{"GetFlowVersion", "flowIdentifier=^id flowVersion=version"}}, ARN: "{^arn}:{version}",
	},
	{
		Type: "AWS::Bedrock::FlowExecution", Of: "AWS::Bedrock::Flow", Service: "bedrock-agent-runtime",
		List: "ListFlowExecutions", With: "flowIdentifier=^id", Items: "flowExecutionSummaries",
		Get: gets{{"GetExecutionFlowSnapshot", "executionIdentifier=executionArn flowAliasIdentifier=flowAliasIdentifier flowIdentifier=flowIdentifier"}}, ARN: "{executionArn}",
	},
	{
		Type: "AWS::Bedrock::Prompt", List: "ListPrompts", Items: "promptSummaries",
		Get: gets{{"GetPrompt", "promptIdentifier=id"}}, ARN: "{arn}", Tags: agentTags,
	},
	{
		Type: "AWS::Bedrock::PromptVersion", Of: "AWS::Bedrock::Prompt", List: "ListPrompts", With: "promptIdentifier=^id", Items: "promptSummaries", Only: "version!=DRAFT",
		Get: gets{{"GetPrompt", "promptIdentifier=id promptVersion=version"}}, ARN: "{^arn}:{version}", Tags: agentTags,
	},
	{
		Type: "AWS::Bedrock::RetrievalInstruction", List: "ListRetrievalInstructions", Items: "retrievalInstructionSummaries",
		Get: gets{{"GetRetrievalInstruction", "retrievalInstructionId=retrievalInstructionId"}}, ARN: "{retrievalInstructionArn}", Tags: agentTags,
	},
}
