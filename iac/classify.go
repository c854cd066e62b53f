package iac

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/iac/cloudformation"
	"github.com/bedlock/bedlock/iac/syntax"
	"github.com/bedlock/bedlock/iac/terraform"
	"github.com/bedlock/bedlock/inventory"
)

// Kind says what a file is, as its content shows. The zero value means: no input.
type Kind string

// The kinds; the texts are those of --as and of the reports.
const (
	KindTemplate  Kind = "cloudformation"
	KindAssembly  Kind = "cdk-assembly"
	KindPlan      Kind = "terraform-plan"
	KindState     Kind = "terraform-state"
	KindCode      Kind = "terraform"
	KindInventory Kind = "inventory"
)

// Kinds returns every kind that a file can be declared to be.
func Kinds() []Kind {
	return []Kind{KindTemplate, KindAssembly, KindPlan, KindState, KindInventory}
}

// marks are what makes a broken file one that was meant to be an input.
var marks = regexp.MustCompile(`AWSTemplateFormatVersion|["']?Resources["']?\s*:|AWS::[A-Za-z0-9]+::[A-Za-z0-9]+|"planned_values"|"resource_changes"|"terraform_version"|` + inventory.Version)

var yamlSuffixes = []string{".yaml", ".yml", ".template", ".cfn", ".yaml.txt", ".yml.txt"}

// classified is one file, read.
type classified struct {
	kind Kind
	node *syntax.Node
	data []byte
	// reason is why the file is not an input, err why it could not be read.
	reason string
	err    error
}

// classify reads a file's text and tells what it is.
func classify(path string, raw []byte) classified {
	if len(bytes.TrimSpace(raw)) == 0 {
		return classified{reason: "empty file"}
	}
	if what := binary(raw); what != "" {
		return classified{reason: what}
	}
	data, err := syntax.Decode(path, raw)
	if err != nil {
		if looksLikeText(path) {
			return classified{err: err}
		}
		return classified{reason: "not a text file"}
	}
	if !candidate(path, data) {
		return classified{reason: "neither JSON nor YAML"}
	}
	node, err := syntax.Parse(path, data, syntax.Limits{})
	if err != nil {
		if marks.Match(data) {
			return classified{err: err}
		}
		return classified{reason: "cannot be read as JSON or YAML (" + err.Error() + "), and nothing in it looks like a template, plan, state or inventory"}
	}
	kind := kindOf(node)
	if kind == "" {
		return classified{reason: notInput(node)}
	}
	return classified{kind: kind, node: node}.keeping(data)
}

// keeping keeps the text of a saved inventory, which has a reader of its own; of
// everything else the tree is all that is needed.
func (c classified) keeping(data []byte) classified {
	if c.kind == KindInventory {
		c.node, c.data = nil, data
	}
	return c
}

// candidate reports whether a file can be JSON or YAML of interest.
func candidate(path string, data []byte) bool {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	return strings.HasSuffix(path, ".json") || looksLikeText(path) ||
		len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') || marks.Match(data) && bytes.Contains(data, []byte("AWS::"))
}

func looksLikeText(path string) bool {
	lower := strings.ToLower(path)
	for _, s := range append([]string{".json"}, yamlSuffixes...) {
		if strings.HasSuffix(lower, s) {
			return true
		}
	}
	return false
}

// binary names the kind of a binary file, "" for text.
func binary(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte{0x1f, 0x8b}):
		return "gzip archive"
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		return "zip archive"
	case bytes.HasPrefix(raw, []byte("\x7fELF")):
		return "executable"
	}
	head := raw[:min(len(raw), 4096)]
	utf16 := bytes.HasPrefix(raw, []byte{0xff, 0xfe}) || bytes.HasPrefix(raw, []byte{0xfe, 0xff})
	if !utf16 && bytes.Count(head, []byte{0}) > 0 && !looksUTF16(head) {
		return "binary file"
	}
	return ""
}

// looksUTF16: every other byte of ASCII text in UTF-16 is zero.
func looksUTF16(head []byte) bool {
	return len(head) >= 4 && bytes.Count(head, []byte{0})*5 >= len(head)*2
}

func kindOf(n *syntax.Node) Kind {
	switch {
	case n.Get("version") != nil && strings.HasPrefix(n.Get("version").Text, "bedlock-inventory/"):
		return KindInventory
	case cloudformation.DetectManifest(n):
		return KindAssembly
	case terraform.DetectPlan(n):
		return KindPlan
	case terraform.DetectState(n):
		return KindState
	case cloudformation.Detect(n):
		return KindTemplate
	}
	return ""
}

// notInput says what a well-formed file is that is no input.
func notInput(n *syntax.Node) string {
	has := func(keys ...string) bool {
		for _, k := range keys {
			if n.Get(k) == nil {
				return false
			}
		}
		return true
	}
	switch {
	case n.Kind == syntax.List && len(n.Items) > 0 && n.Items[0].Get("ParameterKey") != nil:
		return "a CloudFormation parameters file; give it with --parameters"
	case n.Kind == syntax.List && len(n.Items) > 0 && n.Items[0].Get("eventSource") != nil, has("Records"):
		return "CloudTrail records"
	case has("files", "dockerImages"):
		return "a CDK asset manifest"
	case has("tree", "version"):
		return "a CDK construct tree"
	case has("artifacts", "version"):
		return "a CDK assembly manifest without stacks"
	case n.Kind == syntax.Map && len(n.Items) == 2 && has("version"):
		return "a CDK version marker"
	case has("Statement"):
		return "a policy document, not a template"
	case has("Parameters"):
		return "parameters of a stack, not a template"
	case n.Kind != syntax.Map:
		return "not an object: no template, plan, state or inventory"
	}
	return "no template, plan, state or inventory"
}
