package bedrock

import (
	"context"
	"errors"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// loggingKind is the kind of the logging configuration; a Region of an account has one.
const loggingKind = "invocation-logging"

// invocationLogging are the operations of the logging of model invocations. Where the logs go
// and how is in delivery.go.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
func invocationLogging() operations {
	return operations{
		"PutModelInvocationLoggingConfiguration":    {Do: putLogging},
		"GetModelInvocationLoggingConfiguration":    {Do: getLogging},
		"DeleteModelInvocationLoggingConfiguration": {Do: deleteLogging},
	}
}

func loggingKey(r *emulate.Request) records.Key {
	return records.Key{Service: control, Kind: loggingKind, Account: r.Account, Region: r.Region, ID: loggingKind}
}

// putLogging replaces the configuration, once every destination took a test of it.
func putLogging(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	config := r.In.Object("loggingConfig")
	if !config.Has("cloudWatchConfig") && !config.Has("s3Config") {
		return nil, r.Fail("ValidationException", "The logging configuration has no destination. Give cloudWatchConfig, s3Config, or both.")
	}
	if role := config.Text("cloudWatchConfig.roleArn"); role != "" {
		if err := r.PassRole(ctx, role, principal); err != nil {
			return nil, err
		}
	}
	if err := testDestinations(ctx, r, config); err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := &records.Record{Key: loggingKey(r), Doc: config}
		if old := tx.Get(rec.Key); old != nil {
			rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
		}
		tx.Put(rec)
		return nil
	})
}

// testDestinations writes what AWS writes when logging is configured: an empty object to each
// bucket, a line to the log group. The text about the log group is AWS's, as the Terraform
// provider matches it; that about buckets is unconfirmed.
// Source: https://github.com/hashicorp/terraform-provider-aws, internal/service/bedrock
func testDestinations(ctx context.Context, r *emulate.Request, config wire.Object) error {
	for _, b := range []struct {
		*bucket
		name string
	}{
		{bucketOf(config.Object("s3Config")), permissionCheck},
		{bucketOf(config.Object("cloudWatchConfig.largeDataDeliveryS3Config")), "data/" + permissionCheck},
	} {
		if b.bucket == nil {
			continue
		}
		if _, err := b.put(ctx, r, logFolder(r)+"/"+b.name, nil); err != nil {
			return refusedBy(r, err, "Failed to validate permissions for bucket: "+b.bucket.name+". Verify the bucket policy is correct.")
		}
	}
	cloudwatch := config.Object("cloudWatchConfig")
	if cloudwatch == nil {
		return nil
	}
	if err := logLine(ctx, r, cloudwatch, "Permissions are correctly set for Amazon Bedrock logs.", true); err != nil {
		return refusedBy(r, err, "Failed to validate permissions for log group: "+cloudwatch.Text("logGroupName")+", with role: "+cloudwatch.Text("roleArn")+
			". Verify the IAM role permissions are correct.")
	}
	return nil
}

// permissionCheck is the name of the empty object. That it is beside the folder of the Region,
// and in data for large data, is unconfirmed.
const permissionCheck = "amazon-bedrock-logs-permission-check"

// refusedBy is the refusal of a destination that another service refused.
func refusedBy(r *emulate.Request, err error, text string) error {
	var e *wire.Error
	if errors.As(err, &e) || errors.Is(err, errRole) {
		return r.Fail("ValidationException", "%s", text)
	}
	return r.Fail("ValidationException", "%s", err)
}

func getLogging(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec := r.Service.Records.Get(loggingKey(r))
	if rec == nil {
		return nil, nil
	}
	return wire.Object{"loggingConfig": rec.Doc}, nil
}

func deleteLogging(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(loggingKey(r)) != nil {
			tx.Delete(loggingKey(r))
		}
		return nil
	})
}
