package iac

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/inventory"
)

const loggingCode = `
resource "aws_kms_key" "data" {
  description         = "data"
  enable_key_rotation = true
}
resource "aws_s3_bucket" "logs" { bucket = "logs" }
resource "aws_s3_bucket" "large" { bucket = "large" }
resource "aws_s3_bucket_server_side_encryption_configuration" "large" {
  bucket = aws_s3_bucket.large.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}
resource "aws_cloudwatch_log_group" "calls" { name = "/bedrock/calls" }
resource "aws_bedrock_model_invocation_logging_configuration" "all" {
  logging_config {
    s3_config { bucket_name = aws_s3_bucket.logs.bucket }
    cloudwatch_config {
      log_group_name = aws_cloudwatch_log_group.calls.name
      role_arn       = "arn:aws:iam::111122223333:role/work"
      large_data_delivery_s3_config { bucket_name = aws_s3_bucket.large.bucket }
    }
  }
}
`

const loggingAnswers = `{
 "arn:aws:bedrock:eu-west-1:111122223333:invocation-logging": ["AWS::Bedrock::InvocationLogging", {"GetModelInvocationLoggingConfiguration": {"loggingConfig": {
   "s3Config": {"bucketName": "logs"}, "cloudWatchConfig": {"logGroupName": "/bedrock/calls", "roleArn": "arn:aws:iam::111122223333:role/work", "largeDataDeliveryS3Config": {"bucketName": "large"}}}}}],
 "arn:aws:logs:eu-west-1:111122223333:log-group:/bedrock/calls:*": ["AWS::Logs::LogGroup", {"DescribeLogGroups": {"logGroupName": "/bedrock/calls"}}],
 "arn:aws:s3:::logs": ["AWS::S3::Bucket", {"ListBuckets": {"Name": "logs"}, "GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}}],
 "arn:aws:s3:::large": ["AWS::S3::Bucket", {"ListBuckets": {"Name": "large"}, "GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}}}]}`

// CloudFormation has no model invocation logging, Terraform does.
func TestInvocationLoggingStandsAlike(t *testing.T) {
	const slots = "Bucket large default-encryption: of AWS, aws-managed\nBucket logs default-encryption: aws-owned, unkeyed\n" +
		"InvocationLogging - cloudwatch: as /bedrock/calls log-group, unkeyed\nInvocationLogging - large-data: as large default-encryption, aws-managed\n" +
		"InvocationLogging - role logging: %s\nInvocationLogging - s3: as logs default-encryption, unkeyed\nLogGroup /bedrock/calls log-group: aws-owned, unkeyed"
	dir := tree(t, map[string]string{"main.tf": loggingCode})
	if got, want := standings(t, collect(t, Options{}, filepath.ToSlash(dir))), fmt.Sprintf(slots, "nobody"); got != want {
		t.Errorf("written:\n%s\nwant:\n%s", got, want)
	}
	got := standings(t, assembleAnswers(t, answers(t, "aws", fmt.Sprintf(baseAnswers, keyPolicy)), answers(t, "aws too", loggingAnswers)))
	if want := fmt.Sprintf(slots, "work"); got != want {
		t.Errorf("deployed:\n%s\nwant:\n%s", got, want)
	}
}

const denied = `{"$unread": "AccessDeniedException: no"}`

