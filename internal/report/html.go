package report

import (
	"bufio"
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
)

// htmlRows bounds the rows of the page, because browsers do not filter or sort
// more at a bearable speed. Rows are worst first, and the page says what it left
// out.
const htmlRows = 20_000

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// markup is HTML text that stands in this package's source. Only constants
// convert to it without a cast, so text of the stream cannot pass for it.
type markup string

// page writes HTML. Every string from the stream goes through text.
type page struct {
	w   *bufio.Writer
	run *run
}

// markup writes parts of the page's own text.
func (p *page) markup(m markup) { _, _ = p.w.WriteString(string(m)) } // bufio keeps the first error for Flush

// text writes a string from anywhere, safe in element content and in
// double-quoted attributes.
func (p *page) text(s string) {
	_, _ = htmlEscapes.WriteString(p.w, visible(s))
}

var htmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

func (p *page) int(n int) { p.text(strconv.Itoa(n)) }

// element writes open, the text and close.
func (p *page) element(open markup, text string, end markup) {
	p.markup(open)
	p.text(text)
	p.markup(end)
}

// writeHTML writes one self-contained page: its own style and script, whose
// hashes are the only ones that the page's content security policy allows, and
// no request to anywhere.
func writeHTML(w io.Writer, r *run) error {
	p := &page{w: bufio.NewWriterSize(w, 64<<10), run: r}
	places := r.places()
	p.head()
	p.header()
	p.markup("<main id=\"main\">\n")
	p.cards()
	p.ladder()
	p.failedInputs()
	p.slots(places)
	p.inputs()
	p.compliance()
	p.rules()
	p.notes()
	p.markup("</main>\n<footer><p>")
	p.text("Written by " + r.config.Tool + " " + r.config.Version + ". This file makes no network requests.")
	p.markup("</p></footer>\n<script>")
	p.markup(markup(pageJS))
	p.markup("</script>\n</body>\n</html>\n")
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write html: %w", err)
	}
	return nil
}

