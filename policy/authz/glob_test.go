package authz

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func encode(s string) string { return strings.NewReplacer("*", "\xff", "?", "\xfe").Replace(s) }

// slowGlob is glob by definition, with a table.
func slowGlob(pattern, text string) bool {
	var chars []string
	for i := 0; i < len(text); {
		n := width(text, i)
		chars = append(chars, text[i:i+n])
		i += n
	}
	var parts []string
	for i := 0; i < len(pattern); {
		n := 1
		if pattern[i] < anyChar {
			n = width(pattern, i)
		}
		parts = append(parts, pattern[i:i+n])
		i += n
	}
	table := make([]bool, len(chars)+1)
	table[0] = true
	for _, p := range parts {
		next := make([]bool, len(chars)+1)
		for j := range next {
			switch {
			case p == "\xff":
				next[j] = table[j] || j > 0 && next[j-1]
			case j > 0 && (p == "\xfe" || p == chars[j-1]):
				next[j] = table[j-1]
			}
		}
		table = next
	}
	return table[len(chars)]
}

func FuzzGlob(f *testing.F) {
	for _, s := range [][2]string{{"kms:*", "kms:Decrypt"}, {"*a*b?", "xaybz"}, {"a*a*a*b", "aaaaaaaac"}, {"*??", "é"}, {"", ""}, {"**", "x"}, {"?", "日"}, {"arn:aws:s3:::b/*", "arn:aws:s3:::b/k"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern)*len(text) > 1<<16 {
			return
		}
		p := encode(pattern)
		want := slowGlob(p, text)
		if got := glob(p, text); got != want {
			t.Errorf("glob(%q, %q) = %v", pattern, text, got)
		}
		if got := glob([]byte(p), text); got != want {
			t.Errorf("glob(bytes %q, %q) = %v", pattern, text, got)
		}
		if c := (textRules{wild: true}).compile(pattern); c.kind != textLoose && (&eval{}).match(&c, text) != truth(want) && !hasToken(text) {
			t.Errorf("%q as text, with %q: not %v", pattern, text, want)
		}
		if want && !meet(p, encode(text)) {
			t.Errorf("%q matches %q, but they do not meet", pattern, text)
		}
		if ascii := strings.IndexFunc(pattern+text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0; ascii {
			if got, want := globFold(encode(strings.ToLower(pattern)), text), slowGlob(encode(strings.ToLower(pattern)), strings.ToLower(text)); got != want {
				t.Errorf("globFold(%q, %q) = %v", pattern, text, got)
			}
		}
	})
}

// Patterns that make backtracking explode end at once.
func TestPathologicalPatterns(t *testing.T) {
	stars := strings.Repeat("a*", 100_000) + "b"
	for name, statement := range map[string]string{
		"resource":   `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::` + stars + `"}`,
		"action":     `{"Effect":"Allow","Action":"s3:` + stars + `","Resource":"*"}`,
		"condition":  `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"k":"` + stars + `"}}}`,
		"variables":  `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"k":"` + strings.Repeat("${k}*", 100_000) + `b"}}}`,
		"statements": strings.TrimSuffix(strings.Repeat(`{"Effect":"Deny","Action":"kms:*a*b","Resource":"arn:aws:*:a*"},`, 10_000), ","),
		"tokens":     `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::` + strings.Repeat("a${bedlock:account}", 1000) + `b"}`,
	} {
		start := time.Now()
		p := must(t, "p", statement)
		long := strings.Repeat("a", 4096)
		req := &Request{Principal: user(account, "alice"), Action: "s3:" + long[:64], Resource: "arn:aws:s3:::" + long, Context: ctx("k", long)}
		if o := OutcomeOf(req, &Layers{Identity: []*Policy{p}}); o != ImplicitDeny {
			t.Errorf("%s: %v", name, o)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
}
