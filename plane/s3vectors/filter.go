package s3vectors

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// filter says whether metadata matches.
type filter func(metadata map[string]any) bool

// mostFilterDepth bounds nested filters. AWS does not document a bound.
const mostFilterDepth = 16

// filterOf is the filter of a query; nil: it has none. The texts of the refusals are not
// recorded.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-metadata-filtering.html
func filterOf(r *emulate.Request, index *records.Record) (filter, error) {
	in, ok := r.In["filter"]
	if !ok {
		return nil, nil
	}
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	f, err := parseFilter(text, func(key string) bool { return isFilterable(index, key) })
	if err != nil {
		return nil, r.Fail("ValidationException", "Invalid filter: %s", err)
	}
	return f, nil
}

// parseFilter reads a filter from JSON. filterable says which keys it may name.
func parseFilter(text []byte, filterable func(key string) bool) (filter, error) {
	v, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	return parseAll(v, filterable, 0)
}

// parseAll reads an object whose entries must all match.
func parseAll(v any, filterable func(string) bool, depth int) (filter, error) {
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		return nil, fmt.Errorf("it must be an object with conditions")
	}
	if depth > mostFilterDepth {
		return nil, fmt.Errorf("it must have at most %d levels", mostFilterDepth)
	}
	var parts []filter
	for key, inner := range m {
		var f filter
		var err error
		switch {
		case key == "$and" || key == "$or":
			f, err = parseList(key, inner, filterable, depth)
		case strings.HasPrefix(key, "$"):
			err = fmt.Errorf("there is no operator %s here", key)
		case !filterable(key):
			err = fmt.Errorf("the metadata key %s is not filterable", key)
		default:
			f, err = parseCondition(key, inner)
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, f)
	}
	return every(parts), nil
}

func every(parts []filter) filter {
	return func(m map[string]any) bool {
		for _, f := range parts {
			if !f(m) {
				return false
			}
		}
		return true
	}
}

// parseList reads the filters of $and and $or.
func parseList(operator string, v any, filterable func(string) bool, depth int) (filter, error) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, fmt.Errorf("%s must have a list of filters", operator)
	}
	var parts []filter
	for _, inner := range list {
		f, err := parseAll(inner, filterable, depth+1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, f)
	}
	if operator == "$and" {
		return every(parts), nil
	}
	return func(m map[string]any) bool {
		for _, f := range parts {
			if f(m) {
				return true
			}
		}
		return false
	}, nil
}

// parseCondition reads what one metadata key must be: a value, or operators with theirs.
func parseCondition(key string, v any) (filter, error) {
	m, ok := v.(map[string]any)
	if !ok {
		m = map[string]any{"$eq": v}
	}
	if len(m) == 0 {
		return nil, fmt.Errorf("the condition for %s is empty", key)
	}
	var parts []filter
	for operator, want := range m {
		o, ok := operators[operator]
		if !ok {
			return nil, fmt.Errorf("there is no operator %s", operator)
		}
		if err := o.operand.check(want); err != nil {
			return nil, fmt.Errorf("%s of %s must have %w", operator, key, err)
		}
		parts = append(parts, func(metadata map[string]any) bool {
			value, there := metadata[key]
			return o.match(value, there, want)
		})
	}
	return every(parts), nil
}
