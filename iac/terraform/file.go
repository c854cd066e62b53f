package terraform

import (
	"bytes"
	"fmt"
	"path"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/syntax"
)

// Bounds of one file of code. The parser of HCL recurses, so what nests too deeply
// is refused before it is parsed.
const (
	maxFile    = 16 << 20
	maxNesting = 500
)

// file is one parsed file of code. Its body is HCL's, also when it is JSON.
type file struct {
	name string
	body *hclsyntax.Body
	// src is the text that ranges point into; lines are the offsets of its lines,
	// nil when columns count bytes already.
	src   []byte
	lines []int
	err   *syntax.Error
}

func isJSON(name string) bool { return strings.HasSuffix(name, ".json") }

// parseFile parses one file of code or variables; errors are in the file.
func parseFile(name string, raw []byte) *file {
	f := &file{name: name, body: &hclsyntax.Body{}}
	data, err := syntax.Decode(name, raw)
	if err != nil {
		f.err = syntaxError(name, err)
		return f
	}
	if len(data) > maxFile {
		f.err = &syntax.Error{At: bedlock.Position{File: name, Line: 1, Column: 1}, Message: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), maxFile)}
		return f
	}
	if isJSON(name) {
		f.parseJSON(data)
		return f
	}
	f.src = data
	f.lines = lineStarts(data)
	if f.err = tooDeep(name, data); f.err != nil {
		return f
	}
	parsed, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
	if diags.HasErrors() {
		f.err = f.diagnostic(diags)
		return f
	}
	f.body = parsed.Body.(*hclsyntax.Body)
	return f
}

func syntaxError(name string, err error) *syntax.Error {
	if e, ok := err.(*syntax.Error); ok {
		return e
	}
	return &syntax.Error{At: bedlock.Position{File: name}, Message: err.Error()}
}

// diagnostic turns the first error of the parser into ours.
func (f *file) diagnostic(diags hcl.Diagnostics) *syntax.Error {
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		e := &syntax.Error{Message: lowerFirst(d.Summary), Hint: d.Detail, At: bedlock.Position{File: f.name}}
		if d.Subject != nil {
			e.At = f.position(d.Subject.Start)
		}
		return e
	}
	return &syntax.Error{Message: "cannot be read", At: bedlock.Position{File: f.name}}
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

func lineStarts(src []byte) []int {
	starts := []int{0}
	for i := 0; ; {
		n := bytes.IndexByte(src[i:], '\n')
		if n < 0 {
			return starts
		}
		i += n + 1
		starts = append(starts, i)
	}
}

// position counts columns in bytes, where HCL counts characters.
func (f *file) position(p hcl.Pos) bedlock.Position {
	at := bedlock.Position{File: f.name, Line: int32(p.Line), Column: int32(p.Column)}
	if p.Line >= 1 && p.Line <= len(f.lines) {
		if column := p.Byte - f.lines[p.Line-1] + 1; column >= 1 {
			at.Column = int32(column)
		}
	}
	return at
}

// text returns the source of a range on one line, with spaces made single.
func (f *file) text(r hcl.Range) string {
	if r.Start.Byte < 0 || r.End.Byte > len(f.src) || r.Start.Byte >= r.End.Byte {
		return ""
	}
	s := strings.Join(strings.Fields(string(f.src[r.Start.Byte:min(r.End.Byte, r.Start.Byte+400)])), " ")
	if len(s) > 160 {
		s = strings.ToValidUTF8(s[:157], "") + "..."
	}
	return s
}

// nesting counts what makes the parser recurse: open brackets, and the conditionals
// and unary operators that are not finished.
type nesting struct {
	open         []byte
	conditionals []int // per bracket, the outermost first
	total, unary int
}

func (n *nesting) add(c byte) {
	top := len(n.conditionals) - 1
	switch c {
	case '(', '[', '{':
		n.open, n.conditionals = append(n.open, c), append(n.conditionals, 0)
		n.total++
	case ')', ']', '}':
		if top > 0 {
			n.total -= 1 + n.conditionals[top]
			n.open, n.conditionals = n.open[:top-1], n.conditionals[:top]
		}
	case '?':
		n.conditionals[top]++
		n.total++
	case ',', '\n':
		if c == ',' || top == 0 || n.open[top-1] == '{' {
			n.total -= n.conditionals[top]
			n.conditionals[top] = 0
		}
	case '!', '-':
		n.unary++
		return
	case ' ', '\t', '\r':
		return
	}
	n.unary = 0
}

// tooDeep finds what would make the parser recurse without bound. Texts and
// comments are counted as well; at this bound that does not matter.
func tooDeep(name string, src []byte) *syntax.Error {
	n := nesting{conditionals: []int{0}}
	for i, c := range src {
		n.add(c)
		if n.total+n.unary <= maxNesting {
			continue
		}
		if head := lineHead(src, i); n.unary > 0 && (head == '#' || head == '/') {
			n.unary = 0 // a ruler made of dashes
			continue
		}
		return &syntax.Error{
			At: bedlock.Position{
				File: name, Line: int32(1 + bytes.Count(src[:i], []byte("\n"))),
				Column: int32(i - bytes.LastIndexByte(src[:i], '\n')),
			},
			Message: fmt.Sprintf("nested more than %d levels deep", maxNesting),
			Hint:    "split the expression with locals",
		}
	}
	return nil
}

