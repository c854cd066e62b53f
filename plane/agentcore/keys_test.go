package agentcore_test

import (
	"fmt"
	"strings"
	"testing"
)

// keyed is a kind with a key, and what must happen to it.
type keyed struct {
	name string
	// create makes it with KEY; id is where the answer has what ID stands for in the others.
	create, input, id string
	// read needs the key and answers the secret; metadata does not. An empty one: there is none.
	read, readInput   string
	metadata, without string
	list, items       string
	// secret is a member of what read answers, with its value.
	secret, value string
}

const secretText = `forbid(principal, action, resource);`

var keyedKinds = []keyed{
	{
		name: "gateway", create: "CreateGateway", id: "gatewayId",
		input: `{"name": "Desk", "roleArn": "ROLE", "authorizerType": "AWS_IAM", "protocolType": "MCP", "kmsKeyArn": "KEY", "protocolConfiguration": {"mcp": {"instructions": "hush"}}}`,
		read:  "GetGateway", readInput: `{"gatewayIdentifier": "ID"}`, list: "ListGateways", items: "items", secret: "protocolConfiguration.mcp.instructions", value: "hush",
	},
	{
		name: "memory", create: "CreateMemory", id: "memory.id", input: `{"name": "recall", "description": "hush", "eventExpiryDuration": 30, "encryptionKeyArn": "KEY"}`,
		read: "GetMemory", readInput: `{"memoryId": "ID"}`, metadata: "GetMemory", without: `{"memoryId": "ID", "view": "without_decryption"}`,
		list: "ListMemories", items: "memories", secret: "memory.description", value: "hush",
	},
	{
		name: "policy engine", create: "CreatePolicyEngine", id: "policyEngineId", input: `{"name": "engine", "description": "hush", "encryptionKeyArn": "KEY"}`,
		read: "GetPolicyEngine", readInput: `{"policyEngineId": "ID"}`, metadata: "GetPolicyEngineSummary", without: `{"policyEngineId": "ID"}`,
		list: "ListPolicyEngineSummaries", items: "policyEngines", secret: "description", value: "hush",
	},
	{
		name: "evaluator", create: "CreateEvaluator", id: "evaluatorId",
		input: `{"evaluatorName": "polite", "level": "TRACE", "kmsKeyArn": "KEY", "evaluatorConfig": {"llmAsAJudge": {"instructions": "hush", "ratingScale": {"categorical": [{"label": "bad", "definition": "b"}]}, "modelConfig": {"bedrockEvaluatorModelConfig": {"modelId": "m"}}}}}`,
		read:  "GetEvaluator", readInput: `{"evaluatorId": "ID"}`, metadata: "GetEvaluator", without: `{"evaluatorId": "ID", "includedData": "METADATA_ONLY"}`,
		list: "ListEvaluators", items: "evaluators", secret: "evaluatorConfig.llmAsAJudge.instructions", value: "hush",
	},
	{
		name: "configuration bundle", create: "CreateConfigurationBundle", id: "bundleId", input: `{"bundleName": "tuning", "kmsKeyArn": "KEY", "components": {"c": {"configuration": {"a": "hush"}}}}`,
		read: "GetConfigurationBundle", readInput: `{"bundleId": "ID"}`, list: "ListConfigurationBundles", items: "bundles",
	},
	{
		name: "dataset", create: "CreateDataset", id: "datasetId", input: `{"datasetName": "cases", "kmsKeyArn": "KEY", "schemaType": "AGENTCORE_EVALUATION_PREDEFINED_V1", "source": {"inlineExamples": {"examples": [{"turns": "hush"}]}}}`,
		read: "ListDatasetExamples", readInput: `{"datasetId": "ID"}`, metadata: "GetDataset", without: `{"datasetId": "ID"}`, list: "ListDatasets", items: "datasets",
	},
	{
		name: "payment manager", create: "CreatePaymentManager", id: "paymentManagerId", input: `{"name": "Till", "description": "hush", "authorizerType": "AWS_IAM", "roleArn": "ROLE", "kmsKeyArn": "KEY"}`,
		read: "GetPaymentManager", readInput: `{"paymentManagerId": "ID"}`, list: "ListPaymentManagers", items: "paymentManagers", secret: "description", value: "hush",
	},
}

