package shape

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/model"
)

// Node is how values of one shape become values of one Go type.
type Node struct {
	Shape *model.Shape
	// Pointer: the Go value is a pointer to a Base.
	Pointer bool
	Base    reflect.Type
	// Element is of a list or the values of a map, Key of a map; Members are of a
	// structure, in the order of the model.
	Element, Key *Node
	Members      []Member
	// Index are the indexes in Members by name on the wire.
	Index map[string]int
	// Simple: the value is no list, map or structure.
	Simple bool

	empty reflect.Value // list
	rules rules
}

// Member is a member of a structure that has a field.
type Member struct {
	Model *model.Member
	// Name is the name in messages: that on the wire, but lower case first.
	Name string
	// Field is the index of the field.
	Field int
	Value *Node
}

// Tag returns the JSON tag of the field of a member.
func (n *Node) Tag(m *Member) string { return n.Base.Field(m.Field).Tag.Get("json") }

// Target returns what v points to, new, or v itself.
func (n *Node) Target(v reflect.Value) reflect.Value {
	if !n.Pointer {
		return v
	}
	p := reflect.New(n.Base)
	v.Set(p)
	return p.Elem()
}

// Clear makes v an empty list, which is not nil.
func (n *Node) Clear(v reflect.Value) { v.Set(n.empty) }

// Absent says whether a member is left out where a value is written: what is nil, and a
// time that is zero; with omit, whatever is zero or empty.
func (n *Node) Absent(v reflect.Value, omit bool) bool {
	switch {
	case n.Pointer:
		return v.IsNil()
	case n.Shape.Type == model.TypeTimestamp:
		return v.IsZero()
	case !omit:
		return false
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

// SortedKeys are the keys of a map from strings, in order.
func SortedKeys(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

// compiler compiles the nodes of one plan.
type compiler struct {
	api *API
	// nodes are those of the types and shapes seen so far, finished or not.
	nodes map[nodeKey]*Node
	plan  Plan
}

type nodeKey struct {
	t     reflect.Type
	shape *model.Shape
}

// named is node by the name of the shape.
func (c *compiler) named(t reflect.Type, shape, path string) (*Node, error) {
	sh, err := c.api.Shape(shape)
	if err != nil {
		return nil, at(path, err)
	}
	return c.node(t, sh, path)
}

// node returns the node of a type and a shape; path is that of the member for messages.
func (c *compiler) node(t reflect.Type, sh *model.Shape, path string) (*Node, error) {
	key := nodeKey{t, sh}
	if n := c.nodes[key]; n != nil {
		return n, nil
	}
	n := &Node{Shape: sh, Base: t}
	c.nodes[key] = n
	if t.Kind() == reflect.Pointer {
		n.Pointer, n.Base = true, t.Elem()
	}
	if !fits(n.Base, sh) {
		return nil, at(path, fmt.Errorf("a %s does not fit into %s", sh.Type, t))
	}
	n.rules = c.rules(sh)
	var err error
	switch sh.Type {
	case model.TypeStructure:
		err = c.structure(n, path)
	case model.TypeList:
		n.empty = reflect.MakeSlice(n.Base, 0, 0)
		n.Element, err = c.named(n.Base.Elem(), sh.Element.Shape, path+"[]")
	case model.TypeMap:
		if n.Key, err = c.named(n.Base.Key(), sh.Key.Shape, path+"{}"); err == nil {
			n.Element, err = c.named(n.Base.Elem(), sh.Value.Shape, path+"{}")
		}
	default:
		n.Simple = true
	}
	return n, err
}

// structure fills in the members, in the order of the model.
func (c *compiler) structure(n *Node, path string) error {
	fields, err := fieldsOf(n.Base)
	if err != nil {
		return at(path, err)
	}
	n.Index = make(map[string]int, len(fields))
	for i := range n.Shape.Members {
		m := &n.Shape.Members[i]
		name := m.WireName()
		inner := joinPath(path, name)
		field, ok := fields[name]
		switch {
		case !ok && m.Required:
			return at(inner, fmt.Errorf("required, but %s has no field for it", n.Base))
		case !ok:
			c.plan.Ignored = append(c.plan.Ignored, inner)
			continue
		}
		delete(fields, name)
		value, err := c.named(n.Base.Field(field).Type, m.Shape, inner)
		if err != nil {
			return err
		}
		n.Index[name] = len(n.Members)
		n.Members = append(n.Members, Member{Model: m, Name: lowerFirst(name), Field: field, Value: value})
	}
	for name := range fields {
		return at(joinPath(path, name), errors.New("the model has no such member"))
	}
	return nil
}

// fieldsOf returns the indexes of the fields of a struct by their JSON names.
func fieldsOf(t reflect.Type) (map[string]int, error) {
	out := make(map[string]int, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
			continue
		case f.Anonymous || !f.IsExported():
			return nil, fmt.Errorf("field %s of %s is embedded or not exported", f.Name, t)
		case name == "":
			name = f.Name
		}
		out[name] = i
	}
	return out, nil
}

// fits says whether a type can hold the values of a shape.
func fits(t reflect.Type, sh *model.Shape) bool {
	kind := t.Kind()
	switch sh.Type {
	case model.TypeStructure:
		return kind == reflect.Struct && !sh.Document && !sh.EventStream
	case model.TypeList:
		return kind == reflect.Slice
	case model.TypeMap:
		return kind == reflect.Map && t.Key().Kind() == reflect.String
	case model.TypeString:
		return kind == reflect.String
	case model.TypeBoolean:
		return kind == reflect.Bool
	case model.TypeInteger, model.TypeLong:
		return reflect.Int <= kind && kind <= reflect.Int64
	case model.TypeFloat, model.TypeDouble:
		return kind == reflect.Float32 || kind == reflect.Float64
	case model.TypeTimestamp:
		return t == reflect.TypeFor[time.Time]()
	case model.TypeBlob:
		return kind == reflect.Slice && t.Elem().Kind() == reflect.Uint8
	}
	return false
}

// at says where an error is; the path is empty at the top.
func at(path string, err error) error {
	if path == "" {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// lowerFirst is how the names of members stand in constraint messages.
func lowerFirst(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToLower(name[:1]) + name[1:]
}
