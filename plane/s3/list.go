package s3

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// mostListed entries are on a page.
const mostListed = 1000

// listing is a page of what has keys: those with a prefix, behind another, at most so many.
// What has the delimiter behind the prefix is one entry, its common prefix.
type listing struct {
	prefix, delimiter, after string
	most                     int
}

// page is what is on a page; last is where the next begins, empty when there is none.
type page struct {
	items    []*records.Record
	prefixes []string
	last     string
}

// of takes the page out of records, sorted by their keys. after may be a common prefix, whose
// keys then are not repeated.
func (l listing) of(all []*records.Record) page {
	var p page
	last := ""
	for _, rec := range all {
		key := objectName(rec)
		if key <= l.after && l.after != "" || !strings.HasPrefix(key, l.prefix) {
			continue
		}
		common := ""
		if i := strings.Index(key[len(l.prefix):], l.delimiter); l.delimiter != "" && i >= 0 {
			common = key[:len(l.prefix)+i+len(l.delimiter)]
			if common == l.after || common == last {
				continue
			}
		}
		if len(p.items)+len(p.prefixes) >= l.most {
			if l.most > 0 {
				p.last = last
			}
			return p
		}
		if last = cmp.Or(common, key); common != "" {
			p.prefixes = append(p.prefixes, common)
		} else {
			p.items = append(p.items, rec)
		}
	}
	return p
}

// sorted are the records of a kind by their keys.
func (c *call) sorted(kind string) []*records.Record {
	all := c.list(c.Service.World, kind)
	slices.SortFunc(all, func(a, b *records.Record) int { return strings.Compare(objectName(a), objectName(b)) })
	return all
}

// listing is what a request asks for. limit is the member with the size of a page.
func (c *call) listing(after, limit string) (listing, error) {
	l := listing{c.In.Text("Prefix"), c.In.Text("Delimiter"), after, mostListed}
	if c.In.Has(limit) {
		n := c.In.Int(limit)
		if n < 0 {
			return l, invalidArgument.with("Argument maxKeys must be an integer between 0 and 2147483647")
		}
		l.most = int(min(n, mostListed))
	}
	return l, nil
}

// shown is a text of a listing, in the encoding that the request asks for.
func (c *call) shown(s string) string {
	if c.In.Text("EncodingType") != "url" {
		return s
	}
	return strings.ReplaceAll(url.QueryEscape(s), "%2F", "/")
}

func (c *call) shownPrefixes(prefixes []string) []any {
	out := make([]any, len(prefixes))
	for i, p := range prefixes {
		out[i] = wire.Object{"Prefix": c.shown(p)}
	}
	return out
}

// echoed are the members that a listing repeats from its request.
func (c *call) echoed(l listing, limit string) wire.Object {
	out := wire.Object{"Name": c.name(), "Prefix": c.shown(l.prefix), limit: int64(l.most)}.With(c.In.Pick("EncodingType"))
	if l.delimiter != "" {
		out["Delimiter"] = c.shown(l.delimiter)
	}
	return out
}

// objects are the entries of a page.
func (c *call) objects(p page, owned bool) []any {
	out := make([]any, len(p.items))
	for i, rec := range p.items {
		one := c.listed(rec)
		if owned {
			one["Owner"] = owner(c.owner())
		}
		out[i] = one
	}
	return out
}

func (c *call) listed(rec *records.Record) wire.Object {
	one := rec.Doc.Pick("ETag").With(wire.Object{
		"Key": c.shown(objectName(rec)), "LastModified": rec.Created, "Size": rec.Doc.Int(sizeMember), "StorageClass": storageClass(rec),
	})
	for _, k := range checksums {
		if rec.Doc.Has(k.member()) {
			one["ChecksumAlgorithm"], one["ChecksumType"] = []any{k.name}, rec.Doc.Text("ChecksumType")
		}
	}
	return one
}

// current are the objects that a listing shows: those whose newest version is no marker.
func (c *call) current() []*records.Record { return slices.DeleteFunc(c.sorted(objectKind), isMarker) }

