package audit

import (
	"strings"

	"github.com/bedlock/bedlock/catalog"
)

// setting says how to name a key in this slot, in the words of the source that
// the resource came from.
func (c slotCase) setting() string {
	if c.slot == nil {
		return "name a customer-managed key"
	}
	value := "a customer-managed key"
	forms := c.slot.Key.Forms
	if stricter := c.slot.Key.Declared[c.dialect()]; stricter != nil {
		forms = stricter
	}
	if len(forms) == 1 && forms[0] == catalog.FormKeyARN {
		value = "the ARN of a customer-managed key"
	}
	text := "name " + value
	if p := c.property(); p != "" {
		text = "set " + p + " to " + value
	}
	return text + changes[c.slot.Change]
}

// changes says what else a change of the key takes.
var changes = map[catalog.Change]string{
	catalog.Once:       "; once set, it can be neither changed nor removed",
	catalog.Recreate:   "; this takes a new resource, as the key cannot be changed in place",
	catalog.NewVersion: ", then publish a new version: published versions keep their key",
	catalog.Elsewhere:  ", at the resource that holds the key",
	catalog.History:    " for the next one; what a finished job wrote keeps its key",
}

// property is the name of the setting in the dialect of the source.
func (c slotCase) property() string {
	r := c.resource
	if strings.HasPrefix(r.Source, "aws") {
		if p, ok := c.slot.At.Path(r.Source); ok {
			return pathText(p)
		}
		for _, comp := range c.entry.Companions {
			if p, ok := c.slot.At[comp.Type]; ok {
				return pathText(p) + " of " + comp.Type
			}
		}
	}
	if !r.At.IsZero() {
		if p, ok := c.slot.At[catalog.Dialect]; ok && r.Source == "" {
			return pathText(p)
		}
		return ""
	}
	for _, fields := range [][]string{c.slot.Fields.Update, c.slot.Fields.Create} {
		for _, f := range fields {
			if operation, path, ok := strings.Cut(f, "."); ok {
				return path + " with " + operation
			}
		}
	}
	return ""
}

// pathText writes a path for a person; ":json" marks a document inside a string.
func pathText(p catalog.Path) string { return strings.ReplaceAll(p.String(), ":json", "") }
