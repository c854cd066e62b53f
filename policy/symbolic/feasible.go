package symbolic

import "slices"

// value is a choice for a variable.
type value struct {
	absent bool
	values []string
}

// signs are what has been decided about one variable.
type signs struct {
	present, single truth
	pos, neg        []int // atoms holds
	somePos, none   []int // atoms some
}

func (s *search) signs(v *variable) signs {
	var out signs
	for _, i := range v.atoms {
		t := s.assigned[i]
		if t == open {
			continue
		}
		switch a := &s.m.atoms[i]; a.kind {
		case present:
			out.present = t
		case single:
			out.single = t
		case holds:
			if t == truly {
				out.pos = append(out.pos, i)
			} else {
				out.neg = append(out.neg, i)
			}
		case some:
			if t == truly {
				out.somePos = append(out.somePos, i)
			} else {
				out.none = append(out.none, i)
			}
		}
	}
	return out
}

// feasible looks for a value of the variable that agrees with all that has been
// decided about it, the plainest first.
func (s *search) feasible(v *variable) (value, verdict3) {
	key := s.signKey(v)
	if f, ok := s.memo[key]; ok {
		return f.value, f.verdict
	}
	val, verdict := s.look(v, s.signs(v))
	s.memo[key] = finding{val, verdict}
	return val, verdict
}

func (s *search) signKey(v *variable) string {
	b := make([]byte, 0, len(v.name)+1+len(v.atoms))
	b = append(append(b, v.name...), 0)
	for _, i := range v.atoms {
		b = append(b, byte(s.assigned[i]+1))
	}
	return string(b)
}

func (s *search) look(v *variable, g signs) (value, verdict3) {
	needsOne := len(g.pos) > 0 || g.single == truly
	if v.shape.absent && g.present != truly && !needsOne && len(g.somePos) == 0 {
		return value{absent: true}, yes
	}
	if g.present == falsy {
		return value{}, no
	}
	outcome := no
	if g.single != falsy {
		var cs []clause
		for _, i := range g.pos {
			cs = append(cs, clause{{pred: s.m.atoms[i].pred}})
		}
		for _, i := range g.neg {
			cs = append(cs, clause{{pred: s.m.atoms[i].pred, not: true}})
		}
		for _, i := range g.somePos {
			cs = append(cs, s.m.atoms[i].element...)
		}
		for _, i := range g.none {
			cs = append(cs, s.m.atoms[i].opposite...)
		}
		text, verdict := s.element(v, cs)
		if verdict == yes {
			return value{values: []string{text}}, yes
		}
		outcome = verdict
	}
	if needsOne {
		return value{}, outcome
	}
	if v.shape.many {
		if val, verdict := s.several(v, g); verdict != no {
			return val, verdict
		}
	}
	return value{}, outcome
}

// several looks for two values or more: one for each question that must have an
// answer, all of them without what no value may be. The values are independent,
// so this is exact.
func (s *search) several(v *variable, g signs) (value, verdict3) {
	var none []clause
	for _, i := range g.none {
		none = append(none, s.m.atoms[i].opposite...)
	}
	var out []string
	verdict := yes
	add := func(cs []clause) {
		text, f := s.element(v, append(cs, none...))
		switch {
		case f == no:
			verdict = no
		case f == maybe && verdict == yes:
			verdict = maybe
		case f == yes:
			for _, have := range out {
				if have == text {
					return
				}
			}
			out = append(out, text)
		}
	}
	for _, i := range g.somePos {
		add(append([]clause(nil), s.m.atoms[i].element...))
		if verdict == no {
			return value{}, no
		}
	}
	for len(out) < 2 && verdict == yes {
		var distinct []clause
		for _, have := range out {
			distinct = append(distinct, clause{{pred: textPredicate(exact(have)), not: true}})
		}
		before := len(out)
		add(distinct)
		if verdict == no && before > 0 {
			// Only one value is possible: the same one twice is still a list of two.
			return value{values: []string{out[0], out[0]}}, yes
		}
	}
	return value{values: out}, verdict
}

// element looks for one value that satisfies every clause.
func (s *search) element(v *variable, cs []clause) (string, verdict3) {
	cs = append(append([]clause(nil), v.domain...), cs...)
	if v.names != nil {
		cs = append(cs, v.names()...)
	}
	check := func(text string) bool {
		s.work += len(cs)
		return satisfies(text, cs) && v.reads(text)
	}
	if v.finite != nil {
		for _, text := range v.finite {
			if check(text) {
				return text, yes
			}
		}
		return "", no
	}
	for _, c := range cs {
		if texts, ok := c.texts(); ok {
			for _, text := range texts {
				if check(text) {
					return text, yes
				}
			}
			return "", no
		}
	}
	for _, text := range v.hints {
		if check(text) {
			return text, yes
		}
	}
	return s.compute(v, cs, check)
}

// compute is the case of element in which no clause lists the values.
func (s *search) compute(v *variable, cs []clause, check func(string) bool) (string, verdict3) {
	byFamily := map[family][]*predicate{}
	var textOnly []clause
	for _, c := range cs {
		isText := true
		for _, d := range c {
			byFamily[d.pred.family] = append(byFamily[d.pred.family], d.pred)
			isText = isText && d.pred.family == text
		}
		if isText {
			textOnly = append(textOnly, c)
		}
	}
	if v.typed > text && byFamily[v.typed] == nil {
		byFamily[v.typed] = nil
	}
	for f := number; f <= binary; f++ {
		preds, ok := byFamily[f]
		if !ok {
			continue
		}
		for _, text := range candidates(f, preds) {
			if check(text) {
				return text, yes
			}
		}
	}
	if len(byFamily) == 1 && byFamily[text] == nil {
		return "", no // the candidates of the one family are complete
	}
	// The texts that satisfy the patterns alone are more than those wanted, unless
	// there are only patterns.
	found, verdict, steps := newProduct(textOnly).search(s.states, s.limit-s.work)
	s.work += steps
	if verdict == yes && !check(found) {
		return "", maybe
	}
	return found, verdict
}

// texts returns the only values that satisfy the clause, if it lists them.
func (c clause) texts() ([]string, bool) {
	out := make([]string, 0, len(c))
	for _, d := range c {
		if d.not || d.pred.family != text || !d.pred.pattern.literal {
			return nil, false
		}
		out = append(out, d.pred.pattern.text)
	}
	return out, true
}

func satisfies(value string, cs []clause) bool {
	for _, c := range cs {
		ok := false
		for _, d := range c {
			if ok = d.pred.holds(value) != d.not; ok {
				break
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// takes reports whether a text can be a value of the variable.
func (v *variable) takes(text string) bool {
	return satisfies(text, v.domain) && v.reads(text) && (v.finite == nil || slices.Contains(v.finite, text)) && (v.names == nil || satisfies(text, v.names()))
}

// reads reports whether a text is a value of the variable's family.
func (v *variable) reads(value string) bool {
	return v.typed <= text || (&predicate{family: v.typed}).holds(value)
}
