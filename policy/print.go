package policy

import (
	"strings"
	"unicode/utf8"
)

// Print returns the document as JSON text: indented by two spaces, elements in
// IAM's usual order, a list of one entry as the entry itself, everything else in the
// document's own order. Tokens stand where they stood. Parsing the text again gives
// an equal document, places and problems aside.
//
// What a document does not keep is not printed: elements and principal kinds that
// do not exist, an element that a later one of the same name replaced, an Effect or
// entry that is none, an empty Sid, Id, Condition or block of an operator. A
// document put together by hand may say what JSON cannot: two conditions with equal
// operator and key print as one key that is there twice.
func (d *Document) Print() string {
	p := &printer{}
	p.open("{")
	if d.Version != "" {
		p.scalar("Version", d.Version)
	}
	if d.ID != "" {
		p.scalar("Id", d.ID)
	}
	p.member("Statement")
	p.open("[")
	for i := range d.Statements {
		p.statement(&d.Statements[i])
	}
	p.close("]")
	p.close("}")
	return p.String() + "\n"
}

// printer writes JSON; it knows the depth and whether a comma is due.
type printer struct {
	strings.Builder
	depth int
	more  bool // something stands before on this level
	named bool // a member name was just written
}

// begin makes room for a value.
func (p *printer) begin() {
	if p.named {
		p.named = false
		return
	}
	if p.more {
		p.WriteByte(',')
	}
	if p.Len() > 0 {
		p.WriteByte('\n')
		for range p.depth {
			p.WriteString("  ")
		}
	}
}

func (p *printer) open(bracket string) {
	p.begin()
	p.WriteString(bracket)
	p.depth++
	p.more = false
}

func (p *printer) close(bracket string) {
	p.depth--
	if p.more {
		p.more = false
		p.begin()
	}
	p.WriteString(bracket)
	p.more = true
}

func (p *printer) member(name string) {
	p.str(name)
	p.WriteString(": ")
	p.named = true
}

func (p *printer) scalar(name, value string) {
	p.member(name)
	p.str(value)
}

const hexDigits = "0123456789abcdef"

func (p *printer) str(s string) {
	p.begin()
	p.more = true
	p.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			p.WriteByte('\\')
			p.WriteByte(c)
		case c == '\n':
			p.WriteString(`\n`)
		case c == '\t':
			p.WriteString(`\t`)
		case c == '\r':
			p.WriteString(`\r`)
		case c < ' ':
			p.WriteString(`\u00`)
			p.WriteByte(hexDigits[c>>4])
			p.WriteByte(hexDigits[c&15])
		case c < utf8.RuneSelf:
			p.WriteByte(c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			p.WriteRune(r) // U+FFFD for what is not UTF-8
			i += n - 1
		}
	}
	p.WriteByte('"')
}

// list prints entries; whole is whether a list of one stays a list.
func (p *printer) list(name string, entries []string, whole bool) {
	p.member(name)
	if len(entries) == 1 && !whole {
		p.str(entries[0])
		return
	}
	p.open("[")
	for _, s := range entries {
		p.str(s)
	}
	p.close("]")
}

func (p *printer) statement(s *Statement) {
	if token := s.tokenOf("Statement"); token != "" {
		p.str(token)
		return
	}
	p.open("{")
	if s.Sid != "" {
		p.scalar("Sid", s.Sid)
	}
	if s.Effect != 0 {
		p.scalar("Effect", s.Effect.String())
	} else if token := s.tokenOf("Effect"); token != "" {
		p.scalar("Effect", token)
	}
	p.principals(s, "Principal", s.Principals)
	p.principals(s, "NotPrincipal", s.NotPrincipals)
	p.entries(s, "Action", s.Actions)
	p.entries(s, "NotAction", s.NotActions)
	p.entries(s, "Resource", s.Resources)
	p.entries(s, "NotResource", s.NotResources)
	p.conditions(s)
	p.close("}")
}

// tokenOf returns the token that stands for a whole element, empty for none.
func (s *Statement) tokenOf(element string) string {
	token := ""
	for _, u := range s.Undetermined {
		if u.Element == element && u.Operator == "" {
			token = u.Text // the last one, as it is read
		}
	}
	return token
}

// entries prints an element of the statement. A token in a list is an entry like
// others; without one it stands for the element.
func (p *printer) entries(s *Statement, element string, entries []string) {
	if entries == nil {
		return
	}
	p.list(element, entries, len(entries) == 1 && isToken(entries[0]) && s.tokenOf(element) != entries[0])
}

func (p *printer) principals(s *Statement, element string, l *Principals) {
	if l == nil {
		return
	}
	empty := l.AWS == nil && l.Service == nil && l.Federated == nil && l.CanonicalUser == nil
	switch token := s.tokenOf(element); {
	case l.Any:
		p.scalar(element, "*")
		return
	case l.Bare != nil:
		p.list(element, l.Bare, len(l.Bare) == 1 && (l.Bare[0] == "*" || isToken(l.Bare[0])))
		return
	case empty && token != "":
		p.scalar(element, token)
		return
	}
	p.member(element)
	p.open("{")
	for i, entries := range [...][]string{l.AWS, l.Service, l.Federated, l.CanonicalUser} {
		if entries != nil {
			p.list(principalKinds[i], entries, false)
		}
	}
	p.close("}")
}

// conditions prints a block for each operator, in the order in which they come
// first.
func (p *printer) conditions(s *Statement) {
	var order []string
	blocks := map[string][]int{}
	for i := range s.Conditions {
		op := s.Conditions[i].Operator.String()
		if _, seen := blocks[op]; !seen {
			order = append(order, op)
		}
		blocks[op] = append(blocks[op], i)
	}
	var tokens []Undetermined
	for _, u := range s.Undetermined {
		if u.Element == "Condition" && u.Operator != "" {
			tokens = append(tokens, u)
		}
	}
	token := s.tokenOf("Condition")
	switch {
	case len(order)+len(tokens) == 0 && token != "":
		p.scalar("Condition", token)
		return
	case len(order)+len(tokens) == 0:
		return
	}
	p.member("Condition")
	p.open("{")
	for _, op := range order {
		p.member(op)
		p.open("{")
		for _, i := range blocks[op] {
			p.list(s.Conditions[i].Key, s.Conditions[i].Values, false)
		}
		p.close("}")
	}
	for _, u := range tokens {
		p.scalar(u.Operator, u.Text)
	}
	p.close("}")
}
