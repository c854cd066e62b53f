package authz

import (
	"strings"
	"unicode/utf8"
)

// Wildcards of compiled patterns are bytes that UTF-8 never has, so that a star
// that was escaped, or that came in with a variable, is an ordinary character.
const (
	anyRun  = 0xFF // any run of characters, also none
	anyChar = 0xFE // exactly one character

	anyRunText = "\xff"
)

// glob reports whether a text matches a compiled pattern. It goes back to the last
// run only, so its time is bounded by the product of the lengths.
func glob[P string | []byte](pattern P, text string) bool {
	p, t := 0, 0
	run, mark := -1, 0
	for t < len(text) {
		if p < len(pattern) {
			switch c := pattern[p]; {
			case c == text[t] && c < anyChar:
				p++
				t++
				continue
			case c == anyChar:
				p++
				t += width(text, t)
				continue
			case c == anyRun:
				if p++; p == len(pattern) {
					return true
				}
				run = p
				if mark = seek(pattern[p], text, t); mark < 0 {
					return false
				}
				t = mark
				continue
			}
		}
		if run < 0 {
			return false
		}
		mark = seek(pattern[run], text, mark+width(text, mark))
		if p, t = run, mark; mark < 0 {
			return false
		}
	}
	for p < len(pattern) && pattern[p] == anyRun {
		p++
	}
	return p == len(pattern)
}

// seek finds where, from i on, a pattern that goes on with c can match; -1 for
// nowhere.
func seek(c byte, text string, i int) int {
	if c >= anyChar {
		return i
	}
	if n := strings.IndexByte(text[i:], c); n >= 0 {
		return i + n
	}
	return -1
}

// width is the number of bytes of the character at i.
func width(s string, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s[i:])
	return n
}

// globFold is glob for ASCII names without regard to case; the pattern is in lower
// case already.
func globFold(pattern, text string) bool {
	p, t := 0, 0
	run, mark := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == anyRun:
			p++
			run, mark = p, t
		case p < len(pattern) && (pattern[p] == anyChar || pattern[p] == lower(text[t])):
			p++
			t++
		case run >= 0:
			mark++
			p, t = run, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == anyRun {
		p++
	}
	return p == len(pattern)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// equalFold compares ASCII names without regard to case; a is in lower case
// already.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != lower(b[i]) {
			return false
		}
	}
	return true
}
