package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// bucket is the bucket of a data source, which the service role reads.
type bucket struct {
	r                   *emulate.Request
	who                 *plane.Caller
	name, prefix, owner string
}

func newBucket(ctx context.Context, r *emulate.Request, base *records.Record, c wire.Object) (*bucket, error) {
	who, err := asRole(ctx, r, base.Doc.Text("roleArn"), base.Doc.Text("knowledgeBaseArn"))
	if err != nil {
		return nil, err
	}
	b := &bucket{r: r, who: who, owner: c.Text("bucketOwnerAccountId")}
	_, b.name, _ = strings.Cut(c.Text("bucketArn"), ":::")
	if prefixes := c.Texts("inclusionPrefixes"); len(prefixes) > 0 {
		b.prefix = prefixes[0]
	}
	return b, nil
}

func (b *bucket) invoke(ctx context.Context, operation string, in wire.Object) (wire.Object, error) {
	in["Bucket"] = b.name
	if b.owner != "" {
		in["ExpectedBucketOwner"] = b.owner
	}
	return b.r.Service.Invoke(ctx, b.r.Call, b.who, service, nil, "s3", operation, in)
}

// object is a document in a bucket, with the file that has its metadata.
type object struct {
	key, uri string
	// metadata is the key of the other file; empty: there is none.
	metadata string
	// etag is the document's, and that of the metadata behind a slash.
	etag string
}

// content is the part of an entity tag that is that of the document without its metadata.
func (o *object) content() string { return contentOf(o.etag) }

func (d *document) content() string { return contentOf(d.etag) }

func contentOf(etag string) string {
	content, _, _ := strings.Cut(etag, "/")
	return content
}

// metadataSuffix ends the name of a file with metadata; before it is that of the document.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-metadata.html
const metadataSuffix = ".metadata.json"

// list returns the documents in the bucket, in the order of their keys.
func (b *bucket) list(ctx context.Context) ([]*object, error) {
	etags := map[string]string{}
	var keys []string
	in := wire.Object{}
	if b.prefix != "" {
		in["Prefix"] = b.prefix
	}
	for {
		out, err := b.invoke(ctx, "ListObjectsV2", in)
		if err != nil {
			return nil, err
		}
		for _, o := range out.Objects("Contents") {
			keys = append(keys, o.Text("Key"))
			etags[o.Text("Key")] = o.Text("ETag")
		}
		if !out.Bool("IsTruncated") {
			break
		}
		in["ContinuationToken"] = out.Text("NextContinuationToken")
	}
	var objects []*object
	for _, key := range keys {
		if strings.HasSuffix(key, "/") || strings.HasSuffix(key, metadataSuffix) {
			continue
		}
		o := &object{key: key, uri: "s3://" + b.name + "/" + key, etag: etags[key]}
		if tag := etags[key+metadataSuffix]; tag != "" {
			o.metadata = key + metadataSuffix
			o.etag += "/" + tag
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// read returns a document and its metadata.
func (b *bucket) read(ctx context.Context, o *object) (body []byte, metadata map[string]any, err error) {
	out, err := b.invoke(ctx, "GetObject", wire.Object{"Key": o.key})
	if err != nil {
		return nil, nil, b.failed(err, o)
	}
	if o.metadata == "" {
		return out.Blob("Body"), nil, nil
	}
	more, err := b.invoke(ctx, "GetObject", wire.Object{"Key": o.metadata})
	if err != nil {
		return nil, nil, b.failed(err, o)
	}
	metadata, err = attributes(more.Blob("Body"))
	if err != nil {
		return nil, nil, fmt.Errorf("Encountered error: the metadata is not valid: %w. [Files: %s]. Call to Customer Source did not succeed.", err, o.uri)
	}
	return out.Blob("Body"), metadata, nil
}

func (b *bucket) failed(err error, o *object) error {
	return fmt.Errorf("Encountered error: %s [Files: %s]. Call to Amazon S3 Source did not succeed.", reasonOf(err), o.uri)
}

// attributes reads a file with metadata: values as they are, or with their type.
func attributes(body []byte) (map[string]any, error) {
	var file struct {
		Attributes map[string]json.RawMessage `json:"metadataAttributes"`
	}
	if err := json.Unmarshal(body, &file); err != nil {
		return nil, err
	}
	out := map[string]any{}
	for key, text := range file.Attributes {
		v, err := attribute(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		out[key] = v
	}
	return out, nil
}

func attribute(text json.RawMessage) (any, error) {
	var typed struct {
		Value map[string]any `json:"value"`
	}
	if json.Unmarshal(text, &typed) == nil && typed.Value != nil {
		for _, member := range []string{"stringValue", "numberValue", "booleanValue", "stringListValue"} {
			if v, ok := typed.Value[member]; ok {
				return v, nil
			}
		}
		return nil, errors.New("it has no value")
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, err
	}
	if _, nested := v.(map[string]any); nested || v == nil {
		return nil, errors.New("it is no string, number, boolean or list of strings")
	}
	return v, nil
}
