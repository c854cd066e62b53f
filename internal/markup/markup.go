// Package markup writes HTML without templates: a text of the program's own source is
// [Markup] by its type, and every other string goes through [Writer.Text], which escapes
// it. [Visible] makes harmless what a terminal or browser would act on.
package markup

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// Markup is HTML that stands in the program's source. Only constants convert to it
// without a cast, so other text cannot pass for it.
type Markup string

// Writer writes HTML. It keeps the first error for Flush.
type Writer struct{ w *bufio.Writer }

// NewWriter makes a writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{bufio.NewWriterSize(w, 64<<10)} }

// Flush writes what is buffered and returns the first error of all writes.
func (w *Writer) Flush() error { return w.w.Flush() }

// Markup writes the program's own HTML.
func (w *Writer) Markup(m Markup) { _, _ = w.w.WriteString(string(m)) } // bufio keeps the first error for Flush

// Text writes a string from anywhere, safe in element content and in double-quoted
// attributes, as one line of visible characters.
func (w *Writer) Text(s string) { _, _ = escapes.WriteString(w.w, Visible(s)) }

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// Int writes a number.
func (w *Writer) Int(n int) { w.Text(strconv.Itoa(n)) }

// Element writes open, the text and end.
func (w *Writer) Element(open Markup, text string, end Markup) {
	w.Markup(open)
	w.Text(text)
	w.Markup(end)
}
