package iac

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestResourcePolicies: the policy of a resource is its own, or that of what attaches one.
func TestResourcePolicies(t *testing.T) {
	for name, tt := range map[string]struct{ file, text, want string }{
		"a template": {"t.yaml", `
Parameters: {Open: {Type: String}}
Conditions: {Open: !Equals [!Ref Open, "yes"]}
Resources:
  Records: {Type: AWS::S3::Bucket}
  RecordsPolicy: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref Records, PolicyDocument: {Version: "2012-10-17", Statement: [{Sid: tls}]}}}
  Named: {Type: AWS::S3::Bucket, Properties: {BucketName: ward}}
  NamedPolicy: {Type: AWS::S3::BucketPolicy, Condition: Open, Properties: {Bucket: ward, PolicyDocument: {Statement: [{Sid: named}]}}}
  Bare: {Type: AWS::S3::Bucket}
  One: {Type: AWS::SQS::Queue}
  Two: {Type: AWS::SQS::Queue}
  Both: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref One, !Ref Two], PolicyDocument: {Statement: [{Sid: both}]}}}
  Table: {Type: AWS::DynamoDB::Table, Properties: {ResourcePolicy: {PolicyDocument: {Statement: [{Sid: own}]}}}}
  Group: {Type: AWS::Logs::LogGroup}
`, `Bare: absent
Group: unrecorded
Named: known {"Statement":[{"Sid":"named"}]} when Open is true
One: known {"Statement":[{"Sid":"both"}]}
Records: known {"Version":"2012-10-17","Statement":[{"Sid":"tls"}]}
Table: known {"Statement":[{"Sid":"own"}]}
Two: known {"Statement":[{"Sid":"both"}]}`},
		"Terraform": {"main.tf", `
resource "aws_s3_bucket" "records" { bucket = "records" }
resource "aws_s3_bucket_policy" "records" {
  bucket = aws_s3_bucket.records.id
  policy = jsonencode({ Statement = [{ Sid = "tls" }] })
}
resource "aws_sqs_queue" "own" { policy = "{\"Statement\":[{\"Sid\":\"own\"}]}" }
resource "aws_sqs_queue" "bare" {}
resource "aws_secretsmanager_secret" "s" {}
resource "aws_secretsmanager_secret_policy" "s" {
  secret_arn = aws_secretsmanager_secret.s.arn
  policy     = data.external.policy.result.text
}
`, `aws_s3_bucket.records: known {"Statement":[{"Sid":"tls"}]}
aws_secretsmanager_secret.s: unknown
aws_sqs_queue.bare: absent
aws_sqs_queue.own: known {"Statement":[{"Sid":"own"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			inv := collect(t, Options{}, tree(t, map[string]string{tt.file: tt.text}))
			var got []string
			for _, r := range inv.Parts().Resources {
				line := r.Address + ": " + r.Policy.State().String()
				if p, ok := r.Policy.Get(); ok {
					line += " " + p.Text
					for _, when := range p.Whens {
						line += " when " + when
					}
				}
				got = append(got, line)
			}
			slices.Sort(got)
			if d := cmp.Diff(tt.want, strings.Join(got, "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}
