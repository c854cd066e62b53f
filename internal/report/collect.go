package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
)

// run is a whole stream, for the formats that need it at once.
type run struct {
	config   bedlock.Config
	inputs   []*bedlock.Input
	slots    []*bedlock.Slot
	findings []*bedlock.Finding
	summary  bedlock.Summary
}

// collector keeps the stream and hands it to write at the end.
type collector struct {
	run   run
	write func(*run) error
}

func (c *collector) message(m bedlock.Message) error {
	switch {
	case m.Config != nil:
		c.run.config = *m.Config
		c.run.config.Rules = slices.Clone(m.Config.Rules)
		for i := range c.run.config.Rules {
			r := &c.run.config.Rules[i]
			r.Title, r.Rationale, r.Remediation = fold(r.Title), fold(r.Rationale), fold(r.Remediation)
		}
	case m.Input != nil:
		in := *m.Input
		in.Reason, in.Hint = fold(in.Reason), fold(in.Hint)
		c.run.inputs = append(c.run.inputs, &in)
	case m.Slot != nil:
		s := *m.Slot
		s.Lift = fold(s.Lift)
		c.run.slots = append(c.run.slots, &s)
	case m.Finding != nil:
		f := *m.Finding
		f.Remediation, f.Exception = fold(f.Remediation), fold(f.Exception)
		c.run.findings = append(c.run.findings, &f)
	case m.Summary != nil:
		c.run.summary = *m.Summary
	}
	return nil
}

// fold makes one line of text that was written as several, such as a rule's
// rationale in YAML. Names and evidence are not folded: a line break in them is
// part of what was found.
func fold(s string) string {
	if !strings.ContainsAny(s, "\n\t\r") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

func (c *collector) close() error { return c.write(&c.run) }

// rule returns the rule of an id; an unknown id gives a rule with only that id,
// so that a finding is never lost for want of its description.
func (r *run) rule(id string) bedlock.Rule {
	for i := range r.config.Rules {
		if r.config.Rules[i].ID == id {
			return r.config.Rules[i]
		}
	}
	return bedlock.Rule{ID: id, Title: id, Severity: bedlock.Info}
}

// place is one slot, or a subject that is not a slot, with its findings: the
// open ones that count and the others.
type place struct {
	subject bedlock.Subject
	slot    *bedlock.Slot // nil when the subject has findings only
	open    []*bedlock.Finding
	covered []*bedlock.Finding // excepted or in the baseline
}

// kind is all places of one resource type.
type kind struct {
	name   string
	places []*place
	worst  bedlock.Severity // of all open findings
}

// rung is the slot's, or the rung its findings name, or zero.
func (p *place) rung() bedlock.Rung {
	if p.slot != nil {
		return p.slot.Rung
	}
	for _, f := range p.open {
		if f.Rung != 0 {
			return f.Rung
		}
	}
	return 0
}

// fine reports a place that asks nothing of the reader.
func (p *place) fine() bool {
	r := p.rung()
	return len(p.open) == 0 && (r == 0 || r == bedlock.Sound || r == bedlock.Proved)
}

// worst is the highest severity of the open findings, zero without any.
func (p *place) worst() bedlock.Severity {
	var s bedlock.Severity
	for _, f := range p.open {
		s = max(s, f.Severity)
	}
	return s
}

// rank orders places worst first: the verdicts from the bottom of the ladder,
// then what could not be judged, then findings outside the ladder, then what is
// in order.
func (p *place) rank() int {
	switch r := p.rung(); {
	case r == bedlock.Sound || r == bedlock.Proved:
		return 20 + int(r)
	case r.Judged():
		return int(r)
	case r != 0:
		return 10 + int(r)
	case len(p.open) > 0:
		return 15
	}
	return 40
}

func comparePlaces(a, b *place) int {
	return cmp.Or(
		cmp.Compare(a.rank(), b.rank()),
		cmp.Compare(b.worst(), a.worst()),
		cmp.Compare(a.subject.Name, b.subject.Name),
		cmp.Compare(a.subject.ID, b.subject.ID),
		cmp.Compare(a.subject.Slot, b.subject.Slot),
	)
}

// places joins slots and findings by subject and sorts them worst first.
func (r *run) places() []*place {
	type at struct{ id, slot string }
	index := make(map[at]*place, len(r.slots))
	all := make([]*place, 0, len(r.slots))
	get := func(s bedlock.Subject) *place {
		key := at{s.ID, s.Slot}
		p := index[key]
		if p == nil {
			p = &place{subject: s}
			index[key] = p
			all = append(all, p)
		}
		return p
	}
	for _, s := range r.slots {
		p := get(s.Subject)
		if p.slot != nil {
			// The same subject twice, such as both branches of an undecided
			// condition: both are shown.
			p = &place{subject: s.Subject}
			all = append(all, p)
		}
		p.slot = s
	}
	for _, f := range r.findings {
		p := get(f.Subject)
		if f.Status == bedlock.FindingOpen {
			p.open = append(p.open, f)
		} else {
			p.covered = append(p.covered, f)
		}
	}
	for _, p := range all {
		slices.SortStableFunc(p.open, compareFindings)
		slices.SortStableFunc(p.covered, compareFindings)
	}
	slices.SortStableFunc(all, comparePlaces)
	return all
}

func compareFindings(a, b *bedlock.Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Fingerprint, b.Fingerprint))
}

