package s3

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// An upload in parts is a record whose document is that of the object that it becomes. Its
// parts are records of a kind of their own, sealed under the data key of the upload.

// Members of the document of an upload beside those of an object.
const (
	keyMember       = "key"
	initiatorMember = "initiator"
	algorithmMember = "algorithm"
)

// mostParts an upload can have.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const (
	mostParts = 10_000
	minPart   = 5 << 20 // bytes, of all parts but the last

	// maxObject is how large an object of parts can be, in bytes: it is kept in memory. AWS
	// takes 50 TB.
	maxObject = 256 << 20
)

func partKind(upload string) string { return "part/" + upload }

func (b *bucket) uploadKey(id string) records.Key { return b.recordKey(uploadKind, id) }

func (b *bucket) partKey(upload string, number int64) records.Key {
	k := b.recordKey(partKind(upload), fmt.Sprintf("%05d", number))
	return k
}

func partNumber(rec *records.Record) int64 {
	n, _ := strconv.ParseInt(rec.ID, 10, 64)
	return n
}

// parts are those of an upload, by number.
func (b *bucket) parts(list func(service, kind, account, region string) []*records.Record, upload string) []*records.Record {
	all := list(api, partKind(upload)+"/"+b.name(), b.owner(), b.region())
	slices.SortFunc(all, func(a, b *records.Record) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func (c *call) dropUpload(tx *records.Tx, upload *records.Record) {
	for _, part := range c.parts(tx.List, upload.ID) {
		tx.Delete(part.Key)
	}
	tx.Delete(upload.Key)
}

func createUpload(ctx context.Context, c *call) (wire.Object, error) {
	doc, err := c.allowWrite(ctx)
	if err != nil {
		return nil, err
	}
	e, err := c.encryption()
	if err != nil {
		return nil, err
	}
	algorithm, kind := c.In.Text("ChecksumAlgorithm"), c.In.Text("ChecksumType")
	if algorithm != "" {
		k, ok := checksumNamed(algorithm)
		switch {
		case !ok:
			return nil, notImplemented.with("checksums with " + algorithm)
		case kind == "":
			kind = "COMPOSITE"
			if k.full {
				kind = "FULL_OBJECT"
			}
		case k.full && kind == "COMPOSITE", !strings.HasPrefix(k.name, "CRC") && kind == "FULL_OBJECT":
			return nil, invalidRequest.with("The " + kind + " checksum type cannot be used with the " + strings.ToLower(algorithm) + " checksum algorithm.")
		}
		doc[algorithmMember], doc["ChecksumType"] = algorithm, kind
	}
	sealed, err := c.seal(ctx, e, nil, doc)
	if err != nil {
		return nil, err
	}
	doc[keyMember], doc[initiatorMember] = c.key, c.Caller.Principal.ARN
	rec := &records.Record{Key: c.uploadKey(c.Service.ID(emulate.Letters, 64)), Doc: doc, Sealed: map[string]*records.Sealed{content: sealed}}
	err = c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Put(rec)
		return nil
	})
	out := encrypted(doc).With(wire.Object{"Bucket": c.name(), "Key": c.key, "UploadId": rec.ID})
	if algorithm != "" {
		out["ChecksumAlgorithm"], out["ChecksumType"] = algorithm, kind
	}
	return out, err
}

// upload is the upload that a request names, when the caller may do the action.
func (c *call) upload(ctx context.Context, action string) (*records.Record, error) {
	if err := c.allow(ctx, action, c.objectARN(), nil); err != nil {
		return nil, err
	}
	rec := c.Service.Records.Get(c.uploadKey(c.In.Text("UploadId")))
	if rec == nil || rec.Doc.Text(keyMember) != c.key {
		return nil, c.say(noSuchUpload, wire.Object{"UploadId": c.In.Text("UploadId")})
	}
	return rec, nil
}

func uploadPart(ctx context.Context, c *call) (wire.Object, error) {
	rec, err := c.upload(ctx, "PutObject")
	if err != nil {
		return nil, err
	}
	body := c.In.Blob("Body")
	if err := c.digest(body); err != nil {
		return nil, err
	}
	part, err := c.putPart(ctx, rec, body)
	if err != nil {
		return nil, err
	}
	return encrypted(rec.Doc).With(summed(part.Doc)).Without("ChecksumType").With(part.Doc.Pick("ETag")), nil
}

// putPart seals a part, which needs the data key of the upload.
func (c *call) putPart(ctx context.Context, upload *records.Record, body []byte) (*records.Record, error) {
	number := c.In.Int("PartNumber")
	if number < 1 || number > mostParts {
		return nil, invalidArgument.with("Part number must be an integer between 1 and 10000, inclusive")
	}
	unlocked, err := c.unlock(ctx, upload)
	if err != nil {
		return nil, err
	}
	sealed := unlocked.Seal(body)
	e := encryption{algorithm: upload.Doc.Text("ServerSideEncryption")}
	doc := wire.Object{"ETag": entityTag(e, body, sealed), sizeMember: int64(len(body))}
	algorithm := upload.Doc.Text(algorithmMember)
	for _, k := range checksums {
		if k.name == algorithm || c.In.Has(k.member()) || algorithm == "" && k.name == defaultChecksum {
			doc[k.member()] = k.of(body)
		}
	}
	part := &records.Record{Key: c.partKey(upload.ID, number), Doc: doc, Sealed: map[string]*records.Sealed{content: sealed}}
	return part, c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(upload.Key) == nil {
			return c.say(noSuchUpload, wire.Object{"UploadId": upload.ID})
		}
		tx.Put(part)
		return nil
	})
}

func uploadPartCopy(ctx context.Context, c *call) (wire.Object, error) {
	rec, err := c.upload(ctx, "PutObject")
	if err != nil {
		return nil, err
	}
	s, err := c.source(ctx)
	if err != nil {
		return nil, err
	}
	text := c.In.Text("CopySourceRange")
	part, ok := parseRange(text, int64(len(s.body)))
	if !ok || text != "" && (!part.partial || part.to-part.from != declared(text)) {
		return nil, invalidArgument.with(fmt.Sprintf("Range specified is not valid for source object of size: %d", len(s.body)))
	}
	made, err := c.putPart(ctx, rec, s.body[part.from:part.to])
	if err != nil {
		return nil, err
	}
	result := made.Doc.Pick("ETag").With(summed(made.Doc)).Without("ChecksumType").With(wire.Object{"LastModified": made.Created})
	return encrypted(rec.Doc).With(s.shownSource()).With(wire.Object{"CopyPartResult": result}), nil
}

// declared is the size that a range of both ends says.
func declared(text string) int64 {
	var from, to int64
	if _, err := fmt.Sscanf(text, "bytes=%d-%d", &from, &to); err != nil {
		return -1
	}
	return to - from + 1
}

func abortUpload(ctx context.Context, c *call) (wire.Object, error) {
	rec, err := c.upload(ctx, "AbortMultipartUpload")
	if err != nil {
		return nil, err
	}
	return nil, c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		c.dropUpload(tx, rec)
		return nil
	})
}

// partsTag is the entity tag of an object of parts: the MD5 of their MD5s.
func partsTag(parts []*records.Record) string {
	h := md5.New()
	for _, part := range parts {
		b, _ := hex.DecodeString(strings.Trim(part.Doc.Text("ETag"), `"`)) // the plane's own
		h.Write(b)
	}
	return quoted(hex.EncodeToString(h.Sum(nil)) + "-" + strconv.Itoa(len(parts)))
}
