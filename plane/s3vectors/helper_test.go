package s3vectors_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3vectors"
	"github.com/aws/aws-sdk-go-v2/service/s3vectors/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const (
	account = "111122223333"
	alias   = "alias/vectors"

	admin    = "AKIAADMIN0000000"
	keyless  = "AKIAKEYLESS00000"
	querier  = "AKIAQUERIER00000"
	stranger = "AKIASTRANGER0000"
)

// estate has who may do everything, who may do nothing with keys, who may query only, and
// who is of another account.
const estate = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: keyless
        access-keys: [{id: AKIAKEYLESS00000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3vectors:*", Resource: "*"}]}
      - name: querier
        access-keys: [{id: AKIAQUERIER00000, secret: secret}]
        policies:
          some: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3vectors:QueryVectors", "s3vectors:ListVectors", "s3vectors:CreateVectorBucket"], Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/vectors}
      - {region: eu-west-1, alias: alias/index}
  "444455556666":
    users:
      - name: stranger
        access-keys: [{id: AKIASTRANGER0000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

// world is a plane with the key that vectors are under, whose policy lets the account use
// it and the service index.
type world struct {
	*localtest.Plane
	t *testing.T
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{localtest.Open(t, estate), t}
	for _, name := range []string{alias, "alias/index"} {
		w.SetKeyPolicy(account, localtest.Region, name, keyPolicy(owner, indexer))
	}
	return w
}

// The statements of the policy of a key.
const (
	owner   = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	indexer = `{"Effect":"Allow","Principal":{"Service":"indexing.s3vectors.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*","Condition":{
		"ArnLike":{"aws:SourceArn":"arn:aws:s3vectors:eu-west-1:111122223333:bucket/*"},"StringEquals":{"aws:SourceAccount":"111122223333"},
		"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["aws:s3vectors:arn","aws:s3vectors:resource-id"]}}}`
)

func keyPolicy(statements ...string) string {
	text := `{"Version":"2012-10-17","Statement":[`
	for i, s := range statements {
		if i > 0 {
			text += ","
		}
		text += s
	}
	return text + "]}"
}

func (w *world) as(accessKey string) *s3vectors.Client {
	static := aws.CredentialsProviderFunc(nobody)
	return s3vectors.New(s3vectors.Options{Region: localtest.Region, BaseEndpoint: &w.URL, Credentials: static, HTTPClient: w.Client(accessKey, "s3vectors"), Retryer: aws.NopRetryer{}})
}

func (w *world) key(alias string) *string {
	return aws.String(w.KeyARN(account, localtest.Region, alias))
}

// bucket makes a vector bucket, under a key if there is one.
func (w *world) bucket(name string, key *string) {
	w.t.Helper()
	in := &s3vectors.CreateVectorBucketInput{VectorBucketName: &name}
	if key != nil {
		in.EncryptionConfiguration = &types.EncryptionConfiguration{SseType: types.SseTypeAwsKms, KmsKeyArn: key}
	}
	localtest.Must(w.as(admin).CreateVectorBucket(w.t.Context(), in))(w.t)
}

// index makes an index of three dimensions in a bucket.
func (w *world) index(bucket, name string, metric types.DistanceMetric, change ...func(*s3vectors.CreateIndexInput)) {
	w.t.Helper()
	in := &s3vectors.CreateIndexInput{VectorBucketName: &bucket, IndexName: &name, DataType: types.DataTypeFloat32, Dimension: aws.Int32(3), DistanceMetric: metric}
	for _, f := range change {
		f(in)
	}
	localtest.Must(w.as(admin).CreateIndex(w.t.Context(), in))(w.t)
}
