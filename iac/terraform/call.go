package terraform

import (
	"encoding/json"
	"path"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

func sortNames(names []named) {
	sort.SliceStable(names, func(i, j int) bool {
		a, b := names[i], names[j]
		if a.byte != b.byte {
			return a.byte < b.byte
		}
		if a.at.Line != b.at.Line {
			return a.at.Line < b.at.Line
		}
		if a.at.Column != b.at.Column {
			return a.at.Column < b.at.Column
		}
		return a.name < b.name
	})
}

func keyword(e hclsyntax.Expression) string { return hcl.ExprAsKeyword(e) }

func isKeyword(e hclsyntax.Expression, word string) bool {
	if keyword(e) == word {
		return true
	}
	l, ok := e.(*hclsyntax.LiteralValueExpr) // JSON: "bool"
	if t, isTemplate := e.(*hclsyntax.TemplateExpr); isTemplate && len(t.Parts) == 1 {
		l, ok = t.Parts[0].(*hclsyntax.LiteralValueExpr)
	}
	return ok && literal(l.Val, noPosition).Text == word
}

// outputOf is an output of the module that the instance makes.
func (i *instance) outputOf(name string, at bedlock.Position) graph.Value {
	m := i.module()
	if m == nil {
		return graph.Unresolved("output "+name+" of "+i.address+": "+i.absent, at)
	}
	return m.output(name, at)
}

// module returns the module instance, nil when its code is not on disk.
func (i *instance) module() *module {
	if i.child != nil || i.absent != "" {
		return i.child
	}
	ev, parent := i.m.ev, i.m
	dir, key, why := i.source()
	if why == "" && parent.depth >= maxModules {
		why = "modules are nested too deeply"
	}
	if why == "" && ev.total >= maxTotal {
		why = "there are too many instances"
	}
	if why != "" {
		i.absent = why
		ev.note(i.address+" was not read: "+why, i.at())
		return nil
	}
	child := ev.newModule(ev.load(dir), i.address)
	child.depth, child.when, child.caller, child.key = parent.depth+1, i.when, parent, key
	child.providers = i.handed()
	for name, a := range i.block.Body.Attributes {
		if !i.isMeta(name) {
			child.give(name, func() graph.Value { return i.scope.eval(a.Expr) })
		}
	}
	i.child = child
	return child
}

// source finds the folder of a module: beside the caller, or where terraform init
// has put it.
func (i *instance) source() (dir, key, why string) {
	ev, parent := i.m.ev, i.m
	key = i.block.Labels[0]
	if parent.key != "" {
		key = parent.key + "." + key
	}
	a := i.block.Body.Attributes["source"]
	if a == nil {
		return "", key, "it has no source"
	}
	v := i.scope.eval(a.Expr)
	if !settled(v) || v.Text == "" {
		return "", key, "its source is not known"
	}
	source := v.Text
	if strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == ".." {
		dir = path.Join(parent.src.dir, source)
	} else if installed := ev.installed[key]; installed != "" {
		dir = installed
	} else {
		return "", key, "its source " + source + " is not on disk (run terraform init, or audit a plan)"
	}
	for m := parent; m != nil; m = m.caller {
		if m.src.dir == dir {
			return "", key, "its source " + source + " is one of the modules that call it"
		}
	}
	real, err := ev.disk.real(dir)
	if err != nil {
		return "", key, "its source " + source + " is not there"
	}
	if base, err := ev.disk.real(parent.src.dir); err == nil && real != path.Join(base, source) && installedElsewhere(real, ev.rootReal) {
		return "", key, "its source " + source + " is a link that leads outside the folder"
	}
	if names, err := ev.disk.list(dir); err != nil || !anyCode(names) {
		return "", key, "its source " + source + " holds no code"
	}
	return dir, key, ""
}

func installedElsewhere(real, root string) bool { return !strings.HasPrefix(real+"/", root+"/") }

func anyCode(names []string) bool {
	for _, n := range names {
		if isCode(n) {
			return true
		}
	}
	return false
}

// handed reads the providers argument: the child's names of the caller's providers.
func (i *instance) handed() map[string]string {
	a := i.block.Body.Attributes["providers"]
	if a == nil {
		return nil
	}
	out := map[string]string{}
	if o, ok := a.Expr.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range o.Items {
			out[providerName(item.KeyExpr)] = providerName(item.ValueExpr)
		}
	}
	return out
}

