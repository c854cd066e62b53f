package workload_test

import (
	"fmt"
	"strings"
)

// The stack of Bedrock Budgeteer as its templates name it, with all features on.
const (
	account = "111122223333"
	region  = "eu-west-1"
)

var (
	tables = []string{"user-budgets", "usage-tracking", "audit-logs", "pricing", "agentcore-budgets"}
	queues = []string{
		"bedrock-budgeteer-user_setup-dlq-production", "bedrock-budgeteer-usage_calculator-dlq-production", "bedrock-budgeteer-budget_monitor-dlq-production",
		"bedrock-budgeteer-budget_refresh-dlq-production", "bedrock-budgeteer-audit_logger-dlq-production", "bedrock-budgeteer-state_reconciliation-dlq-production",
		"bedrock-budgeteer-iam_utilities-dlq-production", "bedrock-budgeteer-grace_period-dlq-production", "bedrock-budgeteer-policy_backup-dlq-production",
		"bedrock-budgeteer-restoration_validation-dlq-production", "bedrock-budgeteer-production-agentcore-setup-dlq", "bedrock-budgeteer-production-agentcore-budget-monitor-dlq",
		"bedrock-budgeteer-production-agentcore-budget-manager-dlq", "bedrock-budgeteer-production-agentcore-iam-utilities-dlq",
		"bedrock-budgeteer-production-cost-allocation-sync-dlq", "bedrock-budgeteer-production-cost-reconciliation-dlq",
	}
	functions = []string{
		"user-setup", "usage-calculator", "budget-monitor", "budget-refresh", "audit-logger", "state-reconciliation", "pricing-manager", "iam-utilities", "grace-period",
		"policy-backup", "restoration-validation", "agentcore-setup", "agentcore-budget-monitor", "agentcore-budget-manager", "agentcore-iam-utilities",
		"cost-allocation-sync", "cost-reconciliation",
	}
	parameters = []string{
		"production/cost/budget_refresh_period_days", "production/monitoring/log_retention_days", "global/thresholds_percent_warn", "global/thresholds_percent_critical",
		"global/default_user_budget_usd", "global/grace_period_seconds", "global/agentcore/global_budget_limit_usd", "global/agentcore/grace_period_seconds",
		"global/agentcore/warning_threshold_percent", "global/agentcore/critical_threshold_percent", "global/agentcore/default_per_agent_budget_usd",
		"global/api_key_pool_budget_usd", "global/budget_tier_low_usd", "global/budget_tier_medium_usd", "global/budget_tier_high_usd", "global/api_key_global_cap_usd",
	}
	machines = []string{
		"bedrock-budgeteer-suspension-production", "bedrock-budgeteer-restoration-production",
		"bedrock-budgeteer-production-agentcore-suspension", "bedrock-budgeteer-production-agentcore-restoration",
	}
	groups = []string{
		"/aws/bedrock/bedrock-budgeteer-production-invocation-logs", "BedrockBudgeteer-EventIngestionBedrockBudgeteerTrailLogGroup7744D4E8-x1",
		"BedrockBudgeteer-EventIngestionAuditLogsFirehoseLogGroupCEAC6526-x2", "/aws/stepfunctions/bedrock-budgeteer-suspension-production",
		"/aws/stepfunctions/bedrock-budgeteer-restoration-production",
	}
	topics = []string{"operational-alerts", "budget-alerts", "high-severity"}
	roles  = []struct{ name, service, actions string }{
		{"bedrock-budgeteer-production-lambda-execution", "lambda", `"dynamodb:*", "s3:*", "sqs:*", "sns:*", "ssm:*", "states:*"`},
		{"bedrock-budgeteer-production-step-functions", "states", `"dynamodb:*", "sqs:*", "lambda:*"`},
		{"bedrock-budgeteer-production-eventbridge", "events", `"states:StartExecution"`},
		{"bedrock-budgeteer-production-bedrock-logging", "bedrock", `"logs:*"`},
		{"BedrockBudgeteer-EventIngestionBedrockBudgeteerTrai-x3", "cloudtrail", `"logs:*"`},
		{"BedrockBudgeteer-EventIngestionFirehoseDeliveryRole8BF-x4", "firehose", `"s3:*", "lambda:*", "logs:*"`},
		{"BedrockBudgeteer-EventIngestionBedrockLogsToFirehoseRol-x5", "logs", `"firehose:*"`},
		{"BedrockBudgeteer-EventIngestionLogsToFirehoseLambdaRole-x6", "lambda", `"firehose:*"`},
		{"BedrockBudgeteer-WorkflowOrchestrationSuspensionWor-x7", "events", `"states:StartExecution"`},
		{"BedrockBudgeteer-WorkflowOrchestrationAutomaticResto-x8", "events", `"states:StartExecution"`},
	}
)

