package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/markup"
)

// htmlRows bounds the rows of the page, because browsers do not filter or sort
// more at a bearable speed. Rows are worst first, and the page says what it left
// out.
const htmlRows = 20_000

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// page writes HTML. Every string from the stream goes through Text.
type page struct {
	*markup.Writer
	run *run
}

// writeHTML writes one self-contained page: its own style and script, whose
// hashes are the only ones that the page's content security policy allows, and
// no request to anywhere.
func writeHTML(w io.Writer, r *run) error {
	p := &page{markup.NewWriter(w), r}
	places := r.places()
	p.head()
	p.header()
	p.Markup("<main id=\"main\">\n")
	p.cards()
	p.ladder()
	p.failedInputs()
	p.slots(places)
	p.inputs()
	p.compliance()
	p.rules()
	p.notes()
	p.Markup("</main>\n<footer><p>")
	p.Text("Written by " + r.config.Tool + " " + r.config.Version + ". This file makes no network requests.")
	p.Markup("</p></footer>\n<script>")
	p.Markup(markup.Markup(pageJS))
	p.Markup("</script>\n</body>\n</html>\n")
	if err := p.Flush(); err != nil {
		return fmt.Errorf("write html: %w", err)
	}
	return nil
}

func (p *page) head() {
	p.Markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	p.Element("<meta http-equiv=\"Content-Security-Policy\" content=\"",
		"default-src 'none'; base-uri 'none'; form-action 'none'; style-src '"+hashOf(pageCSS)+"'; script-src '"+hashOf(pageJS)+"'",
		"\">\n")
	p.Markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
	p.Markup("<meta name=\"color-scheme\" content=\"light dark\">\n")
	p.Element("<title>", "Bedlock "+p.run.config.Command+" of "+clip(strings.Join(p.run.config.Sources, ", "), 100), "</title>\n<style>")
	p.Markup(markup.Markup(pageCSS))
	p.Markup("</style>\n</head>\n<body>\n")
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p *page) header() {
	c, s := p.run.config, p.run.summary
	p.Markup("<a class=\"skip\" href=\"#slots\">Skip to the findings</a>\n<header>\n<div class=\"brand\">")
	p.Element("<h1>Bedlock ", c.Command, "</h1>")
	p.Element("<p class=\"verdict ", verdictClass(s.ExitCode), "\">")
	p.Element("<strong>exit ", strconv.Itoa(s.ExitCode), "</strong> ")
	p.Element("<span>", s.ExitReason, "</span></p></div>\n<p class=\"of\">")
	for i, src := range c.Sources {
		if i > 0 {
			p.Markup(", ")
		}
		p.Element("<code>", src, "</code>")
	}
	p.Markup("</p>\n<p class=\"quiet\">")
	if !c.Started.IsZero() {
		p.Element("<time datetime=\"", c.Started.UTC().Format(time.RFC3339), "\">")
		p.Element("", c.Started.UTC().Format("2 January 2006 15:04 UTC"), "</time>, ")
	}
	p.Text(c.Tool + " " + c.Version)
	if c.FailOn != "" {
		p.Text(", fails on " + c.FailOn)
	}
	p.Markup("</p>\n<nav aria-label=\"Sections\"><a href=\"#ladder\">Ladder</a> <a href=\"#slots\">Slots and findings</a> " +
		"<a href=\"#inputs\">Inputs</a> <a href=\"#compliance\">Compliance</a> <a href=\"#rules\">Rules</a></nav>\n</header>\n")
}

func verdictClass(exit int) string {
	switch exit {
	case 0:
		return "ok"
	case 5:
		return "open"
	}
	return "bad"
}

func (p *page) cards() {
	s := p.run.summary
	p.Markup("<section aria-label=\"Totals\"><dl class=\"cards\">\n")
	card := func(n int, name string) {
		p.Element("<div><dt>", name, "</dt>")
		p.Element("<dd>", strconv.Itoa(n), "</dd></div>\n")
	}
	card(s.Slots, "slots")
	card(s.Resources, "resources")
	card(s.Keys, "keys")
	for _, v := range slices.Backward(bedlock.Severities()) {
		p.Element("<div class=\"s-", v.String(), "\">")
		p.Element("<dt>", v.String(), "</dt>")
		p.Element("<dd>", strconv.Itoa(s.Findings[v]), "</dd></div>\n")
	}
	p.Markup("</dl></section>\n")
}

