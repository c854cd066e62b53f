package syntax

import (
	"bytes"
	"unicode/utf8"

	"github.com/bedlock/bedlock"
)

// lines maps the lines of a text to byte offsets.
type lines struct {
	name string
	text []byte
	at   []int
}

func newLines(name string, text []byte) *lines {
	l := &lines{name: name, text: text, at: make([]int, 1, 1+bytes.Count(text, []byte{'\n'}))}
	for i, c := range text {
		if c == '\n' || c == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			l.at = append(l.at, i+1)
		}
	}
	return l
}

// line returns the text of a line, from 1, without its break.
func (l *lines) line(n int) []byte {
	if n < 1 || n > len(l.at) {
		return nil
	}
	end := len(l.text)
	if n < len(l.at) {
		end = l.at[n]
	}
	return bytes.TrimRight(l.text[l.at[n-1]:end], "\r\n")
}

// column turns a column counted in characters into one counted in bytes.
func (l *lines) column(line, column int) int {
	text := l.line(line)
	off := 0
	for n := 1; n < column && off < len(text); n++ {
		if text[off] < utf8.RuneSelf {
			off++
			continue
		}
		_, size := utf8.DecodeRune(text[off:])
		off += size
	}
	return off + 1
}

func (l *lines) pos(line, column int) bedlock.Position {
	return bedlock.Position{File: l.name, Line: int32(line), Column: int32(column)}
}