// What a kind holds in confidence is read with the key, and not without: with a caller who may
// not, with a key that is disabled, and never more when the key is gone.
func TestKeys(t *testing.T) {
	for _, k := range keyedKinds {
		t.Run(k.name, func(t *testing.T) {
			w := newWorld(t)
			input := strings.NewReplacer("ROLE", role, "KEY", w.key()).Replace(k.input)
			out := w.do(k.create, input)
			id := out.Text(k.id)
			fill := strings.NewReplacer("ID", id)
			read := fill.Replace(k.readInput)
			if got := w.do(k.read, read); k.secret != "" && got.Text(k.secret) != k.value {
				t.Errorf("%s: %s = %q", k.read, k.secret, got.Text(k.secret))
			}
			if k.name != "gateway" && k.name != "dataset" { // whose key others use than the caller
				w.refused(keyless, k.create, strings.Replace(input, "me\": \"", "me\": \"x", 1), "AccessDeniedException")
				w.refused(keyless, k.read, read, "AccessDeniedException")
			}
			w.DisableKey(account, region, "alias/content")
			message := w.refused(admin, k.read, read, "ValidationException")
			if want := w.key() + " is disabled."; message != want {
				t.Errorf("message = %q, want %q", message, want)
			}
			w.refused(admin, k.create, strings.Replace(input, "me\": \"", "me\": \"x", 1), "ValidationException")
			k.open(t, w, fill, id)
			w.EnableKey(account, region, "alias/content")
			w.do(k.read, read)
			key := w.key()
			w.DeleteKey(account, region, "alias/content")
			message = w.refused(admin, k.read, read, "ValidationException")
			if want := "Key '" + key + "' does not exist"; message != want {
				t.Errorf("message = %q, want %q", message, want)
			}
			k.open(t, w, fill, id)
		})
	}
}

// open asserts that what needs no key works.
func (k *keyed) open(t *testing.T, w *world, fill *strings.Replacer, id string) {
	t.Helper()
	if k.metadata != "" {
		got := w.do(k.metadata, fill.Replace(k.without))
		if k.secret != "" && got.Has(k.secret) {
			t.Errorf("%s shows %s", k.metadata, k.secret)
		}
	}
	items := w.do(k.list, "{}").Objects(k.items)
	if len(items) != 1 {
		t.Fatalf("%s has %d entries", k.list, len(items))
	}
	if k.name == "payment manager" {
		same(t, "list", items[0], `{"name": "[UNAVAILABLE]", "description": "[UNAVAILABLE]"}`)
	}
	if k.name == "policy engine" {
		w.refused(admin, "ListPolicyEngines", "{}", "ValidationException")
	}
}

// A new key: the service reads under the old one and writes under the new one.
func TestRotation(t *testing.T) {
	w := newWorld(t)
	id := w.do("CreateEvaluator", fmt.Sprintf(`{"evaluatorName": "polite", "level": "TRACE", "kmsKeyArn": %q, "evaluatorConfig": {"llmAsAJudge": {"instructions": "hush", "ratingScale": {"categorical": [{"label": "bad", "definition": "b"}]}, "modelConfig": {"bedrockEvaluatorModelConfig": {"modelId": "m"}}}}}`, w.key())).Text("evaluatorId")
	rotate := fmt.Sprintf(`{"evaluatorId": %q, "kmsKeyArn": %q}`, id, w.next())
	get := fmt.Sprintf(`{"evaluatorId": %q}`, id)

	w.DisableKey(account, region, "alias/content")
	w.refused(admin, "UpdateEvaluator", rotate, "ValidationException")
	// An update that touches nothing under the key needs no key.
	w.do("UpdateEvaluator", fmt.Sprintf(`{"evaluatorId": %q, "level": "SESSION"}`, id))
	w.EnableKey(account, region, "alias/content")
	w.do("UpdateEvaluator", rotate)
	w.DisableKey(account, region, "alias/content")
	same(t, "evaluator", w.do("GetEvaluator", get), fmt.Sprintf(`{"kmsKeyArn": %q, "level": "SESSION", "evaluatorConfig.llmAsAJudge.instructions": "hush"}`, w.next()))
	w.DisableKey(account, region, "alias/next")
	w.refused(admin, "GetEvaluator", get, "ValidationException")
}

// The key of a payment manager can be added, but not changed.
func TestOnce(t *testing.T) {
	w := newWorld(t)
	id := w.do("CreatePaymentManager", fmt.Sprintf(`{"name": "Till", "authorizerType": "AWS_IAM", "roleArn": %q}`, role)).Text("paymentManagerId")
	connector := w.do("CreatePaymentConnector", fmt.Sprintf(`{"paymentManagerId": %q, "name": "Coins", "type": "CoinbaseCDP"}`, id)).Text("paymentConnectorId")
	w.do("UpdatePaymentManager", fmt.Sprintf(`{"paymentManagerId": %q, "kmsKeyArn": %q}`, id, w.key()))
	w.refused(admin, "UpdatePaymentManager", fmt.Sprintf(`{"paymentManagerId": %q, "kmsKeyArn": %q}`, id, w.next()), "ValidationException")
	// What was there before is not under the new key.
	w.DisableKey(account, region, "alias/content")
	same(t, "connector", w.do("GetPaymentConnector", fmt.Sprintf(`{"paymentManagerId": %q, "paymentConnectorId": %q}`, id, connector)), `{"name": "Coins"}`)
	w.refused(admin, "GetPaymentManager", fmt.Sprintf(`{"paymentManagerId": %q}`, id), "ValidationException")
	w.refused(admin, "DeletePaymentManager", fmt.Sprintf(`{"paymentManagerId": %q}`, id), "ConflictException")
}

