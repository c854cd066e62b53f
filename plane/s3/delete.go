package s3

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// mostDeleted objects can be in one request.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
const mostDeleted = 1000

func deleteObject(ctx context.Context, c *call) (wire.Object, error) {
	return c.delete(ctx, c.In.Text("VersionId"), c.In.Text("IfMatch"))
}

// delete deletes a version for good, or an object: in a bucket that keeps versions it gets a
// marker instead. What is not there is deleted already.
func (c *call) delete(ctx context.Context, id, match string) (wire.Object, error) {
	if err := c.allow(ctx, versioned("DeleteObject", id), c.objectARN(), nil); err != nil {
		return nil, err
	}
	out := wire.Object{}
	err := c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		old := tx.Get(c.objectKey(c.key))
		if match != "" && (old == nil || isMarker(old) || match != "*" && !sameTag(match, old.Doc.Text("ETag"))) {
			return c.say(preconditionFailed, wire.Object{"Condition": "If-Match"})
		}
		switch status := c.rec.Doc.Text("versioning.Status"); {
		case id != "":
			out["VersionId"] = id
			if gone := c.remove(tx, id); gone != nil && isMarker(gone) {
				out["DeleteMarker"] = true
			}
		case status == "":
			if old != nil {
				tx.Delete(old.Key)
			}
		default:
			marker := &records.Record{Key: c.objectKey(c.key), Doc: wire.Object{markerMember: true, versionMember: c.newVersion()}}
			c.store(tx, marker)
			out["DeleteMarker"], out["VersionId"] = true, version(marker)
		}
		return nil
	})
	return out, err
}

// deleteObjects deletes each by itself; what is refused is said beside what was deleted.
func deleteObjects(ctx context.Context, c *call) (wire.Object, error) {
	list := c.In.Objects("Delete.Objects")
	if len(list) == 0 || len(list) > mostDeleted {
		return nil, malformedXML.with()
	}
	if err := c.checkDigest(); err != nil {
		return nil, err
	}
	if !c.digested() {
		return nil, missingChecksum.with()
	}
	deleted, errors := []any{}, []any{}
	for _, one := range list {
		target := *c
		target.key = one.Text("Key")
		id := one.Text("VersionId")
		out, err := target.delete(ctx, id, one.Text("ETag"))
		if refused, ok := asRefusal(err); ok {
			errors = append(errors, one.Pick("Key", "VersionId").With(wire.Object{"Code": refused.Code, "Message": refused.Message}))
			continue
		} else if err != nil {
			return nil, err
		}
		if c.In.Bool("Delete.Quiet") {
			continue
		}
		said := one.Pick("Key", "VersionId").With(out.Pick("DeleteMarker"))
		if out.Bool("DeleteMarker") {
			said["DeleteMarkerVersionId"] = out.Text("VersionId")
		}
		deleted = append(deleted, said)
	}
	c.Members = nil
	return wire.Object{"Deleted": deleted, "Errors": errors}, nil
}
