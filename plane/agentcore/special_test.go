package agentcore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// A status changes after a while, and until then the resource cannot be changed.
func TestStatuses(t *testing.T) {
	w := newWorld(t, slow)
	named := fmt.Sprintf(`{"gatewayIdentifier": %q}`, w.do("CreateGateway", fmt.Sprintf(`{"name": "Desk", "roleArn": %q, "authorizerType": "NONE"}`, role)).Text("gatewayId"))
	update := named[:len(named)-1] + fmt.Sprintf(`, "name": "Desk", "roleArn": %q, "authorizerType": "AWS_IAM"}`, role)
	status := func(want string) {
		t.Helper()
		same(t, "gateway", w.do("GetGateway", named), fmt.Sprintf(`{"status": %q}`, want))
	}
	status("CREATING")
	w.refused(admin, "UpdateGateway", update, "ConflictException")
	w.refused(admin, "DeleteGateway", named, "ConflictException")
	w.Pass(time.Minute)
	status("READY")
	w.do("UpdateGateway", update)
	status("UPDATING")
	w.Pass(time.Minute)
	status("READY")
	same(t, "delete", w.do("DeleteGateway", named), `{"status": "DELETING"}`)
	status("DELETING")
	w.refused(admin, "UpdateGateway", update, "ConflictException")
	w.Pass(time.Minute)
	w.refused(admin, "GetGateway", named, "ResourceNotFoundException")
}

// A policy can demand a key for memories, and say which roles are passed.
func TestAuthorization(t *testing.T) {
	w := newWorld(t)
	memory := `{"name": "recall", "eventExpiryDuration": 30%s}`
	w.refused(careful, "CreateMemory", fmt.Sprintf(memory, ""), "AccessDeniedException")
	if _, err := w.as(careful, "CreateMemory", fmt.Sprintf(memory, fmt.Sprintf(`, "encryptionKeyArn": %q`, w.key()))); err != nil {
		t.Error(err)
	}
	runtime := `{"agentRuntimeName": "bot", "roleArn": "arn:aws:iam::111122223333:role/%s", "networkConfiguration": {"networkMode": "PUBLIC"}, "agentRuntimeArtifact": {"containerConfiguration": {"containerUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/bot:1"}}}`
	w.refused(careful, "CreateAgentRuntime", fmt.Sprintf(runtime, "other"), "AccessDeniedException")
	if _, err := w.as(careful, "CreateAgentRuntime", fmt.Sprintf(runtime, "agent")); err != nil {
		t.Error(err)
	}
	// A role that the service may not assume cannot use the key.
	gateway := `{"name": "Desk", "roleArn": "arn:aws:iam::111122223333:role/other", "authorizerType": "AWS_IAM", "kmsKeyArn": %q}`
	message := w.refused(admin, "CreateGateway", fmt.Sprintf(gateway, w.key()), "AccessDeniedException")
	if want := "bedrock-agentcore.amazonaws.com is not able to assume the role arn:aws:iam::111122223333:role/other"; message != want {
		t.Errorf("message = %q, want %q", message, want)
	}
}

// The memory that a harness manages is under the key of the harness.
func TestHarnessMemory(t *testing.T) {
	w := newWorld(t)
	input := `{"harnessName": "rig", "executionRoleArn": %q, "memory": {"managedMemoryConfiguration": {"eventExpiryDuration": 20, "encryptionKeyArn": %q}}}`
	w.refused(keyless, "CreateHarness", fmt.Sprintf(input, role, w.key()), "AccessDeniedException")
	harness := w.do("CreateHarness", fmt.Sprintf(input, role, w.key())).Object("harness")
	arn := harness.Text("memory.managedMemoryConfiguration.arn")
	memories := w.do("ListMemories", "{}").Objects("memories")
	if len(memories) != 1 {
		t.Fatalf("memories = %v", memories)
	}
	same(t, "memory", memories[0], fmt.Sprintf(`{"arn": %q, "managedByResourceArn": %q}`, arn, harness.Text("arn")))
	named := fmt.Sprintf(`{"memoryId": %q}`, memories[0].Text("id"))
	same(t, "memory", w.do("GetMemory", named), fmt.Sprintf(`{"memory.encryptionKeyArn": %q, "memory.eventExpiryDuration": 20}`, w.key()))
	// The key stays when the harness is updated.
	id := harness.Text("harnessId")
	update := fmt.Sprintf(`{"harnessId": %q, "memory": {"optionalValue": {"managedMemoryConfiguration": {"eventExpiryDuration": 40, "encryptionKeyArn": %q}}}}`, id, w.next())
	same(t, "update", w.do("UpdateHarness", update), fmt.Sprintf(`{"harness.memory.managedMemoryConfiguration": {"arn": %q, "encryptionKeyArn": %q, "eventExpiryDuration": 40}}`, arn, w.key()))
	w.DisableKey(account, region, "alias/content")
	w.refused(admin, "GetMemory", named, "ValidationException")
	w.do("DeleteHarness", fmt.Sprintf(`{"harnessId": %q, "deleteManagedMemory": false}`, id))
	same(t, "kept", w.do("ListMemories", "{}").Objects("memories")[0], fmt.Sprintf(`{"arn": %q, "managedByResourceArn": null}`, arn))
	w.EnableKey(account, region, "alias/content")
	w.do("DeleteHarness", fmt.Sprintf(`{"harnessId": %q}`, w.do("CreateHarness", fmt.Sprintf(input, role, w.key())).Text("harness.harnessId")))
	if left := w.do("ListMemories", "{}").Objects("memories"); len(left) != 1 {
		t.Errorf("memories = %v", left)
	}
}

