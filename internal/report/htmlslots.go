package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/bedlock/bedlock"
)

// slots writes the table of slots with their findings, and its filters. The
// filters stay hidden until the script shows them, so that a page without
// scripts has no dead controls.
func (p *page) slots(places []*place) {
	p.Markup("<section id=\"slots\"><h2>Slots and findings</h2>\n")
	cut := 0
	if len(places) > htmlRows {
		cut = len(places) - htmlRows
		places = places[:htmlRows]
	}
	if cut > 0 {
		p.Element("<p class=\"warn\">", fmt.Sprintf("The worst %d rows are shown; %d more are in the json and csv formats.", htmlRows, cut), "</p>\n")
	}
	p.filters(places)
	p.Markup("<div class=\"scroll\"><table class=\"slots\" id=\"slot-table\">\n<thead><tr>" +
		"<th scope=\"col\" aria-sort=\"ascending\"><button type=\"button\" data-key=\"rank\">Rung</button></th>" +
		"<th scope=\"col\"><button type=\"button\" data-key=\"severity\">Severity</button></th>" +
		"<th scope=\"col\"><button type=\"button\" data-key=\"name\">Resource</button></th>" +
		"<th scope=\"col\">Why, and what to do</th></tr></thead>\n<tbody>\n")
	for i, pl := range places {
		p.slotRow(pl, i)
	}
	p.Markup("</tbody></table></div>\n</section>\n")
}

func (p *page) filters(places []*place) {
	types := map[string]bool{}
	rungs := map[bedlock.Rung]bool{}
	for _, pl := range places {
		types[pl.subject.Type] = true
		rungs[pl.rung()] = true
	}
	p.Markup("<form class=\"filters\" id=\"filters\" hidden>\n<label>Search <input type=\"search\" name=\"text\" placeholder=\"name, file, rule, text\" autocomplete=\"off\"></label>\n" +
		"<label>Rung <select name=\"rung\"><option value=\"\">all</option>")
	for _, r := range bedlock.Rungs() {
		if rungs[r] {
			p.option(r.String())
		}
	}
	p.Markup("</select></label>\n<label>Severity <select name=\"severity\"><option value=\"\">all</option>")
	for _, v := range slices.Backward(bedlock.Severities()) {
		p.option(v.String())
	}
	p.Markup("</select></label>\n<label>Type <select name=\"type\"><option value=\"\">all</option>")
	for _, t := range slices.Sorted(maps.Keys(types)) {
		p.option(t)
	}
	p.Markup("</select></label>\n<label class=\"check\"><input type=\"checkbox\" name=\"open\"> open findings only</label>\n" +
		"<button type=\"reset\">Reset</button>\n<p id=\"shown\" role=\"status\" class=\"quiet\"></p>\n</form>\n")
}

func (p *page) option(value string) {
	p.Element("<option value=\"", value, "\">")
	p.Element("", value, "</option>")
}

func (p *page) slotRow(pl *place, rank int) {
	p.Element("<tr data-rank=\"", strconv.Itoa(rank), "\" data-rung=\"")
	if r := pl.rung(); r != 0 {
		p.Text(r.String())
	}
	p.Element("\" data-severity=\"", strconv.Itoa(int(pl.worst())), "\" data-severities=\"")
	for _, f := range pl.open {
		p.Text(f.Severity.String() + " ")
	}
	p.Element("\" data-type=\"", pl.subject.Type, "\" data-name=\"")
	p.Element("", label(pl.subject), "\"><td data-label=\"Rung\">")
	switch {
	case pl.slot != nil:
		p.rung(pl.slot.Rung, rungWord(pl.slot))
	case pl.rung() != 0:
		p.rung(pl.rung(), pl.rung().String())
	default:
		p.Markup("<span class=\"quiet\" title=\"not a slot\">&ndash;</span>")
	}
	p.Markup("</td><td data-label=\"Severity\">")
	if v := pl.worst(); v != 0 {
		p.severity(v)
	} else {
		p.Markup("<span class=\"quiet\">&ndash;</span>")
	}
	p.Markup("</td><td data-label=\"Resource\">")
	p.subject(pl)
	p.Markup("</td><td data-label=\"Why\">")
	p.why(pl)
	p.Markup("</td></tr>\n")
}

func (p *page) subject(pl *place) {
	s := pl.subject
	p.Element("<strong>", label(s), "</strong>")
	p.Element("<br><span class=\"quiet\">", s.Type, "</span>")
	if at := where(s); at != "" {
		p.Element("<br><code>", at, "</code>")
	}
	if pl.slot != nil && pl.slot.Key != "" {
		p.Element("<br><span class=\"quiet\">key</span> <code>", pl.slot.Key, "</code>")
	}
}

func (p *page) why(pl *place) {
	if pl.slot != nil {
		for i, e := range pl.slot.Evidence {
			if i == 0 {
				p.Element("<p>", e.Text, "</p>")
				continue
			}
			p.Element("<p class=\"quiet\">", e.Text, "")
			if !e.At.IsZero() {
				p.Element(" <code>", e.At.String(), "</code>")
			}
			p.Markup("</p>")
		}
		if pl.slot.Lift != "" && !pl.hasFix() {
			p.Element("<p class=\"lift\"><span class=\"quiet\">to lift it:</span> ", pl.slot.Lift, "</p>")
		}
		if len(pl.slot.Unjudged) > 0 {
			p.Markup("<p class=\"quiet\">not judged:")
			for _, u := range pl.slot.Unjudged {
				p.Text(" " + u)
			}
			p.Markup("</p>")
		}
	}
	if len(pl.open)+len(pl.covered) == 0 {
		return
	}
	p.Markup("<ul class=\"findings\">")
	for _, f := range pl.open {
		p.finding(f)
	}
	for _, f := range pl.covered {
		p.finding(f)
	}
	p.Markup("</ul>")
}

func (p *page) finding(f *bedlock.Finding) {
	if f.Status == bedlock.FindingOpen {
		p.Markup("<li>")
		p.severity(f.Severity)
	} else {
		p.Element("<li class=\"covered\"><span class=\"pill\">", string(f.Status), "</span>")
	}
	p.Element(" <a href=\"#rule-", anchor(f.Rule), "\">")
	p.Element("", f.Rule, "</a> ")
	p.Text(f.Message)
	if f.Exception != "" {
		p.Element(" <span class=\"quiet\">", f.Exception, "</span>")
	}
	if f.Remediation != "" || len(f.Evidence) > 0 {
		p.Markup("<details><summary>How to fix</summary>")
		p.Element("<p>", f.Remediation, "</p>")
		for _, e := range f.Evidence {
			p.Element("<p class=\"quiet\">", e.Text, "")
			if !e.At.IsZero() {
				p.Element(" <code>", e.At.String(), "</code>")
			}
			p.Markup("</p>")
		}
		p.Element("<p class=\"quiet\">fingerprint <code>", f.Fingerprint, "</code></p></details>")
	}
	p.Markup("</li>")
}

// anchor keeps letters, digits and dashes of an id, which is what a fragment
// may hold without escaping.
func anchor(id string) string {
	out := []byte(id)
	for i, c := range out {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-':
		default:
			out[i] = '-'
		}
	}
	return string(out)
}