func (p *page) ladder() {
	s := p.run.summary
	p.Markup("<section id=\"ladder\"><h2>Ladder</h2>\n<div class=\"scroll\"><table class=\"ladder\"><caption class=\"quiet\">Where each slot stands, best first</caption>\n" +
		"<thead><tr><th scope=\"col\">Rung</th><th scope=\"col\" class=\"n\">Slots</th><th scope=\"col\" class=\"n\">Share</th><th scope=\"col\"><span class=\"hide\">Bar</span></th><th scope=\"col\" class=\"wide\">Meaning</th></tr></thead>\n<tbody>\n")
	_, starred := p.run.unjudged()
	for _, r := range slices.Backward(bedlock.Rungs()) {
		word := r.String()
		if r == bedlock.Sound && starred > 0 {
			word += "*"
		}
		p.Markup("<tr><th scope=\"row\">")
		p.rung(r, word)
		p.Element("</th><td class=\"n\">", strconv.Itoa(s.Rungs[r]), "</td>")
		p.Element("<td class=\"n\">", percent(s.Rungs[r], s.Slots), "</td><td class=\"bar\">")
		p.bar(map[bedlock.Rung]int{r: s.Rungs[r]}, s.Slots)
		p.Element("</td><td class=\"quiet wide\">", r.Meaning(), "</td></tr>\n")
	}
	p.Markup("</tbody></table></div>\n")
	p.types()
	p.Markup("</section>\n")
}

// bar draws counts as one stacked bar out of total. SVG needs no inline style,
// which the content security policy would refuse.
func (p *page) bar(rungs map[bedlock.Rung]int, total int) {
	p.Markup("<svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"1000\" height=\"10\"/>")
	x := 0
	for _, r := range bedlock.Rungs() {
		if rungs[r] <= 0 || total <= 0 {
			continue
		}
		width := max(3, min(1000, rungs[r]*1000/total))
		p.Element("<rect class=\"r-", r.String(), "\" ")
		p.Element("x=\"", strconv.Itoa(x), "\" ")
		p.Element("width=\"", strconv.Itoa(width), "\" height=\"10\"/>")
		x += width
	}
	p.Markup("</svg>")
}

func (p *page) types() {
	s := p.run.summary
	if len(s.Types) == 0 {
		return
	}
	used := usedRungs(s)
	p.Markup("<h3>By resource type</h3>\n<div class=\"scroll\"><table class=\"types\">\n<thead><tr><th scope=\"col\">Type</th><th scope=\"col\"><span class=\"hide\">Bar</span></th><th scope=\"col\" class=\"n\">Slots</th>")
	for _, r := range used {
		p.Element("<th scope=\"col\" class=\"n\">", r.String(), "</th>")
	}
	p.Markup("</tr></thead>\n<tbody>\n")
	for _, t := range s.Types {
		p.Element("<tr><th scope=\"row\"><code>", t.Type, "</code></th><td class=\"bar\">")
		p.bar(t.Rungs, t.Slots)
		p.Element("</td><td class=\"n\">", strconv.Itoa(t.Slots), "</td>")
		for _, r := range used {
			if t.Rungs[r] == 0 {
				p.Markup("<td class=\"n quiet\">&middot;</td>")
			} else {
				p.Element("<td class=\"n\">", strconv.Itoa(t.Rungs[r]), "</td>")
			}
		}
		p.Markup("</tr>\n")
	}
	p.Markup("</tbody></table></div>\n")
}

func (p *page) rung(r bedlock.Rung, word string) {
	p.Element("<span class=\"pill r-", r.String(), "\">")
	p.Element("", word, "</span>")
}

func (p *page) severity(v bedlock.Severity) {
	p.Element("<span class=\"pill s-", v.String(), "\">")
	p.Element("", v.String(), "</span>")
}
