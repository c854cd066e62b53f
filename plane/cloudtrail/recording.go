package cloudtrail

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/plane"
)

// marker is recorded in place of what is not shown.
const marker = "HIDDEN_DUE_TO_SECURITY_REASONS"

// recording is how the calls of an API that is driven by its model are recorded. Its zero
// value says: as the model has it, with what the model calls sensitive replaced by [marker],
// blobs and documents left out.
type recording struct {
	// version is the apiVersion; empty: records have none.
	version string
	// dates is the layout of times; empty: that of most services.
	dates string
	// leftOut: what is sensitive is left out instead of replaced.
	leftOut bool
	// denied: the parameters of denied calls are recorded.
	denied bool
	// unwrapped: an answer with one structure is recorded as that.
	unwrapped bool
	// markup: names are those on the wire, and the document of the body has its own.
	markup bool
	// names are the eventNames of operations that have another.
	names map[string]string
	// fields are names of members that are not the usual ones.
	fields map[string]string
	// hidden are shapes, or members as "Shape.Member" or "*.Member", that are sensitive beyond the model, shown shapes that are
	// not though the model says so.
	hidden, shown []string
	// only are the members that are recorded of the input of an operation, answers those of
	// its output; an operation without an entry has all.
	only, answers map[string][]string
	// reads are operations that change nothing beyond those that are so by their names.
	reads []string
	// data are the operations that are data events; "*": all are.
	data []string
	// resources are what calls are about.
	resources []resourceRule
}

// resourceRule recognizes a resource among those that a call was authorized against.
type resourceRule struct {
	// part is in its ARN, up to the end or before a mark that begins what is below it.
	part, end string
	// kind is the type; empty: the service records none.
	kind string
	// data: only data events name it.
	data bool
}

const nanoseconds = "2006-01-02T15:04:05.000000000Z"

// payload is what is recorded of calls of models: nothing of what is said to them. Seen of
// InvokeModel; of Converse unconfirmed, as is that it is read-only.
var payload = []string{"modelId"}

