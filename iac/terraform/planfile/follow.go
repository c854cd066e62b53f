package planfile

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/iac/syntax"
)

// scope is where an expression stands: in a module instance, and in the instance
// with that key of a resource or module call.
type scope struct {
	place *place
	key   string
	// forEach is the for_each expression of that resource or module call.
	forEach *syntax.Node
}

// target is an attribute of a planned resource. attribute is "" when the plan does
// not record which one. any is true when it may be any instance of the resource, of
// which entry is the first.
type target struct {
	entry     int
	attribute string
	any       bool
}

// origin is what can have made a value unknown.
type origin struct {
	targets []target
	// more is true when targets were left out.
	more bool
	// open are reasons why there may be others.
	open []string
	// missing are references to resources that are not planned.
	missing []string
	// literal is the value when the expression is a constant, or only passes one on.
	literal *syntax.Node
	// attribute is the innermost name on the way that tells the attribute.
	attribute string
}

// Bounds of an origin. Beyond mostSteps from expression to expression, and for
// circles, the answer is unknown.
const (
	mostTargets = 8
	mostSteps   = 200
)

func (o *origin) target(t target) {
	if slices.Contains(o.targets, t) {
		return
	}
	if len(o.targets) == mostTargets {
		o.more = true
		return
	}
	o.targets = append(o.targets, t)
}

func (o *origin) why(reason string) {
	if len(o.open) < mostTargets && !slices.Contains(o.open, reason) {
		o.open = append(o.open, reason)
	}
}

func (o *origin) absent(reference string) {
	if len(o.missing) < mostTargets && !slices.Contains(o.missing, reference) {
		o.missing = append(o.missing, reference)
	}
}

func (o *origin) add(other *origin) {
	for _, t := range other.targets {
		o.target(t)
	}
	o.more = o.more || other.more
	for _, r := range other.open {
		o.why(r)
	}
	for _, m := range other.missing {
		o.absent(m)
	}
}

// traced is what an expression is remembered by.
type traced struct {
	expression *syntax.Node
	place      *place
	key        string
}

// trace finds what an expression leads to. Each expression is followed once per
// instance, so a plan costs what its references cost.
func (p *plan) trace(expression *syntax.Node, s scope, steps int) *origin {
	id := traced{expression, s.place, s.key}
	if known, ok := p.origins[id]; ok {
		if known == nil {
			return &origin{open: []string{"references lead in a circle"}}
		}
		return known
	}
	if steps > mostSteps {
		return &origin{open: []string{"references lead too far"}}
	}
	p.origins[id] = nil // being followed
	o := &origin{}
	if c := p.get(expression, "constant_value"); c != nil {
		o.literal = c
	} else {
		refs := p.references(expression)
		for i := range refs {
			p.traceReference(o, refs, i, s, steps)
		}
		if len(refs) != 1 || len(o.targets)+len(o.open) > 0 {
			o.literal = nil
		}
	}
	p.origins[id] = o
	return o
}

func (p *plan) references(expression *syntax.Node) []reference {
	list := p.get(expression, "references")
	if refs, ok := p.parsed[list]; ok || list == nil {
		return refs
	}
	refs := parseReferences(items(list))
	p.parsed[list] = refs
	return refs
}

func (p *plan) traceReference(o *origin, refs []reference, i int, s scope, steps int) {
	switch r := &refs[i]; r.kind {
	case toKnown:
	case toEach:
		if r.name == "value" {
			p.traceEach(o, r, s, steps)
		}
	case toVariable:
		p.traceVariable(o, r, s, steps)
	case toOutput:
		p.traceOutput(o, refs, i, s, steps)
	case toResource:
		p.traceResource(o, refs, i, s)
	default:
		o.why(r.text + " is not in the plan")
	}
}

// traceEach follows each.value into the for_each expression: of resources, the
// instance with the same key is meant.
func (p *plan) traceEach(o *origin, r *reference, s scope, steps int) {
	if s.forEach == nil {
		return
	}
	from := p.trace(s.forEach, s, steps+1)
	resolved := origin{more: from.more, open: from.open, missing: from.missing}
	for _, t := range from.targets {
		if e := &p.entries[t.entry]; t.any {
			same, ok := p.instances[instance{e.place, e.resource, s.key}]
			if !ok {
				continue
			}
			t.entry, t.any = same, false
		}
		if t.attribute == "" {
			t.attribute = r.rest
		}
		resolved.target(t)
	}
	if len(resolved.targets) == 0 && len(from.targets) > 0 {
		resolved.why("the plan does not say which instance " + r.text + " is of")
	}
	o.add(&resolved)
}

