package terraform

import (
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// Folder evaluates the folder dir as a root module, with the modules on disk that it
// calls. Files that cannot be parsed are reported in the module's Consumed, and the
// rest is evaluated without them. The module's Input fails only when no file could
// be read.
func Folder(dir string, opts Options) graph.Module { return evaluate(osDisk{}, path.Clean(dir), opts) }

func evaluate(d disk, dir string, opts Options) graph.Module {
	ev := &evaluator{
		disk: d, root: dir, files: map[string]*file{}, folders: map[string]*folder{}, installed: map[string]string{},
		objects: map[string]*instance{}, noted: map[string]bool{}, account: map[string]bool{},
	}
	if real, err := d.real(dir); err == nil {
		ev.rootReal = real
	}
	ev.readInstalled()
	root := ev.newModule(ev.load(dir), "")
	ev.variables(root, opts)
	out := graph.Module{Input: bedlock.Input{Path: dir, Kind: kindCode, Status: bedlock.InputAudited}}
	out.Resources = ev.resources(root)
	out.Consumed = ev.consumed
	ev.status(&out.Input, root.src)
	out.Input.Notes = ev.notes
	sort.SliceStable(out.Consumed, func(i, j int) bool { return out.Consumed[i].Path < out.Consumed[j].Path })
	return out
}

// status says what became of the folder as a whole.
func (ev *evaluator) status(in *bedlock.Input, src *folder) {
	broken := 0
	var first *file
	for _, f := range src.files {
		if f.err != nil {
			broken++
			if first == nil {
				first = f
			}
		}
	}
	switch {
	case len(src.files) == 0:
		in.Status, in.Reason = bedlock.InputSkipped, "no Terraform code in the folder"
	case broken == len(src.files):
		in.Status, in.Reason, in.Hint, in.At = bedlock.InputFailed, first.err.Message, first.err.Hint, first.err.At
	case broken > 0:
		ev.note("a file could not be read: values that depend on what it declares are unknown", first.err.At)
	}
}

// resources lists the instances of a module and of those it calls.
func (ev *evaluator) resources(m *module) (out []graph.Resource) {
	for _, d := range m.order {
		d.expand()
		for _, i := range d.instances {
			if d.block.Type == "module" {
				if child := i.module(); child != nil {
					out = append(out, ev.resources(child)...)
				}
				continue
			}
			p := i.place()
			out = append(out, graph.Resource{
				ID: i.id, Dialect: graph.Terraform, Type: d.typ(), Address: i.address, Attributes: ev.finish(i.tree()),
				Account: p.account, Region: p.region, Partition: p.partition, When: i.when, At: i.at(),
			})
		}
	}
	return out
}

// variables sets the root module's variables: defaults, then terraform.tfvars, then
// *.auto.tfvars by name, then the files and values of the options.
// Source: https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence
func (ev *evaluator) variables(root *module, opts Options) {
	names, _ := ev.disk.list(root.src.dir) // an error was noted when the code was loaded
	var files []string
	for _, n := range []string{"terraform.tfvars", "terraform.tfvars.json"} {
		if slices.Contains(names, n) {
			files = append(files, path.Join(root.src.dir, n))
		}
	}
	for _, n := range names {
		if strings.HasSuffix(n, ".auto.tfvars") || strings.HasSuffix(n, ".auto.tfvars.json") {
			files = append(files, path.Join(root.src.dir, n))
		}
	}
	for _, name := range append(files, opts.VarFiles...) {
		f := readCode(ev.disk, name)
		ev.accept(f)
		for key, a := range f.body.Attributes {
			if root.src.variables[key] != nil {
				root.give(key, func() graph.Value { return root.scope().eval(a.Expr) })
			}
		}
	}
	for key, text := range opts.Variables {
		if b := root.src.variables[key]; b != nil {
			root.give(key, func() graph.Value { return ev.given(root, b, text) })
		}
	}
}

// given reads a value as the command line does: text where the variable is a text
// or has no type, else an expression.
func (ev *evaluator) given(m *module, b *hclsyntax.Block, text string) graph.Value {
	at := ev.at(b.TypeRange)
	t := b.Body.Attributes["type"]
	if t == nil || isKeyword(t.Expr, "string") || isKeyword(t.Expr, "any") || isKeyword(t.Expr, "bool") || isKeyword(t.Expr, "number") {
		return graph.Str(text, at)
	}
	if tooDeep("", []byte(text)) != nil {
		return graph.Unresolved("the value given for variable "+b.Labels[0]+" is nested too deeply", at)
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		ev.note("the value given for variable "+b.Labels[0]+" is no expression: "+diags[0].Summary, at)
		return graph.Unresolved("the value given for variable "+b.Labels[0]+" is no expression", at)
	}
	return moved((&scope{m: m, closed: true}).eval(expr), at)
}

// finish makes a value fit to leave this package: whole objects and failures become
// unknown, branches that Terraform would refuse are dropped.
func (ev *evaluator) finish(v graph.Value) graph.Value {
	if !ev.step() {
		return graph.Unresolved("evaluation took too long", v.At)
	}
	switch v.Kind {
	case graph.Ref:
		if isObject(v) {
			return graph.Unresolved("all attributes of "+addressOf(v.Target), v.At)
		}
	case graph.Unknown:
		v.Target = ""
	case graph.Concat:
		items := make([]graph.Value, len(v.Items))
		for i, item := range v.Items {
			items[i] = ev.finish(item)
		}
		v.Items = items
	case graph.List:
		items := make([]graph.Value, 0, len(v.Items))
		for _, item := range v.Items {
			if item.Kind != graph.Absent {
				items = append(items, ev.finish(item))
			}
		}
		v.Items = items
	case graph.Map:
		members := make([]graph.Member, 0, len(v.Members))
		for _, m := range v.Members {
			if m.Value.Kind != graph.Absent {
				m.Value = ev.finish(m.Value)
				members = append(members, m)
			}
		}
		v.Members = members
	case graph.Choice:
		return ev.finishChoice(v)
	}
	return v
}

func (ev *evaluator) finishChoice(v graph.Value) graph.Value {
	var branches []graph.Branch
	for _, b := range appendBranches(nil, "", v) {
		if !isFailure(b.Value) {
			branches = append(branches, graph.Branch{When: b.When, Value: ev.finish(b.Value)})
		}
	}
	if len(branches) == 0 {
		return graph.Unresolved(v.Choices[0].Value.Text, v.At)
	}
	if len(branches) > maxBranches {
		return graph.Unresolved("depends on too many conditions", v.At)
	}
	return choice(branches, v.At)
}
