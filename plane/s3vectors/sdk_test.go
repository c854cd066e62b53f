package s3vectors_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3vectors"
	"github.com/aws/aws-sdk-go-v2/service/s3vectors/document"
	"github.com/aws/aws-sdk-go-v2/service/s3vectors/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// nobody are the credentials that the SDK signs with before the client of the plane does.
func nobody(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIANOBODY000000", SecretAccessKey: "none"}, nil
}

// point is a vector to put.
func point(key string, metadata map[string]any, x ...float32) types.PutInputVector {
	v := types.PutInputVector{Key: &key, Data: &types.VectorDataMemberFloat32{Value: x}}
	if metadata != nil {
		v.Metadata = document.NewLazyDocument(metadata)
	}
	return v
}

func (w *world) put(accessKey, bucket, index string, points ...types.PutInputVector) error {
	_, err := w.as(accessKey).PutVectors(w.t.Context(), &s3vectors.PutVectorsInput{VectorBucketName: &bucket, IndexName: &index, Vectors: points})
	return err
}

// got are vectors by key: their numbers.
func (w *world) got(accessKey, bucket, index string, keys ...string) (map[string][]float32, error) {
	out, err := w.as(accessKey).GetVectors(w.t.Context(), &s3vectors.GetVectorsInput{VectorBucketName: &bucket, IndexName: &index, Keys: keys, ReturnData: true})
	if err != nil {
		return nil, err
	}
	all := map[string][]float32{}
	for _, v := range out.Vectors {
		all[*v.Key] = v.Data.(*types.VectorDataMemberFloat32).Value
	}
	return all, nil
}

// hit is an answer to a query.
type hit struct {
	key      string
	distance float32
}

func (w *world) query(bucket, index string, filter map[string]any, top int32, x ...float32) []hit {
	w.t.Helper()
	in := &s3vectors.QueryVectorsInput{VectorBucketName: &bucket, IndexName: &index, TopK: &top, QueryVector: &types.VectorDataMemberFloat32{Value: x}, ReturnDistance: true}
	if filter != nil {
		in.Filter = document.NewLazyDocument(filter)
	}
	out := localtest.Must(w.as(admin).QueryVectors(w.t.Context(), in))(w.t)
	hits := []hit{}
	for _, v := range out.Vectors {
		hits = append(hits, hit{*v.Key, *v.Distance})
	}
	return hits
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestBuckets(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	created := localtest.Must(c.CreateVectorBucket(ctx, &s3vectors.CreateVectorBucketInput{VectorBucketName: aws.String("plain"), Tags: map[string]string{"team": "a"}}))(t)
	arn := "arn:aws:s3vectors:eu-west-1:111122223333:bucket/plain"
	equal(t, "ARN", *created.VectorBucketArn, arn)
	w.bucket("secret", w.key(alias))

	b := localtest.Must(c.GetVectorBucket(ctx, &s3vectors.GetVectorBucketInput{VectorBucketArn: &arn}))(t).VectorBucket
	equal(t, "bucket", *b, types.VectorBucket{VectorBucketName: aws.String("plain"), VectorBucketArn: &arn, CreationTime: b.CreationTime, EncryptionConfiguration: &types.EncryptionConfiguration{SseType: types.SseTypeAes256}})
	equal(t, "time", b.CreationTime.Unix(), w.Now().Unix())
	b = localtest.Must(c.GetVectorBucket(ctx, &s3vectors.GetVectorBucketInput{VectorBucketName: aws.String("secret")}))(t).VectorBucket
	equal(t, "encryption", *b.EncryptionConfiguration, types.EncryptionConfiguration{SseType: types.SseTypeAwsKms, KmsKeyArn: w.key(alias)})

	one := localtest.Must(c.ListVectorBuckets(ctx, &s3vectors.ListVectorBucketsInput{MaxResults: aws.Int32(1)}))(t)
	two := localtest.Must(c.ListVectorBuckets(ctx, &s3vectors.ListVectorBucketsInput{MaxResults: aws.Int32(1), NextToken: one.NextToken}))(t)
	equal(t, "pages", []string{*one.VectorBuckets[0].VectorBucketName, *two.VectorBuckets[0].VectorBucketName}, []string{"plain", "secret"})
	equal(t, "end", two.NextToken, (*string)(nil))
	three := localtest.Must(c.ListVectorBuckets(ctx, &s3vectors.ListVectorBucketsInput{Prefix: aws.String("se")}))(t)
	equal(t, "prefix", *three.VectorBuckets[0].VectorBucketName, "secret")

	tags := func() map[string]string {
		return localtest.Must(c.ListTagsForResource(ctx, &s3vectors.ListTagsForResourceInput{ResourceArn: &arn}))(t).Tags
	}
	equal(t, "tags", tags(), map[string]string{"team": "a"})
	localtest.Must(c.TagResource(ctx, &s3vectors.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"more": "b"}}))(t)
	localtest.Must(c.UntagResource(ctx, &s3vectors.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"team"}}))(t)
	equal(t, "tags", tags(), map[string]string{"more": "b"})

	localtest.Must(c.DeleteVectorBucket(ctx, &s3vectors.DeleteVectorBucketInput{VectorBucketName: aws.String("plain")}))(t)
	_, err := c.GetVectorBucket(ctx, &s3vectors.GetVectorBucketInput{VectorBucketArn: &arn})
	localtest.Refused(t, err, "NotFoundException", "The specified vector bucket could not be found")
}

