package catalog

import (
	"testing"
)

// Property and attribute names as the awscc provider documents them for trail, KMS
// key, bucket, subnet, function, DB instance and delivery stream.
func TestSnakeIsTheProvidersRule(t *testing.T) {
	for in, want := range map[string]string{
		// https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/cloudtrail_trail
		"KMSKeyId": "kms_key_id", "S3BucketName": "s3_bucket_name", "S3KeyPrefix": "s3_key_prefix",
		"CloudWatchLogsLogGroupArn": "cloudwatch_logs_log_group_arn", "CloudWatchLogsRoleArn": "cloudwatch_logs_role_arn",
		"EnableLogFileValidation": "enable_log_file_validation", "IsMultiRegionTrail": "is_multi_region_trail",
		"SnsTopicArn": "sns_topic_arn", "Arn": "arn",
		// https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/s3_bucket
		"KMSMasterKeyID": "kms_master_key_id", "SSEAlgorithm": "sse_algorithm",
		"BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault": "bucket_encryption.server_side_encryption_configuration.server_side_encryption_by_default",
		// https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/kms_key
		"KeyPolicy": "key_policy", "PendingWindowInDays": "pending_window_in_days", "MultiRegion": "multi_region",
		"BypassPolicyLockoutSafetyCheck": "bypass_policy_lockout_safety_check", "KeySpec": "key_spec",
		// https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/rds_db_instance
		"DBInstanceClass": "db_instance_class", "CACertificateIdentifier": "ca_certificate_identifier",
		"MasterUserSecret.KmsKeyId": "master_user_secret.kms_key_id", "DBName": "db_name",
		// https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/ec2_subnet
		"Ipv6CidrBlocks": "ipv_6_cidr_blocks",
		// The provider's own tests of its rule.
		"GlobalReplicationGroupDescription": "global_replication_group_description", "S3Bucket": "s3_bucket", "AWS99Thing": "aws99_thing",
		// Names inside a JSON document are the document's own.
		"Policy:json.KmsARN": "policy:json.KmsARN", "AwsPolicy:json.Rules.ResourceType": "aws_policy:json.Rules.ResourceType",
	} {
		p, err := ParsePath(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Snake().String(); got != want {
			t.Errorf("Snake(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestParsePath(t *testing.T) {
	p, err := ParsePath("Policy:json.KmsARN")
	if err != nil || len(p.Steps()) != 2 || p.Steps()[0] != (Step{"Policy", true}) || p.Steps()[1] != (Step{"KmsARN", false}) || p.IsZero() {
		t.Errorf("steps = %v, %v", p.Steps(), err)
	}
	if !(Path{}).IsZero() {
		t.Error("the zero path is not zero")
	}
	for in, want := range map[string]string{
		"":            "parse path: empty",
		".":           `parse path ".": bad member name ""`,
		"A..B":        `parse path "A..B": bad member name ""`,
		"A.":          `parse path "A.": bad member name ""`,
		"A[0].B":      `parse path "A[0].B": bad member name "A[0]"`,
		"A:yaml.B":    `parse path "A:yaml.B": bad member name "A:yaml"`,
		":json.B":     `parse path ":json.B": bad member name ":json"`,
		"A B":         `parse path "A B": bad member name "A B"`,
		"A/B":         `parse path "A/B": bad member name "A/B"`,
		"A:json:json": `parse path "A:json:json": bad member name "A:json:json"`,
	} {
		if _, err := ParsePath(in); err == nil || err.Error() != want {
			t.Errorf("ParsePath(%q) = %v, want %s", in, err, want)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"KmsKeyArn", "Policy:json.KmsARN", "BucketEncryption.ServerSideEncryptionConfiguration", "A..B", "É.B", "CloudWatchFSx9a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			return
		}
		if p.String() != s || p.IsZero() {
			t.Fatalf("ParsePath(%q) = %q", s, p)
		}
		again, err := ParsePath(p.Snake().String())
		if err != nil || len(again.Steps()) != len(p.Steps()) {
			t.Fatalf("Snake(%q) = %q: %v", s, p.Snake(), err)
		}
	})
}
