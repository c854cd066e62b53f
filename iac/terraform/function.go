package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// plainFunction finds those that compute with texts and numbers; they need all of their arguments.
// Source of the list: https://developer.hashicorp.com/terraform/language/functions
func plainFunction(name string) (f function.Function, ok bool) {
	f, ok = map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc,
		"max": stdlib.MaxFunc, "min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc,
		"chomp": stdlib.ChompFunc, "indent": stdlib.IndentFunc, "lower": stdlib.LowerFunc, "upper": stdlib.UpperFunc, "title": stdlib.TitleFunc,
		"regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc, "strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc,
		"trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimsuffix": stdlib.TrimSuffixFunc, "trimspace": stdlib.TrimSpaceFunc,
		"csvdecode": stdlib.CSVDecodeFunc, "formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc,
		"range": stdlib.RangeFunc, "sort": stdlib.SortFunc,
	}[name]
	return f, ok
}

// movingFunction finds those that arrange values without looking into texts.
func movingFunction(name string) (f function.Function, ok bool) {
	f, ok = map[string]function.Function{
		"format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "chunklist": stdlib.ChunklistFunc,
		"setproduct": stdlib.SetProductFunc, "setsubtract": stdlib.SetSubtractFunc, "setintersection": stdlib.SetIntersectionFunc,
		"reverse": stdlib.ReverseListFunc, "slice": stdlib.SliceFunc,
	}[name]
	return f, ok
}

// call evaluates a function call.
func (s *scope) call(e *hclsyntax.FunctionCallExpr, at bedlock.Position) graph.Value {
	name := strings.TrimPrefix(e.Name, "core::")
	switch name {
	case "try", "can":
		return s.attempt(name, e.Args, at)
	case "templatefile", "templatestring", "file", "fileexists", "fileset", "filebase64", "filemd5", "filesha256", "filebase64sha256":
		return s.fileFunction(name, s.args(e, at), at)
	}
	args := s.args(e, at)
	if strings.HasPrefix(name, "jsonencode") || name == "yamlencode" { // keeps choices where they are
		return s.m.ev.native(name, args, at)
	}
	for i := range args {
		if deep[name] {
			args[i] = hoist(args[i])
		}
	}
	return distributeAll(args, func(args []graph.Value) graph.Value { return s.m.ev.native(name, args, at) })
}

// deep are functions whose result depends on what the elements of a list are.
var deep = map[string]bool{
	"compact": true, "join": true, "distinct": true, "contains": true, "toset": true, "setunion": true, "coalescelist": true,
	"sum": true, "anytrue": true, "alltrue": true, "index": true, "sort": true,
}

// args evaluates the arguments; a last one with "..." is spread.
func (s *scope) args(e *hclsyntax.FunctionCallExpr, at bedlock.Position) []graph.Value {
	args := make([]graph.Value, 0, len(e.Args))
	for i, a := range e.Args {
		v := s.eval(a)
		if e.ExpandFinal && i == len(e.Args)-1 {
			if v = hoist(v); v.Kind == graph.List {
				return append(args, v.Items...)
			}
			return append(args, graph.Unresolved("the arguments are not known: "+reasonOf(v), at))
		}
		args = append(args, v)
	}
	return args
}

// attempt is try and can. A branch that Terraform would refuse leads on to the next
// argument, under the condition of that branch.
func (s *scope) attempt(name string, args []hclsyntax.Expression, at bedlock.Position) graph.Value {
	if len(args) == 0 {
		return failure(name+" needs arguments", at)
	}
	v := s.eval(args[0])
	if name == "can" {
		return distribute(v, func(v graph.Value) graph.Value {
			if v.Kind == graph.Unknown && !isFailure(v) {
				return v
			}
			return boolean(!isFailure(v), at)
		})
	}
	return distribute(v, func(v graph.Value) graph.Value {
		if isFailure(v) && len(args) > 1 {
			return s.attempt(name, args[1:], at)
		}
		return v
	})
}

// native is a function of decided values.
func (ev *evaluator) native(name string, args []graph.Value, at bedlock.Position) graph.Value {
	for _, a := range args {
		if isFailure(a) {
			return a
		}
	}
	if f := ev.listFunction(name, args, at); f != nil {
		return *f
	}
	if f := ev.mapFunction(name, args, at); f != nil {
		return *f
	}
	if f := ev.valueFunction(name, args, at); f != nil {
		return *f
	}
	if f, ok := textFunctions[name]; ok {
		return textFunction(name, f, args, at)
	}
	if f, ok := plainFunction(name); ok {
		return ev.apply(f, at, name, args...)
	}
	if f, ok := movingFunction(name); ok {
		for _, a := range args {
			if a.Kind == graph.Unknown && name != "format" && name != "formatlist" {
				return moved(a, at)
			}
		}
		if len(args) > 0 && strings.HasPrefix(name, "format") && wideFormat(args[0].Text) {
			return failure(name+": the width is too large", at)
		}
		return ev.applySealed(f, at, name, args...)
	}
	return graph.Unresolved("the function "+name+" is not evaluated", at)
}

// wideFormat reports a width that would make a very long text.
func wideFormat(s string) bool {
	digits := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			if digits++; digits > 3 {
				return strings.Contains(s, "%")
			}
		} else {
			digits = 0
		}
	}
	return false
}
