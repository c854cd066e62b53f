package shape

import (
	"testing"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/model"
)

// FuzzPattern: every pattern is compiled or refused, and a class is what its expression is.
func FuzzPattern(f *testing.F) {
	for _, name := range []string{"kms", "iam", "sts"} {
		m, err := model.Load(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, sh := range m.Shapes {
			if sh.Pattern != "" {
				f.Add(sh.Pattern, "arn:aws:iam::111122223333:role/é")
			}
		}
	}
	for _, pattern := range []string{`(?!aws:)[\p{L}]*`, `[\s\S]*`, `[\uD800\uDC00-\uDBFF\uDFFF]*`, `[^\p{ASCII}&&a]+`, `\`, `[]`} {
		f.Add(pattern, "a😀\v")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		m, err := compilePattern(pattern)
		if err != nil || m.class == nil || !utf8.ValidString(text) {
			return
		}
		if got, want := m.match([]byte(text)), m.re().MatchString(text); got != want {
			t.Fatalf("%s on %q: class %t, expression %t", pattern, text, got, want)
		}
	})
}