func (p *plan) traceVariable(o *origin, r *reference, s scope, steps int) {
	if s.place.up == nil {
		if v := p.variables[r.name]; v != nil {
			if r.rest == "" {
				o.literal = v
			}
			return
		}
		if d := p.defaultOf(s.place, r.name); d != nil {
			o.literal = d
			return
		}
		o.why("var." + r.name + " has no value in the plan")
		return
	}
	call := s.place.up.call(s.place.name)
	if call == nil {
		o.why("var." + r.name + " of " + s.place.path + " is not in the plan")
		return
	}
	argument := p.get(p.get(call.node, "expressions"), r.name)
	if argument == nil {
		o.literal = p.defaultOf(s.place, r.name)
		return
	}
	from := p.trace(argument, s.place.outside(call), steps+1)
	o.add(from)
	if r.rest == "" {
		o.literal = from.literal
	}
	o.hint(from, r.name)
}

// outside is the scope of a module call's expressions.
func (p *place) outside(call *moduleCall) scope {
	return scope{p.up, p.key, call.node.Get("for_each_expression")}
}

// hint remembers the name that tells the attribute, innermost first.
func (o *origin) hint(from *origin, name string) {
	if o.attribute = from.attribute; o.attribute == "" && endsInARN(name) {
		o.attribute = "arn"
	}
}

func endsInARN(name string) bool { return name == "arn" || strings.HasSuffix(name, "_arn") }

func (p *plan) defaultOf(at *place, variable string) *syntax.Node {
	if at.config == nil {
		return nil
	}
	return p.get(at.config.variables[variable], "default")
}

func (p *plan) traceOutput(o *origin, refs []reference, i int, s scope, steps int) {
	r := &refs[i]
	call := s.place.call(r.name)
	if call == nil {
		o.why(r.text + " is not in the plan")
		return
	}
	key := r.key
	if key == "" && byOwnKey(refs) && isExpanded(call.node) {
		key = s.key
	}
	if key == "" && isExpanded(call.node) {
		o.why("the plan does not say which instance of module." + r.name + " is meant")
		return
	}
	name, _, _ := strings.Cut(r.rest, ".")
	if j := strings.IndexByte(name, '['); j >= 0 {
		name = name[:j]
	}
	if name == "" && len(call.module.outputs) == 1 {
		for only := range call.module.outputs {
			name = only
		}
	}
	expression := call.module.outputs[name]
	if expression == nil {
		o.why("the plan does not say which output of module." + r.name + " is meant")
		return
	}
	from := p.trace(expression, scope{place: p.child(s.place, r.name, key)}, steps+1)
	o.add(from)
	o.literal = from.literal
	o.hint(from, name)
}

// isExpanded reports whether a module or resource block has count or for_each.
func isExpanded(block *syntax.Node) bool {
	return block.Get("for_each_expression") != nil || block.Get("count_expression") != nil
}

// byOwnKey reports whether an expression mentions the key of the instance that it
// stands in: "x[each.key].arn" is recorded as the references "x" and "each.key".
func byOwnKey(refs []reference) bool {
	return slices.ContainsFunc(refs, func(r reference) bool { return r.kind == toEach })
}

func (p *plan) traceResource(o *origin, refs []reference, i int, s scope) {
	r := &refs[i]
	group, planned := p.groups[instance{place: s.place, resource: r.name}]
	if !planned {
		o.absent(r.text)
		return
	}
	key := r.key
	if key == "" && byOwnKey(refs) {
		key = p.ownKey(refs, s)
	}
	if key != "" {
		if e, ok := p.instances[instance{s.place, r.name, key}]; ok {
			o.target(target{entry: e, attribute: r.rest})
			return
		}
		if r.key != "" {
			o.absent(r.text)
			return
		}
	}
	o.target(target{entry: group[0], attribute: r.rest, any: len(group) > 1})
}

// ownKey is the key that "each.key", "count.index" or "each.value" stands for.
// each.value is the key itself in a set, and what a map whose value the plan tells
// says; of other maps it is taken for the key, which then must be one of a planned
// instance.
func (p *plan) ownKey(refs []reference, s scope) string {
	if slices.ContainsFunc(refs, func(r reference) bool { return r.kind == toEach && r.name != "value" }) {
		return s.key
	}
	o := p.trace(s.forEach, s, 1)
	if !isKind(o.literal, syntax.Map) {
		return s.key
	}
	for _, m := range members(o.literal) {
		if instanceKey(m.key) == s.key {
			return instanceKey(m.value)
		}
	}
	return ""
}
