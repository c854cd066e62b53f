package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// Undo takes back what the run has done, the last step first. What somebody else had done before
// it stays. Steps that have no way back end it before anything is taken back, unless nothing of
// them was done. The errors are those of [Apply].
func Undo(ctx context.Context, j *Journal, o Options) error {
	if j.undoing && j.finished {
		return nil
	}
	if !j.undoing {
		if err := lasting(j); err != nil {
			return err
		}
		if err := j.note(record{Event: eventUndoing}); err != nil {
			return err
		}
	}
	r := newRun(j, o)
	for i := len(j.plan.Steps) - 1; i >= 0; i-- {
		s := &j.plan.Steps[i]
		if p := j.of(s.ID); p.undone || p.called == 0 && !r.hangs(ctx, i) {
			continue
		}
		if err := r.back(ctx, s); err != nil {
			r.failed(s, err)
			_ = j.note(record{Event: eventFailed, Step: s.ID, Undo: true, Error: err.Error()})
			return fmt.Errorf("undo step %s: %w", s.ID, err)
		}
	}
	return j.note(record{Event: eventBack})
}

// hangs says whether a step that the journal does not have as this run's stands at its end and hangs
// on what this run has made, which is about to go: somebody put the resource under the new key, or
// the last records of the journal were lost. It is taken back like the others. What cannot be read
// was not touched.
func (r *run) hangs(ctx context.Context, i int) bool {
	s, p := &r.j.plan.Steps[i], r.j.of(r.j.plan.Steps[i].ID)
	next := r.j.again && (i == 0 || r.j.of(r.j.plan.Steps[i-1].ID).called > 0)
	if !p.adopted && !next {
		return false
	}
	if s.State == nil {
		found, err := wire.Object(nil), error(nil)
		if s.Find != nil {
			found, err = r.find(ctx, s)
		}
		return err == nil && found != nil
	}
	x, err := r.resolved(s)
	if err != nil || s.Learn != nil || fix.Digest(x.after) == fix.Digest(s.After) {
		return false // it names nothing that was made
	}
	now, err := x.state.Observe(ctx, r.patient(), s.Place)
	return err == nil && fix.Equal(now, x.after)
}

// lasting reports the steps that were done and have no way back.
func lasting(j *Journal) error {
	var errs []error
	for i := range j.plan.Steps {
		s := &j.plan.Steps[i]
		if s.Lasting != "" && j.of(s.ID).called > 0 {
			errs = append(errs, fmt.Errorf("step %s cannot be taken back: %s", s.ID, s.Lasting))
		}
	}
	return errors.Join(errs...)
}

// back takes one step back.
func (r *run) back(ctx context.Context, s *fix.Step) error {
	r.tell(s, "begun", s.Title)
	p := r.j.of(s.ID)
	if p.answered == 0 && (s.State == nil || r.wanted(s)) {
		gone, err := r.learn(ctx, s)
		if err != nil || gone {
			return err
		}
	}
	x, err := r.resolved(s)
	if err != nil {
		return err
	}
	if s.State != nil {
		now, err := x.state.Observe(ctx, r.patient(), s.Place)
		switch {
		case err != nil:
			return err
		case fix.Equal(now, x.before) && p.undoCalled == 0:
			return r.undone(s)
		case fix.Equal(now, x.before) && p.undoAnswered == 0:
			if err := r.j.note(record{Event: eventAnswer, Step: s.ID, Undo: true}); err != nil {
				return err
			}
		case !fix.Equal(now, x.before) && !fix.Equal(now, x.after):
			return r.conflict(s, x.after, now)
		}
	}
	for i := p.undoAnswered; i < len(s.Undo); i++ {
		if i > 0 && s.State != nil && x.before != nil {
			if err := r.settled(ctx, s); err != nil {
				return err
			}
		}
		if err := r.callBack(ctx, s, x, i); err != nil {
			return err
		}
	}
	if s.State != nil && x.before != nil {
		if err := r.settled(ctx, s); err != nil {
			return err
		}
	}
	if err := r.verify(ctx, s, x.state, x.before); err != nil {
		return err
	}
	return r.undone(s)
}

func (r *run) undone(s *fix.Step) error {
	r.tell(s, "undone", "")
	return r.j.note(record{Event: eventUndone, Step: s.ID})
}

// learn finds out what a call has made whose answer was lost, for the way back names it. gone:
// it has made nothing.
func (r *run) learn(ctx context.Context, s *fix.Step) (gone bool, err error) {
	if s.State != nil && s.Learn == nil {
		x, err := r.resolved(s)
		if err != nil {
			return false, err
		}
		now, err := x.state.Observe(ctx, r.patient(), s.Place)
		if err != nil {
			return false, err
		}
		if fix.Equal(now, x.before) {
			return true, r.undone(s)
		}
	}
	if s.Find != nil || s.Learn != nil {
		found, err := r.own(ctx, s)
		if err != nil {
			return false, err
		}
		if found == nil {
			return true, r.undone(s)
		}
		return false, r.j.note(record{Event: eventAnswer, Step: s.ID, Answer: r.j.wanted(s.ID, found)})
	}
	// Made again, it answers the same: a token, or a name, sees to it.
	return false, r.do(ctx, s, 0)
}

// callBack makes one of the calls of the way back.
func (r *run) callBack(ctx context.Context, s *fix.Step, x resolved, i int) error {
	c, err := r.call(ctx, s, s.Undo[i])
	if err != nil {
		return err
	}
	if err := r.j.note(record{Event: eventCall, Step: s.ID, Call: i, Undo: true}); err != nil {
		return err
	}
	r.tell(s, "call", c.Operation)
	_, err = r.insist(ctx, s, c, func(ctx context.Context) (wire.Object, bool, error) {
		if i > 0 || s.State == nil {
			return nil, false, nil
		}
		now, err := x.state.Observe(ctx, r.patient(), s.Place)
		if err == nil && !fix.Equal(now, x.before) && !fix.Equal(now, x.after) {
			err = r.conflict(s, x.after, now)
		}
		return nil, err == nil && fix.Equal(now, x.before), err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Operation, told(s, err))
	}
	return r.j.note(record{Event: eventAnswer, Step: s.ID, Call: i, Undo: true})
}
