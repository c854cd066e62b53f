package authz

import "strings"

// family is what a condition operator compares.
type family uint8

const (
	familyString family = iota + 1
	familyFold          // strings without regard to case
	familyARN
	familyNumber
	familyDate
	familyBool
	familyBinary
	familyAddress
	familyNull
)

// relation is how numbers and dates compare.
type relation uint8

const (
	equal relation = iota
	less
	lessEqual
	greater
	greaterEqual
)

func (r relation) holds(c int) bool {
	switch r {
	case less:
		return c < 0
	case lessEqual:
		return c <= 0
	case greater:
		return c > 0
	case greaterEqual:
		return c >= 0
	}
	return c == 0
}

// operator is a condition operator without set and IfExists.
type operator struct {
	family   family
	relation relation
	wild     bool // * and ? of the policy's values are wildcards
	negated  bool
}

// operators by name in lower case. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = func() map[string]operator {
	m := map[string]operator{
		"stringequals": {family: familyString}, "stringequalsignorecase": {family: familyFold},
		"stringlike": {family: familyString, wild: true},
		"arnequals":  {family: familyARN}, "arnlike": {family: familyARN},
		"bool": {family: familyBool}, "binaryequals": {family: familyBinary}, "ipaddress": {family: familyAddress}, "null": {family: familyNull},
		"stringnotequals": {family: familyString, negated: true}, "stringnotequalsignorecase": {family: familyFold, negated: true},
		"stringnotlike": {family: familyString, wild: true, negated: true},
		"arnnotequals":  {family: familyARN, negated: true}, "arnnotlike": {family: familyARN, negated: true},
		"notipaddress": {family: familyAddress, negated: true},
	}
	for prefix, f := range map[string]family{"numeric": familyNumber, "date": familyDate} {
		m[prefix+"equals"] = operator{family: f}
		m[prefix+"notequals"] = operator{family: f, negated: true}
		m[prefix+"lessthan"] = operator{family: f, relation: less}
		m[prefix+"lessthanequals"] = operator{family: f, relation: lessEqual}
		m[prefix+"greaterthan"] = operator{family: f, relation: greater}
		m[prefix+"greaterthanequals"] = operator{family: f, relation: greaterEqual}
	}
	return m
}()

// setKind is the set operator before a condition operator.
type setKind uint8

const (
	setNone setKind = iota
	setAll
	setAny
	setInvalid
)

func setOf(s string) setKind {
	switch strings.ToLower(s) {
	case "":
		return setNone
	case "forallvalues":
		return setAll
	case "foranyvalue":
		return setAny
	}
	return setInvalid
}
