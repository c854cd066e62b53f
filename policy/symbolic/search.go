package symbolic

// finding is what was found about one variable under some signs.
type finding struct {
	value   value
	verdict verdict3
}

// search decides whether a formula can be satisfied. One search may decide several
// formulas of one model, one after another; what it learned of the variables is
// kept.
type search struct {
	m        *model
	assigned []truth
	known    []known
	// current is a value of each variable that agrees with all that is decided; nil:
	// none was looked for.
	current []*value
	memo    map[string]finding
	// work counts nodes of formulas and steps of automata; limit ends a search.
	work, limit int
	// states bounds one automaton.
	states int
	over   bool
}

// maxStates bounds the states of one product of automata.
const maxStates = 20000

func newSearch(m *model, limit int) *search {
	return &search{m: m, memo: map[string]finding{}, limit: limit, states: maxStates}
}

// known is what has been decided about a variable, in short.
type known struct {
	present, single truth
	pos, some       int // how many atoms holds and some are true
}

func (s *search) set(i int, t truth) {
	a := &s.m.atoms[i]
	old := s.assigned[i]
	s.assigned[i] = t
	if a.v == nil {
		return
	}
	k := &s.known[a.v.id]
	switch a.kind {
	case present:
		k.present = t
	case single:
		k.single = t
	case holds:
		k.pos += truthly(t) - truthly(old)
	case some:
		k.some += truthly(t) - truthly(old)
	}
}

func truthly(t truth) int {
	if t == truly {
		return 1
	}
	return 0
}

// value is what is known of an atom: decided, or implied by what is.
func (s *search) value(i int) truth {
	if t := s.assigned[i]; t != open {
		return t
	}
	a := &s.m.atoms[i]
	if a.v == nil {
		return open
	}
	k := &s.known[a.v.id]
	switch a.kind {
	case present:
		if k.single == truly || k.pos > 0 || k.some > 0 {
			return truly
		}
	case single:
		if k.present == falsy {
			return falsy
		}
		if k.pos > 0 {
			return truly
		}
	case holds:
		if k.present == falsy || k.single == falsy {
			return falsy
		}
	case some:
		if k.present == falsy {
			return falsy
		}
	}
	return open
}

// satisfiable looks for assignments under which f is true and every variable that
// was decided on may have a value, and offers each to accept until one is taken.
// The assignment taken stays. ok is false when the work ended first.
func (s *search) satisfiable(f *formula, accept func() bool) (sat, ok bool) {
	s.reset()
	sat = s.solve(f, -1, accept)
	return sat, sat || !s.over
}

func (s *search) reset() {
	s.over = false
	s.assigned = make([]truth, len(s.m.atoms))
	s.known = make([]known, len(s.m.order))
	s.current = make([]*value, len(s.m.order))
}

// solve goes on after an atom was decided, or at the start.
func (s *search) solve(f *formula, last int, accept func() bool) bool {
	if s.over = s.over || s.work > s.limit; s.over {
		return false
	}
	t, c := f.choose(true, s.value, &s.work)
	switch {
	case t == falsy, last >= 0 && !s.possible(last):
		return false
	case t == truly:
		return accept()
	}
	for _, want := range []bool{c.want, !c.want} {
		if want != c.want && c.forced {
			break
		}
		s.set(c.atom, truthOf(want))
		if s.solve(f, c.atom, accept) {
			return true
		}
	}
	s.set(c.atom, open)
	return false
}

// possible reports whether the variable of an atom just decided may still have a
// value.
func (s *search) possible(i int) bool {
	v := s.m.atoms[i].v
	if v == nil {
		return true
	}
	if cur := s.current[v.id]; cur != nil && s.agrees(cur, i) {
		return true
	}
	found, verdict := s.feasible(v)
	if verdict == yes {
		s.current[v.id] = &found
	} else if verdict == maybe {
		s.current[v.id] = nil
	}
	return verdict != no
}

// agrees reports whether a value gives an atom what was decided.
func (s *search) agrees(val *value, i int) bool {
	a := &s.m.atoms[i]
	var is bool
	switch a.kind {
	case present:
		is = !val.absent
	case single:
		is = len(val.values) == 1
	case holds:
		is = len(val.values) == 1 && a.pred.holds(val.values[0])
	case some:
		for _, text := range val.values {
			is = is || satisfies(text, a.element)
		}
	}
	return truthOf(is) == s.assigned[i]
}

// certain reports whether an atom could not have the other value than it has,
// whatever else is decided: the domain of its variable settles it.
func (s *search) certain(i int) bool {
	a := &s.m.atoms[i]
	if a.v == nil {
		return false
	}
	saved := make([]truth, len(a.v.atoms))
	for k, j := range a.v.atoms {
		saved[k] = s.assigned[j]
		s.assigned[j] = open
	}
	for k, j := range a.v.atoms {
		if j == i {
			s.assigned[j] = -saved[k]
		}
	}
	_, verdict := s.feasible(a.v)
	for k, j := range a.v.atoms {
		s.assigned[j] = saved[k]
	}
	return verdict == no
}
