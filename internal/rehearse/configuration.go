package rehearse

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// configuration compares each resource with what it was, but for the key. What the plan says of
// the state after the step does not count.
func (r *rehearsal) configuration(ctx context.Context) error {
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		if !r.changes(s) || s.State == nil || r.missing(s) {
			continue
		}
		var now wire.Object
		err := r.twin.allowed(func() (err error) {
			now, err = r.observe(ctx, s)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", r.title(s), err)
		}
		c := Configuration{Resource: s.Subject, Title: r.title(s)}
		var changed []fix.Difference
		if !fix.Equal(now, s.Before) {
			want, err := r.meant(s)
			if err != nil {
				r.left("the configuration of %s: %v", c.Title, err)
				continue
			}
			changed = fix.Compare(want, now)
		}
		beside, err := r.beside(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", r.title(s), err)
		}
		changed = append(changed, beside...)
		for _, d := range changed {
			c.Changed = append(c.Changed, d.String())
		}
		if len(changed) > 0 {
			r.unexpected("%s would change beside its key: %s", c.Title, differences(changed))
		}
		r.report.Configuration = append(r.report.Configuration, c)
	}
	return nil
}

// meant is the state of a step's resource when its slots have their keys, it names the versions that
// other steps have published, and nothing else of it is different.
func (r *rehearsal) meant(s *fix.Step) (want wire.Object, err error) {
	want = s.Before
	if keys := r.keysOf(s); s.Kind == fix.Update || len(keys) > 0 {
		if want, err = fix.Under(r.subject(s).Type, s, keys); err != nil {
			return nil, err
		}
	}
	return r.answers.Object(s.Renamed(want))
}

// keysOf are the keys of the slots of a step's resource after the plan.
func (r *rehearsal) keysOf(s *fix.Step) map[string]string {
	keys := map[string]string{}
	for _, sub := range r.places.subjects[s.Subject] {
		if sub.Why == "" {
			if to, ok := r.resolve(sub.To); ok {
				keys[bare(sub.Slot)] = to
			}
		}
	}
	return keys
}

// isolation says which keys of one isolation group would get slots of another.
func (r *rehearsal) isolation() {
	e := estate.New(r.after, r.Catalog)
	for i := range r.Plan.Subjects {
		sub := &r.Plan.Subjects[i]
		to, _ := r.resolve(sub.To)
		key, res := r.after.Key(to), r.after.Resource(sub.Resource)
		if sub.Why != "" || key == nil || res == nil {
			continue
		}
		own := res.Tags.Known[r.IsolationTag]
		if own == "" {
			continue // it is declared to be of no group
		}
		if group := key.Tags.Known[r.IsolationTag]; group != "" && group != own {
			r.unexpected("%s is of isolation group %q, and its key %s would be that of isolation group %q", sub.Title, own, estate.KeyName(key), group)
			continue
		}
		for _, other := range e.Slots(to) {
			if group := other.Resource.Tags.Known[r.IsolationTag]; group != "" && group != own {
				r.unexpected("%s is of isolation group %q, and would share key %s with %s of isolation group %q", sub.Title, own, estate.KeyName(key), r.called(other.Resource.ID), group)
				break
			}
		}
	}
}

// called is what a person calls a resource.
func (r *rehearsal) called(id string) string {
	res := r.after.Resource(id)
	title := "a resource"
	if e := r.Catalog.Type(res.Type); e != nil {
		title = e.Title
	}
	return fmt.Sprintf("%s %q", title, res.Name.Or(id))
}

// rungs audits the slots as they are after the plan.
func (r *rehearsal) rungs(ctx context.Context) error {
	now := map[[2]string]*bedlock.Slot{}
	_, err := audit.Run(ctx, r.after, audit.Options{Catalog: r.Catalog, IsolationTag: r.IsolationTag, Now: r.Now()}, func(msg bedlock.Message) error {
		if msg.Slot != nil {
			now[[2]string{msg.Slot.Subject.ID, msg.Slot.Subject.Slot}] = msg.Slot
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range r.Plan.Subjects {
		sub := &r.Plan.Subjects[i]
		s := now[[2]string{sub.Resource, sub.Slot}]
		if _, exists := r.resolve(sub.To); s == nil || sub.Why != "" || !exists {
			continue
		}
		because := ""
		if len(s.Evidence) > 0 {
			because = ": " + s.Evidence[0].Text
		}
		switch {
		case !s.Rung.Judged():
			r.left("%s, %s: where it would stand is %s%s", sub.Title, sub.Slot, s.Rung, because)
		case s.Rung < sub.Reaches:
			r.unexpected("%s, %s: it would be %s, and the plan says %s%s", sub.Title, sub.Slot, s.Rung, sub.Reaches, because)
		case r.told(sub): // by a use that KMS refused
		case s.Rung == bedlock.Broken || s.Rung == bedlock.Unusable:
			r.unexpected("%s, %s: it would be %s%s", sub.Title, sub.Slot, s.Rung, because)
		}
	}
	return nil
}

// told says whether something unexpected was said of a slot.
func (r *rehearsal) told(sub *fix.Subject) bool {
	return slices.ContainsFunc(r.report.Unexpected, func(text string) bool { return strings.HasPrefix(text, sub.Title+", "+sub.Slot+": ") })
}
