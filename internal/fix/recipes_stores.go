package fix

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
)

// storeRecipes are those of the stores behind and around Bedrock, whose updates keep what is not
// sent. Nothing but the encryption counts of them.
var storeRecipes = []recipe{
	{
		// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
		Type: "AWS::Logs::LogGroup", ARN: "log-group:{name+}", Read: "DescribeLogGroups", With: "logGroupNamePrefix={name}",
		State: State{At: "logGroups", Pick: map[string]string{"logGroupName": "{name}"}, Only: []string{"logGroupName", "kmsKeyId"}},
		Key:   keyAt("kmsKeyId"), Write: writeLogGroup, Rest: State{Only: []string{"retentionInDays", "logGroupClass"}},
		Data: "what is logged from now on is under the key; what is there keeps the key it was written with",
	},
	{
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
		Type: "AWS::S3::Bucket", ARN: "{name}", Read: "GetBucketEncryption", With: "Bucket={name}",
		State: State{At: "ServerSideEncryptionConfiguration", Absent: "ServerSideEncryptionConfigurationNotFoundError", Only: []string{"Rules"}},
		Key:   bucketKey, Write: writeBucket,
		Data: "objects that are there keep the key they were written with; copy them over themselves to encrypt them anew",
	},
	{
		// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
		Type: "AWS::DynamoDB::Table", Slots: []string{"table"}, ARN: "table/{name}", Read: "DescribeTable", With: "TableName={name}",
		Not:   map[string]string{"replica": "a replica is a table of its own in its Region, and is changed there"},
		State: State{At: "Table", Only: []string{"TableName", "SSEDescription.SSEType", "SSEDescription.KMSMasterKeyArn"}},
		Key:   tableKey, Tells: true, Write: writeTable, Stays: replicated,
		Wait: "Table.TableStatus", Until: []string{"ACTIVE"}, Failed: []string{"INACCESSIBLE_ENCRYPTION_CREDENTIALS", "DELETING", "ARCHIVING", "ARCHIVED"},
		Data: "DynamoDB encrypts the table anew by itself; backups keep the key they were made with",
		Rest: State{
			Only: []string{"KeySchema", "AttributeDefinitions", "BillingModeSummary.BillingMode", "ProvisionedThroughput", "OnDemandThroughput", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "VectorIndexes", "StreamSpecification", "DeletionProtectionEnabled", "TableClassSummary.TableClass"},
			Drop: slices.Concat(throughputs, below("GlobalSecondaryIndexes.", throughputs), []string{"GlobalSecondaryIndexes.WarmThroughput"}, below("GlobalSecondaryIndexes.", indexes), below("LocalSecondaryIndexes.", indexes), below("VectorIndexes.", indexes)),
		},
	},
	{
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
		Type: "AWS::SQS::Queue", ARN: "{name}", Read: "GetQueueAttributes", With: queueURL + " AttributeNames[]=All",
		State: State{At: "Attributes", Only: []string{"QueueArn", "KmsMasterKeyId", "SqsManagedSseEnabled"}},
		Key:   queueKey, Write: writeQueue,
		Data: "messages that are in the queue keep the key they came with",
		Rest: State{Only: []string{"DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout", "KmsDataKeyReusePeriodSeconds", "RedrivePolicy", "RedriveAllowPolicy", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}},
	},
	{
		// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
		Type: "AWS::SNS::Topic", ARN: "{name}", Read: "GetTopicAttributes", With: "TopicArn={arn}",
		State: State{At: "Attributes", Only: []string{"TopicArn", "KmsMasterKeyId"}},
		Key:   keyAt("KmsMasterKeyId"), Write: writeTopic,
		Rest: State{Only: []string{"DisplayName", "FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope", "SignatureVersion", "TracingConfig", "ArchivePolicy"}},
	},
	{
		Type: "AWS::SecretsManager::Secret", Slots: []string{"secret"}, ARN: "secret:{name+}", Read: "DescribeSecret", With: "SecretId={arn}",
		// https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
		Not:   map[string]string{"replica": "the key of a replica is chosen when it is made: remove the replica, and replicate the secret again with the key"},
		State: State{Only: []string{"ARN", "KmsKeyId"}},
		Key:   ownKeyAt("KmsKeyId"), Write: writeSecret,
		Data: "the current, pending and previous versions are encrypted anew; older ones keep their key, and replicas theirs",
		Rest: State{Only: []string{"Name", "Description"}},
	},
	{
		// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
		Type: "AWS::Lambda::Function", Slots: []string{"environment"}, ARN: "function:{name}", Read: "GetFunctionConfiguration", With: "FunctionName={arn}",
		Not: map[string]string{
			// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
			"code":              "Lambda takes the key only together with the code: upload the package again with SourceKMSKeyArn",
			"durable-execution": "what an update of DurableConfig does to the members that it leaves out is not documented",
		},
		State: State{Only: []string{"FunctionName", "KMSKeyArn"}},
		Key:   ownKeyAt("KMSKeyArn"), Write: writeFunction,
		Wait: "LastUpdateStatus", Until: []string{"Successful", ""}, Failed: []string{"Failed"},
		Data: "versions that were published keep their key", Rest: State{Only: []string{"Role", "PackageType"}},
	},
	{
		// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
		Type: "AWS::StepFunctions::StateMachine", ARN: "stateMachine:{name}", Read: "DescribeStateMachine", With: "stateMachineArn={arn} includedData=METADATA_ONLY",
		State: State{Only: []string{"stateMachineArn", "roleArn", "encryptionConfiguration"}},
		Key:   machineKey, Write: writeMachine,
		Data: "executions that run keep the key they began with", Rest: State{Only: []string{"name", "type", "loggingConfiguration", "tracingConfiguration"}},
	},
	{
		// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
		Type: "AWS::CloudTrail::Trail", Slots: []string{"logs"}, ARN: "trail/{name}", Read: "GetTrail", With: "Name={arn}",
		State: State{At: "Trail", Only: []string{"TrailARN", "KmsKeyId"}},
		Key:   keyAt("KmsKeyId"), Write: writeTrail,
		Data: "log files that were delivered keep the key they were written with", RestOf: logging,
		Rest: State{Only: []string{"Name", "S3BucketName", "S3KeyPrefix", "SnsTopicName", "SnsTopicARN", "IncludeGlobalServiceEvents", "IsMultiRegionTrail", "IsOrganizationTrail", "LogFileValidationEnabled", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"}},
	},
	{
		// A key can be added, and neither changed nor removed.
		// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html
		Type: "AWS::CloudTrail::EventDataStore", ARN: "eventdatastore/{id}", Read: "GetEventDataStore", With: "EventDataStore={arn}",
		State: State{Only: []string{"EventDataStoreArn", "KmsKeyId"}},
		Key:   keyAt("KmsKeyId"), Write: updateWith("UpdateEventDataStore", "EventDataStore={arn}", "KmsKeyId"),
		Wait: "Status", Until: []string{"ENABLED", "STOPPED_INGESTION"}, Failed: []string{"PENDING_DELETION"},
		Data: "CloudTrail does not say whether events that are there are encrypted anew", Rest: State{Only: []string{"Name"}},
	},
	{
		// https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html
		Type: "AWS::KinesisFirehose::DeliveryStream", Slots: []string{"stream"}, ARN: "deliverystream/{name}", Read: "DescribeDeliveryStream", With: "DeliveryStreamName={name}",
		State: State{At: "DeliveryStreamDescription", Only: []string{"DeliveryStreamName", streamEncryption + ".KeyType", streamEncryption + ".KeyARN"}},
		Key:   streamKey, Write: writeStream,
		Wait: "DeliveryStreamDescription." + streamEncryption + ".Status", Until: []string{"ENABLED", "DISABLED", ""}, Failed: []string{"ENABLING_FAILED", "DISABLING_FAILED"},
		Data: "what is in the stream keeps the key that it came with", RestOf: delivered,
	},
	{
		// https://docs.aws.amazon.com/firehose/latest/APIReference/API_UpdateDestination.html
		Type: "AWS::KinesisFirehose::DeliveryStream", Slots: []string{"s3-destination"}, Part: "destination",
		ARN: "deliverystream/{name}", Read: "DescribeDeliveryStream", With: "DeliveryStreamName={name}",
		State: State{At: "DeliveryStreamDescription", Only: []string{"DeliveryStreamName", "Destinations"}},
		Key:   destinationKey, Write: writeDestination, Take: "DescribeDeliveryStream", TakeWith: "DeliveryStreamName={name}",
		Wait: "DeliveryStreamDescription.DeliveryStreamStatus", Until: []string{"ACTIVE"}, Failed: []string{"DELETING"},
		Data: "objects that were delivered keep the key they were written with", RestOf: delivered,
	},
	{
		// https://docs.aws.amazon.com/opensearch-service/latest/ServerlessAPIReference/API_UpdateSecurityPolicy.html
		Type: "AWS::OpenSearchServerless::SecurityPolicy", ARN: "security-policy/{type}/{name}", Read: "GetSecurityPolicy", With: "type={type} name={name}",
		State: State{At: "securityPolicyDetail", Only: []string{"type", "name", "description", "policy"}},
		Key:   collectionKey, Write: writeCollectionPolicy, Take: "GetSecurityPolicy", TakeWith: "type={type} name={name}",
		Data: "the policy counts for collections that are made from now on; those that are there keep their key",
	},
	{
		// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
		Type: "AWS::SSM::Parameter", ARN: "parameter/{path+}", Read: "DescribeParameters",
		Input: func(p *parts) wire.Object {
			return wire.Object{"ParameterFilters": []any{wire.Object{"Key": "Name", "Option": "Equals", "Values": []any{p.names["title"]}}}}
		},
		State: State{At: "Parameters", Pick: map[string]string{"Name": "{title}"}, Drop: []string{"LastModifiedDate", "LastModifiedUser", "Version", "Policies.PolicyStatus"}},
		Key:   parameterKey, Write: writeParameter, Stays: plainParameter, Take: "GetParameter", TakeWith: "Name={title} WithDecryption=true",
		Data: "a new version is under the key; versions that are there keep theirs, and labels stay where they are",
	},
}

// Members by which DynamoDB tells how a table and its indexes are doing.
var (
	throughputs = below("ProvisionedThroughput.", []string{"LastDecreaseDateTime", "LastIncreaseDateTime", "NumberOfDecreasesToday"})
	indexes     = []string{"Backfilling", "IndexArn", "IndexSizeBytes", "IndexStatus", "ItemCount"}
)

// below are paths below another.
func below(path string, list []string) (out []string) {
	for _, name := range list {
		out = append(out, path+name)
	}
	return out
}

// queueURL is that of a queue as an argument. In China the hosts have a suffix of their own.
// https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
const queueURL = "QueueUrl=https://sqs.{region}.{suffix}/{account}/{name}"

func writeLogGroup(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("logGroupName={name}")
	key := to.Text("kmsKeyId")
	if key == "" {
		return []Call{p.call("DisassociateKmsKey", in)}, nil
	}
	in["kmsKeyId"] = key
	return []Call{p.call("AssociateKmsKey", in)}, nil
}

// bucketKey keeps whether a Bucket Key is used, and which encryption a client may choose; a bucket
// that comes from SSE-S3 gets a Bucket Key, for it costs less and changes nothing else. With two
// layers (aws:kms:dsse) there is none.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingDSSEncryption.html
func bucketKey(before wire.Object, _, key string) (wire.Object, error) {
	by := wire.Object{"SSEAlgorithm": "AES256"}
	rule := wire.Object{"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": false}
	if key != "" {
		by["SSEAlgorithm"] = "aws:kms"
		rule["BucketKeyEnabled"] = true
	}
	if key != "" && !strings.HasPrefix(key, managedPrefix) { // without one S3 uses alias/aws/s3
		by["KMSMasterKeyID"] = key
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

// replicated: the replicas of a table have keys of one kind, so that one of them alone cannot go
// from AWS's key to the customer's or back.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-security.html
func replicated(p *parts, _ string, _ Aim) string {
	if len(p.answer.List("Table.Replicas")) > 0 {
		return "it is a global table, whose replicas must have keys of the same kind: all of them are changed in one call, with a key of each Region"
	}
	return ""
}

// writeTable names a key unless it is the one that AWS manages: that is meant when none is named.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html
func writeTable(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("TableName={name}")
	spec := wire.Object{"Enabled": false}
	if key := to.Text("SSEDescription.KMSMasterKeyArn"); key != "" {
		spec = wire.Object{"Enabled": true, "SSEType": "KMS"}
		if !p.managed(key) {
			spec["KMSMasterKeyId"] = key
		}
	}
	in["SSESpecification"] = spec
	return []Call{p.call("UpdateTable", in)}, nil
}

func queueKey(before wire.Object, _, key string) (wire.Object, error) {
	after := before.Without("KmsMasterKeyId").With(wire.Object{"SqsManagedSseEnabled": "true"})
	if key != "" {
		after["SqsManagedSseEnabled"], after["KmsMasterKeyId"] = "false", key
	}
	return after, nil
}

// writeQueue sends how long data keys are used again too: whether it outlives a change of the key
// is not documented.
func writeQueue(p *parts, _, to wire.Object) ([]Call, error) {
	attributes := wire.Object{}
	switch key := to.Text("KmsMasterKeyId"); {
	case key != "":
		attributes["KmsMasterKeyId"] = key
		if period := p.answer.Text("Attributes.KmsDataKeyReusePeriodSeconds"); period != "" {
			attributes["KmsDataKeyReusePeriodSeconds"] = period
		}
	case to.Text("SqsManagedSseEnabled") == "true":
		attributes["SqsManagedSseEnabled"] = "true"
	default:
		attributes["SqsManagedSseEnabled"] = "false"
		attributes["KmsMasterKeyId"] = ""
	}
	in := p.arguments(queueURL)
	in["Attributes"] = attributes
	return []Call{p.call("SetQueueAttributes", in)}, nil
}

// writeTopic sends an empty key for none.
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

// writeFunction sends an empty key for the one that AWS manages, which the member's pattern allows.
func writeFunction(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("FunctionName={arn}")
	in["KMSKeyArn"] = to.Text("KMSKeyArn")
	return []Call{p.call("UpdateFunctionConfiguration", in)}, nil
}

func machineKey(before wire.Object, _, key string) (wire.Object, error) {
	after := before.Clone()
	after["encryptionConfiguration"] = wire.Object{"type": "AWS_OWNED_KEY"}
	if key != "" {
		reuse := int64(300) // the default
		if n := before.Int("encryptionConfiguration.kmsDataKeyReusePeriodSeconds"); n > 0 {
			reuse = n
		}
		after["encryptionConfiguration"] = wire.Object{"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key, "kmsDataKeyReusePeriodSeconds": reuse}
	}
	return after, nil
}

// writeMachine sends the role again, for an update without role and definition is refused. The
// definition and everything else stays.
func writeMachine(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("stateMachineArn={arn}")
	in["roleArn"] = to.Text("roleArn")
	in["encryptionConfiguration"] = wire.Object{"type": "AWS_OWNED_KEY"}
	if c := to.Object("encryptionConfiguration"); c != nil {
		in["encryptionConfiguration"] = c
	}
	return []Call{p.call("UpdateStateMachine", in)}, nil
}

// writeTrail sends an empty key for none.
func writeTrail(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("Name={arn}")
	in["KmsKeyId"] = to.Text("KmsKeyId")
	return []Call{p.call("UpdateTrail", in)}, nil
}

// destinations are the members that describe where a stream delivers to, with those of an update.
var destinations = map[string]string{"ExtendedS3DestinationDescription": "ExtendedS3DestinationUpdate", "S3DestinationDescription": "S3DestinationUpdate"}

// streamEncryption is the member that describes how a stream itself is encrypted.
const streamEncryption = "DeliveryStreamEncryptionConfiguration"

// streamKey: without a key a stream is not encrypted, so that the default is AWS's own key.
func streamKey(before wire.Object, _, key string) (wire.Object, error) {
	encryption := wire.Object{"KeyType": "AWS_OWNED_CMK"}
	if key != "" {
		encryption = wire.Object{"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key}
	}
	return before.With(wire.Object{streamEncryption: encryption}), nil
}

func writeStream(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("DeliveryStreamName={name}")
	c := to.Object(streamEncryption)
	if c == nil {
		return []Call{p.call("StopDeliveryStreamEncryption", in)}, nil
	}
	in["DeliveryStreamEncryptionConfigurationInput"] = c
	return []Call{p.call("StartDeliveryStreamEncryption", in)}, nil
}

// destinationKey: without a key of its own a destination follows its bucket. What is delivered to
// S3 is described twice.
func destinationKey(before wire.Object, _, key string) (wire.Object, error) {
	encryption := wire.Object{"NoEncryptionConfig": "NoEncryption"}
	if key != "" {
		encryption = wire.Object{"KMSEncryptionConfig": wire.Object{"AWSKMSKeyARN": key}}
	}
	after := before.Clone()
	for _, d := range after.Objects("Destinations") {
		for _, member := range []string{"ExtendedS3DestinationDescription", "S3DestinationDescription"} {
			if d.Has(member) {
				put(d, member+".EncryptionConfiguration", encryption)
			}
		}
	}
	return after, nil
}

// writeDestination changes the encryption of the one destination that a stream has; its other
// settings stay. The version that an update names is another after each.
func writeDestination(p *parts, _, to wire.Object) ([]Call, error) {
	list := to.Objects("Destinations")
	if len(list) != 1 {
		return nil, fmt.Errorf("it has %d destinations, and a stream has one", len(list))
	}
	from, update := "ExtendedS3DestinationDescription", "ExtendedS3DestinationUpdate"
	if !list[0].Has(from) {
		from, update = "S3DestinationDescription", "S3DestinationUpdate"
	}
	in := p.arguments("DeliveryStreamName={name}")
	in["CurrentDeliveryStreamVersionId"] = Ref(Taken, "DeliveryStreamDescription.VersionId")
	in["DestinationId"] = list[0].Text("DestinationId")
	in[update] = wire.Object{"EncryptionConfiguration": list[0].Object(from + ".EncryptionConfiguration")}
	return []Call{p.call("UpdateDestination", in)}, nil
}

func collectionKey(before wire.Object, _, key string) (wire.Object, error) {
	after := before.Clone()
	text, err := json.Marshal(before["policy"]) // a document, of whatever form
	if err != nil {
		return nil, err
	}
	policy := wire.Object{}
	if err := json.Unmarshal(text, &policy); err != nil {
		return nil, fmt.Errorf("its policy: %w", err)
	}
	policy["AWSOwnedKey"] = key == ""
	if delete(policy, "KmsARN"); key != "" {
		policy["KmsARN"] = key
	}
	after["policy"] = policy
	return after, nil
}

// writeCollectionPolicy sends the policy as a text, with the version that it has at that moment.
func writeCollectionPolicy(p *parts, _, to wire.Object) ([]Call, error) {
	in := p.arguments("type={type} name={name}")
	text, err := json.Marshal(to["policy"])
	if err != nil {
		return nil, err
	}
	in["policy"] = string(text)
	in["policyVersion"] = Ref(Taken, "securityPolicyDetail.policyVersion")
	if d := to.Text("description"); d != "" {
		in["description"] = d
	}
	return []Call{p.call("UpdateSecurityPolicy", in)}, nil
}

// managedParameters is the key that AWS manages for parameters, which have none that AWS owns.
const managedParameters = managedPrefix + "ssm"

func parameterKey(before wire.Object, _, key string) (wire.Object, error) {
	return before.With(wire.Object{"KeyId": cmp.Or(key, managedParameters)}), nil
}

// plainParameter: a type cannot be changed.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
func plainParameter(p *parts, _ string, _ Aim) string {
	for _, x := range p.answer.Objects("Parameters") {
		if typ := x.Text("Type"); x.Text("Name") == p.names["title"] && typ != "SecureString" {
			return "Parameter Store does not change a " + typ + " into a SecureString: the key comes with a new parameter"
		}
	}
	return ""
}

// writeParameter writes the value again that the parameter has, which passes through memory only.
// Everything is sent, for what is kept of what is left out is documented only in part.
func writeParameter(p *parts, _, to wire.Object) ([]Call, error) {
	in := to.Pick("Name", "Type", "KeyId", "Description", "AllowedPattern", "Tier", "DataType")
	in["Value"] = Ref(Taken, "Parameter.Value")
	in["Overwrite"] = true
	var policies []string
	for _, policy := range to.Objects("Policies") {
		policies = append(policies, policy.Text("PolicyText")) // as it stands, for it is read again so
	}
	if policies != nil {
		in["Policies"] = "[" + strings.Join(policies, ",") + "]"
	}
	return []Call{p.call("PutParameter", in)}, nil
}