func TestBucketRefusals(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	w.bucket("taken", nil)
	w.index("taken", "index", types.DistanceMetricCosine)
	create := func(name string, e *types.EncryptionConfiguration) error {
		_, err := c.CreateVectorBucket(ctx, &s3vectors.CreateVectorBucketInput{VectorBucketName: &name, EncryptionConfiguration: e})
		return err
	}
	localtest.Refused(t, create("taken", nil), "ConflictException", "A vector bucket with the specified name already exists")
	localtest.Refused(t, create("Upper", nil), "ValidationException", "Invalid vector bucket name")
	localtest.Refused(t, create("-first", nil), "ValidationException", "Invalid vector bucket name")
	const both = "kmsKeyArn must be specified if and only if sseType is aws:kms"
	localtest.Refused(t, create("other", &types.EncryptionConfiguration{SseType: types.SseTypeAwsKms}), "ValidationException", both)
	localtest.Refused(t, create("other", &types.EncryptionConfiguration{SseType: types.SseTypeAes256, KmsKeyArn: w.key(alias)}), "ValidationException", both)

	_, err := c.DeleteVectorBucket(ctx, &s3vectors.DeleteVectorBucketInput{VectorBucketName: aws.String("taken")})
	localtest.Refused(t, err, "ConflictException", "The specified vector bucket is not empty")
	_, err = c.GetVectorBucket(ctx, &s3vectors.GetVectorBucketInput{})
	localtest.Refused(t, err, "ValidationException", "Must specify either vectorBucketName or vectorBucketArn but not both")
	_, err = c.GetIndex(ctx, &s3vectors.GetIndexInput{VectorBucketName: aws.String("taken")})
	localtest.Refused(t, err, "ValidationException", "Must specify either indexArn or both vectorBucketName and indexName but not both")
	_, err = w.as(querier).CreateVectorBucket(ctx, &s3vectors.CreateVectorBucketInput{VectorBucketName: aws.String("tagged"), Tags: map[string]string{"a": "b"}})
	localtest.Refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/querier is not authorized to perform: s3vectors:TagResource on resource: arn:aws:s3vectors:eu-west-1:111122223333:bucket/tagged because no identity-based policy allows the s3vectors:TagResource action")
}

