package graph

import "github.com/bedlock/bedlock/iac/syntax"

// Document makes a Value of a JSON document, such as the answer of an API. null is
// Absent. Tokens in texts mean nothing.
func Document(b []byte) (Value, error) {
	n, err := syntax.ParseJSON("document", b, syntax.Limits{})
	if err != nil {
		return Value{}, err
	}
	return plain(n), nil
}

// plain turns a syntax tree into a value without positions.
func plain(n *syntax.Node) Value {
	v := Value{Text: n.Text}
	switch n.Kind {
	case syntax.Null:
		return Value{}
	case syntax.Bool:
		v.Kind = Bool
	case syntax.Number:
		v.Kind = Number
	case syntax.String:
		v.Kind = String
	case syntax.List:
		v.Kind = List
		for i := range n.Items {
			v.Items = append(v.Items, plain(&n.Items[i]))
		}
	case syntax.Map:
		v.Kind = Map
		for i := 0; i+1 < len(n.Items); i += 2 {
			v.Members = append(v.Members, Member{Name: n.Items[i].Text, Value: plain(&n.Items[i+1])})
		}
	}
	return v
}
