package emulate_test

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock/plane/emulate"
)

// TestExpect: an expected id is drawn once, where one of its form is.
func TestExpect(t *testing.T) {
	const uuid = "1234abcd-12ab-34cd-56ef-1234567890ab"
	w := &emulate.World{Random: strings.NewReader(strings.Repeat("\x00", 100))}
	w.Expect("AGENT12345", "abcdefghij12", uuid)
	for _, c := range []struct {
		alphabet string
		size     int
		want     string
	}{
		{emulate.LowerDigits, 10, "aaaaaaaaaa"}, {emulate.UpperDigits, 10, "AGENT12345"}, {emulate.UpperDigits, 10, "AAAAAAAAAA"}, {emulate.LowerDigits, 12, "abcdefghij12"},
	} {
		if got := w.ID(c.alphabet, c.size); got != c.want {
			t.Errorf("%d of %s: %s, want %s", c.size, c.alphabet, got, c.want)
		}
	}
	if got := w.UUID(); got != uuid {
		t.Error(got)
	}
	if got := w.UUID(); got == uuid {
		t.Error("it was drawn twice")
	}
}
