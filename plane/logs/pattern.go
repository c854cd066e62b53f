package logs

import "strings"

// term is one term of a filter pattern for unstructured events.
type term struct {
	text string
	// kind is 0: it must be in the message, '-': it must not, '?': one of these must.
	kind byte
}

// What is wrong with patterns; the second is the service's text.
const (
	otherForms = "not implemented by the local plane: filter patterns for JSON, for columns and with regular expressions"
	malformed  = "Invalid filter pattern"
)

// pattern reads a filter pattern of terms, and returns what says whether a message matches,
// or what is wrong.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
func pattern(text string) (match func(message string) bool, problem string) {
	rest := strings.TrimSpace(text)
	if strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") || strings.Contains(rest, "%") {
		return nil, otherForms
	}
	var terms []term
	for rest != "" {
		var t term
		if rest[0] == '-' || rest[0] == '?' {
			t.kind, rest = rest[0], rest[1:]
		}
		if strings.HasPrefix(rest, `"`) {
			var ok bool
			if t.text, rest, ok = strings.Cut(rest[1:], `"`); !ok {
				return nil, malformed
			}
		} else {
			t.text, rest, _ = strings.Cut(rest, " ")
			if t.text == "" || strings.ContainsFunc(t.text, special) {
				// Terms with other characters than letters, digits and _ are quoted.
				return nil, malformed
			}
		}
		terms = append(terms, t)
		rest = strings.TrimSpace(rest)
	}
	return func(message string) bool { return matches(terms, message) }, ""
}

func special(c rune) bool {
	return c != '_' && c < 128 && !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z')
}

func matches(terms []term, message string) bool {
	any, one := false, false
	for _, t := range terms {
		has := strings.Contains(message, t.text)
		switch t.kind {
		case '?':
			any, one = true, one || has
		case '-':
			if has {
				return false
			}
		default:
			if !has {
				return false
			}
		}
	}
	return !any || one
}
