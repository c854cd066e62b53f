package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
)

// listed bounds how many of a run of like slots, and of sound names, are named
// when the report is not verbose.
const listed = 5

// text writes the report for a terminal. Each slot has one line that begins with
// its rung, so that `grep '^  unkeyed'` finds all of them; what belongs to it is
// indented below.
type text struct {
	w    *bufio.Writer
	run  *run
	opts Options
	ink  ink
	// told are the ways out already written in this section, by rule and text.
	told map[[2]string]bool
}

func writeText(w io.Writer, r *run, opts Options) error {
	t := &text{w: bufio.NewWriterSize(w, 64<<10), run: r, opts: opts, ink: ink(opts.Color)}
	places := r.places()
	t.header()
	t.failedInputs()
	if opts.Brief {
		t.brief(places)
	} else {
		t.subjects(places)
		t.ladder()
		t.inputSummary()
		t.footnotes()
	}
	t.ending(places)
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return nil
}

// line writes one line made of styled or plain parts that are already visible.
func (t *text) line(parts ...string) {
	for _, p := range parts {
		_, _ = t.w.WriteString(p) // bufio keeps the first error for Flush
	}
	_ = t.w.WriteByte('\n')
}

// para writes text from the stream, wrapped, the first line after lead and the
// others under it. The lead may be styled; its width is that of bare.
func (t *text) para(indent int, bare, lead, body string) {
	margin := strings.Repeat(" ", indent)
	room := 0
	if t.opts.Width > 0 {
		room = max(t.opts.Width-indent-len(bare), 30)
	}
	for i, l := range wrap(clip(markup.Visible(body), 2000), room) {
		if i == 0 {
			t.line(margin, lead, l)
		} else {
			t.line(margin, strings.Repeat(" ", len(bare)), l)
		}
	}
}

func (t *text) title(s string) { t.line("\n", t.ink.bold(s)) }

func (t *text) header() {
	c := t.run.config
	sources := make([]string, len(c.Sources))
	for i, s := range c.Sources {
		sources[i] = clip(markup.Visible(s), 200)
	}
	what := t.ink.bold("Bedlock " + markup.Visible(c.Command))
	t.line(what, " of ", strings.Join(sources, ", "))
	s := t.run.summary
	t.line(t.ink.dim(strings.Join([]string{counted(s.Inputs.Audited, "input"), counted(s.Resources, "resource"),
		counted(s.Slots, "slot"), counted(s.Keys, "key")}, ", ")))
}

func (t *text) failedInputs() {
	n := 0
	told := map[string]bool{}
	for _, in := range t.run.inputs {
		if in.Status != bedlock.InputFailed {
			continue
		}
		if n++; n == 1 {
			t.title("Inputs that could not be read")
		}
		at := in.At
		if at.File == "" {
			at.File = in.Path
		}
		bare := markup.Visible(at.String()) + ": "
		t.para(2, "    ", t.ink.alarm(bare), in.Reason)
		if in.Hint != "" && !told[in.Hint] {
			told[in.Hint] = true
			t.para(6, "hint  ", t.ink.dim("hint  "), in.Hint)
		}
	}
}

// subjects writes the groups of slots by type and then the keys.
func (t *text) subjects(places []*place) {
	var keys, others []*place
	for _, p := range places {
		if isKey(p.subject.Type) {
			keys = append(keys, p)
		} else {
			others = append(others, p)
		}
	}
	for _, k := range kinds(others) {
		t.title(markup.Visible(k.name) + t.ink.dim("  "+k.counts()))
		t.places(k.places)
	}
	if len(keys) == 0 {
		return
	}
	used := map[string]int{}
	for _, s := range t.run.slots {
		if s.Key != "" {
			used[s.Key]++
		}
	}
	t.title("Keys" + t.ink.dim("  "+counted(len(keys), "subject")+" of AWS KMS with findings"))
	t.places(keys, used)
}

// places writes groups of like places; what is fine comes last, in one line.
func (t *text) places(all []*place, used ...map[string]int) {
	t.told = map[[2]string]bool{}
	var order []string
	groups := map[string][]*place{}
	var fine []*place
	for _, p := range all {
		if p.fine() && !t.opts.Verbose {
			fine = append(fine, p)
			continue
		}
		if t.opts.Verbose {
			t.group([]*place{p}, used)
			continue
		}
		key := p.alike()
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], p)
	}
	for _, key := range order {
		t.group(groups[key], used)
	}
	t.fine(fine)
}

func (t *text) group(g []*place, used []map[string]int) {
	wide := 0
	for _, p := range g[:min(len(g), listed+1)] {
		wide = max(wide, min(len(label(p.subject)), 48))
	}
	for i, p := range g {
		if i == listed && len(g) > listed+1 {
			t.line("      ", t.ink.dim(fmt.Sprintf("... and %d more like these (--verbose lists them)", len(g)-i)))
			break
		}
		t.head(p, wide, used)
	}
	t.details(g[0], len(g) > 1)
	if t.opts.Verbose {
		t.covered(g[0])
	}
}

