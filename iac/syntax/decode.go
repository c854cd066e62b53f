package syntax

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bedlock/bedlock"
)

// Decode returns a file's text as UTF-8 without a byte order mark. It takes UTF-8,
// and UTF-16 in both byte orders: by its mark, or without one when the first
// character is ASCII, as in the plans that PowerShell's ">" writes. Text that is
// UTF-8 already is returned as it is, not copied.
//
// Anything else is an [*Error]: a file with NUL bytes is binary and no input, an
// invalid sequence is reported with its line and column.
func Decode(name string, data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(data, []byte{0, 0, 0xFE, 0xFF}):
		return nil, &Error{At: start(name), Message: "the file is encoded as UTF-32", Hint: saveAsUTF8}
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}):
		return decode16(name, data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		return decode16(name, data[2:], binary.BigEndian)
	case len(data) >= 4 && plain(data[0]) && data[1] == 0 && data[2] != 0 && data[3] == 0:
		return decode16(name, data, binary.LittleEndian)
	case len(data) >= 4 && data[0] == 0 && plain(data[1]) && data[2] == 0 && data[3] != 0:
		return decode16(name, data, binary.BigEndian)
	}
	data = bytes.TrimPrefix(data, []byte{0xEF, 0xBB, 0xBF})
	// What tells binary files stands near their beginning; a NUL further on is
	// left to the parser, which names its place.
	if bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
		return nil, &Error{At: start(name), Message: "the file is binary", NotInput: true}
	}
	if !utf8.Valid(data) {
		return nil, invalidUTF8(name, data)
	}
	return data, nil
}

const saveAsUTF8 = "save the file as UTF-8"

func plain(b byte) bool { return b == '\t' || b == '\n' || b == '\r' || 0x20 <= b && b < 0x7F }

func start(name string) bedlock.Position { return bedlock.Position{File: name, Line: 1, Column: 1} }

func invalidUTF8(name string, data []byte) *Error {
	off := 0
	for off < len(data) {
		r, size := utf8.DecodeRune(data[off:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		off += size
	}
	return &Error{
		At:      position(name, data, off),
		Message: fmt.Sprintf("byte 0x%02x is not valid UTF-8", data[off]),
		Hint:    saveAsUTF8,
	}
}

func decode16(name string, data []byte, order binary.ByteOrder) ([]byte, error) {
	out := make([]byte, 0, len(data)/2+len(data)/16)
	for i := 0; i+1 < len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			var low rune
			if i+3 < len(data) {
				low = rune(order.Uint16(data[i+2:]))
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				return nil, &Error{At: position(name, out, len(out)), Message: "half of a UTF-16 surrogate pair is missing", Hint: saveAsUTF8}
			}
			i += 2
		}
		out = utf8.AppendRune(out, r)
	}
	if len(data)%2 != 0 {
		return nil, &Error{At: position(name, out, len(out)), Message: "the file is UTF-16 but ends in the middle of a character", Hint: saveAsUTF8}
	}
	return out, nil
}

// position counts lines up to an offset. It is for errors only: parsers count as
// they go.
func position[T string | []byte](name string, text T, off int) bedlock.Position {
	at := start(name)
	for i := 0; i < min(off, len(text)); i++ {
		at.Column++
		if text[i] == '\n' {
			at.Line, at.Column = at.Line+1, 1
		}
	}
	return at
}
