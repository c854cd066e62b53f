package policy

import "strings"

// Operator is a condition operator in its parts. Names are kept as written.
type Operator struct {
	// Set is "ForAllValues" or "ForAnyValue", empty without one.
	Set string
	// Base is the operator itself: StringEquals, ArnNotLike, Null …
	Base string
	// IfExists is set when the operator ends with it.
	IfExists bool
}

// ParseOperator reads an operator; case does not matter to IAM, and the parts
// are returned as written.
func ParseOperator(s string) Operator {
	var o Operator
	if set, rest, ok := strings.Cut(s, ":"); ok && set != "" {
		o.Set, s = set, rest
	}
	const suffix = "IfExists"
	if n := len(s) - len(suffix); n > 0 && strings.EqualFold(s[n:], suffix) {
		o.IfExists, s = true, s[:n]
	}
	o.Base = s
	return o
}

// String returns the operator as written in a policy.
func (o Operator) String() string {
	s := o.Base
	if o.Set != "" {
		s = o.Set + ":" + s
	}
	if o.IfExists {
		s += "IfExists"
	}
	return s
}

// operators of IAM. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = [...]string{
	"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
	"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
	"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
	"Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
}

// Valid reports whether IAM has the operator.
func (o Operator) Valid() bool {
	if o.Set != "" && !strings.EqualFold(o.Set, "ForAllValues") && !strings.EqualFold(o.Set, "ForAnyValue") {
		return false
	}
	for _, name := range operators {
		if strings.EqualFold(name, o.Base) {
			return !strings.EqualFold(name, "Null") || !o.IfExists
		}
	}
	return false
}

// Negated reports whether the operator holds when the value differs.
func (o Operator) Negated() bool {
	b := strings.ToLower(o.Base)
	return strings.HasPrefix(b, "notip") || strings.HasPrefix(b, "stringnot") || strings.HasPrefix(b, "arnnot") ||
		strings.HasPrefix(b, "numericnot") || strings.HasPrefix(b, "datenot")
}
