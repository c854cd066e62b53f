package verify_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/permit"
	"github.com/bedlock/bedlock/internal/fix/verify"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/internal/wire"
)

// abroad is an account of another partition, with a role, a caller and stores.
const abroad = `
accounts:
  "111122223333":
    partition: PARTITION
    policies:
      - {name: limits, document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}
    users:
      - {name: admin, policies: {all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}, access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - name: service
        path: /app/
        boundary: arn:PARTITION:iam::111122223333:policy/limits
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: [bedrock.amazonaws.com, lambda.amazonaws.com, states.amazonaws.com, firehose.amazonaws.com]}, Action: "sts:AssumeRole"}]}
        policies: {all: {Version: "2012-10-17", Statement: [{Effect: Allow, NotAction: "kms:*", Resource: "*"}]}}
    keys:
      - {region: REGION, alias: alias/old}
calls:
  - {account: "111122223333", region: REGION, as: user/admin, do: "s3:CreateBucket", with: {Bucket: records, CreateBucketConfiguration: {LocationConstraint: REGION}}}
  - {account: "111122223333", region: REGION, as: user/admin, do: "dynamodb:CreateTable", with: {TableName: table, AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}}
  - {account: "111122223333", region: REGION, as: user/admin, do: "sqs:CreateQueue", with: {QueueName: q}}
  - {account: "111122223333", region: REGION, as: user/admin, do: "sns:CreateTopic", with: {Name: n}}
  - {account: "111122223333", region: REGION, as: user/admin, do: "logs:CreateLogGroup", with: {logGroupName: /app}}
  - {account: "111122223333", region: REGION, as: user/admin, do: "secretsmanager:CreateSecret", with: {Name: s, SecretString: hush}}
  - {account: "111122223333", region: REGION, as: user/admin, do: "ssm:PutParameter", with: {Name: /app/one, Value: hush-1, Type: SecureString, AllowedPattern: "hush-[0-9]"}}
  - {account: "111122223333", region: REGION, as: user/admin, do: "stepfunctions:CreateStateMachine", with: {name: m, roleArn: "arn:PARTITION:iam::111122223333:role/app/service", definition: "{\"StartAt\":\"a\",\"States\":{\"a\":{\"Type\":\"Succeed\"}}}"}}
  - {account: "111122223333", region: REGION, as: user/admin, do: "firehose:CreateDeliveryStream", with: {DeliveryStreamName: d, DeliveryStreamType: DirectPut, ExtendedS3DestinationConfiguration: {RoleARN: "arn:PARTITION:iam::111122223333:role/app/service", BucketARN: "arn:PARTITION:s3:::records"}}}
`

// models are what China does not have.
const models = `
  - {account: "111122223333", region: REGION, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: g, description: d, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}}
  - {account: "111122223333", region: REGION, as: user/admin, do: "bedrock-agent:CreateFlow", with: {name: f, executionRoleArn: "arn:PARTITION:iam::111122223333:role/app/service"}}
`

// TestOtherPartitions: estates of GovCloud and China are planned, rehearsed, applied by a role with the
// least policy, verified and taken back.
func TestOtherPartitions(t *testing.T) {
	stores := []string{"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Logs::LogGroup", "AWS::SecretsManager::Secret", "AWS::SSM::Parameter", "AWS::StepFunctions::StateMachine", "AWS::KinesisFirehose::DeliveryStream"}
	for _, c := range []struct {
		partition, region, seed string
		types                   []string
		logs                    string // the principal that CloudWatch Logs is
	}{
		{"aws-us-gov", "us-gov-west-1", abroad + models, append(slices.Clone(stores), "AWS::Bedrock::Guardrail", "AWS::Bedrock::Flow"), "logs.us-gov-west-1.amazonaws.com"},
		{"aws-us-gov", "us-gov-east-1", abroad, stores, "logs.us-gov-east-1.amazonaws.com"},
		{"aws-cn", "cn-north-1", abroad, stores, "logs.cn-north-1.amazonaws.com.cn"},
		{"aws-cn", "cn-northwest-1", abroad, stores, "logs.cn-northwest-1.amazonaws.com.cn"},
	} {
		t.Run(c.region, func(t *testing.T) {
			t.Parallel()
			p := fixtest.Open(t, strings.NewReplacer("PARTITION", c.partition, "REGION", c.region).Replace(c.seed)).In(c.region)
			q := p.Request(fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/app"}, fix.Selection{}, c.types...)
			admin := "arn:" + c.partition + ":iam::111122223333:user/admin"
			q.Callers = []fix.Caller{{ARN: "arn:" + c.partition + ":iam::111122223333:role/app/service"}}
			plan, err := fix.Make(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			plan = fixtest.Again(t, plan)
			var text bytes.Buffer
			if err := fix.Write(&text, plan); err != nil {
				t.Fatal(err)
			}
			if b := text.String(); strings.Contains(b, "arn:aws:") || strings.Contains(b, ".amazonaws.com/") && c.partition == "aws-cn" {
				t.Errorf("the plan names something of the partition aws: %s", b)
			}
			if !strings.Contains(text.String(), `\"`+c.logs+`\"`) {
				t.Errorf("the key's policy does not name %s", c.logs)
			}
			if len(plan.Steps) < len(c.types) {
				t.Fatalf("%d steps: %+v", len(plan.Steps), plan.Subjects)
			}
			cat, err := catalog.Embedded()
			if err != nil {
				t.Fatal(err)
			}
			r, err := rehearse.Run(t.Context(), rehearse.Options{Inventory: q.Inventory, Catalog: cat, Plan: plan, As: admin})
			if err != nil {
				t.Fatal(err)
			}
			if !r.OK || len(r.Unexpected)+len(r.Left) > 0 || len(r.Assumed) > 1 {
				t.Errorf("in order %v; unexpected:\n%s\nleft: %q\nassumed: %q", r.OK, strings.Join(r.Unexpected, "\n"), r.Left, r.Assumed)
			}
			least, err := permit.Policy(plan, cat)
			if err != nil {
				t.Fatal(err)
			}
			p.Call("iam", "CreateRole", wire.Object{"RoleName": "applier", "AssumeRolePolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`})
			p.Call("iam", "PutRolePolicy", wire.Object{"RoleName": "applier", "PolicyName": "apply", "PolicyDocument": least})
			j, err := apply.Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = j.Close() })
			o := apply.Options{Estate: p.As("applier", permit.May(plan)), Poll: time.Millisecond, Pause: time.Millisecond}
			if err := apply.Apply(t.Context(), j, o); err != nil {
				t.Fatal(err)
			}
			verdict := func() verify.Verdict {
				rec, err := verify.Run(t.Context(), verify.Options{
					Plan: plan, Answers: j.Answers(), Run: j.Run(), Since: j.Begun(), Back: j.Undoing(), Tool: "test", Catalog: cat,
					Now: time.Now(), Estate: p.Estate().(verify.Estate), Inventory: p.Inventory(c.types...),
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range rec.Subjects {
					if s.Verdict != verify.AsPlanned {
						t.Errorf("%s, %s: %s: %s", s.Resource, s.Slot, s.Verdict, s.Why)
					}
				}
				return rec.Verdict
			}
			if got := verdict(); got != verify.AsPlanned {
				t.Errorf("after the plan: %s", got)
			}
			if err := apply.Undo(t.Context(), j, o); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(verify.AsPlanned, verdict()); d != "" {
				t.Errorf("after undo: %s", d)
			}
		})
	}
}
