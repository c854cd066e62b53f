package spec

import (
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// conditions: all operators and all keys must hold.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
func (e *evaluation) conditions(list []policy.Condition) bool {
	for _, c := range list {
		if !e.condition(c) {
			return false
		}
	}
	return true
}

func (e *evaluation) condition(c policy.Condition) bool {
	values := e.key(c.Key)
	if strings.EqualFold(c.Operator.Base, "Null") {
		return null(values, c.Values)
	}
	// The table of results for keys that are there, absent and empty:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
	switch strings.ToLower(c.Operator.Set) {
	case "forallvalues":
		for _, v := range values {
			if v != "" && !e.test(c, v) {
				return false
			}
		}
		return true
	case "foranyvalue":
		if len(values) == 0 && e.rules.anyValueOfNone {
			return true
		}
		for _, v := range values {
			if v != "" && e.test(c, v) {
				return true
			}
		}
		// The guide says of IfExists, without exception, that an absent key makes it
		// true. Some who tried report that it does not with ForAnyValue.
		return len(values) == 0 && c.Operator.IfExists
	}
	// A key that is absent, and IfExists:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists
	if len(values) == 0 {
		if c.Operator.Negated() && e.rules.absentNegatedFails {
			return c.Operator.IfExists
		}
		return c.Operator.IfExists && !e.rules.ifExistsIgnored || c.Operator.Negated()
	}
	// What AWS does with several values and no set operator is not documented: such
	// a condition does not hold here.
	if len(values) > 1 || manyValued(c.Key) {
		return false
	}
	return e.test(c, values[0])
}

// null: the key is not there, or its value is empty.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null
func null(values, wants []string) bool {
	there := "false"
	if strings.Join(values, "") == "" {
		there = "true"
	}
	for _, w := range wants {
		if strings.EqualFold(w, there) {
			return true
		}
	}
	return false
}

// test applies an operator to one value: it equals one of the policy's values or,
// negated, none of them.
func (e *evaluation) test(c policy.Condition, value string) bool {
	operator := plain(c.Operator.Base)
	found := false
	for _, want := range c.Values {
		holds, typed := e.judge(operator, value, want)
		if !typed && !e.rules.wrongTypeNegatedHolds {
			return false
		}
		if e.rules.negatedIsOr && c.Operator.Negated() && !holds {
			return true
		}
		found = found || holds
	}
	return found != c.Operator.Negated()
}

// plain is an operator's name without Not and in lower case; ArnEquals is ArnLike.
func plain(base string) string {
	s := strings.ReplaceAll(strings.ToLower(base), "not", "")
	if s == "arnequals" {
		return "arnlike"
	}
	return s
}
