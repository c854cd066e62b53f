package main

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock"
)

// threshold is what --fail-on says.
type threshold struct {
	text     string
	severity bedlock.Severity // one of the two is set, or none
	rung     bedlock.Rung
}

func thresholds() []string {
	all := []string{"none"}
	for _, s := range bedlock.Severities() {
		all = append(all, s.String())
	}
	for _, r := range bedlock.Rungs() {
		if r.Judged() {
			all = append(all, r.String())
		}
	}
	return all
}

func parseThreshold(s string) (threshold, error) {
	if s == "none" {
		return threshold{text: s}, nil
	}
	if v, err := bedlock.ParseSeverity(s); err == nil {
		return threshold{text: s, severity: v}, nil
	}
	if r, err := bedlock.ParseRung(s); err == nil && r.Judged() {
		return threshold{text: s, rung: r}, nil
	}
	return threshold{}, usage("use "+strings.Join(thresholds(), ", "), "%w", fmt.Errorf("--fail-on %s: neither a severity nor a rung", s))
}

// gate watches the stream for what reaches the threshold. Accepted and known
// findings do not, nor does a slot all of whose findings are.
type gate struct {
	limit threshold
	over  bool
	// slot is the last slot at or below the rung; its findings follow it.
	slot *bedlock.Slot
	tally
	// keys are those because of which slots reach the rung without a finding of
	// their own; the findings about a key come after all slots.
	keys map[string]*tally
}

// tally counts findings.
type tally struct{ all, open int }

func (t *tally) add(f *bedlock.Finding) {
	t.all++
	if f.Status == bedlock.FindingOpen {
		t.open++
	}
}

// excused: there are findings, and none of them counts.
func (t *tally) excused() bool { return t.all > 0 && t.open == 0 }

func (g *gate) see(m bedlock.Message) {
	switch {
	case m.Slot != nil:
		g.decide()
		if g.limit.rung != 0 && m.Slot.Rung.Judged() && m.Slot.Rung <= g.limit.rung {
			g.slot, g.tally = m.Slot, tally{}
		}
	case m.Finding != nil:
		f := m.Finding
		g.over = g.over || f.Status == bedlock.FindingOpen && g.limit.severity != 0 && f.Severity >= g.limit.severity
		if g.slot != nil && f.Subject.Slot != "" && f.Subject.ID == g.slot.Subject.ID && f.Subject.Slot == g.slot.Subject.Slot {
			g.add(f)
			return
		}
		g.decide()
		if t := g.keys[f.Subject.ID]; t != nil && f.Severity >= bedlock.Low {
			t.add(f)
		}
	}
}

// decide settles the last slot.
func (g *gate) decide() {
	s := g.slot
	g.slot = nil
	switch {
	case s == nil || g.excused():
	case g.all == 0 && s.Rung == bedlock.Exposed && s.Key != "":
		if g.keys[s.Key] == nil {
			g.keys[s.Key] = &tally{}
		}
	default:
		g.over = true
	}
}

// exceeded is the answer after the last message.
func (g *gate) exceeded() bool {
	g.decide()
	for _, t := range g.keys {
		g.over = g.over || !t.excused()
	}
	return g.over
}