// recordings are what is known, by API. What has no comment follows from records that were
// seen (in the rules of Panther and in stratus-red-team's detonation logs) or from
// https://docs.aws.amazon.com/bedrock/latest/userguide/logging-using-cloudtrail.html.
var recordings = map[string]recording{
	"account": {},
	"bedrock": {
		dates: nanoseconds,
		// The record that was seen lacks the content of the guardrail; its form is unconfirmed.
		hidden: []string{"GuardrailTopicPolicyConfig", "GuardrailWordPolicyConfig", "GuardrailSensitiveInformationPolicyConfig", "AutomatedReasoningPolicyAnnotation", "AutomatedReasoningPolicyDefinition"},
	},
	"bedrock-agent": {
		dates: nanoseconds,
		// Content that the model does not call sensitive; that AWS hides it is unconfirmed.
		hidden:    []string{"APISchema", "FunctionSchema", "InferenceConfiguration", "KnowledgeBaseDocuments", "DocumentContent", "*.parsingPromptText"},
		data:      []string{"IngestKnowledgeBaseDocuments", "DeleteKnowledgeBaseDocuments", "GetKnowledgeBaseDocuments", "ListKnowledgeBaseDocuments"},
		resources: []resourceRule{{part: ":knowledge-base/", kind: "AWS::Bedrock::KnowledgeBase", data: true}},
	},
	"bedrock-runtime": {
		dates: nanoseconds,
		only: map[string][]string{
			"InvokeModel": payload, "InvokeModelWithResponseStream": payload, "Converse": payload, "ConverseStream": payload, "CountTokens": payload,
			"InvokeModelWithBidirectionalStream": payload, "StartAsyncInvoke": {"modelId", "clientRequestToken", "outputDataConfig"},
			"ApplyGuardrail": {"guardrailIdentifier", "guardrailVersion", "source"}, "InvokeGuardrailChecks": {},
		},
		answers: map[string][]string{"ApplyGuardrail": {}, "InvokeGuardrailChecks": {}},
		reads:   []string{"InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream", "CountTokens"},
		data:    []string{"ApplyGuardrail", "InvokeModelWithBidirectionalStream", "GetAsyncInvoke", "StartAsyncInvoke"},
		resources: []resourceRule{
			{part: ":guardrail/", kind: "AWS::Bedrock::Guardrail", data: true}, {part: ":async-invoke/", kind: "AWS::Bedrock::AsyncInvoke", data: true},
		},
	},
	"bedrock-agent-runtime": {
		dates: nanoseconds, data: []string{"*"},
		hidden: []string{"RetrieveAndGenerateInput", "SessionMetadataMap", "InvocationStepPayload", "FlowInputs", "SessionState", "InlineSessionState", "Trace", "RerankQueriesList", "RerankSourcesList"},
		resources: []resourceRule{
			{part: ":agent-alias/", kind: "AWS::Bedrock::AgentAlias", data: true}, {part: ":knowledge-base/", kind: "AWS::Bedrock::KnowledgeBase", data: true},
			{part: ":flow/", kind: "AWS::Bedrock::FlowAlias", data: true}, {part: ":session/", kind: "AWS::Bedrock::Session", data: true},
		},
	},
	"bedrock-data-automation":         {dates: nanoseconds},
	"bedrock-data-automation-runtime": {dates: nanoseconds},
	"bedrock-agentcore": {
		dates:  nanoseconds,
		hidden: []string{"*.inlineContent", "*.text", "*.prompt", "*.searchQuery", "*.userMessages", "*.requestBody", "*.stringValue", "*.stringListValue"},
	},
	"bedrock-agentcore-control": {
		dates:  nanoseconds,
		hidden: []string{"*.inlineContent", "*.rawText", "*.rawTextFragment", "*.summarizationSystemPrompt", "*.commitMessage"},
	},
	"agent-registry":         {dates: nanoseconds},
	"agent-registry-control": {dates: nanoseconds},
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html;
	// which parameters of data events AWS shows beyond these is unconfirmed: no values.
	"dynamodb": {
		version: "2012-08-10",
		only: map[string][]string{
			"PutItem": item, "GetItem": item, "UpdateItem": item, "DeleteItem": item, "Query": items, "Scan": items, "BatchGetItem": {}, "BatchWriteItem": {},
			"TransactGetItems": {}, "TransactWriteItems": {}, "ExecuteStatement": {}, "BatchExecuteStatement": {}, "ExecuteTransaction": {},
		},
		answers: map[string][]string{
			"PutItem": {}, "UpdateItem": {}, "DeleteItem": {}, "BatchWriteItem": {}, "TransactWriteItems": {}, "ExecuteStatement": {}, "BatchExecuteStatement": {}, "ExecuteTransaction": {},
		},
		reads: []string{"Query", "Scan", "BatchGetItem", "TransactGetItems"},
		data: []string{
			"PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems",
			"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction",
		},
		resources: []resourceRule{{part: ":table/", end: "/", kind: "AWS::DynamoDB::Table"}},
	},
	// That log events are data events is unconfirmed; event history does not have them.
	"logs": {
		version: "20140328",
		hidden:  []string{"InputLogEvents", "TestEventMessages", "QueryString", "QueryDefinitionString", "*.tableBody", "*.eventMessage", "*.transformedEventMessage"},
		reads:   []string{"FilterLogEvents", "TestMetricFilter"},
		data:    []string{"PutLogEvents"},
	},
	"opensearchserverless": {reads: []string{"BatchGetCollection", "BatchGetVpcEndpoint", "BatchGetLifecyclePolicy", "BatchGetEffectiveLifecyclePolicy"}},
	"s3":                   s3,
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-cloudtrail-logging.html
	"s3vectors": {
		hidden:    []string{"PutVectorsInputList", "VectorData", "VectorMetadata"},
		reads:     []string{"QueryVectors"},
		data:      []string{"PutVectors", "GetVectors", "ListVectors", "DeleteVectors", "QueryVectors"},
		resources: []resourceRule{{part: "/index/", kind: "AWS::S3Vectors::Index", data: true}},
	},
	"secretsmanager": {
		leftOut: true, denied: true,
		fields:  map[string]string{"ARN": "arn"},
		hidden:  []string{"*.ExternalSecretRotationMetadata"},
		answers: map[string][]string{"CreateSecret": {"ARN"}, "PutSecretValue": {"ARN"}},
		reads:   []string{"BatchGetSecretValue", "ValidateResourcePolicy"},
	},
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/logging-using-cloudtrail.html
	"sqs": {
		hidden: []string{"SendMessageRequest.MessageBody", "SendMessageBatchRequestEntry.MessageBody", "MessageBodyAttributeMap", "MessageBodySystemAttributeMap"},
		data: []string{
			"SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch",
		},
		answers:   map[string][]string{"ReceiveMessage": {}},
		resources: []resourceRule{{part: ":sqs:", kind: "AWS::SQS::Queue"}},
	},
	"cloudtrail": {hidden: []string{"*.QueryStatement", "*.QueryParameters", "*.QueryAlias", "*.Prompt"}},
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/logging_cw_api_calls.html; that
	// PutMetricData is a data event is unconfirmed.
	"cloudwatch": {data: []string{"GetMetricData", "GetMetricWidgetImage", "PutMetricData"}},
	"config":     {hidden: []string{"*.ResultToken"}},
	"es":         {},
	"firehose":   {hidden: []string{"*.HECToken"}, data: []string{"PutRecord", "PutRecordBatch"}},
	"kendra": {
		hidden: []string{"*.Text", "*.Content", "*.QueryText", "*.QueryTexts", "*.Token", "*.FeedbackToken", "*.StringValue", "*.StringListValue"},
		reads:  []string{"Query", "Retrieve"},
	},
	"lambda":                   lambda,
	"neptune":                  {unwrapped: true, hidden: []string{"*.MasterUserPassword"}},
	"neptune-graph":            {hidden: []string{"*.queryString"}},
	"opensearch":               {hidden: []string{"*.FeedbackText"}},
	"organizations":            {},
	"rds":                      {unwrapped: true},
	"resourcegroupstaggingapi": {},
	"s3control":                {markup: true, leftOut: true, denied: true, hidden: []string{"*.FunctionPayload", "*.UserMetadata"}},
	// https://docs.aws.amazon.com/sns/latest/dg/sns-logging-using-cloudtrail.html
	"sns": {
		hidden: []string{
			"PublishInput.Message", "PublishInput.Subject", "PublishBatchRequestEntry.Message", "PublishBatchRequestEntry.Subject", "MessageAttributeMap",
			"*.Token", "*.OneTimePassword",
		},
		data:      []string{"Publish", "PublishBatch"},
		resources: []resourceRule{{part: ":sns:", kind: "AWS::SNS::Topic", data: true}},
	},
	"stepfunctions": {},
	"ssm": {
		hidden:    []string{"DocumentContent", "*.Content", "TokenValue", "*.Message", "*.ClientContext", "*.OperationalData", "*.Metadata", "*.MetadataToUpdate", "*.FailureMessage"},
		resources: []resourceRule{{part: ":parameter/"}},
	},
}

