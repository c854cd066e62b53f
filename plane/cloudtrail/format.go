package cloudtrail

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// format is how values of a shape are recorded in one Go type.
type format struct {
	node    *shape.Node
	element *format
	fields  []field
	dates   string
	// hidden: the values are not recorded.
	hidden bool
}

// field is a member of a structure.
type field struct {
	index int
	// name is the quoted name with its colon.
	name string
	// omit: the zero value is left out.
	omit bool
	// fallback is recorded for what is left out; empty: nothing is.
	fallback string
	value    *format
}

// maker makes the formats of one plan.
type maker struct {
	input bool
	dates string
	done  map[*shape.Node]*format
}

// hiddenShapes are those that are hidden though the models do not call them sensitive:
// grant tokens and MFA codes, which no known record has, and session tokens, which those of
// AWS do have. Of a recipient additionalEventData tells.
var hiddenShapes = map[string]bool{"GrantTokenType": true, "GrantTokenList": true, "RecipientInfo": true, "tokenType": true, "tokenCodeType": true}

func (m *maker) format(n *shape.Node) *format {
	if made := m.done[n]; made != nil {
		return made
	}
	f := &format{node: n, dates: m.dates, hidden: n.Shape.Type == model.TypeBlob || n.Shape.Sensitive || hiddenShapes[n.Shape.Name]}
	m.done[n] = f
	if n.Element != nil {
		f.element = m.format(n.Element)
		f.hidden = f.hidden || f.element.hidden
	}
	for i := range n.Members {
		member := &n.Members[i]
		value := m.format(member.Value)
		if value.hidden {
			continue
		}
		_, options, _ := strings.Cut(n.Tag(member), ",")
		omit := strings.Contains(options, "omit")
		if m.input {
			omit = !member.Model.Required
		}
		f.fields = append(f.fields, field{index: member.Field, name: `"` + member.Name + `":`, omit: omit, value: value})
	}
	if n.Shape.Type == model.TypeStructure && len(n.Members) > 0 && len(f.fields) == 0 {
		f.hidden = true
	}
	slices.SortFunc(f.fields, func(a, b field) int { return a.index - b.index })
	return f
}

// adapt gives an input of KMS the names and defaults of its records.
func (f *format) adapt(operation string) {
	for i := range f.fields {
		x := &f.fields[i]
		if x.name == `"cloudHsmClusterId":` {
			x.name = `"clusterId":`
		}
		x.fallback = defaults[operation][strings.Trim(x.name, `":`)]
	}
}

// append appends a value that is there.
func (f *format) append(dst []byte, v reflect.Value) []byte {
	if f.node.Pointer {
		if v.IsNil() {
			return append(dst, "null"...)
		}
		v = v.Elem()
	}
	switch f.node.Shape.Type {
	case model.TypeStructure:
		return f.appendStructure(dst, v)
	case model.TypeList:
		return f.appendList(dst, v)
	case model.TypeMap:
		return f.appendMap(dst, v)
	case model.TypeBoolean:
		return strconv.AppendBool(dst, v.Bool())
	case model.TypeTimestamp:
		t, _ := v.Interface().(time.Time)
		dst = append(dst, '"')
		dst = t.UTC().AppendFormat(dst, f.dates)
		return append(dst, '"')
	case model.TypeInteger, model.TypeLong:
		return strconv.AppendInt(dst, v.Int(), 10)
	case model.TypeFloat, model.TypeDouble:
		return shape.AppendDouble(dst, v.Float())
	}
	return appendString(dst, v.String())
}

func (f *format) appendStructure(dst []byte, v reflect.Value) []byte {
	dst = append(dst, '{')
	start := len(dst)
	for i := range f.fields {
		x := &f.fields[i]
		value := v.Field(x.index)
		absent := x.value.node.Absent(value, x.omit)
		if absent && x.fallback == "" {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, x.name...)
		if absent {
			dst = append(dst, x.fallback...)
		} else {
			dst = x.value.append(dst, value)
		}
	}
	return append(dst, '}')
}

func (f *format) appendList(dst []byte, v reflect.Value) []byte {
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = f.element.append(dst, v.Index(i))
	}
	return append(dst, ']')
}

// appendMap appends the entries in the order of their keys.
func (f *format) appendMap(dst []byte, v reflect.Value) []byte {
	if m, ok := v.Interface().(map[string]string); ok { // an encryption context
		return appendStrings(dst, m)
	}
	dst = append(dst, '{')
	keys := shape.SortedKeys(v)
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, k.String())
		dst = append(dst, ':')
		dst = f.element.append(dst, v.MapIndex(k))
	}
	return append(dst, '}')
}

// appendStrings appends a map of strings, in the order of its keys.
func appendStrings(dst []byte, m map[string]string) []byte {
	var few [8]string
	keys := slices.AppendSeq(few[:0], maps.Keys(m))
	slices.Sort(keys)
	dst = append(dst, '{')
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, k)
		dst = append(dst, ':')
		dst = appendString(dst, m[k])
	}
	return append(dst, '}')
}