// The strategies of a memory are added, changed and deleted by an update.
func TestStrategies(t *testing.T) {
	w := newWorld(t)
	memory := w.do("CreateMemory", `{"name": "recall", "eventExpiryDuration": 30, "memoryStrategies": [{"semanticMemoryStrategy": {"name": "facts", "namespaces": ["/facts"]}}, {"summaryMemoryStrategy": {"name": "sum"}}]}`).Object("memory")
	before := memory.Objects("strategies")
	same(t, "first", before[0], `{"name": "facts", "type": "SEMANTIC", "namespaces": ["/facts"], "status": "ACTIVE"}`)
	same(t, "second", before[1], `{"name": "sum", "type": "SUMMARIZATION", "namespaces": []}`)
	update := `{"memoryId": %q, "memoryStrategies": {"addMemoryStrategies": [{"userPreferenceMemoryStrategy": {"name": "likes"}}],
	  "modifyMemoryStrategies": [{"memoryStrategyId": %q, "description": "d"}], "deleteMemoryStrategies": [{"memoryStrategyId": %q}]}}`
	id := memory.Text("id")
	after := w.do("UpdateMemory", fmt.Sprintf(update, id, before[0].Text("strategyId"), before[1].Text("strategyId"))).Object("memory").Objects("strategies")
	if len(after) != 2 {
		t.Fatalf("strategies = %v", after)
	}
	same(t, "first", after[0], `{"name": "facts", "description": "d", "namespaces": ["/facts"]}`)
	same(t, "second", after[1], `{"name": "likes", "type": "USER_PREFERENCE"}`)
	w.refused(admin, "UpdateMemory", fmt.Sprintf(update, id, before[0].Text("strategyId"), before[1].Text("strategyId")), "ResourceNotFoundException")
}

