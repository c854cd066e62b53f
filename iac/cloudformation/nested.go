package cloudformation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// nested is a template file as it was read, or why it could not be.
type nested struct {
	template *Template
	err      error
}

func isNested(typ string) bool { return typ == "AWS::CloudFormation::Stack" }

// open finds the nested stacks of a stack, and theirs.
func (s *stack) open() {
	s.children, s.closed = map[string]*stack{}, map[string]string{}
	for i := range s.t.resources {
		r := &s.t.resources[i]
		if !isNested(r.typ) || s.exists(r) == no {
			continue
		}
		if reason := s.openChild(r); reason != "" {
			s.closed[r.name] = reason
			s.module.note(bedlock.Note{At: r.at, Text: fmt.Sprintf("nested stack %s is not audited here: %s", s.prefix+r.name, reason)})
		}
	}
}

func (s *stack) openChild(r *resource) (reason string) {
	file, reason := s.location(r)
	if reason != "" {
		return reason
	}
	if s.depth >= maxNesting {
		return fmt.Sprintf("more than %d stacks are nested in each other", maxNesting)
	}
	if s.module.stacks >= maxStacks {
		return fmt.Sprintf("the template has more than %d nested stacks", maxStacks)
	}
	t, reason := s.load(file)
	if reason != "" {
		return reason
	}
	for up := s; up != nil; up = up.parent {
		if up.t == t {
			return "template " + file + " is nested in itself"
		}
	}
	s.module.stacks++
	child := &stack{
		run: s.run, module: s.module, t: t, parent: s, self: r, file: s.file,
		prefix: s.prefix + r.name + "/", depth: s.depth + 1,
		env: Environment{Account: s.env.Account, Region: s.env.Region},
	}
	s.children[r.name] = child
	child.open()
	return ""
}

// location returns the file of a nested stack: the asset that CDK names in the
// metadata, else a TemplateURL that is a path, as before "aws cloudformation
// package".
func (s *stack) location(r *resource) (file, reason string) {
	if m := r.node.Get("Metadata"); m != nil && m.Get("aws:asset:path") != nil {
		if p := m.Get("aws:asset:property"); p == nil || p.Text == "TemplateURL" {
			return path.Join(path.Dir(s.t.File), m.Get("aws:asset:path").Text), ""
		}
	}
	url := r.properties.Get("TemplateURL")
	if url == nil {
		return "", "it names no template"
	}
	v := s.eval(url)
	text, ok := literal(v)
	switch {
	case v.Kind == graph.Map:
		return "", "its template comes from the Serverless Application Repository"
	case !ok || v.Kind != graph.String:
		return "", "the place of its template is known only at deploy time"
	case strings.Contains(text, "://"):
		return "", "its template is at " + text
	case strings.TrimSpace(text) == "" || strings.HasPrefix(text, "/"):
		return "", fmt.Sprintf("%q is no place of a template", text)
	}
	return path.Join(path.Dir(s.t.File), strings.TrimSpace(text)), ""
}

// load returns a nested template from the inputs, or reads it.
func (s *stack) load(file string) (t *Template, reason string) {
	n, have := s.run.files[file]
	if !have {
		n = s.run.read(file)
		s.run.files[file] = n
	}
	in := bedlock.Input{Path: file, Kind: InputKind, Status: bedlock.InputAudited}
	var e *syntax.Error
	switch {
	case n.err == nil:
		in.Path = n.template.File
	case errors.Is(n.err, fs.ErrNotExist):
		return nil, "template " + file + " is not there"
	case errors.As(n.err, &e):
		in.Status, in.Reason, in.Hint, in.At = bedlock.InputFailed, e.Message, e.Hint, e.At
		reason = "template " + file + " cannot be read: " + e.Message
	default:
		in.Status, in.Reason = bedlock.InputFailed, n.err.Error()
		reason = "template " + file + " cannot be read: " + n.err.Error()
	}
	for _, f := range s.module.files {
		if f.Path == in.Path {
			return n.template, reason
		}
	}
	s.module.files = append(s.module.files, in)
	return n.template, reason
}

func (r *run) read(file string) *nested {
	if r.opts.ReadFile == nil {
		return &nested{err: fs.ErrNotExist}
	}
	data, err := r.opts.ReadFile(file)
	if err != nil {
		return &nested{err: err}
	}
	n, err := syntax.Parse(file, data, syntax.Limits{})
	if err != nil {
		return &nested{err: err}
	}
	t, err := Parse(file, n)
	return &nested{template: t, err: err}
}

// walk visits the nested stacks below s.
func (s *stack) walk(visit func(*stack)) {
	for i := range s.t.resources {
		if child := s.children[s.t.resources[i].name]; child != nil {
			visit(child)
			child.walk(visit)
		}
	}
}

