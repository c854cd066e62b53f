package agents

import (
	"slices"
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		chunking
		text string
		want []string
	}{
		{chunking{3, 0}, "one two  three\nfour five", []string{"one two  three", "four five"}},
		{chunking{3, 1}, "one two three four five", []string{"one two three", "three four five"}},
		{chunking{3, 0}, "one two three", []string{"one two three"}},
		{chunking{0, 0}, "  all of it ", []string{"all of it"}},
		{chunking{3, 0}, " -- ... ", nil},
		{chunking{1, 0}, "é ü", []string{"é", "ü"}},
	} {
		if got := c.cut(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%v %q: %q, want %q", c.chunking, c.text, got, c.want)
		}
	}
}

func TestPlainText(t *testing.T) {
	if text, ok := plainText("A.HTML", []byte("<p>One<br/>two</p>")); !ok || text != " One two " {
		t.Errorf("%q %v", text, ok)
	}
	for _, name := range []string{"a.pdf", "a", "a.png"} {
		if _, ok := plainText(name, []byte("text")); ok {
			t.Error(name)
		}
	}
	if _, ok := plainText("a.txt", []byte{0xff}); ok {
		t.Error("not UTF-8")
	}
}

// FuzzCut: every word of a text is in its chunks, whatever the sizes.
func FuzzCut(f *testing.F) {
	f.Add("The trial of the new heart medicine began in March.", 3, 1)
	f.Add("# Garden\n\nTomatoes want sun.", 300, 0)
	f.Add("a\u00a0b\u2003c", 1, 5)
	f.Fuzz(func(t *testing.T, text string, size, overlap int) {
		if size < 0 || size > 8192 || overlap < 0 || overlap > 8192 {
			return
		}
		all := strings.Join(chunking{size, overlap}.cut(text), " ")
		for _, w := range words(text) {
			if !slices.Contains(words(all), w) {
				t.Fatalf("%q is lost", w)
			}
		}
	})
}

// FuzzAttributes: files with metadata are read or refused.
func FuzzAttributes(f *testing.F) {
	f.Add([]byte(`{"metadataAttributes":{"year":2024,"site":{"value":{"type":"STRING","stringValue":"Bern"}},"list":["a"]}}`))
	f.Add([]byte(`{"metadataAttributes":{"a":{"value":{}}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := attributes(body)
		if err == nil && got == nil {
			t.Error("nothing, and no error")
		}
	})
}
