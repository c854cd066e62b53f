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
				a.file(a.names, e.Type+"\x00"+b.Value.Text, r.ID)
			}
		}
		for _, attribute := range []string{"arn", "id"} { // states know them
			if v := r.Attributes.Get(attribute); r.Dialect == Terraform && v.Kind == String {
				a.file(a.names, e.Type+"\x00"+v.Text, r.ID)
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
	if r.Dialect == API {
		return a.inPlace(r, entryType, literal)
	}
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

// candidates are the resources of one name: the only one of each module, and the
// only one of all; "" where there are several.
type candidates struct {
	here map[int]string
	all  string
}

// file adds a resource to an index by name.
func (a *assembly) file(index map[string]*candidates, name, id string) {
	c := index[name]
	if c == nil {
		index[name] = &candidates{here: map[int]string{a.module[id]: id}, all: id}
		return
	}
	if c.all != id {
		c.all = ""
	}
	if only, have := c.here[a.module[id]]; !have {
		c.here[a.module[id]] = id
	} else if only != id {
		c.here[a.module[id]] = ""
	}
}

// pick chooses the candidate in the module of r, or the only one there is.
func (a *assembly) pick(r *Resource, c *candidates) string {
	if c == nil {
		return ""
	}
	if here, have := c.here[a.module[r.ID]]; have {
		return here
	}
	return c.all
}

// companionIndex files companion resources under the resource they complete.
func (a *assembly) companionIndex(_ int, resources []Resource) {
	for i := range resources {
		r := &resources[i]
		e, c := a.catalog.Companion(r.Type)
		if e == nil {
			continue
		}
		for _, completed := range find(r.Attributes, c.By) {
			for _, b := range completed.branches {
				a.complete(r, e, b.Value)
			}
		}
	}
}

// complete files a companion under the resource of type e that v names.
func (a *assembly) complete(companion *Resource, e *catalog.Entry, v Value) {
	id := ""
	switch v.Kind {
	case Ref:
		id = v.Target
	case String:
		id = a.named(companion, e.Type, v.Text)
	}
	if id != "" && !containsResource(a.companions[id], companion) {
		a.companions[id] = append(a.companions[id], companion)
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
