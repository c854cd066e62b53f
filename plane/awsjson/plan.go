package awsjson

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/model"
)

// node is how values of one shape become values of one Go type.
type node struct {
	shape *model.Shape
	// pointer: the Go value is a pointer to what the rest of the node describes.
	pointer bool
	base    reflect.Type
	// element is of a list or the values of a map, key of a map; members are of a
	// structure.
	element, key *node
	empty        reflect.Value // list
	members      []member
	index        map[string]int
	rules        rules
	// simple: the value is no list, map or structure.
	simple bool
}

// member is a member of a structure that has a field.
type member struct {
	// name is the name in constraint messages: that of the wire, but lower case first.
	name     string
	field    int
	required bool
	value    *node
}

// compiler compiles the nodes of one decoder.
type compiler struct {
	service *Service
	// nodes are those of the types and shapes seen so far, finished or not.
	nodes              map[nodeKey]*node
	ignored, unchecked []string
}

type nodeKey struct {
	t     reflect.Type
	shape *model.Shape
}

// named is node by the name of the shape.
func (c *compiler) named(t reflect.Type, shape, path string) (*node, error) {
	sh, err := c.service.shape(shape)
	if err != nil {
		return nil, at(path, err)
	}
	return c.node(t, sh, path)
}

// node returns the node of a type and a shape; path is that of the member for messages.
func (c *compiler) node(t reflect.Type, sh *model.Shape, path string) (*node, error) {
	key := nodeKey{t, sh}
	if n := c.nodes[key]; n != nil {
		return n, nil
	}
	n := &node{shape: sh, base: t}
	c.nodes[key] = n
	if t.Kind() == reflect.Pointer {
		n.pointer, n.base = true, t.Elem()
	}
	if !fits(n.base, sh) {
		return nil, at(path, fmt.Errorf("a %s does not fit into %s", sh.Type, t))
	}
	n.rules = c.rules(sh)
	var err error
	switch sh.Type {
	case model.TypeStructure:
		err = c.structure(n, path)
	case model.TypeList:
		n.empty = reflect.MakeSlice(n.base, 0, 0)
		n.element, err = c.named(n.base.Elem(), sh.Element.Shape, path+"[]")
	case model.TypeMap:
		if n.key, err = c.named(n.base.Key(), sh.Key.Shape, path+"{}"); err == nil {
			n.element, err = c.named(n.base.Elem(), sh.Value.Shape, path+"{}")
		}
	default:
		n.simple = true
	}
	return n, err
}

// structure fills in the members, in the order of the model.
func (c *compiler) structure(n *node, path string) error {
	fields, err := fieldsOf(n.base)
	if err != nil {
		return at(path, err)
	}
	n.index = make(map[string]int, len(fields))
	for i := range n.shape.Members {
		m := &n.shape.Members[i]
		name := m.WireName()
		inner := joinPath(path, name)
		field, ok := fields[name]
		switch {
		case !ok && m.Required:
			return at(inner, fmt.Errorf("required, but %s has no field for it", n.base))
		case !ok:
			c.ignored = append(c.ignored, inner)
			continue
		}
		delete(fields, name)
		value, err := c.named(n.base.Field(field).Type, m.Shape, inner)
		if err != nil {
			return err
		}
		n.index[name] = len(n.members)
		n.members = append(n.members, member{name: lowerFirst(name), field: field, required: m.Required, value: value})
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
