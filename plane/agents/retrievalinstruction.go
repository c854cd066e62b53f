package agents

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// retrievalInstructions are the operations of retrieval instructions and their versions.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_CreateRetrievalInstruction.html
func retrievalInstructions() operations {
	return operations{
		"CreateRetrievalInstruction":        {Do: createInstruction},
		"GetRetrievalInstruction":           {Resource: instructionARN, Do: getInstruction},
		"ListRetrievalInstructions":         {Do: listInstructions},
		"UpdateRetrievalInstruction":        {Resource: instructionARN, Do: updateInstruction},
		"DeleteRetrievalInstruction":        {Resource: instructionARN, Do: deleteInstruction},
		"CreateRetrievalInstructionVersion": {Resource: instructionARN, Do: createInstructionVersion},
		"ListRetrievalInstructionVersions":  {Resource: instructionARN, Do: listInstructionVersions},
	}
}

// The kinds of records and the type of the catalogue.
const (
	kindInstruction        = "retrieval-instruction"
	kindInstructionVersion = "retrieval-instruction-version"

	typeInstruction = "AWS::Bedrock::RetrievalInstruction"
)

// instructionPages is the size of the pages of lists whose model has no bound.
const instructionPages = 100

func instructionARN(r *emulate.Request) (string, error) {
	return r.ARN("retrieval-instruction/" + r.In.Text("retrievalInstructionId")), nil
}

// instructionSubject is the text of an instruction for its key. No page says which encryption
// context AWS uses; it is taken to be formed as those of flows and prompts.
func instructionSubject(r *emulate.Request, arn string) *behalf.Subject {
	s := r.Subject(typeInstruction, content, arn)
	s.Context = map[string]string{"aws:bedrock-retrieval-instructions:arn": arn}
	return s
}

func sealInstruction(ctx context.Context, r *emulate.Request, rec *records.Record, text wire.Object) (map[string]*records.Sealed, error) {
	sealed, err := r.SealObject(ctx, instructionSubject(r, rec.Doc.Text("retrievalInstructionArn")), rec.Doc.Text("customerEncryptionKeyArn"), "create", text)
	return map[string]*records.Sealed{content: sealed}, err
}

func openInstruction(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	return r.OpenObject(ctx, instructionSubject(r, rec.Doc.Text("retrievalInstructionArn")), rec.Sealed[content], "use")
}

// findInstruction returns the instruction, or the version of it, that the input names.
func findInstruction(r *emulate.Request) (*records.Record, error) {
	id, version := r.In.Text("retrievalInstructionId"), r.In.Text("retrievalInstructionVersion")
	k := r.Key(kindInstruction, id)
	if version != "" && version != draft {
		k = r.Key(kindInstructionVersion, id+"/"+version)
	}
	if rec := r.Service.Records.Get(k); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

func createInstruction(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	id := r.Service.ID(emulate.LowerDigits, 10)
	rec := &records.Record{Key: r.Key(kindInstruction, id), Doc: r.In.Pick("name", "description", "customerEncryptionKeyArn").With(wire.Object{
		"retrievalInstructionId": id, "retrievalInstructionArn": r.ARN("retrieval-instruction/" + id), "version": draft,
		"status": "INACTIVE", "lastTransitionStatus": "CREATING",
	})}
	var err error
	if rec.Sealed, err = sealInstruction(ctx, r, rec, r.In.Pick("instruction")); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := nameFree(r, "retrieval instruction", tx.List(control, kindInstruction, r.Account, r.Region), ""); err != nil {
			return err
		}
		emulate.PutTags(tx, rec.Doc.Text("retrievalInstructionArn"), r.TagsIn("tags"))
		tx.Put(becomes(r, rec, wire.Object{"status": "ACTIVE", "lastTransitionStatus": "CREATE_SUCCESSFUL"}))
		return nil
	})
	return dated(rec), err
}

