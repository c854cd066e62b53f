package stepfunctions

import (
	"context"
	"encoding/json"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostMachines and mostTags are quotas.
// Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	mostMachines = 100_000
	mostTags     = 50
)

// active is the status of everything that is not being deleted.
const active = "ACTIVE"

// standard is the type of state machines whose type was not said.
const standard = "STANDARD"

// settings are the members of a state machine that are shown as they were given.
var settings = []string{"roleArn", "type", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration"}

// defaults are what a state machine has that was not said.
func defaults() wire.Object {
	return wire.Object{
		"type": standard, "loggingConfiguration": wire.Object{"level": "OFF", "includeExecutionData": false},
		"tracingConfiguration": wire.Object{"enabled": false},
	}
}

func createMachine(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn, role := r.ARN("stateMachine:"+r.In.Text("name")), r.In.Text("roleArn")
	if err := checkPublish(r); err != nil {
		return nil, err
	}
	if _, err := parse(r, r.In.Text(definition)); err != nil {
		return nil, err
	}
	encryption, key, err := encryptionOf(r)
	if err != nil {
		return nil, err
	}
	doc := defaults().With(r.In.Pick(settings...)).With(wire.Object{"status": active, "encryptionConfiguration": encryption})
	k := r.Key(machineKind, r.In.Text("name"))
	if old := r.Service.Records.Get(k); old != nil {
		return again(ctx, r, old, doc)
	}
	if err := checkRole(ctx, r, role, arn); err != nil {
		return nil, err
	}
	sealed, err := sealDefinition(ctx, r, subject(r, arn, role), key, r.In.Text(definition))
	if err != nil {
		return nil, err
	}
	rec := &records.Record{Key: k, Doc: doc, Sealed: map[string]*records.Sealed{definition: sealed}}
	out := wire.Object{"stateMachineArn": arn}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(k) != nil {
			return exists(r, arn)
		}
		if len(tx.List(api, machineKind, r.Account, r.Region)) >= mostMachines {
			return r.Fail("StateMachineLimitExceeded", "State Machine Limit Exceeded: '%d'", mostMachines)
		}
		tx.Put(rec)
		emulate.PutTags(tx, arn, r.TagsIn("tags"))
		out["creationDate"] = rec.Created
		if r.In.Bool("publish") {
			out["stateMachineVersionArn"] = publish(r, tx, rec)
		}
		return nil
	})
	return out, err
}

func exists(r *emulate.Request, arn string) error {
	return r.Fail("StateMachineAlreadyExists", "State Machine Already Exists: '%s'", arn)
}

// again answers as before to a state machine that is made again as it is; the role and the tags
// do not count.
// Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
func again(ctx context.Context, r *emulate.Request, old *records.Record, doc wire.Object) (wire.Object, error) {
	arn := machineARN(r, old)
	if old.Doc.Text("status") != active {
		return nil, r.Fail("StateMachineDeleting", "State Machine Deleting: '%s'", arn)
	}
	if !same(old.Doc.Without("roleArn").Pick(settings...), doc.Without("roleArn").Pick(settings...)) {
		return nil, exists(r, arn)
	}
	text, err := openDefinition(ctx, r, subject(r, arn, old.Doc.Text("roleArn")), old, byCaller)
	if err != nil {
		return nil, err
	}
	if text != r.In.Text(definition) {
		return nil, exists(r, arn)
	}
	return wire.Object{"stateMachineArn": arn, "creationDate": old.Created}, nil
}

// same says whether two objects have the same members.
func same(a, b wire.Object) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// describeMachine describes a state machine, or a version of one.
func describeMachine(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn := r.In.Text("stateMachineArn")
	rec, err := find(r, r.Service.Records.Get, arn)
	if err != nil {
		return nil, err
	}
	out := wire.Object{"stateMachineArn": arn, "name": rec.ID, "creationDate": rec.Created}
	machine, qualifier := unqualified(arn)
	if qualifier != "" {
		if rec = r.Service.Records.Get(r.Key(versionKind+rec.ID, qualifier)); rec == nil {
			return nil, r.Fail("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
		}
		out["creationDate"] = rec.Created
	}
	out = out.With(rec.Doc.Pick(append([]string{"status", "revisionId", "description"}, settings...)...))
	out[definition], err = shownDefinition(ctx, r, rec, machine)
	return out, err
}

// shownDefinition is the definition for a caller; without what is encrypted it is empty, which is
// unconfirmed: that it is left out is documented, and the member is required.
func shownDefinition(ctx context.Context, r *emulate.Request, rec *records.Record, machine string) (string, error) {
	if metadataOnly(r) && rec.Sealed[definition].Key != "" {
		return "", nil
	}
	return openDefinition(ctx, r, subject(r, machine, rec.Doc.Text("roleArn")), rec, byCaller)
}

func listMachines(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var items []wire.Object
	for _, rec := range r.List(machineKind) {
		items = append(items, wire.Object{"stateMachineArn": machineARN(r, rec), "name": rec.ID, "type": rec.Doc.Text("type"), "creationDate": rec.Created})
	}
	return page(r, items, "stateMachines")
}

// deleteMachine deletes a state machine with its versions and aliases. One that is not there is
// no refusal. Executions stay.
// Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
func deleteMachine(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn := r.In.Text("stateMachineArn")
	if _, qualifier := unqualified(arn); qualifier != "" {
		// The text is unconfirmed.
		return nil, r.Fail(validation, "The ARN of a state machine is required, not that of a version or an alias: '%s'", arn)
	}
	name, err := nameIn(r, arn, "stateMachine")
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := tx.Get(r.Key(machineKind, name))
		if rec == nil {
			return nil
		}
		for _, kind := range []string{versionKind, aliasKind} {
			for _, part := range tx.List(api, kind+name, r.Account, r.Region) {
				tx.Delete(part.Key)
			}
		}
		rec = rec.Change(tx.Now(), wire.Object{"status": "DELETING"})
		rec.Next = &records.Next{At: tx.Now().Add(r.Service.Settle), Gone: true}
		tx.Put(rec)
		emulate.PutTags(tx, arn, nil)
		return nil
	})
}
