package s3_test

import (
	"io"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

func TestObjects(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	b := aws.String("data")
	expires := p.Now().Add(time.Hour).Truncate(time.Second)
	out := put(t, c, "data", "k", "hello", func(in *s3.PutObjectInput) {
		in.ContentType, in.CacheControl, in.ContentDisposition = aws.String("text/plain"), aws.String("no-cache"), aws.String("inline")
		in.ContentLanguage, in.ContentEncoding, in.Expires = aws.String("en"), aws.String("identity"), &expires
		in.Metadata, in.Tagging, in.StorageClass = map[string]string{"origin": "here"}, aws.String("a=1&b=x%20y"), types.StorageClassStandardIa
	})
	if *out.ETag != `"5d41402abc4b2a76b9719d911017c592"` || out.ServerSideEncryption != "AES256" || out.VersionId != nil {
		t.Errorf("%+v", out)
	}
	got, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: b, Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(got.Body)
	if string(body) != "hello" || *got.ContentLength != 5 || *got.ContentType != "text/plain" || *got.CacheControl != "no-cache" || *got.ContentDisposition != "inline" ||
		*got.ContentLanguage != "en" || *got.ContentEncoding != "identity" || !got.Expires.Equal(expires) || !maps.Equal(got.Metadata, map[string]string{"origin": "here"}) ||
		*got.TagCount != 2 || got.StorageClass != "STANDARD_IA" || *got.ETag != *out.ETag || !got.LastModified.Equal(p.Now().Truncate(time.Second)) || *got.AcceptRanges != "bytes" || got.ContentRange != nil {
		t.Errorf("%q %+v", body, got)
	}
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: b, Key: aws.String("k")})
	if err != nil || *head.ContentLength != 5 || *head.ContentType != "text/plain" || *head.TagCount != 2 || !maps.Equal(head.Metadata, got.Metadata) {
		t.Errorf("%+v %v", head, err)
	}
	attributes, err := c.GetObjectAttributes(t.Context(), &s3.GetObjectAttributesInput{Bucket: b, Key: aws.String("k"), ObjectAttributes: []types.ObjectAttributes{"ETag", "ObjectSize", "StorageClass", "Checksum"}})
	if err != nil || *attributes.ETag != strings.Trim(*out.ETag, `"`) || *attributes.ObjectSize != 5 || attributes.StorageClass != "STANDARD_IA" || *attributes.Checksum.ChecksumCRC64NVME != *out.ChecksumCRC64NVME {
		t.Errorf("%+v %v", attributes, err)
	}
	// What is put again replaces all of it.
	put(t, c, "data", "k", "")
	again, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: b, Key: aws.String("k")})
	if err != nil || *again.ContentLength != 0 || again.CacheControl != nil || again.ContentDisposition != nil || again.ContentLanguage != nil || again.ContentEncoding != nil ||
		again.ExpiresString != nil || len(again.Metadata) != 0 || again.TagCount != nil || again.StorageClass != "" || *again.ContentType != "application/octet-stream" {
		t.Errorf("%+v %v", again, err)
	}
	changed, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: b, Key: aws.String("k"), ResponseContentType: aws.String("text/html"), ResponseCacheControl: aws.String("private")})
	if err != nil || *changed.ContentType != "text/html" || *changed.CacheControl != "private" {
		t.Errorf("%+v %v", changed, err)
	}
	if _, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: b, Key: aws.String("k")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: b, Key: aws.String("k")})
	refused(t, err, 404, "NoSuchKey", "The specified key does not exist.")
	_, err = c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: b, Key: aws.String("k")})
	refused(t, err, 404, "NotFound", "")
	if _, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: b, Key: aws.String("k")}); err != nil {
		t.Error("what is not there is deleted already:", err)
	}
	// Who may not list the bucket is not told that there is no such object.
	if err := setPolicy(t, c, "data", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/nobody"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}`); err != nil {
		t.Fatal(err)
	}
	_, err = read(t.Context(), client(p, nobody), "data", "k")
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::data" because no identity-based policy allows the s3:ListBucket action`)
}

