package cloudtrail

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
	"github.com/bedlock/bedlock/internal/wire"
)

// outline is how values of a shape are recorded that are as package wire has them.
type outline struct {
	kind  model.Type
	dates string
	show  showing
	// members are those of a structure, in the order of the model.
	members []outlined
	// element is that of a list or map; inner is its name in markup, where a list is an
	// object with one member, empty elsewhere and of flattened lists.
	element *outline
	inner   string
	markup  bool
	// within is the member of the value that has what is recorded; empty: the value has it.
	within string
	// fixed are members that are always there, of a structure.
	fixed string
}

// showing says what is recorded of a value.
type showing int

const (
	whole showing = iota + 1
	hidden
	nothing
)

// outlined is a member of a structure.
type outlined struct {
	name string // that of the model
	// as is the quoted name in records with its colon.
	as string
	// document: the value is a string with JSON, which is recorded as JSON.
	document bool
	value    *outline
}

// outliner makes the outlines of an operation's input or output.
type outliner struct {
	model *model.Service
	rec   *recording
	done  map[string]*outline
}

// showing says what is recorded of values of a shape.
func (o *outliner) showing(sh *model.Shape) showing {
	secret := sh.Sensitive && !slices.Contains(o.rec.shown, sh.Name) || slices.Contains(o.rec.hidden, sh.Name)
	switch {
	case sh.Type == model.TypeBlob || sh.Document || sh.EventStream:
		return nothing
	case secret:
		return o.secret()
	}
	return whole
}

// secret is how what must not be shown is recorded.
func (o *outliner) secret() showing {
	if o.rec.leftOut {
		return nothing
	}
	return hidden
}

// outline makes that of a shape.
func (o *outliner) outline(name string) *outline {
	if made := o.done[name]; made != nil {
		return made
	}
	sh := o.model.Shapes[name]
	made := &outline{kind: sh.Type, dates: o.rec.dates, show: o.showing(sh), markup: o.rec.markup}
	o.done[name] = made
	if made.show != whole {
		return made
	}
	switch sh.Type {
	case model.TypeList:
		made.element = o.outline(sh.Element.Shape)
		if o.rec.markup && !sh.Flattened {
			made.inner = sh.Element.WireName()
			if made.inner == "" {
				made.inner = "member"
			}
		}
		made.show = made.element.show
	case model.TypeMap:
		made.element = o.outline(sh.Value.Shape)
		made.show = made.element.show
	case model.TypeStructure:
		for i := range sh.Members {
			m := &sh.Members[i]
			value := o.outline(m.Shape)
			if slices.Contains(o.rec.hidden, name+"."+m.Name) || slices.Contains(o.rec.hidden, "*."+m.Name) {
				value = &outline{show: o.secret()}
			}
			if value.show == nothing {
				continue
			}
			if m.Flattened && value.inner != "" {
				flat := *value
				flat.inner, value = "", &flat
			}
			made.members = append(made.members, outlined{name: m.Name, as: quoted(o.field(m)), value: value})
		}
	}
	return made
}

// field is the name of a member in records.
func (o *outliner) field(m *model.Member) string {
	if o.rec.markup {
		return m.WireName()
	}
	if name := o.rec.fields[m.Name]; name != "" {
		return name
	}
	return strings.ToLower(m.Name[:1]) + m.Name[1:]
}

func quoted(name string) string { return string(appendString(nil, name)) + ":" }

// root makes the outline of an operation's input or output; nil: it has none.
func (o *outliner) root(operation string, side model.Direction) *outline {
	op := o.model.Operations[operation]
	if op == nil {
		return nil
	}
	name, few := op.Input, o.rec.only
	if side == model.Output {
		name, few = op.Output, o.rec.answers
	}
	if name == "" {
		return nil
	}
	if o.rec.markup {
		return o.message(op, name, side)
	}
	made := o.outline(name)
	if side == model.Output && o.rec.unwrapped && len(made.members) == 1 && made.members[0].value.kind == model.TypeStructure {
		inner := *made.members[0].value
		inner.within = made.members[0].name
		return &inner
	}
	members, ok := few[operation]
	if !ok {
		return made
	}
	part := *made
	part.members = slices.DeleteFunc(slices.Clone(made.members), func(m outlined) bool { return !slices.Contains(members, m.name) })
	return &part
}

// append appends a value.
func (o *outline) append(dst []byte, v any) []byte {
	if o.show == hidden {
		return append(dst, `"`+marker+`"`...)
	}
	switch v := v.(type) {
	case wire.Object:
		return o.appendObject(dst, v)
	case []any:
		return o.appendList(dst, v)
	case string:
		return appendString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return shape.AppendDouble(dst, v)
	case time.Time:
		dst = append(dst, '"')
		dst = v.UTC().AppendFormat(dst, o.dates)
		return append(dst, '"')
	}
	return append(dst, "null"...)
}

func (o *outline) appendObject(dst []byte, v wire.Object) []byte {
	if o.within != "" {
		v = v.Object(o.within)
	}
	dst = append(dst, '{')
	start := len(dst)
	if o.kind == model.TypeMap {
		for _, key := range slices.Sorted(maps.Keys(v)) {
			dst = appendComma(dst, start)
			dst = append(appendString(dst, key), ':')
			dst = o.element.append(dst, v[key])
		}
		return append(dst, '}')
	}
	dst = append(dst, o.fixed...)
	for i := range o.members {
		m := &o.members[i]
		value, ok := v[m.name]
		if !ok {
			continue
		}
		dst = append(appendComma(dst, start), m.as...)
		if text, is := value.(string); is && m.document {
			var compact bytes.Buffer
			if json.Compact(&compact, []byte(text)) == nil {
				dst = append(dst, compact.Bytes()...)
				continue
			}
		}
		dst = m.value.append(dst, value)
	}
	return append(dst, '}')
}

func appendComma(dst []byte, start int) []byte {
	if len(dst) > start {
		dst = append(dst, ',')
	}
	return dst
}

// appendList appends a list. In markup one element stands for itself.
func (o *outline) appendList(dst []byte, v []any) []byte {
	if o.inner != "" {
		dst = append(append(dst, '{'), quoted(o.inner)...)
	}
	single := o.markup && len(v) == 1
	if !single {
		dst = append(dst, '[')
	}
	for i, value := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = o.element.append(dst, value)
	}
	if !single {
		dst = append(dst, ']')
	}
	if o.inner != "" {
		dst = append(dst, '}')
	}
	return dst
}
