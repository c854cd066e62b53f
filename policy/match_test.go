package policy

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"", "", true}, {"", "a", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"a*b*c", "aXbYbZc", true}, {"a*b*c", "aXbYbZ", false}, {"*key/*", "arn:aws:kms:r:1:key/x", true}, {"A", "a", false},
		{strings.Repeat("*a", 50) + "b", strings.Repeat("a", 5000), false},
	} {
		if got := Match(c.pattern, c.text); got != c.want {
			t.Errorf("Match(%.20q, %.20q) = %v", c.pattern, c.text, got)
		}
	}
}

// TestCommon compares with all texts, for all short patterns.
func TestCommon(t *testing.T) {
	words := func(letters string, most int) (out []string) {
		out = []string{""}
		for at := 0; at < len(out); at++ {
			if len(out[at]) < most {
				for _, c := range letters {
					out = append(out, out[at]+string(c))
				}
			}
		}
		return out
	}
	patterns, texts := words("ab*?", 3), words("abx", 6)
	matched := map[string]map[string]bool{}
	for _, p := range patterns {
		matched[p] = map[string]bool{}
		for _, text := range texts {
			if Match(p, text) {
				matched[p][text] = true
			}
		}
	}
	for _, a := range patterns {
		for _, b := range patterns {
			any := false
			for text := range matched[a] {
				any = any || matched[b][text]
			}
			got, ok := Common(a, b)
			if ok != any || ok && (!Match(a, got) || !Match(b, got)) {
				t.Fatalf("Common(%q, %q) = %q, %v; there is one: %v", a, b, got, ok, any)
			}
		}
	}
	got, ok := Common("arn:aws:s3:::*/2026/*", "arn:aws:s3:::records/*")
	if want := "arn:aws:s3:::records/2026/"; got != want || !ok {
		t.Errorf("%q, want %q", got, want)
	}
	if _, ok := Common(strings.Repeat("*a", 50)+"b", strings.Repeat("a", 5000)); ok {
		t.Error("nothing ends in both")
	}
}

func FuzzCommon(f *testing.F) {
	f.Add("arn:aws:s3:::*/2026/*", "arn:aws:s3:::records/*")
	f.Add("arn:aws:bedrock:eu-west-1:111122223333:agent-alias/A1/*", "arn:aws:bedrock:*:*:agent-alias/?1/TSTALIASID")
	f.Add("*", "\xff?é*")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 2000 {
			return
		}
		text, ok := Common(a, b)
		_, back := Common(b, a)
		if ok != back || ok && (!Match(a, text) || !Match(b, text)) {
			t.Errorf("Common(%q, %q) = %q, %v", a, b, text, ok)
		}
	})
}

func TestMatchAction(t *testing.T) {
	for _, c := range []struct {
		pattern, action string
		want            bool
	}{
		{"*", "kms:Decrypt", true}, {"kms:*", "kms:Decrypt", true}, {"KMS:decrypt", "kms:Decrypt", true}, {"kms:Generate*", "kms:GenerateDataKey", true},
		{"kms:Decrypt", "kms:DecryptX", false}, {"k*:Decrypt", "kms:Decrypt", false}, {"s3:*", "kms:Decrypt", false}, {"kms", "kms:Decrypt", false},
		{"kms:De?rypt", "kms:Decrypt", true},
	} {
		if got := MatchAction(c.pattern, c.action); got != c.want {
			t.Errorf("MatchAction(%q, %q) = %v", c.pattern, c.action, got)
		}
	}
}

func TestCoversAndTouches(t *testing.T) {
	for _, c := range []struct {
		s               Statement
		covers, touches bool // kms:Decrypt, kms
	}{
		{Statement{Actions: []string{"s3:*", "kms:Dec*"}}, true, true},
		{Statement{Actions: []string{"kms:Encrypt"}}, false, true},
		{Statement{Actions: []string{"*"}}, true, true},
		{Statement{Actions: []string{"kms:"}}, false, false},
		{Statement{NotActions: []string{"s3:*"}}, true, true},
		{Statement{NotActions: []string{"KMS:decrypt"}}, false, true},
		{Statement{NotActions: []string{"kms:*"}}, false, false},
		{Statement{NotActions: []string{"*"}}, false, false},
		{Statement{}, false, false},
	} {
		if covers, touches := c.s.Covers("kms:Decrypt"), c.s.Touches("kms"); covers != c.covers || touches != c.touches {
			t.Errorf("%+v: covers %v, touches %v", c.s, covers, touches)
		}
	}
}

func TestOperator(t *testing.T) {
	for _, c := range []struct {
		text           string
		valid, negated bool
	}{
		{"StringEquals", true, false}, {"stringnotlike", true, true}, {"ForAllValues:ArnNotLikeIfExists", true, true}, {"ForAny:StringLike", false, false},
		{"NullIfExists", false, false}, {"Null", true, false}, {"IfExists", false, false}, {"NotIpAddress", true, true}, {"StringMatches", false, false},
		{"NumericNotEquals", true, true}, {"DateNotEquals", true, true},
	} {
		o := ParseOperator(c.text)
		if o.Valid() != c.valid || o.Negated() != c.negated || o.String() != c.text {
			t.Errorf("%s: valid %v, negated %v, prints %s", c.text, o.Valid(), o.Negated(), o)
		}
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		Allow.String(): "Allow", Deny.String(): "Deny", Effect(0).String(): "invalid",
		BadForm.String(): "bad form", NotKnown.String(): "not known", ProblemKind(0).String(): "invalid", ProblemKind(99).String(): "invalid",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
