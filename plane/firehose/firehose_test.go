package firehose_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/plane/local/localtest/sdktest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	alias   = "alias/streams"
	role    = "arn:aws:iam::111122223333:role/deliver"
	bucket  = "landing"
	stream  = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/"
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: exact
        access-keys: [{id: AKIAEXACT0000000, secret: secret}]
        policies:
          own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "firehose:*", Resource: "arn:aws:firehose:eu-west-1:111122223333:deliverystream/own"}]}
          pass: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "iam:PassRole", Resource: "*", Condition: {StringEquals: {"iam:PassedToService": firehose.amazonaws.com}}}]}
    roles:
      - name: deliver
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: firehose.amazonaws.com}, Action: "sts:AssumeRole", Condition: {StringEquals: {"sts:ExternalId": "111122223333"}}}]}
        policies:
          s3: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:PutObject", Resource: "arn:aws:s3:::landing/*"}]}
      - name: stranger
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/streams}
      - {region: eu-west-1, alias: alias/objects}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "s3:CreateBucket", with: {Bucket: landing, CreateBucketConfiguration: {LocationConstraint: eu-west-1}}}
`

const (
	admin = "AKIAADMIN0000000"
	exact = "AKIAEXACT0000000"
)

func client(p *localtest.Plane, accessKey string) *firehose.Client {
	return firehose.NewFromConfig(sdktest.Config(p, accessKey, "firehose"))
}

func create(t testing.TB, c *firehose.Client, name string, change ...func(*firehose.CreateDeliveryStreamInput)) error {
	in := &firehose.CreateDeliveryStreamInput{DeliveryStreamName: &name, ExtendedS3DestinationConfiguration: &types.ExtendedS3DestinationConfiguration{
		RoleARN: aws.String(role), BucketARN: aws.String("arn:aws:s3:::" + bucket), Prefix: aws.String("in/"),
	}}
	for _, f := range change {
		f(in)
	}
	_, err := c.CreateDeliveryStream(t.Context(), in)
	return err
}

func keyed(p *localtest.Plane) func(*firehose.CreateDeliveryStreamInput) {
	return func(in *firehose.CreateDeliveryStreamInput) {
		in.DeliveryStreamEncryptionConfigurationInput = customer(p)
	}
}

func customer(p *localtest.Plane) *types.DeliveryStreamEncryptionConfigurationInput {
	return &types.DeliveryStreamEncryptionConfigurationInput{KeyType: types.KeyTypeCustomerManagedCmk, KeyARN: aws.String(p.KeyARN(account, region, alias))}
}

func to(change func(*types.ExtendedS3DestinationConfiguration)) func(*firehose.CreateDeliveryStreamInput) {
	return func(in *firehose.CreateDeliveryStreamInput) { change(in.ExtendedS3DestinationConfiguration) }
}

func describe(t *testing.T, c *firehose.Client, name string) *types.DeliveryStreamDescription {
	t.Helper()
	return localtest.Must(c.DescribeDeliveryStream(t.Context(), &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: &name}))(t).DeliveryStreamDescription
}

func put(t *testing.T, c *firehose.Client, name, data string) (*firehose.PutRecordOutput, error) {
	return c.PutRecord(t.Context(), &firehose.PutRecordInput{DeliveryStreamName: &name, Record: &types.Record{Data: []byte(data)}})
}

// landed are the objects in the bucket, "name=content", with x for random ids.
func landed(t *testing.T, p *localtest.Plane) (out []string) {
	t.Helper()
	who := p.STS.UserCaller(p.IAM.User(account, "admin"))
	list := localtest.Must(p.World.Do(t.Context(), who, region, "s3", "ListObjectsV2", []byte(`{"Bucket": "`+bucket+`"}`)))(t)
	for _, o := range list.Objects("Contents") {
		got := localtest.Must(p.World.Do(t.Context(), who, region, "s3", "GetObject", fmt.Appendf(nil, `{"Bucket": %q, "Key": %q}`, bucket, o.Text("Key"))))(t)
		out = append(out, random.ReplaceAllString(o.Text("Key"), "x")+"="+string(got.Blob("Body")))
	}
	return out
}

var random = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// grants are the grants of the streams' key: grantee and operations.
func grants(t *testing.T, p *localtest.Plane) (out []string) {
	t.Helper()
	got := p.API("kms", admin).Do(t, "ListGrants", `{"KeyId": "`+p.KeyARN(account, region, alias)+`"}`)
	for _, g := range got.Objects("Grants") {
		out = append(out, g.Text("GranteePrincipal")+" "+strings.Join(g.Texts("Operations"), ","))
	}
	return out
}

func TestStream(t *testing.T) {
	p := localtest.Open(t, seed)
	p.World.Settle = time.Minute
	c, ctx := client(p, admin), t.Context()
	out := localtest.Must(c.CreateDeliveryStream(ctx, &firehose.CreateDeliveryStreamInput{
		DeliveryStreamName: aws.String("b"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}},
		S3DestinationConfiguration: &types.S3DestinationConfiguration{RoleARN: aws.String(role), BucketARN: aws.String("arn:aws:s3:::" + bucket)},
	}))(t)
	if *out.DeliveryStreamARN != stream+"b" {
		t.Error(*out.DeliveryStreamARN)
	}
	localtest.Refused(t, create(t, c, "b"), "ResourceInUseException", "Firehose b under accountId 111122223333 already exists")
	if d := describe(t, c, "b"); d.DeliveryStreamStatus != "CREATING" {
		t.Error(d.DeliveryStreamStatus)
	}
	_, err := put(t, c, "b", "x")
	localtest.Refused(t, err, "ServiceUnavailableException", "Firehose b under account 111122223333 is in CREATING state.")
	_, err = c.DeleteDeliveryStream(ctx, &firehose.DeleteDeliveryStreamInput{DeliveryStreamName: aws.String("b")})
	localtest.Refused(t, err, "ResourceInUseException", "Firehose b under account 111122223333 is in CREATING state.")
	p.Pass(time.Minute)
	c = client(p, admin)
	d := describe(t, c, "b")
	s3 := d.Destinations[0].S3DestinationDescription
	if d.DeliveryStreamStatus != "ACTIVE" || *d.VersionId != "1" || d.DeliveryStreamType != "DirectPut" || d.DeliveryStreamEncryptionConfiguration.Status != "DISABLED" || d.LastUpdateTimestamp != nil || !d.CreateTimestamp.Equal(p.Now().Add(-time.Minute)) {
		t.Errorf("described %+v", d)
	}
	if d.Destinations[0].ExtendedS3DestinationDescription != nil || *s3.BufferingHints.SizeInMBs != 5 || *s3.BufferingHints.IntervalInSeconds != 300 || s3.CompressionFormat != "UNCOMPRESSED" || s3.EncryptionConfiguration.NoEncryptionConfig != "NoEncryption" || *s3.Prefix != "" {
		t.Errorf("destination %+v", s3)
	}
	if err := create(t, c, "a"); err != nil {
		t.Fatal(err)
	}
	list := localtest.Must(c.ListDeliveryStreams(ctx, &firehose.ListDeliveryStreamsInput{Limit: aws.Int32(1)}))(t)
	same(t, "first page", list.DeliveryStreamNames, "a")
	next := localtest.Must(c.ListDeliveryStreams(ctx, &firehose.ListDeliveryStreamsInput{ExclusiveStartDeliveryStreamName: aws.String("a")}))(t)
	same(t, "second page", next.DeliveryStreamNames, "b")
	if !*list.HasMoreDeliveryStreams || *next.HasMoreDeliveryStreams {
		t.Error("more", *list.HasMoreDeliveryStreams, *next.HasMoreDeliveryStreams)
	}
	localtest.Must(c.DeleteDeliveryStream(ctx, &firehose.DeleteDeliveryStreamInput{DeliveryStreamName: aws.String("b")}))(t)
	if d := describe(t, c, "b"); d.DeliveryStreamStatus != "DELETING" {
		t.Error(d.DeliveryStreamStatus)
	}
	p.Pass(time.Minute)
	c = client(p, admin)
	_, err = c.DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: aws.String("b")})
	localtest.Refused(t, err, "ResourceNotFoundException", "Firehose b under account 111122223333 not found.")
}

func TestRefusals(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	for name, o := range map[string]struct {
		change func(*firehose.CreateDeliveryStreamInput)
		text   string
	}{
		"role": {to(func(e *types.ExtendedS3DestinationConfiguration) {
			e.RoleARN = aws.String(strings.Replace(role, "deliver", "stranger", 1))
		}), "Firehose is unable to assume role arn:aws:iam::111122223333:role/stranger. Please check the role provided."},
		"none":       {func(in *firehose.CreateDeliveryStreamInput) { in.ExtendedS3DestinationConfiguration = nil }, "Exactly one destination configuration is supported for a Firehose"},
		"zip":        {to(func(e *types.ExtendedS3DestinationConfiguration) { e.CompressionFormat = "ZIP" }), "not implemented by the local plane: CompressionFormat ZIP"},
		"expression": {to(func(e *types.ExtendedS3DestinationConfiguration) { e.Prefix = aws.String("!{timestamp:yyyy}/") }), "not implemented by the local plane: expressions in Prefix"},
		"kinesis":    {func(in *firehose.CreateDeliveryStreamInput) { in.DeliveryStreamType = "KinesisStreamAsSource" }, "not implemented by the local plane: streams of type KinesisStreamAsSource"},
		"no key": {func(in *firehose.CreateDeliveryStreamInput) {
			in.DeliveryStreamEncryptionConfigurationInput = &types.DeliveryStreamEncryptionConfigurationInput{KeyType: types.KeyTypeCustomerManagedCmk}
		}, "KeyARN is required when KeyType is CUSTOMER_MANAGED_CMK."},
	} {
		t.Run(name, func(t *testing.T) {
			localtest.Refused(t, create(t, c, "s", o.change), "InvalidArgumentException", o.text)
		})
	}
	e := client(p, exact)
	if err := create(t, e, "own"); err != nil {
		t.Error(err)
	}
	localtest.Refused(t, create(t, e, "other"), "AccessDeniedException", "User: arn:aws:iam::111122223333:user/exact is not authorized to perform: firehose:CreateDeliveryStream on resource: "+stream+"other because no identity-based policy allows the firehose:CreateDeliveryStream action")
}

func TestDelivery(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	day := p.Now().Format("2006/01/02/15/")
	file := func(name string) string {
		return "in/" + day + name + "-1-" + p.Now().Format("2006-01-02-15-04-05") + "-x"
	}
	if err := create(t, c, "s"); err != nil {
		t.Fatal(err)
	}
	out := localtest.Must(put(t, c, "s", "one"))(t)
	if *out.Encrypted || len(*out.RecordId) != 224 {
		t.Errorf("put %+v", out)
	}
	batch := localtest.Must(c.PutRecordBatch(ctx, &firehose.PutRecordBatchInput{DeliveryStreamName: aws.String("s"), Records: []types.Record{{Data: []byte("two,")}, {Data: []byte("three")}}}))(t)
	if *batch.FailedPutCount != 0 || len(batch.RequestResponses) != 2 || *batch.Encrypted {
		t.Errorf("batch %+v", batch)
	}
	got := landed(t, p)
	if len(got) != 2 || strings.Contains(got[0], "two") == strings.Contains(got[1], "two") {
		t.Fatal(got)
	}
	for _, o := range got {
		if o != file("s")+"=one" && o != file("s")+"=two,three" {
			t.Error(o)
		}
	}
}

// TestUpdate: what is not said stays, an old version is refused, and what could not be delivered
// before is delivered then, in order, or lost after a day.
func TestUpdate(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	objects := p.KeyARN(account, region, "alias/objects")
	if err := create(t, c, "s", keyed(p), to(func(e *types.ExtendedS3DestinationConfiguration) {
		e.BucketARN = aws.String("arn:aws:s3:::elsewhere")
		e.EncryptionConfiguration = &types.EncryptionConfiguration{KMSEncryptionConfig: &types.KMSEncryptionConfig{AWSKMSKeyARN: &objects}}
	})); err != nil {
		t.Fatal(err)
	}
	if out := localtest.Must(put(t, c, "s", "lost"))(t); !*out.Encrypted {
		t.Error("it is not encrypted")
	}
	p.Pass(24 * time.Hour)
	c = client(p, admin)
	localtest.Must(put(t, c, "s", "late"))(t)
	in := &firehose.UpdateDestinationInput{
		DeliveryStreamName: aws.String("s"), DestinationId: aws.String("destinationId-000000000001"), CurrentDeliveryStreamVersionId: aws.String("1"),
		ExtendedS3DestinationUpdate: &types.ExtendedS3DestinationUpdate{BucketARN: aws.String("arn:aws:s3:::" + bucket), CompressionFormat: "GZIP"},
	}
	localtest.Must(c.UpdateDestination(ctx, in))(t)
	_, err := c.UpdateDestination(ctx, in)
	localtest.Refused(t, err, "ConcurrentModificationException", "Cannot update firehose: s since the current version id: 2 and specified version id: 1 do not match")
	d := describe(t, c, "s")
	e := d.Destinations[0].ExtendedS3DestinationDescription
	if *d.VersionId != "2" || *e.Prefix != "in/" || *e.EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN != objects || !d.LastUpdateTimestamp.Equal(p.Now()) {
		t.Errorf("described %+v %+v", d, e)
	}
	// The role has nothing to say for the key of the objects but by the account: so it waits.
	same(t, "before the role may use the key", landed(t, p))
	p.SetKeyPolicy(account, region, "alias/objects", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
		{"Effect": "Allow", "Principal": {"AWS": "`+role+`"}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}}]}`)
	localtest.Must(put(t, c, "s", "now"))(t)
	var all []string
	for _, o := range landed(t, p) {
		name, body, _ := strings.Cut(o, "=")
		z := localtest.Must(gzip.NewReader(bytes.NewReader([]byte(body))))(t)
		all = append(all, name[strings.LastIndex(name, "-"):]+" "+string(localtest.Must(io.ReadAll(z))(t)))
	}
	if got := strings.Join(all, "|"); got != "-x.gz late|-x.gz now" && got != "-x.gz now|-x.gz late" {
		t.Error(got)
	}
}

// TestEncryption: the grant is there as long as the stream has the key, and what waits needs it.
func TestEncryption(t *testing.T) {
	p := localtest.Open(t, seed)
	p.World.Settle = time.Minute
	if err := create(t, client(p, admin), "s", keyed(p)); err != nil {
		t.Fatal(err)
	}
	status := func() string {
		e := describe(t, client(p, admin), "s").DeliveryStreamEncryptionConfiguration
		return string(e.Status) + " " + string(e.KeyType)
	}
	if got := status(); got != "ENABLING CUSTOMER_MANAGED_CMK" {
		t.Error(got)
	}
	p.Pass(time.Minute)
	if got := status(); got != "ENABLED CUSTOMER_MANAGED_CMK" {
		t.Error(got)
	}
	same(t, "grants", grants(t, p), "firehose.amazonaws.com Decrypt,GenerateDataKey")
	c, ctx := client(p, admin), t.Context()
	localtest.Must(c.StopDeliveryStreamEncryption(ctx, &firehose.StopDeliveryStreamEncryptionInput{DeliveryStreamName: aws.String("s")}))(t)
	if got := status(); got != "DISABLING CUSTOMER_MANAGED_CMK" {
		t.Error(got)
	}
	same(t, "grants of a stream without a key", grants(t, p))
	if rec := p.World.Records.List("firehose", "stream", account, region)[0]; len(rec.Sealed) != 0 {
		t.Errorf("the stream has data keys: %v", rec.Sealed)
	}
	start := &firehose.StartDeliveryStreamEncryptionInput{DeliveryStreamName: aws.String("s"), DeliveryStreamEncryptionConfigurationInput: customer(p)}
	_, err := c.StartDeliveryStreamEncryption(ctx, start)
	localtest.Refused(t, err, "ResourceInUseException", "Encryption of Firehose s under account 111122223333 is in DISABLING state.")
	p.Pass(time.Minute)
	if got := status(); got != "DISABLED " {
		t.Error(got)
	}
	c = client(p, admin)
	p.DisableKey(account, region, alias)
	_, err = c.StartDeliveryStreamEncryption(ctx, start)
	localtest.Refused(t, err, "InvalidKMSResourceException", p.KeyARN(account, region, alias)+" is disabled.")
	p.EnableKey(account, region, alias)
	localtest.Must(c.StartDeliveryStreamEncryption(ctx, start))(t)
	p.Pass(time.Minute)
	c = client(p, admin)
	if out := localtest.Must(put(t, c, "s", "x"))(t); !*out.Encrypted {
		t.Error("it is not encrypted")
	}
	p.DisableKey(account, region, alias)
	_, err = put(t, c, "s", "x")
	localtest.Refused(t, err, "InvalidKMSResourceException", p.KeyARN(account, region, alias)+" is disabled.")
	p.EnableKey(account, region, alias)
	localtest.Must(c.StartDeliveryStreamEncryption(ctx, &firehose.StartDeliveryStreamEncryptionInput{DeliveryStreamName: aws.String("s")}))(t)
	if got := status(); got != "ENABLING AWS_OWNED_CMK" {
		t.Error(got)
	}
	same(t, "grants of a stream with an owned key", grants(t, p))
	p.DeleteKey(account, region, alias)
	if out := localtest.Must(put(t, client(p, admin), "s", "y"))(t); !*out.Encrypted {
		t.Error("it is not encrypted")
	}
}

// TestGrant: exactly kms:CreateGrant through the service is needed, and the grant of a key that
// the stream had before stays while something waits under it.
func TestGrant(t *testing.T) {
	p := localtest.Open(t, seed)
	const statement = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/exact"}, "Action": "kms:CreateGrant", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "%s.eu-west-1.amazonaws.com"}}}`
	const root = `{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/exact"}}}`
	policy := func(via string) {
		p.SetKeyPolicy(account, region, alias, `{"Version": "2012-10-17", "Statement": [`+root+`, `+fmt.Sprintf(statement, via)+`]}`)
	}
	e := client(p, exact)
	policy("sqs")
	err := create(t, e, "own", keyed(p))
	localtest.Refused(t, err, "InvalidKMSResourceException", "User: arn:aws:iam::111122223333:user/exact is not authorized to perform: kms:CreateGrant on resource: "+p.KeyARN(account, region, alias)+" because no resource-based policy allows the kms:CreateGrant action")
	policy("firehose")
	if err := create(t, e, "own", keyed(p), to(func(e *types.ExtendedS3DestinationConfiguration) { e.BucketARN = aws.String("arn:aws:s3:::elsewhere") })); err != nil {
		t.Fatal(err)
	}
	localtest.Must(put(t, e, "own", "waits"))(t)
	localtest.Must(e.StopDeliveryStreamEncryption(t.Context(), &firehose.StopDeliveryStreamEncryptionInput{DeliveryStreamName: aws.String("own")}))(t)
	same(t, "grants while something waits", grants(t, p), "firehose.amazonaws.com Decrypt,GenerateDataKey")
	localtest.Must(e.UpdateDestination(t.Context(), &firehose.UpdateDestinationInput{
		DeliveryStreamName: aws.String("own"), DestinationId: aws.String("destinationId-000000000001"), CurrentDeliveryStreamVersionId: aws.String("1"),
		S3DestinationUpdate: &types.S3DestinationUpdate{BucketARN: aws.String("arn:aws:s3:::" + bucket)},
	}))(t)
	same(t, "grants when nothing waits", grants(t, p))
	if got := landed(t, p); len(got) != 1 || !strings.HasSuffix(got[0], "=waits") {
		t.Error(got)
	}
}

func TestTags(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	if err := create(t, c, "s"); err != nil {
		t.Fatal(err)
	}
	localtest.Must(c.TagDeliveryStream(ctx, &firehose.TagDeliveryStreamInput{DeliveryStreamName: aws.String("s"), Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}, {Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("c")}}}))(t)
	localtest.Must(c.UntagDeliveryStream(ctx, &firehose.UntagDeliveryStreamInput{DeliveryStreamName: aws.String("s"), TagKeys: []string{"b"}}))(t)
	out := localtest.Must(c.ListTagsForDeliveryStream(ctx, &firehose.ListTagsForDeliveryStreamInput{DeliveryStreamName: aws.String("s"), Limit: aws.Int32(1)}))(t)
	if len(out.Tags) != 1 || *out.Tags[0].Key != "a" || *out.Tags[0].Value != "1" || !*out.HasMoreTags {
		t.Errorf("tags %+v", out)
	}
	out = localtest.Must(c.ListTagsForDeliveryStream(ctx, &firehose.ListTagsForDeliveryStreamInput{DeliveryStreamName: aws.String("s"), ExclusiveStartTagKey: aws.String("a")}))(t)
	if len(out.Tags) != 1 || *out.Tags[0].Key != "c" || *out.HasMoreTags {
		t.Errorf("tags %+v", out)
	}
}

// TestRestart: what waits under a key waits after a restart too.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	if err := create(t, client(p, admin), "s", keyed(p), to(func(e *types.ExtendedS3DestinationConfiguration) { e.BucketARN = aws.String("arn:aws:s3:::later") })); err != nil {
		t.Fatal(err)
	}
	localtest.Must(put(t, client(p, admin), "s", "kept"))(t)
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	localtest.Must(client(p, admin).UpdateDestination(t.Context(), &firehose.UpdateDestinationInput{
		DeliveryStreamName: aws.String("s"), DestinationId: aws.String("destinationId-000000000001"), CurrentDeliveryStreamVersionId: aws.String("1"),
		ExtendedS3DestinationUpdate: &types.ExtendedS3DestinationUpdate{BucketARN: aws.String("arn:aws:s3:::" + bucket)},
	}))(t)
	if got := landed(t, p); len(got) != 1 || !strings.HasSuffix(got[0], "=kept") {
		t.Error(got)
	}
}

// TestDeleteOfKeyed: the grants of a stream are retired, also that of a key which something waits
// under; a stream of the same name begins anew.
func TestDeleteOfKeyed(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	elsewhere := to(func(e *types.ExtendedS3DestinationConfiguration) { e.BucketARN = aws.String("arn:aws:s3:::elsewhere") })
	if err := create(t, c, "s", keyed(p), elsewhere); err != nil {
		t.Fatal(err)
	}
	localtest.Must(put(t, c, "s", "waits"))(t)
	localtest.Must(c.StartDeliveryStreamEncryption(ctx, &firehose.StartDeliveryStreamEncryptionInput{DeliveryStreamName: aws.String("s"), DeliveryStreamEncryptionConfigurationInput: customer(p)}))(t)
	if got := grants(t, p); len(got) != 2 {
		t.Errorf("grants %v", got)
	}
	localtest.Must(c.DeleteDeliveryStream(ctx, &firehose.DeleteDeliveryStreamInput{DeliveryStreamName: aws.String("s")}))(t)
	same(t, "grants of a deleted stream", grants(t, p))
	if err := create(t, c, "s"); err != nil {
		t.Fatal(err)
	}
	localtest.Must(put(t, c, "s", "new"))(t)
	if got := landed(t, p); len(got) != 1 || !strings.HasSuffix(got[0], "=new") {
		t.Error(got)
	}
}
