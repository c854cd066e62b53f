package policy

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// SyntaxError says where and why a text is no policy document at all.
type SyntaxError struct {
	Place
	Reason string
}

// Error returns "line L, column C: reason".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

type kind uint8

const (
	jsonNull kind = iota + 1
	jsonBool
	jsonNumber
	jsonString
	jsonList
	jsonObject
)

func (k kind) String() string {
	return [...]string{"nothing", "null", "a boolean", "a number", "a string", "a list", "an object"}[k]
}

// node is one JSON value. The tree keeps what encoding/json loses: places, the
// order of members, and members that occur twice.
type node struct {
	kind    kind
	text    string // of scalars
	items   []node
	members []member
	at      int
}

type member struct {
	name  string
	at    int
	value node
}

// maxDepth bounds nesting; a policy needs six levels.
const maxDepth = 32

type reader struct {
	s   string
	pos int
}

func readJSON(s string) (n node, err error) {
	r := &reader{s: s}
	r.space()
	if r.pos == len(s) {
		return node{}, r.fail(r.pos, "the text is empty")
	}
	if n, err = r.value(0); err != nil {
		return node{}, err
	}
	if r.space(); r.pos < len(s) {
		return node{}, r.fail(r.pos, "more text after the end of the document")
	}
	return n, nil
}

func (r *reader) fail(at int, format string, args ...any) error {
	return &SyntaxError{Place: place(r.s, at), Reason: fmt.Sprintf(format, args...)}
}

func place(s string, at int) Place {
	before := s[:min(at, len(s))]
	return Place{Offset: at, Line: 1 + strings.Count(before, "\n"), Column: len(before) - strings.LastIndexByte(before, '\n')}
}

func (r *reader) space() {
	for r.pos < len(r.s) && strings.IndexByte(" \t\r\n", r.s[r.pos]) >= 0 {
		r.pos++
	}
}

func (r *reader) value(depth int) (node, error) {
	if depth > maxDepth {
		return node{}, r.fail(r.pos, "nested deeper than %d levels", maxDepth)
	}
	if r.pos >= len(r.s) {
		return node{}, r.fail(r.pos, "the text ends where a value is expected")
	}
	n := node{at: r.pos}
	var err error
	switch c := r.s[r.pos]; {
	case c == '{':
		n.kind = jsonObject
		n.members, err = r.object(depth)
	case c == '[':
		n.kind = jsonList
		n.items, err = r.list(depth)
	case c == '"':
		n.kind = jsonString
		n.text, err = r.str()
	case c == '-' || c >= '0' && c <= '9':
		n.kind = jsonNumber
		n.text, err = r.number()
	default:
		n.kind, n.text, err = r.word()
	}
	return n, err
}

func (r *reader) word() (kind, string, error) {
	for _, w := range [...]struct {
		text string
		kind kind
	}{{"true", jsonBool}, {"false", jsonBool}, {"null", jsonNull}} {
		if strings.HasPrefix(r.s[r.pos:], w.text) {
			r.pos += len(w.text)
			return w.kind, w.text, nil
		}
	}
	c, _ := utf8.DecodeRuneInString(r.s[r.pos:])
	return 0, "", r.fail(r.pos, "%q where a value is expected", c)
}

func (r *reader) number() (string, error) {
	start := r.pos
	digits := func() bool {
		from := r.pos
		for r.pos < len(r.s) && r.s[r.pos] >= '0' && r.s[r.pos] <= '9' {
			r.pos++
		}
		return r.pos > from
	}
	r.skip("-")
	ok := digits()
	if ok && r.skip(".") {
		ok = digits()
	}
	if ok && r.skip("eE") {
		r.skip("+-")
		ok = digits()
	}
	if !ok {
		return "", r.fail(start, "not a number")
	}
	return r.s[start:r.pos], nil
}

// skip steps over one of the bytes of set.
func (r *reader) skip(set string) bool {
	if r.pos < len(r.s) && strings.IndexByte(set, r.s[r.pos]) >= 0 {
		r.pos++
		return true
	}
	return false
}

func (r *reader) list(depth int) (items []node, err error) {
	r.pos++
	r.space()
	if r.skip("]") {
		return nil, nil
	}
	for {
		r.space()
		n, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, n)
		r.space()
		if r.skip("]") {
			return items, nil
		}
		if !r.skip(",") {
			return nil, r.fail(r.pos, "a comma or the end of the list is missing")
		}
	}
}

func (r *reader) object(depth int) (members []member, err error) {
	r.pos++
	r.space()
	if r.skip("}") {
		return nil, nil
	}
	for {
		r.space()
		m := member{at: r.pos}
		if r.pos >= len(r.s) || r.s[r.pos] != '"' {
			return nil, r.fail(r.pos, "a member name in double quotes is missing")
		}
		if m.name, err = r.str(); err != nil {
			return nil, err
		}
		r.space()
		if !r.skip(":") {
			return nil, r.fail(r.pos, "a colon after the member name %q is missing", m.name)
		}
		r.space()
		if m.value, err = r.value(depth + 1); err != nil {
			return nil, err
		}
		members = append(members, m)
		r.space()
		if r.skip("}") {
			return members, nil
		}
		if !r.skip(",") {
			return nil, r.fail(r.pos, "a comma or the end of the object is missing")
		}
	}
}

func (r *reader) str() (string, error) {
	start := r.pos
	r.pos++
	from := r.pos
	var b []byte // only when the string has escapes
	for r.pos < len(r.s) {
		switch c := r.s[r.pos]; {
		case c == '"':
			text := r.s[from:r.pos]
			if b != nil {
				text = string(append(b, text...))
			}
			r.pos++
			if !utf8.ValidString(text) {
				return "", r.fail(start, "the string is not valid UTF-8")
			}
			return text, nil
		case c < ' ':
			return "", r.fail(r.pos, "a control character inside a string")
		case c == '\\':
			b = append(b, r.s[from:r.pos]...)
			c, err := r.escape()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, c)
			from = r.pos
		default:
			r.pos++
		}
	}
	return "", r.fail(start, "the string has no end")
}

// escape reads one escape sequence; an unpaired surrogate becomes U+FFFD, as in
// encoding/json.
func (r *reader) escape() (rune, error) {
	at := r.pos
	r.pos++
	if r.pos >= len(r.s) {
		return 0, r.fail(at, "the string has no end")
	}
	c := r.s[r.pos]
	r.pos++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, r.fail(at, "an escape sequence that JSON does not have")
	}
	v, ok := r.hex4()
	if !ok {
		return 0, r.fail(at, "an escape sequence without four hexadecimal digits")
	}
	if utf16.IsSurrogate(v) && strings.HasPrefix(r.s[r.pos:], `\u`) {
		back := r.pos
		r.pos += 2
		if low, ok := r.hex4(); ok {
			if pair := utf16.DecodeRune(v, low); pair != utf8.RuneError {
				return pair, nil
			}
		}
		r.pos = back
	}
	return v, nil // AppendRune writes U+FFFD for a surrogate
}

func (r *reader) hex4() (v rune, ok bool) {
	if len(r.s)-r.pos < 4 {
		return 0, false
	}
	for range 4 {
		d := strings.IndexByte("0123456789abcdef", r.s[r.pos]|0x20)
		if d < 0 || r.s[r.pos] < '0' {
			return 0, false
		}
		v = v<<4 | rune(d)
		r.pos++
	}
	return v, true
}
