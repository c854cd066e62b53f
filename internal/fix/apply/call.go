package apply

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// do makes one of the calls of a step.
func (r *run) do(ctx context.Context, s *fix.Step, i int) error {
	c, err := r.call(ctx, s, s.Do[i])
	if err != nil {
		return err
	}
	if i == 0 && s.Find != nil && (r.j.of(s.ID).called > 0 || r.j.again) {
		found, err := r.find(ctx, s)
		if err != nil {
			return err
		}
		if found != nil {
			return r.j.note(record{Event: eventAnswer, Step: s.ID, Answer: r.j.wanted(s.ID, found)})
		}
	}
	if err := r.j.note(record{Event: eventCall, Step: s.ID, Call: i}); err != nil {
		return err
	}
	r.tell(s, "call", c.Operation)
	answer, err := r.insist(ctx, s, c, func(ctx context.Context) (wire.Object, bool, error) { return r.effect(ctx, s, i) })
	if err != nil {
		return fmt.Errorf("%s: %w", c.Operation, told(s, err))
	}
	rec := record{Event: eventAnswer, Step: s.ID, Call: i}
	if i == 0 && s.Learn != nil {
		if answer, err = r.discover(ctx, s, true); err != nil {
			return err
		}
	}
	if i == 0 {
		rec.Answer = r.j.wanted(s.ID, answer)
	}
	return r.j.note(rec)
}

// call is one of the calls of a step with all that it names. What the step takes is read now,
// and lives in this call only.
func (r *run) call(ctx context.Context, s *fix.Step, c fix.Call) (fix.Call, error) {
	a := r.j.answers()
	if s.Take != nil {
		take, err := a.Call(*s.Take)
		if err != nil {
			return c, err
		}
		a = maps.Clone(a) // what is taken is nobody else's
		if a[fix.Taken], err = r.patient().Call(ctx, s.Place, take); err != nil {
			return c, fmt.Errorf("%s: %w", take.Operation, err)
		}
	}
	return a.Call(c)
}

// told is an error as it may be told: what a step takes is secret, and a refusal may repeat what
// was sent.
func told(s *fix.Step, err error) error {
	if code := fix.Code(err); s.Take != nil && code != "" {
		return hidden(code)
	}
	return err
}

// hidden is a refusal of which only the code is told.
type hidden string

func (h hidden) Error() string {
	return string(h) + " (what the service says of it may have the value in it, and is left out)"
}
func (h hidden) ErrorCode() string { return string(h) }

// effect says whether the first call of a step has had its effect, with its answer if the step's
// own work can be found.
func (r *run) effect(ctx context.Context, s *fix.Step, i int) (wire.Object, bool, error) {
	switch {
	case i > 0:
		return nil, false, r.settled(ctx, s) // made again, when the one before it is through
	case s.Learn != nil:
		answer, err := r.discover(ctx, s, false)
		return answer, answer != nil, err
	case s.Find != nil:
		found, err := r.find(ctx, s)
		return found, found != nil, err
	case s.State == nil || r.wanted(s):
		return nil, false, nil // made again: a token, or a name, makes it the same
	}
	x, err := r.resolved(s)
	if err != nil {
		return nil, false, err
	}
	now, err := x.state.Observe(ctx, r.patient(), s.Place)
	if err != nil {
		return nil, false, err
	}
	switch {
	case fix.Equal(now, x.after):
		return nil, true, nil
	case fix.Equal(now, x.before):
		return nil, false, nil
	}
	return nil, false, r.conflict(s, x.before, now)
}

// insist makes a call until it is known to have been made, or to be refused. After a failure that
// leaves it open, effect is asked, right before the next attempt: what somebody else has changed in
// the pause is not written over.
func (r *run) insist(ctx context.Context, s *fix.Step, c fix.Call, effect func(context.Context) (wire.Object, bool, error)) (wire.Object, error) {
	pause := r.Pause
	for n := 1; ; n++ {
		answer, err := r.Estate.Call(ctx, s.Place, c)
		switch {
		case err == nil:
			return answer, nil
		case slices.Contains(c.Already, fix.Code(err)):
			return nil, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case refused(err):
			return nil, err
		}
		if n < r.Attempts {
			r.tell(s, "waiting", err.Error())
			if err := sleep(ctx, pause); err != nil {
				return nil, err
			}
			pause *= 2
		}
		answer, made, unclear := effect(ctx)
		if made || unclear != nil {
			return answer, unclear
		}
		if n == r.Attempts {
			return nil, fmt.Errorf("after %d attempts: %w", n, err)
		}
	}
}

