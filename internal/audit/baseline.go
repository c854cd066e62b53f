package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/bedlock/bedlock"
)

// Baseline is a set of findings that were there before; they are reported with
// status baseline and do not count.
type Baseline struct {
	file    string
	entries []BaselineEntry // without doubles, in the order of the file
	index   map[string]bool
}

// BaselineEntry is one finding. Rule and Subject are for people only.
type BaselineEntry struct {
	Fingerprint string `json:"fingerprint"`
	Rule        string `json:"rule,omitempty"`
	Subject     string `json:"subject,omitempty"`
}

func (b *Baseline) has(fingerprint string) bool { return b.index[fingerprint] }

// Entries returns the entries; they must not be changed.
func (b *Baseline) Entries() []BaselineEntry { return b.entries }

var fingerprintForm = regexp.MustCompile(`^[0-9a-f]{16}$`)

// ParseBaseline reads a baseline: a JSON list of fingerprints, a JSON list of
// [BaselineEntry] as [WriteBaseline] writes it, or a bedlock/v1 message stream,
// one message after the other or in a list, whose findings that are not excepted
// it takes.
func ParseBaseline(file string, b []byte) (*Baseline, error) {
	if len(b) > maxInput*16 {
		return nil, fmt.Errorf("read baseline %s: the file has more than %d bytes", file, maxInput*16)
	}
	out := &Baseline{file: file, index: map[string]bool{}}
	d := json.NewDecoder(bytes.NewReader(b))
	for n := 0; ; n++ {
		start := d.InputOffset()
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			if errors.Is(err, io.EOF) && n > 0 {
				return out, nil
			}
			if errors.Is(err, io.EOF) {
				err = errors.New("the file is empty; an empty baseline is []")
			}
			at := d.InputOffset()
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				at = syntax.Offset
			}
			return nil, fmt.Errorf("read baseline %s, line %d: %w", file, lineAt(b, at), err)
		}
		if err := out.value(raw); err != nil {
			return nil, fmt.Errorf("read baseline %s, line %d: %w", file, lineAt(b, skipSpace(b, start)), err)
		}
	}
}

func skipSpace(b []byte, at int64) int64 {
	for at < int64(len(b)) && bytes.IndexByte([]byte(" \t\r\n"), b[at]) >= 0 {
		at++
	}
	return at
}

func lineAt(b []byte, offset int64) int {
	return 1 + bytes.Count(b[:min(offset, int64(len(b)))], []byte("\n"))
}

func (b *Baseline) value(raw json.RawMessage) error {
	if raw[0] != '[' {
		return b.item(raw)
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return err
	}
	for i, item := range items {
		if err := b.item(item); err != nil {
			return fmt.Errorf("entry %d: %w", i+1, err)
		}
	}
	return nil
}

func (b *Baseline) item(raw json.RawMessage) error {
	var e BaselineEntry
	switch raw[0] {
	case '"':
		if err := json.Unmarshal(raw, &e.Fingerprint); err != nil {
			return err
		}
		return b.add(e)
	case '{':
	default:
		return errors.New("neither a fingerprint, an entry nor a message")
	}
	var shape map[string]json.RawMessage
	if err := json.Unmarshal(raw, &shape); err != nil {
		return err
	}
	if f, isEntry := shape["fingerprint"]; isEntry && len(f) > 0 {
		if err := json.Unmarshal(raw, &e); err != nil {
			return err
		}
		return b.add(e)
	}
	return b.message(raw)
}

// message takes the finding of a message; the others are only checked.
func (b *Baseline) message(raw json.RawMessage) error {
	var m bedlock.Message
	if err := json.Unmarshal(raw, &m); err != nil {
		return err
	}
	switch {
	case m.Config != nil && m.Config.Protocol != bedlock.Protocol:
		return fmt.Errorf("the stream is of protocol %q, this program reads %q", m.Config.Protocol, bedlock.Protocol)
	case m.Finding != nil && m.Finding.Status != bedlock.FindingExcepted:
		return b.add(BaselineEntry{m.Finding.Fingerprint, m.Finding.Rule, m.Finding.Subject.ID})
	case m != (bedlock.Message{}):
		return nil
	}
	return errors.New("neither a fingerprint, an entry nor a message")
}

func (b *Baseline) add(e BaselineEntry) error {
	if !fingerprintForm.MatchString(e.Fingerprint) {
		return fmt.Errorf("%q is no fingerprint of 16 hexadecimal digits", clip(e.Fingerprint))
	}
	if !b.index[e.Fingerprint] {
		b.index[e.Fingerprint] = true
		b.entries = append(b.entries, e)
	}
	return nil
}

// WriteBaseline writes entries in the form that [ParseBaseline] reads, one a line.
func WriteBaseline(w io.Writer, entries []BaselineEntry) error {
	var out bytes.Buffer
	out.WriteString("[")
	for i, e := range entries {
		line, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("write baseline: %w", err)
		}
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n")
		out.Write(line)
	}
	out.WriteString("\n]\n")
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	return nil
}
