package graph

import (
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// policyOf turns a policy attribute into the inventory's form. An absent
// attribute stays absent: for a key that is the default key policy.
func policyOf(v Value) inventory.Value[inventory.Policy] { return policyUnder(v, "") }

// policyUnder is policyOf for a policy that is there under a condition.
func policyUnder(v Value, when string) inventory.Value[inventory.Policy] {
	switch v.Kind {
	case Absent:
		return inventory.Absent[inventory.Policy](v.At)
	case Unknown, Unread:
		return gap[inventory.Policy](v)
	case Ref:
		return inventory.Unknown[inventory.Policy](v.describe()+" is known only after deployment", v.At)
	}
	doc := parseText(v)
	if v.Kind == String && strings.TrimSpace(v.Text) == "" {
		return inventory.Absent[inventory.Policy](v.At)
	}
	if doc.Kind == Unknown { // text that is not JSON: keep it for the rule that says so
		return inventory.Known(inventory.Policy{Text: v.Print()}, v.At)
	}
	docs := flatten(doc, when)
	if len(docs) == 1 && docs[0].Value.Kind == Absent {
		return inventory.Absent[inventory.Policy](v.At)
	}
	return joinDocuments(docs, v.At)
}

// resourcePolicy is the policy of a resource, or of a companion that attaches one; unrecorded
// where the type has none in the dialect.
func (a *assembly) resourcePolicy(r *Resource, e *catalog.Entry) inventory.Value[inventory.Policy] {
	if elements, _, ok := a.elements(r, e.Policy); ok {
		return policyOf(choiceOf(elements[0].branches))
	}
	for _, c := range e.Companions {
		_, attaches := e.Policy.Path(c.Type)
		if attaches && r.Dialect != API && strings.HasPrefix(c.Type, "AWS::") == (r.Dialect == CloudFormation) {
			return inventory.Absent[inventory.Policy](r.At)
		}
	}
	return inventory.Value[inventory.Policy]{}
}

// choiceOf is the value that is one of branches.
func choiceOf(branches []Branch) Value {
	if len(branches) == 1 && branches[0].When == "" {
		return branches[0].Value
	}
	return Value{Kind: Choice, Choices: branches, At: branches[0].Value.At}
}

// joinDocuments makes one document of the branches of an undecided one, with each
// statement under the condition of its branch.
func joinDocuments(docs []Branch, at bedlock.Position) inventory.Value[inventory.Policy] {
	var p inventory.Policy
	var head, statements strings.Builder
	conditional := false
	for _, d := range docs {
		switch d.Value.Kind {
		case Map:
		case Absent:
			continue
		case Unknown, Unread:
			return gap[inventory.Policy](d.Value)
		default:
			return inventory.Unknown[inventory.Policy]("the policy is not a document", d.Value.At)
		}
		if head.Len() == 0 {
			for _, m := range d.Value.Members {
				if m.Name != "Statement" && m.Value.Kind != Absent {
					quote(&head, m.Name)
					head.WriteByte(':')
					writeJSON(&head, m.Value)
					head.WriteByte(',')
				}
			}
		}
		for _, s := range statementsOf(d.Value.Get("Statement"), d.When) {
			if statements.Len() > 0 {
				statements.WriteByte(',')
			}
			writeJSON(&statements, s.Value)
			p.Statements = append(p.Statements, s.Value.At)
			p.Whens = append(p.Whens, s.When)
			conditional = conditional || s.When != ""
		}
	}
	if !conditional {
		p.Whens = nil
	}
	if at.IsZero() { // of no file
		p.Statements = nil
	}
	p.Text = "{" + head.String() + `"Statement":[` + statements.String() + "]}"
	return inventory.Known(p, at)
}

// maxVariants bounds the variants of one statement by conditions inside it.
const maxVariants = 16

// statementsOf lists the statements, a single object included, each with the
// condition under which it holds; conditions inside a statement make variants.
func statementsOf(v Value, when string) (out []Branch) {
	for _, b := range flatten(v, when) {
		switch b.Value.Kind {
		case List:
			for _, item := range b.Value.Items {
				out = append(out, statementsOf(item, b.When)...)
			}
		case Map, Unknown, Ref, Concat, String:
			out = append(out, variants(b)...)
		}
	}
	return out
}

// flatten lists the consistent branches of a value, outermost choices only.
func flatten(v Value, when string) (out []Branch) {
	if v.Kind != Choice {
		return []Branch{{When: when, Value: v}}
	}
	for _, b := range v.Choices {
		if both, ok := conjoin(when, b.When); ok {
			out = append(out, flatten(b.Value, both)...)
		}
	}
	return out
}

// itemsUnder lists the values of a list, or the single value, each with the condition
// under which it is there.
func itemsUnder(v Value, when string) (out []Branch) {
	for _, b := range flatten(v, when) {
		switch b.Value.Kind {
		case Absent:
		case List:
			for _, item := range b.Value.Items {
				out = append(out, itemsUnder(item, b.When)...)
			}
		default:
			out = append(out, b)
		}
	}
	return out
}

// listOf is itemsUnder without the conditions: each value may hold.
func listOf(v Value) []Value {
	items := itemsUnder(v, "")
	out := make([]Value, len(items))
	for i := range items {
		out[i] = items[i].Value
	}
	return out
}

func variants(b Branch) []Branch {
	done, open := []Branch(nil), []Branch{b}
	for len(open) > 0 {
		b, rest := open[0], open[1:]
		open = rest
		choice, found := innerChoice(b.Value)
		if !found || len(done)+len(open) >= maxVariants {
			done = append(done, b)
			continue
		}
		for i, c := range choice.Choices {
			if both, ok := conjoin(b.When, c.When); ok {
				v, _ := decide(b.Value, i)
				open = append(open, Branch{When: both, Value: v})
			}
		}
	}
	return done
}

func innerChoice(v Value) (Value, bool) {
	if v.Kind == Choice {
		return v, true
	}
	for _, item := range v.Items {
		if c, ok := innerChoice(item); ok {
			return c, true
		}
	}
	for _, m := range v.Members {
		if c, ok := innerChoice(m.Value); ok {
			return c, true
		}
	}
	return Value{}, false
}

// decide returns a copy of v in which the first choice is replaced by its i-th branch.
func decide(v Value, i int) (Value, bool) {
	if v.Kind == Choice {
		return v.Choices[i].Value, true
	}
	for n, item := range v.Items {
		if d, ok := decide(item, i); ok {
			v.Items = append([]Value(nil), v.Items...)
			v.Items[n] = d
			return v, true
		}
	}
	for n, m := range v.Members {
		if d, ok := decide(m.Value, i); ok {
			v.Members = append([]Member(nil), v.Members...)
			v.Members[n].Value = d
			return v, true
		}
	}
	return v, false
}
