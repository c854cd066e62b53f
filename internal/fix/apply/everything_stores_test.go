package apply_test

import "github.com/bedlock/bedlock/internal/fix"

const (
	inBucket  = "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault."
	bucketKey = "ServerSideEncryptionConfiguration.Rules[0].BucketKeyEnabled"
	function  = `"Runtime": "python3.13", "Handler": "f.handler", "Role": "$role", "Code": {"ZipFile": {"$:blob": "UEsDBBQAAAAIAAAAIQBFI0pFCwAAAAkAAAAEAAAAZi5weUtJTSvSyEvMTbXSBAAAAAD//wMAUEsBAhQAFAAAAAgAAAAhAEUjSkULAAAACQAAAAQAAAAAAAAAAAAAAAAAAAAAAGYucHlQSwUGAAAAAAEAAQAyAAAALQAAAAAA"}}`
)

func bucket(encryption string) []making {
	return []making{
		{"", "s3 CreateBucket", `{"Bucket": "records", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}`, ""},
		{"", "s3 PutBucketEncryption", `{"Bucket": "records", "ServerSideEncryptionConfiguration": {"Rules": [` + encryption + `]}}`, ""},
	}
}

var (
	queueRead  = []reading{{"sqs GetQueueAttributes", `{"QueueUrl": "$queue", "AttributeNames": ["All"]}`, []string{"Attributes.KmsDataKeyReusePeriodSeconds", "Attributes.KmsMasterKeyId", "Attributes.SqsManagedSseEnabled"}}}
	bucketRead = `{"Bucket": "records"}`
	tableMade  = `"TableName": "tab", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "DeletionProtectionEnabled": true, "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}`
)

