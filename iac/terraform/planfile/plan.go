package planfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// Plan reads a plan. Resources that will only be destroyed or forgotten are left
// out. When the file holds several plans, the addresses have the keys that lead to
// each before them. Errors are of type [*syntax.Error].
func Plan(file string, n *syntax.Node) (graph.Module, error) {
	m := graph.Module{Input: bedlock.Input{Path: file, Kind: "terraform-plan", Status: bedlock.InputAudited}}
	found := plans(n)
	if len(found) == 0 {
		return m, &syntax.Error{At: n.At(file), Message: "the file is no Terraform plan", Hint: "write it with terraform show -json PLANFILE", NotInput: true}
	}
	if len(found) > 1 {
		note(&m, n.At(file), "the file holds %d plans: each is read by itself", len(found))
	}
	for _, w := range found {
		p := newPlan(file, &m)
		if len(found) > 1 {
			p.prefix = w.path + "/"
		}
		if err := p.read(w.node); err != nil {
			return m, err
		}
		m.Resources = append(m.Resources, p.resources()...)
	}
	return m, nil
}

func note(m *graph.Module, at bedlock.Position, format string, args ...any) {
	m.Input.Notes = append(m.Input.Notes, bedlock.Note{Text: fmt.Sprintf(format, args...), At: at})
}

// entry is one resource instance before its values are evaluated.
type entry struct {
	node                      *syntax.Node
	id, address               string
	kind                      string // type, with "data." for data sources
	resource, key             string // as splitAddress gives them
	place                     *place
	after, unknown, sensitive *syntax.Node
	implied                   bool
}

// instance names a resource instance; with no key, the resource.
type instance struct {
	place         *place
	resource, key string
}

// plan is one plan (or state) while it is read.
type plan struct {
	lookup
	file, prefix string
	module       *graph.Module
	entries      []entry
	byAddress    map[string]int // -1 for those left out
	instances    map[instance]int
	groups       map[instance][]int // of many instances only the first
	root         *place
	places       map[string]*place
	variables    map[string]*syntax.Node
	providers    *syntax.Node
	sites        map[string]site
	origins      map[traced]*origin
	parsed       map[*syntax.Node][]reference
}

func newPlan(file string, m *graph.Module) *plan {
	root := &place{}
	return &plan{
		file: file, module: m, root: root,
		byAddress: map[string]int{}, instances: map[instance]int{}, groups: map[instance][]int{},
		places: map[string]*place{"": root}, variables: map[string]*syntax.Node{},
		sites: map[string]site{}, origins: map[traced]*origin{}, parsed: map[*syntax.Node][]reference{},
	}
}

func (p *plan) read(n *syntax.Node) error {
	if c := n.Get("configuration"); c != nil {
		p.root.config = readConfig(c.Get("root_module"))
		p.providers = c.Get("provider_config")
	} else {
		note(p.module, n.At(p.file), "the plan has no configuration: what is known only after apply cannot be followed")
	}
	for _, v := range members(n.Get("variables")) {
		if value := v.value.Get("value"); value != nil {
			p.variables[v.key.Text] = value
		}
	}
	p.stateNotes(n)
	changes := items(n.Get("resource_changes"))
	p.entries = make([]entry, 0, len(changes))
	for i := range changes {
		if err := p.change(&changes[i]); err != nil {
			return err
		}
	}
	if err := p.tree(n.Get("planned_values").Get("root_module"), true, false); err != nil {
		return err
	}
	return p.tree(n.Get("prior_state").Get("values").Get("root_module"), false, true)
}

func (p *plan) stateNotes(n *syntax.Node) {
	if e := n.Get("errored"); isTrue(e) {
		note(p.module, e.At(p.file), "the plan ended with an error: resources may be missing")
	} else if c := n.Get("complete"); isKind(c, syntax.Bool) && c.Text == "false" {
		note(p.module, c.At(p.file), "the plan is not complete: another plan and apply will follow")
	}
	if d := n.Get("deferred_changes"); len(items(d)) > 0 {
		note(p.module, d.At(p.file), "%d deferred changes are not audited", len(d.Items))
	}
}

// change takes one entry of resource_changes.
func (p *plan) change(n *syntax.Node) error {
	if text(n.Get("deposed")) != "" {
		return nil // the old object of a replacement that failed
	}
	e, err := p.entryOf(n)
	if err != nil {
		return err
	}
	change := n.Get("change")
	if !isKind(change, syntax.Map) {
		return p.malformed(n, "the resource change has no change", "write the plan again with terraform show -json")
	}
	e.after, e.unknown, e.sensitive = change.Get("after"), change.Get("after_unknown"), change.Get("after_sensitive")
	if endsThere(change.Get("actions"), e.after) {
		if _, there := p.byAddress[e.address]; !there {
			p.byAddress[e.address] = -1
		}
		return nil
	}
	p.add(e, true)
	return nil
}

// endsThere reports whether the resource is gone after apply, or no longer managed.
func endsThere(actions, after *syntax.Node) bool {
	list := items(actions)
	for i := range list {
		if a := text(&list[i]); a != "delete" && a != "forget" {
			return false
		}
	}
	return len(list) > 0 || after == nil || after.Kind == syntax.Null
}