// A bundle has versions on branches, each under the key that it was written with.
func TestBundleVersions(t *testing.T) {
	w := newWorld(t)
	made := w.do("CreateConfigurationBundle", fmt.Sprintf(`{"bundleName": "tuning", "kmsKeyArn": %q, "components": {"c": {"configuration": {"a": 1}}}}`, w.key()))
	id, first := made.Text("bundleId"), made.Text("versionId")
	update := `{"bundleId": %q, "parentVersionIds": [%q], "commitMessage": "m"%s}`
	second := w.do("UpdateConfigurationBundle", fmt.Sprintf(update, id, first, fmt.Sprintf(`, "kmsKeyArn": %q, "description": "d"`, w.next()))).Text("versionId")
	w.refused(admin, "UpdateConfigurationBundle", fmt.Sprintf(update, id, first, ""), "ConflictException")
	third := w.do("UpdateConfigurationBundle", fmt.Sprintf(update, id, second, `, "branchName": "try", "components": {"c": {"configuration": {"a": 2}}}`)).Text("versionId")

	same(t, "latest", w.do("GetConfigurationBundle", fmt.Sprintf(`{"bundleId": %q, "branchName": "mainline"}`, id)), fmt.Sprintf(
		`{"versionId": %q, "kmsKeyArn": %q, "description": "d", "components": {"c": {"configuration": {"a": 1}}}, "lineageMetadata": {"branchName": "mainline", "commitMessage": "m", "parentVersionIds": [%q]}}`, second, w.next(), first))
	same(t, "branch", w.do("GetConfigurationBundle", fmt.Sprintf(`{"bundleId": %q, "branchName": "try"}`, id)), fmt.Sprintf(`{"versionId": %q, "components": {"c": {"configuration": {"a": 2}}}}`, third))
	if all := w.do("ListConfigurationBundleVersions", fmt.Sprintf(`{"bundleId": %q}`, id)).Objects("versions"); len(all) != 3 {
		t.Errorf("versions = %v", all)
	}
	latest := w.do("ListConfigurationBundleVersions", fmt.Sprintf(`{"bundleId": %q, "filter": {"latestPerBranch": true}}`, id)).Objects("versions")
	if len(latest) != 2 || latest[0].Text("versionId") != second || latest[1].Text("versionId") != third {
		t.Errorf("latest = %v", latest)
	}
	w.DisableKey(account, region, "alias/next")
	same(t, "first", w.do("GetConfigurationBundleVersion", fmt.Sprintf(`{"bundleId": %q, "versionId": %q}`, id, first)), fmt.Sprintf(`{"kmsKeyArn": %q, "components": {"c": {"configuration": {"a": 1}}}}`, w.key()))
	w.refused(admin, "GetConfigurationBundleVersion", fmt.Sprintf(`{"bundleId": %q, "versionId": %q}`, id, second), "ValidationException")
	w.do("DeleteConfigurationBundle", fmt.Sprintf(`{"bundleId": %q}`, id))
	w.refused(admin, "GetConfigurationBundleVersion", fmt.Sprintf(`{"bundleId": %q, "versionId": %q}`, id, first), "ResourceNotFoundException")
}

// Examples are added, changed, deleted and published.
func TestDatasetExamples(t *testing.T) {
	w := newWorld(t)
	id := w.do("CreateDataset", fmt.Sprintf(`{"datasetName": "cases", "kmsKeyArn": %q, "schemaType": "AGENTCORE_EVALUATION_PREDEFINED_V1"}`, w.key())).Text("datasetId")
	added := w.do("AddDatasetExamples", fmt.Sprintf(`{"datasetId": %q, "source": {"inlineExamples": {"examples": [{"turns": [1]}, {"turns": [2]}]}}}`, id))
	same(t, "added", added, `{"addedCount": 2, "status": "UPDATING"}`)
	ids := added.Texts("exampleIds")
	same(t, "published", w.do("CreateDatasetVersion", fmt.Sprintf(`{"datasetId": %q}`, id)), `{"datasetVersion": "1"}`)
	same(t, "updated", w.do("UpdateDatasetExamples", fmt.Sprintf(`{"datasetId": %q, "examples": [{"exampleId": %q, "turns": [3]}]}`, id, ids[0])), `{"updatedCount": 1}`)
	same(t, "deleted", w.do("DeleteDatasetExamples", fmt.Sprintf(`{"datasetId": %q, "exampleIds": [%q]}`, id, ids[1])), `{"deletedCount": 1}`)
	w.refused(admin, "DeleteDatasetExamples", fmt.Sprintf(`{"datasetId": %q, "exampleIds": [%q]}`, id, ids[1]), "ValidationException")
	same(t, "draft", w.do("ListDatasetExamples", fmt.Sprintf(`{"datasetId": %q}`, id)), fmt.Sprintf(`{"datasetVersion": "DRAFT", "examples": [{"exampleId": %q, "turns": [3]}]}`, ids[0]))
	same(t, "version", w.do("ListDatasetExamples", fmt.Sprintf(`{"datasetId": %q, "datasetVersion": "1"}`, id)),
		fmt.Sprintf(`{"datasetVersion": "1", "examples": [{"exampleId": %q, "turns": [1]}, {"exampleId": %q, "turns": [2]}]}`, ids[0], ids[1]))
	same(t, "versions", w.do("ListDatasetVersions", fmt.Sprintf(`{"datasetId": %q}`, id)).Objects("versions")[0], `{"datasetVersion": "1", "exampleCount": 2}`)
	w.do("DeleteDataset", fmt.Sprintf(`{"datasetId": %q, "datasetVersion": "1"}`, id))
	w.refused(admin, "GetDataset", fmt.Sprintf(`{"datasetId": %q, "datasetVersion": "1"}`, id), "ResourceNotFoundException")
	same(t, "draft", w.do("GetDataset", fmt.Sprintf(`{"datasetId": %q}`, id)), `{"exampleCount": 1, "draftStatus": "MODIFIED"}`)
}

