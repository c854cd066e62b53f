package awsquery

import (
	"strings"
	"unicode/utf8"
)

// document is XML that is being written, indented as AWS does.
type document struct {
	b     []byte
	depth int
}

func (d *document) indent() {
	for range d.depth {
		d.b = append(d.b, "  "...)
	}
}

// open begins an element that has others.
func (d *document) open(name string) {
	d.indent()
	d.b = append(d.b, "<"+name+">\n"...)
	d.depth++
}

// openIn is open with a default namespace.
func (d *document) openIn(namespace, name string) {
	d.indent()
	d.b = append(d.b, "<"+name+` xmlns="`+namespace+"\">\n"...)
	d.depth++
}

func (d *document) close(name string) {
	d.depth--
	d.indent()
	d.b = append(d.b, "</"+name+">\n"...)
}

// empty writes an element without anything.
func (d *document) empty(name string) {
	d.indent()
	d.b = append(d.b, "<"+name+"/>\n"...)
}

// text writes an element with a text.
func (d *document) text(name, text string) {
	d.indent()
	d.b = append(d.b, "<"+name+">"...)
	d.b = appendEscaped(d.b, text)
	d.b = append(d.b, "</"+name+">\n"...)
}

// appendEscaped appends a text. What XML cannot have becomes the replacement character; a
// carriage return is escaped, as a reader takes a bare one for a line feed.
// https://www.w3.org/TR/xml/#charsets and https://www.w3.org/TR/xml/#sec-line-ends
func appendEscaped(dst []byte, text string) []byte {
	for _, r := range text {
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '\r':
			dst = append(dst, "&#xD;"...)
		case r < ' ' && !strings.ContainsRune("\t\n", r), r == '\uFFFE', r == '\uFFFF':
			dst = append(dst, "\uFFFD"...)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}
