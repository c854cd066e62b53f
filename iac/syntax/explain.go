package syntax

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// characters refuses what YAML does not allow in a file, with its place.
func (l *lines) characters() error {
	for off := 0; off < len(l.text); {
		c := l.text[off]
		if c >= 0x20 && c < 0x7F || c == '\t' || c == '\n' || c == '\r' {
			off++
			continue
		}
		r, size := utf8.DecodeRune(l.text[off:])
		if r < 0x20 || r == 0x7F || 0x80 <= r && r < 0xA0 && r != 0x85 || r == 0xFFFE || r == 0xFFFF {
			return &Error{
				At:      position(l.name, l.text, off),
				Message: fmt.Sprintf("control character U+%04X", r),
				Hint:    `remove it, or write it as an escape inside double quotes`,
			}
		}
		off += size
	}
	return nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// explain turns the YAML parser's error into ours. The parser names the line at
// which the surrounding block begins, so the place where parsing stops is searched:
// the shortest beginning of the file that fails in the same way.
func (l *lines) explain(err error) *Error {
	m := yamlLine.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
	if m == nil {
		return &Error{At: l.pos(1, 1), Message: err.Error()}
	}
	line, _ := strconv.Atoi(m[1])
	line = min(max(line, 1), len(l.at))
	e := &Error{Message: plainer(m[2])}
	column := 1 + len(l.line(line)) - len(bytes.TrimLeft(l.line(line), " \t"))
	if len(l.text) <= 1<<19 {
		line, column = l.locate(m[2], line, column)
	}
	e.At = l.pos(line, column)
	e.Hint = l.hint(line, column, m[2])
	return e
}

// plainer says the parser's frequent messages in words of the file's author.
func plainer(problem string) string {
	switch problem {
	case "did not find expected key":
		return "the indentation or the value before it is broken: a key is expected here"
	case "did not find expected '-' indicator":
		return "the indentation is broken: a list element ('-') is expected here"
	case "mapping values are not allowed in this context":
		return "a ':' where no key can stand"
	case "found character that cannot start any token":
		return "a character that cannot begin a value"
	case "found unexpected end of stream":
		return "a quoted text is not closed"
	case "could not find expected ':'":
		return "a ':' is missing after the key"
	}
	return problem
}

// locate searches by bisection for the shortest beginning of the file that fails
// with this problem, first by lines, then by characters.
func (l *lines) locate(problem string, line, column int) (int, int) {
	fails := func(end int) bool {
		m := yamlLine.FindStringSubmatch(firstError(l.text[:end]))
		return m != nil && m[2] == problem
	}
	end := func(n int) int { // of line n
		if n < len(l.at) {
			return l.at[n]
		}
		return len(l.text)
	}
	lo, hi := 0, len(l.at) // end(lo) passes, end(hi) fails
	if !fails(end(hi)) {
		return line, column
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; fails(end(mid)) {
			hi = mid
		} else {
			lo = mid
		}
	}
	begin, text := l.at[hi-1], l.line(hi)
	indent := len(text) - len(bytes.TrimLeft(text, " \t"))
	if len(text) > 1000 {
		return hi, indent + 1
	}
	for n := indent + 1; n <= len(text); n++ {
		if fails(begin + n) {
			return hi, n
		}
	}
	return hi, indent + 1
}

func firstError(text []byte) string {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for range 2 {
		if _, err := next(dec); err != nil {
			return strings.SplitN(err.Error(), "\n", 2)[0]
		}
	}
	return ""
}

// hint names the frequent mistakes behind an error at a place.
func (l *lines) hint(line, column int, problem string) string {
	text := l.line(line)
	trimmed := bytes.TrimLeft(text, " \t")
	before := bytes.TrimSpace(l.line(line - 1))
	switch {
	case bytes.ContainsRune(text[:len(text)-len(trimmed)], '\t'),
		strings.Contains(problem, "found character that cannot start any token") && bytes.ContainsRune(text, '\t'):
		return "YAML does not allow tabs for indentation: use spaces"
	case bytes.Contains(text, []byte("{{")), bytes.Contains(text, []byte("{%")), bytes.Contains(before, []byte("{%")):
		return rawTemplate
	case bytes.Contains(text, []byte(`"""`)), bytes.Contains(before, []byte(`"""`)):
		return `YAML has no """ strings: use | and an indented block`
	case column <= len(text) && bytes.IndexByte([]byte("@`%"), text[column-1]) >= 0:
		return "quote a value that begins with this character"
	case strings.HasPrefix(problem, "mapping values"):
		if bytes.Count(text, []byte(": ")) > 1 {
			return "quote a value that contains ': '"
		}
		return "check the line before it and the indentation"
	case strings.Contains(problem, "unexpected end of stream"):
		return "close the quote or bracket that was opened"
	case strings.Contains(problem, "did not find expected"), strings.Contains(problem, "could not find expected"):
		return "compare the indentation with the lines above, and the quotes and brackets before it"
	case strings.Contains(problem, "unknown anchor"):
		return "define the anchor (&name) before the alias, or quote a text that begins with *"
	}
	return ""
}
