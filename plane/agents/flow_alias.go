package agents

import (
	"cmp"
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// flowAliasMembers are those that an update replaces.
var flowAliasMembers = []string{"name", "description", "routingConfiguration", "concurrencyConfiguration"}

// flowAliasNamed is the id of the alias that the input names, by its id or ARN.
func flowAliasNamed(r *emulate.Request) string {
	return last(cmp.Or(r.In.Text("aliasIdentifier"), r.In.Text("flowAliasIdentifier")))
}

func flowAliasARN(r *emulate.Request) (string, error) {
	return r.ARN("flow/" + flowNamed(r) + "/alias/" + flowAliasNamed(r)), nil
}

func flowAliasKey(r *emulate.Request, flow, alias string) records.Key {
	return r.Key(kindFlowAlias, flow+"/"+alias)
}

func findFlowAlias(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(flowAliasKey(r, flowNamed(r), flowAliasNamed(r))); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

// flowRoutedTo is the version that an alias serves.
func flowRoutedTo(alias *records.Record) string {
	for _, to := range alias.Doc.Objects("routingConfiguration") {
		return to.Text("flowVersion")
	}
	return ""
}

// checkFlowAlias refuses an alias of a version that is not there, or with another's name.
func checkFlowAlias(tx *records.Tx, r *emulate.Request, others []*records.Record, alias *records.Record) error {
	flow := alias.Doc.Text("flowId")
	if version := flowRoutedTo(alias); version != draft && tx.Get(r.Key(kindFlowVersion, flow+"/"+version)) == nil {
		return missing(r)
	}
	if tx.Get(r.Key(kindFlow, flow)) == nil {
		return missing(r)
	}
	return nameFree(r, "flow alias", others, alias.ID)
}

func createFlowAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	flow, err := findFlow(r)
	if err != nil {
		return nil, err
	}
	id := r.Service.ID(emulate.UpperDigits, 10)
	alias := &records.Record{Key: flowAliasKey(r, flow.ID, id), Doc: r.In.Pick(flowAliasMembers...).With(wire.Object{
		"flowId": flow.ID, "id": id, "arn": r.ARN("flow/" + flow.ID + "/alias/" + id),
	})}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		others := ofFlow(tx.List(control, kindFlowAlias, r.Account, r.Region), flow.ID)
		if err := full(r, "aliases per flow", len(others), mostFlowAliases); err != nil {
			return err
		}
		if err := checkFlowAlias(tx, r, others, alias); err != nil {
			return err
		}
		emulate.PutTags(tx, alias.Doc.Text("arn"), r.TagsIn("tags"))
		tx.Put(alias)
		return nil
	})
	return dated(alias), err
}

func getFlowAlias(_ context.Context, r *emulate.Request) (wire.Object, error) {
	alias, err := findFlowAlias(r)
	if err != nil {
		return nil, err
	}
	return dated(alias), nil
}

func listFlowAliases(_ context.Context, r *emulate.Request) (wire.Object, error) {
	flow, err := findFlow(r)
	if err != nil {
		return nil, err
	}
	var all []wire.Object
	for _, alias := range ofFlow(r.List(kindFlowAlias), flow.ID) {
		all = append(all, dated(alias))
	}
	return r.Page(all, pageSize, invalid)
}

// updateFlowAlias replaces an alias; the concurrency that is left out is gone.
func updateFlowAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := findFlowAlias(r)
	if err != nil {
		return nil, err
	}
	alias := old.Change(r.Service.Now(), nil)
	alias.Doc = old.Doc.Pick("flowId", "id", "arn").With(r.In.Pick(flowAliasMembers...))
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, old); err != nil {
			return err
		}
		if err := checkFlowAlias(tx, r, ofFlow(tx.List(control, kindFlowAlias, r.Account, r.Region), flowNamed(r)), alias); err != nil {
			return err
		}
		tx.Put(alias)
		return nil
	})
	return dated(alias), err
}

func deleteFlowAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	alias, err := findFlowAlias(r)
	if err != nil {
		return nil, err
	}
	return alias.Doc.Pick("flowId", "id"), r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.PutTags(tx, alias.Doc.Text("arn"), nil)
		tx.Delete(alias.Key)
		return nil
	})
}
