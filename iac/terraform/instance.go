package terraform

import (
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// decl is one resource, data or module block within one module instance.
type decl struct {
	m     *module
	name  string // aws_kms_key.this, data.aws_region.current, module.key
	block *hclsyntax.Block

	state     uint8 // as in lazy
	instances []*instance
	value     graph.Value // of a reference to the whole
}

// instance is one instance of a block.
type instance struct {
	*decl
	id, address string
	when        string
	scope       *scope
	attributes  map[string]*lazy
	child       *module // of a module block whose code is on disk
	absent      string  // why the module's code is not there
	content     *graph.Value
}

// whole is what the block's name means: an object, a list of them with count, a map
// with for_each.
func (d *decl) whole(at bedlock.Position) graph.Value {
	if d.state == 1 {
		return graph.Unresolved("the number of "+d.m.address(d.name)+" depends on itself", at)
	}
	d.expand()
	return d.value
}

// expand finds the instances.
func (d *decl) expand() {
	if d.state != 0 {
		return
	}
	d.state = 1
	at := d.at()
	s := d.m.scope()
	switch attrs := d.block.Body.Attributes; {
	case d.isSet(s, "count"):
		e := attrs["count"].Expr
		d.value = d.byCount(s.eval(e), s.phrase(d.m.ev.text(e.Range())), at)
	case d.isSet(s, "for_each"):
		e := attrs["for_each"].Expr
		d.value = d.byEach(hoist(s.eval(e)), s.phrase(d.m.ev.text(e.Range())), at)
	default:
		i := d.instance("", d.m.when, s)
		d.value = object(i.id, at)
	}
	d.state = 2
}

// isSet reports whether an argument is there and not just null, as generators of JSON
// write what they leave out.
func (d *decl) isSet(s *scope, name string) bool {
	a := d.block.Body.Attributes[name]
	if a == nil {
		return false
	}
	l, isLiteral := a.Expr.(*hclsyntax.LiteralValueExpr)
	return !isLiteral || s.eval(l).Kind != graph.Absent
}

func (d *decl) at() bedlock.Position { return d.m.ev.at(d.block.TypeRange) }

func (d *decl) instance(suffix, when string, s *scope) *instance {
	ev := d.m.ev
	address := d.m.address(d.name) + suffix
	i := &instance{decl: d, id: ev.root + "#" + address, address: address, when: when, scope: s, attributes: map[string]*lazy{}}
	ev.total++
	ev.objects[i.id] = i
	d.instances = append(d.instances, i)
	return i
}

func (d *decl) room(n int) int {
	limit := min(maxInstances, maxTotal-d.m.ev.total)
	if n > limit {
		d.m.ev.note(fmt.Sprintf("%s has %d instances; %d of them are read", d.m.address(d.name), n, max(limit, 0)), d.at())
		return max(limit, 0)
	}
	return n
}

// byCount makes the instances of a count. An undecided count makes those of each
// branch, an unknown one a single instance under the condition that there is one.
func (d *decl) byCount(count graph.Value, phrase string, at bedlock.Position) graph.Value {
	most := 0
	exists := map[int][]graph.Branch{}
	sizes := distribute(count, func(c graph.Value) graph.Value {
		if c.IsScalar() {
			if n, err := strconv.ParseFloat(c.Text, 64); err == nil && n >= 0 && n <= 1e15 {
				return graph.Value{Kind: graph.Number, Text: strconv.Itoa(d.room(int(n)))}
			}
		}
		if c.Kind == graph.Unknown || c.Kind == graph.Ref || c.Kind == graph.Concat {
			return undecided(phrase+" is above 0", at)
		}
		return graph.Value{Kind: graph.Number, Text: "0"}
	})
	branches := appendBranches(nil, "", sizes)
	for _, b := range branches {
		n := sizeOf(b.Value)
		most = max(most, n)
		for i := range n {
			exists[i] = append(exists[i], b)
		}
	}
	items := make([]graph.Value, most)
	for i := range most {
		s := d.m.scope()
		s.count = &graph.Value{Kind: graph.Number, Text: strconv.Itoa(i), At: at}
		inst := d.instance("["+strconv.Itoa(i)+"]", d.whenAny(exists[i], len(branches)), s)
		items[i] = object(inst.id, at)
	}
	return distribute(sizes, func(n graph.Value) graph.Value {
		return graph.Value{Kind: graph.List, Items: items[:sizeOf(n)], At: at}
	})
}

func sizeOf(v graph.Value) int {
	if v.Kind == graph.Bool {
		if v.Text == "true" {
			return 1
		}
		return 0
	}
	n, _ := strconv.Atoi(v.Text)
	return n
}

// whenAny is the condition that one of some branches holds, together with that of
// the module.
func (d *decl) whenAny(branches []graph.Branch, all int) string {
	when := ""
	if len(branches) < all {
		for _, b := range branches {
			if when != "" {
				when += " or "
			}
			when += b.When
		}
	}
	both, ok := conjoin(d.m.when, when)
	if !ok {
		return when
	}
	return both
}

// byEach makes the instances of a for_each.
func (d *decl) byEach(each graph.Value, phrase string, at bedlock.Position) graph.Value {
	branches := appendBranches(nil, "", each)
	var order []string
	found := map[string][]graph.Branch{}
	for _, b := range branches {
		entries, bad := d.eachEntries(b.Value, at)
		if bad != nil {
			if isFailure(*bad) && len(branches) > 1 {
				continue
			}
			return d.open(*bad, phrase, at)
		}
		for _, e := range entries {
			if found[e.key.Text] == nil {
				order = append(order, e.key.Text)
			}
			found[e.key.Text] = append(found[e.key.Text], graph.Branch{When: b.When, Value: e.value})
		}
	}
	order = order[:d.room(len(order))]
	objects := map[string]graph.Value{}
	for _, key := range order {
		s := d.m.scope()
		k := graph.Str(key, at)
		value := choice(found[key], found[key][0].Value.At)
		s.key, s.each = &k, &value
		inst := d.instance("["+strconv.Quote(key)+"]", d.whenAny(found[key], len(branches)), s)
		objects[key] = object(inst.id, at)
	}
	return distribute(each, func(v graph.Value) graph.Value {
		out := graph.Value{Kind: graph.Map, At: at}
		entries, _ := d.eachEntries(v, at)
		for _, e := range entries {
			if o, ok := objects[e.key.Text]; ok {
				out.Members = append(out.Members, graph.Member{Name: e.key.Text, At: at, Value: o})
			}
		}
		return out
	})
}

// eachEntries lists keys and values; the elements of a set are their own keys.
func (d *decl) eachEntries(v graph.Value, at bedlock.Position) ([]entry, *graph.Value) {
	entries, bad := d.m.ev.entries(v, at)
	if bad != nil {
		return nil, bad
	}
	if v.Kind == graph.List {
		seen := map[string]bool{}
		var set []entry
		for _, e := range entries {
			if e.value.Kind == graph.Unknown {
				return nil, &e.value
			}
			if e.value.Kind == graph.List || e.value.Kind == graph.Map || e.value.Kind == graph.Absent {
				return nil, ref(failure("for_each takes a map or a set of texts", at))
			}
			if name := e.value.Print(); !seen[name] {
				seen[name] = true
				set = append(set, entry{graph.Str(name, e.value.At), e.value})
			}
		}
		entries = set
	}
	return entries, nil
}

// open is the one instance that stands for those of an unknown for_each.
func (d *decl) open(why graph.Value, phrase string, at bedlock.Position) graph.Value {
	s := d.m.scope()
	unknown := graph.Unresolved("for_each is not known: "+why.Text, at)
	s.key, s.each = &unknown, &unknown
	when, ok := conjoin(d.m.when, phrase+" is not empty"+isTrue)
	if !ok {
		when = phrase
	}
	inst := d.instance("[each.key]", when, s)
	return graph.Value{Kind: graph.Map, At: at, Members: []graph.Member{{Name: openKey, At: at, Value: object(inst.id, at)}}}
}
