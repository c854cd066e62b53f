package page

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/markup"
	"github.com/bedlock/bedlock/kms"
)

// perPage is how many keys one page lists, newest how many calls the first page shows.
const (
	perPage = 100
	newest  = 10
)

// account is what the first page says of one account.
type account struct {
	id            string
	keys          int
	regions       []string
	calls, denied int // calls that are kept, and those of them that were denied
}

// home is the page at /.
func (p *Page) home(w http.ResponseWriter, r *http.Request) {
	only := r.URL.Query().Get("account")
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	number = max(number, 1)
	calls, total := p.last()
	accounts, keys, some := p.survey(only, number, calls)
	p.answer(w, r, http.StatusOK, "Overview", func(d *document) {
		d.accounts(accounts, only)
		d.keys(some, keys, number, only)
		of := calls
		if only != "" {
			f := filter{account: only}
			of = slices.DeleteFunc(slices.Clone(calls), func(r *record) bool { return !f.matches(r) })
		}
		d.Markup("<section aria-labelledby=\"last\">\n<h2 id=\"last\">Last calls</h2>\n")
		d.callTable(of[:min(len(of), newest)], "The newest calls, of "+strconv.Itoa(total)+" since the plane was started")
		if len(of) > newest {
			d.Element("<p><a href=\"", callsPath("account", only), "\">All calls that are kept</a></p>\n")
		}
		d.Markup("</section>\n")
	})
}

// survey counts the keys of all accounts, and returns one page of those of one account,
// or of all.
func (p *Page) survey(only string, number int, calls []*record) (accounts []*account, keys int, some []*kms.View) {
	of := func(id string) *account {
		i, found := slices.BinarySearchFunc(accounts, id, func(a *account, id string) int { return strings.Compare(a.id, id) })
		if !found {
			accounts = slices.Insert(accounts, i, &account{id: id})
		}
		return accounts[i]
	}
	for k := range p.opts.KMS.All() {
		a := of(k.Account)
		a.keys++
		if len(a.regions) == 0 || a.regions[len(a.regions)-1] != k.Region { // keys come by Region
			a.regions = append(a.regions, k.Region)
		}
		if only != "" && only != k.Account {
			continue
		}
		if keys++; (keys-1)/perPage == number-1 {
			some = append(some, k)
		}
	}
	for _, r := range calls {
		a := of(r.account)
		a.calls++
		if r.outcome == outcomeDenied {
			a.denied++
		}
	}
	return accounts, keys, some
}

func (d *document) accounts(all []*account, only string) {
	if len(all) == 0 {
		return
	}
	d.Markup("<section aria-labelledby=\"accounts\">\n<h2 id=\"accounts\">Accounts</h2>\n")
	d.table("accounts", "Accounts that have keys or made calls", "Account", "Keys", "Regions", "Calls kept", "Denied")
	for _, a := range all {
		d.Markup("<tr><th scope=\"row\">")
		d.link(here(d.r, "account", a.id), a.id)
		d.Markup("</th>")
		for _, c := range []struct {
			name markup.Markup
			text string
		}{
			{"Keys", strconv.Itoa(a.keys)}, {"Regions", strings.Join(a.regions, ", ")},
			{"Calls kept", strconv.Itoa(a.calls)}, {"Denied", strconv.Itoa(a.denied)},
		} {
			d.cell(c.name)
			d.Text(c.text)
			d.cellEnd()
		}
		d.Markup("</tr>\n")
	}
	d.tableEnd()
	if only != "" {
		d.Element("<p>Below is account ", only, " only. ")
		d.Element("<a href=\"", here(d.r, "account", ""), "\">Show all accounts</a></p>\n")
	}
	d.Markup("</section>\n")
}