// What could not be read is unread, and nothing else.
func TestUnreadIsUnread(t *testing.T) {
	for _, tt := range []struct{ name, answers, want string }{
		{"the only answer", `{"arn:aws:bedrock:eu-west-1:111122223333:guardrail/a": ["AWS::Bedrock::Guardrail", {"GetGuardrail": ` + denied + `}]}`,
			"Guardrail - configuration: unread (AccessDeniedException: no), unread"},
		{"one of two answers", `{"arn:aws:s3:::b": ["AWS::S3::Bucket", {"ListBuckets": {"Name": "b"}, "GetBucketEncryption": ` + denied + `}]}`,
			"Bucket b default-encryption: unread (AccessDeniedException: no), unread"},
		{"what names a store and a role", `{"arn:aws:bedrock:eu-west-1:111122223333:invocation-logging": ["AWS::Bedrock::InvocationLogging", {"GetModelInvocationLoggingConfiguration": ` + denied + `}]}`,
			"InvocationLogging - cloudwatch: unread (AccessDeniedException: no), unread\nInvocationLogging - large-data: unread (AccessDeniedException: no), unread\n" +
				"InvocationLogging - role logging: nobody\nInvocationLogging - s3: unread (AccessDeniedException: no), unread"},
		{"each of several stores once", `{"arn:aws:bedrock-agentcore:eu-west-1:111122223333:gateway/g/target/t": ["AWS::BedrockAgentCore::GatewayTarget", {"GetGatewayTarget": ` + denied + `}],
		  "arn:aws:s3vectors:eu-west-1:111122223333:bucket/v/index/i": ["AWS::S3Vectors::Index", {"GetIndex": ` + denied + `}]}`,
			"GatewayTarget - configuration: unread (AccessDeniedException: no), unread\n" +
				"Index - bucket-encryption: unread (AccessDeniedException: no), unread\nIndex - encryption: unread (AccessDeniedException: no), unread"},
		{"a store", `{"arn:aws:logs:eu-west-1:111122223333:log-group:l": ["AWS::Logs::LogGroup", {"DescribeLogGroups": ` + denied + `}],
		  "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t": ["AWS::CloudTrail::Trail", {"GetTrail": {"Trail": {"Name": "t", "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:111122223333:log-group:l:*"}}}]}`,
			"LogGroup - log-group: unread (AccessDeniedException: no), unread\nTrail t log-group: as - log-group, unread\nTrail t logs: aws-owned, unkeyed"},
		{"a store of which there are two", `{
		  "arn:aws:bedrock-agentcore:eu-west-1:111122223333:policy-engine/a": ["AWS::BedrockAgentCore::PolicyEngine", {"GetPolicyEngineSummary": {"name": "twin"}}],
		  "arn:aws:bedrock-agentcore:eu-west-1:111122223333:policy-engine/b": ["AWS::BedrockAgentCore::PolicyEngine", {"GetPolicyEngineSummary": {"name": "twin"}}],
		  "arn:aws:bedrock-agentcore:eu-west-1:111122223333:policy/p": ["AWS::BedrockAgentCore::Policy", {"GetPolicySummary": {"name": "p", "policyEngineId": "twin"}}],
		  "arn:aws:bedrock-agentcore:eu-west-1:111122223333:policy/q": ["AWS::BedrockAgentCore::Policy", {"GetPolicySummary": {"name": "q", "policyEngineId": "a"}}]}`,
			"Policy p content: twin, unread\nPolicy q content: as twin policies, unkeyed\nPolicyEngine twin policies: aws-owned, unkeyed\nPolicyEngine twin policies: aws-owned, unkeyed"},
		{"a store that is not there", `{"arn:aws:rds:eu-west-1:111122223333:db:i": ["AWS::RDS::DBInstance", {"DescribeDBInstances": {"DBInstanceIdentifier": "i", "DBClusterIdentifier": "gone"}}]}`,
			"DBInstance i cluster-storage: gone, unread"},
		{"a key that is not there", `{"arn:aws:bedrock:eu-west-1:111122223333:guardrail/a": ["AWS::Bedrock::Guardrail", {"GetGuardrail": {"name": "g", "kmsKeyArn": "` + liveKey + `"}}]}`,
			"Guardrail g configuration: " + liveKey + ", unread"},
		{"an operation that was not made", `{"arn:aws:bedrock:eu-west-1:111122223333:guardrail/a": ["AWS::Bedrock::Guardrail", {}]}`,
			"Guardrail - configuration: aws-owned, unkeyed"},
		{"the description of the key", `{"` + liveKey + `": ["AWS::KMS::Key", {"DescribeKey": ` + denied + `}],
		  "arn:aws:bedrock:eu-west-1:111122223333:guardrail/a": ["AWS::Bedrock::Guardrail", {"GetGuardrail": {"name": "g", "kmsKeyArn": "` + liveKey + `"}}]}`,
			"Guardrail g configuration: key -, unread"},
	} {
		if got := standings(t, assembleAnswers(t, answers(t, "aws", tt.answers))); got != tt.want {
			t.Errorf("%s:\n%s\nwant:\n%s", tt.name, got, tt.want)
		}
	}
	base := assembleAnswers(t, answers(t, "aws", `{"arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/KB": ["AWS::Bedrock::KnowledgeBase", {"GetKnowledgeBase": `+denied+`}]}`)).Parts().Resources[0]
	if n := base.Slot("vector-store").Named; len(n) != 1 || fact(n[0].Text) != "unread (AccessDeniedException: no)" {
		t.Errorf("the store of a knowledge base that could not be read: %+v", n)
	}
	r := assembleAnswers(t, answers(t, "aws", `{"arn:aws:bedrock:eu-west-1:111122223333:agent/a": ["AWS::Bedrock::Agent", {"GetAgent": `+denied+`, "Tags": `+denied+`}]}`)).Parts().Resources[0]
	if r.Name.State() != inventory.StateUnread || r.Roles[0].Text.State() != inventory.StateUnread || r.Tags.Open != "AccessDeniedException: no" {
		t.Errorf("name %s, role %s, tags %q", fact(r.Name), fact(r.Roles[0].Text), r.Tags.Open)
	}
}

