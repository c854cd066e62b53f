package trails

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// slot is that of the catalogue, for log files.
const slot = "logs"

// prove tries what a trail is about to use, before it is made or changed, and completes its
// settings: the key and the topic get their ARNs.
func (t *Trails) prove(ctx context.Context, r *emulate.Request, rec *records.Record) error {
	if rec.Doc.Bool("IsOrganizationTrail") {
		return r.Fail("UnsupportedOperationException", "not implemented by the local plane: trails of an organization")
	}
	if rec.Doc.Bool("IsMultiRegionTrail") && !rec.Doc.Bool("IncludeGlobalServiceEvents") {
		return r.Fail(invalid, "Multi-Region trail must include global service events.")
	}
	trail, key := arnOf(r, rec), rec.Doc.Text("KmsKeyId")
	if key != "" {
		s := r.Subject("AWS::CloudTrail::Trail", slot, trail)
		s.Name = rec.Doc.Text("Name")
		if err := r.Service.Keys.Meet(ctx, r.Call, s, key, nil, "create"); err != nil {
			return err
		}
	}
	if err := t.proveBucket(ctx, r, rec, trail); err != nil {
		return err
	}
	if err := t.proveTopic(ctx, r, rec, trail); err != nil {
		return err
	}
	return proveGroup(ctx, r, rec, trail)
}

// proveBucket reads the ACL of the bucket and writes an object. What is wrong is said as
// recorded by users of Terraform, the text of a bucket that is not there as emulators have it.
func (t *Trails) proveBucket(ctx context.Context, r *emulate.Request, rec *records.Record, trail string) error {
	bucket := rec.Doc.Text("S3BucketName")
	_, err := as(ctx, r.Service.World, r.Call, trail, "s3", "GetBucketAcl", wire.Object{"Bucket": bucket})
	if err == nil {
		var out wire.Object
		if out, err = put(ctx, r.Service.World, r.Call, rec, trail, prefix(rec), nil); err == nil {
			if rec.Doc.Has("KmsKeyId") {
				rec.Doc["KmsKeyId"] = out.Text("SSEKMSKeyId")
			}
			return nil
		}
	}
	var no *wire.Error
	switch {
	case !errors.As(err, &no):
		return err
	case no.Code == "NoSuchBucket":
		return r.Fail("S3BucketDoesNotExistException", "S3 bucket %s does not exist!", bucket)
	case strings.HasPrefix(no.Code, "KMS.") || strings.Contains(no.Message, "kms:"):
		return insufficient(r, bucket, rec.Doc.Text("KmsKeyId"))
	}
	return r.Fail("InsufficientS3BucketPolicyException", "Incorrect S3 bucket policy is detected for bucket: %s", bucket)
}

// put writes an object of a trail, under its key or else with SSE-S3.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html
func put(ctx context.Context, w *emulate.World, before *plane.Call, rec *records.Record, trail, name string, body []byte) (wire.Object, error) {
	in := wire.Object{"Bucket": rec.Doc.Text("S3BucketName"), "Key": name, "ACL": "bucket-owner-full-control", "ServerSideEncryption": "AES256"}
	if body != nil {
		in = in.With(wire.Object{"Body": body, "ContentType": "application/json", "ContentEncoding": "gzip"})
	}
	if key := rec.Doc.Text("KmsKeyId"); key != "" {
		pairs, err := json.Marshal(map[string]string{"aws:cloudtrail:arn": trail})
		if err != nil {
			return nil, err
		}
		in = in.With(wire.Object{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "SSEKMSEncryptionContext": base64.StdEncoding.EncodeToString(pairs)})
	}
	return as(ctx, w, before, trail, "s3", "PutObject", in)
}

// proveTopic sends the topic a message, when it is another than before.
func (t *Trails) proveTopic(ctx context.Context, r *emulate.Request, rec *records.Record, trail string) error {
	topic := rec.Doc.Text("SnsTopicName")
	if topic == "" {
		return nil
	}
	if !isARN(topic) {
		topic = r.ARNOf("sns", topic)
	}
	if rec.Doc.Text("SnsTopicARN") == topic {
		return nil
	}
	if _, err := as(ctx, r.Service.World, r.Call, trail, "sns", "Publish", wire.Object{"TopicArn": topic, "Message": "CloudTrail validation message."}); err != nil {
		return r.Fail("InsufficientSnsTopicPolicyException", "SNS Topic does not exist or the topic policy is incorrect!")
	}
	rec.Doc["SnsTopicARN"] = topic
	return nil
}

// proveGroup makes the stream of a trail in the log group, with the role. The texts are
// unconfirmed.
func proveGroup(ctx context.Context, r *emulate.Request, rec *records.Record, trail string) error {
	group, role := rec.Doc.Text("CloudWatchLogsLogGroupArn"), rec.Doc.Text("CloudWatchLogsRoleArn")
	switch {
	case group == "" && role == "":
		return nil
	case group == "":
		return r.Fail("InvalidCloudWatchLogsLogGroupArnException", "CloudWatch Logs log group ARN must be specified with the role.")
	case role == "":
		return r.Fail("InvalidCloudWatchLogsRoleArnException", "CloudWatch Logs role ARN must be specified with the log group.")
	case !isARN(group) || !strings.HasSuffix(group, ":*"):
		return r.Fail("InvalidCloudWatchLogsLogGroupArnException", "CloudTrail cannot validate the specified log group ARN.")
	}
	if !r.In.Has("CloudWatchLogsRoleArn") && !r.In.Has("CloudWatchLogsLogGroupArn") {
		return nil
	}
	if err := r.PassRole(ctx, role, principal); err != nil {
		return err
	}
	if err := logTo(ctx, r.Service.World, r.Call, rec, trail, nil); err != nil {
		return r.Fail("InvalidCloudWatchLogsRoleArnException", "Access denied. Verify in IAM that the role has adequate permissions.")
	}
	return nil
}

// logTo writes records to the log group of a trail; none: the stream is made.
// Source of its name: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
func logTo(ctx context.Context, w *emulate.World, before *plane.Call, rec *records.Record, trail string, lines []cloudRecord) error {
	group, err := arn.Parse(rec.Doc.Text("CloudWatchLogsLogGroupArn"))
	if err != nil {
		return err
	}
	session, err := w.Sessions.ServiceSession(ctx, principal, rec.Doc.Text("CloudWatchLogsRoleArn"), "CLOUDWATCHLOGS_DELIVERY_SESSION", source(rec.Account, trail))
	if err != nil {
		return err
	}
	in := wire.Object{
		"logGroupName":  strings.TrimSuffix(strings.TrimPrefix(group.Resource, "log-group:"), ":*"),
		"logStreamName": rec.Account + "_CloudTrail_" + homeOf(rec),
	}
	operation := "CreateLogStream"
	if lines != nil {
		operation = "PutLogEvents"
		events := make([]any, len(lines))
		for i, l := range lines {
			events[i] = wire.Object{"timestamp": w.Now().UnixMilli(), "message": string(l.text)}
		}
		in["logEvents"] = events
	}
	_, err = w.Invoke(ctx, before, session, principal, nil, "logs", operation, in)
	var no *wire.Error
	if errors.As(err, &no) && no.Code == "ResourceAlreadyExistsException" {
		return nil
	}
	return err
}
