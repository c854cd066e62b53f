package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/bedlock/bedlock"
)

func (p *page) failedInputs() {
	n := 0
	for _, in := range p.run.inputs {
		if in.Status != bedlock.InputFailed {
			continue
		}
		if n++; n == 1 {
			p.Markup("<section class=\"failed\" id=\"failed\"><h2>Inputs that could not be read</h2>\n<ul>\n")
		}
		at := in.At
		if at.File == "" {
			at.File = in.Path
		}
		p.Element("<li><code>", at.String(), "</code> ")
		p.Text(in.Reason)
		if in.Hint != "" {
			p.Element("<br><span class=\"quiet\">hint: ", in.Hint, "</span>")
		}
		p.Markup("</li>\n")
	}
	if n > 0 {
		p.Markup("</ul></section>\n")
	}
}

func (p *page) inputs() {
	c := p.run.summary.Inputs
	p.Markup("<section id=\"inputs\"><h2>Inputs</h2>\n")
	p.Element("<p>", fmt.Sprintf("%d audited, %d not an input, %d failed.", c.Audited, c.Skipped, c.Failed), "</p>\n")
	if reasons := p.run.skipReasons(); len(reasons) > 0 {
		p.Markup("<div class=\"scroll\"><table><thead><tr><th scope=\"col\" class=\"n\">Files</th><th scope=\"col\">Not an input because</th></tr></thead><tbody>\n")
		for _, r := range reasons {
			p.Element("<tr><td class=\"n\">", strconv.Itoa(r.n), "</td>")
			p.Element("<td>", r.reason, "</td></tr>\n")
		}
		p.Markup("</tbody></table></div>\n")
	}
	p.inputFiles()
	p.Markup("</section>\n")
}

// inputFiles lists audited inputs and what was met in them but not resolved.
func (p *page) inputFiles() {
	if c := p.run.summary.Inputs; c.Audited == 0 {
		return
	}
	p.Markup("<details><summary>Audited inputs</summary>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Input</th><th scope=\"col\">Kind</th><th scope=\"col\" class=\"n\">Resources</th><th scope=\"col\" class=\"n\">Slots</th><th scope=\"col\">Not resolved</th></tr></thead><tbody>\n")
	rows := 0
	for _, in := range p.run.inputs {
		if in.Status != bedlock.InputAudited {
			continue
		}
		if rows++; rows > htmlRows {
			continue
		}
		p.Element("<tr><td><code>", in.Path, "</code></td>")
		p.Element("<td>", in.Kind, "</td>")
		p.Element("<td class=\"n\">", strconv.Itoa(in.Resources), "</td>")
		p.Element("<td class=\"n\">", strconv.Itoa(in.Slots), "</td><td>")
		for _, n := range in.Notes {
			p.Element("<p>", n.Text, "")
			if !n.At.IsZero() {
				p.Element(" <code>", n.At.String(), "</code>")
			}
			p.Markup("</p>")
		}
		p.Markup("</td></tr>\n")
	}
	p.Markup("</tbody></table></div>\n")
	if rows > htmlRows {
		p.Element("<p class=\"warn\">", fmt.Sprintf("%d more inputs are in the json format.", rows-htmlRows), "</p>\n")
	}
	p.Markup("</details>\n")
}

// framework is the controls of one framework that rules map to.
type framework struct {
	name     string
	controls []*controlCount
}

type controlCount struct {
	id      string
	derived bool // every mapping to it is ours
	rules   []string
	open    int
}

// frameworks counts open findings for each control of each framework, controls
// with findings first.
func (r *run) frameworks() []*framework {
	open := map[string]int{}
	for _, f := range r.findings {
		if f.Status == bedlock.FindingOpen {
			open[f.Rule]++
		}
	}
	var all []*framework
	byName := map[string]*framework{}
	byControl := map[bedlock.Control]*controlCount{}
	for _, rule := range r.config.Rules {
		for _, c := range rule.Controls {
			fw := byName[c.Framework]
			if fw == nil {
				fw = &framework{name: c.Framework}
				byName[c.Framework] = fw
				all = append(all, fw)
			}
			key := bedlock.Control{Framework: c.Framework, ID: c.ID}
			count := byControl[key]
			if count == nil {
				count = &controlCount{id: c.ID, derived: true}
				byControl[key] = count
				fw.controls = append(fw.controls, count)
			}
			if slices.Contains(count.rules, rule.ID) {
				continue
			}
			count.derived = count.derived && c.Derived
			count.rules = append(count.rules, rule.ID)
			count.open += open[rule.ID]
		}
	}
	slices.SortStableFunc(all, func(a, b *framework) int { return cmp.Compare(a.name, b.name) })
	for _, fw := range all {
		slices.SortStableFunc(fw.controls, func(a, b *controlCount) int {
			return cmp.Or(cmp.Compare(b.open, a.open), cmp.Compare(a.id, b.id))
		})
	}
	return all
}

