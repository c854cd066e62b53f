package rehearse

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
)

// Of stores a plan reads the encryption alone. What else they have is made up in the twin, and yet
// an update must not change it.

// rememberWhole notes the resources of which the plan has read a part, before it is applied.
func (r *rehearsal) rememberWhole(ctx context.Context) error {
	r.twin.whole = map[string]wire.Object{}
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		if s.Kind != fix.Update || s.State == nil || len(s.State.Only) == 0 || r.missing(s) {
			continue
		}
		whole, err := r.wholeOf(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", r.title(s), err)
		}
		r.twin.whole[s.ID] = whole
	}
	return nil
}

// wholeOf is all that the call which reads a step's subject answers, but for times.
func (r *rehearsal) wholeOf(ctx context.Context, s *fix.Step) (out wire.Object, err error) {
	whole := *s
	whole.State = &fix.State{Read: s.State.Read, At: s.State.At, Pick: s.State.Pick, JSON: s.State.JSON, Absent: s.State.Absent}
	whole.State.Read.Input = s.State.Read.Input.Without("includedData") // that says which parts are left out
	service, err := model.Load(s.State.Read.Service)
	if err != nil {
		return nil, err
	}
	if op := service.Operations[s.State.Read.Operation]; op != nil {
		times(service, op.Output, "", nil, func(path string) {
			if path, below := below(s.State.At, path); below {
				whole.State.Drop = append(whole.State.Drop, path)
			}
		})
	}
	err = r.twin.allowed(func() (err error) {
		out, err = r.observe(ctx, &whole)
		return err
	})
	return out, err
}

// beside are the members of a resource that its update has changed and that the plan has not read.
func (r *rehearsal) beside(ctx context.Context, s *fix.Step) ([]fix.Difference, error) {
	before, noted := r.twin.whole[s.ID]
	if !noted {
		return nil, nil
	}
	now, err := r.wholeOf(ctx, s)
	if err != nil {
		return nil, err
	}
	meant := slices.Clone(makings[r.subject(s).Type].moves)
	for _, other := range r.places.steps[s.Subject] {
		if other.State != nil {
			meant = append(meant, other.State.Only...)
		}
	}
	return slices.DeleteFunc(fix.Compare(before, now), func(d fix.Difference) bool {
		path := index.ReplaceAllString(d.Path, "")
		return slices.ContainsFunc(meant, func(m string) bool {
			return strings.HasPrefix(path+".", m+".") || strings.HasPrefix(m+".", path+".")
		})
	}), nil
}

// index is the place in a list in the path of a difference.
var index = regexp.MustCompile(`\[[0-9]+\]`)
