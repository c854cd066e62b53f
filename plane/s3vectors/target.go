package s3vectors

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

const (
	bucketKind = "bucket"
	indexKind  = "index"
)

// target is the bucket, or the index in it, that a request names. It can belong to another
// account than the caller.
type target struct {
	partition, region, account string
	bucket, index              string // index: empty for a bucket
}

func (t *target) arn() string {
	resource := "bucket/" + t.bucket
	if t.index != "" {
		resource += "/index/" + t.index
	}
	return arn.ARN{Partition: t.partition, Service: model, Region: t.region, Account: t.account, Resource: resource}.String()
}

func (t *target) bucketKey() records.Key {
	return records.Key{Service: model, Kind: bucketKind, Account: t.account, Region: t.region, ID: t.bucket}
}

func (t *target) indexKey() records.Key {
	return records.Key{Service: model, Kind: indexKind, Account: t.account, Region: t.region, ID: t.bucket + "/" + t.index}
}

// parse reads an ARN of a bucket or an index; nil: it is none of this Region.
func parse(r *emulate.Request, text string) *target {
	a, err := arn.Parse(text)
	if err != nil || a.Service != model || a.Region != r.Region {
		return nil
	}
	t := &target{partition: a.Partition, region: a.Region, account: a.Account}
	parts := strings.Split(a.Resource, "/")
	switch {
	case len(parts) == 2 && parts[0] == "bucket":
		t.bucket = parts[1]
	case len(parts) == 4 && parts[0] == "bucket" && parts[2] == "index":
		t.bucket, t.index = parts[1], parts[3]
	default:
		return nil
	}
	return t
}

// named is a bucket or an index of the caller's account.
func named(r *emulate.Request, bucket, index string) *target {
	return &target{partition: r.Partition(), region: r.Region, account: r.Account, bucket: bucket, index: index}
}

func newBucket(r *emulate.Request) (*target, error) {
	t := named(r, r.In.Text("vectorBucketName"), "")
	if !validName(t.bucket, "-") {
		return nil, r.Fail("ValidationException", "Invalid vector bucket name")
	}
	return t, nil
}

// bucketOf is the bucket that a request names.
func bucketOf(r *emulate.Request) (*target, error) {
	name, text := r.In.Text("vectorBucketName"), r.In.Text("vectorBucketArn")
	if (name == "") == (text == "") {
		return nil, r.Fail("ValidationException", "Must specify either vectorBucketName or vectorBucketArn but not both")
	}
	if name != "" {
		return named(r, name, ""), nil
	}
	if t := parse(r, text); t != nil && t.index == "" {
		return t, nil
	}
	return nil, noBucket(r)
}

// newIndex is the index that is made in the bucket that a request names.
func newIndex(r *emulate.Request) (*target, error) {
	t, err := bucketOf(r)
	if err != nil {
		return nil, err
	}
	t.index = r.In.Text("indexName")
	if !validName(t.index, "-.") {
		return nil, r.Fail("ValidationException", "Invalid index name")
	}
	return t, nil
}

// indexOf is the index that a request names. The text of the refusal is not recorded.
func indexOf(r *emulate.Request) (*target, error) {
	bucket, index, text := r.In.Text("vectorBucketName"), r.In.Text("indexName"), r.In.Text("indexArn")
	byName := bucket != "" && index != ""
	if byName == (text != "") || text != "" && (bucket != "" || index != "") {
		return nil, r.Fail("ValidationException", "Must specify either indexArn or both vectorBucketName and indexName but not both")
	}
	if byName {
		return named(r, bucket, index), nil
	}
	if t := parse(r, text); t != nil && t.index != "" {
		return t, nil
	}
	return nil, noIndex(r)
}

func tagged(r *emulate.Request) (*target, error) {
	if t := parse(r, r.In.Text("resourceArn")); t != nil {
		return t, nil
	}
	return nil, r.Fail("ValidationException", "Invalid resource ARN")
}

// validName says whether a name has lower-case letters, digits and the others only, and begins
// and ends with one of the former.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-buckets-naming.html
func validName(name, others string) bool {
	for i := range len(name) {
		c := name[i]
		plain := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !plain && (i == 0 || i == len(name)-1 || strings.IndexByte(others, c) < 0) {
			return false
		}
	}
	return true
}

// record is that of the bucket or the index; the error says that there is none.
func (t *target) record(r *emulate.Request) (*records.Record, error) {
	bucket := r.Service.Records.Get(t.bucketKey())
	if bucket == nil {
		return nil, noBucket(r)
	}
	if t.index == "" {
		return bucket, nil
	}
	if rec := r.Service.Records.Get(t.indexKey()); rec != nil {
		return rec, nil
	}
	return nil, noIndex(r)
}

func noBucket(r *emulate.Request) error {
	return r.Fail("NotFoundException", "The specified vector bucket could not be found")
}

func noIndex(r *emulate.Request) error {
	return r.Fail("NotFoundException", "The specified index could not be found")
}

// context are the condition keys of the service.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3vectors.html#amazons3vectors-policy-keys
func (t *target) context(r *emulate.Request) authz.Context {
	out := authz.Context{}
	of := *t
	of.index = ""
	for key, v := range r.Service.Tags(of.arn()) {
		out["s3vectors:vectorbuckettag/"+strings.ToLower(key)] = authz.Value{Values: []string{v}}
	}
	if e := r.In.Object("encryptionConfiguration"); e != nil {
		out["s3vectors:ssetype"] = authz.Value{Values: []string{sseType(e)}}
		if key := e.Text("kmsKeyArn"); key != "" {
			out["s3vectors:kmskeyarn"] = authz.Value{Values: []string{key}}
		}
	}
	return out
}
