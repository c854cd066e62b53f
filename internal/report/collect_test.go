package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
)

func slotOf(name string, r bedlock.Rung) *bedlock.Slot {
	return &bedlock.Slot{Subject: bedlock.Subject{ID: "f#" + name, Type: "T", Name: name, Slot: "Key"}, Rung: r}
}

func findingOf(name string, v bedlock.Severity, status bedlock.FindingStatus) *bedlock.Finding {
	return &bedlock.Finding{Rule: "R1", Severity: v, Status: status, Message: name + " has no key", Remediation: "set a key",
		Subject: bedlock.Subject{ID: "f#" + name, Type: "T", Name: name, Slot: "Key"}}
}

func TestPlacesAreSortedWorstFirst(t *testing.T) {
	r := run{
		slots: []*bedlock.Slot{
			slotOf("proved", bedlock.Proved), slotOf("unread", bedlock.Unread), slotOf("b-unkeyed", bedlock.Unkeyed),
			slotOf("a-unkeyed", bedlock.Unkeyed), slotOf("z-unkeyed", bedlock.Unkeyed), slotOf("broken", bedlock.Broken),
			slotOf("sound", bedlock.Sound), slotOf("unresolved", bedlock.Unresolved),
		},
		findings: []*bedlock.Finding{
			findingOf("z-unkeyed", bedlock.High, bedlock.FindingOpen),
			findingOf("b-unkeyed", bedlock.High, bedlock.FindingExcepted),
			findingOf("loose", bedlock.Low, bedlock.FindingOpen),
		},
	}
	var got []string
	for _, p := range r.places() {
		got = append(got, p.subject.Name)
	}
	want := []string{"z-unkeyed", "a-unkeyed", "b-unkeyed", "broken", "unread", "unresolved", "loose", "sound", "proved"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestPlacesKeepTwoSlotsOfOneSubject(t *testing.T) {
	r := run{slots: []*bedlock.Slot{slotOf("a", bedlock.Sound), slotOf("a", bedlock.Unkeyed)}}
	places := r.places()
	if len(places) != 2 || places[0].slot.Rung != bedlock.Unkeyed || places[1].slot.Rung != bedlock.Sound {
		t.Errorf("got %d places", len(places))
	}
}

func TestAlikeIgnoresNamesOnly(t *testing.T) {
	build := func(name string, change func(*place)) *place {
		s := slotOf(name, bedlock.Unkeyed)
		s.Evidence = []bedlock.Evidence{{Text: name + " names no key", At: bedlock.Position{File: name, Line: 3}}}
		p := &place{subject: s.Subject, slot: s, open: []*bedlock.Finding{findingOf(name, bedlock.High, bedlock.FindingOpen)}}
		change(p)
		return p
	}
	base := build("one", func(*place) {}).alike()
	if base != build("two", func(*place) {}).alike() {
		t.Error("places that differ by name and position are not alike")
	}
	for what, change := range map[string]func(*place){
		"rung":        func(p *place) { p.slot.Rung = bedlock.Broken },
		"slot":        func(p *place) { p.subject.Slot = "Other" },
		"evidence":    func(p *place) { p.slot.Evidence[0].Text = "another fact" },
		"lift":        func(p *place) { p.slot.Lift = "do this" },
		"unjudged":    func(p *place) { p.slot.Unjudged = []string{"authorization"} },
		"no finding":  func(p *place) { p.open = nil },
		"severity":    func(p *place) { p.open[0].Severity = bedlock.Low },
		"remediation": func(p *place) { p.open[0].Remediation = "another way" },
	} {
		if base == build("two", change).alike() {
			t.Errorf("places that differ by %s are alike", what)
		}
	}
}

func TestFrameworksCountOpenFindingsOnly(t *testing.T) {
	nist := func(id string, derived bool) bedlock.Control {
		return bedlock.Control{Framework: "NIST", ID: id, Derived: derived}
	}
	r := run{
		config: bedlock.Config{Rules: []bedlock.Rule{
			{ID: "R0", Controls: []bedlock.Control{nist("SC-12", true)}},
			{ID: "R1", Controls: []bedlock.Control{nist("SC-12", false), nist("SC-28", true), {Framework: "GDPR", ID: "32"}}},
		}},
		findings: []*bedlock.Finding{
			findingOf("a", bedlock.High, bedlock.FindingOpen), findingOf("b", bedlock.High, bedlock.FindingOpen),
			findingOf("c", bedlock.High, bedlock.FindingBaseline),
		},
	}
	all := r.frameworks()
	if len(all) != 2 || all[0].name != "GDPR" || all[1].name != "NIST" {
		t.Fatalf("frameworks %v", all)
	}
	got := *all[1].controls[0]
	if got.id != "SC-12" || got.open != 2 || got.derived || strings.Join(got.rules, " ") != "R0 R1" {
		t.Errorf("SC-12 is %+v, want 2 open findings of R0 and R1, not derived", got)
	}
	if got := *all[1].controls[1]; got.id != "SC-28" || got.open != 2 || !got.derived {
		t.Errorf("SC-28 is %+v", got)
	}
}

func TestNextRule(t *testing.T) {
	f := func(rule string, v bedlock.Severity) *bedlock.Finding {
		return &bedlock.Finding{Rule: rule, Severity: v}
	}
	places := []*place{{open: []*bedlock.Finding{f("A", bedlock.Low), f("A", bedlock.Low), f("C", bedlock.High), f("B", bedlock.High), f("B", bedlock.High)}}}
	if got := new(run).firstRule(places); got != "B" {
		t.Errorf("got %s, want the most frequent rule of the worst severity, B", got)
	}
	custom := &run{config: bedlock.Config{Rules: []bedlock.Rule{{ID: "B", Custom: true}}}}
	if got := custom.firstRule(places); got != "C" {
		t.Errorf("got %s, want C: explain does not know the user's own rules", got)
	}
	if got := new(run).firstRule(nil); got != "" {
		t.Errorf("got %q of nothing", got)
	}
}

// TestEveryPlaceSaysTheWayOut holds that text shows the lift of a slot or the
// remediation of its finding, and both only when they are of different rungs.
func TestEveryPlaceSaysTheWayOut(t *testing.T) {
	for _, test := range []struct {
		rung bedlock.Rung // of the finding
		want string
	}{
		{bedlock.Unkeyed, "fix"}, {0, "lift fix"},
	} {
		s := slotOf("one", bedlock.Unkeyed)
		s.Lift = "set a key"
		f := findingOf("one", bedlock.High, bedlock.FindingOpen)
		f.Rung = test.rung
		r := &run{slots: []*bedlock.Slot{s}, findings: []*bedlock.Finding{f}}
		var out strings.Builder
		if err := writeText(&out, r, Options{}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for l := range strings.Lines(out.String()) {
			if word, body, _ := strings.Cut(strings.TrimSpace(l), "  "); body == "set a key" {
				got = append(got, word)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("finding of rung %s: the way out is told by %q, want %q", test.rung, got, test.want)
		}
	}
}

// TestTheEvidenceIsNotToldTwice: a finding that only repeats the evidence is told
// by its rule's title; one that says more is told as it is.
func TestTheEvidenceIsNotToldTwice(t *testing.T) {
	p := &place{slot: &bedlock.Slot{Evidence: []bedlock.Evidence{{Text: "no key is named"}}}}
	for message, want := range map[string]bool{"agent intake: no key is named": true, "no key is named here": false, "": false} {
		if got := p.says(message); got != want {
			t.Errorf("says(%q) = %v, want %v", message, got, want)
		}
	}
	if (&place{slot: &bedlock.Slot{Evidence: []bedlock.Evidence{{}}}}).says("x") || (&place{}).says("x") {
		t.Error("nothing is taken for a repetition")
	}
}

// TestHintOnce: what helps several inputs is told once.
func TestHintOnce(t *testing.T) {
	failed := func(path, hint string) *bedlock.Input {
		return &bedlock.Input{Path: path, Status: bedlock.InputFailed, Reason: "no", Hint: hint}
	}
	var out strings.Builder
	r := &run{inputs: []*bedlock.Input{failed("a", "x"), failed("b", "x"), failed("c", "y")}}
	if err := writeText(&out, r, Options{Brief: true}); err != nil {
		t.Fatal(err)
	}
	if want := "  a: no\n      hint  x\n  b: no\n  c: no\n      hint  y\n"; !strings.Contains(out.String(), want) {
		t.Errorf("%s\nwant %s", out.String(), want)
	}
}
