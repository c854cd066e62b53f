package agents

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// flowRun is one run of a flow.
type flowRun struct {
	*graph
	r *emulate.Request
	// flow is the draft or version that runs, sealed and opened its content.
	flow   *records.Record
	sealed *records.Sealed
	opened wire.Object
	// who is the session of the execution role.
	who *plane.Caller
	// order are the nodes that run, each after those that lead to it.
	order []wire.Object
	// values are the outputs of the nodes that ran, by node and output; satisfied are the
	// conditions that held, by node.
	values    map[string]map[string]any
	satisfied map[string]string
	// shared by the runs of the items of an iterator:
	events *[]any
	trace  bool
}

// within is a run of the same flow for one item of an iterator.
func (f *flowRun) within(order []wire.Object) *flowRun {
	inner := *f
	inner.order, inner.values, inner.satisfied = order, maps.Clone(f.values), maps.Clone(f.satisfied)
	return &inner
}

// run runs the nodes that have what they need. A node without a value for each of its inputs,
// or behind conditions that did not hold, does not run.
func (f *flowRun) run(ctx context.Context) error {
	inside := map[string]bool{} // nodes that ran for each item of an iterator
	for _, n := range f.order {
		name := n.Text("name")
		if n.Text("type") == "Input" {
			f.traceNode("Output", n, f.values[name])
			continue
		}
		if inside[name] || f.values[name] != nil || !f.open(name) {
			continue
		}
		in, ready, err := f.inputs(n)
		if err != nil {
			return f.r.Fail(invalid, "The node %s can't run: %s.", name, err)
		}
		if !ready {
			continue
		}
		f.traceNode("Input", n, in)
		if n.Text("type") == "Iterator" {
			if err := f.iterate(ctx, n, in, inside); err != nil {
				return err
			}
			continue
		}
		out, err := nodes[n.Text("type")](f, ctx, n, in)
		if err != nil {
			return err
		}
		f.values[name] = out
		f.traceNode("Output", n, out)
	}
	return nil
}

// open says whether a condition leads to a node, where one must.
func (f *flowRun) open(node string) bool {
	conditional := false
	for _, c := range f.into[node] {
		if c.Text("type") != "Conditional" {
			continue
		}
		conditional = true
		if f.satisfied[c.Text("source")] == c.Text("configuration.conditional.condition") {
			return true
		}
	}
	return !conditional
}

// inputs are the values of a node's inputs. It is not ready when one has none.
func (f *flowRun) inputs(n wire.Object) (in map[string]any, ready bool, err error) {
	in = map[string]any{}
	for _, want := range n.Objects("inputs") {
		name, found := want.Text("name"), false
		for _, c := range f.data(n.Text("name"), name) {
			from, ok := f.values[c.Text("source")][c.Text("configuration.data.sourceOutput")]
			if !ok {
				continue
			}
			p, err := parsePath(want.Text("expression"))
			if err != nil {
				return nil, false, fmt.Errorf("the input %s: %w", name, err)
			}
			v, err := p.of(from)
			if err != nil {
				return nil, false, fmt.Errorf("the input %s: %w", name, err)
			}
			if typeOf(v) != want.Text("type") {
				return nil, false, fmt.Errorf("the input %s is a %s, and gets a %s", name, want.Text("type"), typeOf(v))
			}
			in[name], found = v, true
		}
		if !found {
			return nil, false, nil
		}
	}
	return in, true, nil
}

// iterate runs what is between an iterator and its collectors for each item. Outputs inside
// answer for each item.
// https://docs.aws.amazon.com/bedrock/latest/userguide/flows-nodes.html
func (f *flowRun) iterate(ctx context.Context, iterator wire.Object, in map[string]any, inside map[string]bool) error {
	name := iterator.Text("name")
	items, _ := in["array"].([]any)
	after := f.after(name, "Collector")
	var body, collectors []wire.Object
	for _, n := range f.order {
		switch {
		case !after[n.Text("name")]:
		case n.Text("type") == "Collector":
			collectors = append(collectors, n)
		default:
			body = append(body, n)
			inside[n.Text("name")] = true
		}
	}
	collected := make([][]any, len(collectors))
	for _, item := range items {
		inner := f.within(body)
		inner.values[name] = map[string]any{"arrayItem": item, "arraySize": float64(len(items))}
		if err := inner.run(ctx); err != nil {
			return err
		}
		for i, c := range collectors {
			got, ready, err := inner.inputs(c)
			if err != nil {
				return f.r.Fail(invalid, "The node %s can't run: %s.", c.Text("name"), err)
			}
			if ready {
				collected[i] = append(collected[i], got["arrayItem"])
			}
		}
	}
	f.values[name] = map[string]any{}
	for i, c := range collectors {
		f.values[c.Text("name")] = map[string]any{"collectedArray": append([]any{}, collected[i]...)}
	}
	return nil
}

// emit adds an event to the answer.
func (f *flowRun) emit(event string, o wire.Object) {
	*f.events = append(*f.events, wire.Object{event: o})
}

// traceNode adds what goes into a node, or comes out of it, when traces are wanted: kind is
// Input or Output.
func (f *flowRun) traceNode(kind string, n wire.Object, values map[string]any) {
	var fields []any
	for _, field := range n.Objects(strings.ToLower(kind) + "s") {
		if v, ok := values[field.Text("name")]; ok {
			fields = append(fields, wire.Object{"node" + kind + "Name": field.Text("name"), "content": wire.Object{"document": v}})
		}
	}
	if f.trace && fields != nil {
		f.emit("flowTraceEvent", wire.Object{"trace": wire.Object{"node" + kind + "Trace": wire.Object{
			"nodeName": n.Text("name"), "timestamp": f.r.Service.Now(), "fields": fields,
		}}})
	}
}
