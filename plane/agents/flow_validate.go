package agents

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// field is an input or output that nodes of a type have; an empty type: any.
type field struct{ name, typ string }

// nodeType is what is known of the nodes of a type.
// https://docs.aws.amazon.com/bedrock/latest/userguide/flows-nodes.html
type nodeType struct {
	// config is the member of the configuration; needs are the members that must not be
	// empty in it. free: it may be left out.
	config string
	needs  []string
	free   bool
	// inputs and outputs must be there. openInputs: others may be too.
	inputs, outputs []field
	openInputs      bool
}

var nodeTypes = map[string]nodeType{
	"Input":          {config: "input", free: true, outputs: []field{{"document", ""}}},
	"Output":         {config: "output", free: true, inputs: []field{{"document", ""}}},
	"KnowledgeBase":  {config: "knowledgeBase", needs: []string{"knowledgeBaseId"}, inputs: []field{{"retrievalQuery", "String"}}},
	"Condition":      {config: "condition", needs: []string{"conditions"}, openInputs: true},
	"Lex":            {config: "lex", needs: []string{"botAliasArn", "localeId"}, inputs: []field{{"inputText", "String"}}, openInputs: true, outputs: []field{{"predictedIntent", "String"}}},
	"Prompt":         {config: "prompt", needs: []string{"sourceConfiguration"}, openInputs: true, outputs: []field{{"modelCompletion", ""}}},
	"LambdaFunction": {config: "lambdaFunction", needs: []string{"lambdaArn"}, openInputs: true, outputs: []field{{"functionResponse", ""}}},
	"Storage":        {config: "storage", needs: []string{"serviceConfiguration.s3.bucketName"}, inputs: []field{{"content", ""}, {"objectKey", "String"}}, outputs: []field{{"s3Uri", "String"}}},
	"Agent":          {config: "agent", needs: []string{"agentAliasArn"}, inputs: []field{{"agentInputText", "String"}}, openInputs: true, outputs: []field{{"agentResponse", "String"}}},
	"Retrieval":      {config: "retrieval", needs: []string{"serviceConfiguration.s3.bucketName"}, inputs: []field{{"objectKey", "String"}}, outputs: []field{{"s3Content", "String"}}},
	"Iterator":       {config: "iterator", free: true, inputs: []field{{"array", "Array"}}, outputs: []field{{"arrayItem", ""}, {"arraySize", "Number"}}},
	"Collector":      {config: "collector", free: true, inputs: []field{{"arrayItem", ""}, {"arraySize", "Number"}}, outputs: []field{{"collectedArray", "Array"}}},
	"InlineCode":     {config: "inlineCode", needs: []string{"code"}, openInputs: true, outputs: []field{{"response", ""}}},
}

// validateFlowDefinition is the operation.
func validateFlowDefinition(_ context.Context, r *emulate.Request) (wire.Object, error) {
	return wire.Object{"validations": validated(r.In.Object("definition"))}, nil
}

// validated are the validations of a definition as they are answered.
func validated(definition wire.Object) []any {
	out := []any{}
	for _, v := range validate(definition) {
		out = append(out, v)
	}
	return out
}

// errorsOf are the validations because of which a flow is not prepared.
func errorsOf(all []wire.Object) []wire.Object {
	return slices.DeleteFunc(slices.Clone(all), func(v wire.Object) bool { return v.Text("severity") != "Error" })
}

// validator collects what is wrong with a definition, by the names of
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_FlowValidation.html.
// Unconfirmed: the texts, and that only unreachable nodes are warnings.
type validator struct {
	*graph
	found []wire.Object
}

// mostValidations is the number that an answer can have.
const mostValidations = 100

func (v *validator) add(typ string, details wire.Object, format string, args ...any) {
	severity := "Error"
	if typ == "UnreachableNode" {
		severity = "Warning"
	}
	if len(v.found) < mostValidations {
		member := strings.ToLower(typ[:1]) + typ[1:]
		v.found = append(v.found, wire.Object{"type": typ, "severity": severity, "message": fmt.Sprintf(format, args...), "details": wire.Object{member: details}})
	}
}

