package cloudformation

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/syntax"
)

// Environment says where a template will be deployed, as far as a CDK assembly
// tells. Empty fields are not known.
type Environment struct {
	Account, Region, StackName string
	// Parameters are values that the assembly gives; [Options] come before them.
	Parameters map[string]string
}

// Template is one parsed template. Environment may be set before [Evaluate];
// nothing else changes after [Parse].
type Template struct {
	File        string
	Environment Environment

	parameters, conditions, mappings, outputs section

	resources []resource
	byName    map[string]int
	notes     []bedlock.Note
	sam       bool
	// extended is true with the transform AWS::LanguageExtensions.
	extended bool
	// touched are the keys whose policy a custom resource changes, with its name.
	touched map[string]string
	// connectors are SAM's connectors by the resource at which they begin.
	connectors map[string][]string
}

// section is one of a template's maps, in order and by name.
type section struct {
	node  *syntax.Node
	names map[string]int
}

func (s *section) get(name string) *syntax.Node {
	if i, ok := s.names[name]; ok {
		return &s.node.Items[i+1]
	}
	return nil
}

// resource is one entry of Resources, in CloudFormation's own terms.
type resource struct {
	name       string
	typ        string
	at         bedlock.Position
	node       *syntax.Node
	properties *syntax.Node // nil when there are none
	// condition is that under which it exists, or does not when unless is set.
	condition string
	unless    bool
	// role is the logical id of the role that SAM makes for it; roleOf is set on that
	// role, and names what it is made for.
	role, roleOf string
	// connectors are SAM's connectors that begin here.
	connectors []string
	// opaque is the reason why its properties are not what the template says.
	opaque string
}

// Detect reports whether a file is meant to be a template: it has a format version,
// a transform of AWS, or resources with CloudFormation types.
func Detect(n *syntax.Node) bool {
	if n == nil || n.Kind != syntax.Map {
		return false
	}
	if n.Get("AWSTemplateFormatVersion") != nil {
		return true
	}
	if t := n.Get("Transform"); t != nil {
		if strings.HasPrefix(t.Text, "AWS::") || len(t.Items) > 0 && strings.HasPrefix(t.Items[0].Text, "AWS::") {
			return true
		}
	}
	r := n.Get("Resources")
	if r == nil || r.Kind != syntax.Map {
		return false
	}
	for i := 1; i < len(r.Items); i += 2 {
		if t := r.Items[i].Get("Type"); t != nil && strings.Contains(t.Text, "::") {
			return true
		}
	}
	// CDK writes stacks that are still empty.
	return len(r.Items) == 0 && n.Get("Parameters").Get("BootstrapVersion") != nil
}

