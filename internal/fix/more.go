package fix

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock"
)

// Key is a key that a plan puts resources under.
type Key struct {
	Place
	// ARN stands for it in steps, whether it is there already or a step creates it.
	ARN string
	// Alias is its alias, or what else it is called.
	Alias string
	// Types are those of the resources that it is for.
	Types []string
}

// More are steps besides those for keys and resources, and what is to be said of them.
type More struct {
	// Steps come last. Their IDs are words of which [Make] makes IDs.
	Steps []Step
	Open  []bedlock.Evidence
	// Monthly is what they add to the bill in US dollars, Notes say of what.
	Monthly float64
	Notes   []string
}

// more asks for further steps.
func (m *maker) more(ctx context.Context) error {
	m.extra = &More{}
	defer func() { m.plan.Open = distinct(m.plan.Open) }()
	if m.More == nil {
		return nil
	}
	var keys []Key
	for _, g := range m.groups {
		if g.key == "" {
			continue
		}
		k := Key{Place: g.Place, ARN: g.key, Alias: g.alias}
		if k.Alias == "" {
			k.Alias = keyName(m.Inventory, g.key)
		}
		for _, c := range g.choices {
			k.Types = append(k.Types, c.entry.Type)
		}
		keys = append(keys, k)
	}
	more, err := m.More(ctx, keys)
	if err != nil || more == nil {
		return err
	}
	m.extra = more
	for _, s := range more.Steps {
		m.add(s, s.ID)
	}
	m.plan.Open = append(m.plan.Open, more.Open...)
	return nil
}

// distinct leaves out of a list of what is open what was said before.
func distinct(list []bedlock.Evidence) []bedlock.Evidence {
	seen := map[bedlock.Evidence]bool{}
	return slices.DeleteFunc(list, func(e bedlock.Evidence) bool {
		twice := seen[e]
		seen[e] = true
		return twice
	})
}

// addCost says what the plan costs.
func (m *maker) addCost() {
	m.plan.Cost = costOf(m.plan)
	m.plan.Cost.Monthly += m.extra.Monthly
	m.plan.Cost.Notes = append(m.plan.Cost.Notes, m.extra.Notes...)
}
