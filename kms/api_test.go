package kms

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

// TestShapes: inputs, outputs and structures have the members of the API's model, with its
// names and types.
func TestShapes(t *testing.T) {
	m, err := model.Load("kms")
	if err != nil {
		t.Fatal(err)
	}
	service := reflect.TypeFor[*Service]()
	if len(m.Operations) != len(inputs) {
		t.Errorf("the model has %d operations", len(m.Operations))
	}
	for name, in := range inputs {
		op := m.Operations[name]
		if op == nil {
			t.Errorf("the model has no operation %s", name)
			continue
		}
		sameShape(t, m, op.Input, in.Elem())
		method, _ := service.MethodByName(name)
		if method.Type.NumOut() == 1 {
			if op.Output != "" {
				t.Errorf("%s has the output %s", name, op.Output)
			}
			continue
		}
		sameShape(t, m, op.Output, method.Type.Out(0).Elem())
	}
}

// sameShape compares a structure with the model's.
func sameShape(t *testing.T, m *model.Service, shape string, typ reflect.Type) {
	t.Helper()
	if shape == "" {
		t.Errorf("the model has no %s", typ.Name())
		return
	}
	fields := map[string]reflect.StructField{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			t.Errorf("%s.%s is %s in JSON", typ.Name(), f.Name, name)
		}
		fields[f.Name] = f
	}
	for _, member := range m.Shapes[shape].Members {
		f, ok := fields[member.Name]
		if !ok {
			t.Errorf("%s has no %s", typ.Name(), member.Name)
			continue
		}
		delete(fields, member.Name)
		sameType(t, m, typ.Name()+"."+member.Name, member.Shape, f.Type)
	}
	for name := range fields {
		t.Errorf("the model has no %s.%s", typ.Name(), name)
	}
}

func sameType(t *testing.T, m *model.Service, at, shape string, typ reflect.Type) {
	t.Helper()
	s := m.Shapes[shape]
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	want := ""
	switch s.Type.String() {
	case "structure":
		sameShape(t, m, shape, typ)
		return
	case "list":
		if typ.Kind() != reflect.Slice {
			t.Errorf("%s is %s", at, typ)
			return
		}
		sameType(t, m, at, s.Element.Shape, typ.Elem())
		return
	case "string":
		want = "string"
	case "blob":
		want = "[]uint8"
	case "map":
		want = "map[string]string"
	case "boolean":
		want = "bool"
	case "integer":
		want = "int"
	case "timestamp":
		want = "time.Time"
	default:
		t.Errorf("%s is of the type %s", at, s.Type)
	}
	got := fmt.Sprint(typ)
	if typ.Kind() == reflect.String {
		got = "string"
	}
	if got != want {
		t.Errorf("%s is %s, want %s", at, got, want)
	}
}
