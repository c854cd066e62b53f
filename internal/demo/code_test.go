package demo_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/audit"
)

const tightened = `{"Version":"2012-10-17","Statement":[{"Sid":"Administration","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333344445555:root"},"Action":["kms:Describe*","kms:Get*","kms:List*","kms:PutKeyPolicy","kms:ScheduleKeyDeletion"],"Resource":"*"}]}`

// code is what of the estate can be written in CloudFormation; a SecureString, a key that waits
// for its deletion and the logging of invocations cannot.
var code = []written{
	{account: "111122223333", region: "eu-central-1", keys: []writtenKey{
		{name: "patients", policy: "key-clinic.json"}, {name: "intake", policy: "key-clinic.json"}, {name: "chat", policy: "key-clinic-vendor.json"},
		{name: "study-logs", policy: "key-clinic-logs.json", disabled: true}, {name: "records", policy: "key-clinic-records.json"},
		{name: "vectors", policy: "key-clinic-vectors.json"}, {name: "ingestion", policy: "key-clinic-ingestion.json"}, {name: "prompts", policy: "key-clinic-prompts.json"},
		{name: "memory", policy: "key-clinic-memory.json"}, {name: "database", policy: "key-clinic-database.json"}, {name: "trail", policy: "key-clinic-trail.json"}, {name: "invocations", policy: "key-clinic-invocations.json"}, {name: "invocation-logs", policy: "key-clinic-invocation-logs.json"},
	}, resources: []writtenResource{
		guardrail("patient-assistant", "patients", ""), guardrail("intake", "intake", ""), guardrail("symptom-chat", "", ""), guardrail("vendor-chat", "chat", ""),
		logGroup("/clinic/study-2019", "study-logs"), {"SecretsManager::Secret", "clinic/trials", object{}, ""},
		{"RDS::DBCluster", "clinic-trials", object{"Engine": "aurora-postgresql", "StorageEncrypted": true, "KmsKeyId": keyOf("database")}, ""},
		knowledge("trials", "knowledge", "", object{"Type": "RDS", "RdsConfiguration": object{
			"ResourceArn": at("RDSDBClusterclinictrials", "DBClusterArn"), "CredentialsSecretArn": object{"Ref": "SecretsManagerSecretclinictrials"}, "DatabaseName": "trials", "TableName": "documents",
		}}),
		role("knowledge", bedrockService), bucket("clinic-patient-records", "records", ""),
		{"S3Vectors::VectorBucket", "clinic-vectors", object{"EncryptionConfiguration": object{"SseType": "aws:kms", "KmsKeyArn": keyOf("vectors")}}, ""},
		vectors("clinic-vectors", "patients", "", ""), knowledge("patient-records", "knowledge", "", inVectors("patients")),
		source("patient-records", "records", "clinic-patient-records", "ingestion"), source("patient-records", "trial-notes", "clinic-patient-records", ""),
		content("Bedrock::Prompt", "discharge-letter", "prompts", ""), {"BedrockAgentCore::Memory", "consultations", object{"EventExpiryDuration": 30, "EncryptionKeyArn": keyOf("memory")}, ""},
		bucket("clinic-model-invocations", "invocations", ""), logGroup("/clinic/model-invocations", "invocation-logs"),
		bucket("clinic-trail", "trail", ""), trail("clinic", "clinic-trail", "trail"),
	}},
	{account: "222233334444", region: "us-east-1", keys: []writtenKey{
		{name: "acme", policy: "key-tenant-acme.json"}, {name: "globex", policy: "key-tenant-globex.json"}, {name: "initech", policy: "key-tenant-initech.json"},
		{name: "globex-agents", policy: "key-tenant.json"}, {name: "globex-flows", policy: "key-tenant.json"}, {name: "globex-prompts", policy: "key-tenant-globex.json"},
	}, resources: slices.Concat([]writtenResource{
		guardrail("acme", "acme", "acme"), guardrail("globex", "globex", "globex"), guardrail("initech", "acme", "initech"),
		{"S3Vectors::VectorBucket", "tenants", object{}, ""},
		content("Bedrock::Prompt", "acme-greeting", "acme", "acme"), content("Bedrock::Prompt", "globex-greeting", "globex-prompts", "globex"), content("Bedrock::Prompt", "initech-greeting", "initech", "initech"),
		content("Bedrock::Agent", "acme-desk", "acme", "acme"), content("Bedrock::Agent", "globex-desk", "globex-agents", "globex"), content("Bedrock::Agent", "initech-desk", "", "initech"),
		role("tenant-flows", bedrockService), content("Bedrock::Flow", "globex-returns", "globex-flows", "globex"),
	}, tenant("acme"), tenant("globex"), tenant("initech"))},
	{account: "333344445555", region: "eu-central-1", keys: []writtenKey{
		{name: "drawings", policy: "key-works.json"}, {name: "audit-logs", policy: "key-works-logs.json"}, {name: "logs", policy: tightened},
		{name: "documents", policy: "key-works-documents.json"}, {name: "search", policy: "key-works-search.json"}, {name: "ingestion", policy: "key-works-ingestion.json"},
		{name: "gateway", policy: "key-works-gateway.json"}, {name: "secrets", policy: "key-works-secrets.json"},
	}, resources: []writtenResource{
		guardrail("drawings", "drawings", ""), logGroup("/works/gate", "audit-logs"), logGroup("/works/payroll", "audit-logs"), logGroup("/works/assistant", "logs"),
		role("knowledge", bedrockService), bucket("works-drawings", "documents", ""),
		{"OpenSearchServerless::SecurityPolicy", "drawings", object{"Type": "encryption", "Policy": object{
			"Fn::Sub": `{"Rules":[{"ResourceType":"collection","Resource":["collection/drawings"]}],"AWSOwnedKey":false,"KmsARN":"${Keysearch.Arn}"}`,
		}}, ""},
		{"OpenSearchServerless::Collection", "drawings", object{"Type": "VECTORSEARCH", "EncryptionConfig": object{"KmsKeyArn": keyOf("search")}}, ""},
		knowledge("drawings", "knowledge", "", object{"Type": "OPENSEARCH_SERVERLESS", "OpensearchServerlessConfiguration": object{"CollectionArn": at("OpenSearchServerlessCollectiondrawings", "Arn"), "VectorIndexName": "drawings"}}),
		source("drawings", "filed-drawings", "works-drawings", "ingestion"),
		role("gateway", "bedrock-agentcore.amazonaws.com"),
		{"BedrockAgentCore::Gateway", "plant-tools", object{"RoleArn": "arn:aws:iam::333344445555:role/gateway", "ProtocolType": "MCP", "AuthorizerType": "AWS_IAM", "KmsKeyArn": keyOf("gateway")}, ""},
		{"SecretsManager::Secret", "works/erp", object{"KmsKeyId": keyOf("secrets")}, ""},
	}},
	{account: "333344445555", region: "us-east-1", keys: []writtenKey{
		{name: "tables", policy: "key-meter-tables.json"}, {name: "logs", policy: "key-meter-logs.json"},
		{name: "alerts", policy: "key-meter-alerts.json"}, {name: "delivery", policy: "key-meter-delivery.json"},
		{name: "workflows", policy: "key-meter-workflows.json"}, {name: "functions", policy: "key-meter-functions.json"},
	}, resources: []writtenResource{
		table("tokenmeter-budgets", ""), table("tokenmeter-usage", ""), table("tokenmeter-prices", ""), table("tokenmeter-agents", ""), table("tokenmeter-audit", "tables"),
		bucket("tokenmeter-logs", "", ""), logGroup("/tokenmeter/model-invocations", "logs"),
		logGroup("/tokenmeter/trail", ""), logGroup("/tokenmeter/delivery", ""), logGroup("/tokenmeter/suspend", ""), logGroup("/tokenmeter/restore", ""),
		queue("tokenmeter-usage-failed"), queue("tokenmeter-pricing-failed"), queue("tokenmeter-suspend-failed"), queue("tokenmeter-restore-failed"),
		topic("tokenmeter-budget-exceeded", ""), topic("tokenmeter-suspended", ""), topic("tokenmeter-alarms", "alerts"),
		role("delivery", "firehose.amazonaws.com"), stream("tokenmeter-usage", "tokenmeter-logs", ""), stream("tokenmeter-audit", "tokenmeter-logs", "delivery"),
		role("workflows", "states.amazonaws.com"), workflow("tokenmeter-suspend", ""), workflow("tokenmeter-restore", "workflows"),
		trail("tokenmeter", "tokenmeter-logs", ""), role("tokenmeter", "lambda.amazonaws.com"),
		function("tokenmeter-count", ""), function("tokenmeter-price", ""), function("tokenmeter-suspend", ""), function("tokenmeter-alert", "functions"),
		parameter("/tokenmeter/budget/default"), parameter("/tokenmeter/budget/warn-percent"), parameter("/tokenmeter/grace/minutes"), parameter("/tokenmeter/pricing/refresh"), parameter("/tokenmeter/chat/webhook"),
	}},
}

// TestTheSameRungsAsCode: what is deployed and can be written as code stands on the same rung
// when it is; but nothing that is only written has been used yet, so that proved is sound.
func TestTheSameRungsAsCode(t *testing.T) {
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for i := range code {
		w := &code[i]
		path := filepath.Join(t.TempDir(), "template.json")
		if err := os.WriteFile(path, w.template(t), 0o600); err != nil {
			t.Fatal(err)
		}
		inv, err := iac.Collect(t.Context(), known, []string{path}, iac.Options{Parameters: map[string]string{"AWS::AccountId": w.account, "AWS::Region": w.region}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = audit.Run(t.Context(), inv, audit.Options{}, func(m bedlock.Message) error {
			s := m.Slot
			if s == nil {
				return nil
			}
			live, _, _ := strings.Cut(rungs[told(&s.Subject)], ":")
			want := strings.Replace(live, bedlock.Proved.String(), bedlock.Sound.String(), 1)
			if s.Rung.String() != want {
				t.Errorf("%s: %s as code, %s live: %v", told(&s.Subject), s.Rung, live, s.Evidence)
			}
			compared++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if compared != 89 {
		t.Errorf("%d slots were compared", compared)
	}
}
