package s3_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

func setPolicy(t *testing.T, c *s3.Client, bucket, statements string) error {
	t.Helper()
	text := `{"Version":"2012-10-17","Statement":[` + statements + `]}`
	_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &text})
	return err
}

// TestBucketPolicy: another account reads what the policy lets it, and no more.
func TestBucketPolicy(t *testing.T) {
	p := localtest.Open(t, estate)
	c, foreign := client(p, admin), client(p, stranger)
	makeBucket(t, c, "data")
	put(t, c, "data", "shared/k", "v")
	put(t, c, "data", "own/k", "v")
	_, err := read(t.Context(), foreign, "data", "shared/k")
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::444455556666:user/admin is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::data/shared/k" because no resource-based policy allows the s3:GetObject action`)
	statement := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/shared/*"}`
	if err := setPolicy(t, c, "data", statement); err != nil {
		t.Fatal(err)
	}
	got, err := c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: aws.String("data")})
	if want := `{"Version":"2012-10-17","Statement":[` + statement + `]}`; err != nil || *got.Policy != want {
		t.Error(got, err)
	}
	if text, err := read(t.Context(), foreign, "data", "shared/k"); err != nil || text != "v" {
		t.Error(text, err)
	}
	_, err = read(t.Context(), foreign, "data", "own/k")
	refused(t, err, 403, "AccessDenied", "")
	_, err = foreign.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("shared/k")})
	refused(t, err, 403, "AccessDenied", "")
	// Within the account the policy alone allows.
	if err := setPolicy(t, c, "data", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/nobody"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::data","Condition":{"StringLike":{"s3:prefix":"own/*"}}}`); err != nil {
		t.Fatal(err)
	}
	list := func(prefix string) error {
		_, err := client(p, nobody).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("data"), Prefix: &prefix})
		return err
	}
	if err := list("own/k"); err != nil {
		t.Error(err)
	}
	refused(t, list("shared/"), 403, "AccessDenied", "")
	if _, err = c.DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: aws.String("data")}); err != nil {
		t.Fatal(err)
	}
	refused(t, list("own/k"), 403, "AccessDenied", "")
}

// TestPolicyDemandsEncryption: the guard that AWS documents against objects under other keys.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
func TestPolicyDemandsEncryption(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	key := p.KeyARN(account, region, alias)
	if err := setPolicy(t, c, "data", fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::data/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":%q}}}`, key)); err != nil {
		t.Fatal(err)
	}
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("k")})
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::111122223333:user/admin is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::data/k" with an explicit deny in a resource-based policy`)
	put(t, c, "data", "k", "v", func(in *s3.PutObjectInput) {
		in.ServerSideEncryption, in.SSEKMSKeyId = types.ServerSideEncryptionAwsKms, &key
	})
}

func TestPolicyRefusals(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	const everyone = `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}`
	for _, r := range []struct {
		statement, code, message string
		status                   int
	}{
		{`{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*"}`, "MalformedPolicy", "Policy has invalid resource", 400},
		{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}`, "MalformedPolicy", "Missing required field Principal", 400},
		{everyone, "AccessDenied", `User: arn:aws:iam::111122223333:user/admin is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::data" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`, 403},
	} {
		refused(t, setPolicy(t, c, "data", r.statement), r.status, r.code, r.message)
	}
	_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String("data"), Policy: aws.String("no")})
	refused(t, err, 400, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
	// A fixed condition makes it less than public.
	if err := setPolicy(t, c, "data", `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}}`); err != nil {
		t.Error(err)
	}
	status := func() bool {
		t.Helper()
		out, err := c.GetBucketPolicyStatus(t.Context(), &s3.GetBucketPolicyStatusInput{Bucket: aws.String("data")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.PolicyStatus.IsPublic
	}
	if status() {
		t.Error("a policy for an organization is public")
	}
	// Without the block a public policy can be put; where public buckets are restricted it
	// counts for nobody outside.
	put(t, c, "data", "k", "v")
	block := func(restrict bool) {
		t.Helper()
		if _, err := c.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: aws.String("data"), PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{RestrictPublicBuckets: &restrict}}); err != nil {
			t.Fatal(err)
		}
	}
	block(false)
	if err := setPolicy(t, c, "data", everyone); err != nil {
		t.Fatal(err)
	}
	if !status() {
		t.Error("a policy for everyone is not public")
	}
	if _, err := read(t.Context(), client(p, stranger), "data", "k"); err != nil {
		t.Error(err)
	}
	block(true)
	_, err = read(t.Context(), client(p, stranger), "data", "k")
	refused(t, err, 403, "AccessDenied", "")
}

// TestResourceControlPolicy: one of the owner's account counts, though the ARN of a bucket has
// no account.
func TestResourceControlPolicy(t *testing.T) {
	p := localtest.Open(t, estate+`organization:
  id: o-abcdefghij
  management: "444455556666"
  root:
    id: r-ab12
    accounts: ["444455556666"]
    units:
      - id: ou-ab12-11111111
        accounts: ["111122223333"]
        rcps: [{Version: "2012-10-17", Statement: [{Effect: Deny, Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/secret/*"}]}]
`)
	c := client(p, admin)
	makeBucket(t, c, "data")
	put(t, c, "data", "secret/k", "v")
	put(t, c, "data", "k", "v")
	if got, err := read(t.Context(), c, "data", "k"); err != nil || got != "v" {
		t.Error(got, err)
	}
	_, err := read(t.Context(), c, "data", "secret/k")
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::111122223333:user/admin is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::data/secret/k" with an explicit deny in a resource control policy`)
}
