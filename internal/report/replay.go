package report

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/bedlock/bedlock"
)

// maxLine bounds one message, in bytes. The largest is the config with all
// rules; slots and findings are a few kilobytes.
const maxLine = 16 << 20

// Replay reads a bedlock/v1 stream, one JSON object per line, and gives every
// message to h. It does not close h. Unknown and repeated members, invalid
// UTF-8, another protocol, a wrong order and a missing summary are errors that
// wrap [ErrStream] and name the line. Blank lines are passed over.
//
// It holds one message at a time; a line of more than 16 MiB is an error.
func Replay(r io.Reader, h Handler) error {
	var order order
	in := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			if err := order.end(); err != nil {
				return fmt.Errorf("replay line %d: %w", n, err)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("replay line %d: %w", n, err)
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		var m bedlock.Message
		if err := json.Unmarshal(line, &m, json.RejectUnknownMembers(true)); err != nil {
			return fmt.Errorf("replay line %d: %w: %w", n, ErrStream, err)
		}
		if err := order.next(m); err != nil {
			return fmt.Errorf("replay line %d: %w", n, err)
		}
		if err := h.Message(m); err != nil {
			return fmt.Errorf("replay line %d: %w", n, err)
		}
	}
}

// readLine returns the next line without its end, and io.EOF only when nothing
// is left. The slice is valid until the next call.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err == nil {
		return line, nil
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		if errors.Is(err, io.EOF) && len(line) > 0 {
			return line, nil
		}
		return nil, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = in.ReadSlice('\n')
		if len(long)+len(line) > maxLine {
			return nil, fmt.Errorf("%w: message of more than %d bytes", ErrStream, maxLine)
		}
		long = append(long, line...)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return long, nil
}
