package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"regexp"
	"testing"
)

// paper is the file of a journal in memory. What was written and not synced may be gone when it is
// opened again.
type paper struct {
	text   []byte
	at     int
	synced int
	// writes and syncs count; fail is asked before each of them.
	writes, syncs int
	fail          func(p *paper, sync bool) (keep int, err error)
	// ended is called when a step is on it as done or undone; nil: nobody is.
	ended func()
}

func (p *paper) Read(b []byte) (int, error) {
	if p.at == len(p.text) {
		return 0, io.EOF
	}
	n := copy(b, p.text[p.at:])
	p.at += n
	return n, nil
}

func (p *paper) Write(b []byte) (int, error) {
	p.writes++
	if p.fail != nil {
		if keep, err := p.fail(p, false); err != nil {
			b = b[:min(keep, len(b))]
			p.text = append(p.text[:p.at], b...)
			p.at = len(p.text)
			return len(b), err
		}
	}
	p.text = append(p.text[:p.at], b...)
	p.at = len(p.text)
	return len(b), nil
}

func (p *paper) Sync() error {
	p.syncs++
	if p.fail != nil {
		if _, err := p.fail(p, true); err != nil {
			return err
		}
	}
	last := p.text[p.synced:]
	p.synced = len(p.text)
	if p.ended != nil && ends.Match(last) {
		p.ended()
	}
	return nil
}

// ends is in the record that ends a step.
var ends = regexp.MustCompile(`"event":"(done|adopted|undone)"`)

func (p *paper) Seek(to int64, whence int) (int64, error) {
	if whence != io.SeekStart || to > int64(len(p.text)) {
		return 0, errors.New("no such place")
	}
	p.at = int(to)
	return to, nil
}

func (p *paper) Truncate(n int64) error {
	p.text = p.text[:n]
	p.synced = min(p.synced, int(n))
	return nil
}

func (p *paper) Close() error { return nil }

// theRun is the ID of all runs, for tokens and tags are made of it.
const theRun = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// journal begins a journal of the scene's plan.
func (w *past) journal(t *testing.T) (*Journal, *paper) {
	t.Helper()
	f := sheet(w.line)
	return w.blank(f), f
}

// blank is a journal in which nothing has happened; the plan is read and checked once for all.
func (w *past) blank(f disk) *Journal {
	j := *w.first
	j.file, j.steps, j.known = f, map[string]*progress{}, maps.Clone(w.first.known)
	return &j
}

// sheet is paper with a text.
func sheet(text []byte) *paper {
	return &paper{text: bytes.Clone(text), at: len(text), synced: len(text)}
}

func (p *paper) copy() *paper { return sheet(p.text) }

// reopened is a journal as another process finds it.
func (w *past) reopened(t *testing.T, f *paper) *Journal {
	t.Helper()
	j := w.blank(f)
	f.fail, f.ended = nil, nil
	rest, whole := bytes.CutPrefix(f.text, w.line)
	if !whole {
		t.Fatal("the journal does not begin with the plan")
	}
	end := len(w.line)
	for line := range bytes.Lines(rest) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var r record
		if err := errors.Join(json.Unmarshal(line, &r), j.replay(2, &r)); err != nil {
			t.Fatal(err)
		}
		end += len(line)
	}
	f.at, f.synced, j.again = end, end, true
	return j
}
