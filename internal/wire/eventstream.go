package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/bedlock/bedlock/internal/shape"
)

// The parts of a message of an event stream: a prelude with two lengths and a checksum, the
// headers, the payload, and a checksum of it all.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html#RESTSelectObjectAppendix-Request-Framing
const (
	preludeSize  = 12
	checksumSize = 4
	stringHeader = 7
	// maxEvent is the longest message.
	maxEvent = 24 << 20
)

// eventContent is the content type of an event stream.
const eventContent = "application/vnd.amazon.eventstream"

// event is a message of an event stream.
type event struct {
	headers map[string]string
	payload []byte
}

// appendEvent appends a message. Only headers that are strings are written.
func appendEvent(dst []byte, headers [][2]string, payload []byte) []byte {
	var h []byte
	for _, header := range headers {
		h = append(h, byte(len(header[0])))
		h = append(h, header[0]...)
		h = append(h, stringHeader)
		h = binary.BigEndian.AppendUint16(h, uint16(len(header[1])))
		h = append(h, header[1]...)
	}
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(preludeSize+len(h)+len(payload)+checksumSize))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(h)))
	dst = binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
	dst = append(append(dst, h...), payload...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

// appendEvents appends the events of a stream: objects with one member each, by which an
// event, or an exception, is named.
func appendEvents(dst []byte, n *shape.Node, v any, format string) ([]byte, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, misfit(n, v)
	}
	for _, inner := range list {
		o, ok := inner.(Object)
		if !ok || len(o) != 1 {
			return nil, misfit(n, inner)
		}
		for i := range n.Members {
			m := &n.Members[i]
			value, ok := o[m.Model.Name]
			if !ok {
				continue
			}
			payload, err := appendValue(nil, m.Value, value, format, true)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.Model.Name, err)
			}
			kind := "event"
			if m.Value.Shape.Exception {
				kind = "exception"
			}
			dst = appendEvent(dst, [][2]string{
				{":" + kind + "-type", m.Model.WireName()}, {":content-type", "application/json"}, {":message-type", kind},
			}, payload)
		}
	}
	return dst, nil
}

var errEvent = errors.New("a message of the event stream is damaged")

// readEvent reads the first message of b and returns what follows it. Headers that are no
// strings are refused, for no API here has them.
func readEvent(b []byte) (*event, []byte, error) {
	if len(b) < preludeSize+checksumSize {
		return nil, nil, errEvent
	}
	total, size := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if total > maxEvent || uint64(total) > uint64(len(b)) || total < preludeSize+checksumSize || size > total-preludeSize-checksumSize {
		return nil, nil, errEvent
	}
	if binary.BigEndian.Uint32(b[8:]) != crc32.ChecksumIEEE(b[:8]) {
		return nil, nil, errEvent
	}
	whole, rest := b[:total], b[total:]
	end := total - checksumSize
	if binary.BigEndian.Uint32(whole[end:]) != crc32.ChecksumIEEE(whole[:end]) {
		return nil, nil, errEvent
	}
	headers, err := readHeaders(whole[preludeSize : preludeSize+size])
	return &event{headers, whole[preludeSize+size : end]}, rest, err
}

func readHeaders(b []byte) (map[string]string, error) {
	out := map[string]string{}
	for len(b) > 0 {
		n := int(b[0])
		if len(b) < 1+n+3 || b[1+n] != stringHeader {
			return nil, errEvent
		}
		name, size := string(b[1:1+n]), int(binary.BigEndian.Uint16(b[n+2:]))
		b = b[n+4:]
		if len(b) < size {
			return nil, errEvent
		}
		out[name], b = string(b[:size]), b[size:]
	}
	return out, nil
}

// events reads the events of a stream. An exception among them is an [*Error].
func (d *decoding) events(n *shape.Node, body []byte) ([]any, error) {
	out := []any{}
	for len(body) > 0 {
		e, rest, err := readEvent(body)
		if err != nil {
			return nil, err
		}
		body = rest
		if e.headers[":message-type"] != "event" {
			said := saysJSON(e.payload).refusal(0)
			said.Code = e.headers[":exception-type"]
			return nil, said
		}
		i, ok := n.Index[e.headers[":event-type"]]
		if !ok {
			continue // events that the model does not have, as clients do
		}
		v, err := parseJSON(e.payload)
		if err != nil {
			return nil, err
		}
		if v, err = d.value(n.Members[i].Value, v); err != nil {
			return nil, err
		}
		out = append(out, Object{n.Members[i].Model.Name: v})
	}
	return out, nil
}
