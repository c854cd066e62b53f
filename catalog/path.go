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

// MarshalYAML writes the text form.
func (p Path) MarshalYAML() (any, error) { return p.text, nil }

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

// oneWord are the spellings that the awscc provider takes for one word each.
var oneWord = strings.NewReplacer(
	"CloudFormation", "Cloudformation", "CloudFront", "Cloudfront", "CloudWatch", "Cloudwatch",
	"CNAMEs", "Cnames", "FSx", "Fsx", "OTel", "Otel",
)

// snake follows the awscc provider: a word begins at an upper-case letter or digit
// that follows a lower-case letter, at a letter that follows a digit, and at an
// upper-case letter that begins a capitalised word after a run of capitals
// (KMSKeyArn is kms_key_arn, Ipv6Cidr is ipv_6_cidr, S3Uri is s3_uri).
// Source: https://github.com/hashicorp/terraform-provider-awscc/blob/main/internal/naming/naming.go
func snake(s string) string {
	s = oneWord.Replace(s)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if i > 0 && beginsWord(s, i) {
			b.WriteByte('_')
		}
		if isUpper(c) {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

func beginsWord(s string, i int) bool {
	c, prev := s[i], s[i-1]
	switch {
	case isLower(prev):
		return isUpper(c) || isDigit(c)
	case isDigit(prev):
		return isUpper(c) || isLower(c)
	case isUpper(prev) && isUpper(c):
		return i+1 < len(s) && isLower(s[i+1])
	}
	return false
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