// TestKeys: every key that S3 takes comes back as it was.
func TestKeys(t *testing.T) {
	c := client(localtest.Open(t, estate), admin)
	makeBucket(t, c, "data")
	for _, key := range []string{"a", "a/", "/a", "//", "a//b", ".", "../x", "a b", "a+b", "a%2Fb", "ä/ö", "a?b#c&d=e", "x\ty", "'\"<>", strings.Repeat("k", 1024), "\U0001f511"} {
		put(t, c, "data", key, key)
		if got, err := read(t.Context(), c, "data", key); err != nil || got != key {
			t.Errorf("%q is %q: %v", key, got, err)
		}
	}
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("data"), Key: aws.String(strings.Repeat("k", 1025))})
	refused(t, err, 400, "KeyTooLongError", "Your key is too long")
}

func TestRanges(t *testing.T) {
	c := client(localtest.Open(t, estate), admin)
	makeBucket(t, c, "data")
	put(t, c, "data", "k", "0123456789")
	put(t, c, "data", "empty", "")
	for _, r := range []struct{ header, want, contentRange string }{
		{"bytes=0-3", "0123", "bytes 0-3/10"},
		{"bytes=9-", "9", "bytes 9-9/10"},
		{"bytes=-3", "789", "bytes 7-9/10"},
		{"bytes=-30", "0123456789", "bytes 0-9/10"},
		{"bytes=5-500", "56789", "bytes 5-9/10"},
		{"bytes=0-0,2-3", "0123456789", ""},
		{"bytes=5-4", "0123456789", ""},
		{"lines=1-2", "0123456789", ""},
		{"bytes=a-b", "0123456789", ""},
	} {
		out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), Range: &r.header})
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(out.Body); string(body) != r.want || aws.ToString(out.ContentRange) != r.contentRange || *out.ContentLength != int64(len(r.want)) {
			t.Errorf("%s is %q %q", r.header, body, aws.ToString(out.ContentRange))
		}
	}
	for _, r := range []struct{ key, header string }{{"k", "bytes=10-"}, {"k", "bytes=-0"}, {"empty", "bytes=0-0"}, {"empty", "bytes=-1"}} {
		_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("data"), Key: &r.key, Range: &r.header})
		refused(t, err, 416, "InvalidRange", "The requested range is not satisfiable")
	}
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), Range: aws.String("bytes=2-4")})
	if err != nil || *head.ContentLength != 3 {
		t.Errorf("%+v %v", head, err)
	}
	if _, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), PartNumber: aws.Int32(2)}); err == nil {
		t.Error("an object without parts has a second one")
	}
}