// lineHead is the first character of the line that holds an offset.
func lineHead(src []byte, i int) byte {
	line := bytes.TrimLeft(src[bytes.LastIndexByte(src[:i], '\n')+1:i+1], " \t")
	if len(line) == 0 {
		return 0
	}
	return line[0]
}

// folder is the parsed code of one folder: all that its files declare.
type folder struct {
	dir   string
	files []*file
	// broken says that a file could not be read: what seems to be missing may be there.
	broken    bool
	locals    map[string]*hclsyntax.Attribute
	variables map[string]*hclsyntax.Block
	outputs   map[string]*hclsyntax.Block
	providers []*hclsyntax.Block
	declared  []*hclsyntax.Block // resource, data, ephemeral and module, in order
}

// isCode reports whether a file holds Terraform or OpenTofu code.
func isCode(name string) bool {
	for _, suffix := range []string{".tf", ".tf.json", ".tofu", ".tofu.json"} {
		if strings.HasSuffix(name, suffix) && !strings.HasPrefix(path.Base(name), ".") {
			return true
		}
	}
	return false
}

// shadowed drops main.tf where OpenTofu's main.tofu stands beside it.
func shadowed(names []string) []string {
	have := map[string]bool{}
	for _, n := range names {
		have[n] = true
	}
	var kept []string
	for _, n := range names {
		base, json := strings.CutSuffix(n, ".json")
		if stem, ok := strings.CutSuffix(base, ".tf"); ok {
			other := stem + ".tofu"
			if json {
				other += ".json"
			}
			if have[other] {
				continue
			}
		}
		kept = append(kept, n)
	}
	return kept
}

// index sorts the blocks of all files by what they declare.
func (d *folder) index() {
	d.locals = map[string]*hclsyntax.Attribute{}
	d.variables, d.outputs = map[string]*hclsyntax.Block{}, map[string]*hclsyntax.Block{}
	sort.SliceStable(d.files, func(i, j int) bool { // override files come last
		a, b := isOverride(d.files[i].name), isOverride(d.files[j].name)
		return !a && b || a == b && d.files[i].name < d.files[j].name
	})
	for _, f := range d.files {
		d.broken = d.broken || f.err != nil
		for _, b := range f.body.Blocks {
			d.declare(b, isOverride(f.name))
		}
	}
}

func isOverride(name string) bool {
	base := strings.TrimSuffix(path.Base(name), ".json")
	stem := strings.TrimSuffix(strings.TrimSuffix(base, ".tf"), ".tofu")
	return stem == "override" || strings.HasSuffix(stem, "_override")
}

func (d *folder) declare(b *hclsyntax.Block, override bool) {
	switch {
	case b.Type == "locals":
		for name, a := range b.Body.Attributes {
			if _, twice := d.locals[name]; !twice || override {
				d.locals[name] = a
			}
		}
	case b.Type == "variable" && len(b.Labels) == 1:
		put(d.variables, b, override)
	case b.Type == "output" && len(b.Labels) == 1:
		put(d.outputs, b, override)
	case b.Type == "provider" && len(b.Labels) == 1:
		d.providers = append(d.providers, b)
	case (b.Type == "resource" || b.Type == "data" || b.Type == "ephemeral") && len(b.Labels) == 2, b.Type == "module" && len(b.Labels) == 1:
		if override {
			for i, old := range d.declared {
				if blockName(old) == blockName(b) {
					d.declared[i] = overridden(old, b)
					return
				}
			}
		}
		d.declared = append(d.declared, b)
	case b.Type == "check": // data sources may stand inside
		for _, inner := range b.Body.Blocks {
			if inner.Type == "data" && len(inner.Labels) == 2 {
				d.declared = append(d.declared, inner)
			}
		}
	}
}

func put(to map[string]*hclsyntax.Block, b *hclsyntax.Block, override bool) {
	if old := to[b.Labels[0]]; old == nil || override {
		if old != nil {
			b = overridden(old, b)
		}
		to[b.Labels[0]] = b
	}
}

// overridden merges an override file's block into the one it overrides.
func overridden(old, by *hclsyntax.Block) *hclsyntax.Block {
	merged, body := *old, *old.Body
	body.Attributes = hclsyntax.Attributes{}
	for n, a := range old.Body.Attributes {
		body.Attributes[n] = a
	}
	replaced := map[string]bool{}
	for n, a := range by.Body.Attributes {
		body.Attributes[n] = a
	}
	body.Blocks = nil
	for _, b := range by.Body.Blocks {
		replaced[b.Type] = true
	}
	for _, b := range old.Body.Blocks {
		if !replaced[b.Type] {
			body.Blocks = append(body.Blocks, b)
		}
	}
	body.Blocks = append(body.Blocks, by.Body.Blocks...)
	merged.Body = &body
	return &merged
}

// blockName is how expressions refer to what a block declares.
func blockName(b *hclsyntax.Block) string {
	switch b.Type {
	case "data", "ephemeral", "module":
		return b.Type + "." + strings.Join(b.Labels, ".")
	}
	return strings.Join(b.Labels, ".")
}