// entryOf reads what identifies a resource. Hand-made files lack some of it.
func (p *plan) entryOf(n *syntax.Node) (entry, error) {
	e := entry{node: n, address: text(n.Get("address")), kind: text(n.Get("type"))}
	data := text(n.Get("mode")) == "data"
	if e.address == "" && e.kind != "" && text(n.Get("name")) != "" {
		e.address = e.kind + "." + text(n.Get("name")) + instanceKey(n.Get("index"))
		if data {
			e.address = "data." + e.address
		}
	}
	if e.address == "" {
		return e, p.malformed(n, "the resource has no address", "write the file again with terraform show -json")
	}
	module, resource, key, ok := splitAddress(e.address)
	if !ok {
		return e, p.malformed(n.Get("address"), "the resource's address is malformed: "+clip(e.address), "write the file again with terraform show -json")
	}
	e.resource, e.key = resource, key
	if e.place = p.at(module); e.place == nil {
		return e, p.malformed(n.Get("address"), "the resource's address is malformed: "+clip(e.address), "write the file again with terraform show -json")
	}
	name, isData := strings.CutPrefix(resource, "data.")
	if e.kind == "" {
		e.kind, _, _ = strings.Cut(name, ".")
	}
	if data || isData {
		e.kind = "data." + e.kind
	}
	return e, nil
}

func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func (p *plan) malformed(n *syntax.Node, message, hint string) *syntax.Error {
	return &syntax.Error{At: n.At(p.file), Message: message, Hint: hint}
}

// add takes an entry unless its address was there before. Twice in one list is a
// mistake of the file that is told; in two lists it is one resource.
func (p *plan) add(e entry, tell bool) {
	if _, twice := p.byAddress[e.address]; twice {
		if tell {
			note(p.module, e.node.At(p.file), "%s is there twice: only the first is audited", clip(e.address))
		}
		return
	}
	i := len(p.entries)
	p.byAddress[e.address] = i
	e.address = p.prefix + e.address
	e.id = p.file + "#" + e.address
	p.entries = append(p.entries, e)
	if one := (instance{e.place, e.resource, e.key}); !has(p.instances, one) {
		p.instances[one] = i
	}
	all := instance{place: e.place, resource: e.resource}
	if g := p.groups[all]; len(g) < mostTargets {
		p.groups[all] = append(g, i)
	}
}

func has[K comparable, V any](m map[K]V, k K) bool { _, ok := m[k]; return ok }

// tree takes the resources of planned or prior values and their child modules.
// planned values leave out what is unknown instead of marking it.
func (p *plan) tree(n *syntax.Node, planned, dataOnly bool) error {
	resources := items(n.Get("resources"))
	if len(p.entries) == 0 {
		p.entries = slices.Grow(p.entries, len(resources))
	}
	for i := range resources {
		r := &resources[i]
		if dataOnly && text(r.Get("mode")) != "data" || text(r.Get("deposed_key")) != "" {
			continue
		}
		e, err := p.entryOf(r)
		if err != nil {
			return err
		}
		e.after, e.sensitive, e.implied = r.Get("values"), r.Get("sensitive_values"), planned
		p.add(e, false)
	}
	children := items(n.Get("child_modules"))
	for i := range children {
		if err := p.tree(&children[i], planned, dataOnly); err != nil {
			return err
		}
	}
	return nil
}

// resources evaluates the attributes of all entries.
func (p *plan) resources() []graph.Resource {
	out := make([]graph.Resource, len(p.entries))
	for i := range p.entries {
		e := &p.entries[i]
		out[i] = graph.Resource{
			ID: e.id, Dialect: graph.Terraform, Type: e.kind, Address: e.address,
			Attributes: p.attributes(e), At: e.node.At(p.file),
		}
		p.locate(e, &out[i])
	}
	return out
}

func (p *plan) attributes(e *entry) graph.Value {
	m := marked{after: e.after, unknown: e.unknown, sensitive: e.sensitive, implied: e.implied}
	if conf := e.configuration(); conf != nil {
		m.code = code{kind: codeBlock, node: conf.Get("expressions")}
		m.scope = &scope{place: e.place, key: e.key, forEach: conf.Get("for_each_expression")}
		if m.code.node == nil { // Terraform leaves out an empty one
			m.code.node = &syntax.Node{Kind: syntax.Map, Line: conf.Line, Column: conf.Column}
		}
	}
	if isTrue(m.unknown) {
		m.unknown, m.implied = nil, true
	}
	if !isKind(m.after, syntax.Map) {
		m.after = &syntax.Node{Kind: syntax.Map, Line: e.node.Line, Column: e.node.Column}
	}
	return p.object(m)
}

// configuration is the resource's block in the configuration, nil when the plan
// does not have it.
func (e *entry) configuration() *syntax.Node {
	if e.place.config == nil {
		return nil
	}
	return e.place.config.resources[e.resource]
}