func (p *page) head() {
	p.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	p.element("<meta http-equiv=\"Content-Security-Policy\" content=\"",
		"default-src 'none'; base-uri 'none'; form-action 'none'; style-src '"+hashOf(pageCSS)+"'; script-src '"+hashOf(pageJS)+"'",
		"\">\n")
	p.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
	p.markup("<meta name=\"color-scheme\" content=\"light dark\">\n")
	p.element("<title>", "Bedlock "+p.run.config.Command+" of "+clip(strings.Join(p.run.config.Sources, ", "), 100), "</title>\n<style>")
	p.markup(markup(pageCSS))
	p.markup("</style>\n</head>\n<body>\n")
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p *page) header() {
	c, s := p.run.config, p.run.summary
	p.markup("<a class=\"skip\" href=\"#slots\">Skip to the findings</a>\n<header>\n<div class=\"brand\">")
	p.element("<h1>Bedlock ", c.Command, "</h1>")
	p.element("<p class=\"verdict ", verdictClass(s.ExitCode), "\">")
	p.element("<strong>exit ", strconv.Itoa(s.ExitCode), "</strong> ")
	p.element("<span>", s.ExitReason, "</span></p></div>\n<p class=\"of\">")
	for i, src := range c.Sources {
		if i > 0 {
			p.markup(", ")
		}
		p.element("<code>", src, "</code>")
	}
	p.markup("</p>\n<p class=\"quiet\">")
	if !c.Started.IsZero() {
		p.element("<time datetime=\"", c.Started.UTC().Format(time.RFC3339), "\">")
		p.element("", c.Started.UTC().Format("2 January 2006 15:04 UTC"), "</time>, ")
	}
	p.text(c.Tool + " " + c.Version)
	if c.FailOn != "" {
		p.text(", fails on " + c.FailOn)
	}
	p.markup("</p>\n<nav aria-label=\"Sections\"><a href=\"#ladder\">Ladder</a> <a href=\"#slots\">Slots and findings</a> " +
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
	p.markup("<section aria-label=\"Totals\"><dl class=\"cards\">\n")
	card := func(n int, name string) {
		p.element("<div><dt>", name, "</dt>")
		p.element("<dd>", strconv.Itoa(n), "</dd></div>\n")
	}
	card(s.Slots, "slots")
	card(s.Resources, "resources")
	card(s.Keys, "keys")
	for _, v := range slices.Backward(bedlock.Severities()) {
		p.element("<div class=\"s-", v.String(), "\">")
		p.element("<dt>", v.String(), "</dt>")
		p.element("<dd>", strconv.Itoa(s.Findings[v]), "</dd></div>\n")
	}
	p.markup("</dl></section>\n")
}

func (p *page) ladder() {
	s := p.run.summary
	p.markup("<section id=\"ladder\"><h2>Ladder</h2>\n<div class=\"scroll\"><table class=\"ladder\"><caption class=\"quiet\">Where each slot stands, best first</caption>\n" +
		"<thead><tr><th scope=\"col\">Rung</th><th scope=\"col\" class=\"n\">Slots</th><th scope=\"col\" class=\"n\">Share</th><th scope=\"col\"><span class=\"hide\">Bar</span></th><th scope=\"col\" class=\"wide\">Meaning</th></tr></thead>\n<tbody>\n")
	_, starred := p.run.unjudged()
	for _, r := range slices.Backward(bedlock.Rungs()) {
		word := r.String()
		if r == bedlock.Sound && starred > 0 {
			word += "*"
		}
		p.markup("<tr><th scope=\"row\">")
		p.rung(r, word)
		p.element("</th><td class=\"n\">", strconv.Itoa(s.Rungs[r]), "</td>")
		p.element("<td class=\"n\">", percent(s.Rungs[r], s.Slots), "</td><td class=\"bar\">")
		p.bar(map[bedlock.Rung]int{r: s.Rungs[r]}, s.Slots)
		p.element("</td><td class=\"quiet wide\">", r.Meaning(), "</td></tr>\n")
	}
	p.markup("</tbody></table></div>\n")
	p.types()
	p.markup("</section>\n")
}

// bar draws counts as one stacked bar out of total. SVG needs no inline style,
// which the content security policy would refuse.
func (p *page) bar(rungs map[bedlock.Rung]int, total int) {
	p.markup("<svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"1000\" height=\"10\"/>")
	x := 0
	for _, r := range bedlock.Rungs() {
		if rungs[r] <= 0 || total <= 0 {
			continue
		}
		width := max(3, min(1000, rungs[r]*1000/total))
		p.element("<rect class=\"r-", r.String(), "\" ")
		p.element("x=\"", strconv.Itoa(x), "\" ")
		p.element("width=\"", strconv.Itoa(width), "\" height=\"10\"/>")
		x += width
	}
	p.markup("</svg>")
}

func (p *page) types() {
	s := p.run.summary
	if len(s.Types) == 0 {
		return
	}
	used := usedRungs(s)
	p.markup("<h3>By resource type</h3>\n<div class=\"scroll\"><table class=\"types\">\n<thead><tr><th scope=\"col\">Type</th><th scope=\"col\"><span class=\"hide\">Bar</span></th><th scope=\"col\" class=\"n\">Slots</th>")
	for _, r := range used {
		p.element("<th scope=\"col\" class=\"n\">", r.String(), "</th>")
	}
	p.markup("</tr></thead>\n<tbody>\n")
	for _, t := range s.Types {
		p.element("<tr><th scope=\"row\"><code>", t.Type, "</code></th><td class=\"bar\">")
		p.bar(t.Rungs, t.Slots)
		p.element("</td><td class=\"n\">", strconv.Itoa(t.Slots), "</td>")
		for _, r := range used {
			if t.Rungs[r] == 0 {
				p.markup("<td class=\"n quiet\">&middot;</td>")
			} else {
				p.element("<td class=\"n\">", strconv.Itoa(t.Rungs[r]), "</td>")
			}
		}
		p.markup("</tr>\n")
	}
	p.markup("</tbody></table></div>\n")
}

func (p *page) rung(r bedlock.Rung, word string) {
	p.element("<span class=\"pill r-", r.String(), "\">")
	p.element("", word, "</span>")
}

func (p *page) severity(v bedlock.Severity) {
	p.element("<span class=\"pill s-", v.String(), "\">")
	p.element("", v.String(), "</span>")
}
