package automation

import (
	"context"
	"errors"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
)

func library() *kind {
	return &kind{
		name: "data-automation-library", typ: "AWS::Bedrock::DataAutomationLibrary", arn: "libraryArn", title: "libraryName", wrap: "library",
		content: []string{"libraryDescription"}, created: "creationTime",
	}
}

// libraries are the operations of libraries, without their entities.
func libraries() operations {
	k := library()
	return operations{
		"CreateDataAutomationLibrary": {Do: createLibrary},
		"GetDataAutomationLibrary":    {Resource: k.named, Do: getLibrary},
		"ListDataAutomationLibraries": {Do: listLibraries},
		"UpdateDataAutomationLibrary": {Resource: k.named, Do: updateLibrary},
		"DeleteDataAutomationLibrary": {Resource: k.named, Do: deleteLibrary},
	}
}

func createLibrary(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := library()
	members := r.In.Without("clientToken", "tags", "encryptionConfiguration").With(encryption(r)).With(wire.Object{k.arn: k.newARN(r), "status": "ACTIVE"})
	rec, err := k.seal(ctx, r, k.key(r, members.Text(k.arn), ""), nil, members)
	if err != nil {
		return nil, err
	}
	return rec.Doc, k.put(ctx, r, rec)
}

func getLibrary(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := library()
	rec, err := k.find(r, r.In.Text(k.arn), "")
	if err != nil {
		return nil, err
	}
	members, err := k.open(ctx, r, rec)
	if err != nil {
		return nil, err
	}
	return wire.Object{k.wrap: k.show(rec, members)}, nil
}

func listLibraries(_ context.Context, r *emulate.Request) (wire.Object, error) {
	k := library()
	if r.In.Has("projectFilter") {
		return nil, r.Fail("ValidationException", "The local plane does not filter libraries by project.")
	}
	items := []wire.Object{}
	for _, rec := range r.List(k.name) {
		items = append(items, k.show(rec, rec.Doc))
	}
	return r.Page(items, mostListed, "ValidationException")
}

// updateLibrary changes the description only; the key stays, and so does the grant.
func updateLibrary(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := library()
	old, err := k.find(r, r.In.Text(k.arn), "")
	if err != nil {
		return nil, err
	}
	before := old.Sealed[slot]
	members := old.Doc.With(r.In.Pick("libraryDescription"))
	rec, err := k.seal(ctx, r, old.Key, old, members)
	if err != nil {
		return nil, err
	}
	if err := k.replace(ctx, r, old, rec); err != nil {
		return nil, err
	}
	return rec.Doc, retired(r.Service.Keys.Retire(ctx, r.Call, k.subject(r, old.Doc), before))
}

func deleteLibrary(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := library()
	rec, err := k.find(r, r.In.Text(k.arn), "")
	if err != nil {
		return nil, err
	}
	if err := k.drop(ctx, r, rec); err != nil {
		return nil, err
	}
	return rec.Doc.With(wire.Object{"status": "DELETING"}), retired(r.Service.Keys.Retire(ctx, r.Call, k.subject(r, rec.Doc), rec.Sealed[slot]))
}

// retired leaves out that KMS refused: a grant whose key is gone needs no retiring.
func retired(err error) error {
	if refused := new(behalf.Error); errors.As(err, &refused) {
		return nil
	}
	return err
}
