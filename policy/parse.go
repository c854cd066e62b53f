package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Parse reads a policy document. The error is a [*SyntaxError]: the text is not
// one JSON object, or longer than [MaxSize]. Everything else that IAM would refuse
// is listed in [Document.Problems], and what can be read is.
func Parse(text string) (*Document, error) {
	if len(text) > MaxSize {
		return nil, &SyntaxError{Place{0, 1, 1}, fmt.Sprintf("the text has %d bytes; more than %d are not read", len(text), MaxSize)}
	}
	root, err := readJSON(text)
	if err != nil {
		return nil, err
	}
	if root.kind != jsonObject {
		return nil, &SyntaxError{place(text, root.at), "the document is " + root.kind.String() + ", not an object"}
	}
	p := &parser{lines: newLines(text), doc: &Document{text: text, places: map[string]int{}}, statement: -1}
	p.doc.lines = p.lines
	p.document(root)
	return p.doc, nil
}

type parser struct {
	lines     lines
	doc       *Document
	statement int
}

func (p *parser) problem(k ProblemKind, at int, format string, args ...any) {
	p.doc.Problems = append(p.doc.Problems, Problem{Kind: k, Text: fmt.Sprintf(format, args...), Statement: p.statement, At: p.lines.place(at)})
}

// element finds the canonical spelling of an element's name. IAM refuses the same
// element twice in different case, so another case is read and reported.
func (p *parser) element(m member, known []string, seen map[string]bool) string {
	for _, name := range known {
		if !strings.EqualFold(name, m.name) {
			continue
		}
		if name != m.name {
			p.problem(BadElement, m.at, "%s is written %s", name, m.name)
		}
		if seen[name] {
			p.problem(Duplicate, m.at, "%s is there twice; the last one is read", name)
		}
		seen[name] = true
		return name
	}
	p.problem(BadElement, m.at, "there is no element %q", m.name)
	return ""
}

var documentElements = []string{"Version", "Id", "Statement"}

func (p *parser) document(root node) {
	seen := map[string]bool{}
	for _, m := range root.members {
		name := p.element(m, documentElements, seen)
		if name != "" {
			p.doc.places[name] = m.at
		}
		switch name {
		case "Version":
			p.doc.Version = p.scalar("Version", m.value)
			if v := p.doc.Version; v != "2012-10-17" && v != "2008-10-17" && !isToken(v) {
				p.problem(BadValue, m.value.at, "Version is %q; there are 2012-10-17 and 2008-10-17", v)
			}
		case "Id":
			p.doc.ID = p.scalar("Id", m.value)
		case "Statement":
			p.doc.Statements = nil
			p.statements(m.value)
		}
	}
	if !seen["Statement"] {
		p.problem(Incomplete, root.at, "there is no Statement")
	}
}

func (p *parser) statements(n node) {
	list := n.items
	if n.kind != jsonList {
		list = []node{n}
	}
	for i, item := range list {
		p.statement = i
		s := Statement{Index: i, At: p.lines.place(item.at), places: &places{lines: p.lines}}
		switch {
		case item.kind == jsonObject:
			p.fill(&s, item)
		case item.kind == jsonString && isToken(item.text):
			s.undetermined("Statement", item.text)
			p.problem(NotKnown, item.at, "the statement is not known")
		default:
			p.problem(BadForm, item.at, "a statement is %s, not an object", item.kind)
		}
		p.doc.Statements = append(p.doc.Statements, s)
		p.statement = -1
	}
}

var statementElements = []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}

func (p *parser) fill(s *Statement, n node) {
	seen := map[string]bool{}
	for _, m := range n.members {
		name := p.element(m, statementElements, seen)
		s.places.note(name, m.at, nil)
		switch name {
		case "Sid":
			s.Sid = p.scalar(name, m.value)
		case "Effect":
			s.Effect = p.effect(s, m.value)
		case "Principal":
			s.Principals = p.principals(s, name, m.value)
		case "NotPrincipal":
			s.NotPrincipals = p.principals(s, name, m.value)
		case "Action":
			s.Actions = p.entries(s, name, m)
		case "NotAction":
			s.NotActions = p.entries(s, name, m)
		case "Resource":
			s.Resources = p.entries(s, name, m)
		case "NotResource":
			s.NotResources = p.entries(s, name, m)
		case "Condition":
			s.Conditions = p.conditions(s, m.value)
		}
	}
	slices.SortStableFunc(s.Undetermined, func(a, b Undetermined) int {
		return slices.Index(statementElements, a.Element) - slices.Index(statementElements, b.Element)
	})
	if !seen["Effect"] {
		p.problem(Incomplete, n.at, "there is no Effect")
	}
	for _, pair := range [...][2]string{{"Principal", "NotPrincipal"}, {"Action", "NotAction"}, {"Resource", "NotResource"}} {
		if seen[pair[0]] && seen[pair[1]] {
			p.problem(Conflict, n.at, "both %s and %s", pair[0], pair[1])
		}
	}
	if !seen["Action"] && !seen["NotAction"] {
		p.problem(Incomplete, n.at, "there is no Action")
	}
}

