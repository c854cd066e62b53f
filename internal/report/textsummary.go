package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
)

// barWidth is the length of a full bar, in columns.
const barWidth = 30

// ladder writes the table of rungs and the table of types.
func (t *text) ladder() {
	s := t.run.summary
	if s.Slots == 0 {
		t.title("Ladder")
		t.line("  no slots were found")
		return
	}
	t.title("Ladder" + t.ink.dim("  where each slot stands, best first"))
	_, starred := t.run.unjudged()
	for _, r := range slices.Backward(bedlock.Rungs()) {
		word := r.String()
		if r == bedlock.Sound && starred > 0 {
			word += "*"
		}
		n := s.Rungs[r]
		line := fmt.Sprintf("  %s %7d  %6s", t.ink.rung(r, pad(word, 11)), n, percent(n, s.Slots))
		if bar := bar(n, s.Slots); bar != "" {
			line += "  " + t.ink.rung(r, bar)
		}
		t.line(line)
	}
	t.line(fmt.Sprintf("  %s %7d", pad("slots", 11), s.Slots))
	t.types()
}

// bar is n of total as number signs; anything above zero shows at least one.
func bar(n, total int) string {
	if n <= 0 || total <= 0 {
		return ""
	}
	return strings.Repeat("#", min(max(1, n*barWidth/total), barWidth))
}

// types writes one row for each resource type and one column for each rung that
// occurs at all, or sentences when that is wider than the screen.
func (t *text) types() {
	s := t.run.summary
	if len(s.Types) == 0 {
		return
	}
	used := usedRungs(s)
	wide := len("resource type")
	for _, tc := range s.Types {
		wide = max(wide, len(typeCell(tc.Type)))
	}
	head := "  " + pad("resource type", wide) + "    slots"
	for _, r := range used {
		head += fmt.Sprintf("  %*s", columnWidth(r), r)
	}
	t.line()
	if t.opts.Width > 0 && len(head) > t.opts.Width {
		t.typeSentences(used, wide)
		return
	}
	t.line(t.ink.bold(head))
	for _, tc := range s.Types {
		row := "  " + pad(typeCell(tc.Type), wide) + fmt.Sprintf("  %7d", tc.Slots)
		for _, r := range used {
			n := "."
			if tc.Rungs[r] > 0 {
				n = strconv.Itoa(tc.Rungs[r])
			}
			n = fmt.Sprintf("%*s", columnWidth(r), n)
			if tc.Rungs[r] > 0 {
				n = t.ink.rung(r, n)
			}
			row += "  " + n
		}
		t.line(row)
	}
}

// typeSentences is the table of types for narrow screens.
func (t *text) typeSentences(used []bedlock.Rung, wide int) {
	for _, tc := range t.run.summary.Types {
		var parts []string
		for _, r := range used {
			if n := tc.Rungs[r]; n > 0 {
				parts = append(parts, strconv.Itoa(n)+" "+t.ink.rung(r, r.String()))
			}
		}
		t.line(fmt.Sprintf("  %s  %7d  ", pad(typeCell(tc.Type), wide), tc.Slots), strings.Join(parts, ", "))
	}
}

func columnWidth(r bedlock.Rung) int { return max(len(r.String()), 6) }

func typeCell(name string) string { return clip(markup.Visible(name), 60) }

// usedRungs are the rungs on which anything stands, lowest first.
func usedRungs(s bedlock.Summary) []bedlock.Rung {
	var used []bedlock.Rung
	for _, r := range bedlock.Rungs() {
		if s.Rungs[r] > 0 {
			used = append(used, r)
		}
	}
	return used
}

func (t *text) inputSummary() {
	c := t.run.summary.Inputs
	t.title("Inputs")
	t.line(fmt.Sprintf("  %d audited, %d not an input, %d failed", c.Audited, c.Skipped, c.Failed))
	reasons := t.run.skipReasons()
	for i, r := range reasons {
		if i == 2*listed && !t.opts.Verbose {
			t.line("  ", t.ink.dim(fmt.Sprintf("        ... and %d more reasons", len(reasons)-i)))
			break
		}
		t.line(fmt.Sprintf("  %6d  not an input: %s", r.n, clip(markup.Visible(r.reason), 160)))
	}
	notes := 0
	for _, in := range t.run.inputs {
		notes += len(in.Notes)
		if !t.opts.Verbose {
			continue
		}
		for _, n := range in.Notes {
			at := n.At
			if at.File == "" {
				at.File = in.Path
			}
			t.para(2, "    ", t.ink.dim("not resolved: ")+markup.Visible(at.String())+": ", n.Text)
		}
	}
	if notes > 0 && !t.opts.Verbose {
		t.line(fmt.Sprintf("  %6d  met but not resolved, such as macros (--verbose lists them)", notes))
	}
}

