package wire

import (
	"fmt"
	"sort"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// check reports what a value violates, in the order of the model.
func (d *decoding) check(n *shape.Node, v any) {
	if n.Shape.Document {
		return
	}
	switch v := v.(type) {
	case Object:
		if n.Shape.Type == model.TypeMap {
			d.checkMap(n, v)
			return
		}
		for i := range n.Members {
			m := &n.Members[i]
			d.Enter(m.Step())
			if inner, ok := v[m.Model.Name]; ok {
				d.check(m.Value, inner)
			} else if m.Model.Required {
				d.Missing(m.Value)
			}
			d.Leave()
		}
	case []any:
		d.checkList(n, v)
	default:
		if b := breach(n, v); b != 0 {
			d.Breaches(n, b, func() (string, bool) { return shown(n, v) })
		}
	}
}

func (d *decoding) checkList(n *shape.Node, list []any) {
	text := func() (string, bool) { return shown(n, list) }
	if b := n.CheckSize(float64(len(list))); b != 0 {
		d.Breaches(n, b, text)
	}
	var all shape.Breach
	for i, v := range list {
		if n.Element.Simple {
			all |= breach(n.Element, v)
			continue
		}
		d.Enter(shape.Element(i + 1))
		d.check(n.Element, v)
		d.Leave()
	}
	if all != 0 {
		d.Entries(n, 0, all, text)
	}
}

func (d *decoding) checkMap(n *shape.Node, m Object) {
	text := func() (string, bool) { return shown(n, m) }
	if b := n.CheckSize(float64(len(m))); b != 0 {
		d.Breaches(n, b, text)
	}
	var keys, values shape.Breach
	for _, name := range sorted(m) {
		keys |= breach(n.Key, name)
		if n.Element.Simple {
			values |= breach(n.Element, m[name])
			continue
		}
		d.Enter(shape.Entry(name))
		d.check(n.Element, m[name])
		d.Leave()
	}
	if keys|values != 0 {
		d.Entries(n, keys, values, text)
	}
}

func sorted(m Object) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// breach says what a scalar violates.
func breach(n *shape.Node, v any) shape.Breach {
	switch v := v.(type) {
	case string:
		return n.CheckText([]byte(v))
	case []byte:
		return n.CheckSize(float64(len(v)))
	case int64:
		return n.CheckSize(float64(v))
	case float64:
		return n.CheckSize(v)
	}
	return 0
}

// shown is a value as messages show it.
func shown(n *shape.Node, v any) (string, bool) {
	if !n.Shown() {
		return "", false
	}
	switch v := v.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, inner := range v {
			text, ok := shown(n.Element, inner)
			if !ok {
				return "", false
			}
			parts[i] = text
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	case Object:
		if n.Shape.Type != model.TypeMap || !n.Key.Shown() {
			return "", false
		}
		parts := make([]string, 0, len(v))
		for _, name := range sorted(v) {
			text, ok := shown(n.Element, v[name])
			if !ok {
				return "", false
			}
			parts = append(parts, name+"="+text)
		}
		return "{" + strings.Join(parts, ", ") + "}", true
	case []byte:
		return "", false
	}
	return fmt.Sprint(v), true
}
