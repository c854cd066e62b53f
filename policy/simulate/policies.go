package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

var policyFields = []string{"identity", "boundary", "session", "scps", "rcps", "endpoint", "resource"}

// policies reads the policies by layer.
func (r *reading) policies(n *yaml.Node, l *authz.Layers) {
	f := r.mapping(n, "policies", policyFields)
	l.Identity = r.several(f["identity"], "identity")
	l.Boundary = r.single(f["boundary"], "boundary")
	l.Session = r.several(f["session"], "session")
	l.SCPs = r.levels(f["scps"], "scp")
	l.RCPs = r.levels(f["rcps"], "rcp")
	l.Endpoint = r.single(f["endpoint"], "endpoint")
	l.Resource = r.single(f["resource"], "resource")
}

func (r *reading) single(n *yaml.Node, layer string) *authz.Policy {
	if n == nil {
		return nil
	}
	return r.policy(n, layer)
}

// several reads a list of policies; one policy is a list of one. The result is not
// nil: a layer that is there and empty allows nothing.
func (r *reading) several(n *yaml.Node, layer string) []*authz.Policy {
	if n == nil {
		return nil
	}
	out := []*authz.Policy{}
	if n.Kind != yaml.SequenceNode {
		return append(out, r.policy(n, layer))
	}
	for i, item := range n.Content {
		out = append(out, r.policy(item, fmt.Sprintf("%s-%d", layer, i+1)))
	}
	return out
}

// levels reads a list of levels, each a list of policies, from the root down.
func (r *reading) levels(n *yaml.Node, layer string) [][]*authz.Policy {
	if n == nil {
		return nil
	}
	out := [][]*authz.Policy{}
	for i, level := range r.list(n, layer+"s") {
		if level.Kind != yaml.SequenceNode {
			r.fail(level, "each level, from the root down to the account, is a list of policies", "a level is not a list")
			continue
		}
		out = append(out, r.several(level, fmt.Sprintf("%s-%d", layer, i+1)))
	}
	return out
}

// policy reads one policy: the name of one of the documents, a document, or a
// mapping with a name and a document or file.
func (r *reading) policy(n *yaml.Node, name string) *authz.Policy {
	if n.Kind == yaml.ScalarNode && !strings.HasPrefix(strings.TrimSpace(n.Value), "{") {
		shared := r.documents[n.Value]
		if shared == nil {
			r.fail(n, "name one of the documents, or give a document", "there is no document %q", n.Value)
			return emptyPolicy(name)
		}
		n, name = shared, n.Value
	}
	if p := r.compiled[n]; p != nil {
		return p
	}
	p := r.document(n, name)
	r.compiled[n] = p
	return p
}

func emptyPolicy(name string) *authz.Policy { return authz.Compile(name, &policy.Document{}) }

// document reads a document in place, or one wrapped with its name or file.
func (r *reading) document(n *yaml.Node, name string) *authz.Policy {
	if n.Kind == yaml.MappingNode && (has(n, "file") || has(n, "document") || has(n, "name")) {
		f := r.mapping(n, "a policy", []string{"name", "file", "document"})
		if f["name"] != nil {
			name = r.text(f["name"], "name")
		}
		if (f["file"] == nil) == (f["document"] == nil) {
			r.fail(n, "give a document or a file", "the policy %s has not one text", name)
			return emptyPolicy(name)
		}
		if f["file"] != nil {
			return r.policyFile(f["file"], name)
		}
		n = f["document"]
	}
	text, line := r.json(n)
	return r.compile(n, name, text, line)
}

func (r *reading) policyFile(n *yaml.Node, name string) *authz.Policy {
	file := r.text(n, "file")
	if r.Open == nil {
		r.fail(n, "give the document in place", "files are not read here")
		return emptyPolicy(name)
	}
	b, err := r.Open(file)
	if err != nil {
		r.fail(n, "", "the policy file %s cannot be read: %v", file, err)
		return emptyPolicy(name)
	}
	doc, err := policy.Parse(string(b))
	if err != nil {
		r.fail(n, "", "the policy file %s: %v", file, err)
		return emptyPolicy(name)
	}
	return authz.Compile(name, doc)
}

// compile parses a policy text that begins on a line of the file, so that reasons
// can say where their statements are.
func (r *reading) compile(n *yaml.Node, name, text string, line int) *authz.Policy {
	if text == "" {
		return emptyPolicy(name)
	}
	doc, err := policy.Parse(text)
	if err != nil {
		at := *n
		var syntax *policy.SyntaxError
		if errors.As(err, &syntax) {
			at.Line, at.Column = line+syntax.Line-1, 0
			r.fail(&at, "a policy is a mapping, or its JSON", "the policy %s: %s", name, syntax.Reason)
		} else {
			r.fail(&at, "", "the policy %s: %v", name, err)
		}
		return emptyPolicy(name)
	}
	for i := range doc.Statements {
		s := &doc.Statements[i]
		s.At.Line += line - 1
		for j := range s.Conditions {
			s.Conditions[j].At.Line += line - 1
		}
	}
	for i := range doc.Problems {
		doc.Problems[i].At.Line += line - 1
	}
	return authz.Compile(name, doc)
}

// maxDepth bounds the nesting of a policy in YAML; one needs six levels.
const maxDepth = 20

// json returns the JSON of a policy in YAML, with every value on the line, counted
// from the second result, on which it stands in the file.
func (r *reading) json(n *yaml.Node) (string, int) {
	if n.Kind == yaml.ScalarNode {
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			return n.Value, n.Line + 1
		}
		return n.Value, n.Line
	}
	if !r.is(n, yaml.MappingNode, "the policy", "a mapping") {
		return "", 0
	}
	w := &jsonWriter{r: r, line: n.Line}
	w.value(n, 0)
	return w.b.String(), n.Line
}

type jsonWriter struct {
	r    *reading
	b    strings.Builder
	line int
}

func (w *jsonWriter) value(n *yaml.Node, depth int) {
	for ; w.line < n.Line; w.line++ {
		w.b.WriteByte('\n')
	}
	if depth > maxDepth {
		w.r.fail(n, "", "the policy is nested deeper than %d levels", maxDepth)
		w.b.WriteString("null")
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		w.b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.value(n.Content[i], depth+1)
			w.b.WriteByte(':')
			w.value(n.Content[i+1], depth+1)
		}
		w.b.WriteByte('}')
	case yaml.SequenceNode:
		w.b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.value(item, depth+1)
		}
		w.b.WriteByte(']')
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			w.b.WriteString("null")
			return
		}
		text, err := json.Marshal(n.Value)
		if err != nil {
			w.r.fail(n, "", "%v", err)
		}
		w.b.Write(text)
	default:
		w.r.is(n, yaml.MappingNode, "this", "a value")
		w.b.WriteString("null")
	}
}
