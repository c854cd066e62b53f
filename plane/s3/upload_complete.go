package s3

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// completeUpload makes the object of the parts that the request lists.
func completeUpload(ctx context.Context, c *call) (wire.Object, error) {
	upload, err := c.upload(ctx, "PutObject")
	if err != nil {
		return nil, err
	}
	parts, err := c.listedParts(upload)
	if err != nil {
		return nil, err
	}
	unlocked, err := c.unlock(ctx, upload)
	if err != nil {
		return nil, err
	}
	var body []byte
	sizes := make([]any, len(parts))
	for i, part := range parts {
		text, err := unlocked.Open(part.Sealed[content])
		if err != nil {
			return nil, err
		}
		body, sizes[i] = append(body, text...), int64(len(text))
	}
	doc := upload.Doc.Without(keyMember, initiatorMember, algorithmMember).With(wire.Object{"ETag": partsTag(parts), partsMember: sizes})
	if err := c.sumParts(upload, parts, body, doc); err != nil {
		return nil, err
	}
	rec, err := c.keep(ctx, unlocked.Seal(body), int64(len(body)), doc, func(tx *records.Tx) error {
		if tx.Get(upload.Key) == nil { // somebody else was faster
			return c.say(noSuchUpload, wire.Object{"UploadId": upload.ID})
		}
		c.dropUpload(tx, upload)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return encrypted(doc).With(summed(doc)).With(c.shownVersion(version(rec))).With(wire.Object{
		"Bucket": c.name(), "Key": c.key, "ETag": rec.Doc.Text("ETag"),
		"Location": "https://" + c.name() + ".s3." + c.region() + ".amazonaws.com/" + c.key,
	}), nil
}

// listedParts are the parts that the request lists: in order, with their entity tags and
// checksums, and large enough.
func (c *call) listedParts(upload *records.Record) ([]*records.Record, error) {
	list := c.In.Objects("MultipartUpload.Parts")
	if len(list) == 0 {
		return nil, malformedXML.with()
	}
	if !slices.IsSortedFunc(list, func(a, b wire.Object) int { return int(a.Int("PartNumber") - b.Int("PartNumber")) }) {
		return nil, c.say(invalidPartOrder, wire.Object{"UploadId": upload.ID})
	}
	out := make([]*records.Record, len(list))
	size := int64(0)
	for i, one := range list {
		number := one.Int("PartNumber")
		part := c.Service.Records.Get(c.partKey(upload.ID, number))
		if part == nil || !sameTag(one.Text("ETag"), part.Doc.Text("ETag")) {
			return nil, c.say(invalidPart, wire.Object{"UploadId": upload.ID, "ETag": one.Text("ETag")})
		}
		for _, k := range checksums {
			if one.Has(k.member()) && one.Text(k.member()) != part.Doc.Text(k.member()) {
				return nil, c.say(invalidPart, wire.Object{"UploadId": upload.ID, "ETag": one.Text("ETag")})
			}
		}
		if i < len(list)-1 && part.Doc.Int(sizeMember) < minPart {
			return nil, c.say(entityTooSmall, wire.Object{"ETag": one.Text("ETag")})
		}
		if size += part.Doc.Int(sizeMember); size > maxObject {
			return nil, entityTooLarge.with()
		}
		out[i] = part
	}
	return out, nil
}

// sumParts puts the checksum of an object of parts into its document, and compares it with
// that of the request.
func (c *call) sumParts(upload *records.Record, parts []*records.Record, body []byte, doc wire.Object) error {
	name := upload.Doc.Text(algorithmMember)
	if name == "" {
		name, doc["ChecksumType"] = defaultChecksum, "FULL_OBJECT"
	}
	k, _ := checksumNamed(name) // it was known when the upload began
	text := k.of(body)
	if doc.Text("ChecksumType") == "COMPOSITE" {
		sums := make([]string, len(parts))
		for i, part := range parts {
			sums[i] = part.Doc.Text(k.member())
		}
		text = k.ofParts(sums)
	}
	if said := c.In.Text(k.member()); said != "" && said != text {
		return badDigest.with(k.name)
	}
	doc[k.member()] = text
	return nil
}