// An enabled configuration locks its evaluators, which the service must be able to read.
func TestOnlineEvaluation(t *testing.T) {
	w := newWorld(t)
	evaluator := w.do("CreateEvaluator", fmt.Sprintf(`{"evaluatorName": "polite", "level": "TRACE", "kmsKeyArn": %q, "evaluatorConfig": {"llmAsAJudge": {"instructions": "hush", "ratingScale": {"categorical": [{"label": "bad", "definition": "b"}]}, "modelConfig": {"bedrockEvaluatorModelConfig": {"modelId": "m"}}}}}`, w.key())).Text("evaluatorId")
	config := fmt.Sprintf(`{"onlineEvaluationConfigName": "watch", "rule": {"samplingConfig": {"samplingPercentage": 10}}, "evaluators": [{"evaluatorId": %q}],
	  "dataSourceConfig": {"cloudWatchLogs": {"logGroupNames": ["/a"], "serviceNames": ["s"]}}, "evaluationExecutionRoleArn": %q, "enableOnCreate": true}`, evaluator, role)
	policy := `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}%s]}`
	w.SetKeyPolicy(account, region, "alias/content", fmt.Sprintf(policy, ""))
	w.refused(admin, "CreateOnlineEvaluationConfig", config, "AccessDeniedException")
	w.SetKeyPolicy(account, region, "alias/content", fmt.Sprintf(policy, `, {"Effect": "Allow", "Principal": {"Service": "bedrock-agentcore.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*",
	  "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}, "ArnLike": {"aws:SourceArn": "arn:aws:bedrock-agentcore:eu-west-1:111122223333:evaluator/*"}}}`))
	id := w.do("CreateOnlineEvaluationConfig", config).Text("onlineEvaluationConfigId")
	named := fmt.Sprintf(`{"evaluatorId": %q, "level": "SESSION"}`, evaluator)
	w.refused(admin, "UpdateEvaluator", named, "ConflictException")
	same(t, "locked", w.do("ListEvaluators", "{}").Objects("evaluators")[0], `{"lockedForModification": true}`)
	w.do("UpdateOnlineEvaluationConfig", fmt.Sprintf(`{"onlineEvaluationConfigId": %q, "executionStatus": "DISABLED"}`, id))
	w.do("UpdateEvaluator", named)
}

// The vault is always there; a new key decrypts under the old one, and only a vault whose key
// is gone is reset.
func TestTokenVault(t *testing.T) {
	w := newWorld(t)
	set := `{"kmsConfiguration": {"keyType": "CustomerManagedKey", "kmsKeyArn": %q}}`
	same(t, "vault", w.do("GetTokenVault", "{}"), `{"tokenVaultId": "default", "kmsConfiguration": {"keyType": "ServiceManagedKey"}}`)
	w.refused(admin, "GetTokenVault", `{"tokenVaultId": "second"}`, "ResourceNotFoundException")
	w.refused(admin, "SetTokenVaultCMK", `{"kmsConfiguration": {"keyType": "CustomerManagedKey"}}`, "ValidationException")
	w.refused(keyless, "SetTokenVaultCMK", fmt.Sprintf(set, w.key()), "AccessDeniedException")
	same(t, "set", w.do("SetTokenVaultCMK", fmt.Sprintf(set, w.key())), fmt.Sprintf(`{"kmsConfiguration": {"keyType": "CustomerManagedKey", "kmsKeyArn": %q}}`, w.key()))
	w.DisableKey(account, region, "alias/content")
	w.refused(admin, "SetTokenVaultCMK", fmt.Sprintf(set, w.next()), "ValidationException")
	w.refused(admin, "ResetTokenVaultKeyMaterial", `{"tokenVaultId": "default"}`, "ValidationException")
	same(t, "vault", w.do("GetTokenVault", "{}"), fmt.Sprintf(`{"kmsConfiguration.kmsKeyArn": %q}`, w.key()))
	w.DeleteKey(account, region, "alias/content")
	same(t, "reset", w.do("ResetTokenVaultKeyMaterial", `{"tokenVaultId": "default"}`), `{"kmsConfiguration": {"keyType": "ServiceManagedKey"}}`)
	w.do("SetTokenVaultCMK", fmt.Sprintf(set, w.next()))
}

