package s3

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// reading returns the version that a request names, when the caller may do the action.
func (c *call) reading(ctx context.Context, action string) (*records.Record, error) {
	id := c.In.Text("VersionId")
	rec := c.version(id)
	var tags map[string]string
	if rec != nil {
		tags = rec.Doc.Map(tagsMember)
	}
	if err := c.allow(ctx, versioned(action, id), c.objectARN(), tagConditions("s3:existingobjecttag", tags)); err != nil {
		return nil, err
	}
	switch {
	case rec == nil && id != "":
		return nil, c.say(noSuchVersion, wire.Object{"Key": c.key, "VersionId": id})
	case rec != nil && isMarker(rec) && id != "":
		c.answerHeader("x-amz-delete-marker", "true")
		c.answerHeader("Last-Modified", rec.Created.UTC().Format(http.TimeFormat))
		return nil, c.say(methodNotAllowed, wire.Object{"Method": strings.ToUpper(c.method()), "ResourceType": "DeleteMarker"})
	case rec == nil || isMarker(rec):
		// Who may not list the bucket is not told that there is no such object.
		if err := c.allow(ctx, "ListBucket", c.bucketARN(), nil); err != nil {
			return nil, err
		}
		if rec != nil {
			c.answerHeader("x-amz-delete-marker", "true")
			c.answerHeader("x-amz-version-id", version(rec))
		}
		return nil, c.say(noSuchKey, wire.Object{"Key": c.key})
	}
	return rec, nil
}

func (c *call) method() string {
	if c.Request.Request == nil {
		return http.MethodGet
	}
	return c.Request.Request.Method
}

// versioned is the action on a version that is named.
func versioned(action, id string) string {
	if id == "" {
		return action
	}
	return strings.Replace(action, "Object", "ObjectVersion", 1)
}

func getObject(ctx context.Context, c *call) (wire.Object, error) {
	rec, err := c.reading(ctx, "GetObject")
	if err != nil {
		return nil, err
	}
	out, part, err := c.head(rec)
	if err != nil {
		return nil, err
	}
	unlocked, err := c.unlock(ctx, rec)
	if err != nil {
		return nil, err
	}
	body, err := unlocked.Open(rec.Sealed[content])
	if err != nil {
		return nil, err
	}
	out["Body"] = append([]byte{}, body[part.from:part.to]...)
	return out, nil
}

// headObject needs the key only for checksums.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func headObject(ctx context.Context, c *call) (wire.Object, error) {
	rec, err := c.reading(ctx, "GetObject")
	if err != nil {
		return nil, err
	}
	out, _, err := c.head(rec)
	if err == nil && c.In.Text("ChecksumMode") == "ENABLED" {
		_, err = c.unlock(ctx, rec)
	}
	return out, err
}

// head are the members of an answer beside the content, and the part of it that is asked for.
func (c *call) head(rec *records.Record) (wire.Object, span, error) {
	if err := c.unchanged(rec); err != nil {
		return nil, span{}, err
	}
	if c.In.Has("SSECustomerAlgorithm") {
		return nil, span{}, notImplemented.with("server-side encryption with the caller's own keys (SSE-C)")
	}
	size := rec.Doc.Int(sizeMember)
	part, err := c.span(rec)
	if err != nil {
		return nil, span{}, err
	}
	out := rec.Doc.Pick(described...).With(rec.Doc.Pick("ETag")).With(encrypted(rec.Doc)).With(c.shownVersion(version(rec)))
	out["AcceptRanges"], out["LastModified"], out["ContentLength"] = "bytes", rec.Created, part.to-part.from
	if out.Text("StorageClass") == "STANDARD" {
		delete(out, "StorageClass") // it is left out
	}
	if n := len(rec.Doc.Object(tagsMember)); n > 0 {
		out["TagCount"] = int64(n)
	}
	if part.partial {
		out["ContentRange"] = part.header(size)
	}
	if parts := rec.Doc.List(partsMember); parts != nil && c.In.Has("PartNumber") {
		out["PartsCount"] = int64(len(parts))
	}
	if c.In.Text("ChecksumMode") == "ENABLED" && (!part.partial || part.to-part.from == size) {
		out = out.With(summed(rec.Doc))
	}
	for member, header := range map[string]string{
		"ResponseCacheControl": "CacheControl", "ResponseContentDisposition": "ContentDisposition", "ResponseContentEncoding": "ContentEncoding",
		"ResponseContentLanguage": "ContentLanguage", "ResponseContentType": "ContentType",
	} {
		if text := c.In.Text(member); text != "" {
			out[header] = text
		}
	}
	return out, part, nil
}

// unchanged says whether the conditions of a read hold.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html
func (c *call) unchanged(rec *records.Record) error {
	tag, modified := rec.Doc.Text("ETag"), rec.Created.Truncate(second)
	match, none := c.In.Text("IfMatch"), c.In.Text("IfNoneMatch")
	since, before := c.In.Time("IfModifiedSince"), c.In.Time("IfUnmodifiedSince")
	switch {
	case match != "" && !tagIn(match, tag):
		return c.say(preconditionFailed, wire.Object{"Condition": "If-Match"})
	case match == "" && !before.IsZero() && modified.After(before):
		return c.say(preconditionFailed, wire.Object{"Condition": "If-Unmodified-Since"})
	case none != "" && tagIn(none, tag), none == "" && !since.IsZero() && !modified.After(since):
		c.answerHeader("ETag", tag)
		return notModified.with()
	}
	return nil
}

func tagIn(list, tag string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(one string) bool {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		return one == "*" || sameTag(one, tag)
	})
}

// getAttributes answers those of an object that are asked for.
func getAttributes(ctx context.Context, c *call) (wire.Object, error) {
	rec, err := c.reading(ctx, "GetObject")
	if err != nil {
		return nil, err
	}
	if err := c.allow(ctx, versioned("GetObjectAttributes", c.In.Text("VersionId")), c.objectARN(), nil); err != nil {
		return nil, err
	}
	out := wire.Object{"LastModified": rec.Created}.With(c.shownVersion(version(rec)))
	for _, name := range c.In.Texts("ObjectAttributes") {
		switch name {
		case "ETag":
			out["ETag"] = strings.Trim(rec.Doc.Text("ETag"), `"`)
		case "Checksum":
			if _, err := c.unlock(ctx, rec); err != nil {
				return nil, err
			}
			out["Checksum"] = summed(rec.Doc)
		case "ObjectSize":
			out["ObjectSize"] = rec.Doc.Int(sizeMember)
		case "StorageClass":
			out["StorageClass"] = storageClass(rec)
		case "ObjectParts":
			if parts := rec.Doc.List(partsMember); parts != nil {
				out["ObjectParts"] = wire.Object{"TotalPartsCount": int64(len(parts))}
			}
		}
	}
	return out, nil
}

func storageClass(rec *records.Record) string {
	if class := rec.Doc.Text("StorageClass"); class != "" {
		return class
	}
	return "STANDARD"
}

func getObjectACL(ctx context.Context, c *call) (wire.Object, error) {
	if _, err := c.reading(ctx, "GetObjectAcl"); err != nil {
		return nil, err
	}
	return c.ownersACL(), nil
}
