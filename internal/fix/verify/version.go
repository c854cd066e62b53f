package verify

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// numbers are the versions that there are.
func numbers(ctx context.Context, e fix.Estate, at fix.Place, list *fix.Versions) ([]int, error) {
	listed, err := e.Call(ctx, at, list.List)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", list.List.Operation, err)
	}
	var out []int
	for _, entry := range listed.Objects(list.Items) {
		if n, err := strconv.Atoi(entry.Text(list.Name)); err == nil {
			out = append(out, n)
		}
	}
	return out, nil
}

// latest are the answers of the steps that publish, where no journal has them: the last versions that
// there are, for others may have published them of the plan.
func latest(ctx context.Context, o *Options) {
	for i := range o.Plan.Steps {
		s := &o.Plan.Steps[i]
		if s.Makes == nil {
			continue
		}
		all, err := numbers(ctx, o.Estate, s.Place, &s.Makes.Versions)
		if err == nil && len(all) > 0 {
			o.Answers[s.ID] = wire.Object{"version": strconv.Itoa(slices.Max(all))}
		}
	}
}

// version looks at the version that a step has published: that it is there and under its key, or, of a
// run that was taken back, that it is gone.
func (v *verifier) version(ctx context.Context, s *fix.Step, out *Step) {
	if !v.Back {
		v.compare(ctx, s, &s.Makes.State, s.Makes.Want, out)
		return
	}
	all, err := numbers(ctx, v.Estate, s.Place, &s.Makes.Versions)
	if err != nil {
		out.Verdict, out.Why = Unread, err.Error()
		return
	}
	if n, err := strconv.Atoi(v.Answers[s.ID].Text("version")); err == nil && slices.Contains(all, n) {
		out.Verdict, out.Why = NotPlanned, fmt.Sprintf("version %d is still there", n)
	}
}
