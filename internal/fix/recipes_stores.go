package fix

import (
	"github.com/bedlock/bedlock/internal/wire"
)

// storeRecipes are those of the stores behind and around Bedrock, whose updates keep what is not
// sent. Nothing but the encryption is read of them.
var storeRecipes = []recipe{
	{
		Type: "AWS::Logs::LogGroup", ARN: "log-group:{name+}", Read: "DescribeLogGroups", With: "logGroupNamePrefix={name}",
		State: State{At: "logGroups", Pick: map[string]string{"logGroupName": "{name}"}, Only: []string{"logGroupName", "kmsKeyId"}},
		Key:   keyAt("kmsKeyId"), Write: writeLogGroup,
		Data: "what is logged from now on is under the key; what is there keeps the key it was written with",
	},
	{
		Type: "AWS::S3::Bucket", ARN: "{name}", Read: "GetBucketEncryption", With: "Bucket={name}",
		State: State{At: "ServerSideEncryptionConfiguration", Absent: "ServerSideEncryptionConfigurationNotFoundError", Only: []string{"Rules"}},
		Key:   bucketKey, Write: writeBucket,
		Data: "objects that are there keep the key they were written with; copy them over themselves to encrypt them anew",
	},
	{
		Type: "AWS::DynamoDB::Table", ARN: "table/{name}", Read: "DescribeTable", With: "TableName={name}",
		State: State{At: "Table", Only: []string{"TableName", "SSEDescription.SSEType", "SSEDescription.KMSMasterKeyArn"}},
		Key:   tableKey, Write: writeTable,
		Wait: "Table.SSEDescription.Status", Until: []string{"ENABLED", "DISABLED", ""}, Failed: []string{"INACCESSIBLE"},
		Data: "DynamoDB encrypts the table anew by itself",
	},
	{
		Type: "AWS::SQS::Queue", ARN: "{name}", Read: "GetQueueAttributes", With: "QueueUrl=https://sqs.{region}.amazonaws.com/{account}/{name} AttributeNames=All",
		State: State{At: "Attributes", Only: []string{"KmsMasterKeyId", "SqsManagedSseEnabled"}},
		Key:   queueKey, Write: writeQueue,
		Data: "messages that are in the queue keep the key they came with",
	},
	{
		Type: "AWS::SNS::Topic", ARN: "{name}", Read: "GetTopicAttributes", With: "TopicArn={arn}",
		State: State{At: "Attributes", Only: []string{"TopicArn", "KmsMasterKeyId"}},
		Key:   keyAt("KmsMasterKeyId"), Write: writeTopic,
	},
	{
		Type: "AWS::SecretsManager::Secret", ARN: "secret:{name+}", Read: "DescribeSecret", With: "SecretId={arn}",
		State: State{Only: []string{"ARN", "KmsKeyId"}},
		Key:   keyAt("KmsKeyId"), Write: writeSecret,
		Data: "the current, pending and previous versions are encrypted anew; older ones keep their key",
	},
	{
		Type: "AWS::Lambda::Function", ARN: "function:{name}", Read: "GetFunctionConfiguration", With: "FunctionName={arn}",
		State: State{Only: []string{"FunctionName", "KMSKeyArn"}},
		Key:   keyAt("KMSKeyArn"), Write: writeFunction,
		Wait: "LastUpdateStatus", Until: []string{"Successful", ""}, Failed: []string{"Failed"},
		Data: "versions that were published keep their key",
	},
	{
		Type: "AWS::StepFunctions::StateMachine", ARN: "stateMachine:{name}", Read: "DescribeStateMachine", With: "stateMachineArn={arn}",
		State: State{Only: []string{"stateMachineArn", "encryptionConfiguration"}},
		Key:   machineKey, Write: writeMachine,
		Data: "executions that run keep the key they began with",
	},
	{
		Type: "AWS::CloudTrail::Trail", ARN: "trail/{name}", Read: "GetTrail", With: "Name={arn}",
		State: State{At: "Trail", Only: []string{"TrailARN", "KmsKeyId"}},
		Key:   keyAt("KmsKeyId"), Write: writeTrail,
		Data: "log files that were delivered keep the key they were written with",
	},
	{
		Type: "AWS::KinesisFirehose::DeliveryStream", ARN: "deliverystream/{name}", Read: "DescribeDeliveryStream", With: "DeliveryStreamName={name}",
		State: State{At: "DeliveryStreamDescription", Only: []string{"DeliveryStreamName", "DeliveryStreamEncryptionConfiguration.KeyType", "DeliveryStreamEncryptionConfiguration.KeyARN"}},
		Key:   streamKey, Write: writeStream,
		Wait: "DeliveryStreamDescription.DeliveryStreamEncryptionConfiguration.Status", Until: []string{"ENABLED", "DISABLED", ""}, Failed: []string{"ENABLING_FAILED", "DISABLING_FAILED"},
	},
}

func writeLogGroup(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("logGroupName={name}")
	key := to.Text("kmsKeyId")
	if key == "" {
		return []Call{p.call("DisassociateKmsKey", in)}, nil
	}
	in["kmsKeyId"] = key
	return []Call{p.call("AssociateKmsKey", in)}, nil
}

