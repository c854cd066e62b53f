package audit

import (
	"slices"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// workers are the roles that work for isolation groups: those that their resources name, with
// the groups of each; "" stands for resources that could have a tag and have none.
func workers(c *catalog.Catalog, parts *inventory.Parts, isolationTag string) map[string][]string {
	out := map[string][]string{}
	for i := range parts.Resources {
		r := &parts.Resources[i]
		group := r.Tags.Known[isolationTag]
		if arn.IsToken(group) {
			group = ""
		}
		if e := c.Type(r.Type); group == "" && e != nil && len(e.Tags) == 0 {
			continue
		}
		for _, ref := range r.Roles {
			if ref.Principal != "" && !slices.Contains(out[ref.Principal], group) {
				out[ref.Principal] = append(out[ref.Principal], group)
			}
		}
	}
	return out
}

// intruders asks the engine which roles of other isolation groups can decrypt with the key of
// one. A role that also works for the group, or for resources of none, is not another's.
func (v *keyVerdict) intruders(e *estate.Estate, u *use, workers map[string][]string) {
	if v.managed || v.broken != nil || u == nil || len(u.groups) != 1 {
		return
	}
	group := u.names()[0]
	var others []string
	for id, groups := range workers {
		if !slices.Contains(groups, group) && !slices.Contains(groups, "") {
			others = append(others, id)
		}
	}
	if len(others) == 0 {
		return
	}
	slices.Sort(others)
	names := e.Reach(v.key.ID, "kms:Decrypt", others)
	if len(names) == 0 {
		return
	}
	v.hold(ruleIntruder, list(shortened(names))+" of other isolation groups can decrypt with key "+v.name+" of isolation group "+group, "", orAt(v.key.Policy.At(), v.key.At))
}