func (p *page) compliance() {
	p.Markup("<section id=\"compliance\"><h2>Compliance</h2>\n")
	all := p.run.frameworks()
	if len(all) == 0 {
		p.Markup("<p class=\"quiet\">No rule of this run maps to a control.</p></section>\n")
		return
	}
	p.Markup("<p class=\"quiet\">Open findings of the rules that map to each control. No findings means that these rules found nothing, not that a control is met. " +
		"A mapping marked &dagger; is derived by Bedlock and not taken from a published one.</p>\n")
	for _, fw := range all {
		with := 0
		for _, c := range fw.controls {
			if c.open > 0 {
				with++
			}
		}
		p.Element("<details><summary><strong>", fw.name, "</strong> ")
		p.Element("<span class=\"quiet\">", fmt.Sprintf("%d of %s with open findings", with, counted(len(fw.controls), "control")), "</span></summary>\n")
		p.Markup("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Control</th><th scope=\"col\" class=\"n\">Open findings</th><th scope=\"col\">Rules</th></tr></thead><tbody>\n")
		for _, c := range fw.controls {
			p.Element("<tr><th scope=\"row\">", c.id, "")
			if c.derived {
				p.Markup(" <span title=\"derived mapping\">&dagger;</span>")
			}
			p.Element("</th><td class=\"n\">", strconv.Itoa(c.open), "</td><td>")
			for _, id := range c.rules {
				p.Element("<a href=\"#rule-", anchor(id), "\">")
				p.Element("", id, "</a> ")
			}
			p.Markup("</td></tr>\n")
		}
		p.Markup("</tbody></table></div></details>\n")
	}
	p.Markup("</section>\n")
}

func (p *page) rules() {
	p.Markup("<section id=\"rules\"><h2>Rules</h2>\n")
	for _, r := range p.run.config.Rules {
		p.Element("<article class=\"rule\" id=\"rule-", anchor(r.ID), "\"><h3><code>")
		p.Element("", r.ID, "</code> ")
		p.Element("", r.Title, " ")
		p.severity(r.Severity)
		if r.Custom {
			p.Markup(" <span class=\"pill\">custom</span>")
		}
		p.Element("</h3>\n<p>", r.Rationale, "</p>\n")
		p.Element("<p><strong>Fix:</strong> ", r.Remediation, "</p>\n")
		if len(r.Controls) > 0 {
			p.Markup("<p class=\"quiet\">")
			for i, c := range r.Controls {
				if i > 0 {
					p.Markup("; ")
				}
				p.Text(controlName(c))
			}
			p.Markup("</p>\n")
		}
		if len(r.References) > 0 {
			p.Markup("<ul class=\"refs\">")
			for _, ref := range r.References {
				p.Markup("<li>")
				p.reference(ref)
				p.Markup("</li>")
			}
			p.Markup("</ul>\n")
		}
		p.Markup("</article>\n")
	}
	p.Markup("</section>\n")
}

// reference links web addresses only; anything else is plain text.
func (p *page) reference(ref string) {
	u := link(ref)
	if u == "" {
		p.Text(ref)
		return
	}
	p.Element("<a rel=\"noopener noreferrer\" href=\"", u, "\">")
	p.Element("", ref, "</a>")
}

func (p *page) notes() {
	notes := p.run.footnotes()
	if len(notes) == 0 {
		return
	}
	p.Markup("<section id=\"notes\"><h2>Notes</h2>\n<ul>\n")
	for _, n := range notes {
		p.Element("<li>", n, "</li>\n")
	}
	p.Markup("</ul></section>\n")
}
