package markup

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                 "plain",
		"größe 日本":              "größe 日本",
		"a\nb\tc\rd":            `a\nb\tc\rd`,
		"\x1b[2J":               `\x1b[2J`,
		"\u009b31m":             `\x9b31m`,
		"x\u202egpj.exe":        `x\u202egpj.exe`,
		"bad\xff\xfe":           `bad\xff\xfe`,
		"\ufffd":                "\ufffd",
		"\u2028":                `\u2028`,
		"\uffff":                `\uffff`,
		"tag\U000e0041":         `tag\U000e0041`,
		"del\x7f":               `del\x7f`,
		"":                      "",
		"half\xe2\x82":          `half\xe2\x82`,
		"zero\u200bwidth\ufeff": `zero\u200bwidth\ufeff`,
	} {
		if got := Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
		if again := Visible(want); again != want {
			t.Errorf("visible is not idempotent on %q: %q", want, again)
		}
	}
}

func TestText(t *testing.T) {
	var b strings.Builder
	w := NewWriter(&b)
	w.Element(`<a href="`, `"><script>'&`, `">`)
	w.Int(-7)
	w.Markup("</a>")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), `<a href="&#34;&gt;&lt;script&gt;&#39;&amp;">-7</a>`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestFlushTellsTheFirstError(t *testing.T) {
	w := NewWriter(full{})
	w.Text(strings.Repeat("x", 1<<20))
	if err := w.Flush(); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

// FuzzText: whatever the text, it ends no element and no attribute, and nothing in it
// acts.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", `<script>alert(1)</script>`, `" onload="x`, "\u202e", "\xff\x00", "größe & 日本", "a\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b strings.Builder
		w := NewWriter(&b)
		w.Text(s)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if out := b.String(); strings.ContainsAny(out, "<>\"'") || strings.ContainsFunc(out, Acted) || !utf8.ValidString(out) {
			t.Errorf("%q becomes %q", s, out)
		}
	})
}
