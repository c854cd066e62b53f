package stepfunctions

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostVersions is the quota of a state machine.
// Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const mostVersions = 1000

// initial is what the revision is called before the first update.
const initial = "INITIAL"

// checkPublish refuses the description of a version that is not published.
func checkPublish(r *emulate.Request) error {
	if r.In.Has("versionDescription") && !r.In.Bool("publish") {
		return r.Fail(validation, "Version description can only be set when publish is true")
	}
	return nil
}

func publishVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn := r.In.Text("stateMachineArn")
	out := wire.Object{}
	return out, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := find(r, tx.Get, arn)
		if err != nil {
			return err
		}
		at := cmp.Or(rec.Doc.Text("revisionId"), initial)
		if want := r.In.Text("revisionId"); want != "" && want != at {
			return r.Fail(conflict, "Failed to publish the State Machine version for revision %s. The current State Machine revision is %s.", want, at)
		}
		if len(tx.List(api, versionKind+rec.ID, r.Account, r.Region)) >= mostVersions {
			return r.Fail("ServiceQuotaExceededException", "A state machine can have at most %d versions.", mostVersions)
		}
		out["stateMachineVersionArn"] = publish(r, tx, rec)
		number, _ := strings.CutPrefix(out.Text("stateMachineVersionArn"), machineARN(r, rec)+":")
		out["creationDate"] = tx.Get(r.Key(versionKind+rec.ID, number)).Created
		return nil
	})
}

// publish makes a version of a state machine as it is and returns its ARN. A revision that was
// published last is not published again.
// Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html
func publish(r *emulate.Request, tx *records.Tx, rec *records.Record) string {
	last := rec.Doc.Int("lastVersion")
	number := strconv.FormatInt(last, 10)
	before := tx.Get(r.Key(versionKind+rec.ID, number))
	if before == nil || before.Doc.Text("revisionId") != rec.Doc.Text("revisionId") {
		number = strconv.FormatInt(last+1, 10)
		doc := rec.Doc.Without("lastVersion")
		if text := cmp.Or(r.In.Text("versionDescription"), r.In.Text("description")); text != "" {
			doc["description"] = text
		}
		tx.Put(&records.Record{Key: r.Key(versionKind+rec.ID, number), Doc: doc, Sealed: maps.Clone(rec.Sealed)})
		next := rec.Change(rec.Updated, wire.Object{"lastVersion": last + 1})
		tx.Put(next)
	}
	return machineARN(r, rec) + ":" + number
}

// listVersions answers the newest first.
func listVersions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	name, err := nameIn(r, r.In.Text("stateMachineArn"), "stateMachine")
	if err != nil {
		return nil, err
	}
	items := []wire.Object{}
	for _, v := range r.List(versionKind + name) {
		items = append(items, wire.Object{"stateMachineVersionArn": r.ARN("stateMachine:" + name + ":" + v.ID), "creationDate": v.Created})
	}
	slices.Reverse(items)
	return page(r, items, "stateMachineVersions")
}

// deleteVersion deletes a version that no alias has. One that is not there is no refusal.
func deleteVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn := r.In.Text("stateMachineVersionArn")
	machine, number := unqualified(arn)
	name, err := nameIn(r, machine, "stateMachine")
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		var by []string
		for _, a := range tx.List(api, aliasKind+name, r.Account, r.Region) {
			if slices.ContainsFunc(a.Doc.Objects(routing), func(o wire.Object) bool { return o.Text("stateMachineVersionArn") == arn }) {
				by = append(by, a.ID)
			}
		}
		if by != nil {
			return r.Fail(conflict, "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [%s]", strings.Join(by, ", "))
		}
		if k := r.Key(versionKind+name, number); tx.Get(k) != nil {
			tx.Delete(k)
		}
		return nil
	})
}
