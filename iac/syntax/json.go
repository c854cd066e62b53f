package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseJSON parses one JSON value (RFC 8259) of any encoding that [Decode] takes.
// Beyond the grammar it refuses duplicate keys, naming both places: readers differ
// in which one they take. Half surrogates become U+FFFD, as in encoding/json.
// Every error is an [*Error] with line and column.
func ParseJSON(name string, data []byte, lim Limits) (*Node, error) {
	lim = lim.withDefaults()
	if len(data) > lim.MaxBytes {
		return nil, tooLarge(name, len(data), lim.MaxBytes)
	}
	data, err := Decode(name, data)
	if err != nil {
		return nil, err
	}
	p := &scanner{
		name: name, lim: lim, line: 1,
		text:  string(data), // one copy, which all texts of the tree share
		arena: arena{next: min(max(len(data)/32, 8), 1<<13)},
	}
	p.space()
	if p.off == len(p.text) {
		return nil, empty(name)
	}
	root, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.off < len(p.text) {
		return nil, p.trailing()
	}
	return &root, nil
}

func empty(name string) *Error {
	return &Error{At: start(name), Message: "the file is empty", NotInput: true}
}

// scanner is a JSON parser that keeps positions. Items of the containers that are
// open stand on one stack, and move to the arena, at their exact size, when the
// container closes.
type scanner struct {
	name      string
	text      string
	lim       Limits
	off       int
	line      int32
	lineStart int
	nodes     int
	stack     []Node
	arena     arena
	seen      map[string]int
}