func named(name string) string { return "arn:aws:iam::" + account + ":role/" + name }

// seed is the stack as calls, and something that is not of it.
func seed() string {
	var b strings.Builder
	fmt.Fprintf(&b, "accounts:\n  %q:\n    users:\n      - {name: admin, attached: [\"arn:aws:iam::aws:policy/AdministratorAccess\"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}\n    keys:\n      - {region: %s, alias: alias/company, rotation: true}\n    roles:\n", account, region)
	for _, r := range roles {
		fmt.Fprintf(&b, "      - name: %s\n        trust: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Principal: {Service: %s.amazonaws.com}, Action: \"sts:AssumeRole\"}]}\n        policies:\n          own: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: [%s], Resource: \"*\"}]}\n", r.name, r.service, r.actions)
	}
	b.WriteString("calls:\n")
	call := func(do, with string, args ...any) {
		fmt.Fprintf(&b, "  - {account: %q, region: %s, as: user/admin, do: %q, with: %s}\n", account, region, do, fmt.Sprintf(with, args...))
	}
	for _, t := range tables {
		call("dynamodb:CreateTable", `{TableName: bedrock-budgeteer-production-%s, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}], BillingMode: PAY_PER_REQUEST, SSESpecification: {Enabled: true}}`, t)
	}
	call("dynamodb:CreateTable", `{TableName: elsewhere, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}`)
	call("s3:CreateBucket", `{Bucket: bedrock-budgeteer-production-logs, CreateBucketConfiguration: {LocationConstraint: %s}}`, region)
	call("s3:PutBucketPolicy", `{Bucket: bedrock-budgeteer-production-logs, Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::bedrock-budgeteer-production-logs"},{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::bedrock-budgeteer-production-logs/AWSLogs/*"}]}'}`)
	for _, g := range groups {
		call("logs:CreateLogGroup", `{logGroupName: %q}`, g)
	}
	call("cloudtrail:CreateTrail", `{Name: bedrock-budgeteer-production-trail, S3BucketName: bedrock-budgeteer-production-logs, CloudWatchLogsLogGroupArn: "arn:aws:logs:%s:%s:log-group:%s:*", CloudWatchLogsRoleArn: %q}`, region, account, groups[1], named(roles[4].name))
	for _, s := range []string{"usage-logs", "audit-logs"} {
		call("firehose:CreateDeliveryStream", `{DeliveryStreamName: bedrock-budgeteer-production-%s, DeliveryStreamType: DirectPut, ExtendedS3DestinationConfiguration: {BucketARN: "arn:aws:s3:::bedrock-budgeteer-production-logs", RoleARN: %q, Prefix: x/}}`, s, named(roles[5].name))
	}
	for _, q := range queues {
		call("sqs:CreateQueue", `{QueueName: %s, Attributes: {KmsMasterKeyId: alias/aws/sqs}}`, q)
	}
	for _, t := range topics {
		call("sns:CreateTopic", `{Name: bedrock-budgeteer-production-%s}`, t)
	}
	for _, f := range functions {
		call("lambda:CreateFunction", `{FunctionName: bedrock-budgeteer-%s-production, Role: %q, PackageType: Image, Code: {ImageUri: "%s.dkr.ecr.%s.amazonaws.com/budgeteer:1"}, Environment: {Variables: {ENVIRONMENT: production}}}`, f, named(roles[0].name), account, region)
	}
	call("lambda:CreateFunction", `{FunctionName: bedrock-budgeteer-production-logs-forwarder, Role: %q, PackageType: Image, Code: {ImageUri: "%s.dkr.ecr.%s.amazonaws.com/budgeteer:1"}, Environment: {Variables: {ENVIRONMENT: production}}}`, named(roles[7].name), account, region)
	for _, m := range machines {
		call("stepfunctions:CreateStateMachine", `{name: %s, roleArn: %q, definition: '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'}`, m, named(roles[1].name))
	}
	for _, p := range parameters {
		call("ssm:PutParameter", `{Name: /bedrock-budgeteer/%s, Type: String, Value: "7"}`, p)
	}
	return b.String()
}
