package rehearse

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/wire"
)

// apply applies the plan to the twin, but for the steps whose subjects it does not have.
func (r *rehearsal) apply(ctx context.Context) error {
	plan := *r.Plan
	plan.Steps = nil
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		outcome := NotReached
		if r.missing(s) {
			outcome = LeftOut
		} else {
			plan.Steps = append(plan.Steps, *s)
		}
		r.report.Steps = append(r.report.Steps, Step{ID: s.ID, Title: s.Title, Outcome: outcome})
	}
	if err := plan.Seal(); err != nil {
		return err
	}
	j := apply.Unwritten(&plan, r.Now)
	at := make(map[string]*Step, len(r.report.Steps))
	for i := range r.report.Steps {
		at[r.report.Steps[i].ID] = &r.report.Steps[i]
	}
	err := apply.Apply(ctx, j, apply.Options{
		Estate: r.twin.estate, Attempts: 2, Pause: time.Millisecond, Poll: time.Millisecond, Patience: 10 * time.Second,
		Told: func(p apply.Progress) {
			s := at[p.Step.ID]
			switch p.What {
			case "done", "adopted":
				s.Outcome = Done
				r.tick()
			case "failed":
				s.Outcome, s.Error = Failed, p.Text
				r.unexpected("step %s, %q, would fail: %s", p.Step.ID, p.Step.Title, p.Text)
			}
		},
	})
	r.answers = j.Answers()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && len(r.report.Unexpected) == 0 {
		r.unexpected("the plan would fail: %v", err)
	}
	return nil
}

// missing says whether a step's subject is not in the twin, or it names the answer of such a step.
func (r *rehearsal) missing(s *fix.Step) bool {
	switch {
	case len(r.twin.missing) == 0:
		return false
	case slices.Contains(r.twin.missing, s.ID):
		return true
	}
	text, _ := json.Marshal(s) // it was read from JSON
	for _, id := range r.twin.missing {
		if strings.Contains(string(text), "${"+id+":") {
			r.twin.missing = append(r.twin.missing, s.ID)
			r.left("step %s, %q, cannot be tried: it goes on from one that cannot", s.ID, s.Title)
			return true
		}
	}
	return false
}

// watching notes the keys and grants that steps make.
type watching struct {
	fix.Estate
	r *rehearsal
}

// Call makes a call.
func (w *watching) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	out, err := w.Estate.Call(ctx, at, c)
	switch {
	case err != nil || c.Service != "kms":
	case c.Operation == "DescribeKey":
		for i := range w.r.Plan.Steps {
			if s := &w.r.Plan.Steps[i]; s.Kind == fix.ManagedKey && s.Place == at && s.Do[0].Input.Text("KeyId") == c.Input.Text("KeyId") {
				w.r.keys[s.ID] = out.Text("KeyMetadata.Arn")
			}
		}
	case c.Operation == "CreateGrant":
		w.r.made[out.Text("GrantId")] = true
	case c.Operation == "CreateKey":
		for _, t := range c.Input.Objects("Tags") {
			if _, step, found := strings.Cut(t.Text("TagValue"), "/"); found && t.Text("TagKey") == fix.RunTag {
				w.r.keys[step] = out.Text("KeyMetadata.Arn")
			}
		}
	}
	return out, err
}

// resolve is the ARN of a key that a subject names; empty: it names none, or one that does not
// exist, which ok tells apart.
func (r *rehearsal) resolve(key string) (arn string, ok bool) {
	step, found := strings.CutPrefix(key, "${")
	if !found {
		return key, true
	}
	step, _, _ = strings.Cut(step, ":")
	return r.keys[step], r.keys[step] != ""
}
