package awsquery

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// loose is a service whose values are free.
func loose(t testing.TB, name string) *Service {
	t.Helper()
	m, err := model.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	free := map[string]*model.Shape{}
	for name, sh := range m.Shapes {
		changed := *sh
		changed.Min, changed.Max, changed.Pattern, changed.Enum = nil, nil, "", nil
		free[name] = &changed
	}
	return must(t)(New(m, Observed{Shapes: free}))
}

// goType makes a Go type for a shape: what somebody would write for it by hand. Inside
// itself a structure has no such member.
func goType(t testing.TB, s *Service, name string, within ...string) reflect.Type {
	t.Helper()
	sh, err := s.api.Shape(name)
	if err != nil {
		t.Fatal(err)
	}
	within = append(slices.Clone(within), name)
	switch sh.Type {
	case model.TypeStructure:
		var fields []reflect.StructField
		for _, m := range sh.Members {
			if reaches(s, m.Shape, within) {
				continue
			}
			tag := fmt.Sprintf("json:%q", m.WireName())
			if !m.Required {
				tag = fmt.Sprintf("json:%q", m.WireName()+",omitempty")
			}
			fields = append(fields, reflect.StructField{Name: "F" + m.Name, Type: goType(t, s, m.Shape, within...), Tag: reflect.StructTag(tag)})
		}
		return reflect.StructOf(fields)
	case model.TypeList:
		return reflect.SliceOf(goType(t, s, sh.Element.Shape, within...))
	case model.TypeMap:
		return reflect.MapOf(reflect.TypeFor[string](), goType(t, s, sh.Value.Shape, within...))
	case model.TypeString:
		return reflect.TypeFor[string]()
	case model.TypeBoolean:
		return reflect.TypeFor[*bool]()
	case model.TypeInteger, model.TypeLong:
		return reflect.TypeFor[*int32]()
	case model.TypeFloat, model.TypeDouble:
		return reflect.TypeFor[float64]()
	case model.TypeTimestamp:
		return reflect.TypeFor[time.Time]()
	case model.TypeBlob:
		return reflect.TypeFor[[]byte]()
	}
	t.Fatalf("shape %s is a %s", name, sh.Type)
	return nil
}

// reaches says whether a member leads straight to a shape that it is within.
func reaches(s *Service, name string, within []string) bool {
	if slices.Contains(within, name) {
		return true
	}
	sh, err := s.api.Shape(name)
	switch {
	case err != nil:
		return false
	case sh.Type == model.TypeList:
		return reaches(s, sh.Element.Shape, within)
	case sh.Type == model.TypeMap:
		return reaches(s, sh.Value.Shape, within)
	}
	return false
}

// unsent says whether a form cannot have a value: a structure without members.
func unsent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct, reflect.Pointer:
		return v.IsZero()
	}
	return false
}

// fill puts a random value into v.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.UnixMilli(rapid.Int64Range(1, 253402300799999).Draw(t, "ms")).UTC()))
			return
		}
		for i := range v.NumField() {
			if rapid.Bool().Draw(t, "present") {
				fill(t, v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "blob"))
			return
		}
		size := rapid.SampledFrom([]int{0, 1, 2, 11}).Draw(t, "size")
		v.Set(reflect.MakeSlice(v.Type(), size, size))
		for i := range size {
			if fill(t, v.Index(i)); unsent(v.Index(i)) {
				v.SetLen(i)
				break
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(0, 3).Draw(t, "size") {
			value := reflect.New(v.Type().Elem()).Elem()
			if fill(t, value); unsent(value) {
				continue
			}
			v.SetMapIndex(reflect.ValueOf(rapid.String().Draw(t, "key")), value)
		}
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "string"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int32:
		v.SetInt(int64(rapid.Int32().Draw(t, "int")))
	case reflect.Float64:
		v.SetFloat(float64(rapid.Float32().Draw(t, "float")))
	default:
		t.Fatalf("a %s", v.Type())
	}
}

