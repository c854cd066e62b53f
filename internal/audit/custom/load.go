package custom

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/audit"
)

// Set is a checked set of rules. It is immutable and safe for concurrent use.
type Set struct {
	rules []rule // sorted by id
}

type rule struct {
	bedlock.Rule
	scope   audit.Scope
	message string
	program cel.Program
	tests   []test
	at      bedlock.Position
}

// maxFile bounds one rules file, in bytes.
const maxFile = 1 << 20

// Load reads every *.yaml and *.yml file below fsys, each a list of rules, and
// checks the whole. It reports every problem at once, each with file, line and
// column; a folder without any rule is an error.
func Load(fsys fs.FS) (*Set, error) {
	s := &Set{}
	var errs []error
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Size() > maxFile {
			errs = append(errs, fmt.Errorf("load rules %s: the file has more than %d bytes", name, maxFile))
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("load rules: %w", err))
			return nil
		}
		r := &reader{file: name, lines: strings.Split(string(b), "\n")}
		s.rules = append(s.rules, r.rules(b)...)
		errs = append(errs, r.errs...)
		return nil
	})
	if err != nil {
		errs = append(errs, fmt.Errorf("load rules: %w", err))
	}
	slices.SortStableFunc(s.rules, func(a, b rule) int { return strings.Compare(a.ID, b.ID) })
	for i := 1; i < len(s.rules); i++ {
		if a, b := &s.rules[i-1], &s.rules[i]; a.ID == b.ID {
			errs = append(errs, fmt.Errorf("load rules %s: rule %s is at %s already", b.at, b.ID, a.at))
		}
	}
	if len(s.rules) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New("load rules: there are no rules in *.yaml or *.yml files"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// Rules returns the form in which an audit takes the rules.
func (s *Set) Rules() *audit.CustomRules {
	out := &audit.CustomRules{Judge: s.judge}
	for i := range s.rules {
		out.Rules = append(out.Rules, s.rules[i].Rule)
	}
	return out
}

func (s *Set) judge(subject audit.CustomSubject) (out []audit.CustomVerdict) {
	var in *input
	for i := range s.rules {
		r := &s.rules[i]
		if r.scope != subject.Scope {
			continue
		}
		if in == nil {
			in = subjectInput(subject)
		}
		switch a := evaluate(r.program, string(r.scope), in); {
		case a.undecided != "":
			out = append(out, audit.CustomVerdict{Rule: i, Undecided: a.undecided})
		case a.broken:
			out = append(out, audit.CustomVerdict{Rule: i, Message: r.message})
		}
	}
	return out
}

// reader reads one file; problems collect in errs.
type reader struct {
	file  string
	lines []string
	errs  []error
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.failAt(n.Line, n.Column, format, args...)
}

func (r *reader) failAt(line, column int, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("load rules %s:%d:%d: %s", r.file, line, column, fmt.Sprintf(format, args...)))
}

func (r *reader) rules(b []byte) (out []rule) {
	d := yaml.NewDecoder(strings.NewReader(string(b)))
	for {
		var root yaml.Node
		err := d.Decode(&root)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			r.errs = append(r.errs, fmt.Errorf("load rules %s: %w", r.file, err))
			return out
		}
		top := root.Content[0]
		if top.Kind != yaml.SequenceNode {
			r.fail(top, "the file is not a list of rules")
			continue
		}
		for _, n := range top.Content {
			before := len(r.errs)
			if one := r.rule(n); len(r.errs) == before {
				out = append(out, one)
			}
		}
	}
}

var (
	ruleID   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{1,63}$`)
	required = []string{"id", "title", "severity", "scope", "when", "message", "remediation"}
	optional = []string{"rationale", "references", "controls", "tests"}
)

func (r *reader) rule(n *yaml.Node) rule {
	out := rule{at: bedlock.Position{File: r.file, Line: int32(n.Line), Column: int32(n.Column)}}
	m := r.mapping(n, "a rule", required, optional)
	if m == nil {
		return out
	}
	text := func(name string) string {
		if m[name] == nil {
			return ""
		}
		return r.text(m[name], name)
	}
	out.Custom = true
	out.ID, out.Title, out.Remediation = text("id"), text("title"), text("remediation")
	out.Name, out.Rationale, out.message = strings.ToLower(out.ID), text("rationale"), text("message")
	if id := m["id"]; id != nil && out.ID != "" && (!ruleID.MatchString(out.ID) || strings.HasPrefix(strings.ToUpper(out.ID), "BDL")) {
		r.fail(id, "id %q is not 2 to 64 letters, digits, - and _, or begins with BDL", out.ID)
	}
	if s := text("severity"); s != "" {
		severity, err := bedlock.ParseSeverity(s)
		if err != nil {
			r.fail(m["severity"], "%v", err)
		}
		out.Severity = severity
	}
	out.scope = audit.Scope(text("scope"))
	if _, ok := variables[string(out.scope)]; !ok && out.scope != "" {
		r.fail(m["scope"], "scope is %q; there are slot, key and resource", out.scope)
		return out
	}
	if when := text("when"); when != "" && out.scope != "" {
		out.program = r.expression(m["when"], string(out.scope), when)
	}
	out.References, out.Controls = r.references(m["references"]), r.controls(m["controls"])
	if out.scope != "" {
		out.tests = r.tests(m["tests"], string(out.scope))
	}
	return out
}

// expression compiles, and moves the places of errors into the file.
func (r *reader) expression(n *yaml.Node, variable, text string) cel.Program {
	program, faults := compile(variable, text)
	for _, f := range faults {
		line, column := n.Line, n.Column
		switch n.Style {
		case yaml.LiteralStyle:
			line += f.line
			column = f.column + 1
			if line <= len(r.lines) {
				column += indent(r.lines[n.Line])
			}
		case yaml.FoldedStyle: // lines are joined: the expression's begin is all there is
		default:
			if f.line == 1 {
				column += f.column
				if n.Style == yaml.DoubleQuotedStyle || n.Style == yaml.SingleQuotedStyle {
					column++
				}
			}
		}
		r.failAt(line, column, "when: %s", f.text)
	}
	return program
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
