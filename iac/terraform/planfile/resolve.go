package planfile

import (
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

const afterApply = "known only after apply"

// resolve says what an attribute is that the plan does not know and that an
// expression determines. inner is true when the expression determines the object or
// list that holds the attribute.
func (p *plan) resolve(expression *syntax.Node, name string, inner bool, s scope) graph.Value {
	at := expression.At(p.file)
	o := p.trace(expression, s, 0)
	if o.literal != nil && !inner && (expression.Get("constant_value") != nil || isWholeName(o.literal)) {
		return p.literal(o.literal)
	}
	likely := p.likely(o.targets)
	if len(likely) != 1 || likely[0].any || len(o.open) > 0 || o.more {
		return graph.Unresolved(p.reason(o, likely), at)
	}
	t := likely[0]
	e := &p.entries[t.entry]
	if t.attribute == "" {
		t.attribute = o.attribute
		if t.attribute == "" && endsInARN(name) {
			t.attribute = "arn"
		}
	}
	if t.attribute == "" && e.kind == "data.aws_iam_policy_document" && isDocument(name) {
		t.attribute = "json" // its only document
	}
	if inner && isKeyName(name) != isKeyType(e.kind) {
		return graph.Unresolved("may come from "+p.show(t)+": the plan does not say", at)
	}
	if isDocument(name) && !isDocument(t.attribute) {
		return graph.Unresolved("is made from "+p.show(t)+", which is "+afterApply, at)
	}
	return graph.Reference(e.id, t.attribute, at)
}

// likely drops targets whose value the plan knows, such as the account id of a data
// source: they cannot have made the value unknown. Keys and aliases stay, as the
// unknown part may be what chooses between them.
func (p *plan) likely(targets []target) []target {
	if len(targets) < 2 {
		return targets
	}
	var out []target
	for _, t := range targets {
		if e := &p.entries[t.entry]; isKeyType(e.kind) || !p.isKnown(e, t.attribute) {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return targets
	}
	return out
}

func (p *plan) isKnown(e *entry, attribute string) bool {
	if attribute == "" || isTrue(e.unknown) {
		return false
	}
	v := p.get(e.after, attribute)
	if v == nil {
		return false
	}
	u := p.get(e.unknown, attribute)
	return u == nil || isKind(u, syntax.Bool) && u.Text == "false"
}

// reason tells why a value is unknown, with the candidates.
func (p *plan) reason(o *origin, targets []target) string {
	const most = 4
	var parts []string
	if len(targets) > 0 {
		var names []string
		for _, t := range targets {
			for _, e := range p.instancesOf(t) {
				names = append(names, p.show(target{entry: e, attribute: t.attribute}))
			}
		}
		if len(names) > most || o.more {
			names = append(names[:min(len(names), most)], "others")
		}
		may := "may be " + strings.Join(names, " or ")
		if len(o.open) == 0 {
			return may + ": the plan does not say which"
		}
		parts = append(parts, may)
	}
	parts = append(parts, o.open[:min(len(o.open), most)]...)
	if len(parts) == 0 {
		for _, m := range o.missing[:min(len(o.missing), most)] {
			parts = append(parts, m+" is not in the plan")
		}
	}
	if len(parts) == 0 {
		return afterApply
	}
	return strings.Join(parts, "; ")
}

// instancesOf lists the instances that a target may be, of many only the first.
func (p *plan) instancesOf(t target) []int {
	if e := &p.entries[t.entry]; t.any {
		return p.groups[instance{place: e.place, resource: e.resource}]
	}
	return []int{t.entry}
}

func (p *plan) show(t target) string {
	if t.attribute == "" {
		return p.entries[t.entry].address
	}
	return p.entries[t.entry].address + "." + t.attribute
}

// isWholeName reports whether a value names a thing by itself, so that an
// expression that only mentions it will hardly have made another text of it.
func isWholeName(n *syntax.Node) bool {
	return strings.HasPrefix(text(n), "arn:") || strings.HasPrefix(text(n), "alias/")
}

func isKeyName(name string) bool {
	return strings.Contains(name, "kms") || strings.Contains(name, "key") || strings.Contains(name, "encrypt")
}

func isKeyType(kind string) bool { return strings.Contains(kind, "_kms_") }

// isDocument reports whether an attribute of that name holds a text that is made
// of parts: a reference in it is then not the value.
func isDocument(name string) bool {
	switch name {
	case "json", "minified_json", "rendered", "content", "document", "definition", "container_definitions", "user_data":
		return true
	}
	return name == "policy" || strings.HasSuffix(name, "_policy") || strings.HasSuffix(name, "_document") || strings.HasSuffix(name, "_policies")
}

// willExist reports whether an attribute that nobody configured is given by the
// provider and matters: identity. Others that are only computed stand for defaults.
// Names with "key" or "kms" are keys that the resource would use, but for those of
// keys and aliases themselves.
func willExist(name string) bool {
	switch name {
	case "id", "arn", "name", "bucket", "url", "key_id", "key_arn", "target_key_id", "target_key_arn":
		return true
	}
	if isKeyName(name) {
		return false
	}
	for _, suffix := range []string{"_id", "_arn", "_name", "_url"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// unset says what an unknown attribute is that the configuration does not set.
func unset(name string, at bedlock.Position) graph.Value {
	if willExist(name) {
		return graph.Unresolved(afterApply, at)
	}
	return graph.Value{At: at}
}
