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
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/inventory"
)

// Fact is what the policy engine decides of a subject of a plan, as if it were under its key.
type Fact struct {
	Subject *fix.Subject
	// Rung is where it would stand; not a judged one: something of it could not be read.
	Rung     bedlock.Rung
	Evidence []bedlock.Evidence
}

// Verdict compares a fact with what the plan has promised.
func (f *Fact) Verdict() bedlock.CheckVerdict {
	switch {
	case !f.Rung.Judged():
		return bedlock.CheckUnjudged
	case f.Rung < f.Subject.Reaches:
		return bedlock.CheckBelow
	}
	return bedlock.CheckReady
}

// Ready says whether the keys of a plan, with the policies, grants and roles as the inventory has
// them now, serve everybody with a need: its subjects are judged as if they were under them
// already. The error names those that would stand below what the plan has promised.
func Ready(ctx context.Context, o Options) (facts []Fact, err error) {
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
		if s.Why != "" || s.Owner != "" || !ok {
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
		if s.Why != "" || s.Owner != "" {
			continue
		}
		fact := Fact{Subject: s, Rung: bedlock.Unread}
		if f := found[[2]string{s.Resource, s.Slot}]; f != nil {
			fact.Rung, fact.Evidence = f.Rung, f.Evidence
		}
		facts = append(facts, fact)
		if fact.Verdict() != bedlock.CheckBelow {
			continue
		}
		var why []string
		for _, e := range fact.Evidence {
			why = append(why, e.Text)
		}
		errs = append(errs, fmt.Errorf("%s would be %s and not %s: %s", s.Title, fact.Rung, s.Reaches, strings.Join(why, "; ")))
	}
	return facts, errors.Join(errs...)
}
