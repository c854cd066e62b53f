package agents

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const kindExecution = "flow-execution"

// executionNamed is the name of the execution that the input names, by its name or ARN.
func executionNamed(r *emulate.Request) string { return last(r.In.Text("executionIdentifier")) }

func executionOf(r *emulate.Request, name string) string {
	return r.ARN("flow/" + flowNamed(r) + "/alias/" + flowAliasNamed(r) + "/execution/" + name)
}

func executionARN(r *emulate.Request) (string, error) {
	return executionOf(r, executionNamed(r)), nil
}

// startFlowExecution runs a flow in the background, which here is over when it settles. What
// is kept of the flow is kept under its key by the execution role.
// https://docs.aws.amazon.com/bedrock/latest/userguide/flows-create-async.html
func startFlowExecution(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	f, err := newFlowRun(ctx, r)
	if err != nil {
		return nil, err
	}
	definition, err := json.Marshal(f.opened.Object("definition"))
	if err != nil {
		return nil, err
	}
	snapshot, err := r.SealObject(ctx, flowSubject(r, typeFlow, f.flow), f.sealed.Key, "execute", wire.Object{"definition": string(definition)})
	if err != nil {
		return nil, err
	}
	status := "Succeeded"
	var failed *wire.Error
	if err := f.run(ctx); errors.As(err, &failed) {
		status = "Failed"
	} else if err != nil {
		return nil, err
	}
	name := cmp.Or(r.In.Text("flowExecutionName"), r.Service.UUID())
	arn := executionOf(r, name)
	rec := &records.Record{Key: r.Key(kindExecution, arn), Sealed: map[string]*records.Sealed{content: snapshot}, Doc: f.flow.Doc.Pick("executionRoleArn").With(wire.Object{
		"executionArn": arn, "flowIdentifier": flowNamed(r), "flowAliasIdentifier": flowAliasNamed(r), "flowVersion": f.flow.Doc.Text("version"),
		"flowArn": f.flow.Doc.Text("arn"), "status": "Running",
	})}
	if f.sealed.Key != "" {
		rec.Doc["customerEncryptionKeyArn"] = f.sealed.Key
	}
	return wire.Object{"executionArn": arn}, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(rec.Key) != nil {
			return r.Fail(conflict, "An execution with the name %s already exists.", name) // unconfirmed text
		}
		tx.Put(becomes(r, rec, wire.Object{"status": status, "endedAt": tx.Now().Add(r.Service.Settle)}))
		return nil
	})
}

func findExecution(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(r.Key(kindExecution, executionOf(r, executionNamed(r)))); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

func getFlowExecution(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findExecution(r)
	if err != nil {
		return nil, err
	}
	return rec.Doc.With(wire.Object{"startedAt": rec.Created}), nil
}

// getExecutionFlowSnapshot answers with the definition that ran, and the key that it had.
func getExecutionFlowSnapshot(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findExecution(r)
	if err != nil {
		return nil, err
	}
	opened, err := r.OpenObject(ctx, r.Subject(typeFlow, content, rec.Doc.Text("flowArn")), rec.Sealed[content], "use")
	if err != nil {
		return nil, err
	}
	return rec.Doc.With(opened), nil
}

// listFlowExecutions lists the executions of a flow, or of one of its aliases.
func listFlowExecutions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if r.Service.Records.Get(inControl(r, kindFlow, flowNamed(r))) == nil {
		return nil, missing(r)
	}
	alias := flowAliasNamed(r)
	var all []wire.Object
	for _, rec := range r.List(kindExecution) {
		if rec.Doc.Text("flowIdentifier") == flowNamed(r) && (alias == "" || rec.Doc.Text("flowAliasIdentifier") == alias) {
			all = append(all, rec.Doc.With(wire.Object{"createdAt": rec.Created}))
		}
	}
	return r.Page(all, pageSize, invalid)
}
