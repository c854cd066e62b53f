package s3vectors

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
)

// operators are those of a condition on one metadata key.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-metadata-filtering.html
var operators = map[string]struct {
	operand operand
	match   func(value any, there bool, want any) bool
}{
	"$eq":     {scalar, func(v any, there bool, want any) bool { return there && equal(v, want) }},
	"$ne":     {scalar, func(v any, _ bool, want any) bool { return !equal(v, want) }},
	"$gt":     {number, func(v any, _ bool, want any) bool { return compare(v, want, func(c int) bool { return c > 0 }) }},
	"$gte":    {number, func(v any, _ bool, want any) bool { return compare(v, want, func(c int) bool { return c >= 0 }) }},
	"$lt":     {number, func(v any, _ bool, want any) bool { return compare(v, want, func(c int) bool { return c < 0 }) }},
	"$lte":    {number, func(v any, _ bool, want any) bool { return compare(v, want, func(c int) bool { return c <= 0 }) }},
	"$in":     {scalars, func(v any, there bool, want any) bool { return there && among(v, want) }},
	"$nin":    {scalars, func(v any, _ bool, want any) bool { return !among(v, want) }},
	"$exists": {boolean, func(_ any, there bool, want any) bool { return there == want }},
}

// operand is what an operator is given.
type operand int

const (
	scalar operand = iota + 1
	number
	scalars
	boolean
)

// check returns what an operand must be when it is something else.
func (o operand) check(v any) error {
	switch o {
	case scalar:
		if !isScalar(v) {
			return errors.New("a string, a number or a boolean")
		}
	case number:
		if _, ok := v.(json.Number); !ok {
			return errors.New("a number")
		}
	case scalars:
		list, ok := v.([]any)
		if !ok || len(list) == 0 || slices.ContainsFunc(list, func(x any) bool { return !isScalar(x) }) {
			return errors.New("a list of strings, numbers or booleans")
		}
	case boolean:
		if _, ok := v.(bool); !ok {
			return errors.New("a boolean")
		}
	}
	return nil
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, json.Number, bool:
		return true
	}
	return false
}

// equal says whether a value is the wanted one, or a list that has it.
func equal(v, want any) bool {
	if list, ok := v.([]any); ok {
		return slices.ContainsFunc(list, func(x any) bool { return equal(x, want) })
	}
	if _, ok := v.(json.Number); ok {
		return compare(v, want, func(c int) bool { return c == 0 })
	}
	return isScalar(v) && v == want
}

func among(v, want any) bool {
	list, _ := want.([]any)
	return slices.ContainsFunc(list, func(x any) bool { return equal(v, x) })
}

// compare compares two numbers; anything else compares to nothing.
func compare(v, want any, ok func(c int) bool) bool {
	a, isA := v.(json.Number)
	b, isB := want.(json.Number)
	if !isA || !isB {
		return false
	}
	x, errA := a.Float64()
	y, errB := b.Float64()
	return errA == nil && errB == nil && ok(cmp.Compare(x, y))
}
