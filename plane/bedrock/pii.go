package bedrock

import (
	"net/netip"
	"regexp"
	"strings"
)

// pattern finds personal information of a type.
type pattern struct {
	expression *regexp.Regexp
	// right refuses what only looks like it; nil: nothing does.
	right func(match string) bool
}

// patterns are the types of personal information that a regular expression can find. The
// others (names, addresses, ages, passwords …) need a model: they are never found.
// Source of the types: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html
var patterns = map[string]pattern{
	"EMAIL":                             {regexp.MustCompile(`[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}`), nil},
	"PHONE":                             {regexp.MustCompile(`(?:\+\d{1,3}[ .-]?)?(?:\(\d{3}\) ?|\b\d{3}[ .-])\d{3}[ .-]\d{4}\b`), nil},
	"URL":                               {regexp.MustCompile(`(?i)\b(?:https?://|www\.)[^\s<>"']+`), nil},
	"IP_ADDRESS":                        {regexp.MustCompile(`(?:[0-9A-Fa-f]{0,4}:){2,}[0-9A-Fa-f:.]*|\b\d{1,3}(?:\.\d{1,3}){3}\b`), isAddress},
	"MAC_ADDRESS":                       {regexp.MustCompile(`\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b`), nil},
	"AWS_ACCESS_KEY":                    {regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`), nil},
	"CREDIT_DEBIT_CARD_NUMBER":          {regexp.MustCompile(`\b\d(?:[ -]?\d){12,18}\b`), luhn},
	"CREDIT_DEBIT_CARD_EXPIRY":          {regexp.MustCompile(`\b(?:0[1-9]|1[0-2])/(?:20)?\d{2}\b`), nil},
	"INTERNATIONAL_BANK_ACCOUNT_NUMBER": {regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b`), isIBAN},
	"US_SOCIAL_SECURITY_NUMBER":         {regexp.MustCompile(`\b\d{3}-\d{2}-\d{4}\b`), isSocialSecurity},
	"US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": {regexp.MustCompile(`\b9\d{2}-[5-9]\d-\d{4}\b`), nil},
	"CA_SOCIAL_INSURANCE_NUMBER":              {regexp.MustCompile(`\b\d{3}[ -]\d{3}[ -]\d{3}\b`), luhn},
	"UK_NATIONAL_INSURANCE_NUMBER":            {regexp.MustCompile(`\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b`), nil},
}

// span is a part of a text.
type span struct{ start, end int }

// find returns where in a text the pattern is.
func (p *pattern) find(text string) []span {
	var out []span
	for _, at := range p.expression.FindAllStringIndex(text, -1) {
		if at[0] < at[1] && (p.right == nil || p.right(text[at[0]:at[1]])) {
			out = append(out, span{at[0], at[1]})
		}
	}
	return out
}

// luhn checks the last digit of a number.
// Source: ISO/IEC 7812-1, annex B.
func luhn(number string) bool {
	sum, double := 0, false
	for i := len(number) - 1; i >= 0; i-- {
		c := number[i]
		if c < '0' || c > '9' {
			continue
		}
		d := int(c - '0')
		if double {
			d *= 2
			d = d/10 + d%10
		}
		sum, double = sum+d, !double
	}
	return sum%10 == 0
}

// isIBAN checks the digits after the country. Source: ISO 7064, MOD 97-10.
func isIBAN(text string) bool {
	s := strings.ReplaceAll(text, " ", "")
	rest := 0
	for _, c := range s[4:] + s[:4] {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
			continue
		}
		rest = (rest*10 + int(c-'0')) % 97
	}
	return rest == 1
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// isSocialSecurity refuses numbers that are never assigned.
// Source: https://www.ssa.gov/employer/randomization.html
func isSocialSecurity(text string) bool {
	return text[:3] != "000" && text[:3] != "666" && text[0] != '9' && text[4:6] != "00" && text[7:] != "0000"
}