func (p *scanner) fail(off int, hint, format string, args ...any) *Error {
	at := position(p.name, p.text, off)
	return &Error{At: at, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func (p *scanner) space() {
	for p.off < len(p.text) {
		switch p.text[p.off] {
		case ' ', '\t', '\r':
		case '\n':
			p.line++
			p.lineStart = p.off + 1
		default:
			return
		}
		p.off++
	}
}

func (p *scanner) node(kind Kind) Node {
	return Node{Kind: kind, Line: p.line, Column: int32(p.off - p.lineStart + 1)}
}

func (p *scanner) value(depth int) (Node, error) {
	if p.nodes++; p.nodes > p.lim.MaxNodes {
		return Node{}, p.fail(p.off, "", "the file has more than %d values", p.lim.MaxNodes).final()
	}
	if p.off == len(p.text) {
		return Node{}, p.fail(p.off, "the file may have been cut off", "the file ends where a value is expected")
	}
	switch c := p.text[p.off]; {
	case c == '{':
		return p.object(depth + 1)
	case c == '[':
		return p.array(depth + 1)
	case c == '"':
		n := p.node(String)
		text, err := p.str()
		n.Text = text
		return n, err
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	case c == 't':
		return p.word(Bool, "true")
	case c == 'f':
		return p.word(Bool, "false")
	case c == 'n':
		return p.word(Null, "null")
	}
	return Node{}, p.unexpected("a value")
}

func (p *scanner) word(kind Kind, word string) (Node, error) {
	if !strings.HasPrefix(p.text[p.off:], word) {
		return Node{}, p.unexpected("a value")
	}
	n := p.node(kind)
	n.Text = p.text[p.off : p.off+len(word)]
	p.off += len(word)
	if p.off < len(p.text) && wordByte(p.text[p.off]) {
		return Node{}, p.unexpected("the end of the value")
	}
	return n, nil
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (p *scanner) deeper(depth int) error {
	if depth > p.lim.MaxDepth {
		return p.fail(p.off, "", "lists and maps are nested deeper than %d levels", p.lim.MaxDepth).final()
	}
	return nil
}

func (p *scanner) array(depth int) (Node, error) {
	if err := p.deeper(depth); err != nil {
		return Node{}, err
	}
	n, base := p.node(List), len(p.stack)
	p.off++
	for first := true; ; first = false {
		p.space()
		if first && p.at(']') {
			break
		}
		item, err := p.value(depth)
		if err != nil {
			return n, err
		}
		p.stack = append(p.stack, item)
		p.space()
		if p.at(']') {
			break
		}
		if !p.at(',') {
			return n, p.unexpected("',' or ']'")
		}
		p.off++
	}
	p.off++
	n.Items = p.arena.keep(p.stack[base:])
	p.stack = p.stack[:base]
	return n, nil
}

func (p *scanner) object(depth int) (Node, error) {
	if err := p.deeper(depth); err != nil {
		return Node{}, err
	}
	n, base := p.node(Map), len(p.stack)
	p.off++
	for first := true; ; first = false {
		p.space()
		if first && p.at('}') {
			break
		}
		if !p.at('"') {
			return n, p.unexpected("a key in double quotes")
		}
		p.nodes++
		key := p.node(String)
		var err error
		if key.Text, err = p.str(); err != nil {
			return n, err
		}
		if p.space(); !p.at(':') {
			return n, p.unexpected("':'")
		}
		p.off++
		p.space()
		value, err := p.value(depth)
		if err != nil {
			return n, err
		}
		p.stack = append(p.stack, key, value)
		p.space()
		if p.at('}') {
			break
		}
		if !p.at(',') {
			return n, p.unexpected("',' or '}'")
		}
		p.off++
	}
	p.off++
	if err := p.unique(p.stack[base:]); err != nil {
		return n, err
	}
	n.Items = p.arena.keep(p.stack[base:])
	p.stack = p.stack[:base]
	return n, nil
}

func (p *scanner) at(c byte) bool { return p.off < len(p.text) && p.text[p.off] == c }

// unique finds a key that stands twice. Small maps are compared pair by pair,
// which is faster than hashing.
func (p *scanner) unique(items []Node) error {
	if len(items) <= 32 {
		for i := 2; i < len(items); i += 2 {
			for j := 0; j < i; j += 2 {
				if items[i].Text == items[j].Text {
					return twice(p.name, &items[j], &items[i])
				}
			}
		}
		return nil
	}
	if p.seen == nil || len(p.seen) > 4096 { // clearing costs what the map once held
		p.seen = make(map[string]int, len(items)/2)
	}
	clear(p.seen)
	for i := 0; i < len(items); i += 2 {
		if j, dup := p.seen[items[i].Text]; dup {
			return twice(p.name, &items[j], &items[i])
		}
		p.seen[items[i].Text] = i
	}
	return nil
}

func twice(name string, first, second *Node) *Error {
	return &Error{
		At: second.At(name),
		Message: fmt.Sprintf("duplicate key %q, first at line %d column %d",
			clip(first.Text), first.Line, first.Column),
		Hint:        "rename or remove one of the two: which one counts depends on the tool that reads the file",
		everySyntax: true,
	}
}

func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func (p *scanner) number() (Node, error) {
	n, begin := p.node(Number), p.off
	if p.at('-') {
		p.off++
	}
	if p.at('0') {
		p.off++
	} else if !p.digits() {
		return n, p.unexpected("a digit")
	}
	if p.at('.') {
		if p.off++; !p.digits() {
			return n, p.unexpected("a digit")
		}
	}
	if p.at('e') || p.at('E') {
		if p.off++; p.at('+') || p.at('-') {
			p.off++
		}
		if !p.digits() {
			return n, p.unexpected("a digit")
		}
	}
	if p.off < len(p.text) && wordByte(p.text[p.off]) {
		return n, p.unexpected("the end of the number")
	}
	n.Text = p.text[begin:p.off]
	return n, nil
}

func (p *scanner) digits() bool {
	begin := p.off
	for p.off < len(p.text) && '0' <= p.text[p.off] && p.text[p.off] <= '9' {
		p.off++
	}
	return p.off > begin
}

// str reads a string; a text without escapes is a slice of the input.
func (p *scanner) str() (string, error) {
	begin := p.off
	p.off++
	for i := p.off; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			s := p.text[p.off:i]
			p.off = i + 1
			return s, nil
		case c == '\\':
			return p.escaped(begin, i)
		case c < 0x20:
			return "", p.control(begin, i)
		}
	}
	return "", p.fail(begin, `close the string with "`, "the string is not closed")
}

func (p *scanner) control(begin, off int) error {
	if c := p.text[off]; c != '\n' && c != '\r' {
		return p.fail(off, fmt.Sprintf(`write it as \u%04x`, c), "control character 0x%02x inside a string", c)
	}
	hint := `close the string with " or write the line break as \n`
	if strings.HasPrefix(p.text[begin:], `"""`) {
		hint = `JSON has no """ strings: write one string with \n for the line breaks`
	}
	return p.fail(begin, hint, "the string is not closed at the end of the line")
}

func (p *scanner) escaped(begin, i int) (string, error) {
	b := make([]byte, 0, 2*(i-p.off)+16)
	b = append(b, p.text[p.off:i]...)
	for i < len(p.text) {
		c := p.text[i]
		switch {
		case c == '"':
			p.off = i + 1
			return string(b), nil
		case c < 0x20:
			return "", p.control(begin, i)
		case c != '\\':
			b = append(b, c)
			i++
			continue
		}
		if i+1 == len(p.text) {
			break
		}
		if e := strings.IndexByte(`"\/bfnrt`, p.text[i+1]); e >= 0 {
			b = append(b, "\"\\/\b\f\n\r\t"[e])
			i += 2
			continue
		}
		r, ok := p.hex4(i)
		if !ok {
			return "", p.fail(i, `write a backslash as \\`, "%s is not an escape of JSON", clip(p.text[i:min(i+2, len(p.text))]))
		}
		i += 6
		if low, ok := p.hex4(i); ok && 0xD800 <= r && r < 0xDC00 && 0xDC00 <= low && low < 0xE000 {
			r = 0x10000 + (r-0xD800)<<10 + (low - 0xDC00)
			i += 6
		}
		b = utf8.AppendRune(b, r) // a half surrogate becomes U+FFFD
	}
	return "", p.fail(begin, `close the string with "`, "the string is not closed")
}

func (p *scanner) hex4(i int) (rune, bool) {
	if i+6 > len(p.text) || p.text[i] != '\\' || p.text[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(p.text[i+2 : i+6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unexpected says what stands where something else should, with a hint for the
// frequent mistakes.
func (p *scanner) unexpected(want string) *Error {
	rest := p.text[p.off:]
	if rest == "" {
		return p.fail(p.off, "the file may have been cut off", "the file ends where %s is expected", want)
	}
	hint := ""
	switch before := strings.TrimRight(p.text[:p.off], " \t\r\n"); {
	case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "{%"), strings.HasPrefix(rest, "{") && strings.HasSuffix(before, "{"):
		hint = rawTemplate
	case strings.HasSuffix(before, `""`) && rest[0] == '"':
		hint = `JSON has no """ strings: write one string with \n for the line breaks`
	case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "/*"), rest[0] == '#':
		hint = "JSON has no comments: remove it"
	case rest[0] == '\'':
		hint = "JSON strings stand in double quotes"
	case (rest[0] == '}' || rest[0] == ']') && strings.HasSuffix(before, ","):
		hint = "remove the comma before it"
	case rest[0] == '"' && strings.HasPrefix(want, "','"):
		hint = "a comma is missing before it"
	case strings.HasPrefix(want, "','"):
		hint = "a bracket or comma before it is missing or misplaced"
	case strings.HasPrefix(rest, "True"), strings.HasPrefix(rest, "False"), strings.HasPrefix(rest, "None"):
		hint = "JSON writes true, false and null"
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return p.fail(p.off, hint, "%q where %s is expected", r, want)
}

func (p *scanner) trailing() *Error {
	return p.fail(p.off, "a file holds exactly one JSON value", "text after the end of the JSON value")
}

const rawTemplate = "this looks like a Jinja, Helm or Mustache template: render it first"

// arena hands out exact-size slices from large chunks.
type arena struct {
	free []Node
	next int // nodes in the next chunk
}

func (a *arena) keep(items []Node) []Node {
	n := len(items)
	if n == 0 {
		return nil
	}
	if n > len(a.free) {
		if n > a.next/4 {
			return append(make([]Node, 0, n), items...)
		}
		a.free = make([]Node, a.next)
		a.next = min(2*a.next, 1<<14)
	}
	out := a.free[:n:n]
	a.free = a.free[n:]
	copy(out, items)
	return out
}
