package lambda

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// settings are the members of inputs that a configuration shows as they were given.
var settings = []string{
	"Role", "Runtime", "Handler", "Description", "Timeout", "MemorySize", "KMSKeyArn", "DeadLetterConfig", "TracingConfig",
	"FileSystemConfigs", "EphemeralStorage", "LoggingConfig", "TenancyConfig", "CapacityProviderConfig", "DurableConfig", "RuntimeConfig", "AcceleratorConfig",
}

// shown are the members of a configuration; the environment comes to them.
var shown = append(slices.Clone(settings),
	"FunctionName", "FunctionArn", "Version", "RevisionId", "LastModified", "PackageType", "CodeSize", "CodeSha256", "Architectures", "VpcConfig", "Layers",
	"ImageConfigResponse", "SnapStart", "State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode",
)

// settled are the members that listings leave out.
// Source: https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
var settled = []string{"State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"}

// defaults are what a function has that was not said.
// Source: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
func defaults(name string) wire.Object {
	return wire.Object{
		"Description": "", "Timeout": int64(3), "MemorySize": int64(128), "TracingConfig": wire.Object{"Mode": "PassThrough"},
		"Architectures": []any{"x86_64"}, "EphemeralStorage": wire.Object{"Size": int64(512)},
		"SnapStart":     wire.Object{"ApplyOn": "None", "OptimizationStatus": "Off"},
		"LoggingConfig": wire.Object{"LogFormat": "Text", "LogGroup": "/aws/lambda/" + name},
	}
}

// configured are the members of a configuration as an input has them, those that are shown in
// another form in that.
func configured(in wire.Object) wire.Object {
	out := in.Pick(settings...)
	if vpc := in.Object("VpcConfig"); vpc != nil {
		out["VpcConfig"] = vpc
	}
	if image := in.Object("ImageConfig"); image != nil {
		out["ImageConfigResponse"] = wire.Object{"ImageConfig": image}
	}
	if snap := in.Object("SnapStart"); snap != nil {
		out["SnapStart"] = snap.With(wire.Object{"OptimizationStatus": "Off"})
	}
	if in.Has("Layers") {
		layers := []any{}
		for _, arn := range in.Texts("Layers") {
			layers = append(layers, wire.Object{"Arn": arn})
		}
		out["Layers"] = layers
	}
	return out
}

// stamped is what every change of a function changes.
func stamped(r *emulate.Request) wire.Object {
	return wire.Object{"RevisionId": r.Service.UUID(), "LastModified": r.Service.Now().Format("2006-01-02T15:04:05.000-0700")}
}

func createFunction(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", false)
	t.account = r.Account
	k := t.key(r, functionKind, t.name)
	if r.Service.Records.Get(k) != nil {
		return nil, exists(r, t)
	}
	from := r.In.Object("Code")
	p, err := packOf(ctx, r, from)
	if err != nil {
		return nil, err
	}
	if err := checkPackage(r, p); err != nil {
		return nil, err
	}
	if err := checkRole(ctx, r, t, r.In.Text("Role")); err != nil {
		return nil, err
	}
	doc := defaults(t.name).With(configured(r.In)).With(r.In.Pick("Architectures")).With(p.members()).With(stamped(r)).With(from.Pick("ImageUri", "SourceKMSKeyArn"))
	doc = doc.With(wire.Object{
		"FunctionName": t.name, "FunctionArn": t.arn(r, ""), "Version": latest,
		"State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating",
	})
	if doc.Text("KMSKeyArn") == "" {
		delete(doc, "KMSKeyArn")
	}
	rec := &records.Record{Key: k, Doc: doc, Sealed: map[string]*records.Sealed{}}
	if err := seal(ctx, r, t, rec, p, r.In.Object("Environment.Variables")); err != nil {
		return nil, err
	}
	rec.Next = ready(r, wire.Object{"State": "Active", "StateReason": nil, "StateReasonCode": nil, "LastUpdateStatus": "Successful"})
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(k) != nil {
			return exists(r, t)
		}
		tx.Put(rec)
		emulate.PutTags(tx, t.arn(r, ""), r.TagsIn("Tags"))
		if r.In.Bool("Publish") {
			publish(r, tx, t, rec, "")
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, r.Service.Keys.Retire(ctx, r.Call, subject(r, t, environment, ""), rec.Sealed[environment]))
	}
	out := rec.Doc.Pick(shown...)
	if env := r.In.Object("Environment.Variables"); len(env) > 0 {
		out["Environment"] = wire.Object{"Variables": env}
	}
	if r.In.Bool("Publish") {
		out["Version"], out["FunctionArn"] = "1", t.arn(r, "1")
	}
	return out, nil
}

// seal seals a package, nil for the one that is there, and variables of a function.
func seal(ctx context.Context, r *emulate.Request, t target, rec *records.Record, p *pack, variables wire.Object) error {
	if p != nil {
		sealed, err := p.seal(ctx, r, t, rec.Doc)
		if err != nil {
			return err
		}
		put(rec, code, sealed)
	}
	sealed, err := sealEnvironment(ctx, r, t, rec.Doc, variables)
	if err == nil {
		put(rec, environment, sealed)
	}
	return err
}

func put(rec *records.Record, slot string, sealed *records.Sealed) {
	delete(rec.Sealed, slot)
	if sealed != nil {
		rec.Sealed[slot] = sealed
	}
}

func exists(r *emulate.Request, t target) error {
	return r.Fail(conflict, "Function already exist: %s", t.name)
}

