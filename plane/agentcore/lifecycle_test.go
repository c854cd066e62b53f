package agentcore_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
)

// life is the life of a resource of one kind. In inputs ID stands for its id, PARENT for that
// of its parent, and ROLE for a role.
type life struct {
	noun, plural, items string
	// parent makes what it is a part of; empty: it is part of nothing. parentID is the member of
	// the answer with its id.
	parent, parentInput, parentID string
	create                        string
	// id is the member of the answer with the id, and arn that with the ARN; the ARN matches.
	id, arn, form string
	// named are the members that name it in inputs.
	named           string
	during, ready   string
	wrap            string
	shown           string // members of Get after creating
	update, updated string // an update, and members of Get after it
	updating, list  string // the status in the answer of an update; members of the list's entry
	noTags          bool
}

const gatewayInput = `{"name": "Desk", "roleArn": "ROLE", "authorizerType": "AWS_IAM", "protocolType": "MCP"}`

var lives = []life{
	{
		noun: "Gateway", plural: "Gateways", items: "items", create: gatewayInput,
		id: "gatewayId", arn: "gatewayArn", form: `gateway/desk-[0-9a-z]{10}`, named: `"gatewayIdentifier": "ID"`, during: "CREATING", ready: "READY",
		shown:  `{"name": "Desk", "roleArn": "ROLE", "authorizerType": "AWS_IAM", "protocolType": "MCP"}`,
		update: `"name": "Desk", "roleArn": "ROLE", "authorizerType": "NONE"`, updated: `{"authorizerType": "NONE", "protocolType": null}`,
		updating: "UPDATING", list: `{"name": "Desk", "status": "READY"}`,
	},
	{
		noun: "GatewayTarget", plural: "GatewayTargets", items: "items", parent: "CreateGateway", parentInput: gatewayInput, parentID: "gatewayId",
		create: `{"gatewayIdentifier": "PARENT", "name": "tool", "description": "d", "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://example.com/mcp"}}}}`,
		id:     "targetId", named: `"gatewayIdentifier": "PARENT", "targetId": "ID"`, during: "CREATING", ready: "READY", noTags: true,
		shown:  `{"name": "tool", "description": "d", "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://example.com/mcp"}}}, "credentialProviderConfigurations": []}`,
		update: `"name": "tool", "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://example.com/2"}}}`,
		// What an update leaves out is gone.
		updated: `{"description": null, "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://example.com/2"}}}}`, updating: "UPDATING", list: `{"name": "tool"}`,
	},
	{
		noun: "GatewayRule", plural: "GatewayRules", items: "gatewayRules", parent: "CreateGateway", parentInput: gatewayInput, parentID: "gatewayId",
		create: `{"gatewayIdentifier": "PARENT", "priority": 7, "description": "d", "actions": [{"routeToTarget": {"staticRoute": {"targetName": "t"}}}]}`,
		id:     "ruleId", named: `"gatewayIdentifier": "PARENT", "ruleId": "ID"`, during: "CREATING", ready: "ACTIVE", noTags: true,
		shown:  `{"priority": 7, "description": "d"}`,
		update: `"priority": 8`, updated: `{"priority": 8, "description": "d"}`, updating: "UPDATING", list: `{"priority": 8}`,
	},
	{
		noun: "GatewayRateLimit", plural: "GatewayRateLimits", items: "rateLimits", parent: "CreateGateway", parentInput: gatewayInput, parentID: "gatewayId",
		create: `{"gatewayIdentifier": "PARENT", "rateLimitId": "limit-1", "dimensionKeys": ["toolName"], "entries": [{"dimensions": {"toolName": "a"}, "requests": [{"rate": 10.5, "period": "minute"}]}]}`,
		id:     "rateLimitId", named: `"gatewayIdentifier": "PARENT", "rateLimitId": "ID"`, during: "CREATING", ready: "ACTIVE", noTags: true,
		shown:  `{"rateLimitId": "limit-1"}`,
		update: `"entries": [{"dimensions": {"toolName": "b"}}]`, updated: `{"entries": [{"dimensions": {"toolName": "b"}}]}`, updating: "UPDATING", list: `{"rateLimitId": "limit-1"}`,
	},
	{
		noun: "PolicyEngine", plural: "PolicyEngines", items: "policyEngines", create: `{"name": "engine", "description": "d"}`,
		id: "policyEngineId", arn: "policyEngineArn", form: `policy-engine/engine-[a-z0-9_]{10}`, named: `"policyEngineId": "ID"`, during: "CREATING", ready: "ACTIVE",
		shown: `{"name": "engine", "description": "d", "statusReasons": []}`, update: `"description": {"optionalValue": "e"}`, updated: `{"description": "e"}`,
		updating: "UPDATING", list: `{"description": "e"}`,
	},
	{
		noun: "Policy", plural: "Policies", items: "policies", parent: "CreatePolicyEngine", parentInput: `{"name": "engine"}`, parentID: "policyEngineId",
		create: `{"policyEngineId": "PARENT", "name": "forbid", "description": "d", "definition": {"cedar": {"statement": "forbid(principal, action, resource);"}}}`,
		id:     "policyId", arn: "policyArn", form: `policy-engine/engine-[a-z0-9_]{10}/policy/forbid-[a-z0-9_]{10}`, named: `"policyEngineId": "PARENT", "policyId": "ID"`,
		during: "CREATING", ready: "ACTIVE", noTags: true,
		shown: `{"definition": {"cedar": {"statement": "forbid(principal, action, resource);"}}, "enforcementMode": "ACTIVE", "description": "d"}`,
		// A wrapper without a value takes it away; what is left out stays.
		update: `"description": {}`, updated: `{"description": null, "definition": {"cedar": {"statement": "forbid(principal, action, resource);"}}}`, updating: "UPDATING",
		list: `{"name": "forbid", "definition": {"cedar": {"statement": "forbid(principal, action, resource);"}}}`,
	},
	{
		noun: "Memory", plural: "Memories", items: "memories", wrap: "memory",
		create: `{"name": "recall", "description": "d", "eventExpiryDuration": 30, "memoryStrategies": [{"semanticMemoryStrategy": {"name": "facts", "namespaces": ["/facts"]}}]}`,
		id:     "id", arn: "arn", form: `memory/recall-[a-zA-Z0-9]{10}`, named: `"memoryId": "ID"`, during: "CREATING", ready: "ACTIVE",
		shown:  `{"name": "recall", "description": "d", "eventExpiryDuration": 30}`,
		update: `"eventExpiryDuration": 60`, updated: `{"eventExpiryDuration": 60, "description": "d"}`, updating: "UPDATING", list: `{"status": "ACTIVE"}`,
	},
	{
		noun: "Harness", plural: "Harnesses", items: "harnesses", wrap: "harness",
		create: `{"harnessName": "rig", "executionRoleArn": "ROLE", "maxIterations": 3, "systemPrompt": [{"text": "be brief"}], "memory": {"disabled": {}}}`,
		id:     "harnessId", arn: "arn", form: `harness/rig-[a-zA-Z0-9]{10}`, named: `"harnessId": "ID"`, during: "CREATING", ready: "READY",
		shown:  `{"harnessVersion": "1", "maxIterations": 3, "memory": {"disabled": {}}, "systemPrompt": [{"text": "be brief"}], "tools": []}`,
		update: `"maxIterations": 4, "memory": {}`, updated: `{"harnessVersion": "2", "maxIterations": 4, "memory": null, "systemPrompt": [{"text": "be brief"}]}`,
		updating: "UPDATING", list: `{"harnessName": "rig", "harnessVersion": "2"}`,
	},
	{
		noun: "HarnessEndpoint", plural: "HarnessEndpoints", items: "endpoints", wrap: "endpoint", parent: "CreateHarness", parentID: "harness.harnessId",
		parentInput: `{"harnessName": "rig", "executionRoleArn": "ROLE"}`, create: `{"harnessId": "PARENT", "endpointName": "live"}`,
		id: "endpointName", arn: "arn", form: `harness/rig-[a-zA-Z0-9]{10}/harness-endpoint/live`, named: `"harnessId": "PARENT", "endpointName": "ID"`, during: "CREATING", ready: "READY",
		shown: `{"harnessName": "rig", "liveVersion": "1", "targetVersion": "1"}`, update: `"description": "d"`, updated: `{"description": "d"}`, updating: "UPDATING", list: `{"description": "d"}`,
	},
	{
		noun: "Evaluator", plural: "Evaluators", items: "evaluators",
		create: `{"evaluatorName": "polite", "description": "d", "level": "TRACE", "evaluatorConfig": {"llmAsAJudge": {"instructions": "judge {context}", "ratingScale": {"categorical": [{"label": "bad", "definition": "b"}]}, "modelConfig": {"bedrockEvaluatorModelConfig": {"modelId": "m"}}}}}`,
		id:     "evaluatorId", arn: "evaluatorArn", form: `evaluator/polite-[a-zA-Z0-9]{10}`, named: `"evaluatorId": "ID"`, during: "CREATING", ready: "ACTIVE",
		shown: `{"evaluatorType": "Custom", "level": "TRACE", "description": "d", "lockedForModification": false,
		  "evaluatorConfig": {"llmAsAJudge": {"instructions": "judge {context}", "ratingScale": {"categorical": [{"label": "bad", "definition": "b"}]}, "modelConfig": {"bedrockEvaluatorModelConfig": {"modelId": "m"}}}}}`,
		update: `"level": "SESSION"`, updated: `{"level": "SESSION", "evaluatorConfig.llmAsAJudge.instructions": "judge {context}"}`, updating: "UPDATING", list: `{"evaluatorName": "polite", "evaluatorType": "Custom"}`,
	},
	{
		noun: "OnlineEvaluationConfig", plural: "OnlineEvaluationConfigs", items: "onlineEvaluationConfigs",
		create: `{"onlineEvaluationConfigName": "watch", "rule": {"samplingConfig": {"samplingPercentage": 10}}, "evaluators": [{"evaluatorId": "Builtin.Helpfulness"}],
		  "dataSourceConfig": {"cloudWatchLogs": {"logGroupNames": ["/a"], "serviceNames": ["s"]}}, "evaluationExecutionRoleArn": "ROLE", "enableOnCreate": true}`,
		id: "onlineEvaluationConfigId", arn: "onlineEvaluationConfigArn", form: `online-evaluation-config/watch-[a-zA-Z0-9]{10}`, named: `"onlineEvaluationConfigId": "ID"`,
		during: "CREATING", ready: "ACTIVE", shown: `{"executionStatus": "ENABLED"}`, update: `"executionStatus": "DISABLED"`, updated: `{"executionStatus": "DISABLED"}`, updating: "UPDATING",
		list: `{"onlineEvaluationConfigName": "watch", "executionStatus": "DISABLED"}`,
	},
	{
		noun: "Dataset", plural: "Datasets", items: "datasets",
		create: `{"datasetName": "cases", "description": "d", "schemaType": "AGENTCORE_EVALUATION_PREDEFINED_V1", "source": {"inlineExamples": {"examples": [{"turns": [1, 2.5]}]}}}`,
		id:     "datasetId", arn: "datasetArn", form: `dataset/cases-[a-zA-Z0-9]{10}`, named: `"datasetId": "ID"`, during: "CREATING", ready: "ACTIVE",
		shown:  `{"datasetVersion": "DRAFT", "draftStatus": "MODIFIED", "exampleCount": 1, "description": "d"}`,
		update: `"description": "e"`, updated: `{"description": "e", "exampleCount": 1}`, list: `{"datasetName": "cases", "exampleCount": 1}`,
	},
	{
		noun: "ConfigurationBundle", plural: "ConfigurationBundles", items: "bundles", create: `{"bundleName": "tuning", "description": "d", "components": {"c": {"configuration": {"a": 1}}}}`,
		id: "bundleId", arn: "bundleArn", form: `configuration-bundle/tuning-[a-zA-Z0-9]{10}`, named: `"bundleId": "ID"`,
		shown: `{"bundleName": "tuning", "components": {"c": {"configuration": {"a": 1}}}, "lineageMetadata": {"branchName": "mainline"}}`, list: `{"bundleName": "tuning", "description": "d"}`,
	},
	{
		noun: "ApiKeyCredentialProvider", plural: "ApiKeyCredentialProviders", items: "credentialProviders", create: `{"name": "weather", "apiKey": "hunter2"}`,
		id: "name", arn: "credentialProviderArn", form: `token-vault/default/apikeycredentialprovider/weather`, named: `"name": "ID"`,
		shown: `{"apiKeySecretSource": "MANAGED", "apiKey": null}`, update: `"apiKey": "hunter3"`, updated: `{"apiKeySecretSource": "MANAGED"}`, list: `{"name": "weather"}`,
	},
	{
		noun: "Oauth2CredentialProvider", plural: "Oauth2CredentialProviders", items: "credentialProviders",
		create: `{"name": "mail", "credentialProviderVendor": "GoogleOauth2", "oauth2ProviderConfigInput": {"googleOauth2ProviderConfig": {"clientId": "c", "clientSecret": "hunter2"}}}`,
		id:     "name", arn: "credentialProviderArn", form: `token-vault/default/oauth2credentialprovider/mail`, named: `"name": "ID"`,
		noTags: true, // by the SDK, in TestSDKTags: the model's pattern refuses the ARN
		shown:  `{"clientSecretSource": "MANAGED", "credentialProviderVendor": "GoogleOauth2", "oauth2ProviderConfigOutput": {"googleOauth2ProviderConfig": {"clientId": "c"}}}`, list: `{"name": "mail"}`,
	},
	{
		noun: "PaymentCredentialProvider", plural: "PaymentCredentialProviders", items: "credentialProviders",
		create: `{"name": "purse", "credentialProviderVendor": "CoinbaseCDP", "providerConfigurationInput": {"coinbaseCdpConfiguration": {"apiKeyId": "k", "apiKeySecret": "hunter2", "walletSecret": "hunter3"}}}`,
		id:     "name", arn: "credentialProviderArn", form: `token-vault/default/paymentcredentialprovider/purse`, named: `"name": "ID"`,
		shown: `{"credentialProviderVendor": "CoinbaseCDP", "providerConfigurationOutput.coinbaseCdpConfiguration.apiKeyId": "k"}`, list: `{"name": "purse"}`,
	},
	{
		noun: "WorkloadIdentity", plural: "WorkloadIdentities", items: "workloadIdentities", create: `{"name": "robot", "allowedResourceOauth2ReturnUrls": ["https://example.com"]}`,
		id: "name", arn: "workloadIdentityArn", form: `workload-identity-directory/default/workload-identity/robot`, named: `"name": "ID"`,
		shown:  `{"allowedResourceOauth2ReturnUrls": ["https://example.com"]}`,
		update: `"allowedResourceOauth2ReturnUrls": ["https://example.org"]`, updated: `{"allowedResourceOauth2ReturnUrls": ["https://example.org"]}`, list: `{"name": "robot"}`,
	},
	{
		noun: "PaymentManager", plural: "PaymentManagers", items: "paymentManagers", create: `{"name": "Till", "description": "d", "authorizerType": "AWS_IAM", "roleArn": "ROLE"}`,
		id: "paymentManagerId", arn: "paymentManagerArn", form: `payment-manager/till-[0-9a-z]{10}`, named: `"paymentManagerId": "ID"`, during: "CREATING", ready: "READY",
		shown: `{"name": "Till", "description": "d"}`, update: `"description": "e"`, updated: `{"name": "Till", "description": "e"}`, updating: "UPDATING", list: `{"name": "Till", "description": "e"}`,
	},
	{
		noun: "PaymentConnector", plural: "PaymentConnectors", items: "paymentConnectors", parent: "CreatePaymentManager", parentID: "paymentManagerId",
		parentInput: `{"name": "Till", "authorizerType": "AWS_IAM", "roleArn": "ROLE"}`, create: `{"paymentManagerId": "PARENT", "name": "Coins", "type": "CoinbaseCDP"}`,
		id: "paymentConnectorId", named: `"paymentManagerId": "PARENT", "paymentConnectorId": "ID"`, during: "CREATING", ready: "READY", noTags: true,
		shown: `{"name": "Coins", "provisionMode": "MANUAL", "credentialProviderConfigurations": []}`, update: `"description": "d"`, updated: `{"name": "Coins", "description": "d"}`, updating: "UPDATING", list: `{"name": "Coins"}`,
	},
	{
		noun: "CapacityProvider", plural: "CapacityProviders", items: "capacityProviders",
		create: `{"name": "fleet", "description": "d", "permissionsConfiguration": {"capacityProviderOperatorRoleArn": "ROLE"}, "computeConfiguration": {"ec2Configuration": {
		  "launchTemplateSource": {"launchParameters": {"operatingSystem": "LINUX_ARM64", "instanceRequirements": {"allowedInstanceTypes": ["m7g.large"]}}}, "vpcConfiguration": {"subnets": ["subnet-12345678"], "securityGroups": ["sg-12345678"]}}}}`,
		id: "capacityProviderId", arn: "capacityProviderArn", form: `capacity-provider/fleet-[a-zA-Z0-9]{10}`, named: `"capacityProviderId": "ID"`, during: "CREATING", ready: "READY",
		shown: `{"description": "d"}`, update: `"description": {}`, updated: `{"description": null, "name": "fleet"}`, updating: "UPDATING", list: `{"name": "fleet"}`,
	},
	{
		noun: "AgentRuntime", plural: "AgentRuntimes", items: "agentRuntimes",
		create: `{"agentRuntimeName": "bot", "description": "d", "roleArn": "ROLE", "networkConfiguration": {"networkMode": "PUBLIC"}, "agentRuntimeArtifact": {"containerConfiguration": {"containerUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/bot:1"}}}`,
		id:     "agentRuntimeId", arn: "agentRuntimeArn", form: `runtime/bot-[a-zA-Z0-9]{10}`, named: `"agentRuntimeId": "ID"`, during: "CREATING", ready: "READY",
		shown:   `{"agentRuntimeVersion": "1", "description": "d", "lifecycleConfiguration": {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800}}`,
		update:  `"roleArn": "ROLE", "agentRuntimeArtifact": {"containerConfiguration": {"containerUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/bot:2"}}`,
		updated: `{"agentRuntimeVersion": "2", "description": null, "networkConfiguration": null, "agentRuntimeName": "bot"}`, updating: "UPDATING",
		list: `{"agentRuntimeName": "bot", "agentRuntimeVersion": "2"}`,
	},
	{
		noun: "Browser", plural: "Browsers", items: "browserSummaries", create: `{"name": "surf", "description": "d", "executionRoleArn": "ROLE", "networkConfiguration": {"networkMode": "PUBLIC"}}`,
		id: "browserId", arn: "browserArn", form: `browser-custom/surf-[a-zA-Z0-9]{10}`, named: `"browserId": "ID"`, during: "CREATING", ready: "READY",
		shown: `{"description": "d", "executionRoleArn": "ROLE"}`, list: `{"name": "surf"}`,
	},
	{
		noun: "BrowserProfile", plural: "BrowserProfiles", items: "profileSummaries", create: `{"name": "surfer", "description": "d"}`,
		id: "profileId", arn: "profileArn", form: `browser-profile/surfer-[a-zA-Z0-9]{10}`, named: `"profileId": "ID"`, during: "READY", ready: "READY",
		shown: `{"description": "d"}`, list: `{"name": "surfer"}`,
	},
	{
		noun: "CodeInterpreter", plural: "CodeInterpreters", items: "codeInterpreterSummaries", create: `{"name": "calc", "networkConfiguration": {"networkMode": "SANDBOX"}}`,
		id: "codeInterpreterId", arn: "codeInterpreterArn", form: `code-interpreter-custom/calc-[a-zA-Z0-9]{10}`, named: `"codeInterpreterId": "ID"`, during: "CREATING", ready: "READY",
		shown: `{"name": "calc"}`, list: `{"name": "calc"}`,
	},
}

