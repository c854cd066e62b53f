package report

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
)

// tape keeps the kinds of messages it was given.
type tape struct{ n int }

func (t *tape) Message(bedlock.Message) error { t.n++; return nil }
func (t *tape) Close() error                  { return nil }

const (
	someConfig  = `{"config":{"protocol":"bedlock/v1","tool":"bedlock","version":"1","command":"audit","started":"2026-11-24T00:00:00Z","sources":["a"],"rules":[]}}`
	someSummary = `{"summary":{"inputs":{"audited":0,"skipped":0,"failed":0},"resources":0,"keys":0,"slots":0,"rungs":{},"findings":{},"exitCode":0,"exitReason":"clean"}}`
)

func TestReplayRefuses(t *testing.T) {
	slot := `{"slot":{"subject":{"id":"a","type":"T"},"rung":"sound"}}`
	tests := []struct{ name, stream, want string }{
		{"empty", "", "replay line 1: invalid bedlock/v1 stream: empty"},
		{"no config", slot, "replay line 1: invalid bedlock/v1 stream: the first message must be config"},
		{"cut", someConfig + "\n" + slot + "\n", "replay line 3: invalid bedlock/v1 stream: it ends without a summary"},
		{"half a line", someConfig + "\n" + slot[:20], "replay line 2: invalid bedlock/v1 stream: "},
		{"unknown member", someConfig + "\n" + `{"slot":{"subject":{"id":"a","type":"T"},"rung":"sound","colour":1}}`, `unknown object member name "colour"`},
		{"unknown kind", someConfig + "\n" + `{"verdict":{}}`, `replay line 2: invalid bedlock/v1 stream: `},
		{"letter case", someConfig + "\n" + `{"Slot":{"subject":{"id":"a","type":"T"},"rung":"sound"}}`, `unknown object member name "Slot"`},
		{"repeated member", someConfig + "\n" + `{"progress":{"text":"a"},"progress":{"text":"b"}}`, `duplicate`},
		{"two on a line", someConfig + slot, `replay line 1: invalid bedlock/v1 stream: `},
		{"two kinds", someConfig + "\n" + `{"progress":{"text":"a"},"slot":{"subject":{"id":"a","type":"T"},"rung":"sound"}}`, "this one has 2"},
		{"null", someConfig + "\nnull", "this one has 0"},
		{"unknown rung", someConfig + "\n" + strings.Replace(slot, "sound", "fine", 1), `unknown rung`},
		{"no rung", someConfig + "\n" + `{"slot":{"subject":{"id":"a","type":"T"}}}`, `slot "a": no rung`},
		{"no id", someConfig + "\n" + `{"slot":{"subject":{"id":"","type":"T"},"rung":"sound"}}`, `lacks its id or type`},
		{"negative line", someConfig + "\n" + `{"slot":{"subject":{"id":"a","type":"T","at":{"line":-1}},"rung":"sound"}}`, `lines and columns count from 1`},
		{"next protocol", strings.Replace(someConfig, "bedlock/v1", "bedlock/v2", 1), `protocol "bedlock/v2", this reader knows "bedlock/v1" only`},
		{"invalid UTF-8", someConfig + "\n{\"progress\":{\"text\":\"\xff\"}}", "invalid UTF-8"},
		{"input status", someConfig + "\n" + `{"input":{"path":"a","status":"fine"}}`, `unknown status "fine"`},
		{"finding status", someConfig + "\n" + `{"finding":{"rule":"R","severity":"high","status":"","subject":{"id":"a","type":"T"},"message":"","remediation":"","fingerprint":""}}`, `unknown status ""`},
		{"after the end", someConfig + "\n" + someSummary + "\n" + slot, "message after the summary"},
		{"long line", someConfig + "\n" + strings.Repeat(" ", maxLine+2), "message of more than 16777216 bytes"},
	}
	for _, test := range tests {
		err := Replay(strings.NewReader(test.stream), &tape{})
		if !errors.Is(err, ErrStream) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func TestReplayAccepts(t *testing.T) {
	for name, stream := range map[string]string{
		"shortest":       someConfig + "\n" + someSummary,
		"blank lines":    "\n" + someConfig + "\r\n\n" + someSummary + "\n\n",
		"long messages":  someConfig + "\n" + `{"progress":{"text":"` + strings.Repeat("x", 1<<20) + `"}}` + "\n" + someSummary,
		"one long start": strings.Repeat(" ", 100_000) + someConfig + "\n" + someSummary,
	} {
		var got tape
		if err := Replay(strings.NewReader(stream), &got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if want := strings.Count(stream, "{\"config") + strings.Count(stream, "{\"summary") + strings.Count(stream, "{\"progress"); got.n != want {
			t.Errorf("%s: %d messages, want %d", name, got.n, want)
		}
	}
}

func TestReplayReportsReaderErrors(t *testing.T) {
	broken := errors.New("broken pipe")
	err := Replay(io.MultiReader(strings.NewReader(someConfig+"\n"), &failing{broken}), &tape{})
	if !errors.Is(err, broken) || errors.Is(err, ErrStream) {
		t.Fatalf("got %v, want the reader's error and not a complaint about the stream", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// FuzzReplay holds that a stream which replays can be rendered in every format,
// without control characters, and that its json replays to the same json.
func FuzzReplay(f *testing.F) {
	for _, file := range streams(f) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(someConfig + "\n" + someSummary))
	f.Add([]byte(someConfig + "\n" + `{"slot":{"subject":{"id":"a","type":"T","at":{"line":3}},"rung":"unread","unjudged":[""]}}` + "\n" + someSummary))
	f.Fuzz(func(t *testing.T, data []byte) {
		if Replay(bytes.NewReader(data), &tape{}) != nil {
			return
		}
		for _, format := range Formats() {
			out := renderBytes(t, data, format, Options{Width: 40})
			for _, r := range string(out) {
				if r != '\n' && acted(r) {
					t.Fatalf("%s emits %U", format, r)
				}
			}
			if format == "json" && !bytes.Equal(out, renderBytes(t, out, "json", Options{})) {
				t.Fatal("json is not a fixed point")
			}
			if format == "markdown" && len(out) > 65_536 {
				t.Fatalf("markdown of %d bytes", len(out))
			}
		}
	})
}
