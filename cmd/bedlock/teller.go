package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/dryrun"
	"github.com/bedlock/bedlock/internal/fix/verify"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/internal/report"
)

// teller tells how a run of apply or undo goes: in words, what happens on standard error and the
// end on standard output, or as the message stream of docs/stream.md.
type teller struct {
	o      *output
	stream report.Handler // nil: in words
	// broken is why nothing can be told any more. A run does not stop in the middle for it.
	broken error
}

// teller begins to tell.
func (o *output) teller(command, source string, plan *fix.Plan) (*teller, error) {
	t := &teller{o: o}
	if o.format != "json" {
		return t, nil
	}
	var err error
	if t.stream, err = report.New("json", o.env.stdout, report.Options{}); err != nil {
		return nil, err
	}
	m, err := planMessage(plan)
	if err != nil {
		return nil, err
	}
	t.send(bedlock.Message{Config: &bedlock.Config{
		Protocol: bedlock.Protocol, Tool: "bedlock", Version: buildVersion(), Command: command,
		Started: time.Now().UTC().Truncate(time.Second), Sources: []string{source}, Rules: []bedlock.Rule{},
	}})
	t.send(bedlock.Message{Plan: m})
	return t, t.broken // nothing is done yet
}

func planMessage(p *fix.Plan) (*bedlock.Plan, error) {
	var b bytes.Buffer
	if err := fix.Write(&b, p); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.Bytes())
	m := &bedlock.Plan{ID: p.ID, Digest: hex.EncodeToString(sum[:]), Made: p.Made, Source: p.Source, Steps: len(p.Steps)}
	for i := range p.Subjects {
		if p.Subjects[i].Why == "" {
			m.Slots++
		}
	}
	for _, at := range placesOf(p) {
		m.Places = append(m.Places, bedlock.Place(at))
	}
	return m, nil
}

func (t *teller) send(m bedlock.Message) {
	if t.broken == nil {
		t.broken = t.stream.Message(m)
	}
}

// note tells people something that is no result.
func (t *teller) note(format string, args ...any) {
	if t.stream == nil {
		t.o.note(format, args...)
		return
	}
	t.send(bedlock.Message{Progress: &bedlock.Progress{Text: strings.TrimPrefix(fmt.Sprintf(format, args...), "bedlock: ")}})
}

// unrehearsed tells why there is no rehearsal.
func (t *teller) unrehearsed(why string) {
	if t.stream != nil {
		t.send(bedlock.Message{Rehearsal: &bedlock.Rehearsal{Result: bedlock.RehearsalSkipped, Reason: why}})
	}
}

// rehearsed tells how a rehearsal ended.
func (t *teller) rehearsed(r *rehearse.Report) error {
	if t.stream == nil && r.OK {
		t.note("The rehearsal is in order: %d steps, %d uses of keys, %d principals.", len(r.Steps), len(r.Uses), r.Compared.Principals)
		return nil
	}
	if t.stream == nil {
		return t.o.rehearsal(t.o.env.stderr, r, "text")
	}
	m := &bedlock.Rehearsal{
		Result: bedlock.RehearsalInOrder, Steps: len(r.Steps), Uses: len(r.Uses), Principals: r.Compared.Principals,
		Unexpected: r.Unexpected, Left: r.Left, Assumed: r.Assumed,
	}
	switch {
	case len(r.Unexpected) > 0:
		m.Result = bedlock.RehearsalUnexpected
	case !r.OK:
		m.Result = bedlock.RehearsalPartial
	}
	t.send(bedlock.Message{Rehearsal: m})
	return nil
}

// step tells what happens to a step.
func (t *teller) step(p apply.Progress) {
	if t.stream == nil {
		switch p.What {
		case "done", "adopted", "undone", "failed":
			t.note("%d/%d %s: %s", p.N, p.Of, p.Step.Title, p.What)
		}
		return
	}
	m := &bedlock.Step{
		ID: p.Step.ID, Number: p.N, Title: p.Step.Title, Kind: string(p.Step.Kind), Place: bedlock.Place(p.Step.Place),
		Event: bedlock.StepEvent(p.What), Undo: p.Undo, Code: fix.Code(p.Err),
	}
	switch m.Event {
	case bedlock.StepCall:
		m.Operation = p.Text
	case bedlock.StepWaiting, bedlock.StepFailed:
		m.Text = p.Text
	}
	var conflict *apply.ConflictError
	m.Conflict = errors.As(p.Err, &conflict)
	t.send(bedlock.Message{Step: m})
}

