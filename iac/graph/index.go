package graph

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
)

// nameIndex files resources under their literal names, so that a name or ARN
// written elsewhere finds them.
func (a *assembly) nameIndex(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		e := a.entry(r)
		if e == nil || e.Kind != catalog.KindResource {
			continue
		}
		for _, b := range flattenAttribute(r, e.Name) {
			if b.Value.Kind == String {
				k := e.Type + "\x00" + b.Value.Text
				a.names[k] = append(a.names[k], r.ID)
			}
		}
		for _, attribute := range []string{"arn", "id"} { // states know them
			if v := r.Attributes.Get(attribute); r.Dialect == Terraform && v.Kind == String {
				k := e.Type + "\x00" + v.Text
				a.names[k] = append(a.names[k], r.ID)
			}
		}
	}
}

func flattenAttribute(r *Resource, at catalog.At) []Branch {
	branches, _ := r.attribute(at)
	return branches
}

// named finds the one resource of a type by literal name or ARN, in the module of
// r first; "" when there is none or more than one.
func (a *assembly) named(r *Resource, entryType, literal string) string {
	names := []string{literal}
	if rest, isURI := strings.CutPrefix(literal, "s3://"); isURI {
		bucket, _, _ := strings.Cut(rest, "/")
		names = append(names, bucket)
	}
	if parsed, err := arn.Parse(literal); err == nil {
		last := parsed.Resource[strings.LastIndexAny(parsed.Resource, "/:")+1:]
		names = append(names, strings.TrimSuffix(parsed.Resource, ":*"), last)
	}
	for _, n := range names {
		if id := a.pick(r, a.names[entryType+"\x00"+n]); id != "" {
			return id
		}
	}
	return ""
}

// pick chooses the candidate in the module of r, or the only one there is.
func (a *assembly) pick(r *Resource, ids []string) string {
	var here, all []string
	for _, id := range ids {
		if !contains(all, id) {
			all = append(all, id)
			if a.module[id] == a.module[r.ID] {
				here = append(here, id)
			}
		}
	}
	switch {
	case len(here) == 1:
		return here[0]
	case len(here) == 0 && len(all) == 1:
		return all[0]
	}
	return ""
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// companionIndex files companion resources under the resource they complete.
func (a *assembly) companionIndex(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		if r.Dialect != Terraform {
			continue
		}
		e, c := a.catalog.Companion(r.Type)
		if e == nil {
			continue
		}
		for _, b := range first(r.Attributes, c.By) {
			id := ""
			switch b.Value.Kind {
			case Ref:
				id = b.Value.Target
			case String:
				id = a.named(r, e.Type, b.Value.Text)
			}
			if id != "" && !containsResource(a.companions[id], r) {
				a.companions[id] = append(a.companions[id], r)
			}
		}
	}
}

func containsResource(list []*Resource, r *Resource) bool {
	for _, x := range list {
		if x == r {
			return true
		}
	}
	return false
}

// elements finds an attribute of a resource or of its companions. What a
// companion sets wins; a companion that exists only under a condition leaves the
// resource's own value for the other case.
func (a *assembly) elements(r *Resource, at catalog.At) (elements []element, source *Resource, ok bool) {
	for _, c := range a.companions[r.ID] {
		p, has := at.Path(c.Type)
		if !has {
			continue
		}
		found := find(c.Attributes, p)
		if c.When == "" {
			return found, c, true
		}
		own := []Branch{{Value: Value{At: r.At}}}
		if p, has := at.Path(r.dialect()); has {
			own = first(r.Attributes, p)
		}
		return conditional(found, c.When, own), c, true
	}
	p, has := at.Path(r.dialect())
	if !has {
		return nil, nil, false
	}
	return find(r.Attributes, p), r, true
}

func conditional(found []element, when string, own []Branch) []element {
	for i := range found {
		var branches []Branch
		for _, b := range found[i].branches {
			if both, ok := conjoin(when, b.When); ok {
				branches = append(branches, Branch{When: both, Value: b.Value})
			}
		}
		for _, b := range own {
			if both, ok := conjoin(opposite(when), b.When); ok {
				branches = append(branches, Branch{When: both, Value: b.Value})
			}
		}
		found[i].branches = branches
	}
	return found
}
