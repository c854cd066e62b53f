package lambda

import (
	"context"
	"maps"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// changeable returns the function of a request when it may be changed now.
func changeable(r *emulate.Request, t target, get emulate.Reader) (*records.Record, error) {
	rec, err := t.find(r, get)
	if err != nil {
		return nil, err
	}
	switch {
	case rec.Doc.Text("State") == "Pending":
		return nil, r.Fail(conflict, "The operation cannot be performed at this time. The function is currently in the following state: Pending")
	case rec.Doc.Text("LastUpdateStatus") == "InProgress":
		return nil, r.Fail(conflict, "The operation cannot be performed at this time. An update is in progress for resource: %s", t.arn(r, ""))
	}
	return rec, unchanged(r, rec)
}

// updateConfiguration changes what is said; the rest stays. A key that is empty is that of the
// service again.
// Source: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
func updateConfiguration(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", false)
	rec, err := changeable(r, t, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	if r.In.Has("Role") {
		if err := checkRole(ctx, r, t, r.In.Text("Role")); err != nil {
			return nil, err
		}
	}
	set := configured(r.In)
	if key, ok := set["KMSKeyArn"]; ok && key == "" {
		set["KMSKeyArn"] = nil
	}
	next := rec.Change(r.Service.Now(), set)
	if r.In.Has("Environment") || r.In.Has("KMSKeyArn") || r.In.Has("Role") {
		variables := r.In.Object("Environment.Variables")
		if !r.In.Has("Environment") {
			if variables, err = openEnvironment(ctx, r, t, rec, byReader); err != nil {
				return nil, err
			}
		}
		if err := seal(ctx, r, t, next, nil, variables); err != nil {
			return nil, err
		}
	}
	return update(ctx, r, t, rec, next)
}

// updateCode changes the package of a function. A key that is not said is no longer that of the
// package, which is unconfirmed.
func updateCode(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", false)
	rec, err := changeable(r, t, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	p, err := packOf(ctx, r, r.In)
	if err != nil {
		return nil, err
	}
	if kind := rec.Doc.Text("PackageType"); kind != p.members().Text("PackageType") {
		return nil, r.Fail(invalid, "Please don't provide %s when updating a function with packageType %s.", map[bool]string{true: "ImageUri", false: "ZipFile"}[p.image != ""], kind)
	}
	set := p.members().With(r.In.Pick("Architectures", "ImageUri"))
	set["SourceKMSKeyArn"] = nil
	if key := r.In.Text("SourceKMSKeyArn"); key != "" {
		set["SourceKMSKeyArn"] = key
	}
	next := rec.Change(r.Service.Now(), set)
	if r.In.Bool("DryRun") {
		return configuration(ctx, r, t, next)
	}
	sealed, err := p.seal(ctx, r, t, next.Doc)
	if err != nil {
		return nil, err
	}
	put(next, code, sealed)
	return update(ctx, r, t, rec, next)
}

// update puts the next state of a function in the place of the one that it was made from.
func update(ctx context.Context, r *emulate.Request, t target, before, next *records.Record) (wire.Object, error) {
	maps.Copy(next.Doc, stamped(r))
	maps.Copy(next.Doc, wire.Object{"LastUpdateStatus": "InProgress", "LastUpdateStatusReason": "The function is being created.", "LastUpdateStatusReasonCode": "Creating"})
	next.Next = ready(r, wire.Object{"LastUpdateStatus": "Successful", "LastUpdateStatusReason": nil, "LastUpdateStatusReasonCode": nil})
	version := ""
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := changeable(r, t, tx.Get)
		if err != nil {
			return err
		}
		if rec.Doc.Text("RevisionId") != before.Doc.Text("RevisionId") {
			return r.Fail(conflict, "The operation cannot be performed at this time. An update is in progress for resource: %s", t.arn(r, ""))
		}
		maps.Copy(next.Doc, rec.Doc.Pick(lastVersion))
		tx.Put(next)
		if r.In.Bool("Publish") {
			version = publish(r, tx, t, next, "")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := release(ctx, r, t, before); err != nil {
		return nil, err
	}
	out, err := configuration(ctx, r, t, next)
	if err != nil {
		return nil, err
	}
	if version != "" {
		out["Version"], out["FunctionArn"] = version, t.arn(r, version)
	}
	return out, nil
}
