package s3_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const writerARN = "arn:aws:iam::" + account + ":user/writer"

// keyPolicy lets the root user manage a key, and writer do actions under conditions.
func keyPolicy(actions, conditions string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":["kms:Put*","kms:Describe*","kms:Disable*","kms:ScheduleKeyDeletion"],"Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":%q},"Action":[%s],"Resource":"*","Condition":{"StringEquals":{%s}}}]}`, account, writerARN, actions, conditions)
}

func withKey(key string) func(*s3.PutObjectInput) {
	return func(in *s3.PutObjectInput) {
		in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, &key
	}
}

// TestNeeds: with exactly what the catalogue says an object is written and read; without any
// one element of it KMS refuses, in the words of S3.
func TestNeeds(t *testing.T) {
	const (
		via     = `"kms:ViaService":"s3.eu-west-1.amazonaws.com"`
		context = `"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::data/k"`
		bucket  = `"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::data"`
		both    = `"kms:GenerateDataKey","kms:Decrypt"`
	)
	p := localtest.Open(t, estate)
	c := client(p, writer)
	makeBucket(t, client(p, admin), "data")
	key := p.KeyARN(account, region, alias)
	denied := func(action string) string {
		return "User: " + writerARN + " is not authorized to perform: kms:" + action + " on resource: " + key + " because no resource-based policy allows the kms:" + action + " action"
	}
	for name, r := range map[string]struct {
		actions, conditions string
		bucketKey           bool
		write, read         string // what is refused
	}{
		"exactly":                 {both, via + "," + context, false, "", ""},
		"bucket key":              {both, via + "," + bucket, true, "", ""},
		"bucket key, object":      {both, via + "," + context, true, "GenerateDataKey", ""},
		"object, bucket":          {both, via + "," + bucket, false, "GenerateDataKey", ""},
		"without GenerateDataKey": {`"kms:Decrypt"`, via + "," + context, false, "GenerateDataKey", ""},
		"without Decrypt":         {`"kms:GenerateDataKey"`, via + "," + context, false, "", "Decrypt"},
		"another service":         {both, `"kms:ViaService":"sqs.eu-west-1.amazonaws.com"`, false, "GenerateDataKey", ""},
		"another Region":          {both, `"kms:ViaService":"s3.us-east-1.amazonaws.com"`, false, "GenerateDataKey", ""},
		"another object":          {both, `"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::data/other"`, false, "GenerateDataKey", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p.SetKeyPolicy(account, region, alias, keyPolicy(r.actions, r.conditions))
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), Body: strings.NewReader("v"), ServerSideEncryption: "aws:kms", SSEKMSKeyId: &key, BucketKeyEnabled: &r.bucketKey})
			if r.write != "" {
				refused(t, err, 403, "AccessDenied", denied(r.write))
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := read(t.Context(), c, "data", "k")
			if r.read != "" {
				refused(t, err, 403, "AccessDenied", denied(r.read))
			} else if err != nil || text != "v" {
				t.Error(text, err)
			}
			// Neither lists nor heads need the key.
			head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("data"), Key: aws.String("k")})
			if err != nil || *head.SSEKMSKeyId != key || head.ServerSideEncryption != "aws:kms" || aws.ToBool(head.BucketKeyEnabled) != r.bucketKey {
				t.Errorf("%+v %v", head, err)
			}
		})
	}
}

// TestUploadNeeds: an upload in parts needs Decrypt too.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
func TestUploadNeeds(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, writer)
	makeBucket(t, client(p, admin), "data")
	key := p.KeyARN(account, region, alias)
	p.SetKeyPolicy(account, region, alias, keyPolicy(`"kms:GenerateDataKey"`, `"kms:ViaService":"s3.eu-west-1.amazonaws.com"`))
	begun := begin(t, c, &s3.CreateMultipartUploadInput{ServerSideEncryption: "aws:kms", SSEKMSKeyId: &key})
	if *begun.SSEKMSKeyId != key {
		t.Errorf("%+v", begun)
	}
	_, err := c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: aws.String("data"), Key: aws.String("k"), UploadId: begun.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
	refused(t, err, 403, "AccessDenied", "User: "+writerARN+" is not authorized to perform: kms:Decrypt on resource: "+key+" because no resource-based policy allows the kms:Decrypt action")
	p.SetKeyPolicy(account, region, alias, keyPolicy(`"kms:GenerateDataKey","kms:Decrypt"`, `"kms:ViaService":"s3.eu-west-1.amazonaws.com"`))
	one, _ := part(t, c, begun.UploadId, 1, []byte("text"))
	done, err := complete(t, c, begun.UploadId, one)
	if err != nil || *done.SSEKMSKeyId != key {
		t.Fatal(done, err)
	}
	if got, err := read(t.Context(), c, "data", "k"); err != nil || got != "text" {
		t.Error(got, err)
	}
}