// Versions of a runtime, and endpoints that point at them.
func TestRuntimeVersions(t *testing.T) {
	w := newWorld(t)
	artifact := `"agentRuntimeArtifact": {"containerConfiguration": {"containerUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/bot:%d"}}`
	id := w.do("CreateAgentRuntime", fmt.Sprintf(`{"agentRuntimeName": "bot", "roleArn": %q, `+artifact+`}`, role, 1)).Text("agentRuntimeId")
	endpoint := w.do("CreateAgentRuntimeEndpoint", fmt.Sprintf(`{"agentRuntimeId": %q, "name": "live"}`, id))
	same(t, "endpoint", endpoint, fmt.Sprintf(`{"targetVersion": "1", "agentRuntimeEndpointArn": "arn:aws:bedrock-agentcore:eu-west-1:111122223333:runtime/%s/runtime-endpoint/live", "status": "CREATING"}`, id))
	w.do("UpdateAgentRuntime", fmt.Sprintf(`{"agentRuntimeId": %q, "roleArn": %q, `+artifact+`}`, id, role, 2))
	at := func(name string) string { return fmt.Sprintf(`{"agentRuntimeId": %q, "endpointName": %q}`, id, name) }
	same(t, "default", w.do("GetAgentRuntimeEndpoint", at("DEFAULT")), `{"liveVersion": "2", "name": "DEFAULT", "status": "READY"}`)
	same(t, "live", w.do("GetAgentRuntimeEndpoint", at("live")), `{"liveVersion": "1", "name": "live"}`)
	w.do("UpdateAgentRuntimeEndpoint", fmt.Sprintf(`{"agentRuntimeId": %q, "endpointName": "live", "agentRuntimeVersion": "2"}`, id))
	same(t, "live", w.do("GetAgentRuntimeEndpoint", at("live")), `{"liveVersion": "2"}`)
	w.refused(admin, "UpdateAgentRuntimeEndpoint", fmt.Sprintf(`{"agentRuntimeId": %q, "endpointName": "live", "agentRuntimeVersion": "3"}`, id), "ResourceNotFoundException")
	same(t, "version", w.do("GetAgentRuntime", fmt.Sprintf(`{"agentRuntimeId": %q, "agentRuntimeVersion": "1"}`, id)),
		`{"agentRuntimeVersion": "1", "agentRuntimeArtifact.containerConfiguration.containerUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/bot:1"}`)
	if all := w.do("ListAgentRuntimeVersions", fmt.Sprintf(`{"agentRuntimeId": %q}`, id)).Objects("agentRuntimes"); len(all) != 2 {
		t.Errorf("versions = %v", all)
	}
	w.refused(admin, "DeleteAgentRuntime", fmt.Sprintf(`{"agentRuntimeId": %q}`, id), "ConflictException")
	w.refused(admin, "DeleteAgentRuntimeEndpoint", at("DEFAULT"), "ConflictException")
	w.refused(admin, "DeleteWorkloadIdentity", fmt.Sprintf(`{"name": %q}`, id), "ValidationException")
	w.do("DeleteAgentRuntimeEndpoint", at("live"))
	w.do("DeleteAgentRuntime", fmt.Sprintf(`{"agentRuntimeId": %q}`, id))
	w.refused(admin, "GetWorkloadIdentity", fmt.Sprintf(`{"name": %q}`, id), "ResourceNotFoundException")
}

// The keys of volumes are validated.
func TestVolumeKeys(t *testing.T) {
	w := newWorld(t)
	input := `{"name": "fleet", "permissionsConfiguration": {"capacityProviderOperatorRoleArn": %q}, "computeConfiguration": {"ec2Configuration": {
	  "launchTemplateSource": {"launchParameters": {"operatingSystem": "LINUX_ARM64", "instanceRequirements": {"allowedInstanceTypes": ["m7g.large"]}%s}},
	  "vpcConfiguration": {"subnets": ["subnet-12345678"], "securityGroups": ["sg-12345678"]}%s}}}`
	for place, volumes := range map[string][2]string{
		"root":       {"", `, "rootVolume": {"encrypted": true, "kmsKeyId": %q}`},
		"persistent": {"", `, "volumes": [{"ebsConfiguration": {"name": "v", "sizeGiB": 8, "kmsKeyId": %q}}]`},
		"ephemeral":  {`, "ephemeralVolumes": [{"deviceName": "/dev/sdb", "ebs": {"kmsKeyId": %q}}]`, ""},
	} {
		t.Run(place, func(t *testing.T) {
			fill := func(key string) string {
				for i := range volumes {
					if volumes[i] != "" {
						filled := volumes
						filled[i] = fmt.Sprintf(volumes[i], key)
						return fmt.Sprintf(input, role, filled[0], filled[1])
					}
				}
				return ""
			}
			w.refused(keyless, "CreateCapacityProvider", fill(w.key()), "AccessDeniedException")
			id := w.do("CreateCapacityProvider", fill(w.key())).Text("capacityProviderId")
			w.do("DeleteCapacityProvider", fmt.Sprintf(`{"capacityProviderId": %q}`, id))
		})
	}
}

