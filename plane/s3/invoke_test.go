package s3_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/policy/authz"
)

// TestSeeded: what a seed writes is there for clients.
func TestSeeded(t *testing.T) {
	p := localtest.Open(t, estate)
	root := p.IAM.Root(account)
	for _, call := range []struct{ operation, input string }{
		{"CreateBucket", `{"Bucket":"data","CreateBucketConfiguration":{"LocationConstraint":"eu-west-1"}}`},
		{"PutObject", `{"Bucket":"data","Key":"k","Body":"text","ServerSideEncryption":"aws:kms","SSEKMSKeyId":"alias/data","Metadata":{"a":"b"}}`},
	} {
		if _, err := p.World.Do(t.Context(), root, region, "s3", call.operation, []byte(call.input)); err != nil {
			t.Fatal(call.operation, err)
		}
	}
	out, err := client(p, admin).HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("data"), Key: aws.String("k")})
	if err != nil || *out.SSEKMSKeyId != p.KeyARN(account, region, alias) || out.Metadata["a"] != "b" {
		t.Errorf("%+v %v", out, err)
	}
	if got, err := read(t.Context(), client(p, admin), "data", "k"); err != nil || got != "text" {
		t.Error(got, err)
	}
}

// TestInvoked: a service that writes for itself needs the policy of the bucket, wherever it
// and the bucket are.
func TestInvoked(t *testing.T) {
	p := localtest.Open(t, estate)
	makeBucket(t, client(p, admin), "logs")
	const by = "bedrock.amazonaws.com"
	write := func(source string) error {
		before := plane.Start(p.IAM.Root(account), "us-east-1", p.Now())
		more := authz.Context{"aws:sourceaccount": {Values: []string{source}}}
		_, err := p.World.Invoke(t.Context(), before, behalf.Principal(by), by, more, "s3", "PutObject", wire.Object{"Bucket": "logs", "Key": "k", "Body": []byte("text")})
		return err
	}
	var refused *wire.Error
	if err := write(account); !errors.As(err, &refused) || refused.Status != 403 || refused.Code != "AccessDenied" {
		t.Error(err)
	}
	if err := setPolicy(t, client(p, admin), "logs", `{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`); err != nil {
		t.Fatal(err)
	}
	if err := write(account); err != nil {
		t.Error(err)
	}
	if err := write(other); !errors.As(err, &refused) {
		t.Error("another account's:", err)
	}
	if got, err := read(t.Context(), client(p, admin), "logs", "k"); err != nil || got != "text" {
		t.Error(got, err)
	}
}
