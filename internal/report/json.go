package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
)

// jsonLines writes the stream itself. Characters that a terminal would act on
// are written as \u escapes, which every JSON reader turns back; bytes that are
// not UTF-8 become U+FFFD, since JSON has no way to carry them.
type jsonLines struct {
	w    *bufio.Writer
	line bytes.Buffer
	enc  *json.Encoder
}

func newJSON(w io.Writer) *jsonLines {
	j := &jsonLines{w: bufio.NewWriterSize(w, 64<<10)}
	j.enc = json.NewEncoder(&j.line)
	j.enc.SetEscapeHTML(false)
	return j
}

func (j *jsonLines) message(m bedlock.Message) error {
	j.line.Reset()
	if err := j.enc.Encode(m); err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	if err := writeEscaped(j.w, j.line.Bytes()); err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	// What people or pipes wait for goes out at once; slots and findings, which
	// come by the million, go out by the buffer.
	if m.Slot != nil || m.Finding != nil {
		return nil
	}
	return j.w.Flush()
}

func (j *jsonLines) close() error { return j.w.Flush() }

// writeEscaped copies one line of JSON with acting characters escaped. Outside
// of strings JSON has none of them but the newline at the end.
func writeEscaped(w *bufio.Writer, line []byte) error {
	start := 0
	for i := 0; i < len(line); {
		c := line[i]
		if c < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(line[i:])
		if markup.Acted(r) {
			if _, err := w.Write(line[start:i]); err != nil {
				return err
			}
			if r > 0xffff {
				r -= 0x10000
				fmt.Fprintf(w, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
			} else {
				fmt.Fprintf(w, `\u%04x`, r)
			}
			start = i + n
		}
		i += n
	}
	_, err := w.Write(line[start:])
	return err
}
