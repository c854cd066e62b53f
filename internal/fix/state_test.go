package fix

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/wire"
)

// answers is an estate with one answer, or one error.
type answers struct {
	out wire.Object
	err error
}

func (a answers) Call(context.Context, Place, Call) (wire.Object, error) { return a.out, a.err }

type refused string

func (r refused) Error() string     { return string(r) }
func (r refused) ErrorCode() string { return string(r) }

// TestObserve: what of an answer counts.
func TestObserve(t *testing.T) {
	answer := wire.Object{
		"agent": wire.Object{"name": "a", "updatedAt": "now", "memory": wire.Object{"status": "new"}, "parts": []any{wire.Object{"id": "1", "age": int64(3)}, "text"}},
		"list":  []any{wire.Object{"name": "x", "key": "1"}, "no structure", wire.Object{"name": "y", "kind": "k", "key": "2"}},
		"text":  "t",
	}
	for _, c := range []struct {
		name  string
		state State
		want  wire.Object
		err   string
	}{
		{"the whole", State{Only: []string{"text"}}, wire.Object{"text": "t"}, ""},
		{"a part without what AWS changes", State{At: "agent", Drop: []string{"updatedAt", "memory.status", "parts.age"}}, wire.Object{"name": "a", "parts": []any{wire.Object{"id": "1"}, "text"}}, ""},
		{"members that count, also nested", State{At: "agent", Only: []string{"name", "memory.status", "none"}}, wire.Object{"name": "a", "memory": wire.Object{"status": "new"}}, ""},
		{"an entry of a list", State{At: "list", Pick: map[string]string{"name": "y", "kind": "k"}, Only: []string{"key"}}, wire.Object{"key": "2"}, ""},
		{"no such entry", State{At: "list", Pick: map[string]string{"name": "z"}}, nil, ""},
		{"no such part", State{At: "agents"}, nil, ""},
		{"a text for a part", State{At: "text"}, nil, "Get: text is a string and no structure"},
	} {
		c.state.Read = Call{Operation: "Get"}
		got, err := c.state.Observe(t.Context(), answers{out: answer}, Place{})
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if text := ""; err != nil {
			if text = err.Error(); text != c.err {
				t.Errorf("%s: %s", c.name, text)
			}
		} else if c.err != "" {
			t.Errorf("%s: no error", c.name)
		}
	}
	if !answer.Has("agent.updatedAt") {
		t.Error("the answer itself was changed")
	}
}

// TestObserveAbsent: the one error that says that there is nothing, and all others.
func TestObserveAbsent(t *testing.T) {
	s := State{Read: Call{Operation: "GetRolePolicy"}, Absent: "NoSuchEntity"}
	if got, err := s.Observe(t.Context(), answers{err: refused("NoSuchEntity")}, Place{}); got != nil || err != nil {
		t.Errorf("absent: %v, %v", got, err)
	}
	if _, err := s.Observe(t.Context(), answers{err: refused("AccessDenied")}, Place{}); err == nil || err.Error() != "GetRolePolicy: AccessDenied" || Code(err) != "AccessDenied" {
		t.Errorf("denied: %v", err)
	}
	s.Absent = ""
	if _, err := s.Observe(t.Context(), answers{err: errors.New("no route")}, Place{}); err == nil || err.Error() != "GetRolePolicy: no route" || Code(err) != "" {
		t.Errorf("no answer: %v", err)
	}
}

// TestCanonical: texts that mean the same are the same.
func TestCanonical(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"b": 1, "a": [2,  3.50]}`, `{"a":[2,3.50],"b":1}`},
		{"%7B%22a%22%3A%22%2B%20%26%22%7D", `{"a":"+ &"}`},
		{`{"a":"<b>"}`, `{"a":"<b>"}`},
		{`{"a":1} {"b":2}`, `{"a":1} {"b":2}`},
		{"no JSON", "no JSON"},
		{"%zz", "%zz"},
		{"12345678901234567890", "12345678901234567890"},
	} {
		if got := canonical(c.in); got != c.want {
			t.Errorf("canonical(%s) = %s, want %s", c.in, got, c.want)
		}
	}
	s := State{JSON: []string{"Policy"}}
	a, err := s.of(wire.Object{"Policy": `{"Version":"1","Id":"x"}`})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.of(wire.Object{"Policy": "{\n \"Id\": \"x\",\n \"Version\": \"1\"}"})
	if err != nil || !Equal(a, b) {
		t.Errorf("%v and %v differ", a, b)
	}
}

// TestDifferences names what two states have not in common, and no values.
func TestDifferences(t *testing.T) {
	a := wire.Object{"same": int64(1), "gone": "x", "deep": wire.Object{"list": []any{wire.Object{"a": "1"}, "b"}, "short": []any{"1"}}, "kind": "text"}
	b := wire.Object{"same": int64(1), "new": true, "deep": wire.Object{"list": []any{wire.Object{"a": "2"}, "b"}, "short": []any{"1", "2"}}, "kind": int64(1)}
	var got []string
	for _, d := range Compare(a, b) {
		got = append(got, d.String())
	}
	if d := cmp.Diff([]string{"deep.list[0].a differs", "deep.short differs", "gone is gone", "kind differs", "new is new"}, got); d != "" {
		t.Error(d)
	}
	for _, c := range []struct {
		a, b  wire.Object
		equal bool
		says  string
	}{
		{nil, nil, true, ""},
		{nil, wire.Object{}, false, "all of it is new"},
		{wire.Object{}, nil, false, "all of it is gone"},
		{wire.Object{"n": int64(1)}, wire.Object{"n": 1.0}, false, "n differs"},
		{wire.Object{"n": []byte("1")}, wire.Object{"n": []byte("1")}, true, ""},
	} {
		text := ""
		for _, d := range Compare(c.a, c.b) {
			text += d.String()
		}
		if Equal(c.a, c.b) != c.equal || text != c.says {
			t.Errorf("%v and %v: equal is %t, %q", c.a, c.b, Equal(c.a, c.b), text)
		}
	}
}
