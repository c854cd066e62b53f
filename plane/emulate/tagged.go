package emulate

import (
	"cmp"
	"slices"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/plane/records"
)

// Tagged is a resource with its tags.
type Tagged struct {
	ARN  string
	Tags map[string]string
}

// Tagged are the resources of an account and Region that have tags, by ARN. Those of services
// without Regions are in the home Region of the partition, and of what has neither account nor Region in its ARN the
// service says both ([Definition.Owner]).
func (w *World) Tagged(account, region string) []Tagged {
	all := w.Records.List(tagService, tagKind, account, region)
	if region == arn.HomeOf(arn.PartitionOf(region)) {
		all = append(all, w.Records.List(tagService, tagKind, account, "")...)
	}
	for _, rec := range w.Records.List(tagService, tagKind, "", "") {
		if a, r := w.owner(rec.ID); a == account && r == region {
			all = append(all, rec)
		}
	}
	out := make([]Tagged, len(all))
	for i, rec := range all {
		out[i] = Tagged{rec.ID, rec.Doc.Map("tags")}
	}
	slices.SortFunc(out, func(a, b Tagged) int { return cmp.Compare(a.ARN, b.ARN) })
	return out
}

// owner is who a resource belongs to, and where it is.
func (w *World) owner(resource string) (account, region string) {
	a, err := arn.Parse(resource)
	if err != nil {
		return "", ""
	}
	for _, s := range w.services {
		if s.def.Owner != nil && s.def.Prefix == a.Service {
			return s.def.Owner(w, resource)
		}
	}
	return a.Account, a.Region
}

// LeaveTags says what becomes of the tags of a resource by itself, as of the resource; nil: they
// stay.
func LeaveTags(tx *records.Tx, resource string, next *records.Next) {
	old := tx.Get(tagKey(resource))
	if old == nil {
		return
	}
	rec := old.Change(old.Updated, nil)
	rec.Next = next
	tx.Put(rec)
}
