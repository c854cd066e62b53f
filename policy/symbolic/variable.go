package symbolic

import (
	"strconv"
	"strings"
)

// shape says how many values a variable may have.
type shape struct {
	absent, many bool // besides exactly one
}

// variable is an independent part of a request: the action, the resource, a
// context key.
type variable struct {
	id    int
	name  string // a context key in lower case, or "action", "resource"
	shape shape
	// typed restricts the values to one family; 0: any text.
	typed family
	// domain restricts each value; finite, unless nil, lists all values.
	domain []clause
	finite []string
	// names returns what restricts each value further, and is asked for when a value
	// is looked for; nil: nothing does.
	names func() []clause
	// hints are values to try first, so that witnesses read well.
	hints []string
	// atoms are its atoms, in the order of their making.
	atoms []int
}

// atomKind says what an atom asks. The zero value is invalid.
type atomKind uint8

const (
	// present: the key is in the request.
	present atomKind = iota + 1
	// single: the key has exactly one value.
	single
	// holds: the key has exactly one value, and it satisfies the predicate.
	holds
	// some: some value satisfies every clause.
	some
	// free: not modelled; it may be true or false.
	free
)

// atom is one question about one variable.
type atom struct {
	kind atomKind
	v    *variable // nil for free
	pred *predicate
	// element and opposite are what one value must satisfy for some to be true, and
	// what every value must satisfy for it to be false.
	element, opposite []clause
	// text is how people read it, counter how they read its negation.
	text, counter string
}

// model holds the variables and atoms of one question. It is not safe for
// concurrent use.
type model struct {
	vars  map[string]*variable
	order []*variable
	atoms []atom
	index map[string]int
	// patterns by key: one automaton for one language.
	patterns map[string]*predicate
}

func newModel() *model {
	return &model{vars: map[string]*variable{}, index: map[string]int{}, patterns: map[string]*predicate{}}
}

// variable returns the variable of a name, made by make when it is new.
func (m *model) variable(name string, make func(*variable)) *variable {
	if v := m.vars[name]; v != nil {
		return v
	}
	v := &variable{id: len(m.order), name: name}
	make(v)
	m.vars[name] = v
	m.order = append(m.order, v)
	return v
}

func (m *model) atom(key string, a atom) *formula {
	i, ok := m.index[key]
	if !ok {
		i = len(m.atoms)
		m.index[key] = i
		m.atoms = append(m.atoms, a)
		if a.v != nil {
			a.v.atoms = append(a.v.atoms, i)
		}
	}
	return &formula{op: isAtom, atom: i}
}

func (m *model) present(v *variable) *formula {
	if !v.shape.absent {
		return yesFormula
	}
	return m.atom("present\x00"+v.name, atom{kind: present, v: v, text: v.name + " is in the request", counter: v.name + " is not in the request"})
}

func (m *model) single(v *variable) *formula {
	if !v.shape.many {
		return m.present(v)
	}
	return m.atom("single\x00"+v.name, atom{kind: single, v: v, text: v.name + " has one value", counter: v.name + " has not exactly one value"})
}

// holds asks a predicate of the only value. words names it: "StringLike a*".
func (m *model) holds(v *variable, p *predicate, words string) *formula {
	if q := m.patterns[p.key]; q != nil {
		p = q
	}
	m.patterns[p.key] = p
	return m.atom("holds\x00"+v.name+"\x00"+p.key, atom{
		kind: holds, v: v, pred: p, text: v.name + " " + words, counter: "not " + v.name + " " + words,
	})
}

// free is an atom that is not modelled; why says what it stands for. Equal reasons
// are one atom, unless they speak of something unknown, which need not be the same
// thing each time.
func (m *model) free(why string) *formula {
	if strings.Contains(why, unknownPart+"unknown:") {
		return m.freeAs(strconv.Itoa(len(m.atoms)), why)
	}
	return m.freeAs("", why)
}

// freeAs is free for reasons that count as equal only with equal keys.
func (m *model) freeAs(key, why string) *formula {
	return m.atom("free\x00"+key+"\x00"+why, atom{kind: free, text: why, counter: "not " + why})
}

// some asks whether some value satisfies all clauses; opposite is their negation.
func (m *model) some(v *variable, element, opposite []clause, words string) *formula {
	return m.atom("some\x00"+v.name+"\x00"+clausesKey(element), atom{
		kind: some, v: v, element: element, opposite: opposite,
		text: "some value of " + v.name + " " + words, counter: "no value of " + v.name + " " + words,
	})
}

func clausesKey(cs []clause) string {
	var b strings.Builder
	for _, c := range cs {
		b.WriteByte('&')
		for _, d := range c {
			if d.not {
				b.WriteByte('!')
			}
			b.WriteByte('|')
			b.WriteByte(byte('0' + d.pred.family))
			b.WriteString(d.pred.key)
		}
	}
	return b.String()
}