// validate checks a definition. Loops are not checked inside.
func validate(definition wire.Object) []wire.Object {
	v := &validator{graph: newGraph(definition)}
	v.ends()
	for _, n := range v.nodes {
		v.node(n)
	}
	seen := map[string]bool{}
	for _, c := range v.connections {
		v.connection(c)
		key := fmt.Sprint(c.Text("source"), " ", c.Text("target"), " ", c.Object("configuration"))
		if seen[key] {
			v.add("DuplicateConnections", wire.Object{"source": c.Text("source"), "target": c.Text("target")}, "The nodes %s and %s are connected twice.", c.Text("source"), c.Text("target"))
		}
		seen[key] = true
	}
	if _, circle := v.ordered(); circle != nil {
		v.add("CyclicConnection", onConnection(circle), "The connection %s closes a cycle.", circle.Text("name"))
	}
	return v.found
}

func onNode(n wire.Object) wire.Object       { return wire.Object{"node": n.Text("name")} }
func onConnection(c wire.Object) wire.Object { return wire.Object{"connection": c.Text("name")} }

// ends checks that the flow begins and ends, and that it gets everywhere.
func (v *validator) ends() {
	reached := map[string]bool{}
	var starts, stops int
	for _, n := range v.nodes {
		switch n.Text("type") {
		case "Input":
			starts++
			reached[n.Text("name")] = true
			for name := range v.after(n.Text("name"), "") {
				reached[name] = true
			}
		case "Output":
			stops++
		}
	}
	if starts == 0 {
		v.add("MissingStartingNodes", wire.Object{}, "The flow has no input node.")
	}
	if stops == 0 {
		v.add("MissingEndingNodes", wire.Object{}, "The flow has no output node.")
	}
	for _, n := range v.nodes {
		if starts > 0 && !reached[n.Text("name")] {
			v.add("UnreachableNode", onNode(n), "The node %s cannot be reached from an input node.", n.Text("name"))
		}
	}
}

func (v *validator) node(n wire.Object) {
	t, known := nodeTypes[n.Text("type")]
	if !known {
		return
	}
	config := n.Object("configuration").Object(t.config)
	if config == nil && !t.free || slices.ContainsFunc(t.needs, func(path string) bool { return !config.Has(path) || config.At(path) == "" }) {
		v.add("MissingNodeConfiguration", onNode(n), "The configuration of the node %s is not complete.", n.Text("name"))
	}
	v.fields(n, "Input", n.Objects("inputs"), t.inputs, t.openInputs)
	if n.Text("type") != "KnowledgeBase" { // whose output depends on its configuration
		v.fields(n, "Output", n.Objects("outputs"), t.outputs, false)
	}
	for _, in := range n.Objects("inputs") {
		details := wire.Object{"node": n.Text("name"), "input": in.Text("name")}
		if _, err := parsePath(in.Text("expression")); err != nil {
			v.add("MalformedNodeInputExpression", details.With(wire.Object{"cause": err.Error()}), "The expression of the input %s of the node %s is malformed: %s.", in.Text("name"), n.Text("name"), err)
		}
		switch brings := v.data(n.Text("name"), in.Text("name")); {
		case len(brings) == 0:
			v.add("UnfulfilledNodeInput", details, "The input %s of the node %s has no connection.", in.Text("name"), n.Text("name"))
		case len(brings) > 1:
			v.add("MultipleNodeInputConnections", details, "The input %s of the node %s has more than one connection.", in.Text("name"), n.Text("name"))
		}
	}
	if n.Text("type") == "Condition" {
		v.conditions(n, config.Objects("conditions"))
	}
}

