package agents_test

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// replacements are the updates of this API. $names stand for what the test makes first.
var replacements = []localtest.Replacement{
	{ // before the agent is changed: without a routing, AWS cuts a version
		Update: "UpdateAgentAlias", Get: "GetAgentAlias", Name: `{"agentId": "$agent", "agentAliasId": "$agentalias"}`,
		Whole: `{"agentAliasName": "one", "description": "d", "routingConfiguration": [{"agentVersion": "1"}], "aliasInvocationState": "REJECT_INVOCATIONS"}`,
		Least: `{"agentAliasName": "two"}`,
		In:    "agentAlias", Always: `{"agentId": "$agent", "agentAliasId": "$agentalias", "agentAliasArn": "*", "agentAliasStatus": "PREPARED", "agentAliasHistoryEvents": "*", "createdAt": "*", "updatedAt": "*"}`,
		Bare: `{"routingConfiguration": [{"agentVersion": "2"}], "aliasInvocationState": "ACCEPT_INVOCATIONS"}`,
	},
	{
		Update: "UpdateAgent", Get: "GetAgent", Name: `{"agentId": "$agent"}`,
		Whole: `{"agentName": "a", "instruction": "Answer questions about the trade secrets of this company.", "foundationModel": "$model", "description": "d",
			"orchestrationType": "CUSTOM_ORCHESTRATION", "customOrchestration": {"executor": {"lambda": "arn:aws:lambda:eu-west-1:111122223333:function:f"}},
			"idleSessionTTLInSeconds": 900, "agentResourceRoleArn": "$role", "customerEncryptionKeyArn": "$key",
			"promptOverrideConfiguration": {"promptConfigurations": [{"promptType": "ORCHESTRATION", "promptCreationMode": "OVERRIDDEN", "basePromptTemplate": "mine"}]},
			"guardrailConfiguration": {"guardrailIdentifier": "abc123", "guardrailVersion": "1"},
			"memoryConfiguration": {"enabledMemoryTypes": ["SESSION_SUMMARY"], "storageDays": 7}, "agentCollaboration": "SUPERVISOR"}`,
		Least: `{"agentName": "b", "foundationModel": "$model", "agentResourceRoleArn": "$role"}`,
		In:    "agent", Always: `{"agentId": "$agent", "agentArn": "*", "agentVersion": "DRAFT", "agentStatus": "NOT_PREPARED", "promptOverrideConfiguration": "*",
			"preparedAt": "*", "createdAt": "*", "updatedAt": "*"}`,
		Bare: `{"orchestrationType": "DEFAULT", "idleSessionTTLInSeconds": 600, "agentCollaboration": "DISABLED"}`,
	},
	{
		Update: "UpdateAgentActionGroup", Get: "GetAgentActionGroup", Name: `{"agentId": "$agent", "agentVersion": "DRAFT", "actionGroupId": "$group"}`,
		Without: []string{"functionSchema", "parentActionGroupSignature", "parentActionGroupSignatureParams"},
		Whole: `{"actionGroupName": "g", "description": "d", "actionGroupExecutor": {"customControl": "RETURN_CONTROL"}, "actionGroupState": "DISABLED",
			"apiSchema": {"payload": "openapi: 3.0.0"}}`,
		Least: `{"actionGroupName": "h"}`,
		In:    "agentActionGroup", Always: `{"agentId": "$agent", "agentVersion": "DRAFT", "actionGroupId": "$group", "createdAt": "*", "updatedAt": "*"}`,
		Bare: `{"actionGroupState": "ENABLED"}`,
	},
	{
		Update: "UpdateAgentActionGroup", Get: "GetAgentActionGroup", Name: `{"agentId": "$agent", "agentVersion": "DRAFT", "actionGroupId": "$group"}`,
		Without: []string{"apiSchema"},
		Whole: `{"actionGroupName": "g", "description": "d", "actionGroupExecutor": {"customControl": "RETURN_CONTROL"}, "actionGroupState": "DISABLED",
			"functionSchema": {"functions": [{"name": "f"}]}, "parentActionGroupSignature": "ANTHROPIC.Computer",
			"parentActionGroupSignatureParams": {"type": "computer_20241022", "display_height_px": "768", "display_width_px": "1024", "display_number": "1"}}`,
		Least: `{"actionGroupName": "h"}`,
		In:    "agentActionGroup", Always: `{"agentId": "$agent", "agentVersion": "DRAFT", "actionGroupId": "$group", "createdAt": "*", "updatedAt": "*"}`,
		Bare: `{"actionGroupState": "ENABLED"}`,
		Full: `{"parentActionGroupSignature": null, "parentActionSignature": "ANTHROPIC.Computer"}`,
	},
	{
		Update: "UpdateAgentCollaborator", Get: "GetAgentCollaborator", Name: `{"agentId": "$agent", "agentVersion": "DRAFT", "collaboratorId": "$collaborator"}`,
		Whole: `{"agentDescriptor": {"aliasArn": "$helper"}, "collaboratorName": "c", "collaborationInstruction": "ask", "relayConversationHistory": "TO_COLLABORATOR"}`,
		Least: `{"agentDescriptor": {"aliasArn": "$helper"}, "collaboratorName": "b", "collaborationInstruction": "tell"}`,
		In:    "agentCollaborator", Always: `{"agentId": "$agent", "agentVersion": "DRAFT", "collaboratorId": "$collaborator", "createdAt": "*", "lastUpdatedAt": "*"}`,
		Bare: `{"relayConversationHistory": "DISABLED"}`,
	},
	{
		Update: "UpdateAgentKnowledgeBase", Get: "GetAgentKnowledgeBase", Name: `{"agentId": "$agent", "agentVersion": "DRAFT", "knowledgeBaseId": "$base"}`,
		Whole: `{"description": "d", "knowledgeBaseState": "DISABLED"}`,
		Least: `{}`,
		In:    "agentKnowledgeBase", Always: `{"agentId": "$agent", "agentVersion": "DRAFT", "knowledgeBaseId": "$base", "createdAt": "*", "updatedAt": "*"}`,
		Bare: `{"knowledgeBaseState": "ENABLED"}`,
	},
	{
		Update: "UpdatePrompt", Get: "GetPrompt", Name: `{"promptIdentifier": "$prompt"}`,
		Whole: `{"name": "p", "description": "d", "customerEncryptionKeyArn": "$key", "defaultVariant": "v",
			"variants": [{"name": "v", "templateType": "TEXT", "templateConfiguration": {"text": {"text": "Say it"}}}]}`,
		Least:  `{"name": "q"}`,
		Always: `{"id": "$prompt", "arn": "*", "version": "DRAFT", "createdAt": "*", "updatedAt": "*"}`,
	},
	{
		Update: "UpdateFlow", Get: "GetFlow", Name: `{"flowIdentifier": "$flow"}`,
		Whole: `{"name": "f", "description": "d", "executionRoleArn": "$role", "customerEncryptionKeyArn": "$key",
			"definition": {"nodes": [{"name": "start", "type": "Input", "outputs": [{"name": "document", "type": "String"}]}]}}`,
		Least:  `{"name": "g", "executionRoleArn": "$role"}`,
		Always: `{"id": "$flow", "arn": "*", "version": "DRAFT", "status": "NotPrepared", "validations": "*", "createdAt": "*", "updatedAt": "*"}`,
	},
	{
		Update: "UpdateFlowAlias", Get: "GetFlowAlias", Name: `{"flowIdentifier": "$flow", "aliasIdentifier": "$flowalias"}`,
		Whole:  `{"name": "one", "description": "d", "routingConfiguration": [{"flowVersion": "1"}], "concurrencyConfiguration": {"type": "Manual", "maxConcurrency": 2}}`,
		Least:  `{"name": "two", "routingConfiguration": [{"flowVersion": "DRAFT"}]}`,
		Always: `{"id": "$flowalias", "flowId": "$flow", "arn": "*", "createdAt": "*", "updatedAt": "*"}`,
	},
	{
		Update: "UpdateKnowledgeBase", Get: "GetKnowledgeBase", Name: `{"knowledgeBaseId": "$base"}`, Needed: []string{"storageConfiguration"},
		Whole: `{"name": "k", "description": "d", "roleArn": "$role", "knowledgeBaseConfiguration": $embedding, "storageConfiguration": $storage,
			"metadataConfigurations": [{"name": "year", "type": "STRING", "searchability": "ENABLED"}]}`,
		Least: `{"name": "l", "roleArn": "$role", "knowledgeBaseConfiguration": $embedding, "storageConfiguration": $storage}`,
		In:    "knowledgeBase", Always: `{"knowledgeBaseId": "$base", "knowledgeBaseArn": "*", "status": "ACTIVE", "createdAt": "*", "updatedAt": "*"}`,
	},
	{
		Update: "UpdateDataSource", Get: "GetDataSource", Name: `{"knowledgeBaseId": "$base", "dataSourceId": "$source"}`,
		Whole: `{"name": "s", "description": "d", "dataSourceConfiguration": $bucket, "dataDeletionPolicy": "RETAIN",
			"serverSideEncryptionConfiguration": {"kmsKeyArn": "$key"}, "vectorIngestionConfiguration": {"customTransformationConfiguration": {
				"intermediateStorage": {"s3Location": {"uri": "s3://library/between"}},
				"transformations": [{"stepToApply": "POST_CHUNKING", "transformationFunction": {"transformationLambdaConfiguration": {"lambdaArn": "arn:aws:lambda:eu-west-1:111122223333:function:f"}}}]}}}`,
		Least: `{"name": "t", "dataSourceConfiguration": $bucket}`,
		In:    "dataSource", Always: `{"knowledgeBaseId": "$base", "dataSourceId": "$source", "status": "AVAILABLE", "createdAt": "*", "updatedAt": "*"}`,
		Bare: `{"dataDeletionPolicy": "DELETE"}`,
	},
}