// checked tells what the policy engine has decided.
func (t *teller) checked(facts []verify.Fact) {
	var unjudged []string
	for i := range facts {
		f := &facts[i]
		if f.Verdict() == bedlock.CheckUnjudged {
			unjudged = append(unjudged, f.Subject.Title)
		}
		if t.stream != nil {
			s := f.Subject
			t.send(bedlock.Message{Check: &bedlock.Check{
				Subject: bedlock.Subject{ID: s.Resource, Type: s.Type, Name: s.Title, Slot: s.Slot, Account: s.Account, Region: s.Region},
				Verdict: f.Verdict(), Rung: f.Rung, Planned: s.Reaches, Evidence: f.Evidence,
			}})
		}
	}
	if t.stream == nil && len(unjudged) > 0 {
		t.note("bedlock: who can use the new key could not be read for %s", strings.Join(unjudged, ", "))
	}
}

// tried tells what came out of dry runs; the error is what KMS refuses.
func (t *teller) tried(results []dryrun.Result, err error) error {
	if err != nil {
		return err
	}
	refused := dryrun.Refusals(results)
	if refused != nil {
		refused = fmt.Errorf("%w\n(--no-dry-run applies the plan without asking KMS)", refused)
	}
	if t.stream == nil {
		if refused == nil {
			writeDryRuns(t.o.env.stderr, results)
		}
		return refused
	}
	for i := range results {
		r := &results[i]
		m := &bedlock.DryRun{Key: r.Key, Who: r.Who, Actions: r.Actions, Outcome: string(r.Outcome), Reason: r.Why, Engine: r.Engine, AWS: r.AWS}
		for _, n := range r.Needs {
			m.Needs = append(m.Needs, bedlock.Need(n))
		}
		t.send(bedlock.Message{DryRun: m})
	}
	return refused
}

// end tells how a run ended: well, with words that say so, or with an error. j is nil where no
// journal was begun. It returns what the program ends with.
func (t *teller) end(ctx context.Context, j *apply.Journal, journal, words string, result bedlock.RunResult, err error) error {
	if t.stream == nil {
		if err == nil {
			_, err = fmt.Fprintln(t.o.env.stdout, words)
		}
		return err
	}
	run := &bedlock.Run{Result: result}
	if j != nil {
		run.ID, run.Journal = j.Run(), journal
		for i := range j.Plan().Steps {
			s := &j.Plan().Steps[i]
			if state := j.Standing(s.ID); state != "" {
				run.Stands = append(run.Stands, bedlock.Standing{ID: s.ID, Title: s.Title, State: state})
			}
		}
	}
	summary := &bedlock.Summary{Rungs: map[bedlock.Rung]int{}, Findings: map[bedlock.Severity]int{}, ExitReason: string(result), Run: run}
	if err != nil {
		e := ending(ctx, err)
		summary.ExitCode, summary.ExitReason, run.Hint = e.code, e.Error(), e.hint
		run.Result = endedBadly(e.code, run.Stands)
	}
	t.send(bedlock.Message{Summary: summary})
	if t.broken == nil {
		t.broken = t.stream.Close()
	}
	if err == nil && t.broken != nil {
		return fmt.Errorf("%s, but the rest of the stream is not written: %w", result, t.broken)
	}
	return err
}

// endedBadly is how a run ended that has not come to its end, by what stands.
func endedBadly(code int, stands []bedlock.Standing) bedlock.RunResult {
	if code == exitInterrupted {
		return bedlock.RunInterrupted
	}
	result := bedlock.RunUnchanged
	for _, s := range stands {
		switch s.State {
		case bedlock.StateDone, bedlock.StateBegun:
			return bedlock.RunIncomplete
		case bedlock.StateUndone:
			result = bedlock.RunTakenBack
		}
	}
	return result
}