func (d *document) keys(some []*kms.View, total, number int, only string) {
	d.Markup("<section aria-labelledby=\"keys\">\n<h2 id=\"keys\">Keys</h2>\n")
	defer d.Markup("</section>\n")
	if total == 0 {
		d.Markup("<p>There are no keys")
		if only != "" {
			d.Text(" in account " + only)
		}
		d.Markup(". To make one: <code>aws kms create-key</code>, with the settings that <code>bedlock local env</code> prints or the seed has.</p>\n")
		return
	}
	pages := (total + perPage - 1) / perPage
	caption := counted(total, "key")
	if pages > 1 {
		caption += ", page " + strconv.Itoa(number) + " of " + strconv.Itoa(pages)
	}
	d.table("wide", caption, "Key", "Account and Region", "Spec and usage", "State", "Origin", "Rotation", "Tags", "Last use")
	for _, k := range some {
		d.keyRow(k)
	}
	d.tableEnd()
	if pages == 1 {
		return
	}
	d.Markup("<nav class=\"pages\" aria-label=\"Pages of keys\">")
	for n := 1; n <= pages; n++ {
		if n == number {
			d.Element("<span aria-current=\"page\">", strconv.Itoa(n), "</span> ")
			continue
		}
		if n > 2 && n < pages-1 && (n < number-3 || n > number+3) { // thousands of pages
			if n == 3 || n == pages-2 {
				d.Markup("&hellip; ")
			}
			continue
		}
		d.Element("<a href=\"", here(d.r, "page", strconv.Itoa(n)), "\">")
		d.Element("", strconv.Itoa(n), "</a> ")
	}
	d.Markup("</nav>\n")
}

// shown is how many aliases and tags of a key the list shows.
const shown = 3

func (d *document) keyRow(k *kms.View) {
	d.Markup("<tr><th scope=\"row\">")
	for _, name := range k.Aliases[:min(len(k.Aliases), shown)] {
		d.Element("<strong>", short(name, 80), "</strong><br>")
	}
	if more := len(k.Aliases) - shown; more > 0 {
		d.Element("<span class=\"quiet\">and ", strconv.Itoa(more), " more aliases</span><br>")
	}
	d.link(pathOf(k.Account, k.Region, k.ID), k.ID)
	if k.Description != "" {
		d.Element("<br><bdi class=\"quiet\">", short(k.Description, 120), "</bdi>")
	}
	d.Markup("</th>")
	d.cell("Account and Region")
	d.Element("", k.Account, "<br>")
	d.Text(k.Region)
	d.cellEnd()
	d.cell("Spec and usage")
	d.Element("", string(k.Spec), "<br>")
	d.Element("<span class=\"quiet\">", string(k.Usage), "</span>")
	d.cellEnd()
	d.cell("State")
	d.state(k)
	d.cellEnd()
	d.cell("Origin")
	d.Text(string(k.Origin))
	d.cellEnd()
	d.cell("Rotation")
	d.rotation(k)
	d.cellEnd()
	d.cell("Tags")
	d.tags(k.Tags)
	d.cellEnd()
	d.cell("Last use")
	d.lastUse(k)
	d.Markup("</td></tr>\n")
}

// none stands for what a key does not have.
func (d *document) none() { d.Markup("<span class=\"quiet\">&ndash;</span>") }

func (d *document) state(k *kms.View) {
	class := markup.Markup("open")
	switch k.Now {
	case kms.Enabled:
		class = "ok"
	case kms.PendingDeletion, kms.PendingReplicaDeletion, kms.Unavailable:
		class = "bad"
	}
	d.pill(class, string(k.Now))
	switch {
	case k.Now == kms.PendingDeletion:
		d.Markup("<br><span class=\"quiet\">deleted on</span> ")
		d.time(k.Until)
	case k.Now == kms.PendingReplicaDeletion:
		d.Element("<br><span class=\"quiet\">", counted(k.Window, "day")+" after its last replica", "</span>")
	}
}

func (d *document) rotation(k *kms.View) {
	pending := k.Now == kms.PendingDeletion || k.Now == kms.PendingReplicaDeletion
	switch {
	case k.Rotation && pending: // GetKeyRotationStatus says false
		d.Text("stopped while deletion is pending")
	case k.Rotation:
		d.Element("every ", counted(k.RotationPeriod, "day"), "<br><span class=\"quiet\">next</span> ")
		d.moment(k.NextRotation, "2006-01-02")
	case k.OnDemand > 0:
		d.Text(counted(k.OnDemand, "time") + " on demand")
	default:
		d.none()
	}
}

func (d *document) tags(all []kms.Pair) {
	if len(all) == 0 {
		d.none()
		return
	}
	d.Markup("<ul class=\"plain\">")
	for _, t := range all[:min(len(all), shown)] {
		d.Element("<li><bdi>", short(t.Key, 60), "</bdi> = <bdi>")
		d.Element("", short(t.Value, 60), "</bdi></li>")
	}
	if more := len(all) - shown; more > 0 {
		d.Element("<li class=\"quiet\">and ", strconv.Itoa(more), " more</li>")
	}
	d.Markup("</ul>")
}

func (d *document) lastUse(k *kms.View) {
	if k.Used == nil {
		d.none()
		return
	}
	d.Element("", k.Used.Operation, "<br>")
	d.time(k.Used.Timestamp)
}
