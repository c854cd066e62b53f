package automation

import (
	"context"
	"strconv"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func blueprint() *kind {
	return &kind{
		name: "blueprint", typ: "AWS::Bedrock::Blueprint", arn: "blueprintArn", title: "blueprintName", wrap: "blueprint",
		content: []string{"schema"}, created: "creationTime", modified: "lastModifiedTime",
	}
}

// blueprints are the operations of blueprints.
func blueprints() operations {
	k := blueprint()
	return operations{
		"CreateBlueprint":        {Do: createBlueprint},
		"GetBlueprint":           {Resource: k.named, Do: getBlueprint},
		"ListBlueprints":         {Do: listBlueprints},
		"UpdateBlueprint":        {Resource: k.named, Do: updateBlueprint},
		"DeleteBlueprint":        {Resource: k.named, Do: deleteBlueprint},
		"CreateBlueprintVersion": {Resource: k.named, Do: createBlueprintVersion},
		"CopyBlueprintStage":     {Resource: k.named, Do: copyBlueprintStage},
	}
}

func createBlueprint(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := blueprint()
	stage := given(r, "blueprintStage")
	members := r.In.Without("clientToken", "tags", "encryptionConfiguration").With(encryption(r)).With(wire.Object{k.arn: k.newARN(r), "blueprintStage": stage})
	rec, err := k.seal(ctx, r, k.key(r, members.Text(k.arn), stage), nil, members)
	if err != nil {
		return nil, err
	}
	if err := k.put(ctx, r, rec); err != nil {
		return nil, err
	}
	return wire.Object{k.wrap: k.show(rec, members)}, nil
}

func getBlueprint(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := blueprint()
	part := r.In.Text("blueprintVersion")
	if part == "" {
		part = given(r, "blueprintStage")
	}
	rec, err := k.find(r, r.In.Text(k.arn), part)
	if err != nil {
		return nil, err
	}
	members, err := k.open(ctx, r, rec)
	if err != nil {
		return nil, err
	}
	return wire.Object{k.wrap: k.show(rec, members)}, nil
}

// listBlueprints lists stages, or the versions of the blueprint that the request names.
func listBlueprints(_ context.Context, r *emulate.Request) (wire.Object, error) {
	k := blueprint()
	if r.In.Has("projectFilter") {
		return nil, r.Fail("ValidationException", "The local plane does not filter blueprints by project.")
	}
	of := r.In.Text(k.arn)
	if _, err := anyStage(k, r, of); of != "" && err != nil {
		return nil, err
	}
	items := []wire.Object{}
	for _, rec := range r.List(k.name) {
		version := rec.Doc.Has("blueprintVersion")
		if r.In.Text("resourceOwner") == "SERVICE" || of != "" && of != rec.Doc.Text(k.arn) || of == "" && version {
			continue
		}
		if version || staged(r, "blueprintStageFilter", rec.Doc.Text("blueprintStage")) {
			items = append(items, k.show(rec, rec.Doc))
		}
	}
	return r.Page(items, mostListed, "ValidationException")
}

// updateBlueprint replaces the schema of a stage, and its key.
func updateBlueprint(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := blueprint()
	arn, stage := r.In.Text(k.arn), given(r, "blueprintStage")
	old, err := k.find(r, arn, stage)
	if err != nil {
		return nil, err
	}
	members := r.In.Without("encryptionConfiguration").With(encryption(r)).With(old.Doc.Pick(k.title, "type", "blueprintStage"))
	rec, err := k.seal(ctx, r, old.Key, old, members)
	if err != nil {
		return nil, err
	}
	if err := k.replace(ctx, r, old, rec); err != nil {
		return nil, err
	}
	return wire.Object{k.wrap: k.show(rec, members)}, nil
}

// deleteBlueprint deletes a version, or the blueprint.
func deleteBlueprint(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := blueprint()
	arn := r.In.Text(k.arn)
	if version := r.In.Text("blueprintVersion"); version != "" {
		rec, err := k.find(r, arn, version)
		if err != nil {
			return nil, err
		}
		return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
			tx.Delete(rec.Key)
			return nil
		})
	}
	rec, err := anyStage(k, r, arn)
	if err != nil {
		return nil, err
	}
	return nil, k.drop(ctx, r, rec)
}

// createBlueprintVersion keeps the LIVE stage as a version. Which key a version has is not
// documented: it is that of the stage, as the content is the same.
func createBlueprintVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := blueprint()
	from, err := k.find(r, r.In.Text(k.arn), live)
	if err != nil {
		return nil, err
	}
	members, err := k.open(ctx, r, from)
	if err != nil {
		return nil, err
	}
	version := &records.Record{Sealed: from.Sealed}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		number := 1
		for _, part := range k.all(tx, from) {
			if n, err := strconv.Atoi(part.Doc.Text("blueprintVersion")); err == nil {
				number = max(number, n+1)
			}
		}
		text := strconv.Itoa(number)
		version.Key = k.key(r, from.Doc.Text(k.arn), text)
		version.Doc = from.Doc.Without("blueprintStage").With(wire.Object{"blueprintVersion": text})
		tx.Put(version)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{k.wrap: k.show(version, members.With(version.Doc).Without("blueprintStage"))}, nil
}

// copyBlueprintStage writes one stage over the other, under the key of the one.
func copyBlueprintStage(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := blueprint()
	arn, source, target := r.In.Text(k.arn), r.In.Text("sourceStage"), r.In.Text("targetStage")
	if source == target {
		return nil, r.Fail("ValidationException", "The stages must differ.")
	}
	from, err := k.find(r, arn, source)
	if err != nil {
		return nil, err
	}
	members, err := k.open(ctx, r, from)
	if err != nil {
		return nil, err
	}
	old, _ := k.find(r, arn, target) // there need be none
	rec, err := k.seal(ctx, r, k.key(r, arn, target), old, members.With(wire.Object{"blueprintStage": target}))
	if err != nil {
		return nil, err
	}
	return nil, k.replace(ctx, r, old, rec)
}
