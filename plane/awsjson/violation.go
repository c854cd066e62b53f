package awsjson

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// breaches reports what the value raw of n at the current path violates.
func (d *decoding) breaches(n *shape.Node, raw []byte, b shape.Breach) {
	if b != 0 {
		d.Breaches(n, b, text(n, raw))
	}
}

// entryBreaches reports what the entries of the list or map raw violate.
func (d *decoding) entryBreaches(n *shape.Node, raw []byte, keys, values shape.Breach) {
	if keys|values != 0 {
		d.Entries(n, keys, values, text(n, raw))
	}
}

func text(n *shape.Node, raw []byte) shape.Text {
	return func() (string, bool) { return plain(n, raw) }
}

// plain returns the text of a value as Java prints it.
func plain(n *shape.Node, raw []byte) (string, bool) {
	if !n.Shown() {
		return "", false
	}
	switch n.Shape.Type {
	case model.TypeStructure, model.TypeBlob:
		return "", false
	case model.TypeList, model.TypeMap:
		return plainEntries(n, raw)
	case model.TypeInteger, model.TypeLong:
		if i, ok := parseInteger(raw); ok {
			return strconv.FormatInt(i, 10), true
		}
	case model.TypeString:
		return string(unquoted(raw)), true
	}
	return string(raw), true
}

// plainEntries returns "[a, b]" for a list and "{k=v, l=w}" for a map.
func plainEntries(n *shape.Node, raw []byte) (string, bool) {
	isMap := n.Shape.Type == model.TypeMap
	if isMap && !n.Key.Shown() {
		return "", false
	}
	var b strings.Builder
	b.WriteByte(raw[0])
	for c, first := open(raw), true; ; first = false {
		var name []byte
		if isMap {
			name, _ = c.element()
		}
		value, ok := c.element()
		if !ok {
			b.WriteByte(raw[len(raw)-1])
			return b.String(), true
		}
		text, ok := "null", true
		if value[0] != 'n' {
			text, ok = plain(n.Element, value)
		}
		if !ok {
			return "", false
		}
		if !first {
			b.WriteString(", ")
		}
		if isMap {
			b.Write(unquoted(name))
			b.WriteByte('=')
		}
		b.WriteString(text)
	}
}
