package wire

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestObject(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	o := Object{"a": Object{"b": "c", "n": int64(3), "yes": true, "at": at, "blob": []byte{1}}, "list": []any{"x", int64(1), Object{"k": "v"}}, "map": Object{"x": "1"}}
	if o.Text("a.b") != "c" || o.Text("a.none") != "" || o.Text("a") != "" || o.Text("a.b.c") != "" || o.Int("a.n") != 3 || !o.Bool("a.yes") || !o.Time("a.at").Equal(at) || string(o.Blob("a.blob")) != "\x01" {
		t.Error("values are not found")
	}
	if !o.Has("a.b") || o.Has("b") || !reflect.DeepEqual(o.Texts("list"), []string{"x"}) || !reflect.DeepEqual(o.Objects("list"), []Object{{"k": "v"}}) || o.List("a") != nil || o.Object("list") != nil {
		t.Error("lists are not found")
	}
	if !reflect.DeepEqual(o.Map("map"), map[string]string{"x": "1"}) || o.Map("none") != nil {
		t.Error("maps are not found")
	}
	if got := o.Pick("map", "none"); !reflect.DeepEqual(got, Object{"map": Object{"x": "1"}}) {
		t.Error(got)
	}
	if got := o.Without("a", "list"); !reflect.DeepEqual(got, Object{"map": Object{"x": "1"}}) || len(o) != 3 {
		t.Error(got)
	}
	if got := (Object{"a": 1, "b": 2}).With(Object{"b": 3}); !reflect.DeepEqual(got, Object{"a": 1, "b": 3}) {
		t.Error(got)
	}
	if got := (Object{"a": 1, "b": 2}).Renamed(map[string]string{"a": "c"}); !reflect.DeepEqual(got, Object{"c": 1, "b": 2}) {
		t.Error(got)
	}
	c := o.Clone()
	c.Object("a")["b"], c.Blob("a.blob")[0], c.List("list")[0] = "changed", 9, "changed"
	if o.Text("a.b") != "c" || o.Blob("a.blob")[0] != 1 || o.Texts("list")[0] != "x" {
		t.Error("a clone shares with its origin")
	}
	if got := Of(map[string]string{"a": "b"}); !reflect.DeepEqual(got, Object{"a": "b"}) {
		t.Error(got)
	}
	if got := Strings([]string{"a", "b"}); !reflect.DeepEqual(got, []any{"a", "b"}) {
		t.Error(got)
	}
}

// TestStored: every value comes back with its type.
func TestStored(t *testing.T) {
	o := Object{
		"text": "x", "whole": int64(1<<62 + 1), "float": 2.0, "small": 1e-9, "yes": true, "at": time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC), "blob": []byte{0, 255}, "none": []byte{},
		"list": []any{int64(1), 1.5, []byte{1}, Object{}}, "map": Object{"$:time": "not a time", "$:$:x": "y"}, "object": Object{"$:blob": Object{"a": "b"}},
	}
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var got Object
	if err := json.Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, o) {
		t.Errorf("%#v from %s: %v", got, b, err)
	}
	for _, bad := range []string{`[]`, `{"a":{"$:time":"x"}}`, `{"a":{"$:blob":"!"}}`, `{"a":1e999}`, `{"a":99999999999999999999}`, `{`} {
		var got Object
		if err := got.UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s became %v", bad, got)
		}
	}
}
