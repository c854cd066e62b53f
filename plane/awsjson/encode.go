package awsjson

import (
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// Encoder writes the output of one operation from a struct. Fields stand in their own
// order. A nil pointer, a zero time, and a zero field with omitempty or omitzero are left
// out; other slices and maps stand even when they are empty.
type Encoder[T any] struct {
	root *writer
}

// NewEncoder compiles an encoder. It fails for an operation that the service does not have
// or that has no output, and for a field that has no member or another type.
func NewEncoder[T any](s *Service, operation string) (*Encoder[T], error) {
	p, err := s.api.Compile(operation, model.Output, reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("awsjson encoder %s: %w", operation, err)
	}
	return &Encoder[T]{root: newWriter(p.Root, map[*shape.Node]*writer{})}, nil
}

// Append appends the body of an answer.
func (e *Encoder[T]) Append(dst []byte, out *T) []byte {
	return e.root.append(dst, reflect.ValueOf(out).Elem())
}

// writer is how values of a node are written.
type writer struct {
	node    *shape.Node
	element *writer
	fields  []field
}

// field is a member of a structure.
type field struct {
	index int
	// name is the quoted name with its colon.
	name string
	// omit: the zero value and an empty slice or map are left out.
	omit  bool
	value *writer
}

// newWriter returns the writer of a node; done are those that exist or are being made.
func newWriter(n *shape.Node, done map[*shape.Node]*writer) *writer {
	if w := done[n]; w != nil {
		return w
	}
	w := &writer{node: n}
	done[n] = w
	if n.Element != nil {
		w.element = newWriter(n.Element, done)
	}
	for name, i := range n.Index {
		m := &n.Members[i]
		_, options, _ := strings.Cut(n.Tag(m), ",")
		w.fields = append(w.fields, field{
			index: m.Field,
			name:  string(appendString(nil, name)) + ":",
			omit:  strings.Contains(options, "omit"),
			value: newWriter(m.Value, done),
		})
	}
	slices.SortFunc(w.fields, func(a, b field) int { return a.index - b.index })
	return w
}

// append appends a value that is there.
func (w *writer) append(dst []byte, v reflect.Value) []byte {
	if w.node.Pointer {
		if v.IsNil() {
			return append(dst, "null"...)
		}
		v = v.Elem()
	}
	switch w.node.Shape.Type {
	case model.TypeStructure:
		return w.appendStructure(dst, v)
	case model.TypeList:
		return w.appendList(dst, v)
	case model.TypeMap:
		return w.appendMap(dst, v)
	case model.TypeString:
		return appendString(dst, v.String())
	case model.TypeBlob:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes())
		return append(dst, '"')
	case model.TypeBoolean:
		return strconv.AppendBool(dst, v.Bool())
	case model.TypeTimestamp:
		t, _ := v.Interface().(time.Time)
		return appendTimestamp(dst, t)
	case model.TypeInteger, model.TypeLong:
		return strconv.AppendInt(dst, v.Int(), 10)
	}
	return appendDouble(dst, v.Float())
}

func (w *writer) appendStructure(dst []byte, v reflect.Value) []byte {
	dst = append(dst, '{')
	start := len(dst)
	for i := range w.fields {
		f := &w.fields[i]
		value := v.Field(f.index)
		if f.value.node.Absent(value, f.omit) {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, f.name...)
		dst = f.value.append(dst, value)
	}
	return append(dst, '}')
}

func (w *writer) appendList(dst []byte, v reflect.Value) []byte {
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.element.append(dst, v.Index(i))
	}
	return append(dst, ']')
}

// appendMap writes the entries in the order of their keys.
func (w *writer) appendMap(dst []byte, v reflect.Value) []byte {
	keys := shape.SortedKeys(v)
	dst = append(dst, '{')
	for i, k := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, k.String())
		dst = append(dst, ':')
		dst = w.element.append(dst, v.MapIndex(k))
	}
	return append(dst, '}')
}

// appendTimestamp writes seconds since 1970 to the millisecond, in the form that AWS does:
// 1.481137775E9, as in the examples of
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html.
func appendTimestamp(dst []byte, t time.Time) []byte {
	return appendDouble(dst, float64(t.UnixMilli())/1000)
}

// appendDouble writes as strings what is no JSON number.
func appendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	return shape.AppendDouble(dst, f)
}
