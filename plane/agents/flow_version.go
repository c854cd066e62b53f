package agents

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// createFlowVersion makes a version under the key that the draft has.
func createFlowVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	flow, err := findFlow(r)
	if err != nil {
		return nil, err
	}
	if status := flow.Doc.Text("status"); status != "Prepared" {
		// Unconfirmed: the text.
		return nil, r.Fail(invalid, "A version of the flow can't be created when its status is %s. Prepare the flow first.", status)
	}
	opened, err := openFlow(ctx, r, typeFlow, flow)
	if err != nil {
		return nil, err
	}
	sealed, err := sealFlow(ctx, r, typeFlowVersion, flow, opened)
	if err != nil {
		return nil, err
	}
	n := flow.Doc.Int(lastVersion) + 1
	number := fmt.Sprint(n)
	version := &records.Record{Key: r.Key(kindFlowVersion, flow.ID+"/"+number), Sealed: map[string]*records.Sealed{content: sealed}}
	version.Doc = flow.Doc.Without("description", lastVersion).With(r.In.Pick("description")).With(wire.Object{"version": number, "flowId": flow.ID})
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, flow); err != nil {
			return err
		}
		have := ofFlow(tx.List(control, kindFlowVersion, r.Account, r.Region), flow.ID)
		if err := full(r, "versions per flow", len(have), mostFlowVersions); err != nil {
			return err
		}
		tx.Put(version)
		tx.Put(flow.Change(flow.Updated, wire.Object{lastVersion: n}))
		return nil
	})
	return dated(version).With(opened), err
}

func findFlowVersion(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(r.Key(kindFlowVersion, flowNamed(r)+"/"+r.In.Text("flowVersion"))); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

func getFlowVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	version, err := findFlowVersion(r)
	if err != nil {
		return nil, err
	}
	if r.In.Text("includedData") == "METADATA_ONLY" {
		return dated(version), nil
	}
	opened, err := openFlow(ctx, r, typeFlowVersion, version)
	if err != nil {
		return nil, err
	}
	return dated(version).With(opened), nil
}

func listFlowVersions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	flow, err := findFlow(r)
	if err != nil {
		return nil, err
	}
	var all []wire.Object
	for _, version := range ofFlow(r.List(kindFlowVersion), flow.ID) {
		all = append(all, dated(version))
	}
	return r.Page(all, pageSize, invalid)
}

func deleteFlowVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	version, err := findFlowVersion(r)
	if err != nil {
		return nil, err
	}
	return version.Doc.Pick("id", "version"), r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, version); err != nil {
			return err
		}
		for _, alias := range ofFlow(tx.List(control, kindFlowAlias, r.Account, r.Region), flowNamed(r)) {
			if flowRoutedTo(alias) == r.In.Text("flowVersion") && !r.In.Bool("skipResourceInUseCheck") {
				// Unconfirmed: the text.
				return r.Fail(conflict, "The version %s of the flow %s is in use by the alias %s.", r.In.Text("flowVersion"), flowNamed(r), alias.Doc.Text("id"))
			}
		}
		tx.Delete(version.Key)
		return nil
	})
}
