package iac

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/inventory"
)

const (
	liveAccount = "111122223333"
	liveRegion  = "eu-west-1"
	liveKey     = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	s3Key       = "arn:aws:kms:eu-west-1:111122223333:key/aaaaaaaa-12ab-34cd-56ef-1234567890ab"
	keyPolicy   = `{"Statement": [{"Sid": "root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}]}`
)

// base are a key "data", the account's key for S3 and the role "work" as a template and
// as the APIs describe them.
const (
	baseTemplate = `
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties: {Description: data, EnableKeyRotation: true, KeyPolicy: ` + keyPolicy + `}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: work
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: sts:AssumeRole}]}
      Policies: [{PolicyName: use, PolicyDocument: {Statement: [{Effect: Allow, Action: "kms:*", Resource: "*"}]}}]
`
	baseAnswers = `{
 "` + liveKey + `": ["AWS::KMS::Key", {
   "DescribeKey": {"KeyMetadata": {"KeyManager": "CUSTOMER", "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT",
     "Origin": "AWS_KMS", "MultiRegion": false, "Description": "data"}},
   "GetKeyPolicy": {"Policy": ` + "%q" + `}, "GetKeyRotationStatus": {"KeyRotationEnabled": true, "RotationPeriodInDays": 365}}],
 "` + s3Key + `": ["AWS::KMS::Key", {"DescribeKey": {"KeyMetadata": {"KeyManager": "AWS", "KeyState": "Enabled", "Description": "of AWS"}}}],
 "arn:aws:iam::111122223333:role/work": ["AWS::IAM::Role", {"GetAccountAuthorizationDetails": {"RoleName": "work", "Path": "/",
   "AssumeRolePolicyDocument": "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"bedrock.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\"}]}",
   "RolePolicyList": [{"PolicyName": "use", "PolicyDocument": "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"kms:*\", \"Resource\": \"*\"}]}"}]}}]}`
)