// patient is the estate for reading: what fails for a moment is read again.
func (r *run) patient() fix.Estate { return patient{r} }

type patient struct{ r *run }

func (p patient) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	pause := p.r.Pause
	for n := 1; ; n++ {
		out, err := p.r.Estate.Call(ctx, at, c)
		if err == nil || ctx.Err() != nil || refused(err) || n == p.r.Attempts {
			return out, err
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

// transient are codes of refusals that are worth another attempt: of throttling, as the SDK has
// them, of services that had a defect or are busy with the thing, as the models name them.
// https://github.com/aws/aws-sdk-go-v2/blob/main/aws/retry/standard.go
var transient = []string{
	"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
	"TooManyRequestsException", "RequestLimitExceeded", "ProvisionedThroughputExceededException", "SlowDown",
	"InternalServerException", "InternalServerError", "InternalFailure", "InternalError", "ServiceUnavailable", "ServiceUnavailableException", "ServiceException",
	"KMSInternalException", "DependencyTimeoutException", "RequestTimeout", "RequestTimeoutException", "ConcurrentModification", "ConcurrentModificationException", "ConflictException", "OperationAbortedException", "OperationAborted", "ResourceInUseException",
}

// refused says whether an error is a service's final word.
func refused(err error) bool {
	code := fix.Code(err)
	return code != "" && !slices.Contains(transient, code)
}

// settled waits for what has to come true after the calls of a step.
func (r *run) settled(ctx context.Context, s *fix.Step) error {
	if s.Wait == nil {
		return nil
	}
	read, err := r.j.answers().Call(s.Wait.Read)
	if err != nil {
		return err
	}
	last := ""
	for end := r.j.now().Add(r.Patience); ; {
		out, err := r.patient().Call(ctx, s.Place, read)
		if err != nil {
			return fmt.Errorf("%s: %w", read.Operation, err)
		}
		status := out.Text(s.Wait.At)
		switch {
		case slices.Contains(s.Wait.Until, status):
			return nil
		case slices.Contains(s.Wait.Failed, status):
			return fmt.Errorf("%s is %s", s.Wait.At, status)
		case r.j.now().After(end):
			return fmt.Errorf("%s is still %q after %s", s.Wait.At, status, r.Patience)
		case status != last:
			r.tell(s, "waiting", status)
			last = status
		}
		if err := sleep(ctx, r.Poll); err != nil {
			return err
		}
	}
}

// find looks for the key that an earlier attempt of a step has made. Keys are listed and their
// tags read, for a key that is a moment old is in no index yet.
func (r *run) find(ctx context.Context, s *fix.Step) (wire.Object, error) {
	value, err := r.j.answers().Text(s.Find.Value)
	if err != nil {
		return nil, err
	}
	keys, err := r.patient().Call(ctx, s.Place, fix.Call{Service: "kms", Operation: "ListKeys", Input: wire.Object{}})
	if err != nil {
		return nil, fmt.Errorf("ListKeys: %w", err)
	}
	for _, k := range keys.Objects("Keys") {
		id := k.Text("KeyId")
		tags, err := r.patient().Call(ctx, s.Place, fix.Call{Service: "kms", Operation: "ListResourceTags", Input: wire.Object{"KeyId": id}})
		if code := fix.Code(err); code == "AccessDeniedException" || code == "NotFoundException" {
			continue // a key of somebody else, which has none of ours
		}
		if err != nil {
			return nil, fmt.Errorf("ListResourceTags: %w", err)
		}
		for _, t := range tags.Objects("Tags") {
			if t.Text("TagKey") == s.Find.Tag && t.Text("TagValue") == value {
				return r.patient().Call(ctx, s.Place, fix.Call{Service: "kms", Operation: "DescribeKey", Input: wire.Object{"KeyId": id}})
			}
		}
	}
	return nil, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
