package main

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/prove"
)

// writeProof writes what is proved of a key or a resource for a person.
func writeProof(b *strings.Builder, p *prove.Proof, verbose bool) {
	line(b, 0, "%s%s", p.Subject, place(p.At))
	b.WriteByte('\n')
	if p.Kind == "key" {
		line(b, 0, "Who must be able to use it")
	} else {
		line(b, 0, "Who must be able to use its keys")
	}
	if len(p.Uses) == 0 {
		line(b, 2, "nobody that is known: no slot of the sources with a known need leads to it")
	}
	for i := range p.Uses {
		writeUse(b, &p.Uses[i], p.Kind == "key", verbose)
	}
	for _, e := range p.Open {
		line(b, 2, "not asked: %s%s", e.Text, place(e.At))
	}
	if p.Kind != "key" {
		return
	}
	for i := range p.Access {
		b.WriteByte('\n')
		writeAccess(b, &p.Access[i], verbose)
	}
	b.WriteByte('\n')
	writeOutside(b, p)
	if len(p.Surplus) > 0 {
		b.WriteByte('\n')
		line(b, 0, "Who can use it and need not")
		for _, s := range p.Surplus {
			line(b, 2, "%s can %s%s", s.Who, s.Action, place(s.At))
			because(b, 6, s.Because)
		}
	}
	if p.Locked != "" && p.Locked != "no" {
		b.WriteByte('\n')
		line(b, 0, "Is its account locked out of the key policy? %s", p.Locked)
	}
}

func writeUse(b *strings.Builder, u *prove.Use, ofKey, verbose bool) {
	what := u.Resource + ", " + u.Slot
	if !ofKey {
		what = u.Slot + " with key " + u.Key
	}
	if u.When != "" {
		what += ", when " + u.When
	}
	line(b, 2, "%-9s  %s, to %s %s%s", u.Verdict, u.Who, u.For, what, place(u.At))
	denied := u.Verdict == "cannot"
	for i := range u.Steps {
		s := &u.Steps[i]
		if !verbose && !(denied && s.Outcome != "Allow") {
			continue
		}
		text := s.Action + ": " + s.Outcome
		if len(s.Missing) > 0 {
			text += ", not allowed by the " + strings.Join(s.Missing, " and the ")
		}
		line(b, 13, "%s", text)
		because(b, 15, s.Because)
		for _, key := range s.Absent {
			line(b, 15, "a statement would allow it if the request had %s", key)
		}
		if s.Message != "" && verbose {
			line(b, 15, "AWS says: %s", s.Message)
		}
	}
	for _, e := range u.Why {
		line(b, 13, "%s%s", e.Text, place(e.At))
	}
	if verbose && len(u.Assumed) > 0 {
		line(b, 13, "given that %s", strings.Join(u.Assumed, "; "))
	}
	if denied || verbose {
		line(b, 13, "needed according to %s", u.Source)
	}
	for i, c := range u.Mend {
		word := "to mend it, "
		if i > 0 {
			word = "and "
		}
		line(b, 13, "%s%s%s", word, c.Text, place(c.At))
		if c.Statement != "" {
			line(b, 15, "%s", c.Statement)
		}
	}
}

func because(b *strings.Builder, indent int, list []bedlock.Evidence) {
	for _, e := range list {
		line(b, indent, "because %s%s", e.Text, place(e.At))
	}
}

func writeAccess(b *strings.Builder, a *prove.Access, verbose bool) {
	title := fmt.Sprintf("Who can %s with key %s", a.Action, a.Key)
	if a.Deployed != "" {
		title += ", " + a.Deployed
	}
	line(b, 0, "%s", title)
	for i := range a.Who {
		h := &a.Who[i]
		if h.Verdict != "can" {
			line(b, 2, "not known  %s: %s", h.Who, h.Reason)
			continue
		}
		line(b, 2, "can        %s", h.Who)
		for n, way := range h.Conditions {
			if len(way) == 0 {
				continue
			}
			word := "when "
			if n > 0 {
				word = "or when "
			}
			line(b, 13, "%s%s", word, strings.Join(way, " and "))
		}
		if h.More {
			line(b, 13, "or in further ways")
		}
		because(b, 13, h.Because)
		for _, s := range h.Assumed {
			line(b, 13, "given: %s", s)
		}
	}
	for i := range a.Detours {
		d := &a.Detours[i]
		steps := make([]string, len(d.Path))
		for n, m := range d.Path {
			steps[n] = m.Action + " on " + m.On
		}
		line(b, 2, "%-9s  %s, by %s", detour(d.Verdict), d.Who, strings.Join(steps, ", then "))
		for _, m := range d.Path {
			because(b, 13, m.Because)
			if len(m.Open) > 0 {
				line(b, 13, "%s depends on %s", m.Action, strings.Join(m.Open, ", "))
			}
		}
	}
	if len(a.Unknown) > 0 {
		line(b, 2, "whether %s could give themselves the action is not known: their own policies are not", some(a.Unknown, verbose))
	}
	if len(a.Never) > 0 {
		line(b, 2, "never      %s: proved for every request", some(a.Never, verbose))
	}
}

// detour words that somebody can, or perhaps can, get at an action.
func detour(verdict string) string {
	if verdict == "depends" {
		return "may reach"
	}
	return "reaches"
}

// some is a list, cut short unless everything is to be shown.
func some(names []string, all bool) string {
	const shown = 4
	if all || len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown-1], ", "), len(names)-shown+1)
}

func writeOutside(b *strings.Builder, p *prove.Proof) {
	if len(p.Outside) == 0 && len(p.OutsideOpen) == 0 {
		line(b, 0, "Nobody outside its account and organization can use it: proved for every request")
		for _, a := range p.OutsideAssumed {
			line(b, 2, "given that %s", a)
		}
		return
	}
	line(b, 0, "Who outside its account and organization can use it")
	for _, o := range p.Outside {
		line(b, 2, "%s can %s", o.Who, strings.Join(o.Actions, ", "))
		if len(o.Conditions) > 0 {
			line(b, 6, "when %s", strings.Join(o.Conditions, " and "))
		}
		because(b, 6, o.Because)
	}
	for _, e := range p.OutsideOpen {
		line(b, 2, "not known: %s%s", e.Text, place(e.At))
	}
}
