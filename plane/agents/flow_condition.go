package agents

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// condition is what an expression of a condition node says of the inputs of its node.
type condition func(inputs map[string]any) (bool, error)

// parseCondition reads an expression of a condition node, such as
// (price > 10) and not (kind == "book"), and the names of the inputs that it uses.
// https://docs.aws.amazon.com/bedrock/latest/userguide/flows-expressions.html
func parseCondition(text string) (c condition, names []string, err error) {
	p := &conditionParser{}
	if p.tokens, err = conditionTokens(text); err != nil {
		return nil, nil, err
	}
	c = p.either()
	if p.err == nil && len(p.tokens) > 0 {
		p.fail("unexpected %s", p.tokens[0])
	}
	return c, p.names, p.err
}

// conditionTokens are names, numbers, strings with their quotes, operators and parentheses.
func conditionTokens(text string) ([]string, error) {
	var out []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		n := 0
		switch c := text[0]; {
		case strings.IndexByte("()", c) >= 0:
			n = 1
		case strings.IndexByte("=!<>", c) >= 0:
			n = 1
			if len(text) > 1 && text[1] == '=' {
				n = 2
			}
		case c == '"' || c == '\'':
			n = strings.IndexByte(text[1:], c) + 2
			if n == 1 {
				return nil, errors.New("a string does not end")
			}
		default:
			n = strings.IndexFunc(text, func(r rune) bool {
				return r != '_' && r != '.' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
			})
			if n < 0 {
				n = len(text)
			}
			if n == 0 {
				return nil, fmt.Errorf("unexpected %q", text[:1])
			}
		}
		out, text = append(out, text[:n]), text[n:]
	}
	return out, nil
}

// conditionParser reads tokens one after the other. After the first error nothing is read.
type conditionParser struct {
	tokens []string
	names  []string
	err    error
}

func (p *conditionParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.tokens = nil
}

func (p *conditionParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

func (p *conditionParser) take(token string) bool {
	if len(p.tokens) > 0 && p.tokens[0] == token {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *conditionParser) either() condition { return p.joined("or", p.both, true) }

func (p *conditionParser) both() condition { return p.joined("and", p.one, false) }

// joined reads conditions with a word between them. The first that is decisive decides.
func (p *conditionParser) joined(word string, part func() condition, decisive bool) condition {
	all := []condition{part()}
	for p.take(word) {
		all = append(all, part())
	}
	return func(in map[string]any) (bool, error) {
		for _, c := range all {
			if yes, err := c(in); err != nil || yes == decisive {
				return yes, err
			}
		}
		return !decisive, nil
	}
}

func (p *conditionParser) one() condition {
	switch {
	case p.take("not"):
		c := p.one()
		return func(in map[string]any) (bool, error) {
			yes, err := c(in)
			return !yes, err
		}
	case p.take("("):
		c := p.either()
		if !p.take(")") {
			p.fail("a parenthesis is not closed")
		}
		return c
	}
	left := p.operand()
	if len(p.tokens) == 0 || !isComparison(p.tokens[0]) {
		return func(in map[string]any) (bool, error) {
			v, err := left(in)
			yes, ok := v.(bool)
			if err == nil && !ok {
				err = errors.New("a value that is no boolean stands alone")
			}
			return yes, err
		}
	}
	operator := p.next()
	right := p.operand()
	return func(in map[string]any) (bool, error) {
		a, err := left(in)
		if err != nil {
			return false, err
		}
		b, err := right(in)
		if err != nil {
			return false, err
		}
		return compare(a, operator, b)
	}
}

func isComparison(token string) bool {
	switch token {
	case "==", "!=", "<", "<=", ">", ">=":
		return true
	}
	return false
}

// operand reads a value or the name of an input.
func (p *conditionParser) operand() func(map[string]any) (any, error) {
	token := p.next()
	constant := func(v any) func(map[string]any) (any, error) {
		return func(map[string]any) (any, error) { return v, nil }
	}
	switch {
	case token == "":
		p.fail("a value is missing")
		return nil
	case token[0] == '"' || token[0] == '\'':
		return constant(token[1 : len(token)-1])
	case token == "true" || token == "false":
		return constant(token == "true")
	}
	if n, err := strconv.ParseFloat(token, 64); err == nil {
		return constant(n)
	}
	if first := token[0] | 0x20; first < 'a' || first > 'z' || token == "and" || token == "or" || strings.ContainsAny(token, ".-") {
		p.fail("unexpected %s", token)
		return nil
	}
	p.names = append(p.names, token)
	return func(in map[string]any) (any, error) {
		v, ok := in[token]
		if !ok {
			return nil, fmt.Errorf("there is no input %s", token)
		}
		return v, nil
	}
}

// compare compares two strings, two numbers or two booleans; order is of numbers only.
func compare(a any, operator string, b any) (bool, error) {
	x, y := plainValue(a), plainValue(b)
	n, m := 0.0, 0.0
	if operator != "==" && operator != "!=" {
		var ok, also bool
		n, ok = x.(float64)
		m, also = y.(float64)
		if !ok || !also {
			return false, fmt.Errorf("%s compares numbers only", operator)
		}
	} else if typeOf(x) != typeOf(y) {
		return false, fmt.Errorf("%s and %s cannot be compared", typeOf(x), typeOf(y))
	} else if t := typeOf(x); t == "Object" || t == "Array" {
		return false, errors.New("objects and arrays cannot be compared")
	}
	switch operator {
	case "==":
		return x == y, nil
	case "!=":
		return x != y, nil
	case "<":
		return n < m, nil
	case "<=":
		return n <= m, nil
	case ">":
		return n > m, nil
	}
	return n >= m, nil
}
