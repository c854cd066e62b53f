package s3_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// rule is the only rule of a bucket's encryption.
func rule(t *testing.T, c *s3.Client, bucket string) types.ServerSideEncryptionRule {
	t.Helper()
	out, err := c.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: &bucket})
	if err != nil || len(out.ServerSideEncryptionConfiguration.Rules) != 1 {
		t.Fatal(out, err)
	}
	return out.ServerSideEncryptionConfiguration.Rules[0]
}

func setRule(t *testing.T, c *s3.Client, bucket string, r types.ServerSideEncryptionRule) error {
	t.Helper()
	_, err := c.PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{
		Bucket: &bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{r}},
	})
	return err
}

func by(algorithm types.ServerSideEncryption, key string) *types.ServerSideEncryptionByDefault {
	out := &types.ServerSideEncryptionByDefault{SSEAlgorithm: algorithm}
	if key != "" {
		out.KMSMasterKeyID = &key
	}
	return out
}

// TestBucketEncryption: what is put replaces all of it, and a bucket is never without.
func TestBucketEncryption(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	initial := types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: by("AES256", ""), BucketKeyEnabled: aws.Bool(false)}
	if got := rule(t, c, "data"); !reflect.DeepEqual(got, initial) {
		t.Errorf("a new bucket has %+v", got)
	}
	key := p.KeyARN(account, region, alias)
	full := types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: by("aws:kms", key), BucketKeyEnabled: aws.Bool(true)}
	if err := setRule(t, c, "data", full); err != nil {
		t.Fatal(err)
	}
	if got := rule(t, c, "data"); !reflect.DeepEqual(got, full) {
		t.Errorf("%+v", got)
	}
	bare := types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: by("aws:kms", "")}
	if err := setRule(t, c, "data", bare); err != nil {
		t.Fatal(err)
	}
	if got := rule(t, c, "data"); !reflect.DeepEqual(got, bare) {
		t.Errorf("key and bucket key are still there: %+v", got)
	}
	if _, err := c.DeleteBucketEncryption(t.Context(), &s3.DeleteBucketEncryptionInput{Bucket: aws.String("data")}); err != nil {
		t.Fatal(err)
	}
	if got := rule(t, c, "data"); !reflect.DeepEqual(got, initial) {
		t.Errorf("%+v", got)
	}
	refused(t, setRule(t, c, "data", types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: by("AES256", key)}), 400, "InvalidArgument",
		"a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
	refused(t, setRule(t, c, "data", types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: by("rot13", "")}), 400, "MalformedXML",
		"The XML you provided was not well-formed or did not validate against our published schema")
	_, err := client(p, nobody).GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: aws.String("data")})
	refused(t, err, 403, "AccessDenied", `User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: s3:GetEncryptionConfiguration on resource: "arn:aws:s3:::data" because no identity-based policy allows the s3:GetEncryptionConfiguration action`)
}

