package s3_test

import (
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

func TestCopy(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	makeBucket(t, c, "copies")
	put(t, c, "data", "a b/ü", "text", func(in *s3.PutObjectInput) {
		in.Metadata, in.Tagging, in.ContentType = map[string]string{"m": "1"}, aws.String("t=1"), aws.String("text/plain")
	})
	of := func(source, bucket, key string) *s3.CopyObjectInput {
		return &s3.CopyObjectInput{CopySource: &source, Bucket: &bucket, Key: &key}
	}
	describe := func(bucket, key string) *s3.HeadObjectOutput {
		t.Helper()
		out, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	out, err := c.CopyObject(t.Context(), of("data/a%20b/%C3%BC", "copies", "k"))
	if err != nil || *out.CopyObjectResult.ETag != `"1cb251ec0d568de6a929b520c4aed8d1"` || !out.CopyObjectResult.LastModified.Equal(p.Now()) || out.ServerSideEncryption != "AES256" {
		t.Fatal(out, err)
	}
	if got, err := read(t.Context(), c, "copies", "k"); err != nil || got != "text" {
		t.Error(got, err)
	}
	if d := describe("copies", "k"); *d.ContentType != "text/plain" || !maps.Equal(d.Metadata, map[string]string{"m": "1"}) || *d.TagCount != 1 {
		t.Errorf("%+v", d)
	}
	in := of("/data/a%20b/%C3%BC", "copies", "k")
	in.MetadataDirective, in.TaggingDirective, in.Metadata = "REPLACE", "REPLACE", map[string]string{"n": "2"}
	if _, err = c.CopyObject(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if d := describe("copies", "k"); *d.ContentType == "text/plain" || !maps.Equal(d.Metadata, map[string]string{"n": "2"}) || d.TagCount != nil {
		t.Errorf("%+v", d)
	}
	_, err = c.CopyObject(t.Context(), of("data/a%20b/%C3%BC", "data", "a b/ü"))
	refused(t, err, 400, "InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	_, err = c.CopyObject(t.Context(), of("data/none", "data", "x"))
	refused(t, err, 404, "NoSuchKey", "The specified key does not exist.")
	_, err = c.CopyObject(t.Context(), of("none/none", "data", "x"))
	refused(t, err, 404, "NoSuchBucket", "The specified bucket does not exist")
	_, err = c.CopyObject(t.Context(), of("data", "data", "x"))
	refused(t, err, 400, "InvalidArgument", "Invalid copy source object key")
	in = of("data/a%20b/%C3%BC", "copies", "k")
	in.CopySourceIfNoneMatch = out.CopyObjectResult.ETag
	_, err = c.CopyObject(t.Context(), in)
	refused(t, err, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	// Whoever copies must be let read.
	makeBucket(t, client(p, stranger), "theirs")
	_, err = client(p, stranger).CopyObject(t.Context(), of("data/a%20b/%C3%BC", "theirs", "k"))
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::444455556666:user/admin is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::data/a b/ü" because no resource-based policy allows the s3:GetObject action`)
}

// TestCopyChangesKey: the way to give old objects another key.
func TestCopyChangesKey(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	put(t, c, "data", "k", "text")
	key := p.KeyARN(account, region, alias)
	out, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{CopySource: aws.String("data/k"), Bucket: aws.String("data"), Key: aws.String("k"), ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: &key})
	if err != nil || *out.SSEKMSKeyId != key {
		t.Fatal(out, err)
	}
	if got, err := read(t.Context(), c, "data", "k"); err != nil || got != "text" {
		t.Error(got, err)
	}
	p.DisableKey(account, region, alias)
	if _, err := read(t.Context(), c, "data", "k"); err == nil {
		t.Error("it is still encrypted without the key")
	}
}
