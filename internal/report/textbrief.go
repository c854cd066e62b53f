package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
)

// reasonsListed bounds how many reasons of a rung are told.
const reasonsListed = 8

// brief writes what stands on each rung, best first, and each reason for it once, with one
// subject that has it.
func (t *text) brief(places []*place) {
	by := map[bedlock.Rung][]*place{}
	for _, p := range places {
		if p.slot != nil {
			by[p.slot.Rung] = append(by[p.slot.Rung], p)
		}
	}
	t.title("Ladder" + t.ink.dim("  where slots stand, best first, and each reason with one of them"))
	for _, r := range slices.Backward(bedlock.Rungs()) {
		on := by[r]
		if len(on) == 0 {
			continue
		}
		count := fmt.Sprintf("%4d  ", len(on))
		t.para(2, pad(r.String(), 11)+count, t.ink.rung(r, pad(r.String(), 11))+count, r.Meaning())
		reasons := reasonsOf(on)
		for i, g := range reasons {
			if i == reasonsListed && len(reasons) > reasonsListed+1 {
				t.line("        ", t.ink.dim(fmt.Sprintf("... and %d more reasons (--verbose lists them)", len(reasons)-i)))
				break
			}
			t.reason(g)
		}
	}
}

// reasonsOf puts together the slots that are on their rung for the same reason, the most
// frequent reason first. What is in order needs no reason.
func reasonsOf(places []*place) [][]*place {
	var groups [][]*place
	at := map[string]int{}
	for _, p := range places {
		why := p.reason()
		if _, ok := at[why]; !ok {
			at[why] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[why]] = append(groups[at[why]], p)
	}
	slices.SortStableFunc(groups, func(a, b []*place) int { return cmp.Compare(len(b), len(a)) })
	return groups
}

func (p *place) reason() string {
	if p.slot.Rung >= bedlock.Sound || len(p.slot.Evidence) == 0 {
		return ""
	}
	return p.slot.Evidence[0].Text
}

func (t *text) reason(g []*place) {
	first := g[0].subject
	first.Slot = ""
	text := strings.TrimPrefix(first.Type, "AWS::") + " " + label(first)
	if n := len(g) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	if why := g[0].reason(); why != "" {
		text += ": " + why
	}
	t.para(6, "- ", t.ink.dim("- "), text)
}
