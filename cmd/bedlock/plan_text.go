package main

import (
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
)

// planText is a plan in words.
func planText(p *fix.Plan) string {
	var b strings.Builder
	changed := 0
	for i := range p.Subjects {
		if p.Subjects[i].Why == "" {
			changed++
		}
	}
	say(&b, "Plan %s: %s, %d of %d slots change", p.ID, count(len(p.Steps), "step"), changed, len(p.Subjects))
	planSteps(&b, p)
	planSlots(&b, p)
	planLosing(&b, p)
	planUnread(&b, p)
	planByHand(&b, p)
	planFormer(&b, p)
	planOpen(&b, p)
	if p.Cost.Keys > 0 || p.Cost.Monthly > 0 {
		say(&b, "")
		say(&b, "Cost: %s, %.2f dollars a month", count(p.Cost.Keys, "key"), p.Cost.Monthly)
		for _, n := range p.Cost.Notes {
			say(&b, "  %s", n)
		}
	}
	return b.String()
}

func planSteps(b *strings.Builder, p *fix.Plan) {
	if len(p.Steps) > 0 {
		say(b, "")
		say(b, "Steps")
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		say(b, "  %2d  %s %s  %s", i+1, s.Account, s.Region, s.Title)
		var calls []string
		for _, c := range s.Do {
			calls = append(calls, c.Service+":"+c.Operation)
		}
		say(b, "      %s", strings.Join(calls, ", "))
		if s.Lasting != "" {
			say(b, "      no way back: %s", s.Lasting)
		}
	}
}

// planUnread writes what the plan does not know.
func planUnread(b *strings.Builder, p *fix.Plan) {
	if len(p.Unread) > 0 {
		say(b, "")
		say(b, "Not read, and not planned")
	}
	for _, e := range p.Unread {
		say(b, "  %s", e.Text)
	}
}

// planFormer writes which keys slots leave, and who still uses them.
func planFormer(b *strings.Builder, p *fix.Plan) {
	if len(p.Former) > 0 {
		say(b, "")
		say(b, "Old keys (none is deleted: what was written under one needs it)")
	}
	for _, f := range p.Former {
		say(b, "  %s  %s", f.Name, f.Key)
		if len(f.Users) == 0 {
			say(b, "      nothing of the source uses it afterwards")
		}
		for _, u := range f.Users {
			say(b, "      still used by %s", u)
		}
	}
}