// head is the one line of a place, its name filled to wide columns.
func (t *text) head(p *place, wide int, used []map[string]int) {
	word := "-"
	if p.slot != nil {
		word = rungWord(p.slot)
	} else if r := p.rung(); r != 0 {
		word = r.String()
	}
	line := "  " + t.ink.rung(p.rung(), pad(word, 11)) + "  " + pad(label(p.subject), wide)
	if at := where(p.subject); at != "" {
		line += "  " + t.ink.dim(at)
	}
	if p.slot != nil && p.slot.Key != "" {
		line += t.ink.dim("  key " + clip(markup.Visible(p.slot.Key), 120))
	}
	if len(used) > 0 {
		if n := used[0][p.subject.ID]; n > 0 {
			line += t.ink.dim("  named by " + counted(n, "slot"))
		}
	}
	t.line(strings.TrimRight(line, " "))
}

// details writes what a group has in common: the evidence of its first place,
// the lift and the findings with the way out of each. A finding is told by the
// title of its rule when there are many places, since its message names one of
// them, and when the evidence just above says the same; a way out that this
// section has already told is not told again.
func (t *text) details(p *place, many bool) {
	if p.slot != nil {
		evidence := p.slot.Evidence
		if len(evidence) > 1 && !t.opts.Verbose {
			evidence = evidence[:1]
		}
		for _, e := range evidence {
			body := e.Text
			if !e.At.IsZero() && e.At != p.subject.At && !many {
				body += " (" + e.At.String() + ")"
			}
			t.para(6, "why   ", t.ink.dim("why   "), body)
		}
		if p.slot.Lift != "" && !p.hasFix() {
			t.para(6, "lift  ", t.ink.dim("lift  "), p.slot.Lift)
		}
	}
	for _, f := range p.open {
		bare := f.Severity.String() + " " + markup.Visible(f.Rule) + "  "
		lead := t.ink.severity(f.Severity, f.Severity.String()) + " " + markup.Visible(f.Rule) + "  "
		body := f.Message
		if many || p.says(f.Message) {
			body = t.run.rule(f.Rule).Title
		}
		t.para(6, bare, lead, body)
		way := [2]string{f.Rule, f.Remediation}
		if f.Remediation != "" && (t.opts.Verbose || !t.told[way]) {
			t.told[way] = true
			t.para(10, "fix  ", t.ink.dim("fix  "), f.Remediation)
		}
	}
}

// says reports whether a message ends in what the first evidence tells anyway.
func (p *place) says(message string) bool {
	return p.slot != nil && len(p.slot.Evidence) > 0 && p.slot.Evidence[0].Text != "" && strings.HasSuffix(message, p.slot.Evidence[0].Text)
}

// hasFix reports an open finding about the very rung of the slot: its way out
// says the same as the lift, and better.
func (p *place) hasFix() bool {
	for _, f := range p.open {
		if p.slot != nil && f.Rung == p.slot.Rung && f.Remediation != "" {
			return true
		}
	}
	return false
}

// covered lists findings that do not count, each with what covers it.
func (t *text) covered(p *place) {
	for _, f := range p.covered {
		body := f.Message
		if f.Exception != "" {
			body += " [" + f.Exception + "]"
		}
		bare := string(f.Status) + " " + markup.Visible(f.Rule) + "  "
		t.para(6, bare, t.ink.dim(bare), body)
	}
}

// fine names what is in order, one line for each rung.
func (t *text) fine(places []*place) {
	var words []string
	names := map[string][]string{}
	for _, p := range places {
		word := "-"
		if p.slot != nil {
			word = rungWord(p.slot)
		}
		if names[word] == nil {
			words = append(words, word)
		}
		names[word] = append(names[word], label(p.subject))
	}
	for _, word := range words {
		all := names[word]
		body := strings.Join(all[:min(len(all), listed)], ", ")
		if n := len(all) - listed; n > 0 {
			body += fmt.Sprintf(" and %d more", n)
		}
		rung, _ := bedlock.ParseRung(strings.TrimSuffix(word, "*"))
		note := ""
		if word == "-" {
			note = "nothing open: "
		}
		bare := pad(word, 11) + "  "
		t.para(2, bare, t.ink.rung(rung, pad(word, 11))+"  ", note+body)
	}
}

// counts is "4 slots: 2 unkeyed, 1 broken".
func (k *kind) counts() string {
	by := map[string]int{}
	slots := 0
	for _, p := range k.places {
		if p.slot != nil {
			by[rungWord(p.slot)]++
			slots++
		}
	}
	if slots == 0 {
		return counted(len(k.places), "resource")
	}
	var parts []string
	for _, r := range bedlock.Rungs() {
		for _, word := range []string{r.String(), r.String() + "*"} {
			if n := by[word]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, word))
			}
		}
	}
	return counted(slots, "slot") + ": " + strings.Join(parts, ", ")
}
