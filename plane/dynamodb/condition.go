package dynamodb

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
)

// condition is a condition of keys: a value of the partition key, and perhaps a comparison of
// the sort key with one value or two.
type condition struct {
	hash   wire.Object
	op     string // empty: none; =, <, <=, >, >=, between, begins_with
	values []wire.Object
}

// word is what a condition is made of. Reserved words are refused by AWS as names; not here.
var word = regexp.MustCompile(`^\s*(<=|>=|=|<|>|\(|\)|,|[#:]?[A-Za-z_][A-Za-z0-9_.-]*)`)

// clause is one comparison: name op value, name BETWEEN value AND value, or
// begins_with(name, value).
type clause struct {
	name, op string
	values   []string
}

// clauses reads a KeyConditionExpression.
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
func clauses(text string) ([]clause, bool) {
	var words []string
	for rest := text; strings.TrimSpace(rest) != ""; {
		m := word.FindStringSubmatch(rest)
		if m == nil {
			return nil, false
		}
		words, rest = append(words, m[1]), rest[len(m[0]):]
	}
	var out []clause
	for {
		c, n := oneClause(words)
		if n == 0 {
			return nil, false
		}
		if out, words = append(out, c), words[n:]; len(words) == 0 {
			return out, true
		}
		if !strings.EqualFold(words[0], "and") {
			return nil, false
		}
		words = words[1:]
	}
}

// oneClause reads the first comparison, and returns how many words it has; 0: it is none.
func oneClause(words []string) (clause, int) {
	is := func(i int, w string) bool { return i < len(words) && strings.EqualFold(words[i], w) }
	value := func(i int) bool { return i < len(words) && strings.HasPrefix(words[i], ":") }
	switch {
	case len(words) > 4 && words[0] == "(": // a comparison in parentheses
		if c, n := oneClause(words[1:]); n > 0 && is(n+1, ")") {
			return c, n + 2
		}
	case is(0, "begins_with") && is(1, "(") && is(3, ",") && value(4) && is(5, ")"):
		return clause{words[2], "begins_with", words[4:5]}, 6
	case is(1, "between") && value(2) && is(3, "and") && value(4):
		return clause{words[0], "between", []string{words[2], words[4]}}, 5
	case len(words) > 2 && strings.Contains("= < <= > >=", words[1]) && value(2):
		return clause{words[0], words[1], words[2:3]}, 3
	}
	return clause{}, 0
}

// conditionOf is the condition of a query of a table with a primary key, or what is wrong with
// it.
func conditionOf(in wire.Object, key []keyAttribute) (c *condition, problem string) {
	text := in.Text("KeyConditionExpression")
	if text == "" {
		return nil, "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
	}
	list, ok := clauses(text)
	if !ok || len(list) > 2 {
		return nil, "Invalid KeyConditionExpression: Syntax error"
	}
	c = &condition{}
	for _, part := range list {
		name := part.name
		if strings.HasPrefix(name, "#") {
			if name = in.Object("ExpressionAttributeNames").Text(part.name); name == "" {
				return nil, fmt.Sprintf("Invalid KeyConditionExpression: An expression attribute name used in the document path is not defined; attribute name: %s", part.name)
			}
		}
		var values []wire.Object
		for _, v := range part.values {
			o := in.Object("ExpressionAttributeValues").Object(v)
			if o == nil {
				return nil, fmt.Sprintf("Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: %s", v)
			}
			values = append(values, o)
		}
		of := 0
		if len(key) > 1 && name == key[1].name {
			of = 1
		}
		for _, v := range values {
			if name == key[of].name && !v.Has(key[of].kind) {
				return nil, "One or more parameter values were invalid: Condition parameter type does not match schema type"
			}
		}
		switch {
		case name == key[0].name && part.op == "=" && c.hash == nil:
			c.hash = values[0]
		case name == key[0].name:
			return nil, "Query key condition not supported"
		case of == 1 && c.op == "":
			c.op, c.values = part.op, values
		default:
			return nil, fmt.Sprintf("Query condition missed key schema element: %s", key[len(key)-1].name)
		}
	}
	if c.hash == nil {
		return nil, fmt.Sprintf("Query condition missed key schema element: %s", key[0].name)
	}
	return c, ""
}

// holds says whether an item is one that a query asks for.
func (c *condition) holds(key []keyAttribute, item wire.Object) bool {
	if compare(item.Object(key[0].name), c.hash, key[0].kind) != 0 {
		return false
	}
	if c.op == "" {
		return true
	}
	kind := key[1].kind
	v := item.Object(key[1].name)
	order := compare(v, c.values[0], kind)
	switch c.op {
	case "=":
		return order == 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "between":
		return order >= 0 && compare(v, c.values[1], kind) <= 0
	}
	return strings.HasPrefix(scalar(v, kind), scalar(c.values[0], kind))
}
