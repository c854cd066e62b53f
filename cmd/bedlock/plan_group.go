package main

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
)

// grouped puts what has the same name together, in the order of their first.
func grouped[T any](list []T, name func(*T) string) (out [][]*T) {
	at := map[string]int{}
	for i := range list {
		n := name(&list[i])
		j, ok := at[n]
		if !ok {
			j = len(out)
			at[n] = j
			out = append(out, nil)
		}
		out[j] = append(out[j], &list[i])
	}
	return out
}

// planSlots writes where each slot stands and will. What several have in common is said once: under
// all of them where it is all there is to say, else with the first.
func planSlots(b *strings.Builder, p *fix.Plan) {
	say(b, "")
	say(b, "Slots")
	said := map[string]bool{}
	for _, same := range grouped(p.Subjects, slotReasons) {
		for _, s := range same {
			say(b, "  %s, %s: %s -> %s", s.Title, s.Slot, s.Rung, s.Reaches)
		}
		s := same[0]
		for _, e := range s.Because {
			if !said[e.Text] {
				say(b, "      %s", e.Text)
			}
			said[e.Text] = true
		}
		if s.Callers {
			say(b, "      nobody can use it through the service: name who does with --caller ARN")
		}
		switch {
		case s.Why != "":
			say(b, "      not changed: %s", s.Why)
		case s.Data != "":
			say(b, "      data: %s", s.Data)
		}
	}
}

// slotReasons is all that is said of a slot.
func slotReasons(s *fix.Subject) string {
	all := []string{s.Rung.String(), s.Reaches.String(), s.Why, s.Data}
	if s.Callers {
		all = append(all, "callers")
	}
	for _, e := range s.Because {
		all = append(all, e.Text)
	}
	return strings.Join(all, "\x00")
}

// planByHand writes what people have to do, once for those where it is the same.
func planByHand(b *strings.Builder, p *fix.Plan) {
	if len(p.Manual) > 0 {
		say(b, "")
		say(b, "By hand")
	}
	for _, same := range grouped(p.Manual, func(m *fix.Manual) string {
		return strings.Join(append([]string{m.Why, m.What}, m.Steps...), "\x00")
	}) {
		for _, m := range same[:len(same)-1] {
			say(b, "  %s,", m.Title)
		}
		m := same[len(same)-1]
		say(b, "  %s: %s", m.Title, m.Why)
		for i, s := range m.Steps {
			say(b, "      %d. %s", i+1, s)
		}
		if m.What != "" {
			say(b, "      %s", m.What)
		}
	}
}

// planOpen writes what the inventory leaves open: questions first, then by what the statements of the
// key policies are not limited, each statement once.
func planOpen(b *strings.Builder, p *fix.Plan) {
	if len(p.Open) == 0 {
		return
	}
	say(b, "")
	say(b, "Open")
	const limit = ": not limited by "
	var questions, limits []bedlock.Evidence
	for _, e := range p.Open {
		if strings.Contains(e.Text, limit) {
			limits = append(limits, e)
		} else {
			questions = append(questions, e)
		}
	}
	// "subject: reason"
	for _, same := range grouped(questions, func(e *bedlock.Evidence) string {
		if _, reason, ok := strings.Cut(e.Text, ": "); ok {
			return reason
		}
		return e.Text
	}) {
		for _, e := range same[:len(same)-1] {
			subject, _, _ := strings.Cut(e.Text, ": ")
			say(b, "  %s,", subject)
		}
		say(b, "  %s", same[len(same)-1].Text)
	}
	if len(limits) > 0 {
		say(b, "  what the policies of the keys do not limit further, and by what:")
	}
	for _, same := range grouped(limits, func(e *bedlock.Evidence) string { return e.Text[:strings.Index(e.Text, limit)] }) {
		what, by, _ := strings.Cut(same[0].Text, limit)
		list := []string{by}
		for _, e := range same[1:] {
			_, by, _ := strings.Cut(e.Text, limit)
			list = append(list, by)
		}
		slices.SortStableFunc(list, func(a, b string) int { return strings.Count(a, ",") - strings.Count(b, ",") })
		say(b, "      %s: not by %s", what, strings.Join(list, "; "))
	}
}
