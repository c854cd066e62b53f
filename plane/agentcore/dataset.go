package agentcore

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const (
	// datasetVersion is the name of the records of versions.
	datasetVersion = "DatasetVersion"
	// draftVersion is the version that examples are put into.
	draftVersion = "DRAFT"
)

// datasetKind is a dataset, whose examples are under its key: those of the draft in its own
// record, those of versions in theirs.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/datasets-encryption.html
func datasetKind() *kind {
	return &kind{
		noun: "Dataset", plural: "Datasets", path: "dataset/", without: []string{"GetDataset", "DeleteDataset"},
		in: "datasetId", out: "datasetId", arn: "datasetArn", title: "datasetName", id: mixedID, ready: "ACTIVE", update: merges,
		key:     keyUse{typ: "AWS::BedrockAgentCore::Dataset", slot: "examples", member: "kmsKeyArn"},
		content: contentUse{members: []string{"examples"}, from: []string{}, write: "write", also: []string{"create"}, read: "read", hidden: true},
		made: func(ctx context.Context, r *emulate.Request, n *draft) error {
			n.members["datasetVersion"], n.members["draftStatus"] = draftVersion, "MODIFIED"
			delete(n.members, "source")
			return addExamples(ctx, r, n)
		},
		gone: func(tx *records.Tx, _ *emulate.Request, rec *records.Record) { dropParts(tx, rec, datasetVersion) },
	}
}

func datasetOperations() operations {
	k := datasetKind()
	return operations{
		"GetDataset":            {Resource: k.resource, Do: getDataset},
		"DeleteDataset":         {Resource: k.resource, Do: deleteDataset},
		"CreateDatasetVersion":  {Resource: k.resource, Do: createDatasetVersion},
		"ListDatasetVersions":   {Resource: k.resource, Do: listDatasetVersions},
		"ListDatasetExamples":   {Resource: k.resource, Do: listExamples},
		"AddDatasetExamples":    {Resource: k.resource, Do: editExamples(addExamples)},
		"UpdateDatasetExamples": {Resource: k.resource, Do: editExamples(replaceExamples)},
		"DeleteDatasetExamples": {Resource: k.resource, Do: editExamples(deleteExamples)},
	}
}

// An example is kept as its JSON, with its id in the member that requests and answers have.
const exampleID = "exampleId"

func example(id string, document any) (wire.Object, error) {
	text, err := json.Marshal(document)
	return wire.Object{exampleID: id, "json": string(text)}, err
}

// exampleAnswer is an example as answers have it.
func exampleAnswer(kept wire.Object) any {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(kept.Text("json")), &members) != nil || members == nil {
		return json.RawMessage(kept.Text("json"))
	}
	members[exampleID], _ = json.Marshal(kept.Text(exampleID)) // a string always can be
	return members
}

// given are the examples of a source.
func given(ctx context.Context, r *emulate.Request) ([]any, error) {
	if in := r.In.Object("source.inlineExamples"); in != nil {
		return in.List("examples"), nil
	}
	uri := r.In.Text("source.s3Source.s3Uri")
	if uri == "" {
		return nil, nil
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	out, err := r.Service.Invoke(ctx, r.Call, r.Caller, principal, nil, "s3", "GetObject", wire.Object{"Bucket": bucket, "Key": key})
	if err != nil {
		return nil, err
	}
	var all []any
	for line := range bytes.Lines(out.Blob("Body")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var document any
		if json.Unmarshal(line, &document) != nil {
			return nil, r.Fail("ValidationException", "Line %d of %s is no JSON.", len(all)+1, uri)
		}
		all = append(all, document)
	}
	return all, nil
}

// addExamples adds those of the request to a draft.
func addExamples(ctx context.Context, r *emulate.Request, n *draft) error {
	documents, err := given(ctx, r)
	if err != nil {
		return err
	}
	all := slices.Clone(n.old.List("examples"))
	ids := []any{}
	for _, d := range documents {
		id := r.Service.UUID()
		e, err := example(id, d)
		if err != nil {
			return err
		}
		all, ids = append(all, e), append(ids, id)
	}
	n.members["examples"], n.members["exampleCount"] = append([]any{}, all...), int64(len(all))
	n.answer = wire.Object{"addedCount": int64(len(ids)), "exampleIds": ids}
	return nil
}

func replaceExamples(_ context.Context, r *emulate.Request, n *draft) error {
	all := slices.Clone(n.old.List("examples"))
	for _, d := range r.In.List("examples") {
		id := idIn(d)
		i := exampleAt(all, id)
		if i < 0 {
			return r.Fail("ValidationException", "Example '%s' was not found.", id)
		}
		e, err := example(id, d)
		if err != nil {
			return err
		}
		all[i] = e
	}
	n.members["examples"] = all
	n.answer = wire.Object{"updatedCount": int64(len(r.In.List("examples")))}
	return nil
}

func deleteExamples(_ context.Context, r *emulate.Request, n *draft) error {
	all := slices.Clone(n.old.List("examples"))
	for _, id := range r.In.Texts("exampleIds") {
		i := exampleAt(all, id)
		if i < 0 {
			return r.Fail("ValidationException", "Example '%s' was not found.", id)
		}
		all = slices.Delete(all, i, i+1)
	}
	n.members["examples"], n.members["exampleCount"] = append([]any{}, all...), int64(len(all))
	n.answer = wire.Object{"deletedCount": int64(len(r.In.Texts("exampleIds")))}
	return nil
}

func exampleAt(all []any, id string) int {
	return slices.IndexFunc(all, func(v any) bool {
		e, _ := v.(wire.Object)
		return e.Text(exampleID) == id
	})
}

// idIn is the id in an example of a request.
func idIn(document any) string {
	text, _ := json.Marshal(document) // it came as JSON
	var of struct {
		ID string `json:"exampleId"`
	}
	_ = json.Unmarshal(text, &of) // what has none has an empty one
	return of.ID
}

// editExamples is an operation that changes the examples of the draft.
func editExamples(edit func(context.Context, *emulate.Request, *draft) error) func(context.Context, *emulate.Request) (wire.Object, error) {
	return func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
		k := datasetKind()
		rec, err := k.find(r)
		if err != nil {
			return nil, err
		}
		if err := k.settled(r, rec, "updated"); err != nil {
			return nil, err
		}
		content, err := k.open(ctx, r, rec, nil)
		if err != nil {
			return nil, err
		}
		n := &draft{id: rec.ID, arn: rec.Doc.Text(k.arn), old: rec.Doc.With(content)}
		n.members = n.old.With(wire.Object{"draftStatus": "MODIFIED"})
		if err := edit(ctx, r, n); err != nil {
			return nil, err
		}
		next := rec.Change(r.Service.Now(), nil)
		k.content.also = nil // the caller's rights were asked for when it was made
		if err := k.seal(ctx, r, next, n); err != nil {
			return nil, err
		}
		out, err := k.put(ctx, r, rec, next, n)
		return out.With(n.answer), err
	}
}