func TestConfigurations(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	b := aws.String("data")

	access, err := c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: b})
	yes := aws.Bool(true)
	if err != nil || !reflect.DeepEqual(access.PublicAccessBlockConfiguration, &types.PublicAccessBlockConfiguration{BlockPublicAcls: yes, BlockPublicPolicy: yes, IgnorePublicAcls: yes, RestrictPublicBuckets: yes}) {
		t.Error(access, err)
	}
	if _, err = c.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: b, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: yes}}); err != nil {
		t.Fatal(err)
	}
	if access, err = c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: b}); err != nil || !reflect.DeepEqual(access.PublicAccessBlockConfiguration, &types.PublicAccessBlockConfiguration{BlockPublicAcls: yes}) {
		t.Error("what was left out is still there:", access.PublicAccessBlockConfiguration, err)
	}
	if _, err = c.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: b}); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: b})
	refused(t, err, 404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")

	owned, err := c.GetBucketOwnershipControls(t.Context(), &s3.GetBucketOwnershipControlsInput{Bucket: b})
	if err != nil || owned.OwnershipControls.Rules[0].ObjectOwnership != "BucketOwnerEnforced" {
		t.Error(owned, err)
	}
	if _, err = c.DeleteBucketOwnershipControls(t.Context(), &s3.DeleteBucketOwnershipControlsInput{Bucket: b}); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetBucketOwnershipControls(t.Context(), &s3.GetBucketOwnershipControlsInput{Bucket: b})
	refused(t, err, 404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found")

	logging := &types.LoggingEnabled{TargetBucket: aws.String("logs"), TargetPrefix: aws.String("data/")}
	if _, err = c.PutBucketLogging(t.Context(), &s3.PutBucketLoggingInput{Bucket: b, BucketLoggingStatus: &types.BucketLoggingStatus{LoggingEnabled: logging}}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.GetBucketLogging(t.Context(), &s3.GetBucketLoggingInput{Bucket: b}); err != nil || !reflect.DeepEqual(got.LoggingEnabled, logging) {
		t.Error(got, err)
	}
	if _, err = c.PutBucketLogging(t.Context(), &s3.PutBucketLoggingInput{Bucket: b, BucketLoggingStatus: &types.BucketLoggingStatus{}}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.GetBucketLogging(t.Context(), &s3.GetBucketLoggingInput{Bucket: b}); err != nil || got.LoggingEnabled != nil {
		t.Error("logging is still there:", got, err)
	}
	acl, err := c.GetBucketAcl(t.Context(), &s3.GetBucketAclInput{Bucket: b})
	if err != nil || len(acl.Grants) != 1 || *acl.Grants[0].Grantee.ID != *acl.Owner.ID || acl.Grants[0].Grantee.Type != "CanonicalUser" || acl.Grants[0].Permission != "FULL_CONTROL" {
		t.Error(acl, err)
	}
}

// TestMissingConfigurations: what nothing set is not there, in the words of each.
func TestMissingConfigurations(t *testing.T) {
	p := localtest.Open(t, estate)
	makeBucket(t, client(p, admin), "data")
	for query, want := range map[string]string{
		"cors":              "<Code>NoSuchCORSConfiguration</Code><Message>The CORS configuration does not exist</Message><BucketName>data</BucketName>",
		"lifecycle":         "<Code>NoSuchLifecycleConfiguration</Code><Message>The lifecycle configuration does not exist</Message><BucketName>data</BucketName>",
		"object-lock":       "<Code>ObjectLockConfigurationNotFoundError</Code><Message>Object Lock configuration does not exist for this bucket</Message><BucketName>data</BucketName>",
		"policy":            "<Code>NoSuchBucketPolicy</Code><Message>The bucket policy does not exist</Message><BucketName>data</BucketName>",
		"replication":       "<Code>ReplicationConfigurationNotFoundError</Code><Message>The replication configuration was not found</Message><BucketName>data</BucketName>",
		"tagging":           "<Code>NoSuchTagSet</Code><Message>The TagSet does not exist</Message><BucketName>data</BucketName>",
		"website":           "<Code>NoSuchWebsiteConfiguration</Code><Message>The specified bucket does not have a website configuration</Message><BucketName>data</BucketName>",
		"accelerate":        `<AccelerateConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></AccelerateConfiguration>`,
		"notification":      `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></NotificationConfiguration>`,
		"requestPayment":    `<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Payer>BucketOwner</Payer></RequestPaymentConfiguration>`,
		"versioning":        `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></VersioningConfiguration>`,
		"encryption":        `<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`,
		"location":          `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>`,
		"list-type=2":       `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated><Name>data</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><KeyCount>0</KeyCount></ListBucketResult>`,
		"ownershipControls": `<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>`,
	} {
		if status, _, body := raw(t, p, admin, "GET", "/data?"+query, ""); !strings.Contains(body, want) || strings.Contains(want, "<Code>") != (status == 404) {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
}

func TestBucketTags(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	b := aws.String("data")
	tags := func(pairs ...string) *types.Tagging {
		out := &types.Tagging{TagSet: []types.Tag{}}
		for i := 0; i < len(pairs); i += 2 {
			out.TagSet = append(out.TagSet, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
		return out
	}
	for _, set := range [][]string{{"a", "1", "b", "2"}, {"c", "3"}} {
		if _, err := c.PutBucketTagging(t.Context(), &s3.PutBucketTaggingInput{Bucket: b, Tagging: tags(set...)}); err != nil {
			t.Fatal(err)
		}
		got, err := c.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: b})
		if err != nil || !reflect.DeepEqual(got.TagSet, tags(set...).TagSet) {
			t.Errorf("%v is not %v: %v", got, set, err)
		}
	}
	if got := p.World.Tags("arn:aws:s3:::data"); !reflect.DeepEqual(got, map[string]string{"c": "3"}) {
		t.Errorf("the other services see %v", got)
	}
	for _, bad := range []struct {
		pairs         []string
		code, message string
	}{
		{[]string{"a", "1", "a", "2"}, "InvalidTag", "Cannot provide multiple Tags with the same key"},
		{[]string{"aws:a", "1"}, "InvalidTag", "System tags cannot be added/updated by requester"},
		{[]string{"", "1"}, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema: 1 validation error detected: Value '' at 'tagging.tagSet.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{[]string{"a", strings.Repeat("x", 257)}, "InvalidTag", "The TagValue you have provided is invalid"},
	} {
		_, err := c.PutBucketTagging(t.Context(), &s3.PutBucketTaggingInput{Bucket: b, Tagging: tags(bad.pairs...)})
		refused(t, err, 400, bad.code, bad.message)
	}
	if _, err := c.DeleteBucketTagging(t.Context(), &s3.DeleteBucketTaggingInput{Bucket: b}); err != nil {
		t.Fatal(err)
	}
	_, err := c.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: b})
	refused(t, err, 404, "NoSuchTagSet", "The TagSet does not exist")
}
