package terraform

import (
	"slices"
	"sort"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// policyDocument makes the document that data.aws_iam_policy_document gives as json
// from the arguments of the data source, as the provider does: one-element lists
// become texts, longer ones are sorted downwards, statements with the same sid
// replace each other.
// Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
func policyDocument(args graph.Value) graph.Value {
	d := document{at: args.At}
	for _, source := range append(elements(args.Get("source_policy_documents")), args.Get("source_json")) {
		d.include(source)
	}
	d.add(elements(args.Get("statement")), statement)
	for _, override := range append(elements(args.Get("override_policy_documents")), args.Get("override_json")) {
		d.include(override)
	}
	if d.bad != nil {
		return *d.bad
	}
	out := graph.Value{Kind: graph.Map, At: args.At}
	version := args.Get("version")
	if version.Kind == graph.Absent {
		version = graph.Str("2012-10-17", args.At)
	}
	out.Members = append(out.Members, graph.Member{Name: "Version", At: version.At, Value: version})
	if id := args.Get("policy_id"); id.Kind != graph.Absent {
		out.Members = append(out.Members, graph.Member{Name: "Id", At: id.At, Value: id})
	}
	out.Members = append(out.Members, graph.Member{Name: "Statement", At: args.At, Value: graph.Value{Kind: graph.List, Items: d.statements, At: args.At}})
	return out
}

type document struct {
	at         bedlock.Position
	statements []graph.Value
	bad        *graph.Value
}

// elements lists the items of a list, one value as itself.
func elements(v graph.Value) []graph.Value {
	switch v.Kind {
	case graph.Absent:
		return nil
	case graph.List:
		return v.Items
	}
	return []graph.Value{v}
}

// include merges another document, given as a Map or as text.
func (d *document) include(v graph.Value) {
	switch v.Kind {
	case graph.Absent:
		return
	case graph.String, graph.Concat:
		if strings.TrimSpace(v.Print()) == "" {
			return
		}
		n, err := syntax.ParseJSON("", []byte(v.Print()), syntax.Limits{})
		if err != nil {
			d.unknown("a merged policy document is not JSON", v.At)
			return
		}
		v = plainValue(n, v.At)
	case graph.Choice: // each of its statements depends on the condition
		for _, b := range v.Choices {
			inner := document{at: d.at}
			inner.include(b.Value)
			if inner.bad != nil {
				d.bad = inner.bad
			}
			for _, s := range inner.statements {
				d.statements = append(d.statements, onlyWhen(b.When, s, v.At))
			}
		}
		return
	case graph.Map:
	default:
		d.unknown("a merged policy document is not known: "+reasonOf(v), v.At)
		return
	}
	d.add(elements(v.Get("Statement")), func(s graph.Value) graph.Value { return s })
}

func (d *document) unknown(reason string, at bedlock.Position) {
	d.bad = ref(graph.Unresolved(reason, at))
}

// add appends statements; one with a sid that is there replaces that one.
func (d *document) add(statements []graph.Value, form func(graph.Value) graph.Value) {
	for _, s := range statements {
		made := distribute(s, func(s graph.Value) graph.Value {
			if s.Kind != graph.Map {
				return s
			}
			return form(s)
		})
		sid := made.Get("Sid")
		same := -1
		if made.Kind == graph.Map && sid.Kind == graph.String && sid.Text != "" {
			same = slices.IndexFunc(d.statements, func(old graph.Value) bool { return old.Kind == graph.Map && old.Get("Sid").Text == sid.Text })
		}
		if same >= 0 {
			d.statements[same] = made
		} else {
			d.statements = append(d.statements, made)
		}
	}
}

// statement makes one statement of a policy of a statement block.
func statement(block graph.Value) graph.Value {
	out := graph.Value{Kind: graph.Map, At: block.At}
	set := func(name string, v graph.Value) {
		if v.Kind != graph.Absent && !(v.Kind == graph.List && len(v.Items) == 0) {
			out.Members = append(out.Members, graph.Member{Name: name, At: v.At, Value: v})
		}
	}
	if sid := block.Get("sid"); !(sid.Kind == graph.String && sid.Text == "") {
		set("Sid", sid)
	}
	effect := block.Get("effect")
	if effect.Kind == graph.Absent {
		effect = graph.Str("Allow", block.At)
	}
	set("Effect", effect)
	set("Action", texts(block.Get("actions")))
	set("NotAction", texts(block.Get("not_actions")))
	set("Resource", texts(block.Get("resources")))
	set("NotResource", texts(block.Get("not_resources")))
	set("Principal", principals(block.Get("principals")))
	set("NotPrincipal", principals(block.Get("not_principals")))
	set("Condition", conditions(block.Get("condition")))
	return out
}

// texts makes a text of one element, else the list in the provider's order. The
// provider writes &{ for ${.
func texts(v graph.Value) graph.Value {
	if v.Kind != graph.List {
		return v
	}
	items := make([]graph.Value, 0, len(v.Items))
	plain := true
	for _, item := range v.Items {
		if item.Kind == graph.Bool || item.Kind == graph.Number {
			item.Kind = graph.String // the provider takes texts only
		}
		if item.Kind == graph.String {
			item.Text = strings.ReplaceAll(item.Text, "&{", "${")
		}
		plain = plain && item.Kind == graph.String
		items = append(items, item)
	}
	if len(items) == 1 {
		return items[0]
	}
	if plain {
		sort.SliceStable(items, func(i, j int) bool { return items[i].Text > items[j].Text })
	}
	v.Items = items
	return v
}

// principals joins principal blocks by type. Only {"*": "*"} is written as "*".
func principals(blocks graph.Value) graph.Value {
	items := elements(blocks)
	if len(items) == 0 {
		return graph.Value{At: blocks.At}
	}
	if len(items) == 1 && items[0].Get("type").Text == "*" {
		if who := texts(items[0].Get("identifiers")); who.Kind == graph.String && who.Text == "*" {
			return who
		}
	}
	out := graph.Value{Kind: graph.Map, At: items[0].At}
	for _, b := range items {
		if b.Kind != graph.Map {
			return graph.Unresolved("a principals block is not known: "+reasonOf(b), blocks.At)
		}
		put := func(typ string, who []graph.Value) {
			for i := range out.Members {
				if m := &out.Members[i]; m.Name == typ {
					m.Value = texts(graph.Value{Kind: graph.List, Items: append(slices.Clone(elements(m.Value)), who...), At: m.Value.At})
					return
				}
			}
			out.Members = append(out.Members, graph.Member{Name: typ, At: b.At, Value: texts(graph.Value{Kind: graph.List, Items: who, At: b.At})})
		}
		typ, who := b.Get("type"), b.Get("identifiers")
		if typ.Kind != graph.String || hasToken(typ.Text) {
			return graph.Unresolved("the type of a principal is not known: "+reasonOf(typ), b.At)
		}
		put(typ.Text, elements(who))
	}
	return out
}

// conditions joins condition blocks by operator and key.
func conditions(blocks graph.Value) graph.Value {
	items := elements(blocks)
	if len(items) == 0 {
		return graph.Value{At: blocks.At}
	}
	out := graph.Value{Kind: graph.Map, At: items[0].At}
	for _, b := range items {
		if b.Kind != graph.Map {
			return graph.Unresolved("a condition block is not known: "+reasonOf(b), blocks.At)
		}
		test, variable := b.Get("test"), b.Get("variable")
		if test.Kind != graph.String || variable.Kind == graph.Unknown || variable.Kind == graph.Absent {
			return graph.Unresolved("the operator or key of a condition is not known", b.At)
		}
		values := elements(b.Get("values"))
		at := slices.IndexFunc(out.Members, func(m graph.Member) bool { return m.Name == test.Text })
		if at < 0 {
			at = len(out.Members)
			out.Members = append(out.Members, graph.Member{Name: test.Text, At: b.At, Value: graph.Value{Kind: graph.Map, At: b.At}})
		}
		inner := &out.Members[at].Value
		key := variable.Print()
		same := slices.IndexFunc(inner.Members, func(m graph.Member) bool { return m.Name == key })
		if same < 0 {
			inner.Members = append(inner.Members, graph.Member{Name: key, At: b.At, Value: texts(graph.Value{Kind: graph.List, Items: values, At: b.At})})
			continue
		}
		m := &inner.Members[same]
		m.Value = texts(graph.Value{Kind: graph.List, Items: append(slices.Clone(elements(m.Value)), values...), At: m.At})
	}
	return out
}

// plainValue turns a syntax tree into a value whose every part stands at one place.
func plainValue(n *syntax.Node, at bedlock.Position) graph.Value {
	v := graph.Value{Text: n.Text, At: at}
	switch n.Kind {
	case syntax.Bool:
		v.Kind = graph.Bool
	case syntax.Number:
		v.Kind = graph.Number
	case syntax.String:
		v.Kind = graph.String
	case syntax.List:
		v.Kind, v.Items = graph.List, make([]graph.Value, len(n.Items))
		for i := range n.Items {
			v.Items[i] = plainValue(&n.Items[i], at)
		}
	case syntax.Map:
		v.Kind = graph.Map
		for i := 0; i+1 < len(n.Items); i += 2 {
			v.Members = append(v.Members, graph.Member{Name: n.Items[i].Text, At: at, Value: plainValue(&n.Items[i+1], at)})
		}
	}
	return v
}
