package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// Options say how a run is made.
type Options struct {
	// Estate is where the calls are made.
	Estate fix.Estate
	// Attempts is how often a call is made whose failure is no refusal, Pause how long after the
	// first of them; it doubles. Zero: 5 and a second.
	Attempts int
	Pause    time.Duration
	// Patience is how long a status is waited for, Poll how often it is read; zero: 15 minutes
	// and 2 seconds.
	Patience, Poll time.Duration
	// Checked is called after each step that was verified, with what it left; its error counts
	// as the step's. Nil: nobody is asked.
	Checked func(context.Context, *fix.Step) error
	// Told is told of what happens; nil: nobody is.
	Told func(Progress)
}

// Progress is something that happens in a run.
type Progress struct {
	Step *fix.Step
	// N counts from 1 to Of.
	N, Of int
	// What is begun, call, waiting, done, adopted, undone or failed.
	What string
	// Text is the operation, the status or the error, Err the error itself.
	Text string
	Err  error
	// Undo: it happens on the way back.
	Undo bool
}

// ConflictError says that somebody else has changed what a step is about. Nothing was written
// over it.
type ConflictError struct {
	Step *fix.Step
	// What was changed, and what is different.
	What        string
	Differences []fix.Difference
	// Touched: the step had made calls before it was seen.
	Touched bool
}

// Error names what is different.
func (e *ConflictError) Error() string {
	list := make([]string, len(e.Differences))
	for i, d := range e.Differences {
		list[i] = d.String()
	}
	text := fmt.Sprintf("%s was changed by somebody else since it was read", e.What)
	if len(list) > 0 {
		text += ": " + strings.Join(list, ", ")
	}
	return text + "; nothing was written over it: make a new plan"
}

// run is what Apply and Undo have in common.
type run struct {
	Options
	j *Journal
}

func newRun(j *Journal, o Options) *run {
	if o.Attempts == 0 {
		o.Attempts = 5
	}
	if o.Pause == 0 {
		o.Pause = time.Second
	}
	if o.Patience == 0 {
		o.Patience = 15 * time.Minute
	}
	if o.Poll == 0 {
		o.Poll = 2 * time.Second
	}
	return &run{Options: o, j: j}
}

func (r *run) tell(s *fix.Step, what, text string) {
	r.told(Progress{Step: s, What: what, Text: text})
}

func (r *run) failed(s *fix.Step, err error) {
	r.told(Progress{Step: s, What: "failed", Text: err.Error(), Err: err})
}

func (r *run) told(p Progress) {
	if r.Told != nil {
		p.N, p.Of, p.Undo = r.j.at[p.Step.ID]+1, len(r.j.plan.Steps), r.j.undoing
		r.Told(p)
	}
}

// Apply does the steps that the journal does not have as done. The error is a [*ConflictError],
// the refusal of a service, or that of the context when the run was interrupted; what was done
// is in the journal.
func Apply(ctx context.Context, j *Journal, o Options) error {
	if j.undoing {
		return errors.New("apply: the run is on its way back: finish that, and apply the plan anew")
	}
	r := newRun(j, o)
	for i := range j.plan.Steps {
		s := &j.plan.Steps[i]
		if j.of(s.ID).done {
			continue
		}
		if err := r.step(ctx, s); err != nil {
			r.failed(s, err)
			// Of a run that cannot write its journal any more, the error is the one to tell.
			_ = j.note(record{Event: eventFailed, Step: s.ID, Error: err.Error()})
			return fmt.Errorf("step %s: %w", s.ID, err)
		}
	}
	if j.finished {
		return nil
	}
	return j.note(record{Event: eventApplied})
}

// step does one step.
func (r *run) step(ctx context.Context, s *fix.Step) error {
	r.tell(s, "begun", s.Title)
	if err := r.given(ctx, s); err != nil {
		return err
	}
	x, err := r.resolved(s)
	if err != nil {
		return err
	}
	p := r.j.of(s.ID)
	if s.Learn != nil && p.answered == 0 {
		if x, err = r.learned(ctx, s); err != nil {
			return err
		}
	}
	if s.State != nil {
		now, err := x.state.Observe(ctx, r.patient(), s.Place)
		switch {
		case err != nil:
			return err
		case fix.Equal(now, x.after) && p.called == 0:
			r.tell(s, "adopted", "")
			return r.j.note(record{Event: eventAdopted, Step: s.ID})
		case fix.Equal(now, x.after) && p.answered == 0 && !r.wanted(s):
			if err := r.j.note(record{Event: eventAnswer, Step: s.ID}); err != nil {
				return err
			}
		case !fix.Equal(now, x.after) && !fix.Equal(now, x.before):
			return r.conflict(s, x.before, now)
		}
	}
	for i := p.answered; i < len(s.Do); i++ {
		if i > 0 {
			if err := r.settled(ctx, s); err != nil {
				return err
			}
		}
		if err := r.do(ctx, s, i); err != nil {
			return err
		}
	}
	if err := r.settled(ctx, s); err != nil {
		return err
	}
	if x, err = r.resolved(s); err != nil {
		return err
	}
	if err := r.verify(ctx, s, x.state, x.after); err != nil {
		return err
	}
	if r.Checked != nil {
		if err := r.Checked(ctx, s); err != nil {
			return err
		}
	}
	r.tell(s, "done", "")
	return r.j.note(record{Event: eventDone, Step: s.ID})
}

// wanted says whether other calls name the step's answer.
func (r *run) wanted(s *fix.Step) bool { return len(r.j.named[s.ID]) > 0 }

// given reads again what the step rests on.
func (r *run) given(ctx context.Context, s *fix.Step) error {
	for _, f := range s.Given {
		state, err := r.j.answers().State(f.State)
		if err != nil {
			return err
		}
		now, err := state.Observe(ctx, r.patient(), s.Place)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Title, err)
		}
		if fix.Digest(now) != f.Digest {
			return &ConflictError{Step: s, What: f.Title, Touched: r.j.of(s.ID).called > 0}
		}
	}
	return nil
}

// resolved is a step whose names for answers have been replaced, as far as its states go.
type resolved struct {
	state         *fix.State
	before, after wire.Object
}

func (r *run) resolved(s *fix.Step) (x resolved, err error) {
	if s.State == nil {
		return x, nil
	}
	a := r.j.answers()
	if s.Learn != nil && a[s.ID] == nil {
		a[s.ID] = r.unknown(s)
	}
	state, err := a.State(*s.State)
	if err != nil {
		return x, err
	}
	x.state = &state
	if x.before, err = a.Object(s.Before); err != nil {
		return x, err
	}
	x.after, err = a.Object(s.After)
	return x, err
}

func (r *run) conflict(s *fix.Step, want, now wire.Object) error {
	return &ConflictError{Step: s, What: s.Title, Differences: fix.Compare(want, now), Touched: r.j.of(s.ID).called > 0}
}

// verify reads back and compares every member.
func (r *run) verify(ctx context.Context, s *fix.Step, state *fix.State, want wire.Object) error {
	if state == nil {
		return nil
	}
	now, err := state.Observe(ctx, r.patient(), s.Place)
	if err != nil {
		return err
	}
	if !fix.Equal(now, want) {
		return r.conflict(s, want, now)
	}
	return nil
}