// ready is what becomes of a function when a change has settled.
func ready(r *emulate.Request, set wire.Object) *records.Next {
	return &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: set}
}

// checkPackage refuses a package that does not fit the rest of a request.
func checkPackage(r *emulate.Request, p *pack) error {
	kind := r.In.Text("PackageType")
	switch {
	case p.image != "" && kind != "Image" || p.image == "" && kind == "Image":
		return r.Fail(invalid, "Please do not provide %s when the PackageType is %s.", map[bool]string{true: "ImageUri", false: "ZipFile"}[p.image != ""], map[bool]string{true: "Zip", false: "Image"}[p.image != ""])
	case p.image == "" && (!r.In.Has("Runtime") || !r.In.Has("Handler")):
		return r.Fail(invalid, "Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	case p.image != "" && r.In.Has("Code.SourceKMSKeyArn"):
		// The text is unconfirmed.
		return r.Fail(invalid, "SourceKMSKeyArn is not supported for functions with PackageType Image.")
	}
	return nil
}

// checkRole refuses a role that the caller may not hand to the service, or that the service
// cannot assume.
func checkRole(ctx context.Context, r *emulate.Request, t target, role string) error {
	if err := r.PassRole(ctx, role, principal); err != nil {
		return err
	}
	_, err := r.Service.Sessions.ServiceSession(ctx, principal, role, t.name, authz.Context{
		"aws:sourceaccount": {Values: []string{t.account}}, "aws:sourcearn": {Values: []string{t.arn(r, "")}},
	})
	if err != nil {
		return noRole(r)
	}
	return nil
}

// configuration is that of a function or a version for the caller.
func configuration(ctx context.Context, r *emulate.Request, t target, rec *records.Record) (wire.Object, error) {
	out := rec.Doc.Pick(shown...)
	env, err := shownEnvironment(ctx, r, t, rec)
	if env != nil {
		out["Environment"] = env
	}
	if t.qualifier != "" {
		out["FunctionArn"] = t.arn(r, t.qualifier)
	}
	return out, err
}

func getConfiguration(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", true)
	rec, err := t.version(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	return configuration(ctx, r, t, rec)
}

func getFunction(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", true)
	rec, err := t.version(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	out := wire.Object{}
	if out["Configuration"], err = configuration(ctx, r, t, rec); err != nil {
		return nil, err
	}
	if out["Code"], err = location(ctx, r, t, rec); err != nil {
		return nil, err
	}
	if tags := r.Service.Tags(t.arn(r, "")); len(tags) > 0 {
		out["Tags"] = wire.Of(tags)
	}
	return out, nil
}

// listFunctions lists the functions, with FunctionVersion ALL each with its versions.
func listFunctions(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	var items []wire.Object
	for _, rec := range sorted(r.List(functionKind)) {
		t := target{account: r.Account, name: rec.ID}
		all := []*records.Record{rec}
		if r.In.Text("FunctionVersion") == "ALL" {
			all = append(all, r.List(versionKind+rec.ID)...)
		}
		for _, v := range all {
			o, err := listed(ctx, r, t, v)
			if err != nil {
				return nil, err
			}
			items = append(items, o)
		}
	}
	return r.Page(items, pageSize, invalid)
}

// listed is a function or a version as listings have it.
func listed(ctx context.Context, r *emulate.Request, t target, rec *records.Record) (wire.Object, error) {
	if v := rec.Doc.Text("Version"); v != latest || r.Operation == "ListVersionsByFunction" || r.In.Has("FunctionVersion") {
		t.qualifier = v
	}
	out, err := configuration(ctx, r, t, rec)
	return out.Without(settled...), err
}

// sorted are records in the order of their names.
func sorted(list []*records.Record) []*records.Record {
	slices.SortFunc(list, func(a, b *records.Record) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// deleteFunction deletes a function with all that belongs to it, or a version that no alias has.
func deleteFunction(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", true)
	if t.qualifier == latest {
		return nil, r.Fail(invalid, "$LATEST version cannot be deleted without deleting the function.")
	}
	var gone []*records.Record
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := t.find(r, tx.Get)
		if err != nil {
			return err
		}
		if t.qualifier != "" {
			gone, err = deleteVersion(r, tx, t)
			return err
		}
		gone = append(tx.List(api, versionKind+t.name, t.account, r.Region), rec)
		for _, kind := range []string{aliasKind, policyKind} {
			for _, part := range tx.List(api, kind+t.name, t.account, r.Region) {
				tx.Delete(part.Key)
			}
		}
		for _, old := range gone {
			tx.Delete(old.Key)
		}
		emulate.PutTags(tx, t.arn(r, ""), nil)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"StatusCode": int64(204)}, release(ctx, r, t, gone...)
}

// release retires the grants of environments that nothing has any more.
func release(ctx context.Context, r *emulate.Request, t target, gone ...*records.Record) error {
	held := map[string]bool{}
	kept := r.Service.Records.List(api, versionKind+t.name, t.account, r.Region)
	if rec := r.Service.Records.Get(t.key(r, functionKind, t.name)); rec != nil {
		kept = append(kept, rec)
	}
	for _, rec := range kept {
		if sealed := rec.Sealed[environment]; sealed != nil {
			held[sealed.Grant] = true
		}
	}
	for _, rec := range gone {
		sealed := rec.Sealed[environment]
		if sealed == nil || held[sealed.Grant] {
			continue
		}
		if err := r.Service.Keys.Retire(ctx, r.Call, subject(r, t, environment, ""), sealed); err != nil {
			return err
		}
	}
	return nil
}
