package agents

import (
	"cmp"
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// invocations are the operations that run flows.
func invocations() operations {
	return operations{
		"InvokeFlow":               {Resource: flowAliasARN, Do: invokeFlow},
		"StartFlowExecution":       {Resource: flowAliasARN, Do: startFlowExecution},
		"GetFlowExecution":         {Resource: executionARN, Do: getFlowExecution},
		"GetExecutionFlowSnapshot": {Resource: executionARN, Do: getExecutionFlowSnapshot},
		"ListFlowExecutions":       {Resource: flowARN, Do: listFlowExecutions},
	}
}

// inControl names a record of the other API.
func inControl(r *emulate.Request, kind, id string) records.Key {
	k := r.Key(kind, id)
	k.Service = control
	return k
}

// served is the flow, or the version of it, that an alias serves, and its content. The test
// alias serves the draft as it was prepared.
func served(r *emulate.Request) (flow *records.Record, sealed *records.Sealed, err error) {
	id, alias := flowNamed(r), flowAliasNamed(r)
	flow = r.Service.Records.Get(inControl(r, kindFlow, id))
	if flow == nil {
		return nil, nil, missing(r)
	}
	version := draft
	if alias != testAlias {
		rec := r.Service.Records.Get(inControl(r, kindFlowAlias, id+"/"+alias))
		if rec == nil {
			return nil, nil, missing(r)
		}
		version = flowRoutedTo(rec)
	}
	if version != draft {
		if flow = r.Service.Records.Get(inControl(r, kindFlowVersion, id+"/"+version)); flow == nil {
			return nil, nil, missing(r)
		}
		return flow, flow.Sealed[content], nil
	}
	if flow.Sealed[prepared] == nil {
		return nil, nil, r.Fail(invalid, "The flow %s was not prepared. Prepare it and retry your request.", id) // unconfirmed text
	}
	return flow, flow.Sealed[prepared], nil
}

// invokeFlow runs a flow and answers with events. It is refused with an error where AWS would
// send an event with one, for all has run before the first event is sent. No flow asks for more
// input, so an executionId only names the run.
func invokeFlow(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	f, err := newFlowRun(ctx, r)
	if err != nil {
		return nil, err
	}
	f.trace = r.In.Bool("enableTrace")
	if err := f.run(ctx); err != nil {
		return nil, err
	}
	f.emit("flowCompletionEvent", wire.Object{"completionReason": "SUCCESS"})
	return wire.Object{"executionId": cmp.Or(r.In.Text("executionId"), r.Service.UUID()), "responseStream": *f.events}, nil
}

// newFlowRun makes ready what an alias serves to run as its execution role, which reads the
// definition.
func newFlowRun(ctx context.Context, r *emulate.Request) (*flowRun, error) {
	flow, sealed, err := served(r)
	if err != nil {
		return nil, err
	}
	opened, err := r.OpenObject(ctx, flowSubject(r, typeFlow, flow), sealed, "execute")
	if err != nil {
		return nil, err
	}
	f := &flowRun{
		graph: newGraph(opened.Object("definition")), r: r, flow: flow, opened: opened, sealed: sealed,
		values: map[string]map[string]any{}, satisfied: map[string]string{}, events: &[]any{},
	}
	if err := f.runnable(); err != nil {
		return nil, err
	}
	f.order, _ = f.ordered()
	source := authz.Context{"aws:sourceaccount": {Values: []string{r.Account}}, "aws:sourcearn": {Values: []string{flow.Doc.Text("arn")}}}
	role := flow.Doc.Text("executionRoleArn")
	if f.who, err = r.Service.Sessions.ServiceSession(ctx, service, role, "bedrock", source); err != nil {
		return nil, r.Fail("AccessDeniedException", "Amazon Bedrock is not able to assume the role %s.", role) // unconfirmed text
	}
	return f, f.begin(r.In.Objects("inputs"))
}

// begin gives the input nodes what the caller sends. Unconfirmed: the texts.
func (f *flowRun) begin(inputs []wire.Object) error {
	for _, in := range inputs {
		n := f.byName[in.Text("nodeName")]
		if n.Text("type") != "Input" {
			return f.r.Fail(invalid, "The flow has no input node with the name %s.", in.Text("nodeName"))
		}
		output := cmp.Or(in.Text("nodeOutputName"), "document")
		field := named(n.Objects("outputs"), output)
		v := in.At("content.document")
		switch {
		case field == nil:
			return f.r.Fail(invalid, "The input node %s has no output with the name %s.", in.Text("nodeName"), output)
		case typeOf(v) != field.Text("type"):
			return f.r.Fail(invalid, "The output %s of the input node %s is a %s, and gets a %s.", output, in.Text("nodeName"), field.Text("type"), typeOf(v))
		}
		f.values[in.Text("nodeName")] = map[string]any{output: v}
	}
	return nil
}
