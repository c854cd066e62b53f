package wire

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// encodeForm writes the form of a request in the query protocol.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#query-key-resolution
func (a *API) encodeForm(o *operation, in Object) ([]byte, error) {
	f := form{values: url.Values{"Action": {o.name}, "Version": {a.model.APIVersion}}}
	err := f.structure("", o.in, in)
	return []byte(f.values.Encode()), err
}

// form is a form that is being written.
type form struct{ values url.Values }

func (f form) structure(prefix string, n *shape.Node, o Object) error {
	for i := range n.Members {
		m := &n.Members[i]
		v := o[m.Model.Name]
		if v == nil {
			continue
		}
		if err := f.value(prefix+elementName(m), m.Value, v, flattened(m)); err != nil {
			return fmt.Errorf("%s: %w", m.Model.Name, err)
		}
	}
	return nil
}

// value writes a value under a name. flat: the numbers of a list or map stand right below it.
func (f form) value(name string, n *shape.Node, v any, flat bool) error {
	switch n.Shape.Type {
	case model.TypeStructure:
		o, ok := v.(Object)
		if !ok {
			return misfit(n, v)
		}
		return f.structure(name+".", n, o)
	case model.TypeList:
		list, ok := v.([]any)
		if !ok {
			return misfit(n, v)
		}
		if len(list) == 0 {
			f.values.Set(name, "")
		}
		for i, inner := range list {
			if err := f.value(entry(name, n, flat, i), n.Element, inner, false); err != nil {
				return err
			}
		}
		return nil
	case model.TypeMap:
		m, ok := v.(Object)
		if !ok {
			return misfit(n, v)
		}
		for i, key := range sorted(m) {
			at := entry(name, n, flat, i) + "."
			f.values.Set(at+named(n.Shape.Key, "key"), key)
			if err := f.value(at+named(n.Shape.Value, "value"), n.Element, m[key], false); err != nil {
				return err
			}
		}
		return nil
	}
	if !suits(n.Shape.Type, v) {
		return misfit(n, v)
	}
	f.values.Set(name, scalarText(n, v, formatISO))
	return nil
}

// entry is the name of the entry i of a list or map.
func entry(name string, n *shape.Node, flat bool, i int) string {
	if !flat {
		name += "." + entryName(n.Shape)
	}
	return name + "." + strconv.Itoa(i+1)
}
