package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// output emits messages in order and counts them. One goroutine uses it.
type output struct {
	opts  Options
	send  func(bedlock.Message) error
	total bedlock.Summary
	types map[string]*bedlock.TypeCount
	// seen counts fingerprints of subjects that are not unique.
	seen map[string]int
	// used tells which exceptions cover a finding, met which baseline entries.
	used []bool
	met  map[string]bool
	// failed counts what custom rules could not decide, by rule.
	failed map[string]*undecidedRule
}

type undecidedRule struct {
	count    int
	evidence []bedlock.Evidence
}

func newOutput(opts Options, p inventory.Parts, emit func(bedlock.Message) error) *output {
	o := &output{
		opts: opts, send: emit, types: map[string]*bedlock.TypeCount{}, seen: map[string]int{}, met: map[string]bool{}, failed: map[string]*undecidedRule{},
		total: bedlock.Summary{Resources: len(p.Resources), Keys: len(p.Keys), Rungs: map[bedlock.Rung]int{}, Findings: map[bedlock.Severity]int{}},
	}
	if opts.Exceptions != nil {
		o.used = make([]bool, len(opts.Exceptions.list))
	}
	return o
}

func (o *output) emit(m bedlock.Message) error {
	readableMessage(&m)
	switch {
	case m.Input != nil:
		switch m.Input.Status {
		case bedlock.InputAudited:
			o.total.Inputs.Audited++
		case bedlock.InputSkipped:
			o.total.Inputs.Skipped++
		case bedlock.InputFailed:
			o.total.Inputs.Failed++
		}
	case m.Slot != nil:
		o.total.Slots++
		o.total.Rungs[m.Slot.Rung]++
		t := o.types[m.Slot.Subject.Type]
		if t == nil {
			t = &bedlock.TypeCount{Type: m.Slot.Subject.Type, Rungs: map[bedlock.Rung]int{}}
			o.types[t.Type] = t
		}
		t.Slots++
		t.Rungs[m.Slot.Rung]++
	case m.Finding != nil:
		switch m.Finding.Status {
		case bedlock.FindingExcepted:
			o.total.Excepted++
		case bedlock.FindingBaseline:
			o.total.Baseline++
		default:
			o.total.Findings[m.Finding.Severity]++
		}
	}
	return o.send(m)
}

func (o *output) results(list []result) error {
	for _, r := range list {
		if r.slot != nil {
			if err := o.emit(bedlock.Message{Slot: r.slot}); err != nil {
				return err
			}
		}
		for _, p := range r.findings {
			if err := o.finding(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// finding emits a finding about what was audited: an exception or the baseline may
// cover it.
func (o *output) finding(p pending) error {
	f := p.finding
	if p.undecided != "" {
		o.collect(p.undecided, f)
		return nil
	}
	if !p.unique {
		o.seen[f.Fingerprint]++
		if n := o.seen[f.Fingerprint]; n > 1 {
			f.Fingerprint = digest(fmt.Sprintf("%s\x00#%d", f.Fingerprint, n))
		}
	}
	if o.opts.Baseline != nil && o.opts.Baseline.has(f.Fingerprint) {
		o.met[f.Fingerprint] = true
		f.Status = bedlock.FindingBaseline
	}
	if e := o.opts.Exceptions.cover(f, o.opts.Now, o.used); e != nil {
		f.Status = bedlock.FindingExcepted
		f.Exception = e.String()
	}
	return o.emit(bedlock.Message{Finding: f})
}

// own emits a finding about the audit's own inputs, which nothing covers.
func (o *output) own(rule string, s bedlock.Subject, message string) error {
	r := table().byID[rule]
	id := identity{typ: s.Type, name: s.ID}
	return o.emit(bedlock.Message{Finding: &bedlock.Finding{
		Rule: rule, Severity: r.Severity, Status: bedlock.FindingOpen, Subject: s, Message: message, Remediation: r.Remediation,
		Fingerprint: id.fingerprint(rule, "", true), Evidence: []bedlock.Evidence{evidence(s.At, message)},
	}})
}

func (o *output) exceptions() error {
	if o.opts.Exceptions == nil {
		return nil
	}
	for i := range o.opts.Exceptions.list {
		e := &o.opts.Exceptions.list[i]
		s := bedlock.Subject{ID: "exception " + e.Rule + " " + e.Subject, Type: "Bedlock::Exception", Name: e.Rule + " " + e.Subject, At: e.At}
		var err error
		switch {
		case e.expired(o.opts.Now):
			err = o.own(ruleExpired, s, fmt.Sprintf("the exception of %s for %s on %s expired on %s (owner %s)", e.Rule, e.Subject, e.Reason, e.Expires.Format(dateForm), e.Owner))
		case !o.used[i]:
			err = o.own(ruleUnused, s, "the exception of "+e.Rule+" for "+e.Subject+" covers no finding (owner "+e.Owner+")"+o.unknownRule(e.Rule))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *output) unknownRule(id string) string {
	if table().byID[id] != nil || o.opts.Custom != nil && slices.ContainsFunc(o.opts.Custom.Rules, func(r bedlock.Rule) bool { return r.ID == id }) {
		return ""
	}
	return "; no rule has this id"
}

func (o *output) baseline() error {
	if o.opts.Baseline == nil {
		return nil
	}
	for _, e := range o.opts.Baseline.entries {
		if o.met[e.Fingerprint] {
			continue
		}
		what := "baseline entry " + e.Fingerprint
		if e.Rule != "" {
			what += " (" + strings.TrimSpace(e.Rule+" "+e.Subject) + ")"
		}
		s := bedlock.Subject{ID: "baseline " + e.Fingerprint, Type: "Bedlock::Baseline", Name: e.Fingerprint, At: bedlock.Position{File: o.opts.Baseline.file}}
		if err := o.own(ruleStale, s, what+" is no longer found"); err != nil {
			return err
		}
	}
	return nil
}

// collect keeps the first examples of a custom rule that could not be decided.
func (o *output) collect(id string, f *bedlock.Finding) {
	u := o.failed[id]
	if u == nil {
		u = &undecidedRule{}
		o.failed[id] = u
	}
	u.count++
	if len(u.evidence) < 5 {
		u.evidence = append(u.evidence, evidence(f.Subject.At, f.Message))
	}
}

// undecided emits one finding for each custom rule that could not be decided
// somewhere.
func (o *output) undecided() error {
	ids := make([]string, 0, len(o.failed))
	for id := range o.failed {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	r := table().byID[ruleUndecided]
	for _, id := range ids {
		u := o.failed[id]
		s := bedlock.Subject{ID: "rule " + id, Type: "Bedlock::Rule", Name: id}
		err := o.emit(bedlock.Message{Finding: &bedlock.Finding{
			Rule: ruleUndecided, Severity: r.Severity, Status: bedlock.FindingOpen, Subject: s,
			Message:  fmt.Sprintf("custom rule %s could not be decided for %d subjects", id, u.count),
			Evidence: u.evidence, Remediation: r.Remediation, Fingerprint: identity{typ: s.Type, name: id}.fingerprint(ruleUndecided, "", true),
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// summary completes the counts.
func (o *output) summary() bedlock.Summary {
	o.total.Types = o.total.Types[:0]
	for _, t := range o.types {
		o.total.Types = append(o.total.Types, *t)
	}
	slices.SortFunc(o.total.Types, func(a, b bedlock.TypeCount) int { return strings.Compare(a.Type, b.Type) })
	return o.total
}
