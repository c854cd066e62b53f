package page

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/markup"
)

// short is the beginning of a text of more than limit characters.
func short(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// counted is "1 key", "2 keys".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// time writes a moment in UTC, to the second.
func (d *document) time(t time.Time) { d.moment(t, "2006-01-02 15:04:05") }

func (d *document) moment(t time.Time, layout string) {
	t = t.UTC()
	d.Element("<time datetime=\"", t.Format(time.RFC3339Nano), "\">")
	d.Element("", t.Format(layout), "</time>")
}

// words writes text that somebody else chose, which may run from right to left.
func (d *document) words(s string) { d.Element("<bdi>", s, "</bdi>") }

// link writes a link with a text in monospace.
func (d *document) link(href, text string) {
	d.Element("<a href=\"", href, "\"><code>")
	d.Element("", text, "</code></a>")
}

// name writes an ARN: of a key, as a link to its page.
func (d *document) name(arn string) {
	if href := keyPath(arn); href != "" {
		d.link(href, arn)
		return
	}
	d.Element("<code>", arn, "</code>")
}

// keyPath is the page of a key by its ARN; empty for what is no ARN of a key.
func keyPath(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "kms" {
		return ""
	}
	id, ok := strings.CutPrefix(parts[5], "key/")
	if !ok || id == "" || parts[3] == "" || parts[4] == "" {
		return ""
	}
	return pathOf(parts[4], parts[3], id)
}

func pathOf(account, region, id string) string {
	return "/keys/" + url.PathEscape(account) + "/" + url.PathEscape(region) + "/" + url.PathEscape(id)
}

// callsPath is the list of calls with one filter; an empty one filters nothing.
func callsPath(name, value string) string {
	if value == "" {
		return "/calls"
	}
	return "/calls?" + url.Values{name: {value}}.Encode()
}

// term opens an entry of a description list, and the caller writes and closes it.
func (d *document) term(name string) { d.Element("<div><dt>", name, "</dt><dd>") }

func (d *document) termEnd() { d.Markup("</dd></div>\n") }

// fact writes an entry whose text is a name; an empty one is left out.
func (d *document) fact(name, text string) {
	if text == "" {
		return
	}
	d.term(name)
	d.Element("<code>", text, "</code>")
	d.termEnd()
}

// facts writes an entry with a list of texts; an empty one is left out.
func (d *document) facts(name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	d.term(name)
	d.Markup("<ul>")
	for _, s := range texts {
		d.Element("<li>", s, "</li>")
	}
	d.Markup("</ul>")
	d.termEnd()
}

// pill writes a word with a colour: class is ok, bad, open or quiet.
func (d *document) pill(class markup.Markup, word string) {
	d.Markup("<span class=\"pill " + class + "\">")
	d.Element("", word, "</span>")
}

func (d *document) outcome(o outcome, word string) {
	class := map[outcome]markup.Markup{outcomeOK: "ok", outcomeDenied: "bad", outcomeError: "open"}[o]
	d.pill(class, word)
}

// listing writes a text of several lines, as it is.
func (d *document) listing(text string) {
	d.Markup("<pre>")
	for line := range strings.Lines(text) {
		bare := strings.TrimSuffix(line, "\n")
		d.Text(bare)
		d.Markup("\n")
	}
	d.Markup("</pre>\n")
}

// table opens a table with a caption and the heads of its columns.
func (d *document) table(class markup.Markup, caption string, heads ...markup.Markup) {
	d.Markup("<table class=\"" + class + "\">\n")
	d.Element("<caption>", caption, "</caption>\n<thead><tr>")
	for _, h := range heads {
		d.Markup("<th scope=\"col\">" + h + "</th>")
	}
	d.Markup("</tr></thead>\n<tbody>\n")
}

func (d *document) tableEnd() { d.Markup("</tbody></table>\n") }

// cell opens a cell. Its name stands before it where there is no room for columns.
func (d *document) cell(name markup.Markup) { d.Markup("<td data-name=\"" + name + "\">") }

func (d *document) cellEnd() { d.Markup("</td>") }
