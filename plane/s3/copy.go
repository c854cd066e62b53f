package s3

import (
	"context"
	"net/url"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// source is the object that a request copies, with the content that was opened.
type source struct {
	*call
	rec  *records.Record
	body []byte
}

// source reads what x-amz-copy-source names, as the caller.
func (c *call) source(ctx context.Context) (*source, error) {
	text, query, _ := strings.Cut(c.In.Text("CopySource"), "?")
	text, err := url.PathUnescape(strings.TrimPrefix(text, "/"))
	name, key, ok := strings.Cut(text, "/")
	if err != nil || !ok || key == "" {
		return nil, invalidArgument.with("Invalid copy source object key")
	}
	if strings.HasPrefix(name, "arn:") {
		return nil, notImplemented.with("access points")
	}
	values, _ := url.ParseQuery(query)
	in := wire.Object{"Bucket": name, "Key": key}
	for member, from := range map[string]string{
		"IfMatch": "CopySourceIfMatch", "IfNoneMatch": "CopySourceIfNoneMatch",
		"IfModifiedSince": "CopySourceIfModifiedSince", "IfUnmodifiedSince": "CopySourceIfUnmodifiedSince",
	} {
		if v, ok := c.In[from]; ok {
			in[member] = v
		}
	}
	if id := values.Get("versionId"); id != "" {
		in["VersionId"] = id
	}
	of := *c.Request
	of.In = in
	s := &source{call: &call{Request: &of, key: key}}
	if s.bucket = bucketOf(c.Service.World, name); s.bucket == nil {
		return nil, c.say(noSuchBucket, wire.Object{"BucketName": name})
	}
	if owner := c.In.Text("ExpectedSourceBucketOwner"); owner != "" && owner != s.owner() {
		return nil, accessDenied.with()
	}
	if s.rec, err = s.reading(ctx, "GetObject"); err != nil {
		return nil, err
	}
	if err := s.unchanged(s.rec); err != nil {
		return nil, s.say(preconditionFailed, nil) // also of what is not modified
	}
	unlocked, err := s.unlock(ctx, s.rec)
	if err != nil {
		return nil, err
	}
	s.body, err = unlocked.Open(s.rec.Sealed[content])
	return s, err
}

// shownSource is the version that was copied.
func (s *source) shownSource() wire.Object {
	if out := s.shownVersion(version(s.rec)); out.Has("VersionId") {
		return wire.Object{"CopySourceVersionId": version(s.rec)}
	}
	return wire.Object{}
}

// copyObject copies an object: with its description and tags or those of the request, encrypted
// as the request or the bucket says, whatever the source was.
func copyObject(ctx context.Context, c *call) (wire.Object, error) {
	if d := c.In.Text("AnnotationDirective"); d != "" && d != "EXCLUDE" {
		return nil, notImplemented.with("annotations of objects")
	}
	doc, err := c.allowWrite(ctx)
	if err != nil {
		return nil, err
	}
	s, err := c.source(ctx)
	if err != nil {
		return nil, err
	}
	if c.In.Text("MetadataDirective") != "REPLACE" {
		if s.bucket.name() == c.name() && s.key == c.key && c.same() && s.In.Text("VersionId") == "" {
			return nil, copyOntoItself.with()
		}
		doc = s.rec.Doc.Pick(described...).Without("StorageClass").With(c.In.Pick("StorageClass")).With(doc.Pick(tagsMember))
	}
	if c.In.Text("TaggingDirective") != "REPLACE" {
		doc = doc.Without(tagsMember).With(s.rec.Doc.Pick(tagsMember))
	}
	if c.In.Has("ChecksumAlgorithm") || s.rec.Doc.Text("ChecksumType") == "COMPOSITE" {
		if err := c.sum(s.body, doc); err != nil {
			return nil, err
		}
	} else {
		doc = doc.With(summed(s.rec.Doc))
	}
	rec, err := c.write(ctx, s.body, doc)
	if err != nil {
		return nil, err
	}
	result := rec.Doc.Pick("ETag").With(summed(rec.Doc)).With(wire.Object{"LastModified": rec.Created})
	return encrypted(rec.Doc).With(c.shownVersion(version(rec))).With(s.shownSource()).With(wire.Object{"CopyObjectResult": result}), nil
}

// same says whether a copy would change nothing.
func (c *call) same() bool {
	for _, member := range []string{"StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSEKMSKeyId"} {
		if c.In.Has(member) {
			return false
		}
	}
	return c.In.Text("TaggingDirective") != "REPLACE"
}
