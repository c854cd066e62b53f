package report

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
)

// estate sends a stream of n slots, a third of them with a finding, and returns
// how many findings there were.
func estate(tb testing.TB, h Handler, n int) {
	tb.Helper()
	send := func(m bedlock.Message) {
		if err := h.Message(m); err != nil {
			tb.Fatal(err)
		}
	}
	send(bedlock.Message{Config: &bedlock.Config{Protocol: bedlock.Protocol, Tool: "bedlock", Version: "0", Command: "audit",
		Started: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Sources: []string{"synthetic"},
		Rules: []bedlock.Rule{{ID: "BDL1001", Title: "No customer-managed key is named", Severity: bedlock.High, Remediation: "Name one."}}}})
	rungs := []bedlock.Rung{bedlock.Unkeyed, bedlock.Sound, bedlock.Unresolved}
	types := []string{"AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent", "AWS::S3::Bucket", "AWS::Bedrock::KnowledgeBase"}
	counts := map[bedlock.Rung]int{}
	for i := range n {
		name := fmt.Sprintf("Resource%07d", i)
		file := fmt.Sprintf("infra/%03d.yaml", i%500)
		s := bedlock.Subject{ID: file + "#" + name, Type: types[i%len(types)], Name: name, Slot: "KmsKeyArn",
			At: bedlock.Position{File: file, Line: int32(i%9000) + 1, Column: 5}}
		r := rungs[i%len(rungs)]
		counts[r]++
		send(bedlock.Message{Slot: &bedlock.Slot{Subject: s, Rung: r, Service: "bedrock", Lift: "Name a customer-managed key.",
			Evidence: []bedlock.Evidence{{Text: "KmsKeyArn is not set, so the service's own key applies.", At: s.At}}}})
		if r == bedlock.Unkeyed {
			send(bedlock.Message{Finding: &bedlock.Finding{Rule: "BDL1001", Severity: bedlock.High, Status: bedlock.FindingOpen, Subject: s, Rung: r,
				Message: name + " names no customer-managed key.", Remediation: "Set KmsKeyArn to a customer-managed key.", Fingerprint: fmt.Sprintf("%016x", i)}})
		}
	}
	send(bedlock.Message{Summary: &bedlock.Summary{Slots: n, Resources: n, Rungs: counts, Findings: map[bedlock.Severity]int{bedlock.High: counts[bedlock.Unkeyed]},
		Types:    []bedlock.TypeCount{{Type: types[0], Slots: n, Rungs: counts}},
		ExitCode: 3, ExitReason: "findings"}})
	if err := h.Close(); err != nil {
		tb.Fatal(err)
	}
}

func BenchmarkFormats(b *testing.B) {
	const slots = 100_000
	for _, format := range Formats() {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h, err := New(format, io.Discard, Options{Width: 100})
				if err != nil {
					b.Fatal(err)
				}
				estate(b, h, slots)
			}
			b.ReportMetric(float64(slots)*float64(b.N)/b.Elapsed().Seconds(), "slots/s")
		})
	}
}

func BenchmarkReplay(b *testing.B) {
	var stream bytes.Buffer
	h, err := New("json", &stream, Options{})
	if err != nil {
		b.Fatal(err)
	}
	estate(b, h, 100_000)
	b.SetBytes(int64(stream.Len()))
	for b.Loop() {
		if err := Replay(bytes.NewReader(stream.Bytes()), &tape{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestStreamingFormatsHoldNothing sends many slots and looks at what is still
// alive before Close: a format that collected them would hold tens of megabytes.
func TestStreamingFormatsHoldNothing(t *testing.T) {
	for _, format := range []string{"json", "csv"} {
		h, err := New(format, io.Discard, Options{})
		if err != nil {
			t.Fatal(err)
		}
		watch := &liveAtSummary{Handler: h}
		estate(t, watch, 100_000)
		if grown := int64(watch.after) - int64(watch.before); grown > 4<<20 {
			t.Errorf("%s holds %d bytes after 100,000 slots", format, grown)
		}
	}
}

type liveAtSummary struct {
	Handler
	before, after uint64
}

func (l *liveAtSummary) Message(m bedlock.Message) error {
	if m.Config != nil {
		l.before = live()
	}
	if m.Summary != nil {
		l.after = live()
	}
	return l.Handler.Message(m)
}

func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestBoundedFormats(t *testing.T) {
	sizes := map[string]int{}
	for _, format := range []string{"markdown", "html", "text"} {
		var out bytes.Buffer
		h, err := New(format, &out, Options{Width: 100})
		if err != nil {
			t.Fatal(err)
		}
		estate(t, h, 60_000)
		sizes[format] = out.Len()
		switch format {
		case "markdown":
			if n := bytes.Count(out.Bytes(), []byte("| <code>Resource")); n != markdownRows {
				t.Errorf("markdown shows %d findings of one rule, want %d", n, markdownRows)
			}
			if !bytes.Contains(out.Bytes(), []byte("19975 open findings are not shown here; the html, json and csv formats have all.")) {
				t.Error("markdown does not say what it left out")
			}
		case "html":
			if n := bytes.Count(out.Bytes(), []byte("<tr data-rank=")); n != htmlRows {
				t.Errorf("html has %d rows, want %d", n, htmlRows)
			}
			if !bytes.Contains(out.Bytes(), []byte("The worst 20000 rows are shown; 40000 more are in the json and csv formats.")) {
				t.Error("html does not say what it left out")
			}
		case "text":
			if n := bytes.Count(out.Bytes(), []byte("\n")); n > 150 {
				t.Errorf("text of %d lines for like slots, want them collapsed", n)
			}
		}
	}
}

// TestMarkdownIsFull sends more rules than a comment can hold.
func TestMarkdownIsFull(t *testing.T) {
	r := &run{summary: bedlock.Summary{ExitCode: 3}}
	for rule := range 200 {
		for i := range 30 {
			f := findingOf(fmt.Sprintf("resource-%d-%d", rule, i), bedlock.High, bedlock.FindingOpen)
			f.Rule = fmt.Sprintf("R%03d", rule)
			r.findings = append(r.findings, f)
		}
	}
	var out bytes.Buffer
	if err := writeMarkdown(&out, r); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 65_000 || out.Len() < 64_000 {
		t.Errorf("markdown of %d bytes, want it full but within 65,000", out.Len())
	}
	opened, closed := bytes.Count(out.Bytes(), []byte("<details>")), bytes.Count(out.Bytes(), []byte("</details>"))
	if opened != closed || opened < 20 {
		t.Errorf("%d elements opened and %d closed", opened, closed)
	}
	shown := bytes.Count(out.Bytes(), []byte("| <code>resource-"))
	if want := fmt.Sprintf("%d open findings are not shown here", 6000-shown); !bytes.Contains(out.Bytes(), []byte(want)) {
		t.Errorf("%d findings are shown, but the report does not say %q", shown, want)
	}
}
