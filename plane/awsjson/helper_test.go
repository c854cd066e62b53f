package awsjson

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

func kms(t testing.TB) *Service {
	t.Helper()
	s, err := KMS()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newDecoder[T any](t testing.TB, s *Service, operation string) *Decoder[T] {
	t.Helper()
	d, err := NewDecoder[T](s, operation)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func shapeOf(t testing.TB, s *Service, name string) *model.Shape {
	t.Helper()
	sh, err := s.api.Shape(name)
	if err != nil {
		t.Fatal(err)
	}
	return sh
}

// goType makes a Go type for a shape: what somebody would write for it by hand.
func goType(t testing.TB, s *Service, name string) reflect.Type {
	t.Helper()
	sh := shapeOf(t, s, name)
	switch sh.Type {
	case model.TypeStructure:
		var fields []reflect.StructField
		for _, m := range sh.Members {
			f := reflect.StructField{Name: m.Name, Type: goType(t, s, m.Shape)}
			if !m.Required {
				f.Tag = `json:",omitempty"`
			}
			fields = append(fields, f)
		}
		return reflect.StructOf(fields)
	case model.TypeList:
		return reflect.SliceOf(goType(t, s, sh.Element.Shape))
	case model.TypeMap:
		return reflect.MapOf(reflect.TypeFor[string](), goType(t, s, sh.Value.Shape))
	case model.TypeString:
		return reflect.TypeFor[string]()
	case model.TypeBoolean:
		return reflect.TypeFor[bool]()
	case model.TypeInteger:
		return reflect.TypeFor[int]()
	case model.TypeTimestamp:
		return reflect.TypeFor[time.Time]()
	case model.TypeBlob:
		return reflect.TypeFor[[]byte]()
	}
	t.Fatalf("shape %s is a %s", name, sh.Type)
	return nil
}

// inputs are the root nodes of all operations, for types of goType.
func inputs(t testing.TB, s *Service) map[string]*shape.Node {
	t.Helper()
	out := map[string]*shape.Node{}
	for name, op := range s.api.Operations {
		p, err := s.api.Compile(name, model.Input, goType(t, s, op.Input))
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Ignored) > 0 || len(p.Unchecked) > 0 {
			t.Errorf("%s: ignored %q, unchecked %q", name, p.Ignored, p.Unchecked)
		}
		out[name] = p.Root
	}
	return out
}

// read decodes a body with a node and returns the value, the code and the message.
func read(root *shape.Node, body string) (v reflect.Value, code, message string) {
	v = reflect.New(root.Base).Elem()
	err := decode(root, []byte(body), v)
	if err == nil {
		return v, "", ""
	}
	var e *Error
	if !errors.As(err, &e) {
		return v, "not an *Error", err.Error()
	}
	return v, e.Code, e.Message
}
