package s3vectors_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3vectors"
	"github.com/aws/aws-sdk-go-v2/service/s3vectors/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// TestKeys: vectors need the key by the caller and by the indexing service, and keys of
// vectors are listed without it.
func TestKeys(t *testing.T) {
	w := newWorld(t)
	w.bucket("store", w.key(alias))
	w.index("store", "index", types.DistanceMetricCosine)
	if err := w.put(admin, "store", "index", point("a", nil, 1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	refusedFor := func(err error, text string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "AccessDeniedException: "+text) {
			t.Errorf("%v, want a refusal of %s", err, text)
		}
	}
	_, err := w.got(keyless, "store", "index", "a")
	refusedFor(err, "User: arn:aws:iam::111122223333:user/keyless is not authorized to perform: kms:Decrypt")
	refusedFor(w.put(keyless, "store", "index", point("b", nil, 1, 0, 0)), "User: arn:aws:iam::111122223333:user/keyless is not authorized to perform: kms:")
	list := localtest.Must(w.as(keyless).ListVectors(t.Context(), &s3vectors.ListVectorsInput{VectorBucketName: aws.String("store"), IndexName: aws.String("index")}))(t)
	equal(t, "listed", *list.Vectors[0].Key, "a")

	w.SetKeyPolicy(account, localtest.Region, alias, keyPolicy(owner))
	refusedFor(w.put(admin, "store", "index", point("b", nil, 1, 0, 0)), "User: indexing.s3vectors.amazonaws.com is not authorized to perform: kms:Decrypt")

	const exact = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/keyless"},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*","Condition":{"StringEquals":{
		"kms:ViaService":"s3vectors.eu-west-1.amazonaws.com","kms:EncryptionContext:aws:s3vectors:arn":"arn:aws:s3vectors:eu-west-1:111122223333:bucket/store/index/index"}}}`
	w.SetKeyPolicy(account, localtest.Region, alias, keyPolicy(exact, indexer))
	if err := w.put(keyless, "store", "index", point("b", nil, 0, 1, 0)); err != nil {
		t.Error(err)
	}
	equal(t, "got", localtest.Must(w.got(keyless, "store", "index", "a", "b"))(t), map[string][]float32{"a": {1, 0, 0}, "b": {0, 1, 0}})
}

// TestCreationAsksForTheKey: a bucket cannot be made under a key that its creator cannot use.
func TestCreationAsksForTheKey(t *testing.T) {
	w := newWorld(t)
	e := &types.EncryptionConfiguration{SseType: types.SseTypeAwsKms, KmsKeyArn: w.key(alias)}
	_, err := w.as(keyless).CreateVectorBucket(t.Context(), &s3vectors.CreateVectorBucketInput{VectorBucketName: aws.String("store"), EncryptionConfiguration: e})
	if err == nil || !strings.Contains(err.Error(), "AccessDeniedException: User: arn:aws:iam::111122223333:user/keyless is not authorized to perform: kms:GenerateDataKey") {
		t.Error(err)
	}
	w.DisableKey(account, localtest.Region, alias)
	_, err = w.as(admin).CreateVectorBucket(t.Context(), &s3vectors.CreateVectorBucketInput{VectorBucketName: aws.String("store"), EncryptionConfiguration: e})
	localtest.Refused(t, err, "ValidationException", *w.key(alias)+" is disabled.")
}

// TestIndexKey: the key of an index counts, not that of its bucket.
func TestIndexKey(t *testing.T) {
	w := newWorld(t)
	w.bucket("store", w.key(alias))
	w.index("store", "own", types.DistanceMetricCosine, func(in *s3vectors.CreateIndexInput) {
		in.EncryptionConfiguration = &types.EncryptionConfiguration{SseType: types.SseTypeAwsKms, KmsKeyArn: w.key("alias/index")}
	})
	w.index("store", "inherited", types.DistanceMetricCosine)
	for _, index := range []string{"own", "inherited"} {
		if err := w.put(admin, "store", index, point("a", nil, 1, 0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	w.DisableKey(account, localtest.Region, alias)
	equal(t, "own", localtest.Must(w.got(admin, "store", "own", "a"))(t), map[string][]float32{"a": {1, 0, 0}})
	_, err := w.got(admin, "store", "inherited", "a")
	localtest.Refused(t, err, "KmsDisabledException", *w.key(alias)+" is disabled.")
	localtest.Refused(t, w.put(admin, "store", "inherited", point("b", nil, 1, 0, 0)), "KmsDisabledException", *w.key(alias)+" is disabled.")
	w.EnableKey(account, localtest.Region, alias)
	equal(t, "inherited", localtest.Must(w.got(admin, "store", "inherited", "a"))(t), map[string][]float32{"a": {1, 0, 0}})
}

// TestErasure: when the key is gone the vectors cannot be read, and are still listed.
func TestErasure(t *testing.T) {
	w := newWorld(t)
	key := *w.key(alias)
	w.bucket("store", &key)
	w.index("store", "index", types.DistanceMetricCosine)
	if err := w.put(admin, "store", "index", point("a", nil, 1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	w.DeleteKey(account, localtest.Region, alias)
	_, err := w.got(admin, "store", "index", "a")
	localtest.Refused(t, err, "KmsNotFoundException", "Key '"+key+"' does not exist")
	list := localtest.Must(w.as(admin).ListVectors(t.Context(), &s3vectors.ListVectorsInput{VectorBucketName: aws.String("store"), IndexName: aws.String("index")}))(t)
	equal(t, "listed", *list.Vectors[0].Key, "a")
	b := localtest.Must(w.as(admin).GetVectorBucket(t.Context(), &s3vectors.GetVectorBucketInput{VectorBucketName: aws.String("store")}))(t).VectorBucket
	equal(t, "key", *b.EncryptionConfiguration.KmsKeyArn, key)
}
