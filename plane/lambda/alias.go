package lambda

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// aliased refuses the versions of a request that are not there.
func aliased(r *emulate.Request, tx *records.Tx, t target) error {
	versions := []string{}
	if v := r.In.Text("FunctionVersion"); v != "" && v != latest {
		versions = append(versions, v)
	}
	for v := range r.In.Object("RoutingConfig.AdditionalVersionWeights") {
		versions = append(versions, v)
	}
	slices.Sort(versions)
	for _, v := range versions {
		if tx.Get(t.key(r, versionKind+t.name, v)) == nil {
			t.qualifier = v
			return t.missing(r)
		}
	}
	return nil
}

func createAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t, name := targetOf(r, "FunctionName", false), r.In.Text("Name")
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if _, err := t.find(r, tx.Get); err != nil {
			return err
		}
		k := t.key(r, aliasKind+t.name, name)
		if tx.Get(k) != nil {
			return r.Fail(conflict, "Alias already exists: %s", t.arn(r, name))
		}
		if err := aliased(r, tx, t); err != nil {
			return err
		}
		out = wire.Object{"Description": ""}.With(r.In.Pick("Name", "FunctionVersion", "Description", "RoutingConfig")).With(wire.Object{"AliasArn": t.arn(r, name), "RevisionId": r.Service.UUID()})
		tx.Put(&records.Record{Key: k, Doc: out})
		return nil
	})
	return out, err
}

// findAlias returns the alias of a request.
func findAlias(r *emulate.Request, t target, get emulate.Reader) (*records.Record, error) {
	name := r.In.Text("Name")
	rec := get(t.key(r, aliasKind+t.name, name))
	if rec == nil {
		return nil, r.Fail(notFound, "Cannot find alias arn: %s", t.arn(r, name))
	}
	return rec, nil
}

func getAlias(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findAlias(r, targetOf(r, "FunctionName", false), r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return rec.Doc, nil
}

// updateAlias changes what is said; the rest stays.
// Source: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
func updateAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", false)
	var out wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := findAlias(r, t, tx.Get)
		if err != nil {
			return err
		}
		if err := unchanged(r, rec); err != nil {
			return err
		}
		if err := aliased(r, tx, t); err != nil {
			return err
		}
		set := r.In.Pick("FunctionVersion", "Description", "RoutingConfig").With(wire.Object{"RevisionId": r.Service.UUID()})
		if routes := r.In.Object("RoutingConfig"); routes != nil && len(routes.Object("AdditionalVersionWeights")) == 0 {
			set["RoutingConfig"] = nil
		}
		rec = rec.Change(tx.Now(), set)
		tx.Put(rec)
		out = rec.Doc
		return nil
	})
	return out, err
}

// deleteAlias deletes an alias. One that is not there is no refusal.
func deleteAlias(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", false)
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if rec := tx.Get(t.key(r, aliasKind+t.name, r.In.Text("Name"))); rec != nil {
			tx.Delete(rec.Key)
		}
		return nil
	})
}

func listAliases(_ context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", false)
	if _, err := t.find(r, r.Service.Records.Get); err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, rec := range sorted(r.Service.Records.List(api, aliasKind+t.name, t.account, r.Region)) {
		if v := r.In.Text("FunctionVersion"); v == "" || v == rec.Doc.Text("FunctionVersion") {
			items = append(items, rec.Doc)
		}
	}
	return r.Page(items, pageSize, invalid)
}
