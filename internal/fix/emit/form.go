package emit

import (
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// form says how a language writes the resources of one type.
type form struct {
	// Type is the catalogue's, Name the language's.
	Type, Name string
	// Import is how the live resource is named when it is taken over: texts with {member} for
	// members of the update's input, and {arn}. Terraform has one text, CloudFormation a
	// property and a text for each part of the identifier: "Property={member} …".
	Import string
	// Fixed are attributes made of the same: "attribute={member} …".
	Fixed string
	// After: the members are those of the step's state and not of its update's input.
	After bool
	// Members are all that the language can say of the type, in the grammar of [parse]. What is
	// not among them cannot be said.
	Members string
	// Ignore are the attributes that the plan knows nothing of and that Terraform has to leave
	// as they are.
	Ignore string
	// Then is what has to be done after the language did its part; empty: nothing.
	Then func(s *fix.Step) string
}

// member is an entry of form.Members.
type member struct {
	api, name string
	omit      bool   // it is no attribute
	value     string // with omit: only when it has this value; with unless: left out when it has it
	unless    bool
	json      bool // an attribute that is a JSON text
	children  []member
	nested    bool // it has children, though perhaps none
	lifted    bool // its children stand in its place
}

// parse reads members, which are separated by spaces:
//
//	name          the language's usual name for it
//	name=other    another name
//	-name         no attribute: what it says is said otherwise
//	-name:VALUE   no attribute, and a resource in which it has another value cannot be written
//	?name:VALUE   left out when it has this value
//	name:json     a JSON text of what is there
//	name { … }    a structure, or a list of them
//	^name { … }   a structure whose members stand in its place
func parse(text string, usual func(string) string) []member {
	words := strings.Fields(text)
	out, rest := parseList(words, usual)
	if len(rest) > 0 {
		panic("emit: a table has a } too many: " + text)
	}
	return out
}

func parseList(words []string, usual func(string) string) (out []member, rest []string) {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch word {
		case "}":
			return out, append([]string{"}"}, words...)
		case "{":
			last := &out[len(out)-1]
			last.nested = true
			last.children, words = parseList(words, usual)
			words = words[1:] // its end
			continue
		}
		var m member
		word, m.omit = strings.CutPrefix(word, "-")
		word, m.unless = strings.CutPrefix(word, "?")
		word, m.lifted = strings.CutPrefix(word, "^")
		word, m.value, _ = strings.Cut(word, ":")
		if m.json = m.value == "json"; m.json {
			m.value = ""
		}
		m.api, m.name, _ = strings.Cut(word, "=")
		if m.name == "" {
			m.name = usual(m.api)
		}
		out = append(out, m)
	}
	return out, nil
}

// node is an attribute of a resource.
type node struct {
	name string
	// value is a scalar, a list or an object of them; nil where there are blocks.
	value any
	json  bool
	// blocks are the structures of it, many says that it is a list.
	blocks [][]node
	many   bool
}

// convert writes an object in the names of a language. The error names what it cannot say.
func convert(members []member, at string, o wire.Object) ([]node, error) {
	known := map[string]bool{}
	var out []node
	for _, m := range members {
		known[m.api] = true
		v, there := o[m.api]
		if !there {
			continue
		}
		is := m.value != "" && fmt.Sprint(v) == m.value
		switch {
		case m.omit && (m.value == "" || is), m.unless && is:
			continue
		case m.omit:
			return nil, fmt.Errorf("%s", below(at, m.api))
		}
		n, err := m.node(below(at, m.api), v)
		if err != nil {
			return nil, err
		}
		if m.lifted && len(n.blocks) == 1 {
			out = append(out, n.blocks[0]...)
			continue
		}
		out = append(out, n)
	}
	for name := range o {
		if !known[name] {
			return nil, fmt.Errorf("%s", below(at, name))
		}
	}
	return out, nil
}

func (m *member) node(at string, v any) (node, error) {
	n := node{name: m.name, json: m.json}
	if !m.nested {
		n.value = v
		return n, nil
	}
	list, many := v.([]any)
	n.many = many
	if !many {
		list = []any{v}
	}
	for _, entry := range list {
		o, ok := entry.(wire.Object)
		if !ok {
			return n, fmt.Errorf("%s", at)
		}
		inner, err := convert(m.children, at, o)
		if err != nil {
			return n, err
		}
		n.blocks = append(n.blocks, inner)
	}
	return n, nil
}

// fill puts members of an input, and the ARN of a step's subject, into a text.
func fill(text string, s *fix.Step, in wire.Object) string {
	text = strings.ReplaceAll(text, "{arn}", s.Subject)
	for name, v := range in {
		if t, ok := v.(string); ok {
			text = strings.ReplaceAll(text, "{"+name+"}", t)
		}
	}
	return text
}

// pairs are the entries of "name=text …", in order.
func pairs(list string, s *fix.Step, in wire.Object) (out [][2]string) {
	for _, pair := range strings.Fields(list) {
		name, text, _ := strings.Cut(pair, "=")
		out = append(out, [2]string{name, fill(text, s, in)})
	}
	return out
}

// formOf returns the form of a type.
func formOf(forms []form, typ string) *form {
	for i := range forms {
		if forms[i].Type == typ {
			return &forms[i]
		}
	}
	return nil
}

// whole is what a form's members are of: the input of the update, which replaces everything, or
// the state. Calls that do not begin with it are not known to the forms.
func (f *form) whole(s *fix.Step) (all, ids wire.Object) {
	if f.After {
		return s.After, s.Do[0].Input
	}
	return s.Do[0].Input, s.Do[0].Input
}

// typeOf is the type of what a step updates.
func typeOf(p *fix.Plan, s *fix.Step) string {
	for i := range p.Subjects {
		if p.Subjects[i].Resource == s.Subject {
			return p.Subjects[i].Type
		}
	}
	return ""
}