// Published versions report a key of their own; parts that report none are under that
// of the whole.
func TestVersionsAndParts(t *testing.T) {
	const other = "arn:aws:kms:eu-west-1:111122223333:key/bbbbbbbb-12ab-34cd-56ef-1234567890ab"
	got := standings(t, assembleAnswers(t, answers(t, "aws", `{
 "`+liveKey+`": ["AWS::KMS::Key", {"DescribeKey": {"KeyMetadata": {"KeyManager": "CUSTOMER", "KeyState": "Disabled", "Description": "new"}}}],
 "`+other+`": ["AWS::KMS::Key", {"DescribeKey": {"KeyMetadata": {"KeyManager": "CUSTOMER", "KeyState": "Disabled", "Description": "old"}}}],
 "arn:aws:bedrock:eu-west-1:111122223333:flow/F": ["AWS::Bedrock::Flow", {"GetFlow": {"name": "f", "customerEncryptionKeyArn": "`+liveKey+`"}}],
 "arn:aws:bedrock:eu-west-1:111122223333:flow/F:1": ["AWS::Bedrock::FlowVersion", {"GetFlowVersion": {"name": "f", "customerEncryptionKeyArn": "`+other+`"}}],
 "arn:aws:bedrock:eu-west-1:111122223333:flow/F:2": ["AWS::Bedrock::FlowVersion", {"GetFlowVersion": {"name": "g"}}],
 "arn:aws:bedrock:eu-west-1:111122223333:flow/F:3": ["AWS::Bedrock::FlowVersion", {"GetFlowVersion": {"name": "h", "customerEncryptionKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/cccccccc-12ab-34cd-56ef-1234567890ab"}}],
 "arn:aws:bedrock-agentcore:eu-west-1:111122223333:payment-manager/m": ["AWS::BedrockAgentCore::PaymentManager", {"GetPaymentManager": {"name": "m", "kmsKeyArn": "`+liveKey+`"}}],
 "arn:aws:bedrock-agentcore:eu-west-1:111122223333:payment-manager/m/payment-connector/c": ["AWS::BedrockAgentCore::PaymentConnector", {"GetPaymentConnector": {"name": "c"}}],
 "arn:aws:bedrock-agentcore:eu-west-1:111122223333:payment-manager/gone/payment-connector/d": ["AWS::BedrockAgentCore::PaymentConnector", {"GetPaymentConnector": {"name": "d"}}]}`)))
	want := "Flow f content: key new, broken\nFlowVersion f content: key old, broken\nFlowVersion g content: aws-owned, unkeyed\n" +
		"FlowVersion h content: arn:aws:kms:eu-west-1:111122223333:key/cccccccc-12ab-34cd-56ef-1234567890ab, unread\n" +
		"PaymentConnector c content: as m content, broken\nPaymentManager m content: key new, broken"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// Lists make several slots; the encryption policies of a place decide for collections
// that say nothing.
func TestListsAndEncryptionPoliciesOfAnswers(t *testing.T) {
	const policies = `{
 "arn:aws:aoss:eu-west-1:111122223333:securitypolicy/encryption/p": ["AWS::OpenSearchServerless::SecurityPolicy", {"GetSecurityPolicy": {"securityPolicyDetail": {"name": "p", "type": "encryption",
   "policy": {"Rules": [{"ResourceType": "collection", "Resource": ["collection/kb-*"]}], "KmsARN": "` + liveKey + `"}}}}],
 "arn:aws:aoss:eu-west-1:111122223333:securitypolicy/network/n": ["AWS::OpenSearchServerless::SecurityPolicy", {"GetSecurityPolicy": {"securityPolicyDetail": {"name": "n", "type": "network", "policy": []}}}],
 "arn:aws:aoss:eu-west-1:111122223333:collection/a": ["AWS::OpenSearchServerless::Collection", {"BatchGetCollection": {"collectionDetails": [{"name": "kb-a"}]}}],
 "arn:aws:aoss:eu-west-1:111122223333:collection/b": ["AWS::OpenSearchServerless::Collection", {"BatchGetCollection": {"collectionDetails": [{"name": "other"}]}}],
 "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-AbCdEf": ["AWS::SecretsManager::Secret", {"DescribeSecret": {"Name": "s", "ReplicationStatus": [{"Region": "us-east-1"}, {"Region": "us-west-2", "KmsKeyId": "alias/aws/secretsmanager"}]}}],
 "arn:aws:dynamodb:eu-west-1:111122223333:table/t": ["AWS::DynamoDB::Table", {"DescribeTable": {"Table": {"TableName": "t", "SSEDescription": {"Status": "DISABLED"}, "Replicas": [{"RegionName": "us-east-1"}]}}}],
 "arn:aws:neptune-graph:eu-west-1:111122223333:graph/g-1": ["AWS::NeptuneGraph::Graph", {"GetGraph": {"name": "g", "kmsKeyIdentifier": "AWS_OWNED_KEY"}}]}`
	got := standings(t, assembleAnswers(t, answers(t, "aws", fmt.Sprintf(baseAnswers, keyPolicy)), answers(t, "aws too", policies)))
	want := "Collection kb-a encryption: as p encryption, exposed\nCollection other encryption: unread (no encryption policy among the inputs matches the collection), unread\n" +
		"Graph g storage: aws-owned, unkeyed\nSecret s replica[0]: of AWS, aws-managed\nSecret s replica[1]: alias/aws/secretsmanager, aws-managed\nSecret s secret: of AWS, aws-managed\n" +
		"SecurityPolicy p encryption: key data, exposed\nTable t replica: aws-owned, unkeyed\nTable t table: aws-owned, unkeyed"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func showKey(k *inventory.Key) string {
	out := []string{k.Name, "manager " + showFact(k.Manager), "state " + fact(k.State), "spec " + fact(k.Spec), "usage " + fact(k.Usage), "origin " + fact(k.Origin),
		"multi-Region " + showFact(k.MultiRegion), "primary " + fact(k.Primary), "rotation " + showFact(k.Rotation) + " " + showFact(k.RotationDays),
		"deletion " + fact(k.DeletionDate) + " " + showFact(k.DeletionDays), "valid " + fact(k.ValidTo), "used " + showUse(k.LastUse) + " since " + fact(k.UseTracked),
		"description " + fact(k.Description), fmt.Sprintf("tags %v %s", k.Tags.Known, k.Tags.Open), "policy " + document(k.Policy)}
	if k.Replica {
		out = append(out, "replica")
	}
	return strings.Join(out, "; ")
}

func showFact[T any](v inventory.Value[T]) string {
	if x, ok := v.Get(); ok {
		return fmt.Sprint(x)
	}
	return strings.TrimSuffix(v.State().String()+" ("+v.Why()+")", " ()")
}

func showUse(v inventory.Value[inventory.KeyUse]) string {
	if use, ok := v.Get(); ok {
		return fmt.Sprint(use.Time, " ", use.Operation, " ", use.EventID, " ", use.Context)
	}
	return showFact(v)
}

func TestFactsOfDeployedKeys(t *testing.T) {
	const arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	for _, tt := range []struct{ name, answers, want string }{
		{"everything", `"DescribeKey": {"KeyMetadata": {"KeyManager": "CUSTOMER", "KeyState": "PendingDeletion", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "EXTERNAL",
		    "MultiRegion": true, "MultiRegionConfiguration": {"MultiRegionKeyType": "PRIMARY", "PrimaryKey": {"Arn": "` + arn + `"}}, "Description": "d", "DeletionDate": "2026-12-01T00:00:00Z", "ValidTo": "2027-01-01T00:00:00Z"}},
		  "GetKeyPolicy": {"Policy": "{\"Statement\": []}"}, "GetKeyRotationStatus": {"KeyRotationEnabled": true, "RotationPeriodInDays": 90}, "ListResourceTags": {"Tags": [{"TagKey": "team", "TagValue": "ml"}]},
		  "GetKeyLastUsage": {"TrackingStartDate": "2026-04-23T00:00:00Z", "KeyLastUsage": {"Operation": "Decrypt", "Timestamp": "2026-11-24T10:00:00Z", "CloudTrailEventId": "e-1"}},
		  "LookupEvents": {"EventId": "e-1", "CloudTrailEvent": "{\"eventID\": \"e-1\", \"requestParameters\": {\"encryptionContext\": {\"a\": \"b\", \"n\": 1}}}"}`,
			"1234abcd-12ab-34cd-56ef-1234567890ab; manager customer; state PendingDeletion; spec SYMMETRIC_DEFAULT; usage ENCRYPT_DECRYPT; origin EXTERNAL; multi-Region true; primary unrecorded; " +
				"rotation true 90; deletion 2026-12-01T00:00:00Z unrecorded; valid 2027-01-01T00:00:00Z; used 2026-11-24T10:00:00Z Decrypt e-1 map[a:b] since 2026-04-23T00:00:00Z; description d; tags map[team:ml] ; policy {'Statement':[]}"},
		{"used, with another record", `"DescribeKey": {"KeyMetadata": {"KeyManager": "CUSTOMER"}}, "GetKeyPolicy": {"Policy": "{}"}, "GetKeyLastUsage": {"KeyLastUsage": {"Operation": "Decrypt", "Timestamp": "2026-11-24T10:00:00Z", "CloudTrailEventId": "e-1"}},
		  "LookupEvents": {"CloudTrailEvent": "{\"eventID\": \"e-2\", \"requestParameters\": {\"encryptionContext\": {\"a\": \"b\"}}}"}`,
			"1234abcd-12ab-34cd-56ef-1234567890ab; manager customer; state absent; spec absent; usage absent; origin absent; multi-Region false; primary unrecorded; rotation unrecorded unrecorded; " +
				"deletion absent unrecorded; valid absent; used 2026-11-24T10:00:00Z Decrypt e-1 map[] since absent; description absent; tags map[] ; policy {'Statement':[]}"},
		{"a replica, never used", `"DescribeKey": {"KeyMetadata": {"KeyManager": "CUSTOMER", "KeyState": "Enabled", "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC", "Origin": "AWS_KMS",
		    "MultiRegion": true, "MultiRegionConfiguration": {"MultiRegionKeyType": "REPLICA", "PrimaryKey": {"Arn": "arn:aws:kms:us-east-1:111122223333:key/mrk-1"}}, "Description": ""}},
		  "GetKeyPolicy": {"Policy": "{}"}, "GetKeyLastUsage": {"TrackingStartDate": "2026-04-23T00:00:00Z", "KeyLastUsage": {}}`,
			"1234abcd-12ab-34cd-56ef-1234567890ab; manager customer; state Enabled; spec HMAC_256; usage GENERATE_VERIFY_MAC; origin AWS_KMS; multi-Region true; primary arn:aws:kms:us-east-1:111122223333:key/mrk-1; " +
				"rotation unrecorded unrecorded; deletion absent unrecorded; valid absent; used absent since 2026-04-23T00:00:00Z; description ; tags map[] ; policy {'Statement':[]}; replica"},
		{"of AWS", `"DescribeKey": {"KeyMetadata": {"KeyManager": "AWS", "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS", "MultiRegion": false, "Description": "Default key"}}`,
			"1234abcd-12ab-34cd-56ef-1234567890ab; manager aws-managed; state Enabled; spec SYMMETRIC_DEFAULT; usage ENCRYPT_DECRYPT; origin AWS_KMS; multi-Region false; primary unrecorded; " +
				"rotation unrecorded unrecorded; deletion absent unrecorded; valid absent; used unrecorded since unrecorded; description Default key; tags map[] not asked for, as AWS manages the key; policy unrecorded"},
		{"refused", `"DescribeKey": ` + denied + `, "GetKeyPolicy": ` + denied + `, "GetKeyRotationStatus": ` + denied + `, "ListResourceTags": ` + denied + `, "GetKeyLastUsage": ` + denied,
			strings.ReplaceAll("1234abcd-12ab-34cd-56ef-1234567890ab; manager U; state U; spec U; usage U; origin U; multi-Region U; primary unrecorded; rotation U U; deletion U unrecorded; valid U; used U since U; description U; tags map[] AccessDeniedException: no; policy U",
				"U", "unread (AccessDeniedException: no)")},
		{"hardly asked", `"DescribeKey": {"KeyMetadata": {"KeyManager": "ALIENS"}}`,
			"1234abcd-12ab-34cd-56ef-1234567890ab; manager unknown (KeyManager is \"ALIENS\", which this version does not know); state absent; spec absent; usage absent; origin absent; multi-Region false; primary unrecorded; " +
				"rotation unrecorded unrecorded; deletion absent unrecorded; valid absent; used unrecorded since absent; description absent; tags map[] ; policy unread (GetKeyPolicy gave no policy)"},
	} {
		inv := assembleAnswers(t, answers(t, "aws", `{"`+arn+`": ["AWS::KMS::Key", {`+tt.answers+`}]}`))
		if got := showKey(inv.Key(arn)); got != tt.want {
			t.Errorf("%s:\n%s\nwant:\n%s", tt.name, got, tt.want)
		}
	}
}

// Ids, names and aliases mean something within one account and Region only.
func TestNamesStayInTheirPlace(t *testing.T) {
	const mrk = "mrk-1234abcd12ab34cd56ef1234567890ab"
	module := func(path, account, region, text string) graph.Module {
		m := answers(t, path, strings.NewReplacer("ACCOUNT", account, "REGION", region).Replace(text))
		for i := range m.Resources {
			m.Resources[i].Account, m.Resources[i].Region = account, region
		}
		return m
	}
	const place = `{
 "arn:aws:kms:REGION:ACCOUNT:key/` + mrk + `": ["AWS::KMS::Key", {"DescribeKey": {"KeyMetadata": {"KeyManager": "CUSTOMER", "Description": "of ACCOUNT in REGION"}}}],
 "arn:aws:kms:REGION:ACCOUNT:alias/zoo": ["AWS::KMS::Alias", {"ListAliases": {"AliasName": "alias/zoo", "TargetKeyId": "` + mrk + `"}}],
 "arn:aws:kms:REGION:ACCOUNT:alias/app": ["AWS::KMS::Alias", {"ListAliases": {"AliasName": "alias/app", "TargetKeyId": "` + mrk + `"}}],
 "arn:aws:logs:REGION:ACCOUNT:log-group:x": ["AWS::Logs::LogGroup", {"DescribeLogGroups": {"logGroupName": "x", "kmsKeyId": "` + mrk + `"}}],
 "arn:aws:bedrock:REGION:ACCOUNT:invocation-logging": ["AWS::Bedrock::InvocationLogging", {"GetModelInvocationLoggingConfiguration": {"loggingConfig": {"cloudWatchConfig": {"logGroupName": "x"}, "s3Config": {"bucketName": "shared"}}}}],
 "arn:aws:secretsmanager:REGION:ACCOUNT:secret:s-AbCdEf": ["AWS::SecretsManager::Secret", {"DescribeSecret": {"Name": "s", "KmsKeyId": "alias/app"}}]}`
	const elsewhere = `{
 "arn:aws:secretsmanager:REGION:ACCOUNT:secret:t-AbCdEf": ["AWS::SecretsManager::Secret", {"DescribeSecret": {"Name": "t", "KmsKeyId": "alias/app"}}],
 "arn:aws:secretsmanager:REGION:ACCOUNT:secret:u-AbCdEf": ["AWS::SecretsManager::Secret", {"DescribeSecret": {"Name": "u", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:alias/app"}}],
 "arn:aws:bedrock:REGION:ACCOUNT:invocation-logging": ["AWS::Bedrock::InvocationLogging", {"GetModelInvocationLoggingConfiguration": {"loggingConfig": {"cloudWatchConfig": {"logGroupName": "x"}}}}],
 "arn:aws:s3:::shared": ["AWS::S3::Bucket", {"ListBuckets": {"Name": "shared"}}]}`
	inv := assembleAnswers(t, module("a", "111122223333", "eu-west-1", place), module("b", "111122223333", "us-east-1", place), module("c", "444455556666", "eu-west-1", place),
		module("d", "444455556666", "us-east-1", elsewhere))
	var got []string
	for _, r := range inv.Parts().Resources {
		for _, s := range r.Slots {
			n := s.Named[0]
			got = append(got, strings.Join([]string{r.Account.Or(""), r.Region.Or(""), s.Name, leadsTo(inv, &n), n.How}, " | "))
		}
	}
	want := `111122223333 | eu-west-1 | s3 | as shared default-encryption | through arn:aws:s3:::shared
111122223333 | eu-west-1 | cloudwatch | as x log-group | through arn:aws:logs:eu-west-1:111122223333:log-group:x
444455556666 | eu-west-1 | s3 | as shared default-encryption | through arn:aws:s3:::shared
444455556666 | eu-west-1 | cloudwatch | as x log-group | through arn:aws:logs:eu-west-1:444455556666:log-group:x
111122223333 | us-east-1 | s3 | as shared default-encryption | through arn:aws:s3:::shared
111122223333 | us-east-1 | cloudwatch | as x log-group | through arn:aws:logs:us-east-1:111122223333:log-group:x
444455556666 | us-east-1 | cloudwatch | x | 
111122223333 | eu-west-1 | log-group | key of 111122223333 in eu-west-1 | by its key id
444455556666 | eu-west-1 | log-group | key of 444455556666 in eu-west-1 | by its key id
111122223333 | us-east-1 | log-group | key of 111122223333 in us-east-1 | by its key id
444455556666 | us-east-1 | default-encryption | aws-owned | 
111122223333 | eu-west-1 | secret | key of 111122223333 in eu-west-1 | through alias/app
444455556666 | eu-west-1 | secret | key of 444455556666 in eu-west-1 | through alias/app
111122223333 | us-east-1 | secret | key of 111122223333 in us-east-1 | through alias/app
444455556666 | us-east-1 | secret | alias/app | 
444455556666 | us-east-1 | secret | key of 111122223333 in eu-west-1 | through alias/app`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got:\n%s\nwant:\n%s", s, want)
	}
	for _, k := range inv.Parts().Keys {
		if k.Name != "alias/app" {
			t.Errorf("key %s is called %s", k.ID, k.Name)
		}
	}
}

func TestDeployedIdentities(t *testing.T) {
	const details = `{
 "arn:aws:iam::111122223333:role/app/work": ["AWS::IAM::Role", {"GetAccountAuthorizationDetails": {"RoleName": "work", "Path": "/app/", "RoleId": "AROA1", "AssumeRolePolicyDocument": "{\"Statement\": []}",
   "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/limit"}, "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": "{\"Statement\": [{\"Sid\": \"own\"}]}"}],
   "AttachedManagedPolicies": [{"PolicyName": "limit", "PolicyArn": "arn:aws:iam::111122223333:policy/limit"}, {"PolicyName": "Look", "PolicyArn": "arn:aws:iam::aws:policy/Look"}, {"PolicyName": "gone", "PolicyArn": "arn:aws:iam::111122223333:policy/gone"}]}}],
 "arn:aws:iam::111122223333:role/shut": ["AWS::IAM::Role", {"GetAccountAuthorizationDetails": ` + denied + `}],
 "arn:aws:iam::111122223333:user/eve": ["AWS::IAM::User", {"GetAccountAuthorizationDetails": {"UserName": "eve", "Path": "/", "UserId": "AIDA1", "GroupList": ["staff", "ghosts"]}}],
 "arn:aws:iam::111122223333:group/team/staff": ["AWS::IAM::Group", {"GetAccountAuthorizationDetails": {"GroupName": "staff", "Path": "/team/", "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": "{\"Statement\": []}"}]}}],
 "arn:aws:iam::111122223333:policy/limit": ["AWS::IAM::ManagedPolicy", {"GetAccountAuthorizationDetails": {"PolicyVersionList": [{"VersionId": "v2", "IsDefaultVersion": true, "Document": "{\"Statement\": [{\"Sid\": \"new\"}]}"},
   {"VersionId": "v1", "IsDefaultVersion": false, "Document": "{\"Statement\": [{\"Sid\": \"old\"}]}"}]}}]}`
	const awsPolicy = `{"arn:aws:iam::aws:policy/Look": ["AWS::IAM::ManagedPolicy", {"GetAccountAuthorizationDetails": {"PolicyVersionList": [{"IsDefaultVersion": true, "Document": "{\"Statement\": [{\"Sid\": \"look\"}]}"}]}}]}`
	one, two := answers(t, "a", awsPolicy), answers(t, "b", awsPolicy) // of two accounts
	inv := assembleAnswers(t, one, two, answers(t, "c", details))
	for id, want := range map[string]string{
		"arn:aws:iam::111122223333:role/app/work": "arn arn:aws:iam::111122223333:role/app/work\npath /app/\nboundary arn:aws:iam::111122223333:policy/limit = {'Statement':[{'Sid':'new'}]}\ntrust {'Statement':[]}\n" +
			"policy own {'Statement':[{'Sid':'own'}]}\npolicy limit {'Statement':[{'Sid':'new'}]}\npolicy Look {'Statement':[{'Sid':'look'}]}\npolicy gone unknown (the managed policy is not among the inputs)",
		"arn:aws:iam::111122223333:role/shut":        strings.ReplaceAll("arn arn:aws:iam::111122223333:role/shut\npath U\nboundary U = U\ntrust U\npolicy arn:aws:iam::111122223333:role/shut U", "U", "unread (AccessDeniedException: no)"),
		"arn:aws:iam::111122223333:user/eve":         "arn arn:aws:iam::111122223333:user/eve\npath /\nboundary absent = absent\ngroups arn:aws:iam::111122223333:group/team/staff ghosts",
		"arn:aws:iam::111122223333:group/team/staff": "arn arn:aws:iam::111122223333:group/team/staff\npath /team/\nboundary unrecorded = unrecorded\npolicy g {'Statement':[]}",
	} {
		p := inv.Principal(id)
		if p == nil {
			t.Errorf("%s is not there", id)
			continue
		}
		if got := describe(p); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", id, got, want)
		}
		if p.Account.Or("") != liveAccount {
			t.Errorf("%s is of account %s", id, fact(p.Account))
		}
	}
	if got := inv.Principal("arn:aws:iam::111122223333:role/app/work").UniqueID.Or(""); got != "AROA1" {
		t.Errorf("unique id %q", got)
	}
}