func TestConditions(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	b, k := aws.String("data"), aws.String("k")
	tag := *put(t, c, "data", "k", "v").ETag
	wrong, past, future := `"0"`, p.Now().Add(-time.Hour), p.Now().Add(time.Hour)
	for name, r := range map[string]struct {
		in     *s3.GetObjectInput
		status int
	}{
		"the tag":               {&s3.GetObjectInput{IfMatch: &tag}, 200},
		"another tag":           {&s3.GetObjectInput{IfMatch: &wrong}, 412},
		"not the tag":           {&s3.GetObjectInput{IfNoneMatch: &tag}, 304},
		"not another tag":       {&s3.GetObjectInput{IfNoneMatch: &wrong}, 200},
		"modified since":        {&s3.GetObjectInput{IfModifiedSince: &past}, 200},
		"not modified since":    {&s3.GetObjectInput{IfModifiedSince: &future}, 304},
		"unmodified since":      {&s3.GetObjectInput{IfUnmodifiedSince: &future}, 200},
		"not unmodified since":  {&s3.GetObjectInput{IfUnmodifiedSince: &past}, 412},
		"the tag counts before": {&s3.GetObjectInput{IfMatch: &tag, IfUnmodifiedSince: &past}, 200},
		"also of the other":     {&s3.GetObjectInput{IfNoneMatch: &tag, IfModifiedSince: &past}, 304},
	} {
		r.in.Bucket, r.in.Key = b, k
		_, err := c.GetObject(t.Context(), r.in)
		switch r.status {
		case 200:
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case 304:
			refused(t, err, 304, "NotModified", "")
		case 412:
			refused(t, err, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		}
	}
	write := func(change func(*s3.PutObjectInput)) error {
		in := &s3.PutObjectInput{Bucket: b, Key: k}
		change(in)
		_, err := c.PutObject(t.Context(), in)
		return err
	}
	refused(t, write(func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }), 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	refused(t, write(func(in *s3.PutObjectInput) { in.IfMatch = &wrong }), 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	refused(t, write(func(in *s3.PutObjectInput) { in.Key, in.IfMatch = aws.String("none"), &tag }), 404, "NoSuchKey", "The specified key does not exist.")
	if err := write(func(in *s3.PutObjectInput) { in.IfMatch = &tag }); err != nil {
		t.Error(err)
	}
	if err := write(func(in *s3.PutObjectInput) { in.Key, in.IfNoneMatch = aws.String("new"), aws.String("*") }); err != nil {
		t.Error(err)
	}
	_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: b, Key: aws.String("new"), IfMatch: &wrong})
	refused(t, err, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

func TestPutRefusals(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	for name, r := range map[string]struct {
		change        func(*s3.PutObjectInput)
		status        int
		code, message string
	}{
		"acl":      {func(in *s3.PutObjectInput) { in.ACL = types.ObjectCannedACLPublicRead }, 400, "AccessControlListNotSupported", "The bucket does not allow ACLs"},
		"lock":     {func(in *s3.PutObjectInput) { in.ObjectLockLegalHoldStatus = "ON" }, 501, "NotImplemented", "not implemented by the local plane: object lock"},
		"class":    {func(in *s3.PutObjectInput) { in.StorageClass = "GLACIER" }, 400, "InvalidStorageClass", "The storage class you specified is not valid"},
		"metadata": {func(in *s3.PutObjectInput) { in.Metadata = map[string]string{"a": strings.Repeat("x", 2048)} }, 400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"},
		"method":   {func(in *s3.PutObjectInput) { in.ServerSideEncryption = "rot13" }, 400, "InvalidArgument", "The encryption method specified is not supported"},
		"key":      {func(in *s3.PutObjectInput) { in.SSEKMSKeyId = aws.String("x") }, 400, "InvalidArgument", "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms"},
		"context": {func(in *s3.PutObjectInput) {
			in.ServerSideEncryption, in.SSEKMSEncryptionContext = "aws:kms", aws.String("e30x")
		}, 400, "InvalidArgument", "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map"},
		"tags":   {func(in *s3.PutObjectInput) { in.Tagging = aws.String("a=1&b=&c=&d=&e=&f=&g=&h=&i=&j=&k=") }, 400, "BadRequest", "Object tags cannot be greater than 10"},
		"twice":  {func(in *s3.PutObjectInput) { in.Tagging = aws.String("a=1&a=2") }, 400, "InvalidArgument", "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."},
		"digest": {func(in *s3.PutObjectInput) { in.ContentMD5 = aws.String("1B2M2Y8AsgTpgAmY7PhCfg==") }, 400, "BadDigest", "The Content-MD5 you specified did not match what we received."},
		"no md5": {func(in *s3.PutObjectInput) { in.ContentMD5 = aws.String("AA==") }, 400, "InvalidDigest", "The Content-MD5 you specified was invalid."},
		"crc":    {func(in *s3.PutObjectInput) { in.ChecksumCRC32 = aws.String("AAAAAA==") }, 400, "BadDigest", "The CRC32 you specified did not match the calculated checksum."},
		"no crc": {func(in *s3.PutObjectInput) { in.ChecksumCRC32 = aws.String("AA==") }, 400, "InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid."},
		"owner":  {func(in *s3.PutObjectInput) { in.ExpectedBucketOwner = aws.String(other) }, 403, "AccessDenied", "Access Denied"},
		"bucket": {func(in *s3.PutObjectInput) { in.Bucket = aws.String("none") }, 404, "NoSuchBucket", "The specified bucket does not exist"},
	} {
		in := &s3.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), Body: strings.NewReader("hello")}
		r.change(in)
		_, err := c.PutObject(t.Context(), in)
		t.Run(name, func(t *testing.T) { refused(t, err, r.status, r.code, r.message) })
	}
	if out, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("data")}); err != nil || *out.KeyCount != 0 {
		t.Error("what was refused is there:", out, err)
	}
}