// datasetAt is the record of the version that a request names: the draft's is the dataset's.
func datasetAt(r *emulate.Request) (dataset, version *records.Record, err error) {
	if dataset, err = datasetKind().find(r); err != nil {
		return nil, nil, err
	}
	name := r.In.Text("datasetVersion")
	if name == "" || name == draftVersion {
		return dataset, dataset, nil
	}
	if version = r.Service.Records.Get(r.Key(datasetVersion, dataset.ID+"/"+name)); version == nil {
		return nil, nil, r.Fail("ResourceNotFoundException", "Version %s of Dataset '%s' was not found.", name, dataset.ID)
	}
	return dataset, version, nil
}

// getDataset shows a dataset without the presigned URL of its examples.
func getDataset(_ context.Context, r *emulate.Request) (wire.Object, error) {
	dataset, version, err := datasetAt(r)
	if err != nil {
		return nil, err
	}
	o := dataset.Doc.With(version.Doc.Pick("datasetVersion", "exampleCount")).With(times(version))
	if tags := r.Service.Tags(dataset.Doc.Text("datasetArn")); tags != nil {
		o["tags"] = wire.Of(tags)
	}
	return o, nil
}

func deleteDataset(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	dataset, version, err := datasetAt(r)
	if err != nil {
		return nil, err
	}
	if version == dataset {
		return datasetKind().remove(ctx, r)
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Delete(version.Key)
		return nil
	})
	return dataset.Doc.With(version.Doc.Pick("datasetVersion")).With(wire.Object{"status": "DELETING", "updatedAt": r.Service.Now()}), err
}

// createDatasetVersion publishes the draft as the next version.
func createDatasetVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	k := datasetKind()
	rec, err := k.find(r)
	if err != nil {
		return nil, err
	}
	if err := k.settled(r, rec, "updated"); err != nil {
		return nil, err
	}
	content, err := k.open(ctx, r, rec, nil)
	if err != nil {
		return nil, err
	}
	last := rec.Doc.Int("lastVersion") + 1
	version := &records.Record{Key: r.Key(datasetVersion, rec.ID+"/"+strconv.FormatInt(last, 10))}
	n := &draft{id: rec.ID, arn: rec.Doc.Text(k.arn), members: rec.Doc.With(content).With(wire.Object{"datasetVersion": strconv.FormatInt(last, 10)}).Without("lastVersion", "draftStatus")}
	k.content.also = nil
	if err := k.seal(ctx, r, version, n); err != nil {
		return nil, err
	}
	next := rec.Change(r.Service.Now(), wire.Object{"lastVersion": last, "draftStatus": "UNMODIFIED"})
	out, err := k.put(ctx, r, rec, next, &draft{more: []*records.Record{version}})
	return out.With(version.Doc.Pick("datasetVersion")), err
}

func listDatasetVersions(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := datasetKind().find(r)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, v := range r.List(datasetVersion) {
		if within(v) == rec.ID+"/" {
			items = append(items, v.Doc.Pick("datasetVersion", "exampleCount").With(times(v)))
		}
	}
	return r.Page(items, pageSize, "ValidationException")
}

// mostExamples is the largest page of examples.
const mostExamples = 1000

func listExamples(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	dataset, version, err := datasetAt(r)
	if err != nil {
		return nil, err
	}
	content, err := datasetKind().open(ctx, r, version, nil)
	if err != nil {
		return nil, err
	}
	page, err := r.Page(content.Objects("examples"), mostExamples, "ValidationException")
	if err != nil {
		return nil, err
	}
	shown := []any{}
	for _, e := range page.Objects("examples") {
		shown = append(shown, exampleAnswer(e))
	}
	return page.With(dataset.Doc.Pick("datasetArn", "datasetId")).With(version.Doc.Pick("datasetVersion")).With(wire.Object{"examples": shown}), nil
}
