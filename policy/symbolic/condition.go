package symbolic

import (
	"encoding/base64"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// encoder turns policies into formulas over one model, for requests of one
// principal class.
type encoder struct {
	m *model
	// fixed are the context keys with one value in all requests considered, or that
	// are absent from all.
	fixed map[string]value
	// derived are context keys that follow from another variable.
	derived map[string]derivation
	// limits return what restricts each value of a context key that is neither.
	limits map[string]func() []clause
	// usual are values of such keys to try first.
	usual map[string]string
	// needs are the keys that texts refer to by variables and that have no fixed
	// value.
	needs map[string]bool
	// assumed are keys taken to have a value, see withDefault.
	assumed map[string]bool
	// used are the fixed keys that some policy asked for.
	used map[string]bool
	// action and resource, unless they are variables.
	action, resource     string
	actionVar, resourceV *variable
	// contextNames are the keys of encryption contexts that some policy or grant
	// names, contextKeysUsed whether some names kms:EncryptionContextKeys.
	contextNames    []string
	contextKeysUsed bool
	// stuck is the variable for which the last request had no value.
	stuck   string
	digests *digests
	// work counts the statements that were encoded, with the entries of their lists.
	work int
}

func newEncoder() *encoder {
	return &encoder{
		m: newModel(), fixed: map[string]value{}, derived: map[string]derivation{}, limits: map[string]func() []clause{}, usual: map[string]string{},
		needs: map[string]bool{}, assumed: map[string]bool{}, used: map[string]bool{}, digests: &digests{},
	}
}

// derivation expresses that a derived key matches a text as a formula; ok is false
// when it cannot.
type derivation func(l letters, how matching) (f *formula, ok bool)

// matching is how a text of a policy is compared. The zero value is invalid.
type matching uint8

const (
	exactly matching = iota + 1
	foldCase
	wildcards
	asARN
)

// pattern returns the automaton of a text; nil: nothing matches.
func (how matching) pattern(l letters) *pattern {
	switch how {
	case foldCase:
		return l.fold()
	case asARN:
		return l.arn(false)
	}
	return l.like()
}

// test is a condition operator, taken apart.
type test struct {
	family  family
	how     matching   // text
	compare comparison // number, date
	negated bool
	// bool: the values are true or false.
	bool bool
}

func testOf(o policy.Operator) (t test, ok bool) {
	b := strings.ToLower(o.Base)
	t.negated = o.Negated()
	b = strings.Replace(b, "not", "", 1)
	switch b {
	case "stringequals":
		t.family, t.how = text, exactly
	case "stringequalsignorecase":
		t.family, t.how = text, foldCase
	case "stringlike":
		t.family, t.how = text, wildcards
	case "arnequals", "arnlike":
		t.family, t.how = text, asARN
	case "bool":
		t.family, t.how, t.bool = text, foldCase, true
	case "binaryequals":
		t.family = binary
	case "ipaddress":
		t.family = address
	default:
		var rest string
		switch {
		case strings.HasPrefix(b, "numeric"):
			t.family, rest = number, b[len("numeric"):]
		case strings.HasPrefix(b, "date"):
			t.family, rest = date, b[len("date"):]
		}
		t.compare, ok = comparisons[rest]
		return t, ok
	}
	return t, true
}

var comparisons = map[string]comparison{
	"equals": equal, "lessthan": less, "lessthanequals": lessEqual, "greaterthan": greater, "greaterthanequals": greaterEqual,
}

// condition encodes one key of a condition block. vars: variables have a meaning.
func (e *encoder) condition(c *policy.Condition, vars bool) *formula {
	e.work += len(c.Values)
	key := strings.ToLower(c.Key)
	whole := "condition " + c.Operator.String() + " " + key + " " + strings.Join(c.Values, ",")
	if !c.Operator.Valid() || strings.Contains(key, "${") {
		return e.m.free(whole)
	}
	if strings.EqualFold(c.Operator.Base, "Null") {
		return e.null(key, c)
	}
	t, ok := testOf(c.Operator)
	if !ok {
		return e.m.free(whole)
	}
	if c.Operator.Set != "" {
		return e.overSet(key, c, t, vars, whole)
	}
	sub := e.subject(key)
	body := noFormula // AWS requires a set operator for keys with many values
	if !authz.ManyValued(key) {
		body = and(sub.single, e.body(sub, t, c, vars))
	}
	absent := not(sub.present)
	if t.negated || c.Operator.IfExists {
		return or(absent, body)
	}
	return body
}

// body is the operator applied to the only value of a key.
func (e *encoder) body(sub subject, t test, c *policy.Condition, vars bool) *formula {
	var terms []*formula
	for _, v := range c.Values {
		terms = append(terms, e.term(sub, t, v, vars))
	}
	m := or(terms...)
	if !t.negated {
		return m
	}
	return and(e.readable(sub, t), not(m))
}

// readable: a value that cannot be read as the operator wants matches neither the
// operator nor its negation.
func (e *encoder) readable(sub subject, t test) *formula {
	if p := readableAs(t); p != nil {
		return sub.holds(p, "can be read")
	}
	return yesFormula
}

func readableAs(t test) *predicate {
	switch {
	case t.family == text && t.how == asARN:
		return textPredicate(arnShape())
	case t.family != text:
		return &predicate{family: t.family, op: readable, key: "readable as " + t.family.String()}
	}
	return nil
}

// term is one value of a condition.
func (e *encoder) term(sub subject, t test, raw string, vars bool) *formula {
	name := sub.name + " " + t.words() + " "
	if t.family != text {
		if strings.Contains(raw, "${") {
			return e.m.free(name + raw)
		}
		p, ok := t.predicate(raw)
		if !ok { // IAM takes no such value; what it would do is not known
			return e.m.free(name + raw)
		}
		return sub.holds(p, t.words()+" "+raw)
	}
	o := e.operand(raw, t.how == wildcards || t.how == asARN, vars)
	guard := e.guard(o)
	switch {
	case o.never:
		return noFormula
	case len(o.optional) > 0:
		return e.withDefault(o.optional[0], func() *formula { return e.term(sub, t, raw, vars) })
	case o.open != "":
		return and(guard, e.loosely(sub, t, o), e.m.free(name+o.open))
	case t.bool:
		return e.boolean(sub, o, raw)
	case sub.derive != nil:
		if f, ok := sub.derive(o.letters, t.how); ok {
			return f
		}
		return e.m.free(name + raw)
	}
	p := t.how.pattern(o.letters)
	if p == nil {
		return noFormula // has fewer parts than any ARN
	}
	return sub.holds(textPredicate(p), t.words()+" "+raw)
}

// loosely is true whenever a value matches a text that is not known in parts.
func (e *encoder) loosely(sub subject, t test, o operand) *formula {
	how := wildcards // also for ARNs: what is not known may contain colons
	if t.how == foldCase {
		how = foldCase
	}
	if sub.derive != nil || t.bool {
		return yesFormula
	}
	return sub.holds(textPredicate(how.pattern(o.letters)), "StringLike "+o.letters.String())
}

// boolean: a value that is not true is false.
func (e *encoder) boolean(sub subject, o operand, raw string) *formula {
	isTrue := sub.holds(textPredicate(textLetters("true").fold()), "is true")
	switch {
	case strings.EqualFold(raw, "true"):
		return isTrue
	case strings.EqualFold(raw, "false"):
		return not(isTrue)
	}
	return e.m.free(sub.name + " Bool " + raw)
}

func textLetters(s string) letters {
	var l letters
	for i := 0; i < len(s); i++ {
		l = append(l, letter{b: s[i]})
	}
	return l
}

// guard: the keys that a text refers to have a value.
func (e *encoder) guard(o operand) *formula {
	var out []*formula
	for _, k := range o.refs {
		out = append(out, e.subject(k).single)
	}
	return and(out...)
}

func (t test) words() string {
	n := ""
	switch {
	case t.bool:
		n = "Bool"
	case t.family == binary:
		n = "BinaryEquals"
	case t.family == address:
		n = "IpAddress"
	case t.family == text:
		n = [...]string{exactly: "StringEquals", foldCase: "StringEqualsIgnoreCase", wildcards: "StringLike", asARN: "ArnLike"}[t.how]
	default:
		n = map[family]string{number: "Numeric", date: "Date"}[t.family] +
			[...]string{"", "Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"}[t.compare]
	}
	return n
}

// predicate reads a value for the families other than text.
func (t test) predicate(raw string) (*predicate, bool) {
	p := &predicate{family: t.family, op: t.compare, key: t.words() + " " + raw}
	var ok bool
	switch t.family {
	case number:
		p.number, ok = parseNumber(raw)
	case date:
		p.instant, ok = parseDate(raw)
	case address:
		p.op = equal
		p.prefix, ok = parsePrefix(raw)
	case binary:
		p.op = equal
		b, err := base64.StdEncoding.DecodeString(raw)
		p.bytes, ok = string(b), err == nil
	}
	return p, ok
}

// null encodes the operator Null: a key with empty values only counts as absent.
func (e *encoder) null(key string, c *policy.Condition) *formula {
	sub := e.subject(key)
	absent := or(not(sub.present), sub.blank())
	if sub.multi() {
		empty := textPredicate(exact(""))
		absent = not(sub.some([]clause{{{pred: empty, not: true}}}, []clause{{{pred: empty}}}, "is not empty"))
	}
	var out []*formula
	for _, v := range c.Values {
		switch {
		case strings.EqualFold(v, "true"):
			out = append(out, absent)
		case strings.EqualFold(v, "false"):
			out = append(out, not(absent))
		default:
			out = append(out, e.m.free("condition Null "+key+" "+v))
		}
	}
	return or(out...)
}

// overSet encodes ForAnyValue and ForAllValues. Empty texts drop out. One value at a time, a value
// satisfies the operator when it can be read and is, or is not, one of those
// named.
func (e *encoder) overSet(key string, c *policy.Condition, t test, vars bool, whole string) *formula {
	sub := e.subject(key)
	every := strings.EqualFold(c.Operator.Set, "ForAllValues")
	if !sub.multi() {
		body := and(sub.single, not(sub.blank()), e.body(sub, t, c, vars))
		if every {
			return or(not(sub.present), sub.blank(), body)
		}
		return body
	}
	var preds []*predicate
	for _, raw := range c.Values {
		if t.family != text {
			if strings.Contains(raw, "${") {
				return e.m.free(whole)
			}
			p, ok := t.predicate(raw)
			if !ok {
				return e.m.free(whole)
			}
			preds = append(preds, p)
			continue
		}
		o := e.operand(raw, t.how == wildcards || t.how == asARN, vars)
		switch {
		case o.never:
		case o.open != "":
			return e.m.free(whole)
		default:
			if t.bool {
				return e.m.free(whole)
			}
			if p := t.how.pattern(o.letters); p != nil {
				preds = append(preds, textPredicate(p))
			}
		}
	}
	yes, no := elementClauses(preds, readableAs(t), t.negated)
	words := t.words() + " " + strings.Join(c.Values, ", ")
	if t.negated {
		words = "is not " + words
	}
	if every { // no value fails the operator
		fails, never := notEmpty(no, yes)
		return not(sub.some(fails, never, "fails "+words))
	}
	some, none := notEmpty(yes, no)
	return sub.some(some, none, words)
}

// notEmpty restricts clauses and their negation to values that are not empty.
func notEmpty(cs, opposite []clause) (some, none []clause) {
	empty := textPredicate(exact(""))
	for _, c := range opposite {
		none = append(none, append(c[:len(c):len(c)], demand{pred: empty}))
	}
	return append(cs[:len(cs):len(cs)], clause{{pred: empty, not: true}}), none
}

// elementClauses returns the clauses for "can be read and is (not) one of preds"
// and for its negation.
func elementClauses(preds []*predicate, readable *predicate, negated bool) (yes, no []clause) {
	var any clause
	var none []clause
	for _, p := range preds {
		any = append(any, demand{pred: p})
		none = append(none, clause{{pred: p, not: true}})
	}
	if !negated {
		return []clause{any}, none
	}
	if readable != nil {
		none = append(none, clause{{pred: readable}})
		any = append(any, demand{pred: readable, not: true})
	}
	return none, []clause{any}
}
