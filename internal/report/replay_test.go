package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
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
// and that its json replays to the same json. Each seed is one real message
// between a config and a summary, since small inputs mutate faster.
func FuzzReplay(f *testing.F) {
	f.Add([]byte(someConfig + "\n" + someSummary))
	for _, file := range streams(f) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			if bytes.HasPrefix(line, []byte(`{"config"`)) || bytes.HasPrefix(line, []byte(`{"summary"`)) {
				f.Add(line)
				continue
			}
			f.Add([]byte(someConfig + "\n" + string(line) + someSummary))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if Replay(bytes.NewReader(data), &tape{}) != nil {
			return
		}
		checkFormats(t, data)
	})
}

// FuzzText puts any text into every member that takes text from outside, and
// holds every format against its own grammar.
func FuzzText(f *testing.F) {
	for _, s := range []string{"support", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", `" onload="x`, "a|b`c`", "\x1b[2J",
		"\u202e", "]]>", "--><!--", "@octocat #1", "line\nbreak", "\xff\xfe", "\ufffe", "javascript:alert(1)", "https://a.example/<b>"} {
		f.Add(s, "KmsKeyArn", int32(3), uint8(2))
	}
	f.Fuzz(func(t *testing.T, s, other string, line int32, pick uint8) {
		rung := bedlock.Rungs()[int(pick)%len(bedlock.Rungs())]
		severity := bedlock.Severities()[int(pick)%len(bedlock.Severities())]
		status := []bedlock.FindingStatus{bedlock.FindingOpen, bedlock.FindingExcepted, bedlock.FindingBaseline}[int(pick)%3]
		at := bedlock.Position{File: s, Line: max(line, 0), Column: 1}
		subject := bedlock.Subject{ID: "id" + s, Type: "T" + other, Name: s, Slot: other, Account: s, Region: other, At: at}
		evidence := []bedlock.Evidence{{Text: s, At: at}, {Text: other}}
		rule := bedlock.Rule{ID: "R" + s, Name: s, Title: other, Severity: severity, Rationale: s, Remediation: other,
			References: []string{s, other}, Controls: []bedlock.Control{{Framework: s, ID: other}}, Custom: true}
		var stream bytes.Buffer
		h, err := New("json", &stream, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []bedlock.Message{
			{Config: &bedlock.Config{Protocol: bedlock.Protocol, Tool: s, Version: other, Command: s, Sources: []string{s, other}, Rules: []bedlock.Rule{rule}, FailOn: s, Notes: []string{s}}},
			{Progress: &bedlock.Progress{Text: s}},
			{Input: &bedlock.Input{Path: s, Kind: other, Status: bedlock.InputFailed, Reason: other, Hint: s, At: at}},
			{Input: &bedlock.Input{Path: s, Status: bedlock.InputSkipped, Reason: s}},
			{Input: &bedlock.Input{Path: other, Kind: s, Status: bedlock.InputAudited, Notes: []bedlock.Note{{Text: s, At: at}}}},
			{Slot: &bedlock.Slot{Subject: subject, Rung: rung, Key: s, Evidence: evidence, Lift: s, Unjudged: []string{s, other}, Service: s, Change: other}},
			{Finding: &bedlock.Finding{Rule: rule.ID, Severity: severity, Status: status, Subject: subject, Rung: rung, Message: s, Evidence: evidence, Remediation: other, Fingerprint: s, Exception: other}},
			{Summary: &bedlock.Summary{Slots: 1, Rungs: map[bedlock.Rung]int{rung: 1}, Types: []bedlock.TypeCount{{Type: s, Slots: 1, Rungs: map[bedlock.Rung]int{rung: 1}}},
				Findings: map[bedlock.Severity]int{severity: 1}, ExitReason: s, Inputs: bedlock.InputCount{Audited: 1, Skipped: 1, Failed: 1}}},
		} {
			if err := h.Message(m); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		checkFormats(t, stream.Bytes())
	})
}

// checkFormats renders a valid stream in every format and reads each back.
func checkFormats(t *testing.T, stream []byte) {
	t.Helper()
	for _, format := range Formats() {
		out := renderBytes(t, stream, format, Options{Width: 40, Verbose: true})
		if !utf8.Valid(out) {
			t.Fatalf("%s: invalid UTF-8", format)
		}
		for _, r := range string(out) {
			if r != '\n' && markup.Acted(r) {
				t.Fatalf("%s emits %U", format, r)
			}
		}
		switch format {
		case "json":
			if !bytes.Equal(out, renderBytes(t, out, "json", Options{})) {
				t.Fatal("json is not a fixed point")
			}
		case "csv":
			if _, err := csv.NewReader(bytes.NewReader(out)).ReadAll(); err != nil {
				t.Fatal(err)
			}
		case "sarif":
			var log sarifLog
			if err := json.Unmarshal(out, &log); err != nil {
				t.Fatal(err)
			}
		case "junit":
			var doc junitSuites
			if err := xml.Unmarshal(out, &doc); err != nil {
				t.Fatal(err)
			}
		case "html":
			checkMarkup(t, "html", strings.Replace(strings.Replace(string(out), pageCSS, "", 1), pageJS, "", 1))
		case "markdown":
			if len(out) > 65_536 {
				t.Fatalf("markdown of %d bytes", len(out))
			}
		}
	}
}
