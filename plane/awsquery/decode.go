package awsquery

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

const maxDepth = 64

// Decoder reads the input of one operation into a struct.
type Decoder[I any] struct {
	plan *shape.Plan
}

// NewDecoder compiles a decoder. It fails for an operation that the service does not have,
// for a field that has no member or another type, and for a required member without a
// field. Other members without a field are ignored when they are sent; see
// [Decoder.Ignored].
func NewDecoder[I any](s *Service, operation string) (*Decoder[I], error) {
	p, err := s.api.Compile(operation, model.Input, reflect.TypeFor[I]())
	if err != nil {
		return nil, fmt.Errorf("awsquery decoder %s: %w", operation, err)
	}
	return &Decoder[I]{p}, nil
}

// Ignored returns the paths of the members of the model that I has no field for, such as
// "ProvidedContexts".
func (d *Decoder[I]) Ignored() []string { return slices.Clone(d.plan.Ignored) }

// Unchecked returns the names of the shapes whose pattern RE2 cannot express. Their
// values are not matched.
func (d *Decoder[I]) Unchecked() []string { return slices.Clone(d.plan.Unchecked) }

// Decode reads and checks a form. An error is a [*Error].
func (d *Decoder[I]) Decode(form []byte) (*I, error) {
	in := new(I)
	if err := decode(d.plan.Root, form, reflect.ValueOf(in).Elem()); err != nil {
		return nil, err
	}
	return in, nil
}

// decode reads a form into v. It returns nil, not a nil [*Error], when there is nothing to
// refuse.
func decode(root *shape.Node, form []byte, v reflect.Value) error {
	all, err := parse(form)
	if err != nil {
		return err
	}
	var d decoding
	if err := d.value(root, all, v); err != nil {
		return err
	}
	if message := d.Message(); message != "" {
		return &Error{ValidationError, message}
	}
	return nil
}

// decoding is the state of one form.
type decoding struct {
	shape.Violations
	depth int
}

// value reads what the form has at the current path into v.
func (d *decoding) value(n *shape.Node, form value, v reflect.Value) *Error {
	v = n.Target(v)
	if n.Simple {
		b, err := simpleValue(n, form, v)
		d.breaches(n, form, b)
		return err
	}
	if d.depth++; d.depth > maxDepth {
		return malformed(fmt.Sprintf("More than %d levels.", maxDepth))
	}
	defer func() { d.depth-- }()
	switch n.Shape.Type {
	case model.TypeStructure:
		return d.structure(n, form, v)
	case model.TypeList:
		return d.list(n, form, v)
	}
	return d.entries(n, form, v)
}

// structure reads the members in the order of the model.
func (d *decoding) structure(n *shape.Node, form value, v reflect.Value) *Error {
	if _, ok := form.text(); ok {
		return malformed(complexTermination)
	}
	for i := range n.Members {
		m := &n.Members[i]
		child, ok := form.child(wireName(m))
		child.flat = m.Model.Flattened
		d.Enter(m.Step())
		if ok {
			if err := d.value(m.Value, child, v.Field(m.Field)); err != nil {
				return err
			}
		} else if m.Model.Required {
			d.Missing(m.Value)
		}
		d.Leave()
	}
	return nil
}

func (d *decoding) list(n *shape.Node, form value, v reflect.Value) *Error {
	all, err := entriesOf(n, form)
	if err != nil {
		return err
	}
	n.Clear(v)
	v.Grow(len(all))
	v.SetLen(len(all))
	var b shape.Breach
	for i, e := range all {
		found, err := d.entry(n.Element, e.value, v.Index(i), shape.Element(i+1))
		if err != nil {
			return err
		}
		b |= found
	}
	d.breaches(n, form, n.CheckSize(float64(len(all))))
	d.entryBreaches(n, form, 0, b)
	return nil
}

// entries reads a map.
func (d *decoding) entries(n *shape.Node, form value, v reflect.Value) *Error {
	all, err := entriesOf(n, form)
	if err != nil {
		return err
	}
	m := reflect.MakeMap(n.Base)
	v.Set(m)
	var keys, values shape.Breach
	for _, e := range all {
		key, element := reflect.New(n.Key.Base).Elem(), reflect.New(n.Base.Elem()).Elem()
		found, err := simpleValue(n.Key, e.key, key)
		if err != nil {
			return err
		}
		keys |= found
		found, err = d.entry(n.Element, e.value, element, shape.Entry(key.String()))
		if err != nil {
			return err
		}
		values |= found
		m.SetMapIndex(key, element)
	}
	d.breaches(n, form, n.CheckSize(float64(len(all))))
	d.entryBreaches(n, form, keys, values)
	return nil
}

// entry reads an element of a list or a value of a map. What a simple one violates is
// returned, as it is reported once for all.
func (d *decoding) entry(n *shape.Node, form value, v reflect.Value, at shape.Step) (shape.Breach, *Error) {
	if n.Simple {
		return simpleValue(n, form, n.Target(v))
	}
	d.Enter(at)
	err := d.value(n, form, v)
	d.Leave()
	return 0, err
}

// breaches reports what the value of n at the current path violates.
func (d *decoding) breaches(n *shape.Node, form value, b shape.Breach) {
	if b != 0 {
		d.Breaches(n, b, func() (string, bool) { return plain(n, form) })
	}
}

// entryBreaches reports what the entries of a list or map violate.
func (d *decoding) entryBreaches(n *shape.Node, form value, keys, values shape.Breach) {
	if keys|values != 0 {
		d.Entries(n, keys, values, func() (string, bool) { return plain(n, form) })
	}
}
