package agents

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// filter says by its metadata whether a chunk counts: a condition on one key, or others that
// are joined.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrievalFilter.html
type filter struct {
	operator string
	key      string
	want     any
	parts    []*filter // of andAll and orAll
}

// filterOperators are the operators on one key: how they decide, and their name in filters of
// S3 Vectors, which has none for parts of texts. A key that a chunk does not have differs from
// every value, which is unconfirmed.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-metadata-filtering.html
var filterOperators = map[string]struct {
	matches func(v, want any) bool
	vectors string
}{
	"equals":              {func(v, want any) bool { return compared(v, "==", want) }, "$eq"},
	"notEquals":           {func(v, want any) bool { return !compared(v, "==", want) }, "$ne"},
	"greaterThan":         {func(v, want any) bool { return compared(v, ">", want) }, "$gt"},
	"greaterThanOrEquals": {func(v, want any) bool { return compared(v, ">=", want) }, "$gte"},
	"lessThan":            {func(v, want any) bool { return compared(v, "<", want) }, "$lt"},
	"lessThanOrEquals":    {func(v, want any) bool { return compared(v, "<=", want) }, "$lte"},
	"in":                  {func(v, want any) bool { return contains(want, v) }, "$in"},
	"notIn":               {func(v, want any) bool { return !contains(want, v) }, "$nin"},
	"listContains":        {contains, "$eq"},
	"startsWith":          {func(v, want any) bool { return onTexts(strings.HasPrefix, v, want) }, ""},
	"stringContains":      {func(v, want any) bool { return onTexts(strings.Contains, v, want) || contains(v, want) }, ""},
}

// filterJoins are the operators that join filters, and their names in filters of S3 Vectors.
var filterJoins = map[string]string{"andAll": "$and", "orAll": "$or"}

// mostFilterDepth bounds nested filters. AWS allows one level of nesting; unconfirmed: the
// text.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-config.html
const mostFilterDepth = 2

func newFilter(r *emulate.Request, in wire.Object) (*filter, error) { return nestedFilter(r, in, 1) }

func nestedFilter(r *emulate.Request, in wire.Object, depth int) (*filter, error) {
	if len(in) != 1 {
		return nil, r.Fail(invalid, "A filter must have exactly one operator.")
	}
	f := &filter{}
	for f.operator = range in {
	}
	if filterJoins[f.operator] == "" {
		if filterOperators[f.operator].matches == nil {
			return nil, unserved(r, "the filter "+f.operator)
		}
		f.key, f.want = in.Text(f.operator+".key"), in.At(f.operator+".value")
		if _, list := f.want.([]any); list != (f.operator == "in" || f.operator == "notIn") {
			return nil, r.Fail(invalid, "The value of %s in the filter must be a list where the operator is in or notIn, and nowhere else.", f.key)
		}
		return f, nil
	}
	if depth > mostFilterDepth {
		return nil, r.Fail(invalid, "Filters can be nested once.")
	}
	for _, part := range in.Objects(f.operator) {
		inner, err := nestedFilter(r, part, depth+1)
		if err != nil {
			return nil, err
		}
		f.parts = append(f.parts, inner)
	}
	return f, nil
}

// passes says whether metadata passes the filter; nil lets everything through.
func (f *filter) passes(metadata map[string]any) bool {
	if f == nil {
		return true
	}
	passes := func(part *filter) bool { return part.passes(metadata) }
	switch f.operator {
	case "andAll":
		return !slices.ContainsFunc(f.parts, func(part *filter) bool { return !passes(part) })
	case "orAll":
		return slices.ContainsFunc(f.parts, passes)
	}
	return filterOperators[f.operator].matches(metadata[f.key], f.want)
}

// ofVectors is the filter as S3 Vectors has it.
func (f *filter) ofVectors(r *emulate.Request) (wire.Object, error) {
	if join := filterJoins[f.operator]; join != "" {
		var parts []any
		for _, part := range f.parts {
			inner, err := part.ofVectors(r)
			if err != nil {
				return nil, err
			}
			parts = append(parts, inner)
		}
		return wire.Object{join: parts}, nil
	}
	operator := filterOperators[f.operator].vectors
	if operator == "" {
		return nil, r.Fail(invalid, "The filter %s is not supported by S3 Vectors.", f.operator) // unconfirmed text
	}
	return wire.Object{f.key: wire.Object{operator: f.want}}, nil
}

// compared is compare of values that may not be comparable: then it is false.
func compared(v any, operator string, want any) bool {
	if v == nil || want == nil {
		return false
	}
	ok, err := compare(v, operator, want)
	return err == nil && ok
}

// contains says whether a list has a value.
func contains(list, v any) bool {
	in, _ := list.([]any)
	return slices.ContainsFunc(in, func(x any) bool { return compared(x, "==", v) })
}

// onTexts is a test of two texts; of anything else it is false.
func onTexts(test func(a, b string) bool, v, want any) bool {
	a, ok := v.(string)
	b, also := want.(string)
	return ok && also && test(a, b)
}
