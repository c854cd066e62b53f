package stepfunctions

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// routing is the member with the versions of an alias.
const routing = "routingConfiguration"

// mostAliases is the quota of a state machine.
// Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const mostAliases = 100

// routed returns the state machine of an alias by its routes, which are versions of one, each
// once, with weights of 100 together.
func routed(r *emulate.Request, tx *records.Tx) (*records.Record, error) {
	var rec *records.Record
	total, seen := int64(0), map[string]bool{}
	for _, o := range r.In.Objects(routing) {
		arn := o.Text("stateMachineVersionArn")
		machine, number := unqualified(arn)
		of, err := find(r, tx.Get, machine)
		switch {
		case err != nil:
			return nil, err
		case tx.Get(r.Key(versionKind+of.ID, number)) == nil:
			return nil, missing(r)
		case rec != nil && rec.ID != of.ID:
			// The text is unconfirmed.
			return nil, r.Fail(validation, "Routing configuration must contain versions of the same state machine.")
		case seen[arn]:
			return nil, r.Fail(validation, "Routing configuration must contain distinct state machine version ARNs. Received: [%s, %s]", arn, arn)
		}
		rec, seen[arn] = of, true
		total += o.Int("weight")
	}
	if total != 100 {
		return nil, r.Fail(validation, "Sum of routing configuration weights must equal 100. Received: %d", total)
	}
	return rec, nil
}

func missing(r *emulate.Request) error {
	return r.Fail(notFound, "Request references a resource that does not exist.")
}

// createAlias makes an alias; one that is there as it is wanted answers as before.
// Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html
func createAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	out := wire.Object{}
	return out, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := routed(r, tx)
		if err != nil {
			return err
		}
		arn := machineARN(r, rec) + ":" + r.In.Text("name")
		next := &records.Record{Key: r.Key(aliasKind+rec.ID, r.In.Text("name")), Doc: r.In.Pick("description", routing)}
		if old := tx.Get(next.Key); old != nil {
			if !same(old.Doc, next.Doc) {
				return r.Fail(conflict, "Failed to create alias because an alias with the same name and a different routing configuration already exists: '%s'", arn)
			}
			next = old
		} else if len(tx.List(api, aliasKind+rec.ID, r.Account, r.Region)) >= mostAliases {
			return r.Fail("ServiceQuotaExceededException", "A state machine can have at most %d aliases.", mostAliases)
		}
		tx.Put(next)
		out["stateMachineAliasArn"], out["creationDate"] = arn, next.Created
		return nil
	})
}

// findAlias returns an alias by its ARN.
func findAlias(r *emulate.Request, get func(records.Key) *records.Record) (*records.Record, error) {
	machine, name := unqualified(r.In.Text("stateMachineAliasArn"))
	of, err := nameIn(r, machine, "stateMachine")
	if err != nil {
		return nil, err
	}
	rec := get(r.Key(aliasKind+of, name))
	if rec == nil {
		return nil, missing(r)
	}
	return rec, nil
}

func describeAlias(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findAlias(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return rec.Doc.With(wire.Object{
		"stateMachineAliasArn": r.In.Text("stateMachineAliasArn"), "name": rec.ID, "creationDate": rec.Created, "updateDate": rec.Updated,
	}), nil
}

// updateAlias changes what is said; the rest stays.
// Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html
func updateAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if !r.In.Has("description") && !r.In.Has(routing) {
		// The text is unconfirmed.
		return nil, r.Fail(validation, "Either the description or the routingConfiguration must be specified.")
	}
	out := wire.Object{}
	return out, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := findAlias(r, tx.Get)
		if err != nil {
			return err
		}
		if r.In.Has(routing) {
			machine, _ := unqualified(r.In.Text("stateMachineAliasArn"))
			of, err := routed(r, tx)
			if err != nil {
				return err
			}
			if machineARN(r, of) != machine {
				return r.Fail(validation, "Routing configuration must contain versions of the same state machine.")
			}
		}
		rec = rec.Change(tx.Now(), r.In.Pick("description", routing))
		tx.Put(rec)
		out["updateDate"] = rec.Updated
		return nil
	})
}

func deleteAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := findAlias(r, tx.Get)
		if err == nil {
			tx.Delete(rec.Key)
		}
		return err
	})
}

// listAliases lists the aliases of a state machine, or those that have a version.
func listAliases(_ context.Context, r *emulate.Request) (wire.Object, error) {
	arn := r.In.Text("stateMachineArn")
	rec, err := find(r, r.Service.Records.Get, arn)
	if err != nil {
		return nil, err
	}
	_, number := unqualified(arn)
	items := []wire.Object{}
	for _, a := range r.List(aliasKind + rec.ID) {
		has := number == ""
		for _, o := range a.Doc.Objects(routing) {
			has = has || o.Text("stateMachineVersionArn") == arn
		}
		if has {
			items = append(items, wire.Object{"stateMachineAliasArn": machineARN(r, rec) + ":" + a.ID, "creationDate": a.Created})
		}
	}
	return page(r, items, "stateMachineAliases")
}