// isKey reports the types of AWS KMS itself, which reports show apart.
func isKey(typeName string) bool { return strings.HasPrefix(typeName, "AWS::KMS::") }

// kinds groups places by type, worst type first. The order within is kept.
func kinds(places []*place) []*kind {
	byName := map[string]*kind{}
	var all []*kind
	for _, p := range places {
		k := byName[p.subject.Type]
		if k == nil {
			k = &kind{name: p.subject.Type}
			byName[k.name] = k
			all = append(all, k)
		}
		k.places = append(k.places, p)
		k.worst = max(k.worst, p.worst())
	}
	slices.SortStableFunc(all, func(a, b *kind) int {
		return cmp.Or(
			cmp.Compare(b.worst, a.worst),
			cmp.Compare(a.places[0].rank(), b.places[0].rank()),
			cmp.Compare(a.name, b.name),
		)
	})
	return all
}

// alike is what makes two places one entry of a long list: everything but the
// names and positions.
func (p *place) alike() string {
	var b strings.Builder
	put := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(s)
			b.WriteByte(0)
		}
	}
	put(p.rung().String(), p.subject.Slot)
	own := strings.NewReplacer(p.ownWords()...)
	if p.slot != nil {
		put(own.Replace(p.slot.Lift))
		put(p.slot.Unjudged...)
		for _, e := range p.slot.Evidence {
			put(own.Replace(e.Text))
		}
	}
	for _, f := range p.open {
		put(f.Rule, f.Severity.String(), own.Replace(f.Message), own.Replace(f.Remediation))
	}
	return b.String()
}

// ownWords are the subject's own words as pairs for a replacer, longest first so
// that an id that contains the name is replaced whole.
func (p *place) ownWords() []string {
	words := []string{p.subject.ID, p.subject.Name, p.subject.At.File}
	slices.SortFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, w := range words {
		if w != "" {
			pairs = append(pairs, w, "\x01")
		}
	}
	return pairs
}

// label is what a person calls the subject, ready to show.
func label(s bedlock.Subject) string {
	name := s.Name
	if name == "" {
		name = s.ID
	}
	if s.Slot != "" {
		name += " / " + s.Slot
	}
	return clip(markup.Visible(name), 160)
}

// where is the subject's position, or its account and Region for a live one.
func where(s bedlock.Subject) string {
	if !s.At.IsZero() {
		return markup.Visible(s.At.String())
	}
	return markup.Visible(strings.Trim(s.Account+" "+s.Region, " "))
}

// unjudged names, sorted, what sound slots were not judged on, and counts those
// slots.
func (r *run) unjudged() (names []string, slots int) {
	for _, s := range r.slots {
		if s.Rung != bedlock.Sound || len(s.Unjudged) == 0 {
			continue
		}
		slots++
		for _, u := range s.Unjudged {
			if !slices.Contains(names, u) {
				names = append(names, u)
			}
		}
	}
	slices.Sort(names)
	return names, slots
}

// rungWord is the rung as shown: sound with a star when a question stayed open.
func rungWord(s *bedlock.Slot) string {
	if s.Rung == bedlock.Sound && len(s.Unjudged) > 0 {
		return s.Rung.String() + "*"
	}
	return s.Rung.String()
}
