package agents

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The values that go through a flow are those of encoding/json; numbers may be
// [json.Number].

// typeOf is the type of a value as flows name it; empty: it is null.
func typeOf(v any) string {
	switch v.(type) {
	case string:
		return "String"
	case json.Number, float64, int64:
		return "Number"
	case bool:
		return "Boolean"
	case map[string]any:
		return "Object"
	case []any:
		return "Array"
	}
	return ""
}

// plainValue has every number as a float64.
func plainValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Float64()
		if err != nil {
			return string(v)
		}
		return n
	case int64:
		return float64(v)
	}
	return v
}

// valueText is a value as a prompt has it.
func valueText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// path is an expression of a node's input: steps by name or index from the value that comes.
type path []any

var errPath = errors.New("an expression begins with $.data and goes on with .name or [index]")

// parsePath reads an expression such as $.data.items[0].
// https://docs.aws.amazon.com/bedrock/latest/userguide/flows-expressions.html
func parsePath(text string) (path, error) {
	rest, ok := strings.CutPrefix(text, "$.data")
	if !ok {
		return nil, errPath
	}
	p := path{}
	for rest != "" {
		switch rest[0] {
		case '.':
			rest = rest[1:]
			n := strings.IndexAny(rest, ".[")
			if n < 0 {
				n = len(rest)
			}
			if n == 0 || strings.ContainsAny(rest[:n], "]$*?() ") {
				return nil, errPath
			}
			p, rest = append(p, rest[:n]), rest[n:]
		case '[':
			n := strings.IndexByte(rest, ']')
			if n < 0 {
				return nil, errPath
			}
			i, err := strconv.ParseUint(rest[1:n], 10, 31)
			if err != nil {
				return nil, errPath
			}
			p, rest = append(p, int(i)), rest[n+1:]
		default:
			return nil, errPath
		}
	}
	return p, nil
}

// of is what the path leads to in a value.
func (p path) of(v any) (any, error) {
	for _, step := range p {
		switch step := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if v, ok = m[step]; !ok {
				return nil, fmt.Errorf("the value has no member %s", step)
			}
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil, fmt.Errorf("the value has no entry %d", step)
			}
			v = list[step]
		}
	}
	return v, nil
}