// fields checks the inputs or outputs of a node against those of its type.
func (v *validator) fields(n wire.Object, kind string, have []wire.Object, want []field, open bool) {
	name := strings.ToLower(kind)
	for _, f := range want {
		h := named(have, f.name)
		details := wire.Object{"node": n.Text("name"), name: f.name}
		switch {
		case h == nil:
			v.add("MissingNode"+kind, details, "The node %s has no %s %s.", n.Text("name"), name, f.name)
		case f.typ != "" && h.Text("type") != f.typ:
			v.add("MismatchedNode"+kind+"Type", details.With(wire.Object{"expectedType": f.typ}), "The %s %s of the node %s must have the type %s.", name, f.name, n.Text("name"), f.typ)
		}
	}
	for _, h := range have {
		if !open && !slices.ContainsFunc(want, func(f field) bool { return f.name == h.Text("name") }) {
			v.add("UnknownNode"+kind, wire.Object{"node": n.Text("name"), name: h.Text("name")}, "The node %s cannot have the %s %s.", n.Text("name"), name, h.Text("name"))
		}
	}
}

// otherwise is the name of the condition that holds when no other does.
const otherwise = "default"

func (v *validator) conditions(n wire.Object, all []wire.Object) {
	seen := map[string]bool{}
	for _, c := range all {
		if c.Text("name") == otherwise {
			continue
		}
		text := c.Text("expression")
		if seen[text] {
			v.add("DuplicateConditionExpression", onNode(n).With(wire.Object{"expression": text}), "Two conditions of the node %s have the same expression.", n.Text("name"))
		}
		seen[text] = true
		_, names, err := parseCondition(text)
		for _, name := range names {
			if err == nil && named(n.Objects("inputs"), name) == nil {
				err = fmt.Errorf("there is no input %s", name)
			}
		}
		if err != nil {
			v.add("MalformedConditionExpression", onNode(n).With(wire.Object{"condition": c.Text("name"), "cause": err.Error()}), "The condition %s of the node %s is malformed: %s.", c.Text("name"), n.Text("name"), err)
		}
	}
	if named(all, otherwise) == nil {
		v.add("MissingDefaultCondition", onNode(n), "The node %s has no default condition.", n.Text("name"))
	}
}

func (v *validator) connection(c wire.Object) {
	source, target := v.byName[c.Text("source")], v.byName[c.Text("target")]
	if source == nil {
		v.add("UnknownConnectionSource", onConnection(c), "The connection %s comes from a node that is not there.", c.Text("name"))
	}
	if target == nil {
		v.add("UnknownConnectionTarget", onConnection(c), "The connection %s goes to a node that is not there.", c.Text("name"))
	}
	conditional := c.Text("type") == "Conditional"
	if member := strings.ToLower(c.Text("type")); !c.Has("configuration." + member) {
		v.add("MissingConnectionConfiguration", onConnection(c), "The connection %s has no configuration of its type.", c.Text("name"))
		return
	}
	if conditional {
		if source != nil && named(source.Objects("configuration.condition.conditions"), c.Text("configuration.conditional.condition")) == nil {
			v.add("UnknownConnectionCondition", onConnection(c), "The connection %s is for a condition that is not there.", c.Text("name"))
		}
		return
	}
	out := named(source.Objects("outputs"), c.Text("configuration.data.sourceOutput"))
	in := named(target.Objects("inputs"), c.Text("configuration.data.targetInput"))
	switch {
	case source != nil && out == nil:
		v.add("UnknownConnectionSourceOutput", onConnection(c), "The connection %s comes from an output that is not there.", c.Text("name"))
	case target != nil && in == nil:
		v.add("UnknownConnectionTargetInput", onConnection(c), "The connection %s goes to an input that is not there.", c.Text("name"))
	case out != nil && in != nil && in.Text("expression") == "$.data" && in.Text("type") != out.Text("type"):
		v.add("IncompatibleConnectionDataType", onConnection(c), "The connection %s brings a value of the type %s to an input of the type %s.", c.Text("name"), out.Text("type"), in.Text("type"))
	}
}
