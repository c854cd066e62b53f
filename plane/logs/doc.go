// Package logs is Amazon CloudWatch Logs of the local plane: log groups with their keys, streams
// and events, retention, tags, resource policies, subscription filters and metric filters.
//
// Events are sealed under the key of their group. CloudWatch Logs calls KMS itself, as the
// service principal of its Region with the ARN of the group as encryption context:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html.
// What was written under a key stays under it when the group gets another.
//
// What AWS has and this has not: subscription filters and metric filters are kept and shown,
// but nothing is delivered and no metric is made; filter patterns for JSON and for columns are
// refused; a change of the key counts at once, not after up to five minutes; accounts that are
// linked for monitoring; queries, exports, deliveries, anomaly detection, data protection.
//
// Operations: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html.
package logs
