package report

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func streams(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.ndjson")
	if err != nil || len(files) != 5 {
		t.Fatalf("want 5 streams in testdata, got %d (%v)", len(files), err)
	}
	return files
}

// render replays a stored stream into a format.
func render(t testing.TB, file, format string, opts Options) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return renderBytes(t, data, format, opts)
}

func renderBytes(t testing.TB, data []byte, format string, opts Options) []byte {
	t.Helper()
	var out bytes.Buffer
	h, err := New(format, &out, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := Replay(bytes.NewReader(data), h); err != nil {
		t.Fatalf("replay: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return out.Bytes()
}

func TestGolden(t *testing.T) {
	variants := map[string]Options{"": {Width: 100}}
	for _, file := range streams(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".ndjson")
		for _, format := range Formats() {
			for suffix, opts := range variants {
				checkGolden(t, name+suffix+"."+format, render(t, file, format, opts))
			}
		}
	}
	checkGolden(t, "estate-verbose.text", render(t, "testdata/estate.ndjson", "text", Options{Width: 120, Verbose: true}))
	checkGolden(t, "estate-brief.text", render(t, "testdata/estate.ndjson", "text", Options{Width: 80, Brief: true}))
	checkGolden(t, "estate-color.text", render(t, "testdata/estate.ndjson", "text", Options{Color: true}))
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	// Style and script stand in files of their own; their hashes in the policy stay.
	for marker, asset := range map[string]string{"/* page.css */\n": pageCSS, "/* page.js */\n": pageJS} {
		got = bytes.ReplaceAll(got, []byte(asset), []byte(marker))
	}
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from its golden file at byte %d; see the change with: go test ./internal/report -update && git diff", name, firstDifference(got, want))
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func TestRenderTwiceIsEqual(t *testing.T) {
	for _, file := range streams(t) {
		for _, format := range Formats() {
			if a, b := render(t, file, format, Options{}), render(t, file, format, Options{}); !bytes.Equal(a, b) {
				t.Errorf("%s %s: two renders differ at byte %d", file, format, firstDifference(a, b))
			}
		}
	}
}

func TestJSONIsFixedPoint(t *testing.T) {
	for _, file := range streams(t) {
		once := render(t, file, "json", Options{})
		if twice := renderBytes(t, once, "json", Options{}); !bytes.Equal(once, twice) {
			t.Errorf("%s: the json of the json differs at byte %d", file, firstDifference(once, twice))
		}
		for _, format := range Formats() {
			if a, b := render(t, file, format, Options{}), renderBytes(t, once, format, Options{}); !bytes.Equal(a, b) {
				t.Errorf("%s %s: replay of the json differs from the stream itself", file, format)
			}
		}
	}
}

func TestProgressIsRemovable(t *testing.T) {
	data, err := os.ReadFile("testdata/estate.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for l := range strings.Lines(string(data)) {
		if !strings.HasPrefix(l, `{"progress"`) {
			kept = append(kept, l)
		}
	}
	without := []byte(strings.Join(kept, ""))
	if len(without) == len(data) {
		t.Fatal("the stream has no progress messages to remove")
	}
	for _, format := range Formats() {
		if format == "json" {
			continue
		}
		if !bytes.Equal(renderBytes(t, data, format, Options{}), renderBytes(t, without, format, Options{})) {
			t.Errorf("%s shows progress", format)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := New("pdf", &bytes.Buffer{}, Options{})
	want := `report format "pdf": unknown; want one of text, json, csv, sarif, junit, html, markdown`
	if err == nil || err.Error() != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

func TestOrder(t *testing.T) {
	config := bedlock.Message{Config: &bedlock.Config{Protocol: bedlock.Protocol}}
	summary := bedlock.Message{Summary: &bedlock.Summary{}}
	input := bedlock.Message{Input: &bedlock.Input{Path: "a", Status: bedlock.InputAudited}}
	tests := []struct {
		name string
		msgs []bedlock.Message
		want string // of the last message, or of Close
	}{
		{"input first", []bedlock.Message{input}, "the first message must be config"},
		{"two configs", []bedlock.Message{config, config}, "second config"},
		{"after summary", []bedlock.Message{config, summary, input}, "message after the summary"},
		{"no kind", []bedlock.Message{{}}, "a message has exactly one kind, this one has 0"},
		{"two kinds", []bedlock.Message{{Config: config.Config, Summary: summary.Summary}}, "this one has 2"},
		{"protocol", []bedlock.Message{{Config: &bedlock.Config{Protocol: "bedlock/v2"}}}, `protocol "bedlock/v2"`},
		{"zero rung", []bedlock.Message{config, {Slot: &bedlock.Slot{Subject: bedlock.Subject{ID: "a", Type: "T"}}}}, `slot "a": no rung`},
		{"zero status", []bedlock.Message{config, {Input: &bedlock.Input{Path: "a"}}}, `input "a": unknown status ""`},
		{"no summary", []bedlock.Message{config, input}, "it ends without a summary"},
		{"empty", nil, "empty"},
	}
	for _, test := range tests {
		for _, format := range Formats() {
			h, err := New(format, &bytes.Buffer{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range test.msgs {
				err = h.Message(m)
			}
			if err == nil {
				err = h.Close()
			}
			if !errors.Is(err, ErrStream) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s %s: got %v, want %q", test.name, format, err, test.want)
			}
			if err := h.Close(); err != nil {
				t.Errorf("%s %s: second close: %v", test.name, format, err)
			}
		}
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("disk full")

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.left -= len(b); d.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriterErrorIsReported(t *testing.T) {
	data, err := os.ReadFile("testdata/estate.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range Formats() {
		h, err := New(format, &fullDisk{left: 10}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = Replay(bytes.NewReader(data), h)
		if err == nil {
			err = h.Close()
		}
		if !errors.Is(err, errFull) {
			t.Errorf("%s: got %v, want the writer's error", format, err)
		}
	}
}

// TestJSONGoesOutAtOnce holds that whoever reads the pipe sees an input when it
// is done, and not when a buffer is full.
func TestJSONGoesOutAtOnce(t *testing.T) {
	var out bytes.Buffer
	h, err := New("json", &out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range []bedlock.Message{
		{Config: &bedlock.Config{Protocol: bedlock.Protocol}},
		{Progress: &bedlock.Progress{Text: "reading"}},
		{Input: &bedlock.Input{Path: "a", Status: bedlock.InputAudited}},
	} {
		if err := h.Message(m); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != i+1 {
			t.Errorf("%d lines are out after %d messages", n, i+1)
		}
	}
}
