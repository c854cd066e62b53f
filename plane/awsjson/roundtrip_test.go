package awsjson

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// fill puts a random value that satisfies the shape into v.
func fill(t *rapid.T, n *shape.Node, v reflect.Value, required bool) {
	sh := n.Shape
	low, high := 0, 40
	if sh.Min != nil {
		low = int(*sh.Min)
	}
	if sh.Max != nil {
		high = min(int(*sh.Max), low+40)
	}
	switch sh.Type {
	case model.TypeStructure:
		for _, m := range n.Members {
			if m.Model.Required || rapid.Bool().Draw(t, "present") {
				fill(t, m.Value, v.Field(m.Field), m.Model.Required)
			}
		}
	case model.TypeList:
		if required {
			low = max(low, 1)
		}
		size := rapid.IntRange(low, min(max(low, 3), high)).Draw(t, "size")
		v.Set(reflect.MakeSlice(n.Base, size, size))
		for i := range size {
			fill(t, n.Element, v.Index(i), true)
		}
	case model.TypeMap:
		v.Set(reflect.MakeMap(n.Base))
		for range rapid.IntRange(0, 4).Draw(t, "size") {
			key, value := reflect.New(n.Key.Base).Elem(), reflect.New(n.Element.Base).Elem()
			fill(t, n.Key, key, true)
			fill(t, n.Element, value, true)
			v.SetMapIndex(key, value)
		}
	case model.TypeBoolean:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case model.TypeInteger:
		v.SetInt(int64(rapid.IntRange(low, high).Draw(t, "int")))
	case model.TypeTimestamp:
		ms := rapid.Int64Range(-maxTimestamp*1000, maxTimestamp*1000).Draw(t, "ms")
		v.Set(reflect.ValueOf(time.UnixMilli(ms).UTC()))
	case model.TypeBlob:
		v.SetBytes(rapid.SliceOfN(rapid.Byte(), low, high).Draw(t, "blob"))
	case model.TypeString:
		switch fact := patternFacts[sh.Pattern]; {
		case len(sh.Enum) > 0:
			v.SetString(rapid.SampledFrom(sh.Enum).Draw(t, "enum"))
		case fact.as:
			v.SetString(strings.Repeat("a", rapid.IntRange(low, high).Draw(t, "length")))
		case sh.Pattern != "":
			v.SetString(fact.sample)
		default:
			v.SetString(rapid.StringN(low, high, -1).Draw(t, "string"))
		}
	default:
		t.Fatalf("shape %s is a %s", sh.Name, sh.Type)
	}
}

// TestRoundTrip writes random inputs of every operation and reads them back.
func TestRoundTrip(t *testing.T) {
	roots := inputs(t, kms(t))
	names := slices.Sorted(maps.Keys(roots))
	rapid.Check(t, func(t *rapid.T) {
		root := roots[rapid.SampledFrom(names).Draw(t, "operation")]
		in := reflect.New(root.Base).Elem()
		fill(t, root, in, true)
		body := newWriter(root, map[*shape.Node]*writer{}).append(nil, in)
		out, code, message := read(root, string(body))
		if code != "" {
			t.Fatalf("%s %s\n%s", code, message, body)
		}
		if diff := cmp.Diff(in.Interface(), out.Interface(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s\n%s", diff, body)
		}
	})
}