// output is one output of a stack, evaluated when first needed.
type output struct {
	stack *stack
	node  *syntax.Node
	value graph.Value
	state outputState
}

type outputState uint8

const (
	outputNew outputState = iota
	outputBusy
	outputDone
)

func (s *stack) output(name string) *output {
	if o, have := s.outputs[name]; have {
		return o
	}
	node := s.t.outputs.get(name)
	if node == nil {
		return nil
	}
	if s.outputs == nil {
		s.outputs = map[string]*output{}
	}
	o := &output{stack: s, node: node}
	s.outputs[name] = o
	return o
}

func (o *output) evaluate() graph.Value {
	s := o.stack
	switch o.state {
	case outputBusy:
		return s.unknown(o.node, "outputs refer to each other in a circle")
	case outputDone:
		return o.value
	}
	if s.run.following++; s.run.following > maxOutputs {
		s.run.following--
		return s.unknown(o.node, "outputs refer to each other more than %d deep", maxOutputs)
	}
	defer func() { s.run.following-- }()
	o.state = outputBusy
	s.clean(func() {
		condition := ""
		if c := o.node.Get("Condition"); c != nil {
			condition = c.Text
		}
		switch value := o.node.Get("Value"); {
		case condition != "" && s.holds(condition) == no:
			o.value = s.unknown(o.node, "the output is not made: %s", s.phrase(condition, false))
		case value == nil:
			o.value = s.unknown(o.node, "the output has no value")
		default:
			s.under(condition, true, func() { o.value = s.eval(value) })
		}
	})
	o.state = outputDone
	return o.value
}

func (s *stack) nestedOutput(r *resource, name string, n *syntax.Node) graph.Value {
	child := s.children[r.name]
	if child == nil {
		reason := s.closed[r.name]
		if reason == "" {
			reason = "it is not made"
		}
		return s.unknown(n, "output %s of nested stack %s: %s", name, r.name, reason)
	}
	o := child.output(name)
	if o == nil {
		s.note(n, "nested stack %s has no output %s", r.name, name)
		return s.unknown(n, "nested stack %s has no output %s", r.name, name)
	}
	v := s.settle(o.evaluate())
	v.At = s.at(n)
	return v
}

// indexExports evaluates the names of all exports.
func (r *run) indexExports(roots []*stack) {
	r.exports = map[string][]*output{}
	r.indexing = true
	add := func(s *stack) {
		out := s.t.outputs.node
		if out == nil {
			return
		}
		for i := 0; i+1 < len(out.Items); i += 2 {
			name := out.Items[i+1].Get("Export").Get("Name")
			if name == nil {
				continue
			}
			if c := out.Items[i+1].Get("Condition"); c != nil && s.holds(c.Text) == no {
				continue
			}
			if v := s.eval(name); v.IsScalar() {
				r.exports[v.Text] = append(r.exports[v.Text], s.output(out.Items[i].Text))
			}
		}
	}
	for _, s := range roots {
		r.spent = 0
		add(s)
		s.walk(add)
	}
	r.indexing = false
}

// imported resolves Fn::ImportValue: exports are unique in an account and Region.
func (s *stack) imported(name graph.Value, n *syntax.Node) graph.Value {
	switch {
	case s.run.indexing || s.run.exports == nil:
		return s.unknown(n, "an import in the name of an export")
	case !name.IsScalar():
		return s.unknown(n, "the name of the imported value is not known: %s", why(name))
	}
	var found []*output
	for _, o := range s.run.exports[name.Text] {
		if near(o.stack.env.Account, s.env.Account) && near(o.stack.env.Region, s.env.Region) {
			found = append(found, o)
		}
	}
	switch len(found) {
	case 0:
		return s.unknown(n, "no template among the inputs exports %s", printable(name.Text))
	case 1:
		v := found[0].evaluate()
		v.At = s.at(n)
		return v
	}
	return s.unknown(n, "%d templates among the inputs export %s", len(found), printable(name.Text))
}

func near(a, b string) bool { return a == "" || b == "" || a == b }

// printable writes a text with pseudo parameters instead of tokens.
func printable(s string) string {
	return strings.NewReplacer(graph.TokenAccount, "<account>", graph.TokenRegion, "<region>", graph.TokenPartition, "<partition>").Replace(s)
}

// quote writes a JSON string.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

func noteTooMuch(s *stack) bedlock.Note {
	return bedlock.Note{
		Text: fmt.Sprintf("the template expands to more than %d values: the rest is unknown", maxEvaluations),
		At:   bedlock.Position{File: s.file, Line: 1, Column: 1},
	}
}
