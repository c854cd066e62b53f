package graph

import (
	"encoding/json"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/syntax"
)

// parseText reads a String that holds a JSON document; any other value, a Map
// included, is returned as it is. Text that is not JSON is Unknown.
func parseText(v Value) Value {
	switch v.Kind {
	case String:
	case Concat:
		v = Str(v.Print(), v.At)
	case Choice:
		out := v
		out.Choices = make([]Branch, len(v.Choices))
		for i, b := range v.Choices {
			out.Choices[i] = Branch{When: b.When, Value: parseText(b.Value)}
		}
		return out
	default:
		return v
	}
	if strings.TrimSpace(v.Text) == "" {
		return Value{At: v.At}
	}
	n, err := syntax.ParseJSON(v.At.File, []byte(v.Text), syntax.Limits{})
	if err != nil {
		return Unresolved("the text is not JSON", v.At)
	}
	return fromNode(n, v.At)
}

// fromNode turns a syntax tree into a value whose every part stands at one place.
func fromNode(n *syntax.Node, at bedlock.Position) Value {
	v := Value{Text: n.Text, At: at}
	switch n.Kind {
	case syntax.Bool:
		v.Kind = Bool
	case syntax.Number:
		v.Kind = Number
	case syntax.String:
		return detoken(n.Text, at)
	case syntax.List:
		v.Kind = List
		for i := range n.Items {
			v.Items = append(v.Items, fromNode(&n.Items[i], at))
		}
	case syntax.Map:
		v.Kind = Map
		for i := 0; i+1 < len(n.Items); i += 2 {
			v.Members = append(v.Members, Member{Name: n.Items[i].Text, At: at, Value: fromNode(&n.Items[i+1], at)})
		}
	}
	return v
}

// detoken finds the references again that were printed into a text as tokens.
func detoken(s string, at bedlock.Position) Value {
	var parts []Value
	rest := s
	for {
		start := strings.Index(rest, refToken)
		if start < 0 {
			break
		}
		end := strings.IndexByte(rest[start:], '}')
		if end < 0 {
			break
		}
		token := rest[start+len(refToken) : start+end]
		hash := strings.LastIndexByte(token, '#')
		if hash < 0 {
			break
		}
		if start > 0 {
			parts = append(parts, Str(rest[:start], at))
		}
		parts = append(parts, Reference(token[:hash], token[hash+1:], at))
		rest = rest[start+end+1:]
	}
	switch {
	case len(parts) == 0:
		return Str(s, at)
	case rest != "":
		parts = append(parts, Str(rest, at))
	case len(parts) == 1:
		return parts[0]
	}
	return Value{Kind: Concat, Items: parts, At: at}
}

// writeJSON writes a value as JSON, with tokens for what is not determined.
func writeJSON(b *strings.Builder, v Value) {
	switch v.Kind {
	case Absent:
		b.WriteString("null")
	case Bool:
		if v.Text == "true" || v.Text == "false" {
			b.WriteString(v.Text)
		} else {
			quote(b, v.Text)
		}
	case Number:
		if json.Valid([]byte(v.Text)) {
			b.WriteString(v.Text)
		} else {
			quote(b, v.Text)
		}
	case List:
		b.WriteByte('[')
		wrote := false
		for _, item := range v.Items {
			if item.Kind == Absent {
				continue
			}
			if wrote {
				b.WriteByte(',')
			}
			wrote = true
			writeJSON(b, item)
		}
		b.WriteByte(']')
	case Map:
		b.WriteByte('{')
		wrote := false
		for _, m := range v.Members {
			if m.Value.Kind == Absent {
				continue
			}
			if wrote {
				b.WriteByte(',')
			}
			wrote = true
			quote(b, m.Name)
			b.WriteByte(':')
			writeJSON(b, m.Value)
		}
		b.WriteByte('}')
	case Choice:
		quote(b, Unresolved("depends on a condition", v.At).Token())
	default:
		quote(b, v.Print())
	}
}

func quote(b *strings.Builder, s string) {
	var tmp strings.Builder
	e := json.NewEncoder(&tmp)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil { // strings always encode
		return
	}
	b.WriteString(strings.TrimSuffix(tmp.String(), "\n"))
}
