package symbolic

import (
	"slices"
	"strings"
)

// subject is a context key as conditions see it: fixed, derived or a variable.
type subject struct {
	name            string
	m               *model
	v               *variable // nil for a fixed or derived key
	val             value
	present, single *formula
	derive          derivation
}

func (e *encoder) subject(key string) subject {
	s := subject{name: key, m: e.m}
	if val, ok := e.fixed[key]; ok {
		s.val = val
		e.used[key] = true
		s.present, s.single = constant(!val.absent), constant(!val.absent && len(val.values) == 1)
		return s
	}
	if d, ok := e.derived[key]; ok {
		e.used[key] = true
		s.present, s.single, s.derive = yesFormula, yesFormula, d
		return s
	}
	s.v = e.m.variable(key, func(v *variable) {
		describe(v)
		if limit := e.limits[key]; limit != nil {
			v.domain = limit()
		}
		if text, ok := e.usual[key]; ok {
			v.hints = append([]string{text}, v.hints...)
		}
	})
	s.present, s.single = e.m.present(s.v), e.m.single(s.v)
	return s
}

// multi reports whether the key may have other than one value.
func (s subject) multi() bool {
	if s.v != nil {
		return s.v.shape.many
	}
	return s.derive == nil && !s.val.absent && len(s.val.values) != 1
}

func (s subject) holds(p *predicate, words string) *formula {
	switch {
	case s.v != nil:
		return s.m.holds(s.v, p, words)
	case s.derive != nil:
		return s.m.free(s.name + " " + words)
	}
	if s.vague() {
		return s.m.free(s.name + " " + words)
	}
	return constant(!s.val.absent && len(s.val.values) == 1 && p.holds(s.val.values[0]))
}

// vague reports whether a fixed value has parts that are not known.
func (s subject) vague() bool {
	return slices.ContainsFunc(s.val.values, func(v string) bool { return strings.Contains(v, unknownPart) })
}

// some asks whether some value satisfies the clauses.
func (s subject) some(yes, no []clause, words string) *formula {
	if s.v != nil {
		return s.m.some(s.v, yes, no, words)
	}
	if s.vague() {
		return s.m.free("some value of " + s.name + " " + words)
	}
	for _, text := range s.val.values {
		if text != "" && satisfies(text, yes) {
			return yesFormula
		}
	}
	return noFormula
}

// blank: the only value is the empty text, which sets drop.
func (s subject) blank() *formula {
	if s.derive != nil {
		return noFormula
	}
	return and(s.single, s.holds(textPredicate(exact("")), "is empty"))
}