type reasonCount struct {
	reason string
	n      int
}

// skipReasons counts why files were not inputs, most frequent first.
func (r *run) skipReasons() []reasonCount {
	by := map[string]int{}
	for _, in := range r.inputs {
		if in.Status == bedlock.InputSkipped {
			by[cmp.Or(in.Reason, "no reason given")]++
		}
	}
	var all []reasonCount
	for _, reason := range slices.Sorted(maps.Keys(by)) {
		all = append(all, reasonCount{reason, by[reason]})
	}
	slices.SortStableFunc(all, func(a, b reasonCount) int { return cmp.Compare(b.n, a.n) })
	return all
}

// footnotes say what the numbers above do not.
func (t *text) footnotes() {
	notes := t.run.footnotes()
	if len(notes) == 0 {
		return
	}
	t.title("Notes")
	for _, n := range notes {
		t.para(2, "", "", n)
	}
}

// footnotes are the limits of this run, in plain sentences, for every format
// that people read. They hold text from the stream and are not yet escaped.
func (r *run) footnotes() []string {
	var notes []string
	s := r.summary
	if names, n := r.unjudged(); n > 0 {
		notes = append(notes, fmt.Sprintf("* %s sound as far as judged. Not judged: %s.",
			countedAre(n, "slot"), strings.Join(names, ", ")))
	}
	if n := s.Rungs[bedlock.Unresolved]; n > 0 {
		notes = append(notes, fmt.Sprintf("%s unresolved (%s of %d): the value is known only after apply or comes from a parameter without a value. Neither passed nor failed.",
			countedAre(n, "slot"), percent(n, s.Slots), s.Slots))
	}
	if n := s.Rungs[bedlock.Unread]; n > 0 {
		notes = append(notes, fmt.Sprintf("%s unread (%s of %d): the resource, its key or a policy could not be read. Neither passed nor failed.",
			countedAre(n, "slot"), percent(n, s.Slots), s.Slots))
	}
	if s.Excepted+s.Baseline > 0 {
		notes = append(notes, fmt.Sprintf("%s not counted: %d excepted, %d in the baseline.",
			countedAre(s.Excepted+s.Baseline, "finding"), s.Excepted, s.Baseline))
	}
	return append(notes, r.config.Notes...)
}

func countedAre(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return fmt.Sprintf("%d %ss are", n, noun)
}

// ending is the verdict and what to run next.
func (t *text) ending(places []*place) {
	s := t.run.summary
	t.line()
	t.line(t.ink.bold("Findings"), "  ", severityCounts(s.Findings))
	verdict := fmt.Sprintf("exit %d", s.ExitCode)
	if s.ExitCode == 0 {
		verdict = t.ink.paint("32", verdict)
	} else {
		verdict = t.ink.alarm(verdict)
	}
	t.para(0, "exit 0: ", verdict+": ", s.ExitReason)
	if rule := t.run.firstRule(places); rule != "" {
		t.line(t.ink.dim("next: "), "bedlock explain ", markup.Visible(rule))
	} else if names := usedRungs(s); len(names) > 0 && names[0] < bedlock.Sound {
		t.line(t.ink.dim("next: "), "bedlock explain ", names[0].String())
	}
}

// severityCounts is "2 high, 1 low", or "none open".
func severityCounts(by map[bedlock.Severity]int) string {
	var parts []string
	for _, v := range slices.Backward(bedlock.Severities()) {
		if n := by[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		return "none open"
	}
	return strings.Join(parts, ", ")
}

// firstRule is the rule to read about first: of the most severe open finding,
// the one with the most findings.
func (r *run) firstRule(places []*place) string {
	count := map[string]int{}
	var worst bedlock.Severity
	for _, p := range places {
		for _, f := range p.open {
			if r.rule(f.Rule).Custom { // explain knows the program's own rules
				continue
			}
			if f.Severity > worst {
				worst = f.Severity
				clear(count)
			}
			if f.Severity == worst {
				count[f.Rule]++
			}
		}
	}
	best := ""
	for _, rule := range slices.Sorted(maps.Keys(count)) {
		if best == "" || count[rule] > count[best] {
			best = rule
		}
	}
	return best
}
