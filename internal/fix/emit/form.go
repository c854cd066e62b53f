package emit

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
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
	// After: the members are those of the step's state and not of its update's input. Rest: and
	// those of its Rest, without which the resource is not written.
	After, Rest bool
	// Made puts the members into the form in which Members say them; nil: they are.
	Made func(s *fix.Step, o wire.Object) wire.Object
	// Members are all that the language can say of the type, in the grammar of [parse]. What is
	// not among them cannot be said.
	Members string
	// Also are attributes made of the step's calls; nil: there are none.
	Also func(s *fix.Step) []node
	// Untagged: the type has no tags.
	Untagged bool
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
	as        string // what the value becomes: json, number, bool or document
	children  []member
	nested    bool // it has children, though perhaps none
	lifted    bool // its children stand in its place
	keyed     bool // it is a map of structures
}

// parse reads members, which are separated by spaces:
//
//	name          the language's usual name for it
//	name=other    another name
//	-name         no attribute: what it says is said otherwise
//	-name:VALUE   no attribute, and a resource in which it has another value cannot be written
//	?name:VALUE   left out when it has this value
//	name:json     a JSON text of what is there
//	name:document what is in the JSON text that is there
//	name:number   the number in a text, and name:bool what "true" and "false" mean
//	name { … }    a structure, or a list of them
//	^name { … }   a structure whose members stand in its place
//	%name { … }   a map of structures
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
		word, m.keyed = strings.CutPrefix(word, "%")
		word, m.value, _ = strings.Cut(word, ":")
		if !m.omit && !m.unless {
			m.as, m.value = m.value, ""
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
	// keyed are the structures of a map.
	keyed map[string][]node
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
	n := node{name: m.name, json: m.as == "json"}
	if !m.nested {
		if n.value = m.become(v); n.value == nil {
			return n, errors.New(at)
		}
		return n, nil
	}
	if o, ok := v.(wire.Object); ok && m.keyed {
		n.keyed = map[string][]node{}
		for name, entry := range o {
			inner, ok := entry.(wire.Object)
			if !ok {
				return n, errors.New(at)
			}
			nodes, err := convert(m.children, below(at, name), inner)
			if err != nil {
				return n, err
			}
			n.keyed[name] = nodes
		}
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

// become is a value as the language wants it; nil: it cannot be.
func (m *member) become(v any) any {
	text, ok := v.(string)
	switch {
	case m.as == "" || m.as == "json" || !ok:
		return v
	case m.as == "number":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case m.as == "bool":
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	case m.as == "document":
		if doc, ok := document(text); ok {
			return doc
		}
	}
	return nil
}

var blank = regexp.MustCompile(`\{[A-Za-z]+\}`)

// fill puts members of a resource, its ARN and its name in the ARN into a text.
func fill(text string, s *fix.Step, ids wire.Object) string {
	return blank.ReplaceAllStringFunc(text, func(b string) string {
		switch name := b[1 : len(b)-1]; {
		case name == "arn":
			return s.Subject
		case ids.Has(name):
			return ids.Text(name)
		case name == "name":
			return lastOf(s.Subject)
		}
		return b
	})
}

// pairs are the entries of "name=text …", in order.
func pairs(list string, s *fix.Step, in wire.Object) (out [][2]string) {
	for _, pair := range strings.Fields(list) {
		name, text, _ := strings.Cut(pair, "=")
		out = append(out, [2]string{name, fill(text, s, in)})
	}
	return out
}

// written converts a resource, before and after.
func (f *form) written(p *fix.Plan, s *fix.Step, usual func(string) string) (r *resource, before, after []node, err error) {
	if r, err = f.whole(p, s); err != nil {
		return nil, nil, nil, err
	}
	members := parse(f.Members, usual)
	if after, err = convert(members, "", r.after); err == nil {
		before, err = convert(members, "", r.before)
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s has no place for %w", f.Name, err)
	}
	return r, before, after, nil
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

// resource is one that a plan updates, as a form has it.
type resource struct {
	before, after wire.Object
	// ids are the members by which it is named: those of after, and those of the update's input.
	ids wire.Object
}

// whole puts together what the steps say of the resource that a step updates. The error says why
// the form cannot say it.
func (f *form) whole(p *fix.Plan, s *fix.Step) (*resource, error) {
	r := &resource{ids: s.Do[0].Input}
	switch {
	case f.Rest && s.Rest == nil:
		return nil, errors.New("the plan does not have all of it")
	case f.After:
		r.before, r.after = s.Before, s.After
		for _, x := range together(p, s) {
			r.before, r.after = r.before.With(x.Before), r.after.With(x.After)
		}
	case len(s.Undo) == 0 || s.Undo[0].Operation != s.Do[0].Operation:
		return nil, errors.New("the plan does not have it as it is")
	default:
		r.before, r.after = s.Undo[0].Input, s.Do[0].Input
	}
	if f.Rest {
		r.before, r.after = s.Rest.With(r.before), s.Rest.With(r.after)
	}
	r.ids = r.after.With(r.ids)
	if f.Made != nil {
		r.before, r.after = f.Made(s, r.before), f.Made(s, r.after)
	}
	return r, nil
}

// together are the other steps that update the resource of a step. The steps for copies of a
// resource, which are read whole, are none of them.
func together(p *fix.Plan, s *fix.Step) (out []*fix.Step) {
	if s.State == nil || len(s.State.Only) == 0 {
		return nil
	}
	for i := range p.Steps {
		x := &p.Steps[i]
		if x != s && x.Kind == fix.Update && x.Subject == s.Subject && x.Place == s.Place && x.State != nil && len(x.State.Only) > 0 {
			out = append(out, x)
		}
	}
	return out
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
