package awsquery

import (
	"encoding/base64"
	"fmt"
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
type Encoder[O any] struct {
	service           *Service
	operation, result string
	root              *writer
}

// NewEncoder compiles an encoder. It fails for an operation that the service does not have
// or that has no output, and for a field that has no member or another type.
func NewEncoder[O any](s *Service, operation string) (*Encoder[O], error) {
	p, err := s.api.Compile(operation, model.Output, reflect.TypeFor[O]())
	if err != nil {
		return nil, fmt.Errorf("awsquery encoder %s: %w", operation, err)
	}
	return &Encoder[O]{s, operation, s.api.Operations[operation].ResultWrapper, newWriter(p.Root, map[*shape.Node]*writer{})}, nil
}

// Append appends the body of an answer.
func (e *Encoder[O]) Append(dst []byte, requestID string, out *O) []byte {
	d := document{dst, 0}
	e.service.response(&d, e.operation, requestID, func() { e.root.write(&d, e.result, reflect.ValueOf(out).Elem()) })
	return d.b
}

// AppendEmpty appends the answer of an operation without output.
func (s *Service) AppendEmpty(dst []byte, operation, requestID string) []byte {
	d := document{dst, 0}
	s.response(&d, operation, requestID, func() {})
	return d.b
}

func (s *Service) response(d *document, operation, requestID string, result func()) {
	name := operation + "Response"
	d.openIn(s.meta.XMLNamespace, name)
	result()
	d.open("ResponseMetadata")
	d.text("RequestId", requestID)
	d.close("ResponseMetadata")
	d.close(name)
}

// AppendError appends the body of an error; an empty message is left out.
func (s *Service) AppendError(dst []byte, requestID, code, message string) []byte {
	namespace, kind := s.meta.XMLNamespace, "Sender"
	switch {
	case code == InvalidAction || code == MissingAction:
		namespace = "http://webservices.amazon.com/AWSFault/2005-15-09"
	case s.faults[code]:
		kind = "Receiver"
	}
	d := document{dst, 0}
	d.openIn(namespace, "ErrorResponse")
	d.open("Error")
	d.text("Type", kind)
	d.text("Code", code)
	if message != "" {
		d.text("Message", message)
	}
	d.close("Error")
	d.text("RequestId", requestID)
	d.close("ErrorResponse")
	return d.b
}

// writer is how values of a node are written.
type writer struct {
	node         *shape.Node
	element, key *writer
	fields       []field
	// names of the elements of a list or entries of a map, and of what an entry has.
	entryName, keyName, valueName string
}

// field is a member of a structure.
type field struct {
	index int
	name  string
	// omit: the zero value and an empty slice or map are left out.
	omit bool
	// flat: a list or map without an element of its own.
	flat  bool
	value *writer
}

// newWriter returns the writer of a node; done are those that exist or are being made.
func newWriter(n *shape.Node, done map[*shape.Node]*writer) *writer {
	if w := done[n]; w != nil {
		return w
	}
	w := &writer{node: n}
	done[n] = w
	switch n.Shape.Type {
	case model.TypeList:
		w.element, w.entryName = newWriter(n.Element, done), wrapper(n.Shape)
	case model.TypeMap:
		w.element, w.key, w.entryName = newWriter(n.Element, done), newWriter(n.Key, done), wrapper(n.Shape)
		w.keyName, w.valueName = elementName(n.Shape.Key, "key"), elementName(n.Shape.Value, "value")
	}
	for i := range n.Members {
		m := &n.Members[i]
		_, options, _ := strings.Cut(n.Tag(m), ",")
		w.fields = append(w.fields, field{m.Field, wireName(m), strings.Contains(options, "omit"), flattened(m), newWriter(m.Value, done)})
	}
	slices.SortFunc(w.fields, func(a, b field) int { return a.index - b.index })
	return w
}

// write writes a value that is there as an element.
func (w *writer) write(d *document, name string, v reflect.Value) {
	if w.node.Pointer {
		if v.IsNil() { // in a list or a map
			d.empty(name)
			return
		}
		v = v.Elem()
	}
	if w.node.Simple {
		d.text(name, w.text(v))
		return
	}
	start := len(d.b)
	d.open(name)
	inside := len(d.b)
	switch w.node.Shape.Type {
	case model.TypeStructure:
		w.writeFields(d, v)
	default:
		w.writeEntries(d, w.entryName, v)
	}
	if len(d.b) == inside {
		d.b = d.b[:start]
		d.depth--
		d.empty(name)
		return
	}
	d.close(name)
}

func (w *writer) writeFields(d *document, v reflect.Value) {
	for i := range w.fields {
		f := &w.fields[i]
		value := v.Field(f.index)
		switch {
		case f.value.node.Absent(value, f.omit):
		case f.flat:
			f.value.writeEntries(d, f.name, reflect.Indirect(value))
		default:
			f.value.write(d, f.name, value)
		}
	}
}

// writeEntries writes the elements of a list, or the entries of a map by their keys.
func (w *writer) writeEntries(d *document, name string, v reflect.Value) {
	if w.node.Shape.Type == model.TypeList {
		for i := range v.Len() {
			w.element.write(d, name, v.Index(i))
		}
		return
	}
	keys := shape.SortedKeys(v)
	for _, k := range keys {
		d.open(name)
		w.key.write(d, w.keyName, k)
		w.element.write(d, w.valueName, v.MapIndex(k))
		d.close(name)
	}
}

// text returns a value that is no list, map or structure.
func (w *writer) text(v reflect.Value) string {
	switch w.node.Shape.Type {
	case model.TypeString:
		return v.String()
	case model.TypeBlob:
		return base64.StdEncoding.EncodeToString(v.Bytes())
	case model.TypeBoolean:
		return strconv.FormatBool(v.Bool())
	case model.TypeTimestamp:
		t, _ := v.Interface().(time.Time)
		return formatTimestamp(t)
	case model.TypeInteger, model.TypeLong:
		return strconv.FormatInt(v.Int(), 10)
	}
	return string(shape.AppendDouble(nil, v.Float()))
}

// formatTimestamp writes milliseconds only where there are some: STS and IAM send whole
// seconds, RDS milliseconds.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
func formatTimestamp(t time.Time) string {
	if t = t.UTC(); t.Nanosecond() < int(time.Millisecond) {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}
