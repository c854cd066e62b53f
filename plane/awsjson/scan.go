package awsjson

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// valid says whether body is one JSON value in UTF-8 and nothing after it. Names may
// repeat.
func valid(body []byte) bool {
	return jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(true))
}

// cursor walks over the entries of an object or a list. What it walks over is valid JSON;
// on anything else it stops somewhere, but within raw.
type cursor struct {
	raw []byte
	at  int
}

// open returns a cursor inside an object or a list.
func open(raw []byte) cursor { return cursor{raw: raw, at: 1} }

// member returns the next member of an object; the name is still quoted.
func (c *cursor) member() (name, value []byte, ok bool) {
	name, ok = c.element()
	if !ok {
		return nil, nil, false
	}
	value, ok = c.element()
	return name, value, ok
}

// element returns the next element of a list.
func (c *cursor) element() (value []byte, ok bool) {
	for c.at < len(c.raw) {
		switch c.raw[c.at] {
		case ' ', '\t', '\n', '\r', ',', ':':
			c.at++
		case ']', '}':
			return nil, false
		default:
			start := c.at
			c.at = skip(c.raw, start)
			return c.raw[start:c.at], true
		}
	}
	return nil, false
}

// skip returns where the value ends that starts at i. It does not recurse.
func skip(raw []byte, i int) int {
	switch raw[i] {
	case '"':
		return skipString(raw, i)
	case '{', '[':
	default:
		for i < len(raw) && !delimiter(raw[i]) {
			i++
		}
		return i
	}
	for depth := 0; i < len(raw); {
		switch raw[i] {
		case '"':
			i = skipString(raw, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(raw)
}

// skipString returns where the string ends that starts at i. The search for a quote is
// much faster than a loop over long blobs.
func skipString(raw []byte, i int) int {
	for i++; ; i++ {
		n := bytes.IndexByte(raw[i:], '"')
		if n < 0 {
			return len(raw)
		}
		escapes := 0
		for k := i + n - 1; k >= i && raw[k] == '\\'; k-- {
			escapes++
		}
		if i += n; escapes%2 == 0 {
			return i + 1
		}
	}
}

func delimiter(b byte) bool {
	switch b {
	case ' ', '\t', '\n', '\r', ',', ':', ']', '}':
		return true
	}
	return false
}

// unquoted returns the content of a quoted string, which is part of raw if nothing in it
// is escaped.
func unquoted(raw []byte) []byte {
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	text, _ := jsontext.AppendUnquote(nil, raw) // cannot fail: raw is valid
	return text
}
