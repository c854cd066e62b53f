package page

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/bedlock/bedlock/kms"
)

// Bounds of lists on the page of a key.
const (
	maxGrantRows = 200
	maxKeyCalls  = 20
)

// key is the page of one key.
func (p *Page) key(w http.ResponseWriter, r *http.Request) {
	account, region, id := r.PathValue("account"), r.PathValue("region"), r.PathValue("id")
	k := p.opts.KMS.View(account, region, id)
	if k == nil {
		p.missing(w, r, "There is no key "+id+" in account "+account+", Region "+region+".")
		return
	}
	title := k.ID
	if len(k.Aliases) > 0 {
		title = k.Aliases[0]
	}
	p.answer(w, r, http.StatusOK, short(title, 120), func(d *document) {
		if k.Description != "" {
			d.Markup("<p>")
			d.words(k.Description)
			d.Markup("</p>\n")
		}
		d.keyFacts(k)
		d.Markup("<section aria-labelledby=\"policy\">\n<h2 id=\"policy\">Key policy</h2>\n")
		d.listing(indented(k.Policy))
		d.Markup("</section>\n")
		d.grants(k)
		d.materials(k)
		d.keyCalls(k)
	})
}

func (d *document) keyFacts(k *kms.View) {
	d.Markup("<dl>\n<div><dt>state</dt><dd>")
	d.state(k)
	d.termEnd()
	d.fact("ARN", k.ARN())
	d.facts("aliases", k.Aliases)
	d.fact("spec", string(k.Spec))
	d.fact("usage", string(k.Usage))
	d.fact("origin", string(k.Origin))
	if k.Manager == "AWS" {
		d.fact("manager", "AWS, for "+k.Service)
	}
	d.term("created")
	d.time(k.Created)
	d.termEnd()
	d.term("rotation")
	d.rotation(k)
	d.termEnd()
	d.term("last use")
	d.lastUse(k)
	d.termEnd()
	d.fact("key store", k.KeyStore)
	d.fact("external key", k.XksKeyID)
	d.relatives(k)
	if len(k.Tags) > 0 {
		d.Markup("<div><dt>tags</dt><dd><ul>")
		for _, t := range k.Tags {
			d.Element("<li><bdi>", t.Key, "</bdi> = <bdi>")
			d.Element("", t.Value, "</bdi></li>")
		}
		d.Markup("</ul>")
		d.termEnd()
	}
	d.Markup("</dl>\n")
}

// relatives links the keys of a multi-Region key in other Regions.
func (d *document) relatives(k *kms.View) {
	if !k.MultiRegion {
		return
	}
	primary := k.Key
	if v := d.page.opts.KMS.View(k.Account, k.Primary, k.ID); v != nil {
		primary = v.Key
	}
	d.Markup("<div><dt>multi-Region</dt><dd><ul>")
	for i, region := range append([]string{k.Primary}, primary.Replicas...) {
		kind := "replica"
		if i == 0 {
			kind = "primary key"
		}
		d.Element("<li>", kind+" in ", "")
		d.link(pathOf(k.Account, region, k.ID), region)
		d.Markup("</li>")
	}
	d.Markup("</ul>")
	d.termEnd()
}

// indented is a policy's text with two spaces for each depth; elements stay in their
// order.
func indented(text string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		return text
	}
	return b.String()
}

