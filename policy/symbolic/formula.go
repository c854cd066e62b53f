package symbolic

// formula is a Boolean combination of atoms; nil is not a formula.
type formula struct {
	op   op
	kids []*formula
	atom int
}

type op uint8

const (
	isTrue op = iota + 1
	isFalse
	allOf
	anyOf
	negation
	isAtom
)

var (
	yesFormula = &formula{op: isTrue}
	noFormula  = &formula{op: isFalse}
)

func constant(b bool) *formula {
	if b {
		return yesFormula
	}
	return noFormula
}

func and(kids ...*formula) *formula { return join(allOf, isTrue, isFalse, kids) }
func or(kids ...*formula) *formula  { return join(anyOf, isFalse, isTrue, kids) }

// join flattens, drops the neutral element and stops at the absorbing one.
func join(o, neutral, absorbing op, kids []*formula) *formula {
	var out []*formula
	for _, k := range kids {
		switch k.op {
		case absorbing:
			return k
		case neutral:
		case o:
			out = append(out, k.kids...)
		default:
			out = append(out, k)
		}
	}
	switch len(out) {
	case 0:
		return constant(neutral == isTrue)
	case 1:
		return out[0]
	}
	return &formula{op: o, kids: out}
}

func not(f *formula) *formula {
	switch f.op {
	case isTrue:
		return noFormula
	case isFalse:
		return yesFormula
	case negation:
		return f.kids[0]
	}
	return &formula{op: negation, kids: []*formula{f}}
}

// truth is a value in three-valued logic. The zero value means not known.
type truth int8

const (
	open  truth = 0
	truly truth = 1
	falsy truth = -1
)

func truthOf(b bool) truth {
	if b {
		return truly
	}
	return falsy
}

// eval evaluates under a partial assignment and counts the nodes it visits.
func (f *formula) eval(value func(atom int) truth, work *int) truth {
	*work++
	switch f.op {
	case isTrue:
		return truly
	case isFalse:
		return falsy
	case isAtom:
		return value(f.atom)
	case negation:
		return -f.kids[0].eval(value, work)
	}
	stop := truly // of a disjunction
	if f.op == allOf {
		stop = falsy
	}
	out := -stop
	for _, k := range f.kids {
		switch t := k.eval(value, work); t {
		case stop:
			return stop
		case open:
			out = open
		}
	}
	return out
}

// choice is the next step of a search.
type choice struct {
	atom int
	want bool
	// forced: the formula cannot be satisfied with the other value.
	forced bool
}

// choose finds an atom to decide so that f gets the wanted value: one whose value
// is forced, if there is one, else the first open one. t is the value of f when it
// is decided already.
func (f *formula) choose(want bool, value func(atom int) truth, work *int) (t truth, c choice) {
	*work++
	switch f.op {
	case isTrue:
		return truly, c
	case isFalse:
		return falsy, c
	case isAtom:
		if t = value(f.atom); t != open {
			return t, c
		}
		return open, choice{f.atom, want, true}
	case negation:
		t, c = f.kids[0].choose(!want, value, work)
		return -t, c
	}
	stop := truly
	if f.op == allOf {
		stop = falsy
	}
	conjunctive := want == (f.op == allOf) // every kid must get its value
	var found bool
	opens := 0
	for _, k := range f.kids {
		kt, kc := k.choose(want, value, work)
		if kt == stop {
			return stop, choice{}
		}
		if kt != open {
			continue
		}
		opens++
		switch {
		case !found, conjunctive && kc.forced && !c.forced:
			c, found = kc, true
		}
	}
	if opens == 0 {
		return -stop, choice{}
	}
	if !conjunctive && opens > 1 {
		c.forced = false
	}
	return open, c
}
