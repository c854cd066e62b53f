package spec

import (
	"strings"
	"unicode/utf8"
)

// piece is a part of a pattern: a wildcard, or text to be taken as it is.
type piece struct {
	star, one bool
	text      string
}

// glob matches by the definition: a star is nothing, or one character and a star.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html#reference_policies_elements_resource_wildcards
func glob(pattern []piece, text string) bool {
	type at struct{ pattern, text int }
	memo := map[at]bool{}
	var match func(p, t int) bool
	match = func(p, t int) bool {
		if p == len(pattern) {
			return t == len(text)
		}
		if known, ok := memo[at{p, t}]; ok {
			return known
		}
		result := false
		_, width := utf8.DecodeRuneInString(text[t:])
		switch {
		case pattern[p].star:
			result = match(p+1, t) || t < len(text) && match(p, t+width)
		case pattern[p].one:
			result = t < len(text) && match(p+1, t+width)
		default:
			result = strings.HasPrefix(text[t:], pattern[p].text) && match(p+1, t+len(pattern[p].text))
		}
		memo[at{p, t}] = result
		return result
	}
	return match(0, 0)
}

// wildcards reads the wildcards of a text without variables.
func wildcards(s string) (out []piece) {
	for _, c := range s {
		switch c {
		case '*':
			out = append(out, piece{star: true})
		case '?':
			out = append(out, piece{one: true})
		default:
			out = append(out, piece{text: string(c)})
		}
	}
	return out
}