// TestUpdatesReplace: what an update leaves out is gone, whichever member it is.
func TestUpdatesReplace(t *testing.T) {
	w := newLibrary(t)
	w.SetKeyPolicy(account, region, "alias/one", promptPolicy)
	api := w.API("bedrock-agent", admin)
	names := []string{
		"$role", baseRole, "$key", *w.key("alias/one"), "$model", "amazon.nova-lite-v1:0", "$base", w.base("first"),
		"$embedding", `{"type": "VECTOR", "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0"}}`,
		"$storage", `{"type": "OPENSEARCH_MANAGED_CLUSTER", "opensearchManagedClusterConfiguration": {"domainArn": "arn:aws:es:eu-west-1:111122223333:domain/library", "domainEndpoint": "https://search-library.eu-west-1.es.amazonaws.com",
			"vectorIndexName": "index", "fieldMapping": {"vectorField": "v", "textField": "t", "metadataField": "m"}}}`,
		"$bucket", `{"type": "S3", "s3Configuration": {"bucketArn": "arn:aws:s3:::library"}}`,
	}
	fill := func(text string) string { return strings.NewReplacer(names...).Replace(text) }
	// made does an operation, and the id at a path of its answer has a name from then on.
	made := func(name, operation, input, path string) {
		t.Helper()
		names = append([]string{name, api.Do(t, operation, fill(input)).Text(path)}, names...)
	}
	made("$agent", "CreateAgent", `{"agentName": "a", "instruction": "Answer questions about the trade secrets of this company.", "foundationModel": "$model",
		"agentResourceRoleArn": "$role", "agentCollaboration": "SUPERVISOR"}`, "agent.agentId")
	made("$other", "CreateAgent", `{"agentName": "helper"}`, "agent.agentId")
	made("$helper", "GetAgentAlias", `{"agentId": "$other", "agentAliasId": "TSTALIASID"}`, "agentAlias.agentAliasArn")
	made("$group", "CreateAgentActionGroup", `{"agentId": "$agent", "agentVersion": "DRAFT", "actionGroupName": "g"}`, "agentActionGroup.actionGroupId")
	made("$collaborator", "AssociateAgentCollaborator", `{"agentId": "$agent", "agentVersion": "DRAFT", "collaboratorName": "c", "collaborationInstruction": "ask",
		"agentDescriptor": {"aliasArn": "$helper"}}`, "agentCollaborator.collaboratorId")
	api.Do(t, "AssociateAgentKnowledgeBase", fill(`{"agentId": "$agent", "agentVersion": "DRAFT", "knowledgeBaseId": "$base", "description": "d"}`))
	api.Do(t, "PrepareAgent", fill(`{"agentId": "$agent"}`))
	made("$agentalias", "CreateAgentAlias", `{"agentId": "$agent", "agentAliasName": "one"}`, "agentAlias.agentAliasId")
	made("$prompt", "CreatePrompt", `{"name": "p"}`, "id")
	made("$flow", "CreateFlow", `{"name": "f", "executionRoleArn": "$role", "definition": {"nodes": [{"name": "start", "type": "Input", "outputs": [{"name": "document", "type": "String"}]},
		{"name": "stop", "type": "Output", "inputs": [{"name": "document", "type": "String", "expression": "$.data"}]}],
		"connections": [{"name": "all", "type": "Data", "source": "start", "target": "stop", "configuration": {"data": {"sourceOutput": "document", "targetInput": "document"}}}]}}`, "id")
	api.Do(t, "PrepareFlow", fill(`{"flowIdentifier": "$flow"}`))
	api.Do(t, "CreateFlowVersion", fill(`{"flowIdentifier": "$flow"}`))
	made("$flowalias", "CreateFlowAlias", `{"flowIdentifier": "$flow", "name": "one", "routingConfiguration": [{"flowVersion": "DRAFT"}]}`, "id")
	made("$source", "CreateDataSource", `{"knowledgeBaseId": "$base", "name": "s", "dataSourceConfiguration": $bucket}`, "dataSource.dataSourceId")
	for _, r := range replacements {
		for _, s := range []*string{&r.Name, &r.Whole, &r.Least, &r.Always, &r.Full, &r.Bare} {
			*s = fill(*s)
		}
		t.Run(r.Update, func(t *testing.T) { api.Replaces(t, r) })
	}
}
