package agentcore_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/catalog"
)

// bare is the seed of who has rights by key policies alone.
const bare = `accounts:
  "111122223333":
    users:
      - name: maker
        access-keys: [{id: AKIAMAKER0000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["bedrock-agentcore:*", "iam:PassRole"], Resource: "*"}]}
    roles:
      - name: agent
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock-agentcore.amazonaws.com}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/content}
`

const maker = "AKIAMAKER0000000"

// chain are calls one after the other. In inputs N stands for a number, KEY and ROLE for
// those, and ID for what the call before answered at its path.
type chain []struct{ operation, input, id string }

// needful are the slots with needs, and what must meet all of them.
var needful = map[string]chain{
	"Gateway configuration": {
		{"CreateGateway", `{"name": "DeskN", "roleArn": "ROLE", "authorizerType": "AWS_IAM", "kmsKeyArn": "KEY"}`, "gatewayId"},
		{"GetGateway", `{"gatewayIdentifier": "ID"}`, "gatewayId"},
	},
	"PolicyEngine policies": {
		{"CreatePolicyEngine", `{"name": "engineN", "encryptionKeyArn": "KEY"}`, "policyEngineId"},
		{"CreatePolicy", `{"policyEngineId": "ID", "name": "p", "definition": {"cedar": {"statement": "forbid(principal, action, resource);"}}}`, "policyEngineId"},
		{"GetPolicyEngine", `{"policyEngineId": "ID"}`, "policyEngineId"},
	},
	"Memory content": {
		{"CreateMemory", `{"name": "recallN", "eventExpiryDuration": 30, "encryptionKeyArn": "KEY"}`, "memory.id"},
		{"GetMemory", `{"memoryId": "ID"}`, "memory.id"},
	},
	"Harness memory": {
		{"CreateHarness", `{"harnessName": "rigN", "executionRoleArn": "ROLE", "memory": {"managedMemoryConfiguration": {"encryptionKeyArn": "KEY"}}}`, "harness.harnessId"},
	},
	"Evaluator content": {
		{"CreateEvaluator", `{"evaluatorName": "politeN", "level": "TRACE", "kmsKeyArn": "KEY", "evaluatorConfig": {"llmAsAJudge": {"instructions": "hush", "ratingScale": {"categorical": [{"label": "bad", "definition": "b"}]}, "modelConfig": {"bedrockEvaluatorModelConfig": {"modelId": "m"}}}}}`, "evaluatorId"},
		{"GetEvaluator", `{"evaluatorId": "ID"}`, "evaluatorId"},
		{"CreateOnlineEvaluationConfig", `{"onlineEvaluationConfigName": "watchN", "rule": {"samplingConfig": {"samplingPercentage": 10}}, "evaluators": [{"evaluatorId": "ID"}],
		  "dataSourceConfig": {"cloudWatchLogs": {"logGroupNames": ["/a"], "serviceNames": ["s"]}}, "evaluationExecutionRoleArn": "ROLE", "enableOnCreate": false}`, ""},
	},
	"ConfigurationBundle components": {
		{"CreateConfigurationBundle", `{"bundleName": "tuningN", "kmsKeyArn": "KEY", "components": {"c": {"configuration": {"a": 1}}}}`, "bundleId"},
		{"GetConfigurationBundle", `{"bundleId": "ID"}`, ""},
	},
	"Dataset examples": {
		{"CreateDataset", `{"datasetName": "casesN", "kmsKeyArn": "KEY", "schemaType": "AGENTCORE_EVALUATION_PREDEFINED_V1"}`, "datasetId"},
		{"ListDatasetExamples", `{"datasetId": "ID"}`, ""},
	},
	"PaymentManager content": {
		{"CreatePaymentManager", `{"name": "TillN", "authorizerType": "AWS_IAM", "roleArn": "ROLE", "kmsKeyArn": "KEY"}`, "paymentManagerId"},
		{"GetPaymentManager", `{"paymentManagerId": "ID"}`, ""},
	},
	"TokenVault tokens": {{"SetTokenVaultCMK", `{"kmsConfiguration": {"keyType": "CustomerManagedKey", "kmsKeyArn": "KEY"}}`, ""}},
}

func (c chain) run(w *world, number int) error {
	id := ""
	for _, call := range c {
		input := strings.NewReplacer("N\"", fmt.Sprint(number)+"\"", "KEY", w.key(), "ROLE", role, "\"ID\"", "\""+id+"\"").Replace(call.input)
		out, err := w.as(maker, call.operation, input)
		if err != nil {
			return err
		}
		id = out.Text(call.id)
	}
	return nil
}

// statement is what a key policy says for one action of a need.
func statement(n *catalog.Need, action string) map[string]any {
	who, name, _ := strings.Cut(n.Who, ":")
	principal := map[string]any{"AWS": "arn:aws:iam::" + account + ":user/maker"}
	switch who {
	case "role":
		principal = map[string]any{"AWS": role}
	case "service":
		principal = map[string]any{"Service": name}
	}
	s := map[string]any{"Effect": "Allow", "Principal": principal, "Action": "kms:" + action, "Resource": "*"}
	fill := strings.NewReplacer("{partition}", "aws", "{region}", region, "{account}", account, "{arn}", "arn:aws:bedrock-agentcore:*")
	conditions := map[string]string{}
	if n.Via != "" {
		conditions["kms:ViaService"] = fill.Replace(n.Via)
	}
	if n.SourceARN != "" {
		conditions["aws:SourceArn"] = fill.Replace(n.SourceARN)
	}
	if n.SourceAccount {
		conditions["aws:SourceAccount"] = account
	}
	if !slices.Contains([]string{"DescribeKey", "ListGrants", "CreateGrant"}, action) {
		for key, v := range n.Context {
			conditions["kms:EncryptionContext:"+key] = fill.Replace(v)
		}
	}
	if len(conditions) > 0 {
		s["Condition"] = map[string]any{"StringLike": conditions}
	}
	return s
}

// policy is a key policy for the needs of a slot, without one action of one of them.
func policy(t *testing.T, slot *catalog.Slot, without int, action string) string {
	t.Helper()
	var all []any
	for i := range slot.Needs {
		for _, a := range slot.Needs[i].Actions {
			if i != without || a != action {
				all = append(all, statement(&slot.Needs[i], a))
			}
		}
	}
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": all})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// With exactly what the catalogue says that a slot needs it works, and without any action of
// any need it does not.
func TestNeeds(t *testing.T) {
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	for name, calls := range needful {
		t.Run(name, func(t *testing.T) {
			w := worldOf(t, bare) // with a key that has no grants of other slots
			typ, at, _ := strings.Cut(name, " ")
			slot := known.Type("AWS::BedrockAgentCore::" + typ).Slot(at)
			number++
			w.SetKeyPolicy(account, region, "alias/content", policy(t, slot, -1, ""))
			if err := calls.run(w, number); err != nil {
				t.Fatalf("with all: %v", err)
			}
			for i := range slot.Needs {
				for _, action := range slot.Needs[i].Actions {
					number++
					w.SetKeyPolicy(account, region, "alias/content", policy(t, slot, i, action))
					if err := calls.run(w, number); err == nil {
						t.Errorf("works without %s for %s by %s", action, slot.Needs[i].For, slot.Needs[i].Who)
					}
				}
			}
		})
	}
}