func TestDeployedGrants(t *testing.T) {
	inv := assembleAnswers(t, answers(t, "aws", `{
 "`+liveKey+`": ["AWS::KMS::Key", {"DescribeKey": {"KeyMetadata": {"KeyManager": "CUSTOMER"}}}],
 "`+liveKey+`/grant/a": ["AWS::KMS::Grant", {"ListGrants": {"KeyId": "`+liveKey+`", "GranteePrincipal": "arn:aws:iam::111122223333:role/work", "RetiringPrincipal": "arn:aws:iam::111122223333:role/end",
   "Operations": ["Decrypt", "GenerateDataKey"], "Constraints": {"EncryptionContextEquals": {"a": "b"}, "SourceArn": "arn:aws:bedrock:eu-west-1:111122223333:*"}}}],
 "`+liveKey+`/grant/b": ["AWS::KMS::Grant", {"ListGrants": {"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "GranteeServicePrincipal": "bedrock.amazonaws.com", "RetiringServicePrincipal": "bedrock.amazonaws.com", "Operations": ["Encrypt"]}}],
 "`+liveKey+`/grant/unread": ["AWS::KMS::Grant", {"ListGrants": `+denied+`}]}`))
	var got []string
	for _, g := range inv.Parts().Grants {
		got = append(got, fmt.Sprint(strings.TrimPrefix(g.ID, liveKey+"/grant/"), " ", g.Key == liveKey, " ", fact(g.Grantee), " ", fact(g.Retiring), " ", showFact(g.Operations), " ", g.ContextEquals, " ", fact(g.SourceARN)))
	}
	want := "a true arn:aws:iam::111122223333:role/work arn:aws:iam::111122223333:role/end [Decrypt GenerateDataKey] map[a:b] arn:aws:bedrock:eu-west-1:111122223333:*\n" +
		"b true bedrock.amazonaws.com bedrock.amazonaws.com [Encrypt] map[] absent\n" +
		strings.ReplaceAll("unread true U U U map[] U", "U", "unread (AccessDeniedException: no)")
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got:\n%s\nwant:\n%s", s, want)
	}
}

