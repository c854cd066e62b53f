package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ParseYAML parses one YAML document of any encoding that [Decode] takes, as
// CloudFormation reads YAML 1.1: unquoted true, yes and on (in the usual spellings)
// are a Bool, dates stay text. Texts keep their spelling, tags of an application
// ("!Sub") stay in Tag, anchors and merge keys are expanded. Duplicate keys, keys
// that are not scalars and anchors that contain themselves are errors.
//
// A file with several documents is an error that is NotInput, as CloudFormation
// takes exactly one; the first document is returned with it, so that a caller can
// tell what the file was meant to be. Every error is an [*Error] with a position:
// line and column of the place, or at least the line of its beginning.
func ParseYAML(name string, data []byte, lim Limits) (*Node, error) {
	lim = lim.withDefaults()
	if len(data) > lim.MaxBytes {
		return nil, tooLarge(name, len(data), lim.MaxBytes)
	}
	data, err := Decode(name, data)
	if err != nil {
		return nil, err
	}
	if len(data) > lim.MaxYAMLBytes {
		return nil, tooLarge(name, len(data), lim.MaxYAMLBytes)
	}
	l := newLines(name, data)
	if err := l.characters(); err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	doc, err := next(dec)
	if errors.Is(err, io.EOF) {
		return nil, empty(name)
	}
	if err != nil {
		return nil, l.explain(err)
	}
	c := &converter{lines: l, lim: lim, open: map[*yaml.Node]bool{}}
	root, err := c.convert(doc.Content[0], 0)
	if err != nil {
		return nil, err
	}
	for {
		more, err := next(dec)
		switch {
		case errors.Is(err, io.EOF):
			return &root, nil
		case err != nil:
			return nil, l.explain(err)
		case !blank(more):
			return &root, &Error{
				At:       l.pos(more.Line, 1),
				Message:  "a second YAML document begins; only files with one document are read",
				Hint:     "put each document into a file of its own",
				NotInput: true,
			}
		}
	}
}

// next reads one document. A panic of the parser is an error of the file.
func next(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, fmt.Errorf("yaml: %v", p)
		}
	}()
	doc = new(yaml.Node)
	if err := dec.Decode(doc); err != nil {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil, io.EOF
	}
	return doc, nil
}

func blank(doc *yaml.Node) bool {
	n := doc.Content[0]
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Tag == "!!null"
}

// converter turns the parser's nodes into ours.
type converter struct {
	*lines
	lim     Limits
	nodes   int
	aliased int
	// inAlias is how many aliases are being expanded.
	inAlias int
	open    map[*yaml.Node]bool
}

func (c *converter) fail(n *yaml.Node, hint, format string, args ...any) *Error {
	return &Error{
		At:      c.pos(n.Line, c.column(n.Line, n.Column)),
		Message: fmt.Sprintf(format, args...),
		Hint:    hint,
	}
}

func (c *converter) count(n *yaml.Node) error {
	if c.nodes++; c.nodes > c.lim.MaxNodes {
		return c.fail(n, "", "the file has more than %d values", c.lim.MaxNodes)
	}
	if c.inAlias > 0 {
		if c.aliased++; c.aliased > c.lim.MaxAliasNodes {
			return c.fail(n, "", "the file's aliases expand to more than %d values", c.lim.MaxAliasNodes)
		}
	}
	return nil
}

func (c *converter) convert(n *yaml.Node, depth int) (Node, error) {
	if n.Kind == yaml.AliasNode {
		return c.alias(n, depth)
	}
	if err := c.count(n); err != nil {
		return Node{}, err
	}
	out := Node{Line: int32(n.Line), Column: int32(c.column(n.Line, n.Column))}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") && n.Tag != "!" {
		out.Tag = n.Tag
	}
	if n.Kind == yaml.ScalarNode {
		out.Text, out.Kind = n.Value, scalarKind(n)
		return out, nil
	}
	if depth++; depth > c.lim.MaxDepth {
		return out, c.fail(n, "", "lists and maps are nested deeper than %d levels", c.lim.MaxDepth)
	}
	var err error
	switch n.Kind {
	case yaml.SequenceNode:
		out.Kind = List
		if len(n.Content) > 0 {
			out.Items = make([]Node, len(n.Content))
		}
		for i, item := range n.Content {
			if out.Items[i], err = c.convert(item, depth); err != nil {
				return out, err
			}
		}
	case yaml.MappingNode:
		out.Kind = Map
		out.Items, err = c.members(n, depth)
	default:
		return out, c.fail(n, "", "a value of an unknown kind")
	}
	return out, err
}

func (c *converter) alias(n *yaml.Node, depth int) (Node, error) {
	if c.open[n.Alias] || n.Alias == nil || depth > c.lim.MaxDepth {
		return Node{}, c.fail(n, "", "anchor &%s contains itself", n.Value)
	}
	c.open[n.Alias] = true
	c.inAlias++
	out, err := c.convert(n.Alias, depth)
	c.inAlias--
	delete(c.open, n.Alias)
	return out, err
}

func (c *converter) members(n *yaml.Node, depth int) ([]Node, error) {
	items := make([]Node, 0, len(n.Content))
	seen := make(map[string]int, len(n.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; k.Kind == yaml.ScalarNode && k.Tag == "!!merge" {
			merges = append(merges, n.Content[i+1])
			continue
		}
		key, err := c.key(n.Content[i], depth)
		if err != nil {
			return nil, err
		}
		if j, dup := seen[key.Text]; dup {
			return nil, twice(c.name, &items[j], &key)
		}
		value, err := c.convert(n.Content[i+1], depth)
		if err != nil {
			return nil, err
		}
		seen[key.Text] = len(items)
		items = append(items, key, value)
	}
	for _, m := range merges {
		var err error
		if items, err = c.merge(items, seen, m, depth); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// key converts a map's key. YAML allows any value there; a template has only
// scalars, so {{ name }}, a map as key of a map, is a template language.
func (c *converter) key(n *yaml.Node, depth int) (Node, error) {
	key, err := c.convert(n, depth)
	if err != nil {
		return key, err
	}
	if key.Kind == List || key.Kind == Map || key.Tag != "" {
		hint := "quote the key if it is meant as text"
		if bytes.Contains(c.line(n.Line), []byte("{{")) {
			hint = rawTemplate
		}
		return key, c.fail(n, hint, "a key that is not plain text")
	}
	key.Kind = String
	return key, nil
}

// merge adds the members of a merge key ("<<") that are not there yet: the map's
// own members win, then the earlier of several maps.
func (c *converter) merge(items []Node, seen map[string]int, n *yaml.Node, depth int) ([]Node, error) {
	value, err := c.convert(n, depth)
	if err != nil {
		return nil, err
	}
	sources := []Node{value}
	if value.Kind == List {
		sources = value.Items
	}
	for _, src := range sources {
		if src.Kind != Map {
			return nil, c.fail(n, "<< takes a map or a list of maps", "a merge key without a map")
		}
		for i := 0; i+1 < len(src.Items); i += 2 {
			if _, have := seen[src.Items[i].Text]; have {
				continue
			}
			seen[src.Items[i].Text] = len(items)
			items = append(items, src.Items[i], src.Items[i+1])
		}
	}
	return items, nil
}