// send writes a value as a client does, as to
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html, in pairs of any order.
func send(t *rapid.T, form url.Values, s *Service, name string, sh *model.Shape, v reflect.Value) {
	of := func(name string) *model.Shape { sh, _ := s.api.Shape(name); return sh }
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch sh.Type {
	case model.TypeStructure:
		for i := range v.NumField() {
			for _, m := range sh.Members {
				f := v.Field(i)
				if "F"+m.Name != v.Type().Field(i).Name || f.IsZero() && (f.Kind() != reflect.String || !m.Required) {
					continue
				}
				at := m.WireName()
				if name != "" {
					at = name + "." + at
				}
				send(t, form, s, at, of(m.Shape), f)
			}
		}
	case model.TypeList:
		item := "member"
		if sh.Element.LocationName != "" {
			item = sh.Element.LocationName
		}
		if v.Len() == 0 {
			form.Set(name, "")
		}
		for i := range v.Len() {
			send(t, form, s, fmt.Sprintf("%s.%s.%d", name, item, 3*i+1), of(sh.Element.Shape), v.Index(i))
		}
	case model.TypeMap:
		key, value := "key", "value"
		if sh.Key.LocationName != "" {
			key, value = sh.Key.LocationName, sh.Value.LocationName
		}
		for i, k := range v.MapKeys() {
			at := fmt.Sprintf("%s.entry.%d.", name, i+1)
			form.Set(at+key, k.String())
			send(t, form, s, at+value, of(sh.Value.Shape), v.MapIndex(k))
		}
	case model.TypeString:
		form.Set(name, v.String())
	case model.TypeBlob:
		form.Set(name, base64.StdEncoding.EncodeToString(v.Bytes()))
	case model.TypeTimestamp:
		form.Set(name, v.Interface().(time.Time).Format(time.RFC3339Nano))
	case model.TypeBoolean:
		form.Set(name, strconv.FormatBool(v.Bool()))
	case model.TypeInteger, model.TypeLong:
		form.Set(name, strconv.FormatInt(v.Int(), 10))
	default:
		form.Set(name, strconv.FormatFloat(v.Float(), 'g', -1, 64))
	}
}

// TestRoundTrip sends random inputs of every operation of every service that speaks the
// query protocol, and reads them back.
func TestRoundTrip(t *testing.T) {
	operations := 0
	for _, name := range []string{"sts", "iam", "sns", "rds", "cloudwatch"} {
		s := loose(t, name)
		for operation, op := range s.api.Operations {
			if op.Input == "" {
				continue
			}
			operations++
			if _, err := s.api.Compile(operation, model.Input, goType(t, s, op.Input)); err != nil {
				t.Errorf("%s %s: %v", name, operation, err)
			}
		}
		names := slices.Sorted(maps.Keys(s.api.Operations))
		names = slices.DeleteFunc(names, func(n string) bool { return s.api.Operations[n].Input == "" })
		rapid.Check(t, func(r *rapid.T) {
			operation := rapid.SampledFrom(names).Draw(r, "operation")
			op := s.api.Operations[operation]
			p, err := s.api.Compile(operation, model.Input, goType(t, s, op.Input))
			if err != nil {
				r.Fatal(err)
			}
			in := reflect.New(p.Root.Base).Elem()
			fill(r, in)
			form := url.Values{"Action": {operation}}
			send(r, form, s, "", p.Root.Shape, in)
			out := reflect.New(p.Root.Base).Elem()
			if err := decode(p.Root, []byte(form.Encode()), out); err != nil {
				if code, _ := refused(t, err); code == ValidationError {
					return // a required member was not drawn
				}
				r.Fatalf("%v\n%s", err, form.Encode())
			}
			if diff := cmp.Diff(in.Interface(), out.Interface(), cmpopts.EquateEmpty(), exportAll); diff != "" {
				r.Fatalf("%s\n%s", diff, form.Encode())
			}
		})
	}
	if operations < 400 {
		t.Errorf("%d operations have inputs", operations)
	}
}

var exportAll = cmp.Exporter(func(reflect.Type) bool { return true })

// TestOutputs writes random outputs of every operation; all are XML.
func TestOutputs(t *testing.T) {
	for _, name := range []string{"sts", "iam", "sns", "rds", "cloudwatch"} {
		s := loose(t, name)
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(s.api.Operations)), func(n string) bool { return s.api.Operations[n].Output == "" })
		rapid.Check(t, func(r *rapid.T) {
			operation := rapid.SampledFrom(names).Draw(r, "operation")
			p, err := s.api.Compile(operation, model.Output, goType(t, s, s.api.Operations[operation].Output))
			if err != nil {
				r.Fatal(err)
			}
			out := reflect.New(p.Root.Base).Elem()
			fill(r, out)
			var d document
			newWriter(p.Root, map[*shape.Node]*writer{}).write(&d, "Result", out)
			if err := wellFormed(d.b); err != nil || d.depth != 0 {
				r.Fatalf("%v\n%s", err, d.b)
			}
		})
	}
}
