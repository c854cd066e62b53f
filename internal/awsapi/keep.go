package awsapi

import (
	"slices"

	"github.com/bedlock/bedlock/catalog"
)

// keep is the part of a document that the catalogue reads: a tree of member names. An empty
// tree keeps everything below.
type keep map[string]keep

func (k keep) add(steps []string) {
	for i, name := range steps {
		if inner, ok := k[name]; ok && len(inner) == 0 {
			return // everything below is kept already
		}
		if i == len(steps)-1 || k[name] == nil {
			k[name] = keep{}
		}
		k = k[name]
	}
}

// cut returns what is kept of a value.
func (k keep) cut(v any) any {
	if len(k) == 0 {
		return v
	}
	switch v := v.(type) {
	case document:
		out := document{}
		for name, inner := range k {
			if value, ok := v[name]; ok {
				out[name] = inner.cut(value)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = k.cut(v[i])
		}
		return out
	}
	return v
}

// keeps are what is kept of each type, by operation.
func keeps(cat *catalog.Catalog) map[string]keep {
	all := map[string]keep{}
	for _, e := range cat.Entries() {
		k := keep{}
		for _, p := range e.APIPaths() {
			var steps []string
			for _, s := range p.Steps() {
				steps = append(steps, s.Name)
				if s.JSON {
					break
				}
			}
			k.add(steps)
		}
		all[e.Type] = k
	}
	return all
}

// operations are the reads that a type needs besides its list: those that the catalogue names,
// in the order of the table.
func (r *reading) operations(k keep) gets {
	return slices.DeleteFunc(slices.Clone(r.Get), func(g get) bool { _, named := k[g.Op]; return !named })
}