// UpdateGateway resets what it does not name, the key among it.
func TestGatewayReset(t *testing.T) {
	w := newWorld(t)
	made := w.do("CreateGateway", fmt.Sprintf(`{"name": "Desk", "description": "d", "roleArn": %q, "authorizerType": "AWS_IAM", "protocolType": "MCP", "exceptionLevel": "DEBUG", "kmsKeyArn": %q,
	  "protocolConfiguration": {"mcp": {"instructions": "hush"}}, "policyEngineConfiguration": {"arn": "arn:aws:bedrock-agentcore:eu-west-1:111122223333:policy-engine/e-0123456789", "mode": "LOG_ONLY"}}`, role, w.key()))
	id := made.Text("gatewayId")
	w.do("UpdateGateway", fmt.Sprintf(`{"gatewayIdentifier": %q, "name": "Desk", "roleArn": %q, "authorizerType": "AWS_IAM"}`, id, role))
	w.DisableKey(account, region, "alias/content")
	got := w.do("GetGateway", fmt.Sprintf(`{"gatewayIdentifier": %q}`, id))
	same(t, "gateway", got, `{"kmsKeyArn": null, "description": null, "protocolType": null, "protocolConfiguration": null, "policyEngineConfiguration": null, "exceptionLevel": null, "name": "Desk"}`)
	for _, name := range []string{"gatewayUrl", "gatewayArn", "workloadIdentityDetails", "createdAt"} {
		if a, b := fmt.Sprint(got[name]), fmt.Sprint(made[name]); a != b {
			t.Errorf("%s = %s, want %s", name, a, b)
		}
	}
}

// The parts of a gateway and of a policy engine are under its key.
func TestParts(t *testing.T) {
	w := newWorld(t)
	gateway := w.do("CreateGateway", fmt.Sprintf(`{"name": "Desk", "roleArn": %q, "authorizerType": "AWS_IAM", "kmsKeyArn": %q}`, role, w.key())).Text("gatewayId")
	target := w.do("CreateGatewayTarget", fmt.Sprintf(`{"gatewayIdentifier": %q, "name": "tool", "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://example.com/mcp"}}}}`, gateway)).Text("targetId")
	engine := w.do("CreatePolicyEngine", fmt.Sprintf(`{"name": "engine", "encryptionKeyArn": %q}`, w.key())).Text("policyEngineId")
	policy := w.do("CreatePolicy", fmt.Sprintf(`{"policyEngineId": %q, "name": "p", "definition": {"cedar": {"statement": %q}}}`, engine, secretText)).Text("policyId")
	w.refused(admin, "DeleteGateway", fmt.Sprintf(`{"gatewayIdentifier": %q}`, gateway), "ConflictException")
	w.refused(admin, "DeletePolicyEngine", fmt.Sprintf(`{"policyEngineId": %q}`, engine), "ConflictException")

	w.DisableKey(account, region, "alias/content")
	inEngine := fmt.Sprintf(`"policyEngineId": %q`, engine)
	w.refused(admin, "GetGatewayTarget", fmt.Sprintf(`{"gatewayIdentifier": %q, "targetId": %q}`, gateway, target), "ValidationException")
	w.refused(admin, "GetPolicy", fmt.Sprintf(`{%s, "policyId": %q}`, inEngine, policy), "ValidationException")
	w.refused(admin, "ListPolicies", "{"+inEngine+"}", "ValidationException")
	same(t, "targets", w.do("ListGatewayTargets", fmt.Sprintf(`{"gatewayIdentifier": %q}`, gateway)).Objects("items")[0], `{"name": "tool", "status": "READY"}`)
	same(t, "policies", w.do("ListPolicySummaries", "{"+inEngine+"}").Objects("policies")[0], `{"name": "p", "definition": null}`)
	same(t, "policy", w.do("GetPolicySummary", fmt.Sprintf(`{%s, "policyId": %q}`, inEngine, policy)), `{"name": "p", "enforcementMode": "ACTIVE"}`)
}
