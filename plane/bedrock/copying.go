package bedrock

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var copyJobs = collection{
	kind: "model-copy-job", noun: "model copy job", arn: "jobArn", name: "targetModelName", status: "status", created: "creationTime",
	summary: []string{
		"jobArn", "status", "creationTime", "targetModelArn", "targetModelName", "sourceAccountId", "sourceModelArn", "targetModelKmsKeyArn",
		"targetModelTags", "failureMessage", "sourceModelName",
	},
	equals: map[string]string{"statusEquals": "status", "sourceAccountEquals": "sourceAccountId", "sourceModelArnEquals": "sourceModelArn"},
}

// copying are the operations of model copy jobs. Models of other accounts cannot be copied:
// the plane does not share models.
func copying() operations {
	return operations{
		"CreateModelCopyJob": {Action: emulate.ByItself, Do: createCopy},
		"GetModelCopyJob":    copyJobs.get("jobArn"),
		"ListModelCopyJobs":  copyJobs.list(),
	}
}

// createCopy copies a model of any Region of the account into that of the request: the
// artifacts are decrypted under the key of the source as the caller, and sealed under the
// target's.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/copy-model.html
func createCopy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	from := r.In.Text("sourceModelArn")
	source := modelOf(r, from)
	if source == nil || source.Kind != customModels.kind {
		return nil, customModels.missing(r, from)
	}
	resource, _ := strings.CutPrefix(from[strings.Index(from, ":"+customModels.kind+"/"):], ":"+customModels.kind+"/")
	path, _ := strings.CutSuffix(resource, source.ID)
	model := customModels.make(r, path, source.Doc.Without("modelArn", "modelKmsKeyArn").With(wire.Object{"modelName": r.In.Text("targetModelName"), pending: true}))
	target := model.Doc.Text("modelArn")
	tags := r.TagsIn("targetModelTags")
	if err := allowAll(ctx, r, "CreateModelCopyJob", []string{from, target}, target, tags); err != nil {
		return nil, err
	}
	job := copyJobs.make(r, "", wire.Object{
		"status": "InProgress", "targetModelArn": target, "targetModelName": r.In.Text("targetModelName"),
		"sourceAccountId": source.Account, "sourceModelArn": from, "sourceModelName": source.Doc.Text("modelName"),
	}.With(r.In.Pick("targetModelTags")))
	there := *r.Call
	there.Region = source.Region
	content, err := (&emulate.Request{Call: &there, Service: r.Service, In: r.In}).OpenObject(ctx, modelSubject(source), source.Sealed[artifacts], "use")
	if err != nil {
		return nil, err
	}
	if err := sealModel(ctx, r, model, r.In.Text("modelKmsKeyId"), content); err != nil {
		return nil, err
	}
	if model.Doc.Has("modelKmsKeyArn") {
		job.Doc["targetModelKmsKeyArn"] = model.Doc["modelKmsKeyArn"]
	}
	var failed error
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		// The operation has no code for this: it is the job that fails.
		if failed = roomForModel(r, tx, r.In.Text("targetModelName")); failed != nil {
			tx.Put(becomes(r, job, wire.Object{"status": "Failed", "failureMessage": failed.Error()}))
			return nil
		}
		tx.Put(becomes(r, job, wire.Object{"status": "Completed"}))
		tx.Put(becomes(r, model, wire.Object{pending: nil}))
		emulate.PutTags(tx, target, tags)
		return nil
	})
	if err != nil || failed != nil {
		retireModel(ctx, r, model)
	}
	if err != nil {
		return nil, err
	}
	return job.Doc.Pick("jobArn"), nil
}

// modelOf is the custom or imported model of an ARN of the caller's account, in any Region; nil:
// there is none.
func modelOf(r *emulate.Request, identifier string) *records.Record {
	a, err := arn.Parse(identifier)
	if err != nil || a.Account != r.Account {
		return nil
	}
	for _, c := range []*collection{&customModels, &importedModels} {
		if rec := r.Service.Records.Get(c.key(a.Account, a.Region, idOf(identifier))); rec != nil && rec.Doc.Text("modelArn") == identifier && !rec.Doc.Bool(pending) {
			return rec
		}
	}
	return nil
}
