package emulate

import (
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// Tags of all resources are kept by ARN, apart from the resources, so that every service and
// the Resource Groups Tagging API see the same.
const (
	tagService = "tagging"
	tagKind    = "resource"
)

func tagKey(resource string) records.Key {
	a, _ := arn.Parse(resource) // an ARN that is none has no account and no tags
	return records.Key{Service: tagService, Kind: tagKind, Account: a.Account, Region: a.Region, ID: resource}
}

// Tags are those of a resource; nil: it has none.
func (w *World) Tags(resource string) map[string]string {
	if rec := w.Records.Get(tagKey(resource)); rec != nil {
		return rec.Doc.Map("tags")
	}
	return nil
}

// PutTags replaces the tags of a resource; none: they go.
func PutTags(tx *records.Tx, resource string, tags map[string]string) {
	k := tagKey(resource)
	if len(tags) == 0 {
		if tx.Get(k) != nil {
			tx.Delete(k)
		}
		return
	}
	rec := &records.Record{Key: k, Doc: wire.Object{"tags": wire.Of(tags)}}
	if old := tx.Get(k); old != nil {
		rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
	}
	tx.Put(rec)
}

// AddTags adds tags to those of a resource.
func AddTags(tx *records.Tx, resource string, more map[string]string) {
	all := map[string]string{}
	if old := tx.Get(tagKey(resource)); old != nil {
		all = old.Doc.Map("tags")
	}
	for key, v := range more {
		all[key] = v
	}
	PutTags(tx, resource, all)
}

// RemoveTags takes tags away from a resource.
func RemoveTags(tx *records.Tx, resource string, keys []string) {
	old := tx.Get(tagKey(resource))
	if old == nil {
		return
	}
	rest := old.Doc.Map("tags")
	for _, key := range keys {
		delete(rest, key)
	}
	PutTags(tx, resource, rest)
}

// TagsIn are the tags in one of the members of the input: a map, or a list of keys and
// values in any of the spellings that services have.
func (r *Request) TagsIn(members ...string) map[string]string {
	for _, name := range members {
		if m := r.In.Map(name); m != nil {
			return m
		}
		if list := r.In.Objects(name); list != nil {
			return TagsOf(list)
		}
	}
	return nil
}

// TagsOf reads a list of tags.
func TagsOf(list []wire.Object) map[string]string {
	out := make(map[string]string, len(list))
	for _, t := range list {
		key, value := t.Text("key"), t.Text("value")
		for _, name := range []string{"Key", "TagKey"} {
			if key == "" {
				key = t.Text(name)
			}
		}
		for _, name := range []string{"Value", "TagValue"} {
			if value == "" {
				value = t.Text(name)
			}
		}
		out[key] = value
	}
	return out
}
