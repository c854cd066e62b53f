package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
)

// markdownLimit keeps the report under the 65,536 characters of a GitHub comment,
// with room for what a workflow puts around it. Bytes are counted, which are
// never fewer than characters.
const markdownLimit = 65_000

// markdownRows bounds the findings shown for one rule, so that a rule that finds
// hundreds does not crowd out the others.
const markdownRows = 25

// markdownSpecial are the characters that would be markup, HTML, a mention or an
// issue reference. They are written as numeric references, which Markdown shows
// and never reads as structure. Mentions and issue references are found after
// that, so those get a zero-width space as well.
var markdownSpecial = strings.NewReplacer(
	"&", "&#38;", "<", "&#60;", ">", "&#62;", `"`, "&#34;", `\`, "&#92;", "`", "&#96;",
	"*", "&#42;", "_", "&#95;", "{", "&#123;", "}", "&#125;", "[", "&#91;", "]", "&#93;",
	"|", "&#124;", "~", "&#126;", "$", "&#36;", "!", "&#33;",
	"@", "&#64;&#8203;", "#", "&#35;&#8203;",
	"://", "&#58;//", "www.", "www&#46;", "WWW.", "WWW&#46;",
)

// markdown makes any text safe inside a paragraph, list item or table cell.
func markdown(s string) string { return markdownSpecial.Replace(markup.Visible(s)) }

// markdownReport is a text of bounded size. A block that does not fit is left out
// whole, so that no table or element is ever cut in the middle.
type markdownReport struct {
	b    strings.Builder
	left int // bytes still free
	cut  int // open findings not shown
}

func (m *markdownReport) add(block string) bool {
	if len(block) > m.left {
		return false
	}
	m.b.WriteString(block)
	m.left -= len(block)
	return true
}

// writeMarkdown writes a report for a pull-request comment: the verdict, the
// ladder, and the findings, worst first, until the comment is full.
func writeMarkdown(w io.Writer, r *run) error {
	m := &markdownReport{left: markdownLimit - 400} // for the closing notes
	s := r.summary
	sources := make([]string, len(r.config.Sources))
	for i, src := range r.config.Sources {
		sources[i] = markdown(clip(src, 200))
	}
	m.add("### Bedlock: " + severityTitle(s) + "\n\n")
	m.add(clip(strings.Join(sources, ", "), 2000) + " · " + counted(s.Slots, "slot") + " in " +
		counted(s.Resources, "resource") + " · exit " + fmt.Sprint(s.ExitCode) + ": " + markdown(clip(s.ExitReason, 500)) + "\n\n")
	m.add(markdownLadder(s))
	m.add(markdownTypes(s))
	m.failed(r)
	places := r.places()
	if n := openFindings(places); n > 0 {
		m.findings(r, places, n)
	}
	for _, note := range r.footnotes() {
		m.add("> " + markdown(clip(note, 1000)) + "\n\n")
	}
	m.left += 400
	if m.cut > 0 {
		m.add(fmt.Sprintf("%s not shown here; the html, json and csv formats have all.\n", countedAre(m.cut, "open finding")))
	}
	if _, err := io.WriteString(w, strings.TrimRight(m.b.String(), "\n")+"\n"); err != nil {
		return fmt.Errorf("write markdown: %w", err)
	}
	return nil
}

func severityTitle(s bedlock.Summary) string {
	if counts := severityCounts(s.Findings); counts != "none open" {
		return counts
	}
	return "no open findings"
}

func openFindings(places []*place) int {
	n := 0
	for _, p := range places {
		n += len(p.open)
	}
	return n
}

func markdownLadder(s bedlock.Summary) string {
	if s.Slots == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| Rung | Slots | Share |\n|:--|--:|--:|\n")
	for _, r := range slices.Backward(usedRungs(s)) {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", r, s.Rungs[r], percent(s.Rungs[r], s.Slots))
	}
	b.WriteString("\n")
	return b.String()
}

func markdownTypes(s bedlock.Summary) string {
	if len(s.Types) < 2 {
		return ""
	}
	used := usedRungs(s)
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary>%s</summary>\n\n| Type | Slots |", counted(len(s.Types), "resource type"))
	for _, r := range used {
		b.WriteString(" " + r.String() + " |")
	}
	b.WriteString("\n|:--|--:|" + strings.Repeat("--:|", len(used)) + "\n")
	for _, t := range s.Types {
		fmt.Fprintf(&b, "| %s | %d |", markdown(clip(t.Type, 100)), t.Slots)
		for _, r := range used {
			if t.Rungs[r] > 0 {
				fmt.Fprintf(&b, " %d |", t.Rungs[r])
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n</details>\n\n")
	return b.String()
}

// failed lists inputs that could not be read, which weigh more than findings.
func (m *markdownReport) failed(r *run) {
	n := 0
	for _, in := range r.inputs {
		if in.Status != bedlock.InputFailed {
			continue
		}
		if n++; n > 20 {
			continue
		}
		at := in.At
		if at.File == "" {
			at.File = in.Path
		}
		m.add("- **could not be read** " + markdownCode(at.String()) + " " + markdown(clip(in.Reason, 300)) + "\n")
	}
	if n > 20 {
		m.add(fmt.Sprintf("- and %d more inputs that could not be read\n", n-20))
	}
	if n > 0 {
		m.add("\n")
	}
}

// markdownCode shows a name in code type. It uses the HTML element and not
// backticks, which a name could contain.
func markdownCode(s string) string { return "<code>" + markdown(clip(s, 200)) + "</code>" }

// findings writes one collapsed element for each rule with open findings.
func (m *markdownReport) findings(r *run, places []*place, total int) {
	m.add("#### Findings\n\n")
	type group struct {
		rule     string
		severity bedlock.Severity
		rows     []string
	}
	var groups []*group
	byRule := map[string]*group{}
	for _, p := range places {
		for _, f := range p.open {
			g := byRule[f.Rule]
			if g == nil {
				g = &group{rule: f.Rule}
				byRule[f.Rule] = g
				groups = append(groups, g)
			}
			g.severity = max(g.severity, f.Severity)
			g.rows = append(g.rows, "| "+markdownCode(label(f.Subject))+" | "+markdownCode(where(f.Subject))+" | "+
				markdown(clip(f.Message, 400))+" |\n")
		}
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return int(b.severity) - int(a.severity) })
	shown := 0
	for _, g := range groups {
		rule := r.rule(g.rule)
		open := fmt.Sprintf("<details><summary><b>%s</b> %s %s (%d)</summary>\n\n", g.severity,
			markdown(g.rule), markdown(clip(rule.Title, 200)), len(g.rows))
		if rule.Remediation != "" {
			open += markdown(clip(rule.Remediation, 600)) + "\n\n"
		}
		open += "| Resource | Where | Finding |\n|:--|:--|:--|\n"
		rows, end := g.rows, "\n</details>\n\n"
		if n := len(rows) - markdownRows; n > 0 {
			rows, end = rows[:markdownRows], fmt.Sprintf("\nand %d more\n%s", n, end)
		}
		if len(open)+len(rows[0])+len(end) > m.left {
			break
		}
		m.add(open)
		m.left -= len(end)
		for _, row := range rows {
			if !m.add(row) {
				break
			}
			shown++
		}
		m.left += len(end)
		m.add(end)
	}
	m.cut = total - shown
}
