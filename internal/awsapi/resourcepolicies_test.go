package awsapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// guarded is the company with resources that have policies, and a user who may not read them. It
// is not furnished, so that what is added there is not counted here.
var guarded = strings.Replace(company, "    users:\n", `    users:
      - name: blind
        access-keys: [{id: AKIAblind00000000, secret: blind}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
        policies: {p: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: ["s3:GetBucketPolicy", "bedrock:GetResourcePolicy"], Resource: "*"}]}}
`, 1) + "calls:\n" + strings.NewReplacer("@", `account: "111122223333", region: eu-west-1, as: user/admin, do`).Replace(`
  - {@: "bedrock:CreateGuardrail", with: {name: ward, blockedInputMessaging: a, blockedOutputsMessaging: b}}
  - {@: "bedrock-agentcore-control:CreateMemory", with: {name: ward, eventExpiryDuration: 30}}
  - {@: "s3vectors:CreateVectorBucket", with: {vectorBucketName: ward-vectors}}
  - {@: "sns:CreateTopic", with: {Name: ward-news}}
  - {@: "secretsmanager:CreateSecret", with: {Name: ward, SecretString: x}}
  - {@: "s3:CreateBucket", with: {Bucket: ward-records, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {@: "s3:PutBucketPolicy", with: {Bucket: ward-records, Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::ward-records/*","Condition":{"Null":{"s3:x-amz-server-side-encryption":"true"}}}]}'}}
  - {@: "s3:CreateBucket", with: {Bucket: ward-bare, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
  - {@: "secretsmanager:PutResourcePolicy", with: {SecretId: ward, ResourcePolicy: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}'}}
  - {@: "sqs:CreateQueue", with: {QueueName: ward, Attributes: {Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-1:111122223333:ward"}]}'}}}
  - {@: "dynamodb:CreateTable", with: {TableName: ward, BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}]}}
`)

// TestResourcePolicies: policies of resources are read; those that have none have none, and what
// may not be read is unread.
func TestResourcePolicies(t *testing.T) {
	p := serve(t, guarded)
	for user, want := range map[string][]string{
		"admin": {
			"BedrockAgentCore::Memory ward absent",
			"Bedrock::Guardrail ward absent",
			"DynamoDB::Table ward absent",
			"S3::Bucket ward-bare absent",
			`S3::Bucket ward-records known s3:PutObject`,
			"S3Vectors::VectorBucket ward-vectors absent",
			"SNS::Topic ward-news known SNS:GetTopicAttributes",
			`SQS::Queue ward known sqs:SendMessage`,
			`SecretsManager::Secret ward known secretsmanager:GetSecretValue`,
		},
		"blind": {
			"Bedrock::Guardrail ward unread",
			"S3::Bucket ward-bare unread",
			"S3::Bucket ward-records unread",
		},
	} {
		o := p.fast(user)
		if user == "blind" {
			o.Types = []string{"AWS::Bedrock::Guardrail", "AWS::S3::Bucket"}
		}
		inv, err := Collect(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range inv.Parts().Resources {
			state := r.Policy.State().String()
			if state == "unrecorded" {
				continue
			}
			line := strings.TrimPrefix(r.Type, "AWS::") + " " + r.Name.Or("-") + " " + state
			if policy, ok := r.Policy.Get(); ok {
				_, action, _ := strings.Cut(policy.Text, `"Action":`)
				action, _, _ = strings.Cut(strings.TrimLeft(action, `["`), `"`)
				line += " " + action
			}
			got = append(got, line)
		}
		slices.Sort(got)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", user, d)
		}
	}
}