// answers makes a module of {"ARN": ["TYPE", {attributes}]}; {"$unread": "error"} is an
// operation that failed.
func answers(t testing.TB, path, text string) graph.Module {
	t.Helper()
	n, err := syntax.ParseJSON(path, []byte(text), syntax.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m := graph.Module{Input: bedlock.Input{Path: path, Kind: "aws", Status: bedlock.InputAudited}}
	for i := 0; i+1 < len(n.Items); i += 2 {
		r := graph.Resource{
			ID: n.Items[i].Text, Dialect: graph.API, Type: n.Items[i+1].Items[0].Text,
			Account: liveAccount, Region: liveRegion, Partition: "aws", Attributes: graph.Value{Kind: graph.Map},
		}
		operations := n.Items[i+1].Items[1].Items
		for j := 0; j+1 < len(operations); j += 2 {
			v := answer(&operations[j+1])
			r.Attributes.Members = append(r.Attributes.Members, graph.Member{Name: operations[j].Text, Value: v})
		}
		m.Resources = append(m.Resources, r)
	}
	return m
}

func answer(n *syntax.Node) graph.Value {
	if failed := n.Get("$unread"); failed != nil {
		return graph.Failed(failed.Text)
	}
	v := graph.Value{Text: n.Text}
	switch n.Kind {
	case syntax.Bool:
		v.Kind = graph.Bool
	case syntax.Number:
		v.Kind = graph.Number
	case syntax.String:
		v.Kind = graph.String
	case syntax.List:
		v.Kind = graph.List
		for i := range n.Items {
			v.Items = append(v.Items, answer(&n.Items[i]))
		}
	case syntax.Map:
		v.Kind = graph.Map
		for i := 0; i+1 < len(n.Items); i += 2 {
			v.Members = append(v.Members, graph.Member{Name: n.Items[i].Text, Value: answer(&n.Items[i+1])})
		}
	}
	return v
}

func embeddedCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func assembleAnswers(t testing.TB, modules ...graph.Module) *inventory.Inventory {
	t.Helper()
	inv, err := graph.Assemble(embeddedCatalog(t), modules)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// standings lists what the slots name and where they stand, and the roles, one line
// each: "Agent a content: key data, sound".
func standings(t *testing.T, inv *inventory.Inventory) string {
	t.Helper()
	rungs := map[string]string{}
	_, err := audit.Run(context.Background(), inv, audit.Options{}, func(m bedlock.Message) error {
		if m.Slot != nil {
			rungs[m.Slot.Subject.ID+" "+m.Slot.Subject.Slot] = m.Slot.Rung.String()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range inv.Parts().Resources {
		title := r.Type[strings.LastIndexByte(r.Type, ':')+1:] + " " + r.Name.Or("-")
		for _, s := range r.Slots {
			var named []string
			for _, n := range s.Named {
				named = append(named, leadsTo(inv, &n))
			}
			out = append(out, fmt.Sprintf("%s %s: %s, %s", title, s.Name, strings.Join(named, " or "), rungs[r.ID+" "+s.Name]))
		}
		for _, role := range r.Roles {
			who := "nobody"
			if p := inv.Principal(role.Principal); p != nil {
				who = p.Name.Or("-")
			}
			out = append(out, fmt.Sprintf("%s role %s: %s", title, role.Name, who))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func leadsTo(inv *inventory.Inventory, n *inventory.Named) string {
	switch {
	case n.Key != "" && inv.Key(n.Key).Manager.Or(catalog.OwnerCustomer) == catalog.OwnerAWSManaged:
		return "of AWS" // infrastructure code shows it as a default
	case n.Key != "":
		return "key " + inv.Key(n.Key).Description.Or("-")
	case n.Store != "":
		return "as " + inv.Resource(n.Store).Name.Or("-") + " " + n.StoreSlot
	case n.Owner == catalog.OwnerAWSManaged:
		return "of AWS"
	case n.Owner != "":
		return string(n.Owner)
	case n.Text.Why() != "":
		return n.Text.State().String() + " (" + n.Text.Why() + ")"
	}
	return fact(n.Text)
}

// The same resource stands on the same rung whether it is written or deployed.
func TestWrittenAndDeployedStandAlike(t *testing.T) {
	for _, tt := range []struct{ name, template, answers, want string }{
		{"guardrail", `
  Guard: {Type: AWS::Bedrock::Guardrail, Properties: {Name: g, KmsKeyArn: !GetAtt Key.Arn}}
  Plain: {Type: AWS::Bedrock::Guardrail, Properties: {Name: p}}
`, `{
 "arn:aws:bedrock:eu-west-1:111122223333:guardrail/aaaaaaaaaaaa": ["AWS::Bedrock::Guardrail", {"GetGuardrail": {"name": "g", "kmsKeyArn": "` + liveKey + `"}}],
 "arn:aws:bedrock:eu-west-1:111122223333:guardrail/bbbbbbbbbbbb": ["AWS::Bedrock::Guardrail", {"GetGuardrail": {"name": "p"}}]}`,
			"Guardrail g configuration: key data, exposed\nGuardrail p configuration: aws-owned, unkeyed"},
		{"agent with and without memory", `
  A: {Type: AWS::Bedrock::Agent, Properties: {AgentName: a, AgentResourceRoleArn: !GetAtt Role.Arn, CustomerEncryptionKeyArn: !GetAtt Key.Arn, MemoryConfiguration: {EnabledMemoryTypes: [SESSION_SUMMARY]}}}
  B: {Type: AWS::Bedrock::Agent, Properties: {AgentName: b}}
`, `{
 "arn:aws:bedrock:eu-west-1:111122223333:agent/AAAAAAAAAA": ["AWS::Bedrock::Agent", {"GetAgent": {"agent": {"agentName": "a", "agentResourceRoleArn": "arn:aws:iam::111122223333:role/work",
   "customerEncryptionKeyArn": "` + liveKey + `", "memoryConfiguration": {"enabledMemoryTypes": ["SESSION_SUMMARY"]}}}}],
 "arn:aws:bedrock:eu-west-1:111122223333:agent/BBBBBBBBBB": ["AWS::Bedrock::Agent", {"GetAgent": {"agent": {"agentName": "b"}}}]}`,
			"Agent a content: key data, sound\nAgent a memory: key data, unusable\nAgent a role agent: work\nAgent b content: aws-owned, unkeyed"},
		{"flow with its version", `
  F: {Type: AWS::Bedrock::Flow, Properties: {Name: f, ExecutionRoleArn: !GetAtt Role.Arn, CustomerEncryptionKeyArn: !GetAtt Key.Arn}}
`, `{
 "arn:aws:bedrock:eu-west-1:111122223333:flow/AAAAAAAAAA": ["AWS::Bedrock::Flow", {"GetFlow": {"name": "f", "executionRoleArn": "arn:aws:iam::111122223333:role/work", "customerEncryptionKeyArn": "` + liveKey + `"}}]}`,
			"Flow f content: key data, sound\nFlow f role execution: work"},
		{"data source of a knowledge base over OpenSearch Serverless", `
  Base:
    Type: AWS::Bedrock::KnowledgeBase
    Properties:
      Name: base
      RoleArn: !GetAtt Role.Arn
      KnowledgeBaseConfiguration: {Type: VECTOR}
      StorageConfiguration: {Type: OPENSEARCH_SERVERLESS, OpensearchServerlessConfiguration: {CollectionArn: !GetAtt Coll.Arn}}
  Coll: {Type: AWS::OpenSearchServerless::Collection, Properties: {Name: coll, EncryptionConfig: {KmsKeyArn: !GetAtt Key.Arn}}}
  Free: {Type: AWS::OpenSearchServerless::Collection, Properties: {Name: free, EncryptionConfig: {AWSOwnedKey: true}}}
  Docs: {Type: AWS::Bedrock::DataSource, Properties: {Name: docs, KnowledgeBaseId: !Ref Base, ServerSideEncryptionConfiguration: {KmsKeyArn: !GetAtt Key.Arn}, DataSourceConfiguration: {Type: S3}}}
`, `{
 "arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/KBAAAAAAAA": ["AWS::Bedrock::KnowledgeBase", {"GetKnowledgeBase": {"knowledgeBase": {"name": "base", "roleArn": "arn:aws:iam::111122223333:role/work",
   "knowledgeBaseConfiguration": {"type": "VECTOR"}, "storageConfiguration": {"type": "OPENSEARCH_SERVERLESS", "opensearchServerlessConfiguration": {"collectionArn": "arn:aws:aoss:eu-west-1:111122223333:collection/cccccccc"}}}}}],
 "arn:aws:aoss:eu-west-1:111122223333:collection/cccccccc": ["AWS::OpenSearchServerless::Collection", {"BatchGetCollection": {"collectionDetails": [{"name": "coll", "kmsKeyArn": "` + liveKey + `"}]}}],
 "arn:aws:aoss:eu-west-1:111122223333:collection/dddddddd": ["AWS::OpenSearchServerless::Collection", {"BatchGetCollection": {"collectionDetails": [{"name": "free", "kmsKeyArn": "auto"}]}}],
 "arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/KBAAAAAAAA/data-source/DSAAAAAAAA": ["AWS::Bedrock::DataSource", {"GetDataSource": {"dataSource": {"name": "docs", "knowledgeBaseId": "KBAAAAAAAA",
   "serverSideEncryptionConfiguration": {"kmsKeyArn": "` + liveKey + `"}, "dataSourceConfiguration": {"type": "S3"}}}}]}`,
			"Collection coll encryption: key data, sound\nCollection free encryption: aws-owned, unkeyed\n" +
				"DataSource docs role knowledge-base: work\nDataSource docs transient-data: key data, sound\n" +
				"KnowledgeBase base role service: work\nKnowledgeBase base vector-store: as coll encryption, sound"},
		{"knowledge base over S3 Vectors", `
  Base:
    Type: AWS::Bedrock::KnowledgeBase
    Properties:
      Name: base
      RoleArn: !GetAtt Role.Arn
      KnowledgeBaseConfiguration: {Type: VECTOR}
      StorageConfiguration: {Type: S3_VECTORS, S3VectorsConfiguration: {IndexArn: !GetAtt Index.IndexArn}}
  Index: {Type: AWS::S3Vectors::Index, Properties: {IndexName: i, VectorBucketName: !Ref Bucket}}
  Bucket: {Type: AWS::S3Vectors::VectorBucket, Properties: {VectorBucketName: v, EncryptionConfiguration: {SseType: "aws:kms", KmsKeyArn: !GetAtt Key.Arn}}}
  Plain: {Type: AWS::S3Vectors::VectorBucket, Properties: {VectorBucketName: w, EncryptionConfiguration: {SseType: AES256}}}
`, `{
 "arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/KBAAAAAAAA": ["AWS::Bedrock::KnowledgeBase", {"GetKnowledgeBase": {"knowledgeBase": {"name": "base", "roleArn": "arn:aws:iam::111122223333:role/work",
   "knowledgeBaseConfiguration": {"type": "VECTOR"}, "storageConfiguration": {"type": "S3_VECTORS", "s3VectorsConfiguration": {"indexArn": "arn:aws:s3vectors:eu-west-1:111122223333:bucket/v/index/i"}}}}}],
 "arn:aws:s3vectors:eu-west-1:111122223333:bucket/v/index/i": ["AWS::S3Vectors::Index", {"GetIndex": {"index": {"indexName": "i", "vectorBucketName": "v"}}}],
 "arn:aws:s3vectors:eu-west-1:111122223333:bucket/v": ["AWS::S3Vectors::VectorBucket", {"GetVectorBucket": {"vectorBucket": {"vectorBucketName": "v", "encryptionConfiguration": {"sseType": "aws:kms", "kmsKeyArn": "` + liveKey + `"}}}}],
 "arn:aws:s3vectors:eu-west-1:111122223333:bucket/w": ["AWS::S3Vectors::VectorBucket", {"GetVectorBucket": {"vectorBucket": {"vectorBucketName": "w", "encryptionConfiguration": {"sseType": "AES256"}}}}]}`,
			"Index i bucket-encryption: as v encryption, unusable\nKnowledgeBase base role service: work\nKnowledgeBase base vector-store: as i bucket-encryption, unusable\n" +
				"VectorBucket v encryption: key data, unusable\nVectorBucket w encryption: aws-owned, unkeyed"},
		{"buckets with and without a bucket key", `
  A: {Type: AWS::S3::Bucket, Properties: {BucketName: a, BucketEncryption: {ServerSideEncryptionConfiguration: [{BucketKeyEnabled: true, ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !GetAtt Key.Arn}}]}}}
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: b, BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms"}}]}}}
  C: {Type: AWS::S3::Bucket, Properties: {BucketName: c, BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]}}}
`, `{
 "arn:aws:s3:::a": ["AWS::S3::Bucket", {"ListBuckets": {"Name": "a"}, "GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "` + liveKey + `"}, "BucketKeyEnabled": true}]}}}],
 "arn:aws:s3:::b": ["AWS::S3::Bucket", {"ListBuckets": {"Name": "b"}, "GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "` + s3Key + `"}, "BucketKeyEnabled": false}]}}}],
 "arn:aws:s3:::c": ["AWS::S3::Bucket", {"ListBuckets": {"Name": "c"}, "GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}}]}`,
			"Bucket a default-encryption: key data, exposed\nBucket b default-encryption: of AWS, aws-managed\nBucket c default-encryption: aws-owned, unkeyed"},
		{"Lambda functions", `
  F: {Type: AWS::Lambda::Function, Properties: {FunctionName: f, Role: !GetAtt Role.Arn, KmsKeyArn: !GetAtt Key.Arn, Code: {ZipFile: x}}}
  I: {Type: AWS::Lambda::Function, Properties: {FunctionName: i, Role: !GetAtt Role.Arn, PackageType: Image, Code: {ImageUri: x}}}
`, `{
 "arn:aws:lambda:eu-west-1:111122223333:function:f": ["AWS::Lambda::Function", {"GetFunction": {"Configuration": {"FunctionName": "f", "Role": "arn:aws:iam::111122223333:role/work", "KMSKeyArn": "` + liveKey + `", "PackageType": "Zip"}, "Code": {"Location": "x"}}}],
 "arn:aws:lambda:eu-west-1:111122223333:function:i": ["AWS::Lambda::Function", {"GetFunction": {"Configuration": {"FunctionName": "i", "Role": "arn:aws:iam::111122223333:role/work", "PackageType": "Image"}}}]}`,
			"Function f code: aws-owned, unkeyed\nFunction f environment: key data, sound\nFunction f role execution: work\n" +
				"Function i environment: of AWS, aws-managed\nFunction i role execution: work"},
		{"log groups, topics and queues", `
  L: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /app/l, KmsKeyId: !GetAtt Key.Arn}}
  M: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /app/m}}
  T: {Type: AWS::SNS::Topic, Properties: {TopicName: t, KmsMasterKeyId: alias/aws/sns}}
  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q, KmsMasterKeyId: !Ref Key, SqsManagedSseEnabled: false}}
  R: {Type: AWS::SQS::Queue, Properties: {QueueName: r, SqsManagedSseEnabled: false}}
`, `{
 "arn:aws:logs:eu-west-1:111122223333:log-group:/app/l": ["AWS::Logs::LogGroup", {"DescribeLogGroups": {"logGroupName": "/app/l", "kmsKeyId": "` + liveKey + `"}}],
 "arn:aws:logs:eu-west-1:111122223333:log-group:/app/m": ["AWS::Logs::LogGroup", {"DescribeLogGroups": {"logGroupName": "/app/m"}}],
 "arn:aws:sns:eu-west-1:111122223333:t": ["AWS::SNS::Topic", {"GetTopicAttributes": {"Attributes": {"KmsMasterKeyId": "alias/aws/sns"}}}],
 "arn:aws:sqs:eu-west-1:111122223333:q": ["AWS::SQS::Queue", {"GetQueueAttributes": {"Attributes": {"KmsMasterKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "SqsManagedSseEnabled": "false"}}}],
 "arn:aws:sqs:eu-west-1:111122223333:r": ["AWS::SQS::Queue", {"GetQueueAttributes": {"Attributes": {"SqsManagedSseEnabled": "false"}}}]}`,
			"LogGroup /app/l log-group: key data, unusable\nLogGroup /app/m log-group: aws-owned, unkeyed\n" +
				"Queue q messages: key data, exposed\nQueue r messages: none, unkeyed\nTopic t messages: alias/aws/sns, aws-managed"},
		{"tables", `
  A: {Type: AWS::DynamoDB::Table, Properties: {TableName: a}}
  B: {Type: AWS::DynamoDB::Table, Properties: {TableName: b, SSESpecification: {SSEEnabled: true}}}
  C: {Type: AWS::DynamoDB::Table, Properties: {TableName: c, SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !Ref Key}}}
`, `{
 "arn:aws:dynamodb:eu-west-1:111122223333:table/a": ["AWS::DynamoDB::Table", {"DescribeTable": {"Table": {"TableName": "a"}}}],
 "arn:aws:dynamodb:eu-west-1:111122223333:table/b": ["AWS::DynamoDB::Table", {"DescribeTable": {"Table": {"TableName": "b", "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "` + s3Key + `"}}}}],
 "arn:aws:dynamodb:eu-west-1:111122223333:table/c": ["AWS::DynamoDB::Table", {"DescribeTable": {"Table": {"TableName": "c", "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "` + liveKey + `"}}}}]}`,
			"Table a table: aws-owned, unkeyed\nTable b table: of AWS, aws-managed\nTable c table: key data, exposed"},
		{"secrets and parameters", `
  A: {Type: AWS::SecretsManager::Secret, Properties: {Name: a, KmsKeyId: alias/app}}
  B: {Type: AWS::SecretsManager::Secret, Properties: {Name: b}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/app, TargetKeyId: !Ref Key}}
  P: {Type: AWS::SSM::Parameter, Properties: {Name: p, Type: String, Value: x}}
`, `{
 "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf": ["AWS::SecretsManager::Secret", {"DescribeSecret": {"Name": "a", "KmsKeyId": "alias/app"}}],
 "arn:aws:secretsmanager:eu-west-1:111122223333:secret:b-AbCdEf": ["AWS::SecretsManager::Secret", {"DescribeSecret": {"Name": "b"}}],
 "arn:aws:kms:eu-west-1:111122223333:alias/app": ["AWS::KMS::Alias", {"ListAliases": {"AliasName": "alias/app", "TargetKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}}],
 "arn:aws:ssm:eu-west-1:111122223333:parameter/p": ["AWS::SSM::Parameter", {"DescribeParameters": {"Name": "p", "Type": "String"}}]}`,
			"Parameter p value: none, unkeyed\nSecret a secret: key data, exposed\nSecret b secret: of AWS, aws-managed"},
		{"delivery streams", `
  D:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: d
      DeliveryStreamType: DirectPut
      DeliveryStreamEncryptionConfigurationInput: {KeyType: CUSTOMER_MANAGED_CMK, KeyARN: !GetAtt Key.Arn}
      ExtendedS3DestinationConfiguration: {BucketARN: !GetAtt B.Arn, RoleARN: !GetAtt Role.Arn}
  E:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: e
      DeliveryStreamType: DirectPut
      ExtendedS3DestinationConfiguration: {BucketARN: !GetAtt B.Arn, RoleARN: !GetAtt Role.Arn, EncryptionConfiguration: {KMSEncryptionConfig: {AWSKMSKeyARN: !GetAtt Key.Arn}}}
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}
`, `{
 "arn:aws:firehose:eu-west-1:111122223333:deliverystream/d": ["AWS::KinesisFirehose::DeliveryStream", {"DescribeDeliveryStream": {"DeliveryStreamDescription": {"DeliveryStreamName": "d", "DeliveryStreamType": "DirectPut",
   "DeliveryStreamEncryptionConfiguration": {"KeyARN": "` + liveKey + `", "KeyType": "CUSTOMER_MANAGED_CMK", "Status": "ENABLED"},
   "Destinations": [{"DestinationId": "1", "ExtendedS3DestinationDescription": {"RoleARN": "arn:aws:iam::111122223333:role/work", "BucketARN": "arn:aws:s3:::b", "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}}}]}}}],
 "arn:aws:firehose:eu-west-1:111122223333:deliverystream/e": ["AWS::KinesisFirehose::DeliveryStream", {"DescribeDeliveryStream": {"DeliveryStreamDescription": {"DeliveryStreamName": "e", "DeliveryStreamType": "DirectPut",
   "DeliveryStreamEncryptionConfiguration": {"Status": "DISABLED"},
   "Destinations": [{"DestinationId": "1", "ExtendedS3DestinationDescription": {"RoleARN": "arn:aws:iam::111122223333:role/work", "BucketARN": "arn:aws:s3:::b", "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": "` + liveKey + `"}}}}]}}}],
 "arn:aws:s3:::b": ["AWS::S3::Bucket", {"ListBuckets": {"Name": "b"}, "GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}}]}`,
			"Bucket b default-encryption: aws-owned, unkeyed\nDeliveryStream d role delivery: work\nDeliveryStream d s3-bucket: as b default-encryption, unkeyed\nDeliveryStream d stream: key data, sound\n" +
				"DeliveryStream e role delivery: work\nDeliveryStream e s3-destination: key data, sound\nDeliveryStream e stream: none, unkeyed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tree(t, map[string]string{"t.yaml": baseTemplate + strings.TrimPrefix(tt.template, "\n")})
			written := standings(t, collect(t, Options{Parameters: map[string]string{"AWS::AccountId": liveAccount, "AWS::Region": liveRegion, "AWS::Partition": "aws"}}, dir))
			if written != tt.want {
				t.Errorf("written:\n%s\nwant:\n%s", written, tt.want)
			}
			deployed := standings(t, assembleAnswers(t, answers(t, "aws", fmt.Sprintf(baseAnswers, keyPolicy)), answers(t, "aws too", tt.answers)))
			if deployed != tt.want {
				t.Errorf("deployed:\n%s\nwant:\n%s", deployed, tt.want)
			}
		})
	}
}
