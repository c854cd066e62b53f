package stepfunctions

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// startExecution executes a state machine, or a version of one, by its role.
func startExecution(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, with, err := started(r)
	if err != nil {
		return nil, err
	}
	machine, _ := unqualified(r.In.Text("stateMachineArn"))
	name, input := r.In.Text("name"), r.In.Text("input")
	if name == "" {
		name = r.Service.UUID()
	}
	if input == "" {
		input = "{}"
	}
	if _, err := decode(input); err != nil {
		return nil, r.Fail("InvalidExecutionInput", "Invalid State Machine Execution Input: '%s'", err)
	}
	s := subject(r, machine, rec.Doc.Text("roleArn"))
	k := r.Key(executionKind+s.Name, name)
	if old := r.Service.Records.Get(k); old != nil {
		return startedBefore(ctx, r, old, input)
	}
	text, err := openDefinition(ctx, r, s, rec, byRole)
	if err != nil {
		return nil, err
	}
	x := &run{}
	if x.workflow, err = parse(r, text); err != nil {
		return nil, err
	}
	if what := x.workflow.beyond(); what != "" || rec.Doc.Text("type") != standard {
		if what == "" {
			what = "executions of state machines of type " + rec.Doc.Text("type")
		}
		return nil, r.Fail(validation, "not implemented by the local plane: %s", what)
	}
	x.do(input, rec.Doc.Text("roleArn"), with)
	sealed, err := x.seal(ctx, r, rec, machine, input)
	if err != nil {
		return nil, err
	}
	next, err := x.keep(ctx, r, k, rec, sealed, with)
	if err != nil {
		return nil, err
	}
	return wire.Object{"executionArn": r.ARN("execution:" + s.Name + ":" + name), "startDate": next.Created}, nil
}

// started is what an execution runs: the state machine or a version of it, which an alias may
// choose, with the members that name the version and the alias.
func started(r *emulate.Request) (*records.Record, wire.Object, error) {
	arn := r.In.Text("stateMachineArn")
	rec, err := find(r, r.Service.Records.Get, arn)
	if err != nil {
		return nil, nil, err
	}
	machine, qualifier := unqualified(arn)
	if qualifier == "" {
		return rec, wire.Object{}, nil
	}
	with := wire.Object{"stateMachineVersionArn": arn}
	if alias := r.Service.Records.Get(r.Key(aliasKind+rec.ID, qualifier)); alias != nil {
		with = wire.Object{"stateMachineAliasArn": arn, "stateMachineVersionArn": chosen(r, alias.Doc.Objects(routing))}
	}
	_, number := unqualified(with.Text("stateMachineVersionArn"))
	v := r.Service.Records.Get(r.Key(versionKind+strings.TrimPrefix(machine, r.ARN("stateMachine:")), number))
	if v == nil {
		return nil, nil, r.Fail("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
	}
	return v, with, nil
}

// chosen is the version of one of the routes of an alias, by their weights.
func chosen(r *emulate.Request, routes []wire.Object) string {
	digits := r.Service.ID("0123456789", 2)
	at := int64(digits[0]-'0')*10 + int64(digits[1]-'0')
	for _, o := range routes {
		if at -= o.Int("weight"); at < 0 {
			return o.Text("stateMachineVersionArn")
		}
	}
	return ""
}

// startedBefore answers as before to the same input of an execution that is running.
// Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func startedBefore(ctx context.Context, r *emulate.Request, old *records.Record, input string) (wire.Object, error) {
	if old.Doc.Text("status") == running {
		before, err := contents(ctx, r, old, byRole)
		if err != nil {
			return nil, err
		}
		if before.Text("input") == input {
			return wire.Object{"executionArn": executionARN(r, old), "startDate": old.Created}, nil
		}
	}
	return nil, r.Fail("ExecutionAlreadyExists", "Execution Already Exists: '%s'", executionARN(r, old))
}

// running is the status of an execution until it settles.
const running = "RUNNING"

func executionARN(r *emulate.Request, rec *records.Record) string {
	return r.ARN("execution:" + strings.TrimPrefix(rec.Kind, executionKind) + ":" + rec.ID)
}

// seal seals what an execution read and wrote, by its role.
func (x *run) seal(ctx context.Context, r *emulate.Request, rec *records.Record, machine, input string) (*records.Sealed, error) {
	content := wire.Object{"input": input, "data": x.data}
	for member, text := range map[string]string{"output": x.output, "error": x.failure.name, "cause": x.failure.cause} {
		if text != "" {
			content[member] = text
		}
	}
	key := ""
	if e := rec.Doc.Object("encryptionConfiguration"); e.Text("type") == customer {
		key = e.Text("kmsKeyId")
	}
	return r.SealObject(ctx, subject(r, machine, rec.Doc.Text("roleArn")), key, byRole, content)
}

// keep keeps an execution with what it ran.
func (x *run) keep(ctx context.Context, r *emulate.Request, k records.Key, of *records.Record, sealed *records.Sealed, with wire.Object) (*records.Record, error) {
	events := make([]any, len(x.events))
	for i, e := range x.events {
		events[i] = e
	}
	ends := r.Service.Now().Add(r.Service.Settle)
	next := &records.Record{
		Key: k, Sealed: map[string]*records.Sealed{definition: of.Sealed[definition], execution: sealed},
		Doc: of.Doc.Pick(append([]string{"revisionId"}, settings...)...).With(with).With(wire.Object{
			"status": running, "events": events, "updateDate": of.Updated,
		}),
		Next: &records.Next{At: ends, Set: wire.Object{"status": x.status, "stopDate": ends}},
	}
	if trace := r.In.Text("traceHeader"); trace != "" {
		next.Doc["traceHeader"] = trace
	}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if old := tx.Get(k); old != nil {
			return r.Fail("ExecutionAlreadyExists", "Execution Already Exists: '%s'", executionARN(r, old))
		}
		tx.Put(next)
		return nil
	})
	return next, err
}
