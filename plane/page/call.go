package page

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/explain"
)

// call is the page of one call, which says why it was denied.
func (p *Page) call(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.PathValue("n"))
	c := p.record(n)
	if c == nil {
		p.missing(w, r, "Call "+r.PathValue("n")+" is not kept: the page has the last "+strconv.Itoa(Kept)+" calls since the plane was started.")
		return
	}
	p.answer(w, r, http.StatusOK, c.service+":"+c.operation, func(d *document) {
		d.Markup("<p>")
		d.outcome(c.outcome, string(c.outcome))
		if c.code != "" {
			d.Element(" <code>", c.code, "</code>")
		}
		d.Markup("</p>\n")
		if c.message != "" {
			by := "answered"
			if c.outcome == outcomeDenied {
				by = "AWS says"
			}
			d.Element("<p class=\"says\"><span class=\"quiet\">", by, "</span> ")
			d.Element("", c.message, "</p>\n")
		}
		d.why(c)
		d.callFacts(c)
	})
}

func (d *document) callFacts(c *record) {
	d.Markup("<section aria-labelledby=\"call\">\n<h2 id=\"call\">The call</h2>\n<dl>\n")
	d.fact("asked by", c.principal)
	d.fact("access key", c.accessKeyID)
	d.fact("account", c.account)
	d.fact("Region", c.region)
	for _, arn := range c.keys {
		d.term("key")
		d.name(arn)
		d.termEnd()
	}
	d.term("time")
	d.moment(c.at, "2006-01-02 15:04:05.000")
	d.Element(" UTC, ", milliseconds(c.took), " ms")
	d.termEnd()
	d.fact("HTTP status", strconv.Itoa(c.status))
	d.fact("request id", c.requestID)
	d.fact("from", c.remote)
	d.fact("user agent", c.agent)
	d.Markup("</dl>\n</section>\n")
}

// why writes what was asked of the policy engine, and what it answered.
func (d *document) why(c *record) {
	d.Markup("<section aria-labelledby=\"why\">\n<h2 id=\"why\">What was asked of the policies</h2>\n")
	for i := range c.decisions {
		d.decision(&c.decisions[i])
	}
	switch {
	case len(c.decisions) > 0:
	case c.outcome == outcomeDenied:
		d.Markup("<p>Nothing: the call is refused whatever policies say.</p>\n")
	default:
		d.Markup("<p>Nothing.</p>\n")
	}
	d.Markup("</section>\n")
}

func (d *document) decision(m *plane.Decision) {
	d.Markup("<article>\n<h3>")
	if m.Outcome == authz.Allow {
		d.pill("ok", "allowed")
	} else {
		d.pill("bad", "denied")
	}
	d.Element(" <code>", m.Action, "</code> on ")
	d.name(m.Resource)
	d.Markup("</h3>\n")
	switch {
	case m.Forced:
		d.Markup("<p>The policies were not asked: the plane allows everything, or made the call itself.</p>\n")
	case m.Why != nil:
		d.Element("<p>", verdict(m.Why), "</p>\n")
		d.grounds(m)
		d.context(m.Request)
	}
	d.Markup("</article>\n")
}

// verdict says a denial in one sentence.
func verdict(d *authz.Decision) string {
	switch {
	case d.Outcome == authz.ExplicitDeny:
		return "A statement with Effect Deny applies, and no Allow outweighs it."
	case len(d.Open) > 0:
		return "A policy is not one that IAM would accept, so what it seems to allow is not allowed."
	case len(d.Missing) == 0:
		return "Nothing denies it, and nothing allows it."
	}
	return "Nothing denies it, but an Allow is missing in the " + strings.Join(layerNames(d.Missing), " and in the ") + "."
}

func layerNames(all []authz.Layer) []string {
	out := make([]string, len(all))
	for i, l := range all {
		out[i] = l.String()
	}
	return out
}

