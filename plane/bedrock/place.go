package bedrock

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy/authz"
)

// place is an object, or a folder of objects, in S3, as somebody who reads and writes there.
type place struct {
	r           *emulate.Request
	who         *plane.Caller
	bucket, key string
	// owner is the account that has to own the bucket; empty: any.
	owner string
}

func placeOf(r *emulate.Request, who *plane.Caller, uri string) *place {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	return &place{r: r, who: who, bucket: bucket, key: key}
}

func (p *place) invoke(ctx context.Context, operation string, in wire.Object) (wire.Object, error) {
	in["Bucket"] = p.bucket
	if p.owner != "" {
		in["ExpectedBucketOwner"] = p.owner
	}
	return p.r.Service.Invoke(ctx, p.r.Call, p.who, principal, nil, "s3", operation, in)
}

// get reads the object of a key.
func (p *place) get(ctx context.Context, key string) ([]byte, error) {
	out, err := p.invoke(ctx, "GetObject", wire.Object{"Key": key})
	if err != nil {
		return nil, err
	}
	return out.Blob("Body"), nil
}

// list returns the keys of the objects in the folder, in their order.
func (p *place) list(ctx context.Context) ([]string, error) {
	var keys []string
	in := wire.Object{"Prefix": p.folder()}
	for {
		out, err := p.invoke(ctx, "ListObjectsV2", in)
		if err != nil {
			return nil, err
		}
		for _, o := range out.Objects("Contents") {
			if key := o.Text("Key"); !strings.HasSuffix(key, "/") {
				keys = append(keys, key)
			}
		}
		if !out.Bool("IsTruncated") {
			return keys, nil
		}
		in["ContinuationToken"] = out.Text("NextContinuationToken")
	}
}

// folder is the key with a slash behind it; empty: the bucket.
func (p *place) folder() string {
	if p.key == "" || strings.HasSuffix(p.key, "/") {
		return p.key
	}
	return p.key + "/"
}

// put writes an object in the folder, under a key of KMS where one is named and as the bucket
// says otherwise.
func (p *place) put(ctx context.Context, name string, body []byte, key string) error {
	in := wire.Object{"Key": p.folder() + name, "Body": body}
	if key != "" {
		in["ServerSideEncryption"], in["SSEKMSKeyId"] = "aws:kms", key
	}
	_, err := p.invoke(ctx, "PutObject", in)
	return err
}

// jobRole is the session of the role of a job, which the caller has to be allowed to pass.
// Source of the text: https://github.com/aws-samples/amazon-bedrock-workshop/issues/367
func jobRole(ctx context.Context, r *emulate.Request, job string) (*plane.Caller, error) {
	role := r.In.Text("roleArn")
	if err := r.PassRole(ctx, role, principal); err != nil {
		return nil, err
	}
	who, err := r.Service.Sessions.ServiceSession(ctx, principal, role, "bedrock", authz.Context{
		"aws:sourceaccount": {Values: []string{r.Account}}, "aws:sourcearn": {Values: []string{job}},
	})
	if err != nil {
		return nil, r.Fail("ValidationException", "Could not assume provided IAM role.")
	}
	return who, nil
}
