package planfile

import (
	"strconv"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// stateVersion is the only version of raw state files that is read; Terraform has
// written it since 0.12.
const stateVersion = "4"

// State reads a state: as "terraform show -json" prints it, or raw. Errors are of
// type [*syntax.Error].
func State(file string, n *syntax.Node) (graph.Module, error) {
	m := graph.Module{Input: bedlock.Input{Path: file, Kind: "terraform-state", Status: bedlock.InputAudited}}
	p := newPlan(file, &m)
	var err error
	switch {
	case isShown(n):
		err = p.tree(n.Get("values").Get("root_module"), false, false)
	case isRaw(n):
		err = p.rawState(n)
	default:
		err = &syntax.Error{At: n.At(file), Message: "the file is no Terraform state", Hint: "write it with terraform show -json", NotInput: true}
	}
	if err != nil {
		return m, err
	}
	m.Resources = p.resources()
	return m, nil
}

func (p *plan) rawState(n *syntax.Node) error {
	if v := n.Get("version"); v.Text != stateVersion {
		return p.malformed(v, "the state has format version "+clip(v.Text)+"; only version "+stateVersion+" is read",
			"write it again with terraform state pull of Terraform 0.12 or newer, or give the output of terraform show -json")
	}
	resources := items(n.Get("resources"))
	for i := range resources {
		if err := p.rawResource(&resources[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) rawResource(r *syntax.Node) error {
	kind, name := text(r.Get("type")), text(r.Get("name"))
	if kind == "" || name == "" {
		return p.malformed(r, "the resource has no type or no name", "write the state again with terraform state pull")
	}
	e := entry{kind: kind, resource: kind + "." + name}
	if text(r.Get("mode")) == "data" {
		e.kind, e.resource = "data."+e.kind, "data."+e.resource
	}
	module := text(r.Get("module"))
	if e.place = p.at(module); e.place == nil {
		return p.malformed(r.Get("module"), "the resource's module address is malformed: "+clip(module), "write the state again with terraform state pull")
	}
	path := e.resource
	if module != "" {
		path = module + "." + e.resource
	}
	instances := items(r.Get("instances"))
	for i := range instances {
		one := &instances[i]
		if text(one.Get("deposed")) != "" {
			continue // the old object of a replacement that failed
		}
		e.node, e.after = one, one.Get("attributes")
		e.key = instanceKey(one.Get("index_key"))
		e.address = path + e.key
		e.sensitive = sensitiveMarks(one.Get("sensitive_attributes"))
		if flat := one.Get("attributes_flat"); e.after == nil && flat != nil {
			note(p.module, flat.At(p.file), "%s was written by Terraform 0.11 or older and is not audited: apply or refresh it once", clip(e.address))
			continue
		}
		p.add(e, true)
	}
	return nil
}

// sensitiveMarks turns a state's list of paths into marks as plans have them. Lists
// become Maps by index, so that a large index costs nothing.
func sensitiveMarks(list *syntax.Node) *syntax.Node {
	paths := items(list)
	if len(paths) == 0 {
		return nil
	}
	root := &marks{}
	for i := range paths {
		at := root
		steps := items(&paths[i])
		for j := range min(len(steps), mostSteps) {
			value := steps[j].Get("value")
			if inner := value.Get("value"); inner != nil {
				value = inner
			}
			if value == nil || value.Kind != syntax.String && value.Kind != syntax.Number {
				break // what cannot be told apart is marked as a whole
			}
			at = at.child(value.Text)
		}
		at.all = true
		at.line, at.column = paths[i].Line, paths[i].Column
	}
	n := root.node()
	return &n
}

type marks struct {
	all          bool
	line, column int32
	names        []string
	children     map[string]*marks
}

func (m *marks) child(name string) *marks {
	if m.children == nil {
		m.children = map[string]*marks{}
	}
	c := m.children[name]
	if c == nil {
		c = &marks{}
		m.children[name] = c
		m.names = append(m.names, name)
	}
	return c
}

func (m *marks) node() syntax.Node {
	if m.all {
		return syntax.Node{Kind: syntax.Bool, Text: strconv.FormatBool(true), Line: m.line, Column: m.column}
	}
	n := syntax.Node{Kind: syntax.Map}
	for _, name := range m.names {
		n.Items = append(n.Items, syntax.Node{Kind: syntax.String, Text: name}, m.children[name].node())
	}
	return n
}
