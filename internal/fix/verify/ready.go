package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/inventory"
)

// Ready says whether the keys of a plan, with the policies, grants and roles as the inventory has
// them now, serve everybody with a need: its subjects are judged as if they were under them
// already. The error names those that would stand below what the plan has promised. Unjudged are
// those of which nothing can be said, as something of theirs could not be read.
func Ready(ctx context.Context, o Options) (unjudged []string, err error) {
	if o.Answers == nil {
		o.Answers = byAlias(o.Plan, o.Inventory)
	}
	parts := o.Inventory.Parts()
	parts.Resources = slices.Clone(parts.Resources)
	for i := range o.Plan.Subjects {
		s := &o.Plan.Subjects[i]
		key, err := o.Answers.Text(s.To)
		if err != nil {
			return nil, err
		}
		at, ok := slices.BinarySearchFunc(parts.Resources, s.Resource, func(r inventory.Resource, id string) int { return cmp.Compare(r.ID, id) })
		if s.Why != "" || key == "" || !ok {
			continue
		}
		r := &parts.Resources[at]
		r.Slots = slices.Clone(r.Slots)
		for j := range r.Slots {
			if r.Slots[j].Name == s.Slot {
				r.Slots[j].Named = []inventory.Named{{Text: inventory.Known(key, bedlock.Position{}), Key: key, How: "by the plan", Form: catalog.FormKeyARN}}
			}
		}
	}
	inv, err := inventory.New(parts)
	if err != nil {
		return nil, err
	}
	found := map[[2]string]*bedlock.Slot{}
	_, err = audit.Run(ctx, inv, audit.Options{Catalog: o.Catalog, IsolationTag: cmp.Or(o.IsolationTag, audit.DefaultIsolationTag), Now: o.Now}, func(m bedlock.Message) error {
		if m.Slot != nil {
			found[[2]string{m.Slot.Subject.ID, m.Slot.Subject.Slot}] = m.Slot
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var errs []error
	for i := range o.Plan.Subjects {
		s := &o.Plan.Subjects[i]
		if s.Why != "" || s.To == "" {
			continue
		}
		switch f := found[[2]string{s.Resource, s.Slot}]; {
		case f == nil || !f.Rung.Judged():
			unjudged = append(unjudged, s.Title)
		case f.Rung < s.Reaches:
			var why []string
			for _, e := range f.Evidence {
				why = append(why, e.Text)
			}
			errs = append(errs, fmt.Errorf("%s would be %s and not %s: %s", s.Title, f.Rung, s.Reaches, strings.Join(why, "; ")))
		}
	}
	return unjudged, errors.Join(errs...)
}
