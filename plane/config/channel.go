package config

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// checkFile is what AWS writes to see whether it can.
// Source: https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html
const checkFile = "ConfigWritabilityCheckFile"

func putChannel(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	in := r.In.Object("DeliveryChannel")
	name := cmp.Or(in.Text("name"), "default")
	if in.Text("s3BucketName") == "" {
		return nil, r.Fail("NoSuchBucketException", "Cannot find a S3 bucket with an empty bucket name.")
	}
	if in.Has("snsTopicARN") {
		return nil, r.Fail("InvalidSNSTopicARNException", "not implemented by the local plane: snsTopicARN")
	}
	if key := in.Text("s3KmsKeyArn"); key != "" && !strings.HasPrefix(key, "arn:") {
		return nil, r.Fail("InvalidS3KmsKeyArnException", "The provided S3 KMS key ARN '%s' is not valid.", key) // unconfirmed
	}
	rec := recorder(r, r.Service.Records.List)
	if rec == nil {
		return nil, r.Fail("NoAvailableConfigurationRecorderException", "Configuration recorder is not available to put delivery channel.")
	}
	if err := tryOut(ctx, r, rec.Doc.Text("roleARN"), in); err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		made := &records.Record{Key: r.Key(channelKind, name), Doc: in.With(wire.Object{"name": name})}
		if old := first(r, tx.List, channelKind); old != nil {
			if old.ID != name {
				return r.Fail("MaxNumberOfDeliveryChannelsExceededException", "Failed to put delivery channel '%s' because the maximum number of delivery channels: 1 is reached.", name)
			}
			made.Number, made.Created, made.Updated = old.Number, old.Created, tx.Now()
		}
		tx.Put(made)
		return nil
	})
}

// tryOut writes to the bucket as the role of the recorder, else as the service.
func tryOut(ctx context.Context, r *emulate.Request, role string, channel wire.Object) error {
	bucket, prefix := channel.Text("s3BucketName"), channel.Text("s3KeyPrefix")
	key := "AWSLogs/" + r.Account + "/Config/" + checkFile
	if prefix != "" {
		key = prefix + "/" + key
	}
	in := wire.Object{"Bucket": bucket, "Key": key, "Body": []byte{}, "ACL": "bucket-owner-full-control"}
	if k := channel.Text("s3KmsKeyArn"); k != "" {
		in["ServerSideEncryption"], in["SSEKMSKeyId"] = "aws:kms", k
	}
	_, err := asRole(ctx, r, role, "s3", "PutObject", in)
	if err != nil {
		_, err = invoke(ctx, r, behalf.Principal(principal), "s3", "PutObject", in)
	}
	if err == nil {
		return nil
	}
	var refused *wire.Error
	if errors.As(err, &refused) && refused.Code == "NoSuchBucket" {
		return r.Fail("NoSuchBucketException", "Cannot find a S3 bucket with name '%s'.", bucket) // unconfirmed
	}
	if prefix == "" {
		prefix = "null"
	}
	message := "Insufficient delivery policy to s3 bucket: " + bucket + ", unable to write to bucket, provided s3 key prefix is '" + prefix + "'"
	if k := channel.Text("s3KmsKeyArn"); k != "" {
		message += ", provided kms key is '" + k + "'"
	}
	return r.Fail("InsufficientDeliveryPolicyException", "%s.", message)
}

func channelNamed(r *emulate.Request, list func(service, kind, account, region string) []*records.Record, name string) (*records.Record, error) {
	if rec := first(r, list, channelKind); rec != nil && rec.ID == name {
		return rec, nil
	}
	return nil, r.Fail("NoSuchDeliveryChannelException", "Cannot find delivery channel with specified name '%s'.", name)
}

func describeChannels(_ context.Context, r *emulate.Request) (wire.Object, error) {
	out := []any{}
	names := r.In.Texts("DeliveryChannelNames")
	if len(names) == 0 {
		if rec := first(r, r.Service.Records.List, channelKind); rec != nil {
			out = append(out, rec.Doc)
		}
	}
	for _, name := range names {
		rec, err := channelNamed(r, r.Service.Records.List, name)
		if err != nil {
			return nil, err
		}
		out = append(out, rec.Doc)
	}
	return wire.Object{"DeliveryChannels": out}, nil
}

func deleteChannel(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := channelNamed(r, tx.List, r.In.Text("DeliveryChannelName"))
		if err != nil {
			return err
		}
		if running := recorder(r, tx.List); running != nil && running.Doc.Bool(recording) {
			return r.Fail("LastDeliveryChannelDeleteFailedException", "Failed to delete last specified delivery channel with name '%s', because there is a running configuration recorder.", rec.ID)
		}
		tx.Delete(rec.Key)
		return nil
	})
}
