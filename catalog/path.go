package catalog

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Path leads to an attribute inside a resource: member names separated by dots.
// A list met on the way is entered element by element, so a path may lead to
// several values. A name followed by ":json" holds a JSON document as a string;
// the path goes on inside it.
//
//	BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.KMSMasterKeyID
//	Policy:json.KmsARN
type Path struct {
	text  string
	steps []Step
}

// Step is one member name of a [Path].
type Step struct {
	Name string
	JSON bool // the member's value is a JSON text
}

// ParsePath parses the text form of a path.
func ParsePath(s string) (Path, error) {
	if s == "" {
		return Path{}, fmt.Errorf("parse path: empty")
	}
	parts := strings.Split(s, ".")
	steps := make([]Step, len(parts))
	for i, part := range parts {
		name, isJSON := strings.CutSuffix(part, ":json")
		if name == "" || strings.ContainsAny(name, " []{}:/\t\n") {
			return Path{}, fmt.Errorf("parse path %q: bad member name %q", s, part)
		}
		steps[i] = Step{Name: name, JSON: isJSON}
	}
	return Path{text: s, steps: steps}, nil
}

// String returns the text form.
func (p Path) String() string { return p.text }

// IsZero reports whether the path leads nowhere.
func (p Path) IsZero() bool { return len(p.steps) == 0 }

// Steps returns the member names; the caller must not change them.
func (p Path) Steps() []Step { return p.steps }

// UnmarshalYAML reads the text form.
func (p *Path) UnmarshalYAML(n *yaml.Node) (err error) {
	*p, err = ParsePath(n.Value)
	return err
}

// Snake turns a CloudFormation path into the awscc provider's attribute path:
// KmsKeyArn becomes kms_key_arn. The provider derives its names by the same rule.
func (p Path) Snake() Path {
	steps := make([]Step, len(p.steps))
	texts := make([]string, len(p.steps))
	inside := false // names inside a JSON document are the document's own
	for i, s := range p.steps {
		steps[i] = s
		if !inside {
			steps[i].Name = snake(s.Name)
		}
		inside = inside || s.JSON
		texts[i] = steps[i].Name
		if s.JSON {
			texts[i] += ":json"
		}
	}
	return Path{text: strings.Join(texts, "."), steps: steps}
}

// snake follows the awscc provider: a word begins at an upper-case letter that
// follows a lower-case letter or digit, or that begins a capitalised word after a
// run of capitals (KMSKeyArn is kms_key_arn, SSEAlgorithm is sse_algorithm).
func snake(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isUpper(c) {
			next := i+1 < len(s) && isLower(s[i+1])
			if i > 0 && (!isUpper(s[i-1]) || next) && s[i-1] != '_' {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
