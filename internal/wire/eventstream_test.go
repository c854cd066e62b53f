package wire

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// flow is the output of InvokeFlow, in events.
var flow = []any{
	Object{"flowOutputEvent": Object{"content": Object{"document": map[string]any{"a": "b"}}, "nodeName": "out", "nodeType": "FlowOutputNode"}},
	Object{"flowCompletionEvent": Object{"completionReason": "SUCCESS"}},
}

func flowAPI(t testing.TB) *API {
	t.Helper()
	a, err := Load("bedrock-agent-runtime", Observed{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestEventStream(t *testing.T) {
	a := flowAPI(t)
	m, err := a.Encode("InvokeFlow", Object{"executionId": "exe", "responseStream": flow}, "id")
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Content-Type") != "application/vnd.amazon.eventstream" || m.Header.Get("x-amz-bedrock-flow-execution-id") != "exe" {
		t.Errorf("%v", m.Header)
	}
	d := eventstream.NewDecoder()
	r := strings.NewReader(string(m.Body))
	for _, want := range []string{
		"flowOutputEvent event application/json {\"content\":{\"document\":{\"a\":\"b\"}},\"nodeName\":\"out\",\"nodeType\":\"FlowOutputNode\"}",
		"flowCompletionEvent event application/json {\"completionReason\":\"SUCCESS\"}",
	} {
		got, err := d.Decode(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		text := func(name string) string { return got.Headers.Get(name).String() }
		if s := text(":event-type") + " " + text(":message-type") + " " + text(":content-type") + " " + string(got.Payload); s != want {
			t.Errorf("got  %s\nwant %s", s, want)
		}
	}
	out, err := a.Answer("InvokeFlow", 200, m.Header, m.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(out["responseStream"], flow) || out.Text("executionId") != "exe" {
		t.Errorf("%v", out)
	}
}

func TestEventStreamException(t *testing.T) {
	a := flowAPI(t)
	m, err := a.Encode("InvokeFlow", Object{"responseStream": []any{Object{"validationException": Object{"message": "no"}}}}, "id")
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Answer("InvokeFlow", 200, m.Header, m.Body)
	var e *Error
	if !errors.As(err, &e) || e.Code != "validationException" || e.Message != "no" {
		t.Errorf("%v", err)
	}
}

func TestDamagedEvents(t *testing.T) {
	whole := appendEvent(nil, [][2]string{{":event-type", "x"}}, []byte("{}"))
	if _, rest, err := readEvent(whole); err != nil || len(rest) != 0 {
		t.Fatal(err)
	}
	for i := range whole {
		bad := append([]byte{}, whole...)
		bad[i] ^= 1
		if _, _, err := readEvent(bad); !errors.Is(err, errEvent) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, _, err := readEvent(whole[:i]); !errors.Is(err, errEvent) {
			t.Errorf("%d bytes: %v", i, err)
		}
	}
}

func FuzzEvents(f *testing.F) {
	a := flowAPI(f)
	m, err := a.Encode("InvokeFlow", Object{"responseStream": flow}, "id")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Body)
	f.Add(appendEvent(nil, [][2]string{{":message-type", "exception"}, {":exception-type", "validationException"}}, []byte(`{"message":"x"}`)))
	f.Add(appendEvent(nil, nil, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := a.Answer("InvokeFlow", 200, nil, b)
		if err != nil {
			return
		}
		if list, ok := out["responseStream"].([]any); ok {
			if _, err := a.Encode("InvokeFlow", Object{"responseStream": list}, "id"); err != nil {
				t.Errorf("what was read cannot be written: %v", err)
			}
		}
	})
}

// A document is any JSON, also a list, which a check of lists once took for one of a shape.
func TestDocumentsOfEveryKind(t *testing.T) {
	a := flowAPI(t)
	for _, text := range []string{`[1,[2]]`, `{"a":[]}`, `"x"`, `1`, `true`} {
		body := `{"inputs":[{"nodeName":"in","content":{"document":` + text + `}}]}`
		r := httptest.NewRequest("POST", "/flows/AAAAAAAAAA/aliases/TSTALIASID", nil)
		in, err := a.Decode("InvokeFlow", r, []byte(body))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := json.Marshal(in.Objects("inputs")[0].At("content.document")); err != nil || string(got) != text {
			t.Errorf("%s, want %s (%v)", got, text, err)
		}
	}
}