func TestInsightStore(t *testing.T) {
	w := newWorld(t)
	list := w.do("ListAgentInsightStores", "{}").Objects("agentInsightStores")
	if len(list) != 1 {
		t.Fatalf("stores = %v", list)
	}
	same(t, "store", list[0], `{"status": "ACTIVE", "encryptionConfiguration": {"mode": "AWS_OWNED_KMS_KEY"}}`)
	update := `{"agentInsightStoreId": "default", "encryptionConfiguration": {"mode": "CUSTOMER_MANAGED_KMS"%s}}`
	w.refused(admin, "UpdateAgentInsightStore", fmt.Sprintf(update, ""), "ValidationException")
	same(t, "update", w.do("UpdateAgentInsightStore", fmt.Sprintf(update, fmt.Sprintf(`, "kmsKeyArn": %q`, w.key()))), `{"status": "UPDATING"}`)
	same(t, "store", w.do("GetAgentInsightStore", `{"agentInsightStoreId": "default"}`), fmt.Sprintf(`{"status": "ACTIVE", "encryptionConfiguration": {"mode": "CUSTOMER_MANAGED_KMS", "kmsKeyArn": %q}}`, w.key()))
}

func TestResourcePolicies(t *testing.T) {
	w := newWorld(t)
	arn := w.do("CreateGateway", fmt.Sprintf(`{"name": "Desk", "roleArn": %q, "authorizerType": "AWS_IAM"}`, role)).Text("gatewayArn")
	named := fmt.Sprintf(`{"resourceArn": %q}`, arn)
	w.refused(admin, "GetResourcePolicy", named, "ResourceNotFoundException")
	w.refused(admin, "PutResourcePolicy", fmt.Sprintf(`{"resourceArn": %q, "policy": "{"}`, arn), "ValidationException")
	w.do("PutResourcePolicy", fmt.Sprintf(`{"resourceArn": %q, "policy": "{\"Version\":\"2012-10-17\"}"}`, arn))
	same(t, "policy", w.do("GetResourcePolicy", named), `{"policy": "{\"Version\":\"2012-10-17\"}"}`)
	w.do("DeleteResourcePolicy", named)
	w.refused(admin, "GetResourcePolicy", named, "ResourceNotFoundException")
}

// Pages have the size that is asked for, and their tokens are those of one list.
func TestPages(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.do("CreateWorkloadIdentity", fmt.Sprintf(`{"name": "robot%d"}`, i))
	}
	first := w.do("ListWorkloadIdentities", `{"maxResults": 2}`)
	second := w.do("ListWorkloadIdentities", fmt.Sprintf(`{"maxResults": 2, "nextToken": %q}`, first.Text("nextToken")))
	if a, b := first.Objects("workloadIdentities"), second.Objects("workloadIdentities"); len(a) != 2 || len(b) != 1 || b[0].Text("name") != "robot2" || second.Has("nextToken") {
		t.Errorf("pages = %v, %v", first, second)
	}
	w.refused(admin, "ListGateways", fmt.Sprintf(`{"nextToken": %q}`, first.Text("nextToken")), "ValidationException")
}

// What was made is there after a restart, and readable with its key.
func TestRestart(t *testing.T) {
	dir, id := t.TempDir(), ""
	for start := range 2 {
		p := localtest.OpenKept(t, dir, estate)
		w := &world{p, t, p.API("bedrock-agentcore-control", admin)}
		if start == 0 {
			id = w.do("CreateMemory", fmt.Sprintf(`{"name": "recall", "description": "hush", "eventExpiryDuration": 30, "encryptionKeyArn": %q, "tags": {"team": "ml"}}`, w.key())).Text("memory.id")
		} else {
			out := w.do("GetMemory", fmt.Sprintf(`{"memoryId": %q}`, id))
			same(t, "memory", out, `{"memory.description": "hush", "memory.eventExpiryDuration": 30, "memory.status": "ACTIVE"}`)
			same(t, "tags", w.do("ListTagsForResource", fmt.Sprintf(`{"resourceArn": %q}`, out.Text("memory.arn"))), `{"tags": {"team": "ml"}}`)
		}
		p.Close()
	}
}