// grounds are those that bedlock prove simulate names, in its words.
func (d *document) grounds(m *plane.Decision) {
	why, req, layers := m.Why, m.Request, m.Layers
	d.Markup("<dl>\n")
	by := "because of"
	if why.Outcome == authz.ExplicitDeny {
		by = "denied by"
	}
	for i := range why.Reasons {
		d.ground(by, layers, &why.Reasons[i], "")
	}
	for _, miss := range explain.Near(req, layers, why.Absent) {
		d.ground("near miss", layers, &miss.Reason, " wants "+strings.Join(miss.Absent, " and "))
	}
	d.facts("does not allow", layerNames(why.Missing))
	d.facts("not in the request", why.Absent)
	d.facts("not known", why.Open)
	d.facts("it would take", explain.Remedy(req, layers, why.Missing))
	d.facts("fault", faults(layers))
	d.facts("looked at", lookedAt(layers))
	d.Markup("</dl>\n")
}

// ground writes a statement with its text, or a grant; more is said after its name.
func (d *document) ground(term string, layers *authz.Layers, r *authz.Reason, more string) {
	d.term(term)
	from, statement := explain.Statement(layers, r)
	d.Text(named(r, statement) + more)
	if statement != nil {
		d.Markup("<details open><summary>The statement</summary>")
		alone := policy.Document{Version: from.Document().Version, Statements: []policy.Statement{*statement}}
		d.listing(alone.Print())
		d.Markup("</details>")
	}
	d.termEnd()
}

func named(r *authz.Reason, statement *policy.Statement) string {
	if r.Layer == authz.LayerGrant {
		return r.Layer.String() + " " + r.Grant
	}
	s := r.Layer.String() + " " + r.Policy + "[" + strconv.Itoa(r.Statement) + "]"
	if r.Match != authz.NoPrincipal {
		s += " by " + matches[r.Match]
	}
	if statement != nil && statement.Sid != "" {
		s += " " + strconv.Quote(statement.Sid)
	}
	if r.Layer == authz.LayerSCP || r.Layer == authz.LayerRCP {
		s += ", level " + strconv.Itoa(r.Level+1)
	}
	return s
}

var matches = [...]string{authz.Direct: "its name", authz.ByParent: "the user of the session", authz.ByRole: "its role", authz.ByAccount: "its account"}

// maxFaults is how many faults of policies are named.
const maxFaults = 10

// faults are what IAM would refuse of the policies.
func faults(l *authz.Layers) (all []string) {
	explain.EachPolicy(l, func(layer authz.Layer, _ int, p *authz.Policy) {
		for _, f := range p.Document().Problems {
			if len(all) < maxFaults {
				all = append(all, layer.String()+" "+p.Name()+", line "+strconv.Itoa(f.At.Line)+": "+f.Text)
			}
		}
	})
	return all
}

// lookedAt are the policies and grants that were there to allow or deny.
func lookedAt(l *authz.Layers) (all []string) {
	explain.EachPolicy(l, func(layer authz.Layer, _ int, p *authz.Policy) {
		all = append(all, layer.String()+" "+p.Name()+", "+counted(len(p.Document().Statements), "statement"))
	})
	switch n := len(l.Grants); {
	case n >= maxGrants:
		all = append(all, "grants of the key: the first "+strconv.Itoa(n)+" are kept here")
	case n > 0:
		all = append(all, counted(n, "grant")+" of the key")
	}
	return all
}

// context writes the context keys of the request.
func (d *document) context(req *authz.Request) {
	if len(req.Context) == 0 {
		return
	}
	d.Markup("<details><summary>Context keys of the request</summary>\n")
	d.table("context", "Names are in lower case; what follows from the principal, such as aws:PrincipalArn, is not listed", "Context key", "Values")
	for _, key := range slices.Sorted(maps.Keys(req.Context)) {
		d.Element("<tr><th scope=\"row\"><code>", key, "</code></th>")
		d.cell("Values")
		for i, v := range req.Context[key].Values {
			if i > 0 {
				d.Markup("<br>")
			}
			d.words(v)
		}
		d.Markup("</td></tr>\n")
	}
	d.tableEnd()
	d.Markup("</details>\n")
}
