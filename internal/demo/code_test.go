package demo_test

import (
	"encoding/json"
	"maps"
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

// written is a part of the estate as somebody would write it in CloudFormation.
type written struct {
	account, region string
	keys            []writtenKey
	resources       []writtenResource
}

type writtenKey struct {
	name, policy string // policy: a file of the estate, or a document
	disabled     bool
}

// writtenResource is a resource with its properties but for the name and the isolation group.
type writtenResource struct {
	typ, name  string
	properties object
	group      string
}

const bedrockService = "bedrock.amazonaws.com"

type object = map[string]any

// kinds are what the types call a name, and how they have tags.
var kinds = map[string]struct {
	name string
	tags func(key, value string) any
}{
	"Bedrock::Agent":                       {"AgentName", tagMap},
	"Bedrock::DataSource":                  {"Name", nil},
	"Bedrock::Flow":                        {"Name", tagMap},
	"Bedrock::Guardrail":                   {"Name", tagList},
	"Bedrock::KnowledgeBase":               {"Name", tagMap},
	"Bedrock::Prompt":                      {"Name", tagMap},
	"BedrockAgentCore::Gateway":            {"Name", nil},
	"BedrockAgentCore::Memory":             {"Name", nil},
	"CloudTrail::Trail":                    {"TrailName", nil},
	"DynamoDB::Table":                      {"TableName", nil},
	"IAM::Role":                            {"RoleName", nil},
	"KinesisFirehose::DeliveryStream":      {"DeliveryStreamName", nil},
	"Logs::LogGroup":                       {"LogGroupName", nil},
	"OpenSearchServerless::Collection":     {"Name", nil},
	"OpenSearchServerless::SecurityPolicy": {"Name", nil},
	"RDS::DBCluster":                       {"DBClusterIdentifier", nil},
	"S3::Bucket":                           {"BucketName", tagList},
	"S3Vectors::Index":                     {"IndexName", tagList},
	"S3Vectors::VectorBucket":              {"VectorBucketName", nil},
	"SNS::Topic":                           {"TopicName", nil},
	"SQS::Queue":                           {"QueueName", nil},
	"SSM::Parameter":                       {"Name", nil},
	"SecretsManager::Secret":               {"Name", nil},
	"StepFunctions::StateMachine":          {"StateMachineName", nil},
}

func tagList(key, value string) any { return []any{object{"Key": key, "Value": value}} }

func tagMap(key, value string) any { return object{key: value} }

// at is an attribute of a resource of the template.
func at(id, attribute string) any { return object{"Fn::GetAtt": []string{id, attribute}} }

func keyOf(name string) any { return at("Key"+logical(name), "Arn") }

func guardrail(name, key, group string) writtenResource {
	p := object{"BlockedInputMessaging": "no", "BlockedOutputsMessaging": "no"}
	if key != "" {
		p["KmsKeyArn"] = keyOf(key)
	}
	return writtenResource{"Bedrock::Guardrail", name, p, group}
}

func logGroup(name, key string) writtenResource {
	p := object{}
	if key != "" {
		p["KmsKeyId"] = keyOf(key)
	}
	return writtenResource{"Logs::LogGroup", name, p, ""}
}

func bucket(name, key, group string) writtenResource {
	p := object{}
	if key != "" {
		p["BucketEncryption"] = object{"ServerSideEncryptionConfiguration": []any{object{
			"BucketKeyEnabled": true, "ServerSideEncryptionByDefault": object{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": keyOf(key)},
		}}}
	}
	return writtenResource{"S3::Bucket", name, p, group}
}

// vectors is an index; without a key it has that of its bucket.
func vectors(bucket, name, key, group string) writtenResource {
	p := object{"VectorBucketArn": at(logicalOf("S3Vectors::VectorBucket", bucket), "VectorBucketArn"), "DataType": "float32", "Dimension": 256, "DistanceMetric": "cosine"}
	if key != "" {
		p["EncryptionConfiguration"] = object{"SseType": "aws:kms", "KmsKeyArn": keyOf(key)}
	}
	return writtenResource{"S3Vectors::Index", name, p, group}
}

// knowledge is a knowledge base over a store.
func knowledge(name, role, group string, store object) writtenResource {
	return writtenResource{"Bedrock::KnowledgeBase", name, object{
		"RoleArn":                    at(logicalOf("IAM::Role", role), "Arn"),
		"KnowledgeBaseConfiguration": object{"Type": "VECTOR", "VectorKnowledgeBaseConfiguration": object{"EmbeddingModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"}},
		"StorageConfiguration":       store,
	}, group}
}

func inVectors(index string) object {
	return object{"Type": "S3_VECTORS", "S3VectorsConfiguration": object{"IndexArn": at(logicalOf("S3Vectors::Index", index), "IndexArn")}}
}

func source(base, name, bucket, key string) writtenResource {
	p := object{
		"KnowledgeBaseId":         at(logicalOf("Bedrock::KnowledgeBase", base), "KnowledgeBaseId"),
		"DataSourceConfiguration": object{"Type": "S3", "S3Configuration": object{"BucketArn": at(logicalOf("S3::Bucket", bucket), "Arn")}},
	}
	if key != "" {
		p["ServerSideEncryptionConfiguration"] = object{"KmsKeyArn": keyOf(key)}
	}
	return writtenResource{"Bedrock::DataSource", name, p, ""}
}

// content is a resource of Agents for Amazon Bedrock whose content has a key.
func content(typ, name, key, group string) writtenResource {
	p := object{}
	if key != "" {
		p["CustomerEncryptionKeyArn"] = keyOf(key)
	}
	if typ == "Bedrock::Flow" {
		p["ExecutionRoleArn"] = object{"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/tenant-flows"}
	}
	return writtenResource{typ, name, p, group}
}

// table is a table under a key, or the one that AWS manages.
func table(name, key string) writtenResource {
	sse := object{"SSEEnabled": true}
	if key != "" {
		sse["SSEType"], sse["KMSMasterKeyId"] = "KMS", keyOf(key)
	}
	return writtenResource{"DynamoDB::Table", name, object{
		"AttributeDefinitions": []any{object{"AttributeName": "id", "AttributeType": "S"}}, "KeySchema": []any{object{"AttributeName": "id", "KeyType": "HASH"}}, "SSESpecification": sse,
	}, ""}
}

func queue(name string) writtenResource {
	return writtenResource{"SQS::Queue", name, object{"KmsMasterKeyId": "alias/aws/sqs"}, ""}
}

// topic is without a key, or under one.
func topic(name, key string) writtenResource {
	p := object{}
	if key != "" {
		p["KmsMasterKeyId"] = keyOf(key)
	}
	return writtenResource{"SNS::Topic", name, p, ""}
}

// stream delivers to a bucket; with a key for what waits.
func stream(name, bucket, key string) writtenResource {
	p := object{"DeliveryStreamType": "DirectPut", "ExtendedS3DestinationConfiguration": object{
		"BucketARN": at(logicalOf("S3::Bucket", bucket), "Arn"), "RoleARN": at(logicalOf("IAM::Role", "delivery"), "Arn"),
	}}
	if key != "" {
		p["DeliveryStreamEncryptionConfigurationInput"] = object{"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": keyOf(key)}
	}
	return writtenResource{"KinesisFirehose::DeliveryStream", name, p, ""}
}

// workflow is a state machine without a key, or under one.
func workflow(name, key string) writtenResource {
	p := object{"RoleArn": at(logicalOf("IAM::Role", "workflows"), "Arn"), "DefinitionString": `{"StartAt":"Check","States":{"Check":{"Type":"Pass","End":true}}}`}
	if key != "" {
		p["EncryptionConfiguration"] = object{"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": keyOf(key)}
	}
	return writtenResource{"StepFunctions::StateMachine", name, p, ""}
}

// trail is a trail without a key, or under one.
func trail(name, bucket, key string) writtenResource {
	p := object{"IsLogging": true, "S3BucketName": object{"Ref": logicalOf("S3::Bucket", bucket)}}
	if key != "" {
		p["KMSKeyId"] = keyOf(key)
	}
	return writtenResource{"CloudTrail::Trail", name, p, ""}
}

func parameter(name string) writtenResource {
	return writtenResource{"SSM::Parameter", name, object{"Type": "String", "Value": "x"}, ""}
}

func role(name, service string) writtenResource {
	return writtenResource{"IAM::Role", name, object{"AssumeRolePolicyDocument": object{"Version": "2012-10-17", "Statement": []any{
		object{"Effect": "Allow", "Principal": object{"Service": service}, "Action": "sts:AssumeRole"},
	}}}, ""}
}

// tenant is what a tenant has under its key.
func tenant(name string) []writtenResource {
	return []writtenResource{
		role("knowledge-"+name, bedrockService), bucket("tenants-"+name, name, name), vectors("tenants", name, name, name),
		knowledge(name, "knowledge-"+name, name, inVectors(name)), source(name, name+"-terms", "tenants-"+name, name),
	}
}

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
		{name: "workflows", policy: "key-meter-workflows.json"},
	}, resources: []writtenResource{
		table("tokenmeter-budgets", ""), table("tokenmeter-usage", ""), table("tokenmeter-prices", ""), table("tokenmeter-agents", ""), table("tokenmeter-audit", "tables"),
		bucket("tokenmeter-logs", "", ""), logGroup("/tokenmeter/model-invocations", "logs"),
		logGroup("/tokenmeter/trail", ""), logGroup("/tokenmeter/delivery", ""), logGroup("/tokenmeter/suspend", ""), logGroup("/tokenmeter/restore", ""),
		queue("tokenmeter-usage-failed"), queue("tokenmeter-pricing-failed"), queue("tokenmeter-suspend-failed"), queue("tokenmeter-restore-failed"),
		topic("tokenmeter-budget-exceeded", ""), topic("tokenmeter-suspended", ""), topic("tokenmeter-alarms", "alerts"),
		role("delivery", "firehose.amazonaws.com"), stream("tokenmeter-usage", "tokenmeter-logs", ""), stream("tokenmeter-audit", "tokenmeter-logs", "delivery"),
		role("workflows", "states.amazonaws.com"), workflow("tokenmeter-suspend", ""), workflow("tokenmeter-restore", "workflows"),
		trail("tokenmeter", "tokenmeter-logs", ""),
		parameter("/tokenmeter/budget/default"), parameter("/tokenmeter/budget/warn-percent"), parameter("/tokenmeter/grace/minutes"), parameter("/tokenmeter/pricing/refresh"), parameter("/tokenmeter/chat/webhook"),
	}},
}

