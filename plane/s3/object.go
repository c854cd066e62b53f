package s3

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The kinds of records of a bucket. An object's record is its newest version; the older ones
// are records of their own.
const (
	objectKind  = "object"
	versionKind = "version"
	uploadKind  = "upload"
)

// Members of the document of a version beside those of the model.
const (
	versionMember = "version"
	markerMember  = "marker"
	sizeMember    = "size"
	tagsMember    = "tags"
	partsMember   = "parts"
)

// null is the version of objects that are written while the bucket keeps none.
const null = "null"

// described are the members of an input that come back as they are when an object is read.
var described = []string{
	"CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires",
	"Metadata", "StorageClass", "WebsiteRedirectLocation",
}

func (b *bucket) objectKey(key string) records.Key { return b.recordKey(objectKind, key) }

func (b *bucket) versionKey(key, version string) records.Key {
	return b.recordKey(versionKind, key+"\x00"+version)
}

// objectName is the key of a version's record.
func objectName(rec *records.Record) string {
	key, _, _ := strings.Cut(rec.ID, "\x00")
	return key
}

func version(rec *records.Record) string { return rec.Doc.Text(versionMember) }
func isMarker(rec *records.Record) bool  { return rec.Doc.Bool(markerMember) }

// version returns a version of an object, or its newest one; nil: there is none.
func (c *call) version(id string) *records.Record {
	rec := c.Service.Records.Get(c.objectKey(c.key))
	if id == "" || rec != nil && version(rec) == id {
		return rec
	}
	return c.Service.Records.Get(c.versionKey(c.key, id))
}

// newVersion is the id of a version that is written now.
func (c *call) newVersion() string {
	if c.rec.Doc.Text("versioning.Status") == "Enabled" {
		return c.Service.ID(emulate.Letters, 32)
	}
	return null
}

// shownVersion is a version as outputs have it: only buckets that keep versions show them.
func (b *bucket) shownVersion(id string) wire.Object {
	if b.rec.Doc.Text("versioning.Status") == "" {
		return wire.Object{}
	}
	return wire.Object{"VersionId": id}
}

// store puts a version before the others of its object.
func (c *call) store(tx *records.Tx, rec *records.Record) {
	if old := tx.Get(rec.Key); old != nil && (version(old) != null || version(rec) != null) {
		older := *old
		older.Key = c.versionKey(c.key, version(old))
		tx.Put(&older)
	}
	if k := c.versionKey(c.key, null); version(rec) == null && tx.Get(k) != nil {
		tx.Delete(k)
	}
	tx.Put(rec)
}

// remove takes a version away for good; the one before it becomes the newest.
func (c *call) remove(tx *records.Tx, id string) (gone *records.Record) {
	k := c.objectKey(c.key)
	if rec := tx.Get(k); rec == nil || version(rec) != id {
		gone = tx.Get(c.versionKey(c.key, id))
		if gone != nil {
			tx.Delete(gone.Key)
		}
		return gone
	}
	gone = tx.Get(k)
	tx.Delete(k)
	older := slices.DeleteFunc(tx.List(api, versionKind+"/"+c.name(), c.owner(), c.region()), func(rec *records.Record) bool { return objectName(rec) != c.key })
	if len(older) == 0 {
		return gone
	}
	newest := *slices.MaxFunc(older, func(a, b *records.Record) int { return cmp.Compare(a.Number, b.Number) })
	tx.Delete(newest.Key)
	newest.Key = k
	tx.Put(&newest)
	return gone
}