// storeChanges are the stores behind and around Bedrock.
var storeChanges = []changing{
	{
		name: "log group", types: []string{"AWS::Logs::LogGroup"},
		made: []making{
			{"", "logs CreateLogGroup", `{"logGroupName": "/a/b", "tags": {"team": "ml"}}`, ""},
			{"", "logs CreateLogGroup", `{"logGroupName": "/a/b/c"}`, ""},
			{"", "logs PutRetentionPolicy", `{"logGroupName": "/a/b", "retentionInDays": 7}`, ""},
		},
		read: []reading{{"logs DescribeLogGroups", `{"logGroupNamePrefix": "/a/b"}`, []string{"logGroups[0].kmsKeyId", "logGroups[1].kmsKeyId"}}},
	},
	{
		name: "bucket from two layers under another key", types: []string{"AWS::S3::Bucket"}, every: true,
		made: bucket(`{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": "$old"}, "BucketKeyEnabled": false, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}`),
		read: []reading{{"s3 GetBucketEncryption", bucketRead, []string{inBucket + "KMSMasterKeyID"}}},
	},
	{
		name: "bucket with a Bucket Key", types: []string{"AWS::S3::Bucket"}, every: true,
		made: bucket(`{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "$old"}, "BucketKeyEnabled": true, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}`),
		read: []reading{{"s3 GetBucketEncryption", bucketRead, []string{inBucket + "KMSMasterKeyID"}}},
	},
	{
		name: "bucket that blocks SSE-C", types: []string{"AWS::S3::Bucket"},
		made: bucket(`{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}`),
		read: []reading{{"s3 GetBucketEncryption", bucketRead, []string{inBucket + "KMSMasterKeyID", inBucket + "SSEAlgorithm", bucketKey}}},
	},
	{
		name: "bucket back to the default", types: []string{"AWS::S3::Bucket"}, target: fix.Target{Aim: fix.Default},
		made: bucket(`{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "$old"}, "BucketKeyEnabled": true}`),
		read: []reading{{"s3 GetBucketEncryption", bucketRead, []string{inBucket + "KMSMasterKeyID", inBucket + "SSEAlgorithm", bucketKey}}},
	},
	{
		name: "table", types: []string{"AWS::DynamoDB::Table"},
		made: []making{{"", "dynamodb CreateTable", `{` + tableMade + `}`, ""}},
		read: []reading{{"dynamodb DescribeTable", `{"TableName": "tab"}`, []string{"Table.SSEDescription"}}},
	},
	{
		name: "table under the key that AWS manages", types: []string{"AWS::DynamoDB::Table"},
		made: []making{{"", "dynamodb CreateTable", `{` + tableMade + `, "SSESpecification": {"Enabled": true, "SSEType": "KMS"}}`, ""}},
		read: []reading{{"dynamodb DescribeTable", `{"TableName": "tab"}`, []string{"Table.SSEDescription.KMSMasterKeyArn"}}},
	},
	{
		name: "table back to the default", types: []string{"AWS::DynamoDB::Table"}, target: fix.Target{Aim: fix.Default},
		made: []making{{"", "dynamodb CreateTable", `{` + tableMade + `, "SSESpecification": {"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": "$old"}}`, ""}},
		read: []reading{{"dynamodb DescribeTable", `{"TableName": "tab"}`, []string{"Table.SSEDescription"}}},
	},
	{
		name: "queue", types: []string{"AWS::SQS::Queue"},
		made: []making{{"$queue", "sqs CreateQueue", `{"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true", "VisibilityTimeout": "45", "ContentBasedDeduplication": "true"}}`, "QueueUrl"}},
		read: queueRead,
	},
	{
		name: "queue without encryption", types: []string{"AWS::SQS::Queue"},
		made: []making{{"$queue", "sqs CreateQueue", `{"QueueName": "q", "Attributes": {"SqsManagedSseEnabled": "false"}}`, "QueueUrl"}},
		read: []reading{{"sqs GetQueueAttributes", `{"QueueUrl": "$queue", "AttributeNames": ["All"]}`, []string{"Attributes.KmsDataKeyReusePeriodSeconds", "Attributes.KmsMasterKeyId"}}},
	},
	{
		name: "queue from key to key", types: []string{"AWS::SQS::Queue"}, every: true,
		made: []making{{"$queue", "sqs CreateQueue", `{"QueueName": "q", "Attributes": {"KmsMasterKeyId": "$old", "KmsDataKeyReusePeriodSeconds": "600"}}`, "QueueUrl"}},
		read: []reading{{"sqs GetQueueAttributes", `{"QueueUrl": "$queue", "AttributeNames": ["All"]}`, []string{"Attributes.KmsMasterKeyId"}}},
	},
	{
		name: "queue back to the default", types: []string{"AWS::SQS::Queue"}, target: fix.Target{Aim: fix.Default},
		made: []making{{"$queue", "sqs CreateQueue", `{"QueueName": "q", "Attributes": {"KmsMasterKeyId": "$old", "KmsDataKeyReusePeriodSeconds": "600"}}`, "QueueUrl"}},
		read: queueRead,
	},
	{
		name: "topic", types: []string{"AWS::SNS::Topic"},
		made: []making{{"$topic", "sns CreateTopic", `{"Name": "n", "Attributes": {"DisplayName": "d"}}`, "TopicArn"}},
		read: []reading{{"sns GetTopicAttributes", `{"TopicArn": "$topic"}`, []string{"Attributes.KmsMasterKeyId"}}},
	},
	{
		name: "secret", types: []string{"AWS::SecretsManager::Secret"},
		made: []making{{"$secret", "secretsmanager CreateSecret", `{"Name": "s", "Description": "d", "SecretString": "hush", "Tags": [{"Key": "team", "Value": "ml"}]}`, "ARN"}},
		read: []reading{
			{"secretsmanager DescribeSecret", `{"SecretId": "$secret"}`, []string{"KmsKeyId"}},
			{"secretsmanager GetSecretValue", `{"SecretId": "$secret"}`, nil},
		},
	},
	{
		name: "function", types: []string{"AWS::Lambda::Function"},
		made: []making{{"", "lambda CreateFunction", `{"FunctionName": "f", "Description": "d", "Timeout": 30, "MemorySize": 256, "Environment": {"Variables": {"MODE": "b"}}, ` + function + `}`, ""}},
		only: []string{"AWS::Lambda::Function"}, match: "environment",
		read: []reading{{"lambda GetFunctionConfiguration", `{"FunctionName": "f"}`, []string{"KMSKeyArn"}}},
	},
	{
		name: "state machine", types: []string{"AWS::StepFunctions::StateMachine"},
		made: []making{{"$machine", "stepfunctions CreateStateMachine", `{"name": "m", "type": "EXPRESS", "roleArn": "$role", "definition": "{\"StartAt\":\"a\",\"States\":{\"a\":{\"Type\":\"Succeed\"}}}", "tracingConfiguration": {"enabled": true}}`, "stateMachineArn"}},
		read: []reading{{"stepfunctions DescribeStateMachine", `{"stateMachineArn": "$machine"}`, []string{"encryptionConfiguration.kmsDataKeyReusePeriodSeconds", "encryptionConfiguration.kmsKeyId", "encryptionConfiguration.type"}}},
	},
	{
		name: "state machine from key to key", types: []string{"AWS::StepFunctions::StateMachine"}, every: true,
		made: []making{{"$machine", "stepfunctions CreateStateMachine", `{"name": "m", "roleArn": "$role", "definition": "{\"StartAt\":\"a\",\"States\":{\"a\":{\"Type\":\"Succeed\"}}}", "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "$old", "kmsDataKeyReusePeriodSeconds": 600}}`, "stateMachineArn"}},
		read: []reading{{"stepfunctions DescribeStateMachine", `{"stateMachineArn": "$machine"}`, []string{"encryptionConfiguration.kmsKeyId"}}},
	},
	{
		name: "trail", types: []string{"AWS::CloudTrail::Trail"},
		made: []making{
			{"", "s3 CreateBucket", `{"Bucket": "records", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}`, ""},
			{"", "s3 PutBucketPolicy", `{"Bucket": "records", "Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"s3:GetBucketAcl\",\"Resource\":\"arn:aws:s3:::records\"},{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::records/*\",\"Condition\":{\"StringEquals\":{\"s3:x-amz-acl\":\"bucket-owner-full-control\"}}}]}"}`, ""},
			{"$trail", "cloudtrail CreateTrail", `{"Name": "main", "S3BucketName": "records", "S3KeyPrefix": "a", "IsMultiRegionTrail": true, "EnableLogFileValidation": true}`, "TrailARN"},
			{"", "cloudtrail StartLogging", `{"Name": "$trail"}`, ""},
		},
		read: []reading{
			{"cloudtrail GetTrail", `{"Name": "$trail"}`, []string{"Trail.KmsKeyId"}},
			{"cloudtrail GetEventSelectors", `{"TrailName": "$trail"}`, nil},
		},
	},
	{
		name: "event data store", types: []string{"AWS::CloudTrail::EventDataStore"}, lasting: true,
		made: []making{{"$store", "cloudtrail CreateEventDataStore", `{"Name": "events", "RetentionPeriod": 90, "MultiRegionEnabled": false}`, "EventDataStoreArn"}},
		read: []reading{{"cloudtrail GetEventDataStore", `{"EventDataStore": "$store"}`, []string{"KmsKeyId"}}},
	},
	{
		name: "delivery stream", types: []string{"AWS::KinesisFirehose::DeliveryStream"},
		made: delivery("", `"NoEncryptionConfig": "NoEncryption"`),
		read: []reading{{"firehose DescribeDeliveryStream", `{"DeliveryStreamName": "d"}`, []string{
			"DeliveryStreamDescription.DeliveryStreamEncryptionConfiguration.KeyARN",
			"DeliveryStreamDescription.DeliveryStreamEncryptionConfiguration.KeyType",
			"DeliveryStreamDescription.DeliveryStreamEncryptionConfiguration.Status",
		}}},
	},
	{
		name: "delivery stream under the key of AWS", types: []string{"AWS::KinesisFirehose::DeliveryStream"},
		made: delivery(`, "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"}`, `"NoEncryptionConfig": "NoEncryption"`),
		read: []reading{{"firehose DescribeDeliveryStream", `{"DeliveryStreamName": "d"}`, []string{"DeliveryStreamDescription.DeliveryStreamEncryptionConfiguration.KeyARN", "DeliveryStreamDescription.DeliveryStreamEncryptionConfiguration.KeyType"}}},
	},
	{
		name: "delivery stream and its destination", types: []string{"AWS::KinesisFirehose::DeliveryStream"}, every: true,
		made: delivery(`, "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": "$old"}`, `"KMSEncryptionConfig": {"AWSKMSKeyARN": "$old"}`),
		read: []reading{{"firehose DescribeDeliveryStream", `{"DeliveryStreamName": "d"}`, []string{
			"DeliveryStreamDescription.DeliveryStreamEncryptionConfiguration.KeyARN",
			"DeliveryStreamDescription.Destinations[0].ExtendedS3DestinationDescription.EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN",
			"DeliveryStreamDescription.Destinations[0].S3DestinationDescription.EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN",
		}}},
	},
	{
		name: "encryption policy of collections", types: []string{"AWS::OpenSearchServerless::SecurityPolicy"},
		made: []making{{"", "opensearchserverless CreateSecurityPolicy", `{"type": "encryption", "name": "all", "description": "d", "policy": "{\"Rules\":[{\"ResourceType\":\"collection\",\"Resource\":[\"collection/kb*\"]}],\"AWSOwnedKey\":true}"}`, ""}},
		read: []reading{{"opensearchserverless GetSecurityPolicy", `{"type": "encryption", "name": "all"}`, []string{"securityPolicyDetail.policy.AWSOwnedKey", "securityPolicyDetail.policy.KmsARN"}}},
	},
	{
		name: "parameter", types: []string{"AWS::SSM::Parameter"},
		made: []making{
			{"", "ssm PutParameter", `{"Name": "/app/one", "Value": "hush-1234", "Type": "SecureString", "Description": "d", "AllowedPattern": "hush-[0-9]+", "Tier": "Advanced", "Tags": [{"Key": "team", "Value": "ml"}],
				"Policies": "[{\"Type\":\"NoChangeNotification\",\"Version\":\"1.0\",\"Attributes\":{\"After\":\"20\",\"Unit\":\"Days\"}}]"}`, ""},
			{"", "ssm PutParameter", `{"Name": "/app/one/more", "Value": "other", "Type": "SecureString", "KeyId": "$old"}`, ""},
		},
		read: []reading{
			{"ssm DescribeParameters", `{"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["/app/one"]}]}`, []string{"Parameters[0].KeyId"}},
			{"ssm DescribeParameters", `{"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["/app/one/more"]}]}`, nil},
			{"ssm GetParameter", `{"Name": "/app/one", "WithDecryption": true}`, nil},
		},
	},
}

func delivery(own, destination string) []making {
	return []making{
		{"", "s3 CreateBucket", `{"Bucket": "records", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}`, ""},
		{"", "firehose CreateDeliveryStream", `{"DeliveryStreamName": "d", "DeliveryStreamType": "DirectPut"` + own + `, "ExtendedS3DestinationConfiguration": {"RoleARN": "$role", "BucketARN": "arn:aws:s3:::records", "Prefix": "a/", "ErrorOutputPrefix": "e/",
			"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60}, "CompressionFormat": "GZIP", "EncryptionConfiguration": {` + destination + `}}}`, ""},
	}
}
