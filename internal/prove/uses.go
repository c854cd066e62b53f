package prove

import (
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
)

// Use is one use of a key that a slot needs, with the decision on it.
type Use struct {
	Resource string `json:"resource"`
	ID       string `json:"id"`
	Slot     string `json:"slot"`
	Key      string `json:"key"`
	When     string `json:"when,omitempty"`
	Who      string `json:"who"`
	// For says when it is needed: create, use, ingest …
	For     string `json:"for"`
	Verdict string `json:"verdict"` // can, cannot, depends, not known, not read
	Steps   []Step `json:"steps,omitempty"`
	// Why says what the verdict depends on, Assumed what was taken for granted.
	Why     []bedlock.Evidence `json:"why,omitempty"`
	Assumed []string           `json:"assumed,omitempty"`
	// Mend is the smallest change found that makes it possible; the engine decided the
	// use with it.
	Mend []Change `json:"mend,omitempty"`
	// Source is where AWS documents the need.
	Source string           `json:"source"`
	At     bedlock.Position `json:"at,omitzero"`
}

// Step is the decision on one action.
type Step struct {
	Action  string `json:"action"`
	Outcome string `json:"outcome"`
	// Because are the statements and grants that decided, Missing what had to allow and
	// did not.
	Because []bedlock.Evidence `json:"because,omitempty"`
	Missing []string           `json:"missing,omitempty"`
	// Absent are condition keys whose absence kept a statement from allowing.
	Absent []string `json:"absent,omitempty"`
	// Message is AWS's wording of the refusal.
	Message string `json:"message,omitempty"`
}

// Change is one change of a policy.
type Change struct {
	Text      string           `json:"text"`
	Statement string           `json:"statement,omitempty"`
	At        bedlock.Position `json:"at,omitzero"`
}

// Uses decides every use of keys that a subject's slots need: those of a resource, or
// of all resources with a key.
func Uses(e *estate.Estate, s Subject) []Use {
	var slots []estate.SlotRef
	if s.Key != nil {
		slots = e.Slots(s.Key.ID)
	} else {
		slots = e.SlotsOf(s.Resource)
	}
	out := []Use{}
	for _, ref := range slots {
		if ref.Slot == nil {
			continue
		}
		for _, u := range e.Uses(ref.Resource, ref.Slot, ref.Key, ref.When) {
			out = append(out, useOf(e, &ref, &u))
		}
	}
	return out
}

func useOf(e *estate.Estate, ref *estate.SlotRef, u *estate.Use) Use {
	out := Use{
		Resource: resourceName(e, ref.Resource), ID: ref.Resource.ID, Slot: ref.Name, Key: keyName(e, ref.Key), When: ref.When,
		Who: u.Who, For: u.Need.For, Verdict: u.Verdict.String(), Why: u.Why, Assumed: u.Assumed, Source: u.Need.Source, At: ref.Resource.At,
	}
	for i := range u.Steps {
		s := &u.Steps[i]
		step := Step{Action: s.Action, Outcome: s.Decision.Outcome.String(), Because: s.Reasons(), Absent: s.Decision.Absent}
		step.Message = s.Case.Readable(s.Decision.Message(s.Request))
		for _, l := range s.Decision.Missing {
			step.Missing = append(step.Missing, l.String())
		}
		out.Steps = append(out.Steps, step)
	}
	if changes, ok := u.Mend(); ok {
		for _, c := range changes {
			out.Mend = append(out.Mend, Change(c))
		}
	}
	return out
}

func keyName(e *estate.Estate, id string) string {
	if k := e.Inventory().Key(id); k != nil {
		return estate.KeyName(k)
	}
	return id
}

// Open lists the slots of a subject whose keys are not in the inventory or of whose
// needs the catalogue says nothing, in words.
func Open(e *estate.Estate, s Subject) (out []bedlock.Evidence) {
	if s.Key != nil {
		for _, ref := range e.Slots(s.Key.ID) {
			if ref.Slot == nil || len(ref.Slot.Needs) == 0 && len(ref.Slot.Through) == 0 {
				out = append(out, bedlock.Evidence{Text: "who needs the key for " + resourceName(e, ref.Resource) + " is not in the catalogue", At: ref.Resource.At})
			}
		}
		return out
	}
	for i := range s.Resource.Slots {
		slot := &s.Resource.Slots[i]
		for n := range slot.Named {
			named := &slot.Named[n]
			switch {
			case named.Key != "" || named.Store != "":
			case named.Text.State() == inventory.StateAbsent:
				out = append(out, bedlock.Evidence{Text: "slot " + slot.Name + " names no key", At: named.Text.At()})
			default:
				text := named.Text.Or(named.Text.Why())
				out = append(out, bedlock.Evidence{Text: "the key of slot " + slot.Name + " is not among the inputs: " + strings.TrimSpace(text), At: named.Text.At()})
			}
		}
	}
	return out
}

// can says an outcome in the words of a person.
func can(o authz.Outcome) string {
	switch o {
	case authz.Allow:
		return "can"
	case authz.Unknown:
		return "depends"
	}
	return "cannot"
}
