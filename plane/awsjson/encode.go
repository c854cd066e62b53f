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
	t := reflect.TypeFor[T]()
	root, _, err := s.compile(operation, model.Output, t)
	if err != nil {
		return nil, fmt.Errorf("awsjson encoder %s: %w", operation, err)
	}
	return &Encoder[T]{root: newWriter(root, map[*node]*writer{})}, nil
}

// Append appends the body of an answer.
func (e *Encoder[T]) Append(dst []byte, out *T) []byte {
	return e.root.append(dst, reflect.ValueOf(out).Elem())
}

// writer is how values of a node are written.
type writer struct {
	node    *node
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
func newWriter(n *node, done map[*node]*writer) *writer {
	if w := done[n]; w != nil {
		return w
	}
	w := &writer{node: n}
	done[n] = w
	if n.element != nil {
		w.element = newWriter(n.element, done)
	}
	for name, i := range n.index {
		m := n.members[i]
		_, options, _ := strings.Cut(n.base.Field(m.field).Tag.Get("json"), ",")
		w.fields = append(w.fields, field{
			index: m.field,
			name:  string(appendString(nil, name)) + ":",
			omit:  strings.Contains(options, "omit"),
			value: newWriter(m.value, done),
		})
	}
	slices.SortFunc(w.fields, func(a, b field) int { return a.index - b.index })
	return w
}

// append appends a value that is there.
func (w *writer) append(dst []byte, v reflect.Value) []byte {
	if w.node.pointer {
		if v.IsNil() {
			return append(dst, "null"...)
		}
		v = v.Elem()
	}
	switch w.node.shape.Type {
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
		if f.absent(value) {
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

// absent says whether a field is left out.
func (f *field) absent(v reflect.Value) bool {
	switch {
	case f.value.node.pointer:
		return v.IsNil()
	case f.value.node.shape.Type == model.TypeTimestamp:
		return v.IsZero()
	case !f.omit:
		return false
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
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
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
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

// appendDouble writes what Java's Double.toString returns, and as strings what is no JSON
// number.
func appendDouble(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	if size := math.Abs(f); f == 0 || 1e-3 <= size && size < 1e7 {
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		if !slices.Contains(dst[start:], '.') {
			dst = append(dst, ".0"...)
		}
		return dst
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	dst = append(dst, mantissa...)
	if !strings.Contains(mantissa, ".") {
		dst = append(dst, ".0"...)
	}
	n, _ := strconv.Atoi(exponent)
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(n), 10)
}
