// Package cloudwatch is Amazon CloudWatch of the local plane: metrics that callers put and those
// of KMS, by the minute, and alarms on them.
//
// An alarm is evaluated with the first call in its account and Region that comes a minute or more
// after the last time. Its actions are topics of SNS, to which cloudwatch.amazonaws.com publishes with the
// alarm as aws:SourceArn, so that the policies of the topic and of its key must admit it; what
// became of an action is in the history of the alarm.
//
// Metrics are those of package metrics: AWS/KMS SuccessfulRequest, AWS/Usage CallCount of KMS, and
// what PutMetricData puts. They are in memory, for three hours, and units do not tell them apart.
// What AWS has and this has not: composite and log alarms, metric math, percentiles and anomaly
// detection, other actions than topics, dashboards, streams and Insights. An alarm looks at as
// many periods as it evaluates and not at more when some have no data.
//
// Operations: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html.
package cloudwatch
