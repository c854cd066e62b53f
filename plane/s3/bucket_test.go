package s3_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

func names(list []types.Bucket) (out []string) {
	for _, b := range list {
		out = append(out, *b.Name)
	}
	return out
}

func TestBuckets(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	in := func(region string) func(*s3.Options) { return func(o *s3.Options) { o.Region = region } }
	made, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("zebra"), CreateBucketConfiguration: &types.CreateBucketConfiguration{
		LocationConstraint: region, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}},
	}})
	if err != nil || *made.Location != "http://zebra.s3.amazonaws.com/" || *made.BucketArn != "arn:aws:s3:::zebra" {
		t.Fatal(made, err)
	}
	if made, err = c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("ant")}, in("us-east-1")); err != nil || *made.Location != "/ant" {
		t.Fatal(made, err)
	}
	if _, err = c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("ant")}, in("us-east-1")); err != nil {
		t.Error("again in us-east-1:", err)
	}
	makeBucket(t, client(p, stranger), "strange")

	all, err := c.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil || !slices.Equal(names(all.Buckets), []string{"ant", "zebra"}) || !all.Buckets[0].CreationDate.Equal(p.Now()) || len(*all.Owner.ID) != 64 {
		t.Error(names(all.Buckets), err)
	}
	first, err := c.ListBuckets(t.Context(), &s3.ListBucketsInput{MaxBuckets: aws.Int32(1)})
	if err != nil || !slices.Equal(names(first.Buckets), []string{"ant"}) || *first.Buckets[0].BucketRegion != "us-east-1" {
		t.Fatal(first, err)
	}
	second, err := c.ListBuckets(t.Context(), &s3.ListBucketsInput{MaxBuckets: aws.Int32(1), ContinuationToken: first.ContinuationToken})
	if err != nil || !slices.Equal(names(second.Buckets), []string{"zebra"}) || second.ContinuationToken != nil {
		t.Error(second, err)
	}
	_, err = c.ListBuckets(t.Context(), &s3.ListBucketsInput{ContinuationToken: aws.String("!")})
	refused(t, err, 400, "InvalidArgument", "The continuation token provided is incorrect")
	if some, err := c.ListBuckets(t.Context(), &s3.ListBucketsInput{BucketRegion: aws.String(region)}); err != nil || !slices.Equal(names(some.Buckets), []string{"zebra"}) {
		t.Error(some, err)
	}

	where, err := c.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: aws.String("zebra")})
	if err != nil || where.LocationConstraint != region {
		t.Error(where, err)
	}
	if where, err = c.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: aws.String("ant")}); err != nil || where.LocationConstraint != "" {
		t.Error(where, err)
	}
	if head, err := c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("zebra")}); err != nil || *head.BucketRegion != region {
		t.Error(head, err)
	}
	// Elsewhere the client is told where the bucket is.
	_, err = c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("ant")})
	refused(t, err, 301, "MovedPermanently", "")
	_, err = c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("ant")})
	refused(t, err, 400, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'")
	if status, header, body := raw(t, p, admin, "GET", "/ant", ""); status != 400 || header.Get("X-Amz-Bucket-Region") != "us-east-1" || !strings.Contains(body, "<Region>us-east-1</Region>") {
		t.Error(status, header, body)
	}
	_, err = c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("zebra"), ExpectedBucketOwner: aws.String(other)})
	refused(t, err, 403, "Forbidden", "")
}

func TestBucketRefusals(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "mine")
	makeBucket(t, client(p, stranger), "theirs")
	for _, r := range []struct {
		name, location, region string
		change                 func(*s3.CreateBucketInput)
		status                 int
		code, message          string
	}{
		{"mine", region, region, nil, 409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it."},
		{"theirs", region, region, nil, 409, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."},
		{"abc", "", region, nil, 400, "IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."},
		{"abc", "us-west-2", region, nil, 400, "IllegalLocationConstraintException", "The us-west-2 location constraint is incompatible for the region specific endpoint this request was sent to."},
		{"abc", "us-east-1", "us-east-1", nil, 400, "InvalidLocationConstraint", "The specified location-constraint is not valid"},
		{"ABC", region, region, nil, 400, "InvalidBucketName", "The specified bucket is not valid."},
		{"a..b", region, region, nil, 400, "InvalidBucketName", "The specified bucket is not valid."},
		{"-ab", region, region, nil, 400, "InvalidBucketName", "The specified bucket is not valid."},
		{"192.168.5.4", region, region, nil, 400, "InvalidBucketName", "The specified bucket is not valid."},
		{"xn--a", region, region, nil, 400, "InvalidBucketName", "The specified bucket is not valid."},
		{"abc", region, region, func(in *s3.CreateBucketInput) { in.ACL = types.BucketCannedACLPublicRead }, 400, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"},
		{"abc", region, region, func(in *s3.CreateBucketInput) { in.ObjectLockEnabledForBucket = aws.Bool(true) }, 501, "NotImplemented", "not implemented by the local plane: object lock"},
	} {
		in := &s3.CreateBucketInput{Bucket: &r.name}
		if r.location != "" {
			in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(r.location)}
		}
		if r.change != nil {
			r.change(in)
		}
		_, err := c.CreateBucket(t.Context(), in, func(o *s3.Options) { o.Region = r.region })
		refused(t, err, r.status, r.code, r.message)
	}
	_, err := client(p, nobody).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("abc")})
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::abc" because no identity-based policy allows the s3:CreateBucket action`)
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("nothing")})
	refused(t, err, 404, "NoSuchBucket", "The specified bucket does not exist")
	// Who may not see the bucket is not told that there is none.
	_, err = client(p, nobody).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("nothing")})
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::nothing" because no identity-based policy allows the s3:ListBucket action`)
}