func TestObjectTags(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	b, k := aws.String("data"), aws.String("k")
	put(t, c, "data", "k", "v", func(in *s3.PutObjectInput) { in.Tagging = aws.String("a=1&b=2") })
	want := []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}}
	if got, err := c.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: b, Key: k}); err != nil || !reflect.DeepEqual(got.TagSet, want) {
		t.Error(got, err)
	}
	if _, err := c.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: b, Key: k, Tagging: &types.Tagging{TagSet: want[1:]}}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: b, Key: k}); err != nil || !reflect.DeepEqual(got.TagSet, want[1:]) {
		t.Error("what was left out is still there:", got, err)
	}
	// The tags of the object are a condition key.
	if err := setPolicy(t, c, "data", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/nobody"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*","Condition":{"StringEquals":{"s3:ExistingObjectTag/b":"2"}}}`); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t.Context(), client(p, nobody), "data", "k"); err != nil || got != "v" {
		t.Error(got, err)
	}
	// Tags that come with an object are an action of their own.
	if err := setPolicy(t, c, "data", `{"Effect":"Deny","Principal":"*","Action":"s3:PutObjectTagging","Resource":"arn:aws:s3:::data/*"},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/nobody"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*","Condition":{"StringEquals":{"s3:ExistingObjectTag/b":"2"}}}`); err != nil {
		t.Fatal(err)
	}
	_, tagged := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: b, Key: aws.String("tagged"), Tagging: aws.String("a=1")})
	refused(t, tagged, 403, "AccessDenied", `User: arn:aws:iam::111122223333:user/admin is not authorized to perform: s3:PutObjectTagging on resource: "arn:aws:s3:::data/tagged" with an explicit deny in a resource-based policy`)
	put(t, c, "data", "untagged", "v")
	if _, err := c.DeleteObjectTagging(t.Context(), &s3.DeleteObjectTaggingInput{Bucket: b, Key: k}); err != nil {
		t.Fatal(err)
	}
	_, err := read(t.Context(), client(p, nobody), "data", "k")
	refused(t, err, 403, "AccessDenied", "")
	if _, err = c.DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: b}); err != nil {
		t.Fatal(err)
	}
	_, err = c.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: b, Key: aws.String("none"), Tagging: &types.Tagging{TagSet: want}})
	refused(t, err, 404, "NoSuchKey", "The specified key does not exist.")
}

// TestTrailer: checksums that come behind the body count.
func TestTrailer(t *testing.T) {
	p := localtest.Open(t, estate)
	makeBucket(t, client(p, admin), "data")
	send := func(sum string) (int, http.Header, string) {
		return raw(t, p, admin, "PUT", "/data/k", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:"+sum+"\r\n\r\n",
			"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "X-Amz-Decoded-Content-Length", "5", "X-Amz-Trailer", "x-amz-checksum-crc32", "Content-Encoding", "aws-chunked")
	}
	if status, _, body := send("AAAAAA=="); status != 400 || !strings.Contains(body, "<Code>BadDigest</Code><Message>The CRC32 you specified did not match the calculated checksum.</Message>") {
		t.Error(status, body)
	}
	if status, header, body := send("NhCmhg=="); status != 200 || header.Get("X-Amz-Checksum-Crc32") != "NhCmhg==" || header.Get("X-Amz-Checksum-Type") != "FULL_OBJECT" {
		t.Error(status, header, body)
	}
	// A header is not replaced by what comes behind.
	if status, _, body := raw(t, p, admin, "PUT", "/data/x", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
		"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "X-Amz-Decoded-Content-Length", "5", "X-Amz-Trailer", "x-amz-checksum-crc32", "X-Amz-Checksum-Crc32", "AAAAAA=="); status != 400 || !strings.Contains(body, "<Code>BadDigest</Code>") {
		t.Error(status, body)
	}
	status, header, body := raw(t, p, admin, "GET", "/data/k", "", "X-Amz-Checksum-Mode", "ENABLED")
	if status != 200 || body != "hello" || header.Get("X-Amz-Checksum-Crc32") != "NhCmhg==" || header.Get("Content-Encoding") != "" || header.Get("Content-Type") != "binary/octet-stream" {
		t.Error(status, header, body)
	}
}
