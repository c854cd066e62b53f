package awsapi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	smithydocument "github.com/aws/smithy-go/document"
	"github.com/aws/smithy-go/middleware"

	"github.com/bedlock/bedlock/internal/model"
)

// document is an answer in the names of the API: structures and maps are maps, lists []any,
// scalars string, bool, int64 or float64, timestamps RFC 3339, free-form
// documents what they hold. Blobs are left out: no key stands in them.
type document = map[string]any

// documenter makes documents of the SDK's outputs.
type documenter struct {
	// model is nil for the few APIs without one. Their members are then named as the
	// fields are, lower case first where the API does that.
	model *model.Service
	lower bool
}

// of returns the document of an operation's output, a pointer to a structure of the SDK.
func (d documenter) of(operation string, output any) (document, error) {
	var shape *model.Shape
	if d.model != nil {
		op := d.model.Operations[operation]
		if op == nil {
			return nil, fmt.Errorf("document of %s: the model of %s has no such operation", operation, d.model.Name)
		}
		shape = d.model.Shapes[op.Output]
	}
	v, err := d.value(reflect.ValueOf(output), shape)
	if err != nil {
		return nil, fmt.Errorf("document of %s: %w", operation, err)
	}
	doc, _ := v.(document)
	return doc, nil
}

var metadataType = reflect.TypeFor[middleware.Metadata]()

// value returns nil for what is not there or left out.
func (d documenter) value(v reflect.Value, shape *model.Shape) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return d.value(v.Elem(), shape)
	case reflect.Interface:
		if v.IsNil() {
			return nil, nil
		}
		if free, ok := v.Interface().(smithydocument.Marshaler); ok {
			return freeForm(free)
		}
		return d.union(reflect.Indirect(v.Elem()), shape)
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t.UTC().Format(time.RFC3339), nil
		}
		return d.structure(v, shape)
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return nil, nil
		}
		return d.list(v, shape)
	case reflect.Map:
		return d.mapping(v, shape)
	case reflect.String:
		if v.String() == "" {
			return nil, nil
		}
		return v.String(), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	}
	return nil, fmt.Errorf("no document of %s", v.Type())
}

func freeForm(d smithydocument.Marshaler) (value any, err error) {
	b, err := d.MarshalSmithyDocument()
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(b, &value)
	return value, err
}

func (d documenter) structure(v reflect.Value, shape *model.Shape) (any, error) {
	doc := document{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Type == metadataType {
			continue
		}
		name, inner := d.member(f.Name, shape)
		if name == "" {
			continue
		}
		value, err := d.value(v.Field(i), inner)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if value != nil {
			doc[name] = value
		}
	}
	return doc, nil
}

// member returns the API's name of a field and its shape; "" when the model does not have it.
func (d documenter) member(field string, shape *model.Shape) (string, *model.Shape) {
	if d.model == nil {
		if d.lower {
			field = strings.ToLower(field[:1]) + field[1:]
		}
		return field, nil
	}
	for i := range shape.Members {
		if m := &shape.Members[i]; fieldName(m.Name) == field {
			return m.Name, d.model.Shapes[m.Shape]
		}
	}
	return "", nil
}

// union is a structure with one member. The SDK has one type for each, named after the union
// and the member. One that this build does not know is an error, not an absence.
func (d documenter) union(v reflect.Value, shape *model.Shape) (any, error) {
	if shape == nil || v.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is no union of the model", v.Type())
	}
	for i := range shape.Members {
		m := &shape.Members[i]
		if !strings.HasSuffix(v.Type().Name(), "Member"+fieldName(m.Name)) {
			continue
		}
		value, err := d.value(v.FieldByName("Value"), d.model.Shapes[m.Shape])
		if value == nil {
			value = document{}
		}
		return document{m.Name: value}, err
	}
	return nil, fmt.Errorf("%s has a member that this version does not know", shape.Name)
}

func (d documenter) list(v reflect.Value, shape *model.Shape) (any, error) {
	list := make([]any, 0, v.Len())
	var inner *model.Shape
	if shape != nil {
		inner = d.model.Shapes[shape.Element.Shape]
	}
	for i := range v.Len() {
		value, err := d.value(v.Index(i), inner)
		if err != nil {
			return nil, err
		}
		if value != nil {
			list = append(list, value)
		}
	}
	return list, nil
}

func (d documenter) mapping(v reflect.Value, shape *model.Shape) (any, error) {
	doc := make(document, v.Len())
	var inner *model.Shape
	if shape != nil {
		inner = d.model.Shapes[shape.Value.Shape]
	}
	for entries := v.MapRange(); entries.Next(); {
		value, err := d.value(entries.Value(), inner)
		if err != nil {
			return nil, err
		}
		if value == nil { // an empty tag is a tag
			value = ""
		}
		doc[entries.Key().String()] = value
	}
	return doc, nil
}