// bucketKey keeps whether a Bucket Key is used; a bucket that had none under another encryption
// gets one, for it costs less and changes nothing else.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
func bucketKey(before wire.Object, _, key string) (wire.Object, error) {
	by := wire.Object{"SSEAlgorithm": "AES256"}
	rule := wire.Object{"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": false}
	if key != "" {
		by["SSEAlgorithm"], by["KMSMasterKeyID"] = "aws:kms", key
		rule["BucketKeyEnabled"] = true
	}
	if rules := before.Objects("Rules"); len(rules) > 0 {
		old := rules[0]
		rule = old.With(wire.Object{"ApplyServerSideEncryptionByDefault": by})
		switch was := old.Text("ApplyServerSideEncryptionByDefault.SSEAlgorithm"); {
		case key != "" && was == "aws:kms:dsse":
			by["SSEAlgorithm"] = was
		case key != "" && was != "aws:kms":
			rule["BucketKeyEnabled"] = true
		case key == "":
			rule["BucketKeyEnabled"] = false
		}
	}
	return wire.Object{"Rules": []any{rule}}, nil
}

func writeBucket(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("Bucket={name}")
	if to == nil {
		return []Call{p.call("DeleteBucketEncryption", in)}, nil
	}
	in["ServerSideEncryptionConfiguration"] = to
	return []Call{p.call("PutBucketEncryption", in)}, nil
}

func tableKey(before wire.Object, _, key string) (wire.Object, error) {
	after := before.Without("SSEDescription")
	if key != "" {
		after["SSEDescription"] = wire.Object{"SSEType": "KMS", "KMSMasterKeyArn": key}
	}
	return after, nil
}

func writeTable(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("TableName={name}")
	in["SSESpecification"] = wire.Object{"Enabled": false}
	if key := to.Text("SSEDescription.KMSMasterKeyArn"); key != "" {
		in["SSESpecification"] = wire.Object{"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": key}
	}
	return []Call{p.call("UpdateTable", in)}, nil
}

func queueKey(_ wire.Object, _, key string) (wire.Object, error) {
	if key == "" {
		return wire.Object{"SqsManagedSseEnabled": "true"}, nil
	}
	return wire.Object{"SqsManagedSseEnabled": "false", "KmsMasterKeyId": key}, nil
}

func writeQueue(p *parts, _, to wire.Object) ([]Call, error) {
	attributes := wire.Object{}
	switch key := to.Text("KmsMasterKeyId"); {
	case key != "":
		attributes["KmsMasterKeyId"] = key
	case to.Text("SqsManagedSseEnabled") == "true":
		attributes["SqsManagedSseEnabled"] = "true"
	default:
		attributes["SqsManagedSseEnabled"] = "false"
		attributes["KmsMasterKeyId"] = ""
	}
	in := p.arguments("QueueUrl=https://sqs.{region}.amazonaws.com/{account}/{name}")
	in["Attributes"] = attributes
	return []Call{p.call("SetQueueAttributes", in)}, nil
}

func writeTopic(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("TopicArn={arn} AttributeName=KmsMasterKeyId")
	in["AttributeValue"] = to.Text("KmsMasterKeyId")
	return []Call{p.call("SetTopicAttributes", in)}, nil
}

// writeSecret sends an empty key for AWS's own: an update without a key keeps the key.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
func writeSecret(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("SecretId={arn}")
	in["KmsKeyId"] = to.Text("KmsKeyId")
	return []Call{p.call("UpdateSecret", in)}, nil
}

func writeFunction(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("FunctionName={arn}")
	in["KMSKeyArn"] = to.Text("KMSKeyArn")
	return []Call{p.call("UpdateFunctionConfiguration", in)}, nil
}

func machineKey(before wire.Object, _, key string) (wire.Object, error) {
	after := before.Clone()
	after["encryptionConfiguration"] = wire.Object{"type": "AWS_OWNED_KEY"}
	if key != "" {
		reuse := int64(300)
		if n := before.Int("encryptionConfiguration.kmsDataKeyReusePeriodSeconds"); n > 0 {
			reuse = n
		}
		after["encryptionConfiguration"] = wire.Object{"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key, "kmsDataKeyReusePeriodSeconds": reuse}
	}
	return after, nil
}

func writeMachine(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("stateMachineArn={arn}")
	in["encryptionConfiguration"] = wire.Object{"type": "AWS_OWNED_KEY"}
	if c := to.Object("encryptionConfiguration"); c != nil {
		in["encryptionConfiguration"] = c
	}
	return []Call{p.call("UpdateStateMachine", in)}, nil
}

func writeTrail(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("Name={arn}")
	in["KmsKeyId"] = to.Text("KmsKeyId")
	return []Call{p.call("UpdateTrail", in)}, nil
}

func streamKey(before wire.Object, _, key string) (wire.Object, error) {
	after := before.Without("DeliveryStreamEncryptionConfiguration")
	if key != "" {
		after["DeliveryStreamEncryptionConfiguration"] = wire.Object{"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key}
	}
	return after, nil
}

func writeStream(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("DeliveryStreamName={name}")
	c := to.Object("DeliveryStreamEncryptionConfiguration")
	if c == nil {
		return []Call{p.call("StopDeliveryStreamEncryption", in)}, nil
	}
	in["DeliveryStreamEncryptionConfigurationInput"] = c
	return []Call{p.call("StartDeliveryStreamEncryption", in)}, nil
}
