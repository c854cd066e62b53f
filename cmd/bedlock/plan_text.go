package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
)

// planText writes a plan in words.
func planText(w io.Writer, p *fix.Plan) error {
	var b strings.Builder
	changed := 0
	for i := range p.Subjects {
		if p.Subjects[i].Why == "" {
			changed++
		}
	}
	fmt.Fprintf(&b, "Plan %s: %s, %d of %d slots change\n", p.ID, count(len(p.Steps), "step"), changed, len(p.Subjects))
	planSteps(&b, p)
	planSlots(&b, p)
	planUnread(&b, p)
	planByHand(&b, p)
	planFormer(&b, p)
	if len(p.Open) > 0 {
		fmt.Fprintln(&b, "\nOpen")
	}
	for _, e := range p.Open {
		fmt.Fprintf(&b, "  %s\n", e.Text)
	}
	if p.Cost.Keys > 0 || p.Cost.Monthly > 0 {
		fmt.Fprintf(&b, "\nCost: %s, %.2f dollars a month\n", count(p.Cost.Keys, "key"), p.Cost.Monthly)
		for _, n := range p.Cost.Notes {
			fmt.Fprintf(&b, "  %s\n", n)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func planSteps(b *strings.Builder, p *fix.Plan) {
	if len(p.Steps) > 0 {
		fmt.Fprintln(b, "\nSteps")
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		fmt.Fprintf(b, "  %2d  %s %s  %s\n", i+1, s.Account, s.Region, s.Title)
		var calls []string
		for _, c := range s.Do {
			calls = append(calls, c.Service+":"+c.Operation)
		}
		fmt.Fprintf(b, "      %s\n", strings.Join(calls, ", "))
		if s.Lasting != "" {
			fmt.Fprintf(b, "      no way back: %s\n", s.Lasting)
		}
	}
}

// planSlots writes where each slot stands and will. What keeps several from a better rung is said
// with the first of them.
func planSlots(b *strings.Builder, p *fix.Plan) {
	fmt.Fprintln(b, "\nSlots")
	said := map[string]bool{}
	for i := range p.Subjects {
		s := &p.Subjects[i]
		fmt.Fprintf(b, "  %s, %s: %s -> %s\n", s.Title, s.Slot, s.Rung, s.Reaches)
		for _, e := range s.Because {
			if !said[e.Text] {
				fmt.Fprintf(b, "      %s\n", e.Text)
			}
			said[e.Text] = true
		}
		if s.Callers {
			fmt.Fprintln(b, "      nobody can use it through the service: name who does with --caller ARN")
		}
		switch {
		case s.Why != "":
			fmt.Fprintf(b, "      not changed: %s\n", s.Why)
		case s.Data != "":
			fmt.Fprintf(b, "      data: %s\n", s.Data)
		}
	}
}

// planUnread writes what the plan does not know.
func planUnread(b *strings.Builder, p *fix.Plan) {
	if len(p.Unread) > 0 {
		fmt.Fprintln(b, "\nNot read, and not planned")
	}
	for _, e := range p.Unread {
		fmt.Fprintf(b, "  %s\n", e.Text)
	}
}

func planByHand(b *strings.Builder, p *fix.Plan) {
	if len(p.Manual) > 0 {
		fmt.Fprintln(b, "\nBy hand")
	}
	for _, m := range p.Manual {
		fmt.Fprintf(b, "  %s: %s\n", m.Title, m.Why)
		for i, s := range m.Steps {
			fmt.Fprintf(b, "      %d. %s\n", i+1, s)
		}
		if m.What != "" {
			fmt.Fprintf(b, "      %s\n", m.What)
		}
	}
}

// planFormer writes which keys slots leave, and who still uses them.
func planFormer(b *strings.Builder, p *fix.Plan) {
	if len(p.Former) > 0 {
		fmt.Fprintln(b, "\nOld keys (none is deleted: what was written under one needs it)")
	}
	for _, f := range p.Former {
		fmt.Fprintf(b, "  %s  %s\n", f.Name, f.Key)
		if len(f.Users) == 0 {
			fmt.Fprintln(b, "      nothing of the source uses it afterwards")
		}
		for _, u := range f.Users {
			fmt.Fprintf(b, "      still used by %s\n", u)
		}
	}
}