var item, items = []string{"TableName"}, []string{"TableName", "IndexName"}

// s3 is how S3 is recorded: eventNames are those of its older API.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
var s3 = recording{
	markup: true, leftOut: true, denied: true,
	names: map[string]string{
		"ListObjectsV2": "ListObjects", "PutPublicAccessBlock": "PutBucketPublicAccessBlock", "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
		"DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock", "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
		"GetBucketLifecycleConfiguration": "GetBucketLifecycle", "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
		"GetObjectLockConfiguration": "GetBucketObjectLockConfiguration", "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
		"PutBucketAccelerateConfiguration": "PutAccelerateConfiguration", "GetBucketNotificationConfiguration": "GetBucketNotification",
		"PutBucketNotificationConfiguration": "PutBucketNotification",
	},
	fields: map[string]string{"Bucket": "bucketName", "Key": "key", "Policy": "bucketPolicy"},
	hidden: []string{"SSECustomerKeyMD5", "CopySourceSSECustomerKeyMD5", "Metadata", "ObjectLockToken", "*.KMSContext", "*.UserMetadata"},
	shown:  []string{"SSEKMSKeyId", "NonEmptyKmsKeyArnString"},
	data: []string{
		"AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject", "DeleteObjects", "DeleteObjectTagging",
		"GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent", "HeadObject",
		"ListMultipartUploads", "ListObjectVersions", "ListObjects", "ListObjectsV2", "ListParts", "PutObject", "PutObjectAcl", "PutObjectLegalHold",
		"PutObjectRetention", "PutObjectTagging", "RestoreObject", "SelectObjectContent", "UploadPart", "UploadPartCopy", "HeadBucket",
	},
	resources: []resourceRule{{part: ":s3:::"}},
}

