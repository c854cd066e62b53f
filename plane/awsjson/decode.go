package awsjson

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/bedlock/bedlock/internal/model"
)

const (
	maxEntries = 10_000
	maxDepth   = 64
)

// Decoder reads the input of one operation into a struct.
type Decoder[T any] struct {
	root               *node
	ignored, unchecked []string
}

// NewDecoder compiles a decoder. It fails for an operation that the service does not have,
// for a field that has no member or another type, and for a required member without a
// field. Other members without a field are ignored when they are sent; see
// [Decoder.Ignored].
func NewDecoder[T any](s *Service, operation string) (*Decoder[T], error) {
	root, c, err := s.compile(operation, model.Input, reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("awsjson decoder %s: %w", operation, err)
	}
	return &Decoder[T]{root: root, ignored: c.ignored, unchecked: c.unchecked}, nil
}

// compile returns the node of an operation's input or output.
func (s *Service) compile(operation string, side model.Direction, t reflect.Type) (*node, *compiler, error) {
	sh, err := s.structure(operation, side)
	if err != nil {
		return nil, nil, err
	}
	c := &compiler{service: s, nodes: map[nodeKey]*node{}}
	root, err := c.node(t, sh, "")
	return root, c, err
}

// Ignored returns the paths of the members of the model that T has no field for, such as
// "ResourceOwners".
func (d *Decoder[T]) Ignored() []string { return slices.Clone(d.ignored) }

// Unchecked returns the names of the shapes whose pattern RE2 cannot express. Their
// values are not matched.
func (d *Decoder[T]) Unchecked() []string { return slices.Clone(d.unchecked) }

// Decode reads and checks a body. An error is a [*Error].
func (d *Decoder[T]) Decode(body []byte) (*T, error) {
	in := new(T)
	if err := decode(d.root, body, reflect.ValueOf(in).Elem()); err != nil {
		return nil, err
	}
	return in, nil
}

// decode reads a body into v. It returns nil, not a nil [*Error], when there is nothing to
// refuse.
func decode(root *node, body []byte, v reflect.Value) error {
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
	if err := d.error(); err != nil {
		return err
	}
	return nil
}

// decoding is the state of one body.
type decoding struct {
	violations
	depth int
}

// value reads raw, which is not null, into v.
func (d *decoding) value(n *node, raw []byte, v reflect.Value) *Error {
	v = n.target(v)
	if n.simple {
		b, err := n.simpleValue(raw, v)
		if b != 0 {
			d.breaches(n, raw, b)
		}
		return err
	}
	if d.depth++; d.depth > maxDepth {
		return serialization(fmt.Sprintf("More than %d levels.", maxDepth))
	}
	defer func() { d.depth-- }()
	switch n.shape.Type {
	case model.TypeStructure:
		return d.structure(n, raw, v)
	case model.TypeList:
		return d.list(n, raw, v)
	}
	return d.entries(n, raw, v)
}

// structure reads the members in the order of the model, whatever theirs is.
func (d *decoding) structure(n *node, raw []byte, v reflect.Value) *Error {
	if raw[0] != '{' {
		return mismatch(n, raw)
	}
	var room [16][]byte
	values := room[:]
	if len(n.members) > len(values) {
		values = make([][]byte, len(n.members))
	}
	for c := open(raw); ; {
		name, value, ok := c.member()
		if !ok {
			break
		}
		if i, ok := n.index[string(unquoted(name))]; ok {
			values[i] = value
		}
	}
	for i := range n.members {
		m, value := &n.members[i], values[i]
		d.path = append(d.path, step{name: m.name})
		if value == nil || value[0] == 'n' {
			if m.required {
				d.add(m.value, nil, "Member must not be null")
			}
		} else if err := d.value(m.value, value, v.Field(m.field)); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
	}
	return nil
}

// list reads the elements; null is skipped.
func (d *decoding) list(n *node, raw []byte, v reflect.Value) *Error {
	if raw[0] != '[' {
		return mismatch(n, raw)
	}
	v.Set(n.empty)
	var b breach
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
		found, err := d.entry(n.element, value, v.Index(at), step{number: count})
		if err != nil {
			return err
		}
		b |= found
	}
	d.breaches(n, raw, n.rules.size(float64(count)))
	if b != 0 {
		d.add(n, raw, "Member must satisfy constraint: "+n.element.rules.every())
	}
	return nil
}

// entries reads a map. null for a value is refused: which of the two that the framework
// could make of it is not known, and an encryption context must not lose a pair.
func (d *decoding) entries(n *node, raw []byte, v reflect.Value) *Error {
	if raw[0] != '{' {
		return mismatch(n, raw)
	}
	m := reflect.MakeMap(n.base)
	v.Set(m)
	key, element := reflect.New(n.key.base).Elem(), reflect.New(n.base.Elem()).Elem()
	var keys, values breach
	count := 0
	for c := open(raw); ; {
		name, value, ok := c.member()
		if !ok {
			break
		}
		if count++; count > maxEntries {
			return tooMany()
		}
		found, err := n.key.simpleValue(name, key)
		if err != nil {
			return err
		}
		keys |= found
		element.SetZero()
		found, err = d.entry(n.element, value, element, step{name: key.String()})
		if err != nil {
			return err
		}
		values |= found
		m.SetMapIndex(key, element)
	}
	d.breaches(n, raw, n.rules.size(float64(count)))
	if keys != 0 {
		d.add(n, raw, "Map keys must satisfy constraint: "+n.key.rules.every())
	}
	if values != 0 {
		d.add(n, raw, "Map value must satisfy constraint: "+n.element.rules.every())
	}
	return nil
}

// entry reads an element of a list or a value of a map. What a simple one violates is
// returned, as it is reported once for all.
func (d *decoding) entry(n *node, raw []byte, v reflect.Value, at step) (breach, *Error) {
	if n.simple {
		return n.simpleValue(raw, n.target(v))
	}
	at.entry = true
	d.path = append(d.path, at)
	err := d.value(n, raw, v)
	d.path = d.path[:len(d.path)-1]
	return 0, err
}

// target returns what v points to, new, or v itself.
func (n *node) target(v reflect.Value) reflect.Value {
	if !n.pointer {
		return v
	}
	p := reflect.New(n.base)
	v.Set(p)
	return p.Elem()
}

func tooMany() *Error { return serialization(fmt.Sprintf("More than %d entries.", maxEntries)) }