func listObjects(_ context.Context, c *call) (wire.Object, error) {
	l, err := c.listing(c.In.Text("Marker"), "MaxKeys")
	if err != nil {
		return nil, err
	}
	p := l.of(c.current())
	out := c.echoed(l, "MaxKeys").With(wire.Object{
		"Marker": c.shown(l.after), "IsTruncated": p.last != "", "Contents": c.objects(p, true), "CommonPrefixes": c.shownPrefixes(p.prefixes),
	})
	if p.last != "" && l.delimiter != "" { // without one the last key is the marker
		out["NextMarker"] = c.shown(p.last)
	}
	return out, nil
}

func listObjectsV2(_ context.Context, c *call) (wire.Object, error) {
	after := c.In.Text("StartAfter")
	if c.In.Has("ContinuationToken") {
		b, err := base64.URLEncoding.DecodeString(c.In.Text("ContinuationToken"))
		if err != nil || len(b) == 0 {
			return nil, invalidArgument.with("The continuation token provided is incorrect")
		}
		after = string(b)
	}
	l, err := c.listing(after, "MaxKeys")
	if err != nil {
		return nil, err
	}
	p := l.of(c.current())
	out := c.echoed(l, "MaxKeys").With(c.In.Pick("ContinuationToken")).With(wire.Object{
		"IsTruncated": p.last != "", "KeyCount": int64(len(p.items) + len(p.prefixes)),
		"Contents": c.objects(p, c.In.Bool("FetchOwner")), "CommonPrefixes": c.shownPrefixes(p.prefixes),
	})
	if start := c.In.Text("StartAfter"); start != "" {
		out["StartAfter"] = c.shown(start)
	}
	if p.last != "" {
		out["NextContinuationToken"] = base64.URLEncoding.EncodeToString([]byte(p.last))
	}
	return out, nil
}

// listVersions lists all versions by key, those of a key from new to old. Common prefixes count
// as one entry each, as in the other listings.
func listVersions(_ context.Context, c *call) (wire.Object, error) {
	l, err := c.listing("", "MaxKeys")
	if err != nil {
		return nil, err
	}
	all := append(c.list(c.Service.World, objectKind), c.list(c.Service.World, versionKind)...)
	slices.SortFunc(all, func(a, b *records.Record) int {
		return cmp.Or(strings.Compare(objectName(a), objectName(b)), -cmp.Compare(a.Number, b.Number))
	})
	p := l.versions(all, c.In.Text("KeyMarker"), c.In.Text("VersionIdMarker"))
	out := c.echoed(l, "MaxKeys").With(wire.Object{
		"KeyMarker": c.shown(c.In.Text("KeyMarker")), "VersionIdMarker": c.In.Text("VersionIdMarker"),
		"IsTruncated": p.last != "", "CommonPrefixes": c.shownPrefixes(p.prefixes),
	})
	versions, markers := []any{}, []any{}
	for _, rec := range p.items {
		one := c.listed(rec).With(wire.Object{"VersionId": version(rec), "IsLatest": !strings.Contains(rec.ID, "\x00"), "Owner": owner(c.owner())})
		if isMarker(rec) {
			markers = append(markers, one.Pick("Key", "LastModified", "VersionId", "IsLatest", "Owner"))
		} else {
			versions = append(versions, one)
		}
	}
	out["Versions"], out["DeleteMarkers"] = versions, markers
	if p.last != "" {
		out["NextKeyMarker"] = c.shown(p.last)
		if n := len(p.items); n > 0 && objectName(p.items[n-1]) == p.last {
			out["NextVersionIdMarker"] = version(p.items[n-1])
		}
	}
	return out, nil
}

// versions is [listing.of] of versions: behind one of a key the older ones of it follow.
func (l listing) versions(all []*records.Record, key, id string) page {
	if id != "" {
		if i := slices.IndexFunc(all, func(rec *records.Record) bool { return objectName(rec) == key && version(rec) == id }); i >= 0 {
			all, key = all[i+1:], ""
		}
	}
	l.after = key
	return l.of(all)
}
