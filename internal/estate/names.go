package estate

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

const (
	tokenPrefix  = "${bedlock:"
	tokenRef     = "ref:"
	tokenUnknown = "unknown:"
)

// text fills the tokens of a text that this deployment settles; others stay.
func (w *world) text(s string) string {
	if !strings.Contains(s, tokenPrefix) {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, tokenPrefix)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString(tokenPrefix + rest)
			return b.String()
		}
		if value := w.token(name); value != "" {
			b.WriteString(value)
		} else {
			b.WriteString(tokenPrefix + name + "}")
		}
		s = after
	}
}

// token returns what ${bedlock:NAME} stands for, "" when that is not settled.
func (w *world) token(name string) string {
	switch name {
	case "account":
		return w.account
	case "region":
		return w.region
	case "partition":
		return w.partition
	}
	target, ok := strings.CutPrefix(name, tokenRef)
	i := strings.LastIndexByte(target, '#')
	if !ok || i < 0 {
		return ""
	}
	return w.attribute(target[:i], strings.ToLower(target[i+1:]))
}

// attribute returns an attribute of a thing of the inventory, by the names that
// CloudFormation and the Terraform providers have for it.
func (w *world) attribute(id, name string) string {
	if k := w.e.inv.Key(id); k != nil {
		text := w.keyARN(k)
		switch name {
		case "arn":
			return text
		case "ref", "id", "keyid", "key_id":
			_, id, _ := strings.Cut(text, ":key/")
			return id
		}
		return ""
	}
	if p := w.e.inv.Principal(id); p != nil {
		switch name {
		case "arn":
			return w.principalARN(p)
		case "ref", "id", "name", "rolename", "role_name", "username", "user_name":
			return w.principalName(p)
		case "roleid", "unique_id", "role_id":
			return known(p.UniqueID)
		}
		return ""
	}
	if r := w.e.inv.Resource(id); r != nil {
		if strings.HasSuffix(name, "arn") {
			return w.resourceARN(r)
		}
		return ""
	}
	if a := w.e.aliases[id]; a != nil && (name == "ref" || name == "id" || name == "name") {
		return known(a.Name)
	}
	return ""
}

func (w *world) accountOf(v inventory.Value[string]) string { return firstText(known(v), w.account) }

func (w *world) regionOf(v inventory.Value[string]) string { return firstText(known(v), w.region) }

// keyARN is the key's ARN; the id of a key that does not exist yet is made up.
func (w *world) keyARN(k *inventory.Key) string {
	if text := w.text(k.ARN.Or("")); text != "" && !arn.IsToken(text) {
		return text
	}
	if parsed, ok := arn.ParseKey(k.ID); ok && parsed.Form == arn.KeyARN && !arn.IsToken(k.ID) {
		return k.ID
	}
	id := madeUp(k.ID)
	id = id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:32]
	if k.MultiRegion.Or(false) {
		id = "mrk-" + madeUp(k.ID)[:32]
	}
	return arn.ARN{Partition: w.partition, Service: "kms", Region: w.regionOf(k.Region), Account: w.accountOf(k.Account), Resource: "key/" + id}.String()
}

// principalName is the identity's name. A name that is made up at deployment is one
// that no policy can mean.
func (w *world) principalName(p *inventory.Principal) string {
	if name := w.text(p.Name.Or("")); name != "" && !arn.IsToken(name) {
		return name
	}
	return "deployed-" + madeUp(p.ID)[:12]
}

func (w *world) principalARN(p *inventory.Principal) string {
	if text := w.text(p.ARN.Or("")); text != "" && !arn.IsToken(text) {
		return text
	}
	path := w.text(p.Path.Or("/"))
	if arn.IsToken(path) || !strings.HasPrefix(path, "/") || !strings.HasSuffix(path, "/") {
		path = "/"
	}
	return arn.ARN{Partition: w.partition, Service: "iam", Account: w.accountOf(p.Account), Resource: string(p.Kind) + path + w.principalName(p)}.String()
}

// isMadeUp says whether a name or an ARN has something in it that exists only after deployment.
func isMadeUp(full string) bool {
	return strings.Contains(full, "/deployed-") || strings.Contains(full, unnamedAccount)
}

// namesMadeUp are the users and roles whose names or accounts are made up: none, where all are
// there already.
func (w *world) namesMadeUp() (out []*inventory.Principal) {
	of := w.e.census()
	for _, p := range slices.Concat(of.madeUp, of.open) {
		if isMadeUp(w.principalARN(p)) || strings.HasPrefix(w.principalName(p), "deployed-") {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *inventory.Principal) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// resourceARN is the resource's ARN by the form that the catalogue gives, "" when it
// gives none.
func (w *world) resourceARN(r *inventory.Resource) string {
	if strings.HasPrefix(r.ID, "arn:") {
		return r.ID
	}
	entry := w.e.catalog.Type(r.Type)
	if entry == nil || entry.ARN == "" {
		return ""
	}
	return w.fill(entry.ARN, r)
}

// fill fills a template of the catalogue for a resource; "" when it has a
// placeholder that the inventory does not settle.
func (w *world) fill(template string, r *inventory.Resource) string {
	made := madeUp(r.ID)
	name := firstText(w.text(known(r.Name)), "deployed-"+made[:12])
	if arn.IsToken(name) {
		name = "deployed-" + made[:12]
	}
	text := strings.NewReplacer(
		"{partition}", w.partition, "{region}", w.regionOf(r.Region), "{account}", w.accountOf(r.Account),
		"{name}", name, "{id}", strings.ToUpper(made[:10]),
	).Replace(template)
	if strings.Contains(text, "{arn}") {
		own := w.resourceARN(r)
		if own == "" {
			return ""
		}
		text = strings.ReplaceAll(text, "{arn}", own)
	}
	if strings.ContainsAny(text, "{}") {
		return ""
	}
	return text
}

// pattern is what a template may be for resources of the account, with * where they
// differ; "" when that is not known.
func (w *world) pattern(template string, r *inventory.Resource) string {
	if template == string(catalog.Unconfirmed) {
		return ""
	}
	if entry := w.e.catalog.Type(r.Type); entry != nil {
		template = strings.ReplaceAll(template, "{arn}", entry.ARN)
	}
	name := w.text(known(r.Name))
	if name == "" || arn.IsToken(name) {
		name = "*"
	}
	text := strings.NewReplacer(
		"{partition}", w.partition, "{region}", w.regionOf(r.Region), "{account}", w.accountOf(r.Account), "{name}", name, "{id}", "*",
	).Replace(template)
	if strings.ContainsAny(text, "{}") {
		return ""
	}
	return text
}

// madeUp stands for an id that exists only after deployment: the same for the same
// thing, and of nothing else.
func madeUp(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}
