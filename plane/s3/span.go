package s3

import (
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// second is the resolution of times in headers.
const second = time.Second

// span is a part of an object, in bytes; to is behind the last.
type span struct {
	from, to int64
	partial  bool
}

func (s span) header(size int64) string {
	return "bytes " + strconv.FormatInt(s.from, 10) + "-" + strconv.FormatInt(s.to-1, 10) + "/" + strconv.FormatInt(size, 10)
}

// span is the part of an object that a request asks for by range or by the number of a part.
func (c *call) span(rec *records.Record) (span, error) {
	size := rec.Doc.Int(sizeMember)
	text := c.In.Text("Range")
	switch {
	case c.In.Has("PartNumber") && text != "":
		return span{}, invalidRequest.with("Cannot specify both Range header and partNumber query parameter")
	case c.In.Has("PartNumber"):
		return partSpan(rec.Doc.List(partsMember), c.In.Int("PartNumber"), size)
	}
	s, ok := parseRange(text, size)
	if !ok {
		return span{}, c.say(invalidRange, wire.Object{"ActualObjectSize": strconv.FormatInt(size, 10), "RangeRequested": text})
	}
	return s, nil
}

func partSpan(parts []any, number, size int64) (span, error) {
	if parts == nil && number == 1 {
		return span{0, size, size > 0}, nil
	}
	if number < 1 || number > int64(len(parts)) {
		return span{}, refusal{416, "InvalidPartNumber", "The requested partnumber is not satisfiable"}.with()
	}
	var from int64
	for _, v := range parts[:number-1] {
		n, _ := v.(int64)
		from += n
	}
	n, _ := parts[number-1].(int64)
	return span{from, from + n, true}, nil
}

// parseRange reads a header Range of an object of a size. What is not one range of bytes is
// ignored, as HTTP says; it is not ok when nothing of the object is in it.
// https://www.rfc-editor.org/rfc/rfc9110#name-range
func parseRange(text string, size int64) (s span, ok bool) {
	whole := span{0, size, false}
	rest, found := strings.CutPrefix(text, "bytes=")
	first, last, dash := strings.Cut(strings.TrimSpace(rest), "-")
	if !found || !dash {
		return whole, true
	}
	if first == "" {
		n, err := strconv.ParseUint(last, 10, 62)
		switch {
		case err != nil:
			return whole, true
		case n == 0 || size == 0:
			return span{}, false
		}
		return span{max(0, size-int64(n)), size, true}, true
	}
	from, err := strconv.ParseUint(first, 10, 62)
	to := uint64(size)
	if err == nil && last != "" {
		to, err = strconv.ParseUint(last, 10, 62)
		to++
	}
	switch {
	case err != nil || last != "" && to <= from:
		return whole, true
	case int64(from) >= size:
		return span{}, false
	}
	return span{int64(from), min(int64(to), size), true}, true
}
