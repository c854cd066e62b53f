package awsjson

import (
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
)

// step is a part of the path to a value: the name of a member, the number of an element
// from 1, or the key of an entry.
type step struct {
	name   string
	number int
	entry  bool // of a list or map, not of a structure
}

// violations are those of one request.
type violations struct {
	path []step
	// texts are at most maxViolations.
	texts []string
}

// maxViolations is how many a service of the framework reports.
const maxViolations = 10

// error returns the refusal, nil when there is nothing to refuse.
func (v *violations) error() *Error {
	if len(v.texts) == 0 {
		return nil
	}
	count := strconv.Itoa(len(v.texts)) + " validation error"
	if len(v.texts) > 1 {
		count += "s"
	}
	return &Error{ValidationException, count + " detected: " + strings.Join(v.texts, "; ")}
}

// breaches reports what a value at the current path violates.
func (v *violations) breaches(n *node, raw []byte, b breach) {
	for i, text := range n.rules.texts {
		if b&(1<<i) != 0 {
			v.add(n, raw, text)
		}
	}
}

// add reports that the value raw of n at the current path violates a constraint.
func (v *violations) add(n *node, raw []byte, constraint string) {
	if len(v.texts) == maxViolations {
		return
	}
	var b strings.Builder
	b.WriteString("Value ")
	if text, ok := n.print(raw); ok {
		b.WriteString(text)
		b.WriteString(" ")
	}
	b.WriteString("at '")
	for i, s := range v.path {
		if i > 0 {
			b.WriteByte('.')
		}
		if s.number > 0 {
			b.WriteString(strconv.Itoa(s.number))
		}
		b.WriteString(s.name)
		if s.entry {
			b.WriteString(".member")
		}
	}
	b.WriteString("' failed to satisfy constraint: ")
	b.WriteString(constraint)
	v.texts = append(v.texts, b.String())
}

// print returns how a value stands in a message: null for an absent one, nothing for a
// blob or a sensitive one. The text of structures is not known and left out too.
func (n *node) print(raw []byte) (string, bool) {
	if n.shape.Sensitive {
		return "", false
	}
	if raw == nil {
		return "null", true
	}
	text, ok := n.plain(raw)
	return "'" + text + "'", ok
}

// plain returns the text of a value as Java prints it.
func (n *node) plain(raw []byte) (string, bool) {
	if n.shape.Sensitive {
		return "", false
	}
	switch n.shape.Type {
	case model.TypeStructure, model.TypeBlob:
		return "", false
	case model.TypeList, model.TypeMap:
		return n.plainEntries(raw)
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
func (n *node) plainEntries(raw []byte) (string, bool) {
	isMap := n.shape.Type == model.TypeMap
	if isMap && n.key.shape.Sensitive {
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
			text, ok = n.element.plain(value)
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
