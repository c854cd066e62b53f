package cloudformation

import (
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/syntax"
)

// samType says what the SAM transform makes of one of its types; see
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html.
type samType struct {
	typ string
	// globals is the type's section in Globals, "" when it has none.
	globals string
	// renamed are properties with another name in CloudFormation.
	renamed map[string]string
	// role is true when SAM makes a role unless one is named.
	role bool
}

func samTypeOf(name string) (samType, bool) {
	switch name {
	case "Function":
		return samType{typ: "AWS::Lambda::Function", globals: name, role: true, renamed: map[string]string{"DeadLetterQueue": "DeadLetterConfig"}}, true
	case "SimpleTable":
		return samType{typ: "AWS::DynamoDB::Table", globals: name}, true
	case "StateMachine":
		return samType{typ: "AWS::StepFunctions::StateMachine", globals: name, role: true, renamed: map[string]string{
			"Role": "RoleArn", "Name": "StateMachineName", "Type": "StateMachineType", "Logging": "LoggingConfiguration", "Tracing": "TracingConfiguration",
		}}, true
	case "Api":
		return samType{typ: "AWS::ApiGateway::RestApi", globals: name}, true
	case "HttpApi":
		return samType{typ: "AWS::ApiGatewayV2::Api", globals: name}, true
	case "WebSocketApi":
		return samType{typ: "AWS::ApiGatewayV2::Api", globals: name}, true
	case "LayerVersion":
		return samType{typ: "AWS::Lambda::LayerVersion", globals: name}, true
	case "CapacityProvider":
		return samType{typ: "AWS::Lambda::CapacityProvider", globals: name}, true
	case "GraphQLApi":
		return samType{typ: "AWS::AppSync::GraphQLApi"}, true
	case "Application":
		return samType{typ: "AWS::CloudFormation::Stack", renamed: map[string]string{"Location": "TemplateURL"}}, true
	}
	return samType{}, false
}

const samPrefix = "AWS::Serverless::"

// maxMerged bounds the nodes that merging Globals into resources may make.
const maxMerged = 1_000_000

// serverless puts CloudFormation's types in the place of SAM's, with Globals merged
// into the properties, and declares the roles that SAM makes. Logical ids stay, so
// references stay right.
func (t *Template) serverless(globals *syntax.Node) {
	budget := maxMerged
	declared := t.resources
	t.resources = make([]resource, 0, len(declared))
	add := func(r resource) {
		t.byName[r.name] = len(t.resources)
		t.resources = append(t.resources, r)
	}
	for i := range declared {
		if declared[i].typ == samPrefix+"Connector" {
			t.connector(&declared[i])
		}
	}
	for _, r := range declared {
		name, isSAM := strings.CutPrefix(r.typ, samPrefix)
		if isSAM && name == "Connector" {
			continue
		}
		st, known := samTypeOf(name)
		if !isSAM || !known {
			add(r)
			continue
		}
		if !t.sam {
			t.notes = append(t.notes, bedlock.Note{At: r.at, Text: r.typ + " needs the transform AWS::Serverless-2016-10-31"})
		}
		r.typ = st.typ
		r.properties = t.samProperties(&r, st, globals.Get(st.globals), &budget)
		r.connectors = t.connectorsOf(&r)
		role, made := resource{}, false
		if st.role {
			if role, made = t.roleFor(&r); made {
				r.role = role.name
			}
		}
		add(r)
		if made {
			add(role)
		}
	}
}

// connector files a connector under the resource at which it begins.
func (t *Template) connector(r *resource) {
	t.notes = append(t.notes, bedlock.Note{At: r.at, Text: "the permissions of SAM connector " + r.name + " are not resolved"})
	delete(t.byName, r.name)
	if source := r.properties.Get("Source").Get("Id"); source != nil {
		if t.connectors == nil {
			t.connectors = map[string][]string{}
		}
		t.connectors[source.Text] = append(t.connectors[source.Text], r.name)
	}
}

func (t *Template) samProperties(r *resource, st samType, globals *syntax.Node, budget *int) *syntax.Node {
	p := r.properties
	if p == nil {
		p = &syntax.Node{Kind: syntax.Map, Line: r.at.Line, Column: r.at.Column}
	}
	if _, _, isFunction := function(p); isFunction || p.Kind != syntax.Map {
		return p
	}
	if globals != nil && globals.Kind == syntax.Map {
		*budget -= size(globals, *budget) + len(p.Items)
		if *budget < 0 {
			r.opaque = "Globals are merged into too many resources"
			return p
		}
		p = merged(globals, p)
	}
	out := *p
	out.Items = make([]syntax.Node, len(p.Items))
	copy(out.Items, p.Items)
	for i := 0; i+1 < len(out.Items); i += 2 {
		if name, ok := st.renamed[out.Items[i].Text]; ok {
			out.Items[i].Text = name
		}
		if out.Items[i].Text == "Tags" && st.typ != "AWS::CloudFormation::Stack" {
			out.Items[i+1] = tagList(out.Items[i+1])
		}
	}
	return &out
}

// size counts nodes, up to a limit.
func size(n *syntax.Node, limit int) int {
	count := 1
	for i := range n.Items {
		if count > limit {
			break
		}
		count += size(&n.Items[i], limit-count)
	}
	return count
}

// merged adds the members of own to those of base: maps and lists are joined,
// anything else is replaced; see
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html.
func merged(base, own *syntax.Node) *syntax.Node {
	_, _, f1 := function(base)
	_, _, f2 := function(own)
	if f1 || f2 || base.Kind != own.Kind {
		return own
	}
	out := *own
	switch own.Kind {
	case syntax.List:
		out.Items = append(append(make([]syntax.Node, 0, len(base.Items)+len(own.Items)), base.Items...), own.Items...)
	case syntax.Map:
		mine := index(own)
		out.Items = make([]syntax.Node, 0, len(base.Items)+len(own.Items))
		shared := map[string]bool{}
		for i := 0; i+1 < len(base.Items); i += 2 {
			key, value := base.Items[i], &base.Items[i+1]
			if j, have := mine.names[key.Text]; have {
				shared[key.Text] = true
				key, value = own.Items[j], merged(value, &own.Items[j+1])
			}
			out.Items = append(out.Items, key, *value)
		}
		for i := 0; i+1 < len(own.Items); i += 2 {
			if !shared[own.Items[i].Text] {
				out.Items = append(out.Items, own.Items[i], own.Items[i+1])
			}
		}
	}
	return &out
}

// tagList turns SAM's map of tags into CloudFormation's list.
func tagList(n syntax.Node) syntax.Node {
	if _, _, isFunction := function(&n); isFunction || n.Kind != syntax.Map {
		return n
	}
	out := syntax.Node{Kind: syntax.List, Line: n.Line, Column: n.Column}
	word := func(text string, at *syntax.Node) syntax.Node {
		return syntax.Node{Kind: syntax.String, Text: text, Line: at.Line, Column: at.Column}
	}
	for i := 0; i+1 < len(n.Items); i += 2 {
		key := &n.Items[i]
		out.Items = append(out.Items, syntax.Node{Kind: syntax.Map, Line: key.Line, Column: key.Column, Items: []syntax.Node{
			word("Key", key), *key, word("Value", key), n.Items[i+1],
		}})
	}
	return out
}
