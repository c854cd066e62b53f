// Package sqs is Amazon SQS of the local plane: queues with their attributes, keys, policies and
// tags, and messages that are sent, received, hidden and deleted.
//
// With a KMS key the body of a message is sealed under it by the caller through the service,
// with the ARN of the queue as encryption context: who sends needs kms:GenerateDataKey and
// kms:Decrypt, who receives kms:Decrypt:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
// Attributes of messages are not encrypted by it, as on AWS.
//
// What AWS has and this has not: the data key is not reused for KmsDataKeyReusePeriodSeconds,
// so that what becomes of a key counts at once; messages of FIFO queues; waiting for messages;
// dead-letter queues are settings, no message is moved; permissions by label, move tasks; a key
// is not looked at before it is used. Whether an old receipt handle still counts AWS leaves
// open; here it does.
//
// Operations: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html.
package sqs
