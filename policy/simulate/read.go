package simulate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/policy/authz"
)

const (
	// MaxSize is the longest request file, in bytes.
	MaxSize = 4 << 20
	// MaxCases is how many cases a file may have.
	MaxCases = 10_000
	// maxWork bounds the values that are read, those that cases share counted once a
	// case.
	maxWork = 5_000_000
)

// Reader reads request files.
type Reader struct {
	// Open returns the contents of a policy file that a request file names, by the
	// name as written; nil refuses them.
	Open func(name string) ([]byte, error)
}

// Read reads a request file that names no other files. The error joins all faults,
// each an [*Error]; file is what they call the file.
func Read(file string, b []byte) ([]Case, error) { return Reader{}.Read(file, b) }

// reading is the state of reading one file.
type reading struct {
	Reader
	file   string
	faults []*Error
	// What cases refer to by name.
	documents, principals, organizations map[string]*yaml.Node
	defaults                             fields
	// compiled are the policies read so far, by their nodes: shared ones are read
	// once.
	compiled map[*yaml.Node]*authz.Policy
	// work counts the values read, as cases may share long ones.
	work int
}

var topFields = []string{"documents", "principals", "organizations", "defaults", "cases"}

// Read reads a request file: a list of cases with what they share, or one case.
func (o Reader) Read(file string, b []byte) ([]Case, error) {
	r := &reading{Reader: o, file: file, compiled: map[*yaml.Node]*authz.Policy{}}
	root := r.parse(b)
	if root == nil {
		return nil, r.err()
	}
	if has(root, "action") && !has(root, "cases") {
		c := r.oneCase(root)
		c.Name = first(c.Name, file)
		return []Case{c}, r.err()
	}
	top := r.mapping(root, "a request file", topFields)
	r.documents, r.principals, r.organizations = r.named(top["documents"]), r.named(top["principals"]), r.named(top["organizations"])
	for name, n := range r.documents {
		r.policy(n, name)
	}
	if n := top["defaults"]; n != nil {
		r.defaults = r.mapping(n, "defaults", defaultFields)
	}
	if top["cases"] == nil {
		r.fail(root, "cases: is a list of requests; a file with one request has its fields at the top", "there are no cases")
	}
	var cases []Case
	list := r.list(top["cases"], "cases")
	if len(list) > MaxCases {
		r.fail(list[MaxCases], "split the file", "there are %d cases; at most %d are read", len(list), MaxCases)
		list = nil
	}
	seen := map[string]int{}
	for i, n := range list {
		if r.work > maxWork || len(r.faults) > maxErrors {
			if r.work > maxWork {
				r.fail(n, "split the file", "the cases share too much")
			}
			break
		}
		c := r.oneCase(n)
		if c.Name == "" {
			c.Name = fmt.Sprintf("case %d", i+1)
		}
		if line := seen[c.Name]; line > 0 {
			r.fail(n, "names tell cases apart", "the case of line %d is called %q as well", line, c.Name)
		}
		seen[c.Name] = n.Line
		cases = append(cases, c)
	}
	if len(r.faults) > 0 {
		return nil, r.err()
	}
	return cases, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// parse returns the one document of the text.
func (r *reading) parse(b []byte) *yaml.Node {
	top := &yaml.Node{Line: 1, Column: 1}
	if len(b) > MaxSize {
		r.fail(top, "split the file", "the file has %d bytes; at most %d are read", len(b), MaxSize)
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	var doc yaml.Node
	if err := d.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			r.fail(top, "it needs an action, or cases", "the file is empty")
			return nil
		}
		at := &yaml.Node{}
		text := err.Error()
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			at.Line, _ = strconv.Atoi(m[1])
			text = text[len(m[0]):]
		}
		r.fail(at, "", "this is not YAML: %s", text)
		return nil
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		r.fail(top, "put the cases under cases:", "the file has more than one YAML document")
		return nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		r.fail(top, "it begins with cases:, or with the fields of one request", "the file is not a mapping")
		return nil
	}
	return doc.Content[0]
}

func has(n *yaml.Node, field string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == field {
			return true
		}
	}
	return false
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