func (p *parser) effect(s *Statement, n node) Effect {
	switch v := p.scalar("Effect", n); {
	case v == "Allow":
		return Allow
	case v == "Deny":
		return Deny
	case isToken(v):
		s.undetermined("Effect", v)
		p.problem(NotKnown, n.at, "the Effect is not known")
	default:
		p.problem(BadValue, n.at, "Effect is %q; there are Allow and Deny", v)
	}
	return 0
}

// scalar reads a string; IAM also takes numbers and booleans for one.
func (p *parser) scalar(element string, n node) string {
	switch n.kind {
	case jsonString, jsonNumber, jsonBool:
		return n.text
	}
	p.problem(BadForm, n.at, "%s is %s, not a string", element, n.kind)
	return ""
}

// entries reads the list of an element of the statement.
func (p *parser) entries(s *Statement, element string, m member) []string {
	if isToken(m.value.text) {
		s.undetermined(element, m.value.text)
	}
	out, at := p.list(element, m.value)
	s.places.note(element, m.at, at)
	return out
}

// list reads a string or a list of strings, and where they stand. The result is
// never nil, so that an empty list is told from a missing element.
func (p *parser) list(element string, n node) (out []string, at []int) {
	out = []string{}
	switch n.kind {
	case jsonList:
		for _, item := range n.items {
			if item.kind == jsonList || item.kind == jsonObject || item.kind == jsonNull {
				p.problem(BadForm, item.at, "an entry of %s is %s, not a string", element, item.kind)
				continue
			}
			out, at = append(out, item.text), append(at, item.at)
		}
		return out, at
	case jsonObject, jsonNull:
		p.problem(BadForm, n.at, "%s is %s, not a string or a list of strings", element, n.kind)
		return out, nil
	}
	return append(out, n.text), append(at, n.at)
}

func (p *parser) principals(s *Statement, element string, n node) *Principals {
	out := &Principals{}
	switch n.kind {
	case jsonString:
		switch {
		case n.text == "*":
			out.Any = true
		case isToken(n.text):
			s.undetermined(element, n.text)
		default:
			out.Bare = []string{n.text}
			s.places.note("Bare", n.at, []int{n.at})
			p.problem(BarePrincipal, n.at, "%s is the string %q; only \"*\" may stand without a kind", element, n.text)
		}
	case jsonList:
		var at []int
		out.Bare, at = p.list(element, n)
		s.places.note("Bare", n.at, at)
		p.problem(BarePrincipal, n.at, "%s is a list; it must be \"*\" or an object such as {\"AWS\": …}", element)
	case jsonObject:
		p.principalKinds(s, out, element, n)
	default:
		p.problem(BadForm, n.at, "%s is %s, not \"*\" or an object", element, n.kind)
	}
	return out
}

var principalKinds = []string{"AWS", "Service", "Federated", "CanonicalUser"}

func (p *parser) principalKinds(s *Statement, out *Principals, element string, n node) {
	if len(n.members) == 0 {
		p.problem(Incomplete, n.at, "%s is empty", element)
	}
	seen := map[string]bool{}
	for _, m := range n.members {
		name := p.element(m, principalKinds, seen)
		if name == "" {
			continue
		}
		list, at := p.list(name, m.value)
		s.places.note(name, m.at, at)
		switch name {
		case "AWS":
			out.AWS = list
		case "Service":
			out.Service = list
		case "Federated":
			out.Federated = list
		case "CanonicalUser":
			out.CanonicalUser = list
		}
	}
}

func (p *parser) conditions(s *Statement, n node) (out []Condition) {
	s.places.values = nil
	if n.kind == jsonString && isToken(n.text) {
		s.undetermined("Condition", n.text)
		return nil
	}
	if n.kind != jsonObject {
		p.problem(BadForm, n.at, "Condition is %s, not an object", n.kind)
		return nil
	}
	operators := map[string]bool{}
	for _, block := range n.members {
		op := ParseOperator(block.name)
		if !op.Valid() {
			p.problem(BadOperator, block.at, "there is no condition operator %q", block.name)
		}
		if lower := strings.ToLower(block.name); operators[lower] {
			p.problem(Duplicate, block.at, "condition operator %s is there twice", block.name)
		} else {
			operators[lower] = true
		}
		switch {
		case block.value.kind == jsonString && isToken(block.value.text):
			s.Undetermined = append(s.Undetermined, Undetermined{Element: "Condition", Text: block.value.text, Operator: op.String()})
			continue
		case block.value.kind != jsonObject:
			p.problem(BadForm, block.value.at, "condition operator %s holds %s, not an object", block.name, block.value.kind)
			continue
		}
		keys := map[string]bool{}
		for _, m := range block.value.members {
			if lower := strings.ToLower(m.name); keys[lower] {
				p.problem(Duplicate, m.at, "condition key %s is there twice under %s", m.name, block.name)
			} else {
				keys[lower] = true
			}
			values, at := p.list("condition key "+m.name, m.value)
			s.places.values = append(s.places.values, at)
			out = append(out, Condition{Operator: op, Key: m.name, Values: values, At: p.lines.place(m.at)})
		}
	}
	return out
}

func (s *Statement) undetermined(element, token string) {
	s.Undetermined = append(s.Undetermined, Undetermined{Element: element, Text: token})
}

// isToken reports whether the whole text is one ${bedlock:…} token.
func isToken(s string) bool {
	return strings.HasPrefix(s, "${bedlock:") && strings.IndexByte(s, '}') == len(s)-1
}
