package apply

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// unknown are the answers that a step has not learned yet: their own names.
func (r *run) unknown(s *fix.Step) wire.Object {
	out := wire.Object{}
	for _, path := range r.j.named[s.ID] {
		out[path] = fix.Ref(s.ID, path)
	}
	return out
}

// learned begins a step that learns. After an interruption it may have been done, which is noted
// then; before its first call nobody may have made more of what it makes, for that could not be
// told from its own.
func (r *run) learned(ctx context.Context, s *fix.Step) (resolved, error) {
	if r.j.of(s.ID).called > 0 {
		answer, err := r.discover(ctx, s, false)
		if err != nil {
			return resolved{}, err
		}
		if answer != nil {
			err = r.j.note(record{Event: eventAnswer, Step: s.ID, Answer: r.j.wanted(s.ID, answer)})
			if err != nil {
				return resolved{}, err
			}
		}
		return r.resolved(s)
	}
	more, err := r.more(ctx, s)
	if err != nil {
		return resolved{}, err
	}
	if len(more) > 0 {
		return resolved{}, &ConflictError{Step: s, What: fmt.Sprintf("what %s lists (%s is new)", s.Learn.List.Operation, strings.Join(more, ", "))}
	}
	return r.resolved(s)
}

// more are the names of what was made since the plan was.
func (r *run) more(ctx context.Context, s *fix.Step) ([]string, error) {
	list, err := r.j.answers().Call(s.Learn.List)
	if err != nil {
		return nil, err
	}
	out, err := r.patient().Call(ctx, s.Place, list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", list.Operation, err)
	}
	return s.Learn.More(out), nil
}

// discover reads what the first call of a step has made; nil: it has made nothing. taken: the call is
// known to have been taken, so its effect is waited for, as it is when something new is listed.
func (r *run) discover(ctx context.Context, s *fix.Step, taken bool) (wire.Object, error) {
	for end := r.j.now().Add(r.Patience); ; {
		if err := r.settled(ctx, s); err != nil {
			return nil, err
		}
		x, err := r.resolved(s)
		if err != nil {
			return nil, err
		}
		now, err := x.state.Observe(ctx, r.patient(), s.Place)
		if err != nil {
			return nil, err
		}
		if answer := s.Learned(x.after, now); answer != nil {
			return answer, nil
		}
		if !fix.Equal(now, x.before) {
			return nil, r.conflict(s, x.before, now)
		}
		more, err := r.more(ctx, s)
		switch {
		case err != nil:
			return nil, err
		case !taken && len(more) == 0:
			return nil, nil
		case r.j.now().After(end):
			return nil, &ConflictError{Step: s, What: fmt.Sprintf("what %s lists (%q is new, and what should follow it is as it was)", s.Learn.List.Operation, more), Touched: true}
		}
		if err := sleep(ctx, r.Poll); err != nil {
			return nil, err
		}
	}
}

// own is what a step's first call has made, found by what is there; nil: it has made nothing.
func (r *run) own(ctx context.Context, s *fix.Step) (wire.Object, error) {
	if s.Learn != nil {
		return r.discover(ctx, s, false)
	}
	return r.find(ctx, s)
}