func TestAccountsAndControlPoliciesAreTakenAsTheyAre(t *testing.T) {
	m := graph.Module{Input: bedlock.Input{Path: "aws"}}
	m.Accounts = []inventory.Account{{ID: liveAccount, Complete: true, SCPs: inventory.Known([]inventory.Level{{Name: "r-1", Policies: []string{"p-1"}}}, bedlock.Position{})}}
	m.ControlPolicies = []inventory.ControlPolicy{{ID: "p-1", Policy: inventory.Known(inventory.Policy{Text: "{}"}, bedlock.Position{})}}
	inv := assembleAnswers(t, m)
	if a := inv.Account(liveAccount); a == nil || !a.Complete || a.SCPs.Or(nil)[0].Policies[0] != "p-1" || inv.ControlPolicy("p-1") == nil {
		t.Errorf("account %+v, control policy %+v", a, inv.ControlPolicy("p-1"))
	}
}

func TestWhatCannotBeAssembled(t *testing.T) {
	bucket := `{"arn:aws:s3:::b": ["AWS::S3::Bucket", {}]}`
	mixed := answers(t, "m", bucket)
	mixed.Resources = append(mixed.Resources, graph.Resource{ID: "t.yaml#B", Dialect: graph.CloudFormation, Type: "AWS::S3::Bucket"})
	for want, modules := range map[string][]graph.Module{
		"assemble arn:aws:s3:::b: resource is there twice":                       {answers(t, "a", bucket), answers(t, "b", bucket)},
		"assemble t.yaml#B: one module has what is written and what is deployed": {mixed},
	} {
		if _, err := graph.Assemble(embeddedCatalog(t), modules); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