// Parse checks a template's structure. Errors are [*syntax.Error]; what is wrong
// with a single resource becomes a note of the module instead, so that one broken
// resource does not hide the others.
func Parse(file string, n *syntax.Node) (*Template, error) {
	fail := func(at *syntax.Node, hint, format string, args ...any) (*Template, error) {
		return nil, &syntax.Error{At: at.At(file), Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	if n.Kind != syntax.Map {
		return fail(n, "a template is a map with the key Resources", "the template is not a map")
	}
	t := &Template{File: file, byName: map[string]int{}, touched: map[string]string{}}
	for _, s := range []struct {
		name string
		to   *section
	}{{"Parameters", &t.parameters}, {"Conditions", &t.conditions}, {"Mappings", &t.mappings}, {"Outputs", &t.outputs}} {
		node := n.Get(s.name)
		if node == nil || node.Kind == syntax.Null {
			continue
		}
		if node.Kind != syntax.Map || node.Tag != "" {
			return fail(node, "see the template anatomy in the CloudFormation user guide", "%s is not a map", s.name)
		}
		*s.to = index(node)
	}
	resources := n.Get("Resources")
	switch {
	case resources == nil:
		return fail(n, "a template declares its resources under the key Resources", "the template has no Resources")
	case resources.Kind != syntax.Map || resources.Tag != "":
		return fail(resources, "Resources maps logical ids to resources", "Resources is not a map")
	}
	t.transforms(n.Get("Transform"))
	t.declare(resources)
	t.serverless(n.Get("Globals"))
	t.custom()
	return t, nil
}

func index(n *syntax.Node) section {
	s := section{node: n, names: make(map[string]int, len(n.Items)/2)}
	for i := 0; i+1 < len(n.Items); i += 2 {
		s.names[n.Items[i].Text] = i
	}
	return s
}

func (t *Template) note(at *syntax.Node, format string, args ...any) {
	t.notes = append(t.notes, bedlock.Note{Text: fmt.Sprintf(format, args...), At: at.At(t.File)})
}

// declare reads the entries of Resources.
func (t *Template) declare(n *syntax.Node) {
	for i := 0; i+1 < len(n.Items); i += 2 {
		key, node := &n.Items[i], &n.Items[i+1]
		switch {
		case strings.HasPrefix(key.Text, "Fn::ForEach"):
			t.note(key, "%s is not resolved: the resources it makes are not audited", key.Text)
			continue
		case key.Text == "Fn::Transform":
			t.note(key, "Fn::Transform%s is not resolved: the resources it brings are not audited", macroName(node))
			continue
		case node.Kind != syntax.Map:
			t.note(key, "resource %s is not a map: it is not audited", key.Text)
			continue
		}
		r := resource{name: key.Text, at: key.At(t.File), node: node}
		typ := node.Get("Type")
		if typ == nil || typ.Kind != syntax.String || typ.Text == "" {
			t.note(key, "resource %s has no Type: it is not audited", key.Text)
			continue
		}
		r.typ = typ.Text
		if p := node.Get("Properties"); p != nil && p.Kind != syntax.Null {
			r.properties = p
		}
		if c := node.Get("Condition"); c != nil {
			r.condition = c.Text
		}
		if tr := node.Get("Fn::Transform"); tr != nil {
			r.opaque = "Fn::Transform" + macroName(tr) + " is not resolved"
			t.note(tr, "%s: the properties of %s are not known", r.opaque, r.name)
		}
		t.byName[r.name] = len(t.resources)
		t.resources = append(t.resources, r)
	}
}

func (t *Template) resource(name string) *resource {
	if i, ok := t.byName[name]; ok {
		return &t.resources[i]
	}
	return nil
}

// macroName returns " NAME" of a Fn::Transform, or nothing.
func macroName(n *syntax.Node) string {
	if name := n.Get("Name"); name != nil && name.Kind == syntax.String {
		return " " + name.Text
	}
	return ""
}

// transforms reads the Transform section. The macros of AWS that only add what
// Bedlock reads by itself, or nothing that is encrypted, need no note.
func (t *Template) transforms(n *syntax.Node) {
	if n == nil {
		return
	}
	list := []syntax.Node{*n}
	if n.Kind == syntax.List {
		list = n.Items
	}
	for i := range list {
		name := list[i].Text
		if m := list[i].Get("Name"); m != nil {
			name = m.Text
		}
		switch {
		case name == "AWS::Serverless-2016-10-31":
			t.sam = true
		case name == "AWS::LanguageExtensions":
			t.extended = true
		case strings.HasPrefix(name, "AWS::SecretsManager-"), name == "AWS::CodeDeployBlueGreen":
		default:
			t.note(&list[i], "macro %s is not resolved: it may change any part of the template", name)
		}
	}
}

// custom notes the custom resources that change key policies behind the template's
// back, as Custom::KmsKeyPolicyUpdater of the AWS Solutions Constructs does.
func (t *Template) custom() {
	for i := range t.resources {
		r := &t.resources[i]
		if !strings.HasPrefix(r.typ, "Custom::") && r.typ != "AWS::CloudFormation::CustomResource" || r.properties == nil {
			continue
		}
		if !strings.Contains(strings.ToLower(r.typ), "keypolicy") && !mentions(r.properties, "putkeypolicy") {
			continue
		}
		t.notes = append(t.notes, bedlock.Note{At: r.at, Text: fmt.Sprintf("%s %s changes key policies outside the template; what it writes is not resolved", r.typ, r.name)})
		t.touch(r, r.properties)
	}
}

func mentions(n *syntax.Node, lower string) bool {
	if strings.Contains(strings.ToLower(n.Text), lower) {
		return true
	}
	for i := range n.Items {
		if mentions(&n.Items[i], lower) {
			return true
		}
	}
	return false
}

// touch marks the keys that a custom resource refers to.
func (t *Template) touch(by *resource, n *syntax.Node) {
	if name, _ := referred(n); name != "" {
		if r := t.resource(name); r != nil && r.typ == "AWS::KMS::Key" {
			t.touched[name] = by.typ + " " + by.name
		}
		return
	}
	for i := range n.Items {
		t.touch(by, &n.Items[i])
	}
}

// referred returns the logical id and attribute of a Ref or Fn::GetAtt that are
// written out; "" for anything else.
func referred(n *syntax.Node) (name, attribute string) {
	fn, arg, ok := function(n)
	switch {
	case ok && fn == "Ref":
		return arg.Text, "Ref"
	case ok && fn == "Fn::GetAtt" && arg.Kind == syntax.List && len(arg.Items) == 2:
		return arg.Items[0].Text, arg.Items[1].Text
	case ok && fn == "Fn::GetAtt":
		name, attribute, _ = strings.Cut(arg.Text, ".")
	}
	return name, attribute
}

// function tells an intrinsic function from other values: a YAML tag, or a map with
// the function's name as its only key.
func function(n *syntax.Node) (name string, arg *syntax.Node, ok bool) {
	if n.Tag != "" {
		inner := *n
		inner.Tag = ""
		switch name = strings.TrimPrefix(n.Tag, "!"); name {
		case "Ref", "Condition":
		default:
			name = "Fn::" + name
		}
		return name, &inner, true
	}
	if n.Kind == syntax.Map && len(n.Items) == 2 {
		key := n.Items[0].Text
		if key == "Ref" || strings.HasPrefix(key, "Fn::") {
			return key, &n.Items[1], true
		}
	}
	return "", nil, false
}
