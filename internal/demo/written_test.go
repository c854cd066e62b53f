package demo_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

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
	"Lambda::Function":                     {"FunctionName", nil},
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

// function is a function without a key, or under one.
func function(name, key string) writtenResource {
	p := object{
		"Role": at(logicalOf("IAM::Role", "tokenmeter"), "Arn"), "PackageType": "Image", "Code": object{"ImageUri": "333344445555.dkr.ecr.us-east-1.amazonaws.com/tokenmeter:1"},
		"Environment": object{"Variables": object{"TABLE": "tokenmeter-usage"}},
	}
	if key != "" {
		p["KmsKeyArn"] = keyOf(key)
	}
	return writtenResource{"Lambda::Function", name, p, ""}
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
