package fix_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// shop has stores under one key, which lets in another account and the senders of messages.
const shop = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    keys:
      - region: eu-west-1
        alias: alias/shop
        policy:
          Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}
            - {Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:root"}, Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*"}
            - {Effect: Allow, Principal: {Service: [sns.amazonaws.com, logs.eu-west-1.amazonaws.com]}, Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"], Resource: "*"}
  "444455556666": {}
`

// opened makes the stores of the shop.
func opened(t *testing.T) (p *fixtest.Plane, key string) {
	t.Helper()
	p = fixtest.Open(t, shop)
	key = p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/shop"}).Text("KeyMetadata.Arn")
	policy := func(resource, principal, action, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Resource":"` + resource + `"` + condition + `}]}`
	}
	const queue, topic = "arn:aws:sqs:eu-west-1:111122223333:orders", "arn:aws:sns:eu-west-1:111122223333:news"
	p.Call("sqs", "CreateQueue", wire.Object{"QueueName": "orders", "tags": wire.Object{"bedlock:isolation-group": "acme"}, "Attributes": wire.Object{
		"KmsMasterKeyId": key, "Policy": policy(queue, `{"Service":"events.amazonaws.com"}`, "sqs:SendMessage", ""),
	}})
	p.Call("sns", "CreateTopic", wire.Object{"Name": "news", "Attributes": wire.Object{
		"KmsMasterKeyId": key, "Policy": policy(topic, `"*"`, "sns:Publish", `,"Condition":{"StringEquals":{"aws:SourceOwner":"111122223333"}}`),
	}})
	p.Call("s3", "CreateBucket", wire.Object{"Bucket": "shelf", "CreateBucketConfiguration": wire.Object{"LocationConstraint": "eu-west-1"}})
	p.Call("s3", "PutBucketPolicy", wire.Object{"Bucket": "shelf", "Policy": policy("arn:aws:s3:::shelf/*", `{"AWS":["arn:aws:iam::777788889999:role/guest","arn:aws:iam::444455556666:root"]}`, "s3:GetObject", "")})
	p.Call("s3", "PutBucketEncryption", wire.Object{"Bucket": "shelf", "ServerSideEncryptionConfiguration": wire.Object{"Rules": []any{
		wire.Object{"ApplyServerSideEncryptionByDefault": wire.Object{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": true},
	}}})
	p.Call("logs", "CreateLogGroup", wire.Object{"logGroupName": "/shop", "kmsKeyId": key})
	p.Call("secretsmanager", "CreateSecret", wire.Object{"Name": "till", "SecretString": "hush", "KmsKeyId": key})
	return p, key
}

var stores = []string{"AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::SecretsManager::Secret"}

// leave plans with a role of the other account in the inventory.
func leave(t *testing.T, p *fixtest.Plane, aim fix.Aim) *fix.Plan {
	t.Helper()
	q := p.Request(fix.Target{Aim: aim}, fix.Selection{}, stores...)
	parts := q.Inventory.Parts()
	known := func(text string) inventory.Value[string] { return inventory.Known(text, bedlock.Position{}) }
	reader := "arn:aws:iam::444455556666:role/reader"
	parts.Principals = append(parts.Principals, inventory.Principal{
		ID: reader, Kind: inventory.Role, ARN: known(reader), Name: known("reader"), Account: known("444455556666"),
		Policies: []inventory.NamedPolicy{{Name: "all", Policy: inventory.Known(inventory.Policy{Text: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`}, bedlock.Position{})}},
	})
	var err error
	if q.Inventory, err = inventory.New(parts); err != nil {
		t.Fatal(err)
	}
	plan, err := fix.Make(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return fixtest.Again(t, plan)
}

func texts(list []bedlock.Evidence) (out []string) {
	for _, e := range list {
		out = append(out, strings.ReplaceAll(e.Text, "https://docs.aws.amazon.com", ""))
	}
	return out
}

// TestLeaving: what is lost with a key is said for each place where somebody else has to do with it,
// and who still uses the key.
func TestLeaving(t *testing.T) {
	p, key := opened(t)
	const general = "the policy of a key that AWS manages lets in every principal of the account who may call the service, and nobody else; it cannot be changed, and the key cannot be disabled (/kms/latest/developerguide/concepts.html#aws-managed-key)"
	const noKey = "a key that AWS owns has no policy of yours and no events in CloudTrail, and nobody can disable it: who may call the service reads what is under it (/kms/latest/developerguide/concepts.html#aws-owned-key)"
	const reader = "account 444455556666 (role reader)"
	for _, c := range []struct {
		aim    fix.Aim
		open   []string
		former fix.Former
		stays  []string
	}{
		{
			aim: fix.AWSManaged,
			open: []string{
				`S3 bucket "shelf": its policy or that of its key lets in sns.amazonaws.com, ` + reader + ` and arn:aws:iam::777788889999:role/guest; that of alias/aws/s3 does not (new objects are under it unless the request names another key), and nobody can change it (/AmazonS3/latest/userguide/UsingKMSEncryption.html)`,
				general,
				`SQS queue "orders" is of isolation group "acme": no key keeps it apart from the other groups any more`,
				`SQS queue "orders": its policy or that of its key lets in events.amazonaws.com, sns.amazonaws.com and ` + reader + `; that of alias/aws/sqs does not, and nobody can change it (/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html)`,
				`SNS topic "news": its policy or that of its key lets in sns.amazonaws.com and ` + reader + `; that of alias/aws/sns does not, and nobody can change it (/sns/latest/dg/sns-key-management.html)`,
				`secret "till": its policy or that of its key lets in sns.amazonaws.com and ` + reader + `; that of alias/aws/secretsmanager does not, and nobody can change it (/secretsmanager/latest/userguide/auth-and-access_examples_cross.html)`,
			},
			former: fix.Former{
				Left:  []string{`S3 bucket "shelf", default-encryption`, `secret "till", secret`, `SNS topic "news", messages`, `SQS queue "orders", messages`},
				Users: []string{`log group "/shop", log-group`},
			},
			stays: []string{`log group "/shop": no aws-managed key: CloudWatch Logs takes keys of yours only; without one it encrypts by itself, and has no key in the account (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html)`},
		},
		{
			aim: fix.AWSOwned,
			open: []string{
				`S3 bucket "shelf": its policy lets in arn:aws:iam::777788889999:role/guest, whom the policy of its key kept out; without that key nothing does`,
				noKey,
				`SQS queue "orders" is of isolation group "acme": no key keeps it apart from the other groups any more`,
			},
			former: fix.Former{
				Left:  []string{`log group "/shop", log-group`, `S3 bucket "shelf", default-encryption`, `SNS topic "news", messages`, `SQS queue "orders", messages`},
				Users: []string{`secret "till", secret`},
			},
			stays: []string{`secret "till": no aws-owned key: a secret is always under a key in the account: that of AWS, or yours (https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html)`},
		},
		{
			aim: fix.Default,
			open: []string{
				`S3 bucket "shelf": its policy lets in arn:aws:iam::777788889999:role/guest, whom the policy of its key kept out; without that key nothing does`,
				noKey, general,
				`SQS queue "orders" is of isolation group "acme": no key keeps it apart from the other groups any more`,
				`secret "till": its policy or that of its key lets in sns.amazonaws.com and ` + reader + `; that of alias/aws/secretsmanager does not, and nobody can change it (/secretsmanager/latest/userguide/auth-and-access_examples_cross.html)`,
			},
			former: fix.Former{Left: []string{`log group "/shop", log-group`, `S3 bucket "shelf", default-encryption`, `secret "till", secret`, `SNS topic "news", messages`, `SQS queue "orders", messages`}},
		},
	} {
		t.Run(string(c.aim), func(t *testing.T) {
			plan := leave(t, p, c.aim)
			if d := cmp.Diff(slices.Sorted(slices.Values(c.open)), slices.Sorted(slices.Values(texts(plan.Open)))); d != "" {
				t.Errorf("open: %s", d)
			}
			c.former.Key, c.former.Name = key, "alias/shop"
			if d := cmp.Diff([]fix.Former{c.former}, plan.Former); d != "" {
				t.Errorf("former: %s", d)
			}
			var stays []string
			for _, s := range plan.Subjects {
				if s.Why != "" {
					stays = append(stays, s.Title+": "+s.Why)
				}
			}
			if d := cmp.Diff(c.stays, stays); d != "" {
				t.Errorf("stays: %s", d)
			}
			if len(plan.Manual) > 0 {
				t.Errorf("by hand: %+v", plan.Manual)
			}
		})
	}
}

// TestManagedKey: the key that AWS manages is made by a step where the service tells its ARN and it
// is not there yet, once for all tables, and by none when it is there.
func TestManagedKey(t *testing.T) {
	p, key := opened(t)
	for _, name := range []string{"one", "two"} {
		p.Call("dynamodb", "CreateTable", wire.Object{
			"TableName": name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": []any{wire.Object{"AttributeName": "id", "AttributeType": "S"}},
			"KeySchema": []any{wire.Object{"AttributeName": "id", "KeyType": "HASH"}}, "SSESpecification": wire.Object{"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": key},
		})
	}
	titles := func() (out []string) {
		plan := p.Plan(fix.Target{Aim: fix.AWSManaged}, fix.Selection{}, "AWS::DynamoDB::Table")
		for _, s := range plan.Steps {
			out = append(out, s.Title)
		}
		for _, s := range plan.Subjects {
			out = append(out, s.To)
		}
		return out
	}
	one, two := `DynamoDB table "one": under alias/aws/dynamodb, which AWS manages`, `DynamoDB table "two": under alias/aws/dynamodb, which AWS manages`
	made := "${s01-managed-key-aws-dynamodb:KeyMetadata.Arn}"
	if d := cmp.Diff([]string{"have AWS make alias/aws/dynamodb, if it is not there", one, two, made, made}, titles()); d != "" {
		t.Error(d)
	}
	there := p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/aws/dynamodb"}).Text("KeyMetadata.Arn")
	if d := cmp.Diff([]string{one, two, there, there}, titles()); d != "" {
		t.Error(d)
	}
}

// TestThereAlready: what has the wanted key of AWS stays, and what has the other one goes.
func TestThereAlready(t *testing.T) {
	p := fixtest.Open(t, shop)
	p.Call("secretsmanager", "CreateSecret", wire.Object{"Name": "till", "SecretString": "hush"})
	p.Call("sqs", "CreateQueue", wire.Object{"QueueName": "orders", "Attributes": wire.Object{"KmsMasterKeyId": "alias/aws/sqs"}})
	p.Call("sqs", "CreateQueue", wire.Object{"QueueName": "plain", "Attributes": wire.Object{"SqsManagedSseEnabled": "false"}})
	const queue, secret = "AWS::SQS::Queue", "AWS::SecretsManager::Secret"
	all := []bedlock.Rung{bedlock.Unkeyed, bedlock.AWSManaged}
	for _, c := range []struct {
		aim  fix.Aim
		want []string
	}{
		{fix.AWSManaged, []string{
			`SQS queue "orders": it is under alias/aws/sqs already`, `SQS queue "plain": unkeyed -> aws-managed under alias/aws/sqs`,
			`secret "till": it is under alias/aws/secretsmanager already`,
		}},
		{fix.AWSOwned, []string{
			`SQS queue "orders": aws-managed -> unkeyed under `, `SQS queue "plain": unkeyed -> unkeyed under `,
			`secret "till": no aws-owned key: a secret is always under a key in the account: that of AWS, or yours (https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html)`,
		}},
	} {
		plan := p.Plan(fix.Target{Aim: c.aim}, fix.Selection{Rungs: all}, queue, secret)
		var got []string
		for _, s := range plan.Subjects {
			text := s.Rung.String() + " -> " + s.Reaches.String() + " under " + s.To
			if s.Why != "" {
				text = s.Why
			}
			got = append(got, s.Title+": "+text)
		}
		slices.Sort(got)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.aim, d)
		}
		if len(plan.Manual)+len(plan.Former)+len(plan.Open) > 0 {
			t.Errorf("%s: by hand %v, old keys %v, open %v", c.aim, plan.Manual, plan.Former, plan.Open)
		}
	}
	// Without a selection those are planned that have a key of the customer, and there are none.
	if _, err := fix.Make(t.Context(), p.Request(fix.Target{Aim: fix.AWSManaged}, fix.Selection{}, queue, secret)); !errors.Is(err, fix.ErrNothing) {
		t.Errorf("without a selection: %v", err)
	}
}