func TestIndexes(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	w.bucket("store", nil)
	w.index("store", "first", types.DistanceMetricCosine)
	w.index("store", "second", types.DistanceMetricEuclidean, func(in *s3vectors.CreateIndexInput) {
		in.MetadataConfiguration = &types.MetadataConfiguration{NonFilterableMetadataKeys: []string{"text"}}
		in.EncryptionConfiguration = &types.EncryptionConfiguration{SseType: types.SseTypeAwsKms, KmsKeyArn: w.key("alias/index")}
	})
	i := localtest.Must(c.GetIndex(ctx, &s3vectors.GetIndexInput{VectorBucketName: aws.String("store"), IndexName: aws.String("second")}))(t).Index
	equal(t, "index", *i, types.Index{
		VectorBucketName: aws.String("store"), IndexName: aws.String("second"), IndexArn: aws.String("arn:aws:s3vectors:eu-west-1:111122223333:bucket/store/index/second"),
		CreationTime: i.CreationTime, DataType: types.DataTypeFloat32, Dimension: aws.Int32(3), DistanceMetric: types.DistanceMetricEuclidean,
		MetadataConfiguration:   &types.MetadataConfiguration{NonFilterableMetadataKeys: []string{"text"}},
		EncryptionConfiguration: &types.EncryptionConfiguration{SseType: types.SseTypeAwsKms, KmsKeyArn: w.key("alias/index")},
	})
	list := localtest.Must(c.ListIndexes(ctx, &s3vectors.ListIndexesInput{VectorBucketName: aws.String("store")}))(t).Indexes
	equal(t, "list", []string{*list[0].IndexName, *list[1].IndexName}, []string{"first", "second"})

	_, err := c.CreateIndex(ctx, &s3vectors.CreateIndexInput{VectorBucketName: aws.String("store"), IndexName: aws.String("first"), DataType: "float32", Dimension: aws.Int32(1), DistanceMetric: "cosine"})
	localtest.Refused(t, err, "ConflictException", "An index with the specified name already exists")
	_, err = c.CreateIndex(ctx, &s3vectors.CreateIndexInput{VectorBucketName: aws.String("none"), IndexName: aws.String("first"), DataType: "float32", Dimension: aws.Int32(1), DistanceMetric: "cosine"})
	localtest.Refused(t, err, "NotFoundException", "The specified vector bucket could not be found")

	if err := w.put(admin, "store", "first", point("a", nil, 1, 2, 3)); err != nil {
		t.Fatal(err)
	}
	localtest.Must(c.DeleteIndex(ctx, &s3vectors.DeleteIndexInput{VectorBucketName: aws.String("store"), IndexName: aws.String("first")}))(t)
	localtest.Refused(t, w.put(admin, "store", "first", point("a", nil, 1, 2, 3)), "NotFoundException", "The specified index could not be found")
	w.index("store", "first", types.DistanceMetricCosine)
	equal(t, "vectors of an index of the same name", localtest.Must(w.got(admin, "store", "first", "a"))(t), map[string][]float32{})
}

