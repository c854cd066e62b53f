package wire

import (
	"maps"
	"strings"
	"time"
)

// Object holds the members of a structure or the entries of a map. What is absent has no
// entry; no value is nil.
type Object map[string]any

// At returns the value at a path of members, "a.b.c"; nil: there is none. Lists are not
// entered.
func (o Object) At(path string) any {
	for {
		name, rest, more := strings.Cut(path, ".")
		if !more {
			return o[name]
		}
		inner, ok := o[name].(Object)
		if !ok {
			return nil
		}
		o, path = inner, rest
	}
}

// Has says whether there is a value at a path.
func (o Object) Has(path string) bool { return o.At(path) != nil }

// Text returns the string at a path, empty when there is none.
func (o Object) Text(path string) string {
	s, _ := o.At(path).(string)
	return s
}

// Object returns the object at a path, nil when there is none.
func (o Object) Object(path string) Object {
	v, _ := o.At(path).(Object)
	return v
}

// List returns the list at a path, nil when there is none.
func (o Object) List(path string) []any {
	v, _ := o.At(path).([]any)
	return v
}

// Objects returns the objects of the list at a path.
func (o Object) Objects(path string) []Object {
	var out []Object
	for _, v := range o.List(path) {
		if inner, ok := v.(Object); ok {
			out = append(out, inner)
		}
	}
	return out
}

// Texts returns the strings of the list at a path.
func (o Object) Texts(path string) []string {
	var out []string
	for _, v := range o.List(path) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Int returns the whole number at a path, 0 when there is none.
func (o Object) Int(path string) int64 {
	n, _ := o.At(path).(int64)
	return n
}

// Bool returns the boolean at a path, false when there is none.
func (o Object) Bool(path string) bool {
	b, _ := o.At(path).(bool)
	return b
}

// Time returns the timestamp at a path, zero when there is none.
func (o Object) Time(path string) time.Time {
	t, _ := o.At(path).(time.Time)
	return t
}

// Blob returns the bytes at a path, nil when there are none.
func (o Object) Blob(path string) []byte {
	b, _ := o.At(path).([]byte)
	return b
}

// Map returns the strings of the map at a path; nil: there is none.
func (o Object) Map(path string) map[string]string {
	inner := o.Object(path)
	if inner == nil {
		return nil
	}
	out := make(map[string]string, len(inner))
	for name, v := range inner {
		out[name], _ = v.(string)
	}
	return out
}

// Pick returns an object with those of the members that o has.
func (o Object) Pick(names ...string) Object {
	out := make(Object, len(names))
	for _, name := range names {
		if v, ok := o[name]; ok {
			out[name] = v
		}
	}
	return out
}

// Without returns an object with the other members of o.
func (o Object) Without(names ...string) Object {
	out := maps.Clone(o)
	for _, name := range names {
		delete(out, name)
	}
	return out
}

// With returns an object with the members of both; those of more count.
func (o Object) With(more Object) Object {
	out := make(Object, len(o)+len(more))
	maps.Copy(out, o)
	maps.Copy(out, more)
	return out
}

// Renamed returns an object with members of other names, by old name.
func (o Object) Renamed(names map[string]string) Object {
	out := make(Object, len(o))
	for name, v := range o {
		if other, ok := names[name]; ok {
			name = other
		}
		out[name] = v
	}
	return out
}

// Clone returns a deep copy.
func (o Object) Clone() Object {
	c, _ := clone(o).(Object)
	return c
}

func clone(v any) any {
	switch v := v.(type) {
	case Object:
		if v == nil {
			return v
		}
		out := make(Object, len(v))
		for name, inner := range v {
			out[name] = clone(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = clone(inner)
		}
		return out
	case []byte:
		return append([]byte{}, v...)
	}
	return v
}

// Strings makes a list.
func Strings[S ~string](list []S) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// Of makes an object of a map of strings.
func Of(m map[string]string) Object {
	out := make(Object, len(m))
	for name, v := range m {
		out[name] = v
	}
	return out
}
