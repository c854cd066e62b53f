package apply

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/filelock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// JournalVersion is that of the form of journals; a reader refuses any other.
const JournalVersion = "bedlock-journal/v1"

// event is what a record tells. The zero value is invalid.
type event string

const (
	eventCall    event = "call"    // about to be made
	eventAnswer  event = "answer"  // made
	eventDone    event = "done"    // the step is done, and was verified
	eventAdopted event = "adopted" // the step had been done by somebody else
	eventFailed  event = "failed"
	eventUndone  event = "undone" // the step is taken back, and was verified
	eventApplied event = "applied"
	eventUndoing event = "undoing" // the whole is taken back from here on
	eventBack    event = "back"    // the whole is taken back
)

// record is one line of a journal: the first says what the run is, the others what happened.
type record struct {
	Version string    `json:"version,omitempty"`
	Run     string    `json:"run,omitempty"`
	Plan    *fix.Plan `json:"plan,omitempty"`

	Time  time.Time `json:"time"`
	Event event     `json:"event,omitempty"`
	Step  string    `json:"step,omitempty"`
	// Call is the index of the call among those of the step, of Undo those of its way back.
	Call int  `json:"call,omitempty"`
	Undo bool `json:"undo,omitempty"`
	// Answer is what of an answer other calls name.
	Answer wire.Object `json:"answer,omitempty"`
	Error  string      `json:"error,omitempty"`
}

// disk is the file of a journal.
type disk interface {
	io.ReadWriteSeeker
	Sync() error
	Truncate(size int64) error
	Close() error
}

// Journal is the durable record of one run of a plan. It is used by one process at a time.
type Journal struct {
	file  disk
	plan  *fix.Plan
	run   string
	steps map[string]*progress
	// undoing: the run is on its way back. finished: it came to its end. again: another process has
	// begun it.
	undoing, finished, again bool
	begun                    time.Time
	now                      func() time.Time
	// at are the indexes of the steps by their IDs, named the paths that steps name of answers,
	// and known what of them is known; both by the step that answers.
	at    map[string]int
	named map[string][]string
	known fix.Answers
	// broken is why nothing can be written any more.
	broken error
	// before is called before and after each write in tests.
	before func(point string)
}

// progress is how far a step has come.
type progress struct {
	called, answered         int // of Do: how many were begun, and how many are known to be done
	undoCalled, undoAnswered int
	done, adopted, undone    bool
}

// ErrExists is what Create returns where there is a journal already.
var ErrExists = errors.New("there is a journal already: go on with it, take it back, or name another file")

// Create begins the journal of a plan in a new file, which only its owner can read.
func Create(path string, p *fix.Plan, now func() time.Time) (*Journal, error) {
	f, err := filelock.Open(path)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	if err := empty(f); err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, errors.Join(err, f.Close()))
	}
	j, err := start(f, p, rand.Text(), now)
	if err == nil {
		err = syncFolder(path)
	}
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, errors.Join(err, f.Close()))
	}
	return j, nil
}

// start writes the first line of a journal.
func start(f disk, p *fix.Plan, run string, now func() time.Time) (*Journal, error) {
	j := &Journal{file: f, steps: map[string]*progress{}, now: now}
	j.begin(p, run, now().UTC())
	return j, j.write(record{Version: JournalVersion, Run: run, Plan: p})
}

// empty makes a file with nothing acknowledged in it empty: one that ends within the first line of a
// journal is of a run that was killed as it began. Any other is [ErrExists].
func empty(f *os.File) error {
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return err // of a device nothing is read
	}
	start := []byte(`{"version":"` + JournalVersion + `"`)
	r := bufio.NewReader(f)
	b, err := r.Peek(len(start))
	switch {
	case len(b) == 0 && err == io.EOF:
		return nil
	case err != nil && err != io.EOF:
		return err
	case !bytes.HasPrefix(start, b):
		return ErrExists
	}
	if _, err := r.ReadBytes('\n'); err != io.EOF {
		return cmp.Or(err, ErrExists)
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// Open opens the journal of a run that goes on or back. A last line that was cut off was never
// acknowledged and is cut away.
func Open(path string, now func() time.Time) (*Journal, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	f, err := filelock.Open(path)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	j, err := again(f, now)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, errors.Join(err, f.Close()))
	}
	return j, nil
}

// again goes on with a journal.
func again(f disk, now func() time.Time) (*Journal, error) {
	j := &Journal{file: f, steps: map[string]*progress{}, now: now, again: true}
	return j, j.read()
}

// regular refuses what is there and is no file: reading a device may never end.
func regular(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("journal: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("journal %s: it is no file", path)
	}
	return nil
}

// Look reads a journal to see how a run stands, without a lock and without a change: nothing can
// be done with it.
func Look(path string) (*Journal, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &Journal{steps: map[string]*progress{}, broken: errors.New("the journal was opened to be looked at")}
	if _, err := j.replayAll(bytes.NewReader(b)); err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	return j, nil
}

// read replays what happened, and cuts off what was not acknowledged.
func (j *Journal) read() error {
	end, err := j.replayAll(j.file)
	if err != nil {
		return err
	}
	if err := j.file.Truncate(end); err != nil {
		return err
	}
	_, err = j.file.Seek(end, io.SeekStart)
	return err
}

