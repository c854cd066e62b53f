package awsjson

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

const (
	maxEntries = 10_000
	maxDepth   = 64
)

// Decoder reads the input of one operation into a struct.
type Decoder[T any] struct {
	plan *shape.Plan
}

// NewDecoder compiles a decoder. It fails for an operation that the service does not have,
// for a field that has no member or another type, and for a required member without a
// field. Other members without a field are ignored when they are sent; see
// [Decoder.Ignored].
func NewDecoder[T any](s *Service, operation string) (*Decoder[T], error) {
	p, err := s.api.Compile(operation, model.Input, reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("awsjson decoder %s: %w", operation, err)
	}
	return &Decoder[T]{p}, nil
}

// Ignored returns the paths of the members of the model that T has no field for, such as
// "ResourceOwners".
func (d *Decoder[T]) Ignored() []string { return slices.Clone(d.plan.Ignored) }

// Unchecked returns the names of the shapes whose pattern RE2 cannot express. Their
// values are not matched.
func (d *Decoder[T]) Unchecked() []string { return slices.Clone(d.plan.Unchecked) }

// Decode reads and checks a body. An error is a [*Error].
func (d *Decoder[T]) Decode(body []byte) (*T, error) {
	in := new(T)
	if err := decode(d.plan.Root, body, reflect.ValueOf(in).Elem()); err != nil {
		return nil, err
	}
	return in, nil
}

// decode reads a body into v. It returns nil, not a nil [*Error], when there is nothing to
// refuse.
func decode(root *shape.Node, body []byte, v reflect.Value) error {
	switch {
	case len(body) > MaxBody:
		return &Error{RequestEntityTooLarge, fmt.Sprintf("The body is larger than %d bytes.", MaxBody)}
	case !valid(body):
		return serialization("")
	}
	c := cursor{raw: body}
	body, _ = c.element() // without the space around it
	if body[0] != '{' && body[0] != '[' {
		return serialization("")
	}
	var d decoding
	if err := d.value(root, body, v); err != nil {
		return err
	}
	if message := d.Message(); message != "" {
		return &Error{ValidationException, message}
	}
	return nil
}

// decoding is the state of one body.
type decoding struct {
	shape.Violations
	depth int
}

// value reads raw, which is not null, into v.
func (d *decoding) value(n *shape.Node, raw []byte, v reflect.Value) *Error {
	v = n.Target(v)
	if n.Simple {
		b, err := simpleValue(n, raw, v)
		d.breaches(n, raw, b)
		return err
	}
	if d.depth++; d.depth > maxDepth {
		return serialization(fmt.Sprintf("More than %d levels.", maxDepth))
	}
	defer func() { d.depth-- }()
	switch n.Shape.Type {
	case model.TypeStructure:
		return d.structure(n, raw, v)
	case model.TypeList:
		return d.list(n, raw, v)
	}
	return d.entries(n, raw, v)
}

// structure reads the members in the order of the model, whatever theirs is.
func (d *decoding) structure(n *shape.Node, raw []byte, v reflect.Value) *Error {
	if raw[0] != '{' {
		return mismatch(n, raw)
	}
	var room [16][]byte
	values := room[:]
	if len(n.Members) > len(values) {
		values = make([][]byte, len(n.Members))
	}
	for c := open(raw); ; {
		name, value, ok := c.member()
		if !ok {
			break
		}
		if i, ok := n.Index[string(unquoted(name))]; ok {
			values[i] = value
		}
	}
	for i := range n.Members {
		m, value := &n.Members[i], values[i]
		d.Enter(m.Step())
		if value == nil || value[0] == 'n' {
			if m.Model.Required {
				d.Missing(m.Value)
			}
		} else if err := d.value(m.Value, value, v.Field(m.Field)); err != nil {
			return err
		}
		d.Leave()
	}
	return nil
}

// list reads the elements; null is skipped.
func (d *decoding) list(n *shape.Node, raw []byte, v reflect.Value) *Error {
	if raw[0] != '[' {
		return mismatch(n, raw)
	}
	n.Clear(v)
	var b shape.Breach
	count := 0
	for c := open(raw); ; {
		value, ok := c.element()
		if !ok {
			break
		}
		if count++; count > maxEntries {
			return tooMany()
		}
		if value[0] == 'n' {
			continue
		}
		at := v.Len()
		v.Grow(1)
		v.SetLen(at + 1)
		found, err := d.entry(n.Element, value, v.Index(at), shape.Element(count))
		if err != nil {
			return err
		}
		b |= found
	}
	d.breaches(n, raw, n.CheckSize(float64(count)))
	d.entryBreaches(n, raw, 0, b)
	return nil
}

// entries reads a map. null for a value is refused: which of the two that the framework
// could make of it is not known, and an encryption context must not lose a pair.
func (d *decoding) entries(n *shape.Node, raw []byte, v reflect.Value) *Error {
	if raw[0] != '{' {
		return mismatch(n, raw)
	}
	m := reflect.MakeMap(n.Base)
	v.Set(m)
	key, element := reflect.New(n.Key.Base).Elem(), reflect.New(n.Base.Elem()).Elem()
	var keys, values shape.Breach
	count := 0
	for c := open(raw); ; {
		name, value, ok := c.member()
		if !ok {
			break
		}
		if count++; count > maxEntries {
			return tooMany()
		}
		found, err := simpleValue(n.Key, name, key)
		if err != nil {
			return err
		}
		keys |= found
		element.SetZero()
		found, err = d.entry(n.Element, value, element, shape.Entry(key.String()))
		if err != nil {
			return err
		}
		values |= found
		m.SetMapIndex(key, element)
	}
	d.breaches(n, raw, n.CheckSize(float64(count)))
	d.entryBreaches(n, raw, keys, values)
	return nil
}

// entry reads an element of a list or a value of a map. What a simple one violates is
// returned, as it is reported once for all.
func (d *decoding) entry(n *shape.Node, raw []byte, v reflect.Value, at shape.Step) (shape.Breach, *Error) {
	if n.Simple {
		return simpleValue(n, raw, n.Target(v))
	}
	d.Enter(at)
	err := d.value(n, raw, v)
	d.Leave()
	return 0, err
}

func tooMany() *Error { return serialization(fmt.Sprintf("More than %d entries.", maxEntries)) }
