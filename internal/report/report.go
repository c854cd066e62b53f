package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
)

// Handler takes the messages of one run in order. Message may be called until
// Close; Close writes what was held back and may be called again without effect.
// Neither closes the writer underneath. A Handler is not safe for concurrent use.
type Handler interface {
	// Message takes the next message. An error is either a breach of the
	// protocol (wrapping [ErrStream]) or an error of the writer; after one, only
	// Close may be called.
	Message(bedlock.Message) error
	// Close finishes the report. A stream that never reached its summary is an
	// [ErrStream].
	Close() error
}

// ErrStream is wrapped by every error about the order or content of messages.
var ErrStream = errors.New("invalid bedlock/v1 stream")

// Options shape the formats that people read. The zero value is plain text of
// unlimited width with long lists cut.
type Options struct {
	// Color writes ANSI colours in the text format.
	Color bool
	// Width is where the text format wraps, in columns. 0 means never.
	Width int
	// Verbose lists what is otherwise counted: every slot of a run of identical
	// ones, every sound slot, findings that do not count, notes of inputs.
	Verbose bool
	// Brief is the text format for a first look: what stands on each rung and why, and
	// nothing of single slots.
	Brief bool
}

// renderer is a format. The order of messages is checked before it sees them.
type renderer interface {
	message(bedlock.Message) error
	// close is called once, after the summary was seen.
	close() error
}

// Formats returns the names that [New] accepts, the default first.
func Formats() []string {
	return []string{"text", "json", "csv", "sarif", "junit", "html", "markdown"}
}

// New returns the handler of a format that writes to w. It writes nothing until
// the first message. An unknown format is an error that names the known ones.
func New(format string, w io.Writer, opts Options) (Handler, error) {
	var r renderer
	switch format {
	case "text":
		r = &collector{write: func(run *run) error { return writeText(w, run, opts) }}
	case "json":
		r = newJSON(w)
	case "csv":
		r = newCSV(w)
	case "sarif":
		r = &collector{write: func(run *run) error { return writeSARIF(w, run) }}
	case "junit":
		r = &collector{write: func(run *run) error { return writeJUnit(w, run) }}
	case "html":
		r = &collector{write: func(run *run) error { return writeHTML(w, run) }}
	case "markdown":
		r = &collector{write: func(run *run) error { return writeMarkdown(w, run) }}
	default:
		return nil, fmt.Errorf("report format %q: unknown; want one of %s", format, strings.Join(Formats(), ", "))
	}
	return &checked{to: r}, nil
}

// checked enforces the order of the stream in front of a renderer.
type checked struct {
	to     renderer
	order  order
	failed bool
	closed bool
}

func (c *checked) Message(m bedlock.Message) error {
	if c.closed {
		return fmt.Errorf("%w: message after close", ErrStream)
	}
	err := c.order.next(m)
	if err == nil {
		err = c.to.message(m)
	}
	c.failed = c.failed || err != nil
	return err
}

func (c *checked) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	if c.failed {
		return nil
	}
	if err := c.order.end(); err != nil {
		return err
	}
	return c.to.close()
}

// order is the state of a stream: which messages may come next.
type order struct {
	begun, ended bool
}

func (o *order) next(m bedlock.Message) error {
	if n := setFields(m); n != 1 {
		return fmt.Errorf("%w: a message has exactly one kind, this one has %d", ErrStream, n)
	}
	switch {
	case o.ended:
		return fmt.Errorf("%w: message after the summary", ErrStream)
	case !o.begun && m.Config == nil:
		return fmt.Errorf("%w: the first message must be config", ErrStream)
	case o.begun && m.Config != nil:
		return fmt.Errorf("%w: second config", ErrStream)
	}
	if err := checkContent(m); err != nil {
		return fmt.Errorf("%w: %w", ErrStream, err)
	}
	o.begun = true
	o.ended = m.Summary != nil
	return nil
}

func (o *order) end() error {
	switch {
	case !o.begun:
		return fmt.Errorf("%w: empty", ErrStream)
	case !o.ended:
		return fmt.Errorf("%w: it ends without a summary, so the run did not finish", ErrStream)
	}
	return nil
}

func setFields(m bedlock.Message) int {
	n := 0
	for _, set := range []bool{
		m.Config != nil, m.Progress != nil, m.Input != nil, m.Slot != nil, m.Finding != nil, m.Summary != nil,
		m.Plan != nil, m.Rehearsal != nil, m.Step != nil, m.Check != nil, m.DryRun != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

// checkContent refuses what no renderer could show truthfully.
func checkContent(m bedlock.Message) error {
	switch {
	case m.Config != nil:
		if m.Config.Protocol != bedlock.Protocol {
			return fmt.Errorf("config: protocol %q, this reader knows %q only", m.Config.Protocol, bedlock.Protocol)
		}
		for i := range m.Config.Rules {
			if m.Config.Rules[i].ID == "" || !validSeverity(m.Config.Rules[i].Severity) {
				return fmt.Errorf("config: rule %d lacks its id or severity", i+1)
			}
		}
	case m.Input != nil:
		known := []bedlock.InputStatus{bedlock.InputAudited, bedlock.InputSkipped, bedlock.InputFailed}
		if !slices.Contains(known, m.Input.Status) {
			return fmt.Errorf("input %q: unknown status %q", m.Input.Path, m.Input.Status)
		}
		return checkPosition(m.Input.At)
	case m.Slot != nil:
		if !validRung(m.Slot.Rung) {
			return fmt.Errorf("slot %q: no rung", m.Slot.Subject.ID)
		}
		return checkSubject("slot", m.Slot.Subject)
	case m.Finding != nil:
		return checkFinding(m.Finding)
	}
	return nil
}

func checkFinding(f *bedlock.Finding) error {
	known := []bedlock.FindingStatus{bedlock.FindingOpen, bedlock.FindingExcepted, bedlock.FindingBaseline}
	switch {
	case f.Rule == "":
		return fmt.Errorf("finding on %q: no rule", f.Subject.ID)
	case !validSeverity(f.Severity):
		return fmt.Errorf("finding %s on %q: no severity", f.Rule, f.Subject.ID)
	case f.Rung != 0 && !validRung(f.Rung):
		return fmt.Errorf("finding %s on %q: unknown rung", f.Rule, f.Subject.ID)
	case !slices.Contains(known, f.Status):
		return fmt.Errorf("finding %s on %q: unknown status %q", f.Rule, f.Subject.ID, f.Status)
	}
	return checkSubject("finding", f.Subject)
}

func checkSubject(what string, s bedlock.Subject) error {
	if s.ID == "" || s.Type == "" {
		return fmt.Errorf("%s %q: the subject lacks its id or type", what, s.ID)
	}
	return checkPosition(s.At)
}

func checkPosition(p bedlock.Position) error {
	if p.Line < 0 || p.Column < 0 {
		return fmt.Errorf("position %d:%d: lines and columns count from 1", p.Line, p.Column)
	}
	return nil
}

func validRung(r bedlock.Rung) bool         { return r >= bedlock.Unread && r <= bedlock.Proved }
func validSeverity(s bedlock.Severity) bool { return s >= bedlock.Info && s <= bedlock.Critical }
