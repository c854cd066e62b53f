package custom

import (
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

// Bounds of one expression: its length in characters, its nesting, and the cost of
// one evaluation in CEL's own units (about one for each step).
const (
	maxExpression = 10_000
	maxNesting    = 60
	maxCost       = 200_000
)

// environments has one environment for each variable.
var environments = sync.OnceValues(func() (map[string]*cel.Env, error) {
	out := map[string]*cel.Env{}
	for name := range variables {
		env, err := cel.NewEnv(
			cel.Variable(name, cel.MapType(cel.StringType, cel.DynType)),
			cel.ParserExpressionSizeLimit(maxExpression), cel.ParserRecursionLimit(maxNesting),
			ext.Strings(), ext.Sets(), ext.Lists(),
		)
		if err != nil {
			return nil, fmt.Errorf("custom rules: %w", err)
		}
		out[name] = env
	}
	return out, nil
})

// fault is an error inside an expression; Line counts from 1, Column from 0.
type fault struct {
	line, column int
	text         string
}

// compile makes a program of an expression, or says where it is wrong.
func compile(variable, expression string) (cel.Program, []fault) {
	envs, err := environments()
	if err != nil {
		return nil, []fault{{1, 0, err.Error()}}
	}
	env := envs[variable]
	checked, issues := env.Compile(expression)
	if issues.Err() != nil {
		var out []fault
		for _, e := range issues.Errors() {
			out = append(out, fault{e.Location.Line(), e.Location.Column(), firstLine(e.Message)})
		}
		return nil, out
	}
	if t := checked.OutputType(); !t.IsExactType(cel.BoolType) && !t.IsExactType(cel.DynType) {
		return nil, []fault{{1, 0, "the expression is of type " + t.String() + ", not bool"}}
	}
	if faults := checkFields(checked.NativeRep(), variable); len(faults) > 0 {
		return nil, faults
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptPartialEval), cel.CostLimit(maxCost))
	if err != nil {
		return nil, []fault{{1, 0, err.Error()}}
	}
	return program, nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// checkFields finds fields that the variable does not have, which CEL itself would
// notice only when the expression is evaluated.
func checkFields(tree *ast.AST, variable string) (out []fault) {
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		path, ok := fieldPath(e)
		if !ok || path[0] != variable {
			return
		}
		if text := variables.check(path); text != "" {
			loc := tree.SourceInfo().GetStartLocation(e.ID())
			f := fault{loc.Line(), loc.Column(), text}
			for _, have := range out {
				if have.text == f.text && have.line == f.line {
					return
				}
			}
			out = append(out, f)
		}
	}))
	return out
}

// fieldPath reads a.b["c"] as a path of names.
func fieldPath(e ast.Expr) ([]string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return []string{strings.TrimPrefix(e.AsIdent(), ".")}, true
	case ast.SelectKind:
		s := e.AsSelect()
		path, ok := fieldPath(s.Operand())
		return append(path, s.FieldName()), ok
	case ast.CallKind:
		c := e.AsCall()
		if c.FunctionName() != "_[_]" || len(c.Args()) != 2 || c.Args()[1].Kind() != ast.LiteralKind {
			return nil, false
		}
		name, isText := c.Args()[1].AsLiteral().(types.String)
		path, ok := fieldPath(c.Args()[0])
		return append(path, string(name)), ok && isText
	}
	return nil, false
}

// answer is what an expression says about one subject.
type answer struct {
	broken    bool
	undecided string // why; empty: decided
}

func evaluate(program cel.Program, variable string, in *input) answer {
	vars, err := in.activation(variable)
	if err != nil {
		return answer{undecided: err.Error()}
	}
	value, _, err := program.Eval(vars)
	if err != nil {
		return answer{undecided: firstLine(err.Error())}
	}
	switch v := value.(type) {
	case types.Bool:
		return answer{broken: bool(v)}
	case *types.Unknown:
		for _, id := range v.IDs() {
			if trails, ok := v.GetAttributeTrails(id); ok && len(trails) > 0 {
				return answer{undecided: in.why(trails[0].String())}
			}
		}
		return answer{undecided: "a fact that it needs is not known"}
	}
	return answer{undecided: "the expression gives " + value.Type().TypeName() + ", not bool"}
}
