package lint

import "strings"

// arnsOverlap reports whether some ARN matches both patterns, of which b has all six
// parts. Wildcards stay inside their part, but in the last. A pattern that lacks
// parts is compared as a text.
func arnsOverlap(a, b string) bool {
	x, y := strings.SplitN(a, ":", 6), strings.SplitN(b, ":", 6)
	if len(x) < 6 {
		return overlap(a, b)
	}
	for i := range x {
		if !overlap(x[i], y[i]) {
			return false
		}
	}
	return true
}

// overlap reports whether some text matches both patterns. In a, * stands for any
// text and ? for one character; in b, * stands for any text and % for any without a
// slash. It takes time proportional to the product of the lengths.
func overlap(a, b string) bool {
	// reach[j]: a text that a[:i] matches also matches b[:j].
	reach := make([]bool, len(b)+1)
	reach[0] = true
	skip(reach, b)
	for i := range len(a) {
		next := make([]bool, len(b)+1)
		if a[i] == '*' {
			// Any text: whatever of b is still to come may be in it.
			on := false
			for j := range reach {
				on = on || reach[j]
				next[j] = on
			}
			reach = next
			continue
		}
		for j := range b {
			if !reach[j] {
				continue
			}
			switch {
			case b[j] == '*' || b[j] == '%' && (a[i] != '/'):
				next[j] = true // the character is in the run, which goes on
			case b[j] == '%':
			case a[i] == '?' || a[i] == b[j]:
				next[j+1] = true
			}
		}
		skip(next, b)
		reach = next
	}
	return reach[len(b)]
}

// skip lets runs of b be empty.
func skip(reach []bool, b string) {
	for j := range b {
		if reach[j] && (b[j] == '*' || b[j] == '%') {
			reach[j+1] = true
		}
	}
}
