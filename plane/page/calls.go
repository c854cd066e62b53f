package page

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/markup"
)

// calls is the page of the calls that are kept, newest first.
func (p *Page) calls(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f := filter{outcome: q.Get("outcome"), operation: q.Get("operation"), account: q.Get("account"), key: q.Get("key")}
	all, total := p.last()
	some := slices.DeleteFunc(slices.Clone(all), func(r *record) bool { return !f.matches(r) })
	p.answer(w, r, http.StatusOK, "Calls", func(d *document) {
		d.filters(&f, all)
		d.callTable(some, strconv.Itoa(len(some))+" of the last "+strconv.Itoa(len(all))+" calls, newest first; "+strconv.Itoa(total)+" since the plane was started")
		d.Markup("<p class=\"quiet\">Requests whose signature is not good are not among them.</p>\n")
	})
}

func (d *document) filters(f *filter, all []*record) {
	var operations, accounts []string
	for _, r := range all {
		operations, accounts = append(operations, r.operation), append(accounts, r.account)
	}
	d.Markup("<form class=\"filters\" method=\"get\" action=\"/calls\">\n")
	d.choice("Outcome", "outcome", f.outcome, []string{string(outcomeOK), string(outcomeDenied), string(outcomeError)})
	d.choice("Operation", "operation", f.operation, operations)
	d.choice("Account", "account", f.account, accounts)
	d.Element("<label>Key, its id or ARN <input type=\"text\" name=\"key\" autocomplete=\"off\" spellcheck=\"false\" value=\"", f.key, "\"></label>\n")
	if every := refreshing(d.r); every != "" {
		d.Element("<input type=\"hidden\" name=\"refresh\" value=\"", every, "\">\n")
	}
	d.Markup("<button type=\"submit\">Filter</button> <a href=\"/calls\">All</a>\n</form>\n")
}

// choice writes a choice of one value or all. The one that is chosen is always offered.
func (d *document) choice(label, name markup.Markup, chosen string, values []string) {
	if chosen != "" {
		values = append(values, chosen)
	}
	slices.Sort(values)
	d.Markup("<label>" + label + " <select name=\"" + name + "\"><option value=\"\">all</option>")
	for _, v := range slices.Compact(values) {
		d.Element("<option value=\"", v, "\"")
		if v == chosen {
			d.Markup(" selected")
		}
		d.Element(">", v, "</option>")
	}
	d.Markup("</select></label>\n")
}

func (d *document) callTable(some []*record, caption string) {
	if len(some) == 0 {
		d.Markup("<p>There are none.</p>\n")
		return
	}
	d.table("wide", caption, "Call", "Outcome", "Who", "Account and Region", "Key", "Time (UTC)", "ms")
	for _, r := range some {
		d.callRow(r)
	}
	d.tableEnd()
}

func (d *document) callRow(r *record) {
	d.Element("<tr><th scope=\"row\"><a href=\"", callPath(r), "\">")
	d.Element("", r.operation, "</a><br>")
	d.Element("<span class=\"quiet\">", r.service, "</span></th>")
	d.cell("Outcome")
	d.outcome(r.outcome, string(r.outcome))
	if r.code != "" {
		d.Element("<br><span class=\"quiet\">", r.code, "</span>")
	}
	d.cellEnd()
	d.cell("Who")
	d.Element("<code>", short(nameOf(r.principal), 200), "</code>")
	d.cellEnd()
	d.cell("Account and Region")
	d.Element("", r.account, "<br>")
	d.Text(r.region)
	d.cellEnd()
	d.cell("Key")
	for i, arn := range r.keys {
		if i > 0 {
			d.Markup("<br>")
		}
		d.link(keyPath(arn), idOf(arn))
	}
	if len(r.keys) == 0 {
		d.none()
	}
	d.cellEnd()
	d.cell("Time (UTC)")
	d.moment(r.at, "2006-01-02 15:04:05.000")
	d.cellEnd()
	d.Markup("<td class=\"n\" data-name=\"ms\">")
	d.Text(milliseconds(r.took))
	d.Markup("</td></tr>\n")
}

func callPath(r *record) string { return "/calls/" + strconv.Itoa(r.n) }

// nameOf is a principal without what the account says: user/ann.
func nameOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[5]
	}
	return arn
}

// idOf is the last part of a key's ARN.
func idOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func milliseconds(t time.Duration) string {
	return strconv.FormatFloat(float64(t.Microseconds())/1000, 'f', 2, 64)
}
