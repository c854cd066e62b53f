package shape

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

func TestPatterns(t *testing.T) {
	for _, tt := range []struct {
		java    string
		matches []string
		not     []string
	}{
		// The whole value, whatever the anchors.
		{`[\w]+`, []string{"default", "a_9"}, []string{"", "a-b", "default\n", "é"}},
		{`^a$|^bc$`, []string{"a", "bc"}, []string{"abc", "a\n", "\na"}},
		{`ab|abc`, []string{"ab", "abc"}, []string{"abcd"}},
		// Java's white space, dot and names.
		{`\s+`, []string{" \t\n\v\f\r"}, []string{"", "\u00a0", "\u0085", "x"}},
		{`[^\s]+`, []string{"x\u00a0"}, []string{"\v", "a b"}},
		{`[\S\s]*`, []string{"", "\v\x00😀"}, nil},
		{`\S+`, []string{"x\u00a0😀"}, []string{"\v"}},
		{`.+`, []string{"a\tb", "\v"}, []string{"a\nb", "a\r", "\u2028", "\u0085"}},
		{`[.]`, []string{"."}, []string{"a"}},
		{`^\p{ASCII}+$`, []string{"\x00~\x7f"}, []string{"", "é", "a\u0080"}},
		{`[\p{Punct}]+`, []string{"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}, []string{"a", " ", "0"}},
		{`\p{Alnum}\p{Graph}\p{Print}\p{Blank}\p{XDigit}`, []string{"a! \tF"}, []string{"a! \tG", "a  \tF"}},
		{`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`, []string{"größe @1"}, []string{"a#", "\t"}},
		// Characters by number, beyond the first plane too.
		{`[\u0020-\u00FF]*`, []string{"", "é ÿ"}, []string{"Ā", "\t"}},
		{`[\u0009\u000A\u000D\u0020-\u00FF]+`, []string{"{\r\n\t\"ü\"}"}, []string{"", "\x00", "€"}},
		{`[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*`, []string{"a\n😀"}, []string{"\x01", "\ufffe"}},
		{`\u0041`, []string{"A"}, []string{"u0041"}},
		// Hyphens, escaped slashes and the like.
		{`^[a-zA-Z0-9-_.]+$`, []string{"a-_."}, []string{"a/"}},
		{`^https:\/\/[a-z\-]+$`, []string{"https://a-b"}, []string{"https://"}},
		{`\_\<\"`, []string{`_<"`}, []string{`\_`}},
	} {
		m, err := compilePattern(tt.java)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, s := range tt.matches {
			if !m.match([]byte(s)) {
				t.Errorf("%s does not match %q", tt.java, s)
			}
		}
		for _, s := range tt.not {
			if m.match([]byte(s)) {
				t.Errorf("%s matches %q", tt.java, s)
			}
		}
	}
}

func TestPatternsWithoutEquivalent(t *testing.T) {
	for _, java := range []string{
		`(?!aws:).*`, `(?<=a)b`, `(a)\1`, `a*+`, `a{1,1001}`, `[a-z&&[^b]]`, `[a[bc]]`, `\p{javaLowerCase}`, `\h`, `\u00`, `\uD800`, `\uD800x`, `\uDC00\uD800`, `\uZZZZ`, `(`, `a\`,
	} {
		if m, err := compilePattern(java); err == nil {
			t.Errorf("%s became %v", java, m.re())
		}
	}
}

// TestClassesAreRegularExpressions compares the fast path with the slow one.
func TestClassesAreRegularExpressions(t *testing.T) {
	classes := 0
	for _, name := range model.Services() {
		m, err := model.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, sh := range m.Shapes {
			p, err := compilePattern(sh.Pattern)
			if sh.Pattern == "" || err != nil || p.class == nil {
				continue
			}
			classes++
			for _, s := range []string{"", "a", "Z9", "a b", "a-b_c.d", "\t\n", "é", "ÿĀ", "😀", "\x00", "\x7f", "\u0080", "a/b:c+d=e,f@g", strings.Repeat("a", 300) + "#"} {
				if got, want := p.class.match([]byte(s)), p.re().MatchString(s); got != want {
					t.Errorf("%s on %q: class %t, expression %t", sh.Pattern, s, got, want)
				}
			}
		}
	}
	if classes < 100 {
		t.Errorf("%d patterns are classes, want at least 100", classes)
	}
}

// TestUnchecked lists the patterns of the services that speak JSON that RE2 cannot
// express: lookaround, and more than 1,000 repetitions.
func TestUnchecked(t *testing.T) {
	got := map[string][]string{}
	for _, name := range model.Services() {
		m, err := model.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if m.Protocol != model.ProtocolJSON {
			continue
		}
		got[name] = nil
		for _, sh := range m.Shapes {
			if _, err := compilePattern(sh.Pattern); err != nil {
				got[name] = append(got[name], sh.Name)
			}
		}
	}
	for name, shapes := range got {
		slices.Sort(shapes)
		want := map[string]int{"bedrock-data-automation-runtime": 1, "firehose": 7, "kendra": 6, "opensearchserverless": 1, "ssm": 18, "stepfunctions": 1}[name]
		if len(shapes) != want {
			t.Errorf("%s: %d shapes %q, want %d", name, len(shapes), shapes, want)
		}
	}
	if len(got) < 10 {
		t.Errorf("%d services speak JSON", len(got))
	}
}