func TestDeleteBucket(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	put(t, c, "data", "k", "v")
	_, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String("data"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("data")})
	refused(t, err, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
	if _, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("data"), Key: aws.String("k")}); err != nil {
		t.Fatal(err)
	}
	if _, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("data")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("data")})
	refused(t, err, 404, "NotFound", "")
	// A bucket of the same name begins anew.
	makeBucket(t, c, "data")
	uploads, err := c.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String("data")})
	if err != nil || len(uploads.Uploads) != 0 {
		t.Error(uploads, err)
	}
}

// TestUnimplemented: what AWS has and the plane has not says so.
func TestUnimplemented(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	_, err := c.PutBucketCors(t.Context(), &s3.PutBucketCorsInput{Bucket: aws.String("data"), CORSConfiguration: &types.CORSConfiguration{
		CORSRules: []types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}},
	}})
	refused(t, err, 400, "UnknownOperationException", "not implemented by the local plane: s3:PutBucketCors")
	for _, body := range []string{"", "<x", "<a></a>", "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>", "<VersioningConfiguration><Statos>Enabled</Statos></VersioningConfiguration>", `<!DOCTYPE a [<!ENTITY b "c">]><VersioningConfiguration/>`} {
		status, _, text := raw(t, p, admin, "PUT", "/data?versioning", body)
		if status != 400 || !strings.Contains(text, "<Code>MalformedXML</Code>") && body != "" {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
}

// TestHosts: the bucket can stand in the host, and a slash after it changes nothing.
func TestHosts(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "my.data")
	put(t, c, "my.data", "a/b", "text")
	for _, host := range []string{"my.data.localhost:4599", "my.data.s3.eu-west-1.amazonaws.com", "my.data.s3-eu-west-1.amazonaws.com", "my.data.s3.amazonaws.com", "my.data.s3.localhost:80"} {
		if status, _, body := raw(t, p, admin, "GET", "/a/b", "", "Host", host); status != 200 || body != "text" {
			t.Error(host, status, body)
		}
		if status, _, body := raw(t, p, admin, "GET", "/?list-type=2", "", "Host", host); status != 200 || !strings.Contains(body, "<KeyCount>1</KeyCount>") {
			t.Error(host, status, body)
		}
	}
	for _, host := range []string{"s3.localhost", "s3.eu-west-1.amazonaws.com", "localhost"} {
		if status, _, body := raw(t, p, admin, "GET", "/my.data/?list-type=2", "", "Host", host); status != 200 || !strings.Contains(body, "<KeyCount>1</KeyCount>") {
			t.Error(host, status, body)
		}
	}
	virtual := client(p, admin, func(o *s3.Options) {
		o.UsePathStyle = false
		o.BaseEndpoint = aws.String(strings.Replace(p.URL, "127.0.0.1", "localhost", 1))
	})
	if got, err := read(t.Context(), virtual, "my.data", "a/b"); err != nil || got != "text" {
		t.Log("names below localhost do not resolve here:", err)
	}
}

// TestPresigned: a URL is good for whoever has it, until it is over.
func TestPresigned(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	put(t, c, "data", "k", "v")
	signed, err := s3.NewPresignClient(c).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("k")}, s3.WithPresignExpires(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if status, body := fetch(t, signed.URL); status != 200 || body != "v" {
		t.Error(status, body)
	}
	p.Pass(2 * time.Minute)
	if status, body := fetch(t, signed.URL); status != 403 || !strings.Contains(body, "<Code>AccessDenied</Code><Message>Request has expired</Message>") {
		t.Error(status, body)
	}
}

// TestSignatures: what is wrong with a signature is said as S3 says it.
func TestSignatures(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	put(t, c, "data", "k", "v")
	get := func(change func(*s3.Options)) error {
		_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("k")}, change)
		return err
	}
	as := func(id, secret string) func(*s3.Options) {
		return func(o *s3.Options) { o.Credentials = credentials.NewStaticCredentialsProvider(id, secret, "") }
	}
	refused(t, get(as("AKIANOSUCHKEY000", "x")), 403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	refused(t, get(as(admin, "x")), 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	p.Pass(time.Hour)
	refused(t, get(as(admin, localtest.Secret)), 403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
	for _, url := range []string{"/data/k?AWSAccessKeyId=a&Signature=b&Expires=1", "/?AWSAccessKeyId=a&Signature=b"} {
		if status, body := fetch(t, p.URL+url); status != 400 || !strings.Contains(body, "<Code>InvalidRequest</Code><Message>The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.</Message>") {
			t.Error(status, body)
		}
	}
	hash := "X-Amz-Content-Sha256"
	if status, _, body := raw(t, p, admin, "PUT", "/data/k", "hello", hash, strings.Repeat("0", 64)); status != 400 || !strings.Contains(body, "<Code>XAmzContentSHA256Mismatch</Code>") {
		t.Error(status, body)
	}
	if status, _, body := raw(t, p, admin, "PUT", "/data/k", "hello", hash, "none"); status != 400 || !strings.Contains(body, "<Code>InvalidRequest</Code>") {
		t.Error(status, body)
	}
}