// replayAll replays what happened and says where the last whole line ends.
func (j *Journal) replayAll(from io.Reader) (end int64, err error) {
	r := bufio.NewReader(from)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		var rec record
		if n == 1 {
			if err := known(line); err != nil {
				return 0, fmt.Errorf("line 1: %w", err)
			}
		}
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&rec); err != nil {
			return 0, fmt.Errorf("line %d: %w", n, err)
		}
		if err := j.replay(n, &rec); err != nil {
			return 0, fmt.Errorf("line %d: %w", n, err)
		}
		end += int64(len(line))
	}
	if j.plan == nil {
		return 0, errors.New("it is empty: nothing was begun")
	}
	return end, nil
}

// known says whether the first line of a journal is of a version that is known. Another one may have
// members of its own.
func known(line []byte) error {
	var form struct{ Version string }
	if json.Unmarshal(line, &form) != nil || form.Version == "" {
		return errors.New("it is no journal")
	}
	if form.Version != JournalVersion {
		return fmt.Errorf("version %q; this program reads %q", form.Version, JournalVersion)
	}
	return nil
}

// begin says what the run is.
func (j *Journal) begin(p *fix.Plan, run string, at time.Time) {
	j.plan, j.run, j.begun = p, run, at
	j.named, j.at, j.known = p.References(), make(map[string]int, len(p.Steps)), fix.Answers{fix.Run: {"id": run}}
	for i := range p.Steps {
		j.at[p.Steps[i].ID] = i
	}
}

// wanted is what of an answer other calls name.
func (j *Journal) wanted(step string, answer wire.Object) wire.Object {
	return fix.Parts(answer, j.named[step])
}

func (j *Journal) replay(n int, r *record) error {
	if n == 1 {
		if r.Plan == nil || r.Run == "" {
			return errors.New("no plan")
		}
		if err := r.Plan.Sealed(); err != nil {
			return err
		}
		j.begin(r.Plan, r.Run, r.Time)
		return nil
	}
	switch r.Event {
	case eventApplied, eventBack:
		j.finished = true
		return nil
	case eventUndoing:
		j.undoing, j.finished = true, false
		return nil
	}
	if _, ok := j.at[r.Step]; !ok {
		return fmt.Errorf("step %q is not in the plan", r.Step)
	}
	p := j.of(r.Step)
	switch r.Event {
	case eventCall:
		if r.Undo {
			p.undoCalled = max(p.undoCalled, r.Call+1)
		} else {
			p.called = max(p.called, r.Call+1)
		}
	case eventAnswer:
		if r.Undo {
			p.undoAnswered = max(p.undoAnswered, r.Call+1)
			break
		}
		p.answered = max(p.answered, r.Call+1)
		if r.Call == 0 && len(r.Answer) > 0 {
			j.known[r.Step] = r.Answer
		}
	case eventDone:
		p.done = true
	case eventAdopted:
		p.done, p.adopted = true, true
	case eventUndone:
		p.undone = true
	case eventFailed:
	default:
		return fmt.Errorf("event %q is none of a journal", r.Event)
	}
	return nil
}

// of returns how far a step has come.
func (j *Journal) of(step string) *progress {
	if j.steps[step] == nil {
		j.steps[step] = &progress{}
	}
	return j.steps[step]
}

// note writes a record and takes it into account.
func (j *Journal) note(r record) error {
	if err := j.write(r); err != nil {
		return err
	}
	return j.replay(2, &r)
}

// write puts a record on the disk before it returns. After a failure nothing more is written, for
// it is not known how much of the line is there.
func (j *Journal) write(r record) error {
	if j.broken != nil {
		return j.broken
	}
	if j.file == nil {
		return nil // see Unwritten
	}
	r.Time = j.now().UTC()
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	j.point("before")
	_, err = j.file.Write(append(line, '\n'))
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		j.broken = fmt.Errorf("write journal: %w", err)
		return j.broken
	}
	j.point("after")
	return nil
}

func (j *Journal) point(when string) {
	if j.before != nil {
		j.before(when)
	}
}

// Plan returns the plan of the run.
func (j *Journal) Plan() *fix.Plan { return j.plan }

// Run returns the run's ID.
func (j *Journal) Run() string { return j.run }

// Begun is when the run began.
func (j *Journal) Begun() time.Time { return j.begun }

// Finished says whether the run came to its end, there or back.
func (j *Journal) Finished() bool { return j.finished }

// Undoing says whether the run is on its way back.
func (j *Journal) Undoing() bool { return j.undoing }

// Standing says how a step stands; empty: nothing was done about it.
func (j *Journal) Standing(step string) bedlock.StepState {
	switch p := j.of(step); {
	case p.undone:
		return bedlock.StateUndone
	case p.adopted:
		return bedlock.StateAdopted
	case p.done:
		return bedlock.StateDone
	case p.called > 0:
		return bedlock.StateBegun
	}
	return ""
}

// Close closes the file.
func (j *Journal) Close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// Answers are what the steps have answered so far.
func (j *Journal) Answers() fix.Answers { return maps.Clone(j.known) }

// answers are for reading: who adds one adds it to a copy.
func (j *Journal) answers() fix.Answers { return j.known }