func getInstruction(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findInstruction(r)
	if err != nil {
		return nil, err
	}
	opened, err := openInstruction(ctx, r, rec)
	if err != nil {
		return nil, err
	}
	out := dated(rec).With(opened)
	if draft := r.Service.Records.Get(r.Key(kindInstruction, r.In.Text("retrievalInstructionId"))); draft != nil && draft.Doc.Int(lastVersion) > 0 {
		out["latestVersion"] = fmt.Sprint(draft.Doc.Int(lastVersion))
	}
	return out, nil
}

func listInstructions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var all []wire.Object
	for _, rec := range r.List(kindInstruction) {
		if want := r.In.Text("status"); want == "" || rec.Doc.Text("status") == want {
			all = append(all, dated(rec))
		}
	}
	return r.Page(all, instructionPages, invalid)
}

// updateInstruction replaces the text and the description; the key stays.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateRetrievalInstruction.html
func updateInstruction(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	old, err := findInstruction(r)
	if err != nil {
		return nil, err
	}
	if err := steady(r, old); err != nil {
		return nil, err
	}
	rec := old.Change(r.Service.Now(), nil)
	rec.Doc = old.Doc.Without("description").With(r.In.Pick("description")).With(wire.Object{"lastTransitionStatus": "UPDATING"})
	if rec.Sealed, err = sealInstruction(ctx, r, rec, r.In.Pick("instruction")); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, old); err != nil {
			return err
		}
		tx.Put(becomes(r, rec, wire.Object{"lastTransitionStatus": "UPDATE_SUCCESSFUL"}))
		return nil
	})
	return dated(rec), err
}

// steady refuses to change an instruction that is changing. Unconfirmed: the text.
func steady(r *emulate.Request, rec *records.Record) error {
	switch status := rec.Doc.Text("lastTransitionStatus"); status {
	case "CREATING", "UPDATING":
		return r.Fail(conflict, "The retrieval instruction %s is in the status %s. Retry your request later.", r.In.Text("retrievalInstructionId"), status)
	}
	return nil
}

// createInstructionVersion makes a version under the key of the instruction.
func createInstructionVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findInstruction(r)
	if err != nil {
		return nil, err
	}
	if err := steady(r, rec); err != nil {
		return nil, err
	}
	opened, err := openInstruction(ctx, r, rec)
	if err != nil {
		return nil, err
	}
	n := rec.Doc.Int(lastVersion) + 1
	number := fmt.Sprint(n)
	version := &records.Record{Key: r.Key(kindInstructionVersion, rec.ID+"/"+number)}
	version.Doc = rec.Doc.Without("description", lastVersion).With(r.In.Pick("description")).With(wire.Object{"version": number})
	if version.Sealed, err = sealInstruction(ctx, r, rec, opened); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, rec); err != nil {
			return err
		}
		tx.Put(version)
		tx.Put(rec.Change(rec.Updated, wire.Object{lastVersion: n}))
		return nil
	})
	return dated(version), err
}

func listInstructionVersions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if _, err := findInstruction(r); err != nil {
		return nil, err
	}
	var all []wire.Object
	for _, version := range instructionVersions(r.List(kindInstructionVersion), r) {
		all = append(all, dated(version))
	}
	return r.Page(all, instructionPages, invalid)
}

// instructionVersions are the versions of the instruction that the input names.
func instructionVersions(all []*records.Record, r *emulate.Request) []*records.Record {
	var out []*records.Record
	for _, rec := range all {
		if rec.Doc.Text("retrievalInstructionId") == r.In.Text("retrievalInstructionId") {
			out = append(out, rec)
		}
	}
	return out
}

// deleteInstruction deletes a version, or an instruction with all its versions.
func deleteInstruction(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := findInstruction(r)
	if err != nil {
		return nil, err
	}
	gone := []*records.Record{rec}
	out := rec.Doc.Pick("retrievalInstructionId", "retrievalInstructionArn", "version")
	if rec.Kind == kindInstruction {
		out = out.Without("version")
		gone = append(gone, instructionVersions(r.List(kindInstructionVersion), r)...)
	}
	return out, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if rec.Kind == kindInstruction {
			emulate.PutTags(tx, rec.Doc.Text("retrievalInstructionArn"), nil)
		}
		for _, rec := range gone {
			tx.Delete(rec.Key)
		}
		return nil
	})
}