// providerName reads a reference to a provider configuration: aws or aws.west.
func providerName(e hclsyntax.Expression) string {
	if k, ok := e.(*hclsyntax.ObjectConsKeyExpr); ok {
		e = k.Wrapped
	}
	if t, diags := hcl.AbsTraversalForExpr(e); !diags.HasErrors() {
		name := t.RootName()
		if len(t) > 1 {
			if a, ok := t[1].(hcl.TraverseAttr); ok {
				name += "." + a.Name
			}
		}
		return name
	}
	if l, ok := e.(*hclsyntax.LiteralValueExpr); ok { // JSON, or quoted as in old code
		return literal(l.Val, noPosition).Text
	}
	if t, ok := e.(*hclsyntax.TemplateExpr); ok && len(t.Parts) == 1 {
		if l, ok := t.Parts[0].(*hclsyntax.LiteralValueExpr); ok {
			return literal(l.Val, noPosition).Text
		}
	}
	return ""
}

// readInstalled reads the list of modules that terraform init has downloaded.
func (ev *evaluator) readInstalled() {
	raw, err := ev.disk.read(path.Join(ev.root, ".terraform/modules/modules.json"))
	if err != nil {
		return
	}
	var list struct {
		Modules []struct{ Key, Source, Dir string }
	}
	if json.Unmarshal(raw, &list) != nil {
		ev.note("the list of installed modules in .terraform cannot be read", noPosition)
		return
	}
	for _, m := range list.Modules {
		if dir := path.Clean(m.Dir); m.Key != "" && !path.IsAbs(dir) && !strings.HasPrefix(dir, "..") {
			ev.installed[m.Key] = path.Join(ev.root, dir)
		}
	}
}

// place is where a provider configuration deploys to.
type place struct{ account, region, partition string }

// place finds the provider of a block and where that deploys to.
func (i *instance) place() place {
	name := strings.SplitN(i.block.Labels[0], "_", 2)[0]
	if a := i.block.Body.Attributes["provider"]; a != nil {
		if n := providerName(a.Expr); n != "" {
			name = n
		}
	}
	p := *i.m.provider(name, 0)
	if v, set := i.configured("region"); set && settled(v) && v.Text != "" { // since version 6 of the AWS provider
		p = placeOf(v.Text, p.account)
	}
	return p
}

func (m *module) provider(name string, depth int) *place {
	if p := m.places[name]; p != nil {
		return p
	}
	p := &place{}
	m.places[name] = p
	for _, b := range m.src.providers {
		if b.Labels[0]+m.alias(b) == name {
			*p = m.readProvider(b)
			return p
		}
	}
	if m.caller != nil && depth < maxModules {
		outer := name
		if handed := m.providers[name]; handed != "" {
			outer = handed
		}
		*p = *m.caller.provider(outer, depth+1)
	}
	return p
}

func (m *module) alias(b *hclsyntax.Block) string {
	if a := b.Body.Attributes["alias"]; a != nil {
		return "." + m.scope().eval(a.Expr).Text
	}
	return ""
}

func (m *module) readProvider(b *hclsyntax.Block) place {
	s := m.scope()
	text := func(body *hclsyntax.Body, name string) string {
		if a := body.Attributes[name]; a != nil {
			if v := s.eval(a.Expr); settled(v) {
				return v.Text
			}
		}
		return ""
	}
	account := ""
	if a := b.Body.Attributes["allowed_account_ids"]; a != nil {
		if v := s.eval(a.Expr); v.Kind == graph.List && len(v.Items) == 1 && settled(v.Items[0]) {
			account = v.Items[0].Text
		}
	}
	for _, inner := range b.Body.Blocks {
		if inner.Type == "assume_role" {
			account = accountOf(text(inner.Body, "role_arn"), account)
		}
	}
	if a := b.Body.Attributes["assume_role"]; a != nil { // JSON
		v := s.eval(a.Expr)
		if v.Kind == graph.List && len(v.Items) > 0 {
			v = v.Items[0]
		}
		account = accountOf(v.Get("role_arn").Text, account)
	}
	return placeOf(text(b.Body, "region"), account)
}