func (l *life) under(o wire.Object) wire.Object {
	if l.wrap != "" {
		return o.Object(l.wrap)
	}
	return o
}

// Every kind is made, shown, listed, changed, tagged and deleted.
func TestLives(t *testing.T) {
	w := newWorld(t)
	for _, l := range lives {
		t.Run(l.noun, func(t *testing.T) {
			w.t = t
			l.live(t, w)
		})
	}
}

func (l *life) live(t *testing.T, w *world) {
	fill := strings.NewReplacer("ROLE", role)
	parent := ""
	if l.parent != "" {
		parent = w.do(l.parent, fill.Replace(l.parentInput)).Text(l.parentID)
		fill = strings.NewReplacer("ROLE", role, "PARENT", parent)
	}
	made := l.under(w.do("Create"+l.noun, fill.Replace(l.create)))
	id := made.Text(l.id)
	if l.noun == "HarnessEndpoint" {
		id = "live"
	}
	if id == "" || made.Text("status") != l.during && l.during != "" {
		t.Fatalf("create = %v", made)
	}
	if l.form != "" && !regexp.MustCompile("^"+prefix+l.form+"$").MatchString(made.Text(l.arn)) {
		t.Fatalf("%s = %q", l.arn, made.Text(l.arn))
	}
	named := strings.NewReplacer("ID", id, "PARENT", parent, "ROLE", role)
	got := l.under(w.do("Get"+l.noun, "{"+named.Replace(l.named)+"}"))
	same(t, "get", got, named.Replace(l.shown))
	if got.Text("status") != l.ready && l.during != "" {
		t.Errorf("status = %q, want %q", got.Text("status"), l.ready)
	}
	if code := l.conflict(); code != "" {
		w.refused(admin, "Create"+l.noun, fill.Replace(l.create), code)
	}
	l.edited(t, w, named)
	l.tagged(t, w, made.Text(l.arn))
	l.listed(t, w, id, parent, named)
	w.do("Delete"+l.noun, "{"+named.Replace(l.named)+"}")
	w.refused(admin, "Get"+l.noun, "{"+named.Replace(l.named)+"}", "ResourceNotFoundException")
	if parent != "" {
		verb := strings.Replace(l.parent, "Create", "Delete", 1)
		w.do(verb, fmt.Sprintf(`{%q: %q}`, map[string]string{"DeleteGateway": "gatewayIdentifier", "DeletePolicyEngine": "policyEngineId", "DeleteHarness": "harnessId", "DeletePaymentManager": "paymentManagerId"}[verb], parent))
	}
}

