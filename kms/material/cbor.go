package material

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// The major types of CBOR, RFC 8949 section 3.1.
const (
	cborUint = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

const (
	cborNull = 22
	// maxItems and maxDepth bound arrays and maps, which attestation documents keep small.
	maxItems = 64
	maxDepth = 4
)

// cborReader reads the CBOR of attestation documents: strictly, with arguments in their
// shortest form, no strings in pieces, no floats. Maps and arrays may be of indefinite
// length. The first error stays.
type cborReader struct {
	b   []byte
	at  int
	err error
}

func (r *cborReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("at byte %d: "+format, append([]any{r.at}, args...)...)
	}
}

// head reads type and argument; indefinite stands for the argument 31.
func (r *cborReader) head() (major int, argument uint64, indefinite bool) {
	if r.err != nil {
		return -1, 0, false
	}
	if r.at >= len(r.b) {
		r.fail("the document ends too soon")
		return -1, 0, false
	}
	major, low := int(r.b[r.at]>>5), r.b[r.at]&31
	r.at++
	switch {
	case low < 24:
		return major, uint64(low), false
	case low == 31 && (major == cborArray || major == cborMap || major == cborSimple):
		return major, 0, true
	case low > 27:
		r.fail("additional information %d", low)
		return -1, 0, false
	}
	size := 1 << (low - 24)
	if len(r.b)-r.at < size {
		r.fail("the document ends too soon")
		return -1, 0, false
	}
	var full [8]byte
	copy(full[8-size:], r.b[r.at:])
	r.at += size
	argument = binary.BigEndian.Uint64(full[:])
	if least := [...]uint64{24, 1 << 8, 1 << 16, 1 << 32}[low-24]; argument < least && major != cborSimple {
		r.fail("%d is not in its shortest form", argument)
	}
	if major == cborSimple {
		r.fail("floats and long simple values are not read")
	}
	return major, argument, false
}

// peek returns the type of what comes next, -1 at the end.
func (r *cborReader) peek() int {
	if r.err != nil || r.at >= len(r.b) {
		return -1
	}
	return int(r.b[r.at] >> 5)
}

func (r *cborReader) expect(want int, what string) (argument uint64, indefinite bool) {
	at := r.at
	major, argument, indefinite := r.head()
	if r.err == nil && major != want {
		r.at = at
		r.fail("%s is of type %d, not %d", what, major, want)
	}
	return argument, indefinite
}

func (r *cborReader) uint(what string) uint64 {
	n, _ := r.expect(cborUint, what)
	return n
}

// bytes reads a byte string of least to most bytes.
func (r *cborReader) bytes(what string, least, most int) []byte {
	return r.string(cborBytes, what, least, most)
}

func (r *cborReader) text(what string, least, most int) string {
	s := r.string(cborText, what, least, most)
	if !utf8.Valid(s) {
		r.fail("%s is not UTF-8", what)
	}
	return string(s)
}

func (r *cborReader) string(major int, what string, least, most int) []byte {
	n, _ := r.expect(major, what)
	if r.err != nil {
		return nil
	}
	if n < uint64(least) || n > uint64(most) {
		r.fail("%s has %d bytes, not %d to %d", what, n, least, most)
		return nil
	}
	if n > uint64(len(r.b)-r.at) {
		r.fail("%s ends too soon", what)
		return nil
	}
	s := r.b[r.at:][:n:n]
	r.at += int(n)
	return s
}

// null reads null, if that comes next.
func (r *cborReader) null() bool {
	if r.err != nil || r.at >= len(r.b) || r.b[r.at] != cborSimple<<5|cborNull {
		return false
	}
	r.at++
	return true
}

// each calls item for every element of an array, or for every pair of a map, of which it
// reads key and value.
func (r *cborReader) each(major int, what string, item func()) {
	n, indefinite := r.expect(major, what)
	if !indefinite && n > maxItems {
		r.fail("%s has %d items, more than %d", what, n, maxItems)
	}
	for i := uint64(0); r.err == nil; i++ {
		switch {
		case !indefinite && i == n:
			return
		case indefinite && r.at < len(r.b) && r.b[r.at] == 0xff:
			r.at++
			return
		case i == maxItems:
			r.fail("%s has more than %d items", what, maxItems)
			return
		}
		item()
	}
}

// skip reads over one item.
func (r *cborReader) skip(depth int) {
	if depth > maxDepth {
		r.fail("nested deeper than %d", maxDepth)
		return
	}
	switch major := r.peek(); major {
	case cborArray:
		r.each(cborArray, "an array", func() { r.skip(depth + 1) })
	case cborMap:
		r.each(cborMap, "a map", func() { r.skip(depth + 1); r.skip(depth + 1) })
	case cborBytes, cborText:
		r.string(major, "a string", 0, len(r.b))
	case cborTag:
		r.head()
		r.skip(depth + 1)
	default:
		if _, _, indefinite := r.head(); indefinite {
			r.fail("a break without a beginning")
		}
	}
}
