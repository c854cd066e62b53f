package stepfunctions

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// findExecution returns the execution of a request.
func findExecution(r *emulate.Request) (*records.Record, error) {
	arn := r.In.Text("executionArn")
	name, err := nameIn(r, arn, "execution")
	if err != nil {
		return nil, err
	}
	machine, name, _ := strings.Cut(name, ":")
	rec := r.Service.Records.Get(r.Key(executionKind+machine, name))
	if rec == nil {
		return nil, r.Fail("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
	}
	return rec, nil
}

// machineOf is the ARN of the state machine of an execution.
func machineOf(r *emulate.Request, rec *records.Record) string {
	return r.ARN("stateMachine:" + strings.TrimPrefix(rec.Kind, executionKind))
}

// contents opens what an execution read and wrote: for a caller, or by its role.
func contents(ctx context.Context, r *emulate.Request, rec *records.Record, purpose string) (wire.Object, error) {
	return r.OpenObject(ctx, subject(r, machineOf(r, rec), rec.Doc.Text("roleArn")), rec.Sealed[execution], purpose)
}

// outline is an execution as listings have it.
func outline(r *emulate.Request, rec *records.Record) wire.Object {
	return rec.Doc.Pick("status", "stopDate", "stateMachineVersionArn", "stateMachineAliasArn").With(wire.Object{
		"executionArn": executionARN(r, rec), "stateMachineArn": machineOf(r, rec), "name": rec.ID, "startDate": rec.Created,
	})
}

func describeExecution(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findExecution(r)
	if err != nil {
		return nil, err
	}
	out := outline(r, rec).With(rec.Doc.Pick("traceHeader")).With(wire.Object{"redriveCount": int64(0)})
	if metadataOnly(r) && rec.Sealed[execution].Key != "" {
		return out, nil
	}
	all, err := contents(ctx, r, rec, byCaller)
	if err != nil {
		return nil, err
	}
	shown := []string{"input"}
	if rec.Doc.Text("status") != running {
		shown = append(shown, "output", "error", "cause")
	}
	out = out.With(all.Pick(shown...))
	for _, member := range []string{"input", "output"} {
		if out.Has(member) {
			out[member+"Details"] = wire.Object{"included": true}
		}
	}
	return out, nil
}

// describeForExecution describes the state machine as the execution has it.
func describeForExecution(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findExecution(r)
	if err != nil {
		return nil, err
	}
	machine := machineOf(r, rec)
	out := rec.Doc.Pick("roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration", "revisionId", "updateDate")
	out["stateMachineArn"], out["name"] = machine, strings.TrimPrefix(rec.Kind, executionKind)
	out[definition], err = shownDefinition(ctx, r, rec, machine)
	return out, err
}

// getHistory answers the events of an execution; without their data no key is needed. Of an
// execution that is running only the first event is there.
func getHistory(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findExecution(r)
	if err != nil {
		return nil, err
	}
	items := rec.Doc.Objects("events")
	if rec.Doc.Text("status") == running {
		items = items[:1]
	}
	if !r.In.Has("includeExecutionData") || r.In.Bool("includeExecutionData") {
		all, err := contents(ctx, r, rec, byCaller)
		if err != nil {
			return nil, err
		}
		data := all.Objects("data")
		for i, e := range items {
			items[i] = withData(e, data[i])
		}
	}
	for i, e := range items {
		items[i] = e.With(wire.Object{"timestamp": rec.Created})
	}
	if r.In.Bool("reverseOrder") {
		slices.Reverse(items)
	}
	return page(r, items, "events")
}

// withData puts the data of an event into its details.
func withData(e, data wire.Object) wire.Object {
	out := e.With(nil)
	for member, v := range e {
		details, ok := v.(wire.Object)
		if !ok {
			continue
		}
		details = details.With(data)
		for _, name := range []string{"input", "output"} {
			if data.Has(name) {
				details[name+"Details"] = wire.Object{"truncated": false}
			}
		}
		out[member] = details
	}
	return out
}

// listExecutions answers the newest first.
func listExecutions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if r.In.Has("mapRunArn") || r.In.Has("redriveFilter") {
		return nil, r.Fail(validation, "not implemented by the local plane: mapRunArn and redriveFilter")
	}
	arn := r.In.Text("stateMachineArn")
	rec, err := find(r, r.Service.Records.Get, arn)
	if err != nil {
		return nil, err
	}
	_, qualifier := unqualified(arn)
	items := []wire.Object{}
	for _, e := range r.List(executionKind + rec.ID) {
		o := outline(r, e)
		of := qualifier == "" || o.Text("stateMachineVersionArn") == arn || o.Text("stateMachineAliasArn") == arn
		if status := r.In.Text("statusFilter"); of && (status == "" || status == o.Text("status")) {
			items = append(items, o)
		}
	}
	slices.Reverse(items)
	return page(r, items, "executions")
}