func (l *life) conflict() string {
	switch l.noun {
	case "Memory":
		return "ValidationException"
	case "GatewayRule", "PaymentManager", "PaymentConnector": // without names, or with sealed ones
		return ""
	}
	return "ConflictException"
}

func (l *life) edited(t *testing.T, w *world, named *strings.Replacer) {
	t.Helper()
	if l.update == "" {
		return
	}
	out := l.under(w.do("Update"+l.noun, "{"+named.Replace(l.named+", "+l.update)+"}"))
	if out.Text("status") != l.updating {
		t.Errorf("update: status = %q, want %q", out.Text("status"), l.updating)
	}
	same(t, "after the update", l.under(w.do("Get"+l.noun, "{"+named.Replace(l.named)+"}")), named.Replace(l.updated))
}

func (l *life) tagged(t *testing.T, w *world, arn string) {
	t.Helper()
	if l.noTags {
		return
	}
	w.do("TagResource", fmt.Sprintf(`{"resourceArn": %q, "tags": {"team": "ml", "stage": "test"}}`, arn))
	w.do("UntagResource", fmt.Sprintf(`{"resourceArn": %q, "tagKeys": ["stage"]}`, arn))
	same(t, "tags", w.do("ListTagsForResource", fmt.Sprintf(`{"resourceArn": %q}`, arn)), `{"tags": {"team": "ml"}}`)
}

func (l *life) listed(t *testing.T, w *world, id, parent string, named *strings.Replacer) {
	t.Helper()
	input := "{}"
	if parent != "" {
		input = "{" + strings.Split(named.Replace(l.named), ",")[0] + "}"
	}
	for _, entry := range w.do("List"+l.plural, input).Objects(l.items) {
		if entry.Text(l.id) == id {
			same(t, "list", entry, l.list)
			return
		}
	}
	if l.list != "" {
		t.Errorf("the list has no %s", id)
	}
}