func TestVectors(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	w.bucket("store", w.key(alias))
	w.index("store", "index", types.DistanceMetricCosine)
	bucket, index := aws.String("store"), aws.String("index")
	for _, err := range []error{
		w.put(admin, "store", "index", point("a", map[string]any{"genre": "x", "year": 1999}, 0.1, 0, 0), point("b", nil, 0, 1, 0)),
		w.put(admin, "store", "index", point("c", nil, 0, 0, 1), point("b", nil, 0, 2, 0)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "got", localtest.Must(w.got(admin, "store", "index", "b", "a", "none"))(t), map[string][]float32{"a": {0.1, 0, 0}, "b": {0, 2, 0}})

	one := localtest.Must(c.ListVectors(ctx, &s3vectors.ListVectorsInput{VectorBucketName: bucket, IndexName: index, MaxResults: aws.Int32(2)}))(t)
	two := localtest.Must(c.ListVectors(ctx, &s3vectors.ListVectorsInput{VectorBucketName: bucket, IndexName: index, MaxResults: aws.Int32(2), NextToken: one.NextToken}))(t)
	equal(t, "keys", []string{*one.Vectors[0].Key, *one.Vectors[1].Key, *two.Vectors[0].Key}, []string{"a", "c", "b"})
	equal(t, "no data", one.Vectors[0].Data, types.VectorData(nil))
	all := localtest.Must(c.ListVectors(ctx, &s3vectors.ListVectorsInput{VectorBucketName: bucket, IndexName: index, ReturnData: true, ReturnMetadata: true}))(t)
	equal(t, "data", all.Vectors[0].Data, types.VectorData(&types.VectorDataMemberFloat32{Value: []float32{0.1, 0, 0}}))
	var metadata map[string]any
	if err := all.Vectors[0].Metadata.UnmarshalSmithyDocument(&metadata); err != nil {
		t.Fatal(err)
	}
	equal(t, "genre", metadata["genre"], "x")
	segments := 0
	for i := range int32(3) {
		segments += len(localtest.Must(c.ListVectors(ctx, &s3vectors.ListVectorsInput{VectorBucketName: bucket, IndexName: index, SegmentCount: aws.Int32(3), SegmentIndex: i}))(t).Vectors)
	}
	equal(t, "vectors in segments", segments, 3)

	localtest.Must(c.DeleteVectors(ctx, &s3vectors.DeleteVectorsInput{VectorBucketName: bucket, IndexName: index, Keys: []string{"b", "none"}}))(t)
	equal(t, "left", localtest.Must(w.got(admin, "store", "index", "a", "b", "c"))(t), map[string][]float32{"a": {0.1, 0, 0}, "c": {0, 0, 1}})

	localtest.Refused(t, w.put(admin, "store", "index", point("d", nil, 1)), "ValidationException", "Invalid record for key 'd': vector must have length 3, but has length 1")
	localtest.Refused(t, w.put(admin, "store", "index", point("d", nil, 0, 0, 0)), "ValidationException", "Invalid record for key 'd': vector must not be zero with the cosine distance metric")
	long := map[string]any{"text": string(make([]byte, 600))} // each byte is six in JSON
	localtest.Refused(t, w.put(admin, "store", "index", point("d", long, 1, 1, 1)), "ValidationException", "Invalid record for key 'd': Filterable metadata must have at most 2048 bytes")
}

func TestQuery(t *testing.T) {
	w := newWorld(t)
	w.bucket("store", nil)
	w.index("store", "cosine", types.DistanceMetricCosine, func(in *s3vectors.CreateIndexInput) {
		in.MetadataConfiguration = &types.MetadataConfiguration{NonFilterableMetadataKeys: []string{"text"}}
	})
	w.index("store", "euclidean", types.DistanceMetricEuclidean)
	for _, index := range []string{"cosine", "euclidean"} {
		err := w.put(admin, "store", index,
			point("x", map[string]any{"genre": "news", "year": 2001}, 1, 0, 0), point("y", map[string]any{"genre": []string{"news", "sport"}, "year": 2010}, 0, 2, 0), point("xy", map[string]any{"year": 2020}, 3, 3, 0))
		if err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "cosine", w.query("store", "cosine", nil, 2, 1, 0, 0), []hit{{"x", 0}, {"xy", 0.29289323}})
	equal(t, "euclidean", w.query("store", "euclidean", nil, 3, 1, 0, 0), []hit{{"x", 0}, {"y", 2.236068}, {"xy", 3.6055512}})
	for _, c := range []struct {
		filter map[string]any
		want   []hit
	}{
		{map[string]any{"genre": "news"}, []hit{{"x", 0}, {"y", 1}}},
		{map[string]any{"genre": map[string]any{"$ne": "news"}}, []hit{{"xy", 0.29289323}}},
		{map[string]any{"genre": map[string]any{"$exists": false}}, []hit{{"xy", 0.29289323}}},
		{map[string]any{"genre": map[string]any{"$in": []string{"sport"}}}, []hit{{"y", 1}}},
		{map[string]any{"year": map[string]any{"$gte": 2001, "$lt": 2020}}, []hit{{"x", 0}, {"y", 1}}},
		{map[string]any{"$or": []any{map[string]any{"year": 2020}, map[string]any{"genre": "sport"}}}, []hit{{"xy", 0.29289323}, {"y", 1}}},
		{map[string]any{"$and": []any{map[string]any{"year": 2020}, map[string]any{"genre": "sport"}}}, []hit{}},
		{map[string]any{"year": map[string]any{"$nin": []any{2001, 2010}}}, []hit{{"xy", 0.29289323}}},
	} {
		equal(t, "filtered", w.query("store", "cosine", c.filter, 3, 1, 0, 0), c.want)
	}
	ask := func(accessKey string, change func(*s3vectors.QueryVectorsInput)) error {
		in := &s3vectors.QueryVectorsInput{VectorBucketName: aws.String("store"), IndexName: aws.String("cosine"), TopK: aws.Int32(1), QueryVector: &types.VectorDataMemberFloat32{Value: []float32{1, 0, 0}}}
		change(in)
		_, err := w.as(accessKey).QueryVectors(t.Context(), in)
		return err
	}
	if err := ask(querier, func(*s3vectors.QueryVectorsInput) {}); err != nil {
		t.Error(err)
	}
	const denied = "User: arn:aws:iam::111122223333:user/querier is not authorized to perform: s3vectors:GetVectors on resource: arn:aws:s3vectors:eu-west-1:111122223333:bucket/store/index/cosine because no identity-based policy allows the s3vectors:GetVectors action"
	localtest.Refused(t, ask(querier, func(in *s3vectors.QueryVectorsInput) { in.ReturnMetadata = true }), "AccessDeniedException", denied)
	localtest.Refused(t, ask(admin, func(in *s3vectors.QueryVectorsInput) {
		in.QueryVector = &types.VectorDataMemberFloat32{Value: []float32{1}}
	}), "ValidationException", "Query vector contains invalid values or is invalid for this index")
	localtest.Refused(t, ask(admin, func(in *s3vectors.QueryVectorsInput) {
		in.Filter = document.NewLazyDocument(map[string]any{"text": "a"})
	}), "ValidationException", "Invalid filter: the metadata key text is not filterable")
	localtest.Refused(t, ask(admin, func(in *s3vectors.QueryVectorsInput) { in.TopK = aws.Int32(101) }), "ValidationException", "topK must be at most 100")
}

func TestPolicy(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	w.bucket("shared", nil)
	w.index("shared", "index", types.DistanceMetricCosine)
	if err := w.put(admin, "shared", "index", point("a", nil, 1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	arn := aws.String("arn:aws:s3vectors:eu-west-1:111122223333:bucket/shared/index/index")
	read := func() error {
		_, err := w.as(stranger).GetVectors(ctx, &s3vectors.GetVectorsInput{IndexArn: arn, Keys: []string{"a"}})
		return err
	}
	const message = "User: arn:aws:iam::444455556666:user/stranger is not authorized to perform: s3vectors:GetVectors on resource: arn:aws:s3vectors:eu-west-1:111122223333:bucket/shared/index/index because no resource-based policy allows the s3vectors:GetVectors action"
	localtest.Refused(t, read(), "AccessDeniedException", message)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3vectors:GetVectors","Resource":"arn:aws:s3vectors:eu-west-1:111122223333:bucket/shared/index/*"}]}`
	name := aws.String("shared")
	localtest.Must(c.PutVectorBucketPolicy(ctx, &s3vectors.PutVectorBucketPolicyInput{VectorBucketName: name, Policy: &policy}))(t)
	if err := read(); err != nil {
		t.Error(err)
	}
	equal(t, "policy", *localtest.Must(c.GetVectorBucketPolicy(ctx, &s3vectors.GetVectorBucketPolicyInput{VectorBucketName: name}))(t).Policy, policy)
	localtest.Must(c.DeleteVectorBucketPolicy(ctx, &s3vectors.DeleteVectorBucketPolicyInput{VectorBucketName: name}))(t)
	localtest.Refused(t, read(), "AccessDeniedException", message)
	_, err := c.GetVectorBucketPolicy(ctx, &s3vectors.GetVectorBucketPolicyInput{VectorBucketName: name})
	localtest.Refused(t, err, "NotFoundException", "The specified vector bucket policy could not be found")
}