func (d *document) grants(k *kms.View) {
	d.Markup("<section aria-labelledby=\"grants\">\n<h2 id=\"grants\">Grants</h2>\n")
	defer d.Markup("</section>\n")
	if len(k.Grants) == 0 {
		d.Markup("<p>There are none.</p>\n")
		return
	}
	caption := counted(len(k.Grants), "grant")
	if len(k.Grants) > maxGrantRows {
		caption += ", of which the first " + strconv.Itoa(maxGrantRows)
	}
	d.table("wide", caption, "Grant", "Grantee", "Operations", "Constraints", "May retire", "Created")
	for _, g := range k.Grants[:min(len(k.Grants), maxGrantRows)] {
		d.Element("<tr><th scope=\"row\"><code>", g.ID, "</code>")
		if g.Name != "" {
			d.Element("<br><bdi class=\"quiet\">", g.Name, "</bdi>")
		}
		d.Markup("</th>")
		d.cell("Grantee")
		d.Element("<code>", g.Grantee+g.GranteeService, "</code>")
		d.cellEnd()
		d.cell("Operations")
		for i, op := range g.Operations {
			if i > 0 {
				d.Markup(", ")
			}
			d.Text(op)
		}
		d.cellEnd()
		d.cell("Constraints")
		d.constraints(g)
		d.cellEnd()
		d.cell("May retire")
		if who := g.Retiring + g.RetiringService; who != "" {
			d.Element("<code>", who, "</code>")
		} else {
			d.none()
		}
		d.cellEnd()
		d.cell("Created")
		d.time(g.Created)
		d.Markup("</td></tr>\n")
	}
	d.tableEnd()
}

func (d *document) constraints(g *kms.Grant) {
	if len(g.ContextEquals)+len(g.ContextSubset) == 0 && g.SourceARN == "" {
		d.none()
		return
	}
	d.Markup("<ul class=\"plain\">")
	pairs := func(what string, all map[string]string) {
		for _, key := range slices.Sorted(maps.Keys(all)) {
			d.Element("<li>", what, " ")
			d.Element("<bdi>", key, "</bdi> = <bdi>")
			d.Element("", all[key], "</bdi></li>")
		}
	}
	pairs("context equals", g.ContextEquals)
	pairs("context has", g.ContextSubset)
	if g.SourceARN != "" {
		d.Element("<li>source <code>", g.SourceARN, "</code></li>")
	}
	d.Markup("</ul>")
}

// materials lists the key materials of keys that have more than one, or whose material is
// imported.
func (d *document) materials(k *kms.View) {
	if len(k.Materials) < 2 && k.Origin != kms.OriginExternal {
		return
	}
	d.Markup("<section aria-labelledby=\"materials\">\n<h2 id=\"materials\">Key materials and rotations</h2>\n")
	defer d.Markup("</section>\n")
	if len(k.Materials) == 0 {
		d.Markup("<p>None has been imported.</p>\n")
		return
	}
	d.table("wide", counted(len(k.Materials), "key material")+", oldest first", "Key material", "State", "Created", "Rotated", "Imported")
	for i := range k.Materials {
		g := &k.Materials[i]
		d.Element("<tr><th scope=\"row\"><code>", g.ID, "</code>")
		if g.Description != "" {
			d.Element("<br><bdi class=\"quiet\">", g.Description, "</bdi>")
		}
		d.Markup("</th>")
		d.cell("State")
		d.Text(g.State)
		d.cellEnd()
		d.cell("Created")
		d.time(g.Created)
		d.cellEnd()
		d.cell("Rotated")
		if g.Rotated.IsZero() {
			d.none()
		} else {
			d.time(g.Rotated)
			d.Element(" <span class=\"quiet\">", g.RotationType, "</span>")
		}
		d.cellEnd()
		d.cell("Imported")
		switch {
		case k.Origin != kms.OriginExternal:
			d.none()
		case !g.Imported:
			d.Text("not now")
		case g.ValidTo.IsZero():
			d.Text("does not expire")
		default:
			d.Text("expires ")
			d.time(g.ValidTo)
		}
		d.Markup("</td></tr>\n")
	}
	d.tableEnd()
}

func (d *document) keyCalls(k *kms.View) {
	all, _ := d.page.last()
	f := filter{key: k.ARN()}
	all = slices.DeleteFunc(all, func(r *record) bool { return !f.matches(r) })
	d.Markup("<section aria-labelledby=\"calls\">\n<h2 id=\"calls\">Last calls with this key</h2>\n")
	d.callTable(all[:min(len(all), maxKeyCalls)], counted(len(all), "call")+" kept, newest first")
	d.Element("<p><a href=\"", callsPath("key", k.ARN()), "\">All that are kept</a></p>\n</section>\n")
}
