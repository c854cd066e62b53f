// Package config is AWS Config in the local plane: a configuration recorder, a delivery channel
// and managed rules about encryption.
//
// A rule is evaluated when somebody asks for its results, over what is there then: keys as KMS
// has them, the rest as the role of the recorder may list it. The managed rules are
// those of rules; others, and rules of customers, are not taken, so that no result is made up. A rule
// that AWS evaluates on changes says INSUFFICIENT_DATA while nothing is recorded, as one does
// whose resources the role cannot list.
//
// The delivery channel is tried by writing a file to its bucket, under its key, as AWS does.
//
// What AWS has and this has not: configuration items with their history, snapshots and queries
// (SelectResourceConfig), notifications, aggregators, conformance packs, remediation, rules of
// organizations, scopes by tags, proactive evaluation, recorders of other services.
//
// Operations: https://docs.aws.amazon.com/config/latest/APIReference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsconfig.html.
// Rules: https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html.
// Texts of errors are as recorded in issues of infrastructure tools, unless they are marked.
package config