// logical makes a logical id of a name.
func logical(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, name)
}

// logicalOf is the logical id of a resource.
func logicalOf(typ, name string) string { return strings.ReplaceAll(typ, "::", "") + logical(name) }

// template is the CloudFormation of a part.
func (w *written) template(t *testing.T) []byte {
	t.Helper()
	all := object{}
	for _, k := range w.keys {
		policy := k.policy
		if !strings.HasPrefix(policy, "{") {
			policy = file(t, policy)
		}
		all["Key"+logical(k.name)] = object{"Type": "AWS::KMS::Key", "Properties": object{
			"Enabled": !k.disabled, "EnableKeyRotation": true, "KeyPolicy": json.RawMessage(policy), "Tags": []any{map[string]string{"Key": "of", "Value": k.name}},
		}}
	}
	for _, r := range w.resources {
		kind := kinds[r.typ]
		p := maps.Clone(r.properties)
		p[kind.name] = r.name
		if r.group != "" {
			p["Tags"] = kind.tags(audit.DefaultIsolationTag, r.group)
		}
		all[logicalOf(r.typ, r.name)] = object{"Type": "AWS::" + r.typ, "Properties": p}
	}
	b, err := json.Marshal(object{"AWSTemplateFormatVersion": "2010-09-09", "Resources": all})
	if err != nil {
		t.Fatal(err)
	}
	return b
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
	if compared != 85 {
		t.Errorf("%d slots were compared", compared)
	}
}
