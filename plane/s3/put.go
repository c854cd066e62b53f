package s3

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// maxMetadata is the size of an object's own metadata, in bytes.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
const maxMetadata = 2 << 10

func putObject(ctx context.Context, c *call) (wire.Object, error) {
	body := c.In.Blob("Body")
	doc, err := c.allowWrite(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.digest(body); err != nil {
		return nil, err
	}
	if err := c.sum(body, doc); err != nil {
		return nil, err
	}
	rec, err := c.write(ctx, body, doc)
	if err != nil {
		return nil, err
	}
	out := encrypted(rec.Doc).With(summed(rec.Doc)).With(c.shownVersion(version(rec))).With(rec.Doc.Pick("ETag"))
	if text := c.In.Text("SSEKMSEncryptionContext"); text != "" {
		out["SSEKMSEncryptionContext"] = text
	}
	return out, nil
}

// allowWrite decides whether the caller may write an object as the request says, and begins
// its document.
func (c *call) allowWrite(ctx context.Context) (wire.Object, error) {
	tags, err := headerTags(c.In.Text("Tagging"))
	if err != nil {
		return nil, err
	}
	if err := c.allow(ctx, "PutObject", c.objectARN(), tagConditions("s3:requestobjecttag", tags)); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		if err := c.allow(ctx, "PutObjectTagging", c.objectARN(), tagConditions("s3:requestobjecttag", tags)); err != nil {
			return nil, err
		}
	}
	doc := c.In.Pick(described...)
	if err := c.checkWrite(doc); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		doc[tagsMember] = wire.Of(tags)
	}
	return doc, nil
}

// classes are the storage classes from which objects can be read at once. Others have to be
// restored before, which the plane does not do.
var classes = []string{"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"}

// checkWrite refuses what the plane does not have, and metadata that is too large.
func (c *call) checkWrite(doc wire.Object) error {
	for member, what := range map[string]string{
		"ObjectLockMode": "object lock", "ObjectLockRetainUntilDate": "object lock", "ObjectLockLegalHoldStatus": "object lock",
		"ObjectLockEventHold": "object lock", "WriteOffsetBytes": "appending to objects",
	} {
		if c.In.Has(member) {
			return notImplemented.with(what)
		}
	}
	if acl := c.In.Text("ACL"); acl != "" && acl != "bucket-owner-full-control" && acl != "private" ||
		c.In.Has("GrantFullControl") || c.In.Has("GrantRead") || c.In.Has("GrantReadACP") || c.In.Has("GrantWriteACP") {
		return aclNotSupported.with()
	}
	if class := c.In.Text("StorageClass"); class != "" && !slices.Contains(classes, class) {
		return refusal{400, "InvalidStorageClass", "The storage class you specified is not valid"}.with()
	}
	size := 0
	for name, v := range doc.Map("Metadata") {
		size += len(name) + len(v)
	}
	if size > maxMetadata {
		return metadataTooLarge.with()
	}
	if doc.Text("ContentType") == "" {
		doc["ContentType"] = "binary/octet-stream"
	}
	// The framing of chunks is not part of the object.
	if encoding, ok := doc["ContentEncoding"].(string); ok {
		if encoding = plainEncoding(encoding); encoding == "" {
			delete(doc, "ContentEncoding")
		} else {
			doc["ContentEncoding"] = encoding
		}
	}
	return nil
}

func plainEncoding(header string) string {
	var rest []string
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimSpace(part); part != "aws-chunked" && part != "" {
			rest = append(rest, part)
		}
	}
	return strings.Join(rest, ",")
}

// write encrypts and stores a new version of an object.
func (c *call) write(ctx context.Context, body []byte, doc wire.Object) (*records.Record, error) {
	e, err := c.encryption()
	if err != nil {
		return nil, err
	}
	sealed, err := c.seal(ctx, e, body, doc)
	if err != nil {
		return nil, err
	}
	doc["ETag"] = entityTag(e, body, sealed)
	return c.keep(ctx, sealed, int64(len(body)), doc, func(*records.Tx) error { return nil })
}

// entityTag is the MD5 of the content, or with KMS of what nobody can compare.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
func entityTag(e encryption, body []byte, sealed *records.Sealed) string {
	of := body
	if e.algorithm != aes256 {
		of = sealed.Ciphertext
	}
	sum := md5.Sum(of)
	return quoted(hex.EncodeToString(sum[:]))
}

// keep stores a version of which everything but its number is known, together with what else
// is to change.
func (c *call) keep(ctx context.Context, sealed *records.Sealed, size int64, doc wire.Object, also func(*records.Tx) error) (*records.Record, error) {
	doc[versionMember], doc[sizeMember] = c.newVersion(), size
	rec := &records.Record{Key: c.objectKey(c.key), Doc: doc, Sealed: map[string]*records.Sealed{content: sealed}}
	err := c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(c.rec.Key) == nil {
			return noSuchBucket.with()
		}
		if err := c.writable(tx.Get(rec.Key)); err != nil {
			return err
		}
		c.store(tx, rec)
		return also(tx)
	})
	return rec, err
}

// writable says whether the conditions of a write hold.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func (c *call) writable(old *records.Record) error {
	if old != nil && isMarker(old) {
		old = nil
	}
	none, match := c.In.Text("IfNoneMatch"), c.In.Text("IfMatch")
	switch {
	case none != "" && none != "*":
		return notImplemented.with("a condition that an entity tag is not there")
	case none == "*" && old != nil:
		return c.say(preconditionFailed, wire.Object{"Condition": "If-None-Match"})
	case match != "" && old == nil:
		return c.say(noSuchKey, wire.Object{"Key": c.key})
	case match != "" && !sameTag(match, old.Doc.Text("ETag")):
		return c.say(preconditionFailed, wire.Object{"Condition": "If-Match"})
	}
	return nil
}

func sameTag(a, b string) bool { return strings.Trim(a, `"`) == strings.Trim(b, `"`) }
