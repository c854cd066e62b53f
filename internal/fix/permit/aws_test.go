package permit_test

import (
	"testing"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/permit"
	"github.com/bedlock/bedlock/internal/wire"
)

// TestPolicyOfKeysOfAWS: the same of plans that lead from a key of the customer to one of AWS, whose
// making takes a permission as well.
func TestPolicyOfKeysOfAWS(t *testing.T) {
	p := fixtest.Open(t, estate)
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	old := p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/old"}).Text("KeyMetadata.Arn")
	p.Call("dynamodb", "UpdateTable", wire.Object{"TableName": "table", "SSESpecification": wire.Object{"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": old}})
	p.Call("secretsmanager", "UpdateSecret", wire.Object{"SecretId": "s", "KmsKeyId": old})
	p.Call("sns", "SetTopicAttributes", wire.Object{"TopicArn": "arn:aws:sns:eu-west-1:111122223333:topic", "AttributeName": "KmsMasterKeyId", "AttributeValue": old})
	p.Call("s3", "PutBucketEncryption", wire.Object{"Bucket": "a-bucket-of-the-test", "ServerSideEncryptionConfiguration": wire.Object{"Rules": []any{
		wire.Object{"ApplyServerSideEncryptionByDefault": wire.Object{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": old}},
	}}})
	types := []string{"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::SNS::Topic"}
	for _, aim := range []fix.Aim{fix.AWSManaged, fix.AWSOwned} {
		plan := p.Plan(fix.Target{Aim: aim}, fix.Selection{}, types...)
		text, err := permit.Policy(plan, cat)
		if err != nil {
			t.Fatal(err)
		}
		n := necessary(t, p, string(aim), plan, text)
		t.Logf("%s: %d steps, %d actions", aim, len(plan.Steps), n)
		if want := map[fix.Aim]int{fix.AWSManaged: 5, fix.AWSOwned: 3}[aim]; len(plan.Steps) != want || n < 8 {
			t.Errorf("%s: %d steps, want %d; %d actions", aim, len(plan.Steps), want, n)
		}
	}
}