// lambda is how Lambda is recorded: eventNames have the version of the API. Of operations that
// are not here theirs are unconfirmed.
// https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
var lambda = recording{
	leftOut: true,
	names: map[string]string{
		"AddPermission": "AddPermission20150331v2", "CreateFunction": "CreateFunction20150331", "DeleteFunction": "DeleteFunction20150331",
		"GetFunction": "GetFunction20150331v2", "ListFunctions": "ListFunctions20150331", "ListVersionsByFunction": "ListVersionsByFunction20150331",
		"UpdateFunctionCode": "UpdateFunctionCode20150331v2", "UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
	},
	hidden:    []string{"*.ClientContext", "*.EventSourceToken", "*.CheckpointToken"},
	data:      []string{"Invoke", "InvokeAsync", "InvokeWithResponseStream"},
	resources: []resourceRule{{part: ":function:", end: ":", kind: "AWS::Lambda::Function", data: true}},
}

// api is the name of the model of a service.
func api(s *plane.Service) string { return cmp.Or(s.API, s.Name) }

// complete says what the recording of an API knows of a call.
func (rec *recording) complete(e *Event, c *plane.Call) {
	e.ReadOnly = e.ReadOnly || slices.Contains(rec.reads, c.Operation)
	e.Data = slices.Contains(rec.data, c.Operation) || slices.Contains(rec.data, "*")
	e.Resources = rec.resourcesOf(c, e.Data)
	e.Operation = cmp.Or(rec.names[c.Operation], c.Operation)
}

// resourcesOf are those of a call of an API with a recording, in the order in which it was
// authorized.
func (rec *recording) resourcesOf(c *plane.Call, data bool) []Resource {
	var out []Resource
	for _, d := range c.Decisions {
		for _, x := range rec.match(d.Resource, data) {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	return out
}

// match returns the resources that an ARN names. S3 has the object and its bucket.
func (rec *recording) match(arn string, data bool) []Resource {
	for _, rule := range rec.resources {
		before, after, ok := strings.Cut(arn, rule.part)
		if !ok || after == "" || after == "*" || rule.data && !data {
			continue
		}
		if rule.end != "" {
			after, _, _ = strings.Cut(after, rule.end)
		}
		if !rec.markup {
			return []Resource{{rule.kind, before + rule.part + after}}
		}
		bucket, object, ok := strings.Cut(after, "/")
		b := Resource{"AWS::S3::Bucket", before + rule.part + bucket}
		if ok && object != "" && object != "*" {
			return []Resource{{"AWS::S3::Object", arn}, b}
		}
		return []Resource{b}
	}
	return nil
}
