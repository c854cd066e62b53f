package authz

import (
	"net/netip"
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// condition is one key under one operator of a statement.
type condition struct {
	operator
	set      setKind
	ifExists bool
	key      contextKey
	// invalid: the key is a token, or IAM refuses the operator: what AWS would do is
	// not known.
	invalid bool
	// The policy's values, by family.
	texts     []text
	arns      []arnPattern
	numbers   []number
	instants  []instant
	networks  []netip.Prefix
	binaries  []string
	wantTrue  bool // for Null: "true" is listed
	wantFalse bool
	// vague: one more value is not known, or none that IAM takes for this operator.
	vague bool
}

func newCondition(c *policy.Condition, vars variables) condition {
	out := condition{set: setOf(c.Operator.Set), ifExists: c.Operator.IfExists, key: newContextKey(c.Key)}
	op, ok := operators[strings.ToLower(c.Operator.Base)]
	out.operator = op
	out.invalid = !ok || out.set == setInvalid || op.family == familyNull && out.ifExists || hasToken(c.Key)
	if out.invalid {
		return out
	}
	for _, v := range c.Values {
		out.add(v, vars)
	}
	return out
}

// add compiles one of the policy's values.
func (c *condition) add(v string, vars variables) {
	switch c.family {
	case familyString, familyFold:
		c.texts = append(c.texts, textRules{wild: c.wild, vars: vars}.compile(v))
	case familyBool:
		t := textRules{vars: vars}.compile(v)
		if t.kind == textLiteral {
			t.s = strings.ToLower(t.s)
			c.vague = c.vague || t.s != "true" && t.s != "false"
		}
		c.texts = append(c.texts, t)
	case familyARN:
		c.arns = append(c.arns, conditionARN(v, vars))
	case familyNumber:
		addScalar(c, &c.numbers, v, parseNumber)
	case familyDate:
		addScalar(c, &c.instants, v, parseDate)
	case familyAddress:
		addScalar(c, &c.networks, v, parseNetwork)
	case familyBinary:
		addScalar(c, &c.binaries, v, parseBinary)
	case familyNull:
		switch strings.ToLower(v) {
		case "true":
			c.wantTrue = true
		case "false":
			c.wantFalse = true
		default:
			c.vague = true
		}
	}
}

func addScalar[T any](c *condition, list *[]T, v string, parse func(string) (T, bool)) {
	if x, ok := parse(v); ok {
		*list = append(*list, x)
	} else {
		c.vague = true
	}
}

// holds evaluates the condition. Source of the rules on keys that are absent and
// on keys with several values:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
func (c *condition) holds(e *eval) tri {
	if c.invalid {
		return maybe
	}
	values, state := e.values(&c.key)
	if c.family == familyNull {
		return c.null(values, state)
	}
	if state == keyUnknown {
		return maybe
	}
	switch {
	case c.set == setAll:
		return c.all(e, values)
	case state == keyAbsent:
		return truth(c.ifExists || c.negated && c.set == setNone)
	case c.set == setAny:
		return c.some(e, values)
	case len(values) > 1 || c.key.many:
		return no // AWS requires a set operator
	}
	return c.test(e, values[0])
}

// all evaluates ForAllValues. Empty texts drop out; of no values at all it holds.
func (c *condition) all(e *eval, values []string) tri {
	result := yes
	for _, v := range values {
		if v != "" {
			result = min(result, c.test(e, v))
		}
	}
	return result
}

// some evaluates ForAnyValue. Empty texts drop out; of no values it does not hold.
func (c *condition) some(e *eval, values []string) tri {
	result := no
	for _, v := range values {
		if v != "" {
			result = max(result, c.test(e, v))
		}
	}
	return result
}

// null evaluates Null: a key is null when it is absent or empty.
func (c *condition) null(values []string, state keyState) tri {
	if state == keyUnknown {
		if c.wantTrue && c.wantFalse {
			return yes
		}
		return maybe
	}
	null := true
	for _, v := range values {
		null = null && v == ""
	}
	switch {
	case null && c.wantTrue, !null && c.wantFalse:
		return yes
	case c.vague:
		return maybe
	}
	return no
}

// test applies the operator to one value of the request: it equals one of the
// policy's values, or, negated, none. A value that is not of the operator's type
// never satisfies it, negated or not.
func (c *condition) test(e *eval, v string) tri {
	if hasToken(v) && c.family != familyString && c.family != familyFold && c.family != familyARN {
		return maybe
	}
	result, typed := c.any(e, v)
	if !typed {
		return no
	}
	if c.vague {
		result = max(result, maybe)
	}
	if c.negated {
		return result.not()
	}
	return result
}

// any compares a value with each of the policy's values. The second result is
// false when the value is not of the operator's type.
func (c *condition) any(e *eval, v string) (tri, bool) {
	switch c.family {
	case familyString:
		return c.anyText(e, v), true
	case familyFold:
		return c.anyFold(e, v), true
	case familyBool:
		return c.anyBool(e, v), true
	case familyARN:
		return c.anyARN(e, v)
	case familyNumber:
		n, ok := parseNumber(v)
		return anyOf(c.numbers, func(p number) bool { return c.relation.holds(n.compare(p)) }), ok
	case familyDate:
		d, ok := parseDate(v)
		return anyOf(c.instants, func(p instant) bool { return c.relation.holds(d.compare(p)) }), ok
	case familyAddress:
		a, ok := parseAddress(v)
		return anyOf(c.networks, func(p netip.Prefix) bool { return p.Contains(a) }), ok
	case familyBinary:
		b, ok := parseBinary(v)
		return anyOf(c.binaries, func(p string) bool { return p == b }), ok
	}
	return maybe, true
}

func anyOf[T any](list []T, matches func(T) bool) tri {
	for _, p := range list {
		if matches(p) {
			return yes
		}
	}
	return no
}

func (c *condition) anyText(e *eval, v string) tri {
	result := no
	for i := range c.texts {
		if result = max(result, e.match(&c.texts[i], v)); result == yes {
			break
		}
	}
	if result == yes && hasToken(v) && strings.Contains(v, unknownToken) {
		return maybe
	}
	return result
}

func (c *condition) anyFold(e *eval, v string) tri {
	result := no
	for i := range c.texts {
		t := &c.texts[i]
		if t.kind == textLiteral {
			result = max(result, truth(strings.EqualFold(t.s, v)))
			continue
		}
		result = max(result, e.matchFold(t, v))
	}
	if result == no && hasToken(v) {
		return maybe
	}
	return result
}

// anyBool compares truth values. What is not "true" is taken for false, as the
// policy simulator does; what AWS itself does is not documented.
func (c *condition) anyBool(e *eval, v string) tri {
	want := "false"
	if strings.EqualFold(v, "true") {
		want = "true"
	}
	result := no
	for i := range c.texts {
		t := &c.texts[i]
		if t.kind == textLiteral {
			result = max(result, truth(t.s == want))
			continue
		}
		result = max(result, e.matchFold(t, want))
	}
	return result
}

// anyARN compares ARNs; the value is split once for all patterns.
func (c *condition) anyARN(e *eval, v string) (tri, bool) {
	s := newSubject(v)
	if !s.proper && !hasToken(v) {
		return no, false
	}
	result := no
	for i := range c.arns {
		if result = max(result, e.matchARN(&c.arns[i], &s)); result == yes {
			break
		}
	}
	if hasToken(v) && (!s.proper || strings.Contains(v, unknownToken)) {
		return maybe, true
	}
	return result, true
}

// matchFold is match without regard to case, for texts with variables or tokens.
func (e *eval) matchFold(t *text, value string) tri {
	if t.kind == textLoose {
		return min(maybe, truth(glob(lowerASCII(t.loose), lowerASCII(value))))
	}
	pattern, known := e.expand(nil, t.segments, 4*len(value)) // case changes the length of few characters
	if known == no {
		return no
	}
	if known == maybe {
		return maybe
	}
	return truth(strings.EqualFold(string(pattern), value))
}

// lowerASCII leaves the wildcard bytes of patterns alone, unlike strings.ToLower.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = lower(c)
	}
	return string(b)
}
