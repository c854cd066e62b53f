package s3

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

func listParts(ctx context.Context, c *call) (wire.Object, error) {
	upload, err := c.upload(ctx, "ListMultipartUploadParts")
	if err != nil {
		return nil, err
	}
	most, after := int64(mostListed), c.In.Int("PartNumberMarker")
	if c.In.Has("MaxParts") {
		most = min(most, c.In.Int("MaxParts"))
	}
	out := wire.Object{
		"Bucket": c.name(), "Key": c.key, "UploadId": upload.ID, "PartNumberMarker": after, "MaxParts": most,
		"Owner": owner(c.owner()), "Initiator": wire.Object{"ID": upload.Doc.Text(initiatorMember)}, "StorageClass": storageClass(upload), "IsTruncated": false,
	}
	if algorithm := upload.Doc.Text(algorithmMember); algorithm != "" {
		out["ChecksumAlgorithm"], out["ChecksumType"] = algorithm, upload.Doc.Text("ChecksumType")
	}
	list := []any{}
	for _, part := range c.parts(c.Service.Records.List, upload.ID) {
		number := partNumber(part)
		if number <= after {
			continue
		}
		if int64(len(list)) >= most {
			out["IsTruncated"] = true
			break
		}
		list = append(list, part.Doc.Pick("ETag").With(summed(part.Doc)).With(wire.Object{"PartNumber": number, "LastModified": part.Created, "Size": part.Doc.Int(sizeMember)}))
		out["NextPartNumberMarker"] = number
	}
	out["Parts"] = list
	return out, nil
}

// listUploads lists by key those that were neither completed nor aborted.
func listUploads(_ context.Context, c *call) (wire.Object, error) {
	l, err := c.listing(c.In.Text("KeyMarker"), "MaxUploads")
	if err != nil {
		return nil, err
	}
	// A record's id is that of the upload; the listing is by key.
	all := c.list(c.Service.World, uploadKind)
	for i, rec := range all {
		of := *rec
		of.ID = rec.Doc.Text(keyMember) + "\x00" + rec.ID
		all[i] = &of
	}
	slices.SortFunc(all, func(a, b *records.Record) int {
		return cmp.Or(strings.Compare(objectName(a), objectName(b)), cmp.Compare(a.Number, b.Number))
	})
	after, marker := l.after, c.In.Text("UploadIdMarker")
	if i := slices.IndexFunc(all, func(rec *records.Record) bool { return rec.ID == after+"\x00"+marker }); i >= 0 {
		all, l.after = all[i+1:], ""
	}
	p := l.of(all)
	uploads := []any{}
	for _, rec := range p.items {
		one := wire.Object{
			"Key": c.shown(objectName(rec)), "UploadId": uploadID(rec), "Initiated": rec.Created, "StorageClass": storageClass(rec),
			"Owner": owner(c.owner()), "Initiator": wire.Object{"ID": rec.Doc.Text(initiatorMember)},
		}
		if algorithm := rec.Doc.Text(algorithmMember); algorithm != "" {
			one["ChecksumAlgorithm"], one["ChecksumType"] = algorithm, rec.Doc.Text("ChecksumType")
		}
		uploads = append(uploads, one)
	}
	out := c.echoed(l, "MaxUploads").Without("Name").With(wire.Object{
		"Bucket": c.name(), "KeyMarker": c.shown(after), "UploadIdMarker": marker, "IsTruncated": p.last != "",
		"Uploads": uploads, "CommonPrefixes": c.shownPrefixes(p.prefixes),
	})
	if p.last != "" {
		out["NextKeyMarker"] = c.shown(p.last)
		if n := len(p.items); n > 0 && objectName(p.items[n-1]) == p.last {
			out["NextUploadIdMarker"] = uploadID(p.items[n-1])
		}
	}
	return out, nil
}

// uploadID is the id of an upload in a listing.
func uploadID(rec *records.Record) string {
	_, id, _ := strings.Cut(rec.ID, "\x00")
	return id
}