// TestDefaults: objects have the default of their bucket, unless the request says otherwise;
// what was written before keeps what it has.
func TestDefaults(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	key := p.KeyARN(account, region, alias)
	if out := put(t, c, "data", "before", "v"); out.ServerSideEncryption != "AES256" || out.SSEKMSKeyId != nil {
		t.Errorf("%+v", out)
	}
	if err := setRule(t, c, "data", types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: by("aws:kms", alias), BucketKeyEnabled: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	if out := put(t, c, "data", "default", "v"); out.ServerSideEncryption != "aws:kms" || *out.SSEKMSKeyId != key || !*out.BucketKeyEnabled || *out.ETag == `"9e3669d19b675bd57058fd4664205d2a"` {
		t.Errorf("%+v", out)
	}
	if out := put(t, c, "data", "own", "v", func(in *s3.PutObjectInput) { in.ServerSideEncryption = "AES256" }); out.ServerSideEncryption != "AES256" || out.SSEKMSKeyId != nil || *out.ETag != `"9e3669d19b675bd57058fd4664205d2a"` {
		t.Errorf("%+v", out)
	}
	managed := put(t, c, "data", "managed", "v", func(in *s3.PutObjectInput) { in.ServerSideEncryption, in.BucketKeyEnabled = "aws:kms", aws.Bool(false) })
	if *managed.SSEKMSKeyId != p.KeyARN(account, region, "alias/aws/s3") || managed.BucketKeyEnabled != nil {
		t.Errorf("%+v", managed)
	}
	if out := put(t, c, "data", "twice", "v", func(in *s3.PutObjectInput) { in.ServerSideEncryption, in.SSEKMSKeyId = "aws:kms:dsse", &key }); out.ServerSideEncryption != "aws:kms:dsse" || *out.SSEKMSKeyId != key {
		t.Errorf("%+v", out)
	}
	p.DisableKey(account, region, alias)
	for name, usable := range map[string]bool{"before": true, "own": true, "managed": true, "default": false, "twice": false} {
		if got, err := read(t.Context(), c, "data", name); usable != (err == nil && got == "v") {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

// TestCallersContext: the pairs that the caller adds are in the encryption context, and shown.
func TestCallersContext(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, writer)
	makeBucket(t, client(p, admin), "data")
	p.SetKeyPolicy(account, region, alias, keyPolicy(`"kms:GenerateDataKey","kms:Decrypt"`, `"kms:EncryptionContext:team":"blue","kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::data/k"`))
	header := base64.StdEncoding.EncodeToString([]byte(`{"team":"blue"}`))
	out := put(t, c, "data", "k", "v", withKey(p.KeyARN(account, region, alias)), func(in *s3.PutObjectInput) { in.SSEKMSEncryptionContext = &header })
	if aws.ToString(out.SSEKMSEncryptionContext) != header {
		t.Errorf("%+v", out)
	}
	if got, err := read(t.Context(), c, "data", "k"); err != nil || got != "v" {
		t.Error(got, err)
	}
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), ServerSideEncryption: "aws:kms", SSEKMSKeyId: aws.String(alias)})
	refused(t, err, 403, "AccessDenied", "")
}

// TestKeyStates: a key that cannot serve is refused with what KMS says, and content under a
// key that is gone is gone, whatever becomes of the rest.
func TestKeyStates(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin, later(p, admin))
	makeBucket(t, c, "data")
	key := p.KeyARN(account, region, alias)
	put(t, c, "data", "k", "v", withKey(key))
	write := func(key string) error {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("x"), Body: strings.NewReader("v"), ServerSideEncryption: "aws:kms", SSEKMSKeyId: &key})
		return err
	}
	p.DisableKey(account, region, alias)
	_, err := read(t.Context(), c, "data", "k")
	refused(t, err, 400, "KMS.DisabledException", key+" is disabled.")
	refused(t, write(key), 400, "KMS.DisabledException", key+" is disabled.")
	p.EnableKey(account, region, alias)
	if got, err := read(t.Context(), c, "data", "k"); err != nil || got != "v" {
		t.Error(got, err)
	}
	missing := strings.Replace(key, key[len(key)-36:], "00000000-0000-4000-8000-000000000000", 1)
	refused(t, write(missing), 400, "KMS.NotFoundException", "Key '"+missing+"' does not exist")
	p.DeleteKey(account, region, alias)
	_, err = read(t.Context(), c, "data", "k")
	refused(t, err, 400, "KMS.NotFoundException", "Key '"+key+"' does not exist")
	if head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("data"), Key: aws.String("k")}); err != nil || *head.SSEKMSKeyId != key {
		t.Error("the object is not described any more:", head, err)
	}
	if l, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("data")}); err != nil || *l.KeyCount != 1 {
		t.Error("the object is not listed any more:", l, err)
	}
}

// TestRestart: what was acknowledged is there when the plane starts again, and nothing of it
// is in the file.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	const text = "the content of this object"
	put(t, c, "data", "keyed", text, withKey(p.KeyARN(account, region, alias)))
	put(t, c, "data", "owned", text)
	p.Close()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(filepath.Join(dir, f.Name())); err != nil || bytes.Contains(b, []byte(text)) {
			t.Errorf("%s has what is sealed: %v", f.Name(), err)
		}
	}
	again := localtest.OpenKept(t, dir, "")
	for _, key := range []string{"keyed", "owned"} {
		if got, err := read(t.Context(), client(again, admin), "data", key); err != nil || got != text {
			t.Error(key, got, err)
		}
	}
}
