package bedrock

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/wire"
)

func TestPatterns(t *testing.T) {
	for typ, c := range map[string]struct{ found, not []string }{
		"EMAIL":                             {[]string{"a.b+c@mail.example.com"}, []string{"a@b", "@example.com"}},
		"PHONE":                             {[]string{"206-555-0100", "(206) 555-0100", "+44 206.555.0100"}, []string{"2065550100", "206-555-01000"}},
		"URL":                               {[]string{"https://example.com/a?b=c", "www.example.com"}, []string{"example.com", "ftp://example.com"}},
		"IP_ADDRESS":                        {[]string{"10.0.0.1", "2001:db8::1", "::1"}, []string{"10.0.0.256", "10:30"}},
		"MAC_ADDRESS":                       {[]string{"00:1A:2b:3c:4D:5e", "00-1A-2b-3c-4D-5e"}, []string{"00:1A:2b:3c:4D"}},
		"AWS_ACCESS_KEY":                    {[]string{"AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"}, []string{"AKIAIOSFODNN7EXAMPL", "BKIAIOSFODNN7EXAMPLE"}},
		"CREDIT_DEBIT_CARD_NUMBER":          {[]string{"4111 1111 1111 1111", "378282246310005"}, []string{"4111 1111 1111 1112", "411111"}},
		"CREDIT_DEBIT_CARD_EXPIRY":          {[]string{"01/27", "12/2031"}, []string{"13/27", "1/27"}},
		"INTERNATIONAL_BANK_ACCOUNT_NUMBER": {[]string{"GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"}, []string{"GB83 WEST 1234 5698 7654 32"}},
		"US_SOCIAL_SECURITY_NUMBER":         {[]string{"123-45-6789"}, []string{"000-45-6789", "666-45-6789", "900-45-6789", "123-00-6789", "123-45-0000", "123456789"}},
		"US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": {[]string{"912-70-1234"}, []string{"912-40-1234", "812-70-1234"}},
		"CA_SOCIAL_INSURANCE_NUMBER":              {[]string{"046 454 286"}, []string{"046 454 287"}},
		"UK_NATIONAL_INSURANCE_NUMBER":            {[]string{"AB 12 34 56 C", "AB123456C"}, []string{"DB123456C", "AB123456E"}},
	} {
		p, ok := patterns[typ]
		if !ok {
			t.Errorf("%s is not looked for", typ)
			continue
		}
		for _, text := range c.found {
			if got := p.find("x " + text + " y"); !slices.Equal(got, []span{{2, 2 + len(text)}}) {
				t.Errorf("%s %q: %v", typ, text, got)
			}
		}
		for _, text := range c.not {
			if got := p.find("x " + text + " y"); got != nil {
				t.Errorf("%s finds %q: %v", typ, text, got)
			}
		}
	}
	if len(patterns) != 13 {
		t.Errorf("%d patterns, not all of which are tested", len(patterns))
	}
}

// FuzzAssess: no text breaks a guardrail; what is masked is found no more; what is not valid
// stays as it is where nothing is found.
func FuzzAssess(f *testing.F) {
	for _, s := range []string{"", "damn", "a@b.example 4111 1111 1111 1111", "Ⱥ damn É", "\xff@x.example", "::1 10.0.0.1", "GB82 WEST 1234 5698 7654 32", "which stocks and bonds"} {
		f.Add(s)
	}
	config := wire.Object{
		"wordPolicy":  wire.Object{"words": []any{wire.Object{"text": "É damn"}}, "managedWordLists": []any{wire.Object{"type": "PROFANITY"}}},
		"topicPolicy": wire.Object{"topics": []any{wire.Object{"name": "Stocks", "definition": "stocks and bonds"}}},
		"sensitiveInformationPolicy": wire.Object{"piiEntities": []any{
			wire.Object{"type": "EMAIL", "action": "ANONYMIZE"}, wire.Object{"type": "IP_ADDRESS", "action": "ANONYMIZE"}, wire.Object{"type": "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "action": "BLOCK"},
		}},
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := assess(config, input, true, []string{text})
		if !o.masked && o.texts[0] != text {
			t.Errorf("%q became %q", text, o.texts[0])
		}
		if utf8.ValidString(text) && !utf8.ValidString(o.texts[0]) {
			t.Errorf("%q became %q", text, o.texts[0])
		}
		if again := assess(config, input, true, []string{text}); again.texts[0] != o.texts[0] || again.blocked != o.blocked {
			t.Errorf("%q is assessed in two ways", text)
		}
	})
}
