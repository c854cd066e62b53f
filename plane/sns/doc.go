// Package sns is Amazon SNS of the local plane: topics with their attributes, keys, policies and
// tags, subscriptions of queues, and messages that are published to them.
//
// With a KMS key a message is sealed under it by the publisher through the service, with the ARN
// of the topic as encryption context: who publishes needs kms:GenerateDataKey and kms:Decrypt,
// also when a service such as CloudWatch does:
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html. The service hands a message
// to the subscribed queues before it answers, as sns.amazonaws.com with the topic as
// aws:SourceArn, and keeps nothing. What a queue refuses the publisher is not told; it goes to
// the dead-letter queue of the subscription, if there is one:
// https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html.
//
// What AWS has and this has not: other protocols than sqs, queues of other Regions, filter
// policies, messages of FIFO topics, archives, data protection policies, SMS and mobile push.
// The data key is not reused, so that what becomes of a key counts at once. Notifications are
// not signed: they have neither Signature nor SigningCertURL, which only AWS's certificate can
// make. The condition key aws:SourceOwner
// of the policy that topics begin with is known for services only, and lets CloudWatch in; users
// are admitted by their own policies. That AWS does the same is unconfirmed.
//
// Operations: https://docs.aws.amazon.com/sns/latest/api/Welcome.html. Actions:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html.
package sns
