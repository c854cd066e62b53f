package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// fileFunction evaluates the functions that read files. Only files below the folders
// with code are read.
func (s *scope) fileFunction(name string, args []graph.Value, at bedlock.Position) graph.Value {
	return distributeAll(args, func(args []graph.Value) graph.Value {
		if len(args) == 0 {
			return failure(name+" needs arguments", at)
		}
		for _, a := range args[:1] {
			if isFailure(a) {
				return a
			}
			if name != "templatestring" && !settled(a) {
				return graph.Unresolved(reasonOf(a), at)
			}
		}
		switch name {
		case "file", "templatefile":
			text, bad := s.m.ev.readText(s, args[0].Text, at)
			if bad != nil {
				return *bad
			}
			if name == "file" {
				return graph.Str(text, at)
			}
			return s.render(args[0].Text, text, args[1:], at)
		case "templatestring":
			if settled(args[0]) {
				return s.render("the template", args[0].Text, args[1:], at)
			}
		}
		return graph.Unresolved("the function "+name+" is not evaluated", at)
	})
}

// render evaluates a template file with the variables it is given.
func (s *scope) render(name, text string, args []graph.Value, at bedlock.Position) graph.Value {
	if bad := tooDeep(name, []byte(text)); bad != nil {
		return graph.Unresolved(bad.Error(), at)
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
	if diags.HasErrors() {
		return failure("the template "+name+" is broken: "+strings.ToLower(diags[0].Summary), at)
	}
	inner := &scope{m: s.m, closed: true, names: map[string]graph.Value{}}
	if len(args) > 0 {
		if args[0].Kind != graph.Map {
			return graph.Unresolved("the variables of the template are not known", at)
		}
		for _, m := range args[0].Members {
			inner.names[m.Name] = m.Value
		}
	}
	return moved(inner.eval(expr), at)
}
