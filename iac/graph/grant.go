package graph

import (
	"strings"

	"github.com/bedlock/bedlock/inventory"
)

// grant reads a grant. When it is not determined whether it is there, or which
// constraints it has, neither is what it allows: its operations are then unknown.
func (a *assembly) grant(f facts) inventory.Grant {
	r := f.r
	n := a.nameKey(r, f.value("key"))
	g := inventory.Grant{
		ID: r.ID, KeyText: n.Text, Key: n.Key, At: r.At,
		Grantee: text(f.either("grantee", "granteeService")), Retiring: text(f.either("retiring", "retiringService")), Operations: f.texts("operations"),
	}
	if r.Dialect == API {
		g.SourceARN = text(f.value("sourceArn"))
		if key, _, ok := strings.Cut(r.ID, "/grant/"); ok && n.Key == "" && a.keyIDs[key] {
			g.Key = key // also of grants that could not be read
		}
	}
	if r.When != "" {
		g.Operations = inventory.Unknown[[]string]("the grant is there only when "+r.When, r.At)
	}
	for _, c := range []struct {
		name string
		to   *map[string]string
	}{{"contextEquals", &g.ContextEquals}, {"contextSubset", &g.ContextSubset}} {
		var why *Value
		if *c.to, why = f.constraint(c.name); why != nil && why.Kind != Unread {
			g.Operations = inventory.Unknown[[]string]("the constraints of the grant are not determined by the code: "+unknownReason(*why), why.At)
		}
	}
	return g
}

// either is the first of two attributes that is set.
func (f facts) either(name, other string) Value {
	if v := f.value(name); v.Kind != Absent {
		return v
	}
	return f.value(other)
}

// texts reads a list of texts.
func (f facts) texts(name string) inventory.Value[[]string] {
	path, ok := f.e.Attributes[name].Path(f.r.dialect())
	if !ok {
		return inventory.Value[[]string]{}
	}
	var out []string
	for _, el := range find(f.r.Attributes, path) {
		switch v := single(el.branches); v.Kind {
		case String:
			out = append(out, v.Text)
		case Unknown, Unread:
			return gap[[]string](v)
		default:
			return inventory.Unknown[[]string](name+" are not determined by the code", f.r.At)
		}
	}
	return inventory.Known(out, f.r.At)
}

// constraint reads an encryption context out of one of several blocks; nil when there
// is none, or an empty one, which constrains nothing. why is a value that is not
// determined.
func (f facts) constraint(name string) (context map[string]string, why *Value) {
	path, ok := f.e.Attributes[name].Path(f.r.dialect())
	if !ok {
		return nil, nil
	}
	for _, el := range find(f.r.Attributes, path) {
		switch v := single(el.branches); v.Kind {
		case Absent:
		case Map:
			for _, m := range v.Members {
				if context == nil {
					context = map[string]string{}
				}
				value := m.Value
				if branches := flatten(value, ""); value.Kind == Choice && len(branches) > 0 {
					value = single(branches)
				}
				context[m.Name] = value.Print()
			}
		default:
			return nil, &v
		}
	}
	return context, nil
}
