package bedrock

import (
	"cmp"
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var customizationJobs = collection{
	kind: "model-customization-job", noun: "model customization job", arn: "jobArn", name: "jobName", status: "status",
	created: "creationTime", updated: "lastModifiedTime", ended: "endTime",
	summary: []string{"jobArn", "baseModelArn", "jobName", "status", "lastModifiedTime", "creationTime", "endTime", "outputModelArn", "outputModelName", "customizationType"},
	renamed: map[string]string{"outputModelArn": "customModelArn", "outputModelName": "customModelName"},
	equals:  map[string]string{"statusEquals": "status"},
}

// customizing are the operations of model customization jobs.
func customizing() operations {
	return operations{
		"CreateModelCustomizationJob": {Action: emulate.ByItself, Do: createCustomization},
		"GetModelCustomizationJob":    customizationJobs.get("jobIdentifier"),
		"ListModelCustomizationJobs":  customizationJobs.list(),
		"StopModelCustomizationJob":   {Resource: customizationJobs.resource("jobIdentifier"), Do: stopCustomization},
	}
}

// base is the model that a job customizes: a foundation model that can be, or a custom model.
type base struct {
	*foundation
	arn string
}

func baseOf(r *emulate.Request, identifier string) (*base, error) {
	if rec := customModels.find(r, identifier); rec != nil && rec.Doc.Has(foundationOf) {
		return &base{foundationByID(withoutWindow(idOf(rec.Doc.Text(foundationOf)))), rec.Doc.Text("modelArn")}, nil
	}
	id := idOf(identifier)
	m := foundationByID(withoutWindow(id))
	if m == nil {
		return nil, r.Fail("ValidationException", "The provided model identifier is invalid.")
	}
	if !m.customizable {
		return nil, r.Fail("ValidationException", "The model %s cannot be customized.", id)
	}
	return &base{m, modelARN(r, id)}, nil
}

// foundationARN is that of the foundation model below a base.
func (b *base) foundationARN(r *emulate.Request) string {
	if strings.Contains(b.arn, ":"+customModels.kind+"/") {
		return b.foundation.arn(r)
	}
	return b.arn
}

// createCustomization reads the training data as the role, and makes the model that is there
// when the job is done. The model is an echo as its base is: nothing is trained, and the file
// of metrics says so by having no steps. That the job fails when the role cannot use its
// buckets, and the request when the caller cannot use the key, is unconfirmed.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html
func createCustomization(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	from, err := baseOf(r, r.In.Text("baseModelIdentifier"))
	if err != nil {
		return nil, err
	}
	path := idOf(from.foundationARN(r))
	model := customModels.make(r, path+"/", r.In.Pick("trainingDataConfig", "validationDataConfig", "outputDataConfig", "hyperParameters", "customizationConfig"))
	job := customizationJobs.make(r, path+"/", r.In.Pick("jobName", "clientRequestToken", "roleArn", "trainingDataConfig", "validationDataConfig", "outputDataConfig", "hyperParameters", "vpcConfig", "customizationConfig"))
	arn, jobARN := model.Doc.Text("modelArn"), job.Doc.Text("jobArn")
	jobTags, modelTags := r.TagsIn("jobTags"), r.TagsIn("customModelTags")
	if err := allowAll(ctx, r, "CreateModelCustomizationJob", []string{from.arn, arn}, jobARN, jobTags); err != nil {
		return nil, err
	}
	if err := allowAll(ctx, r, "CreateModelCustomizationJob", nil, arn, modelTags); err != nil {
		return nil, err
	}
	who, err := jobRole(ctx, r, jobARN)
	if err != nil {
		return nil, err
	}
	if err := customizationJobs.free(r, r.Service.Records, r.In.Text("jobName")); err != nil {
		return nil, err
	}
	if err := roomForModel(r, r.Service.Records, r.In.Text("customModelName")); err != nil {
		return nil, err
	}
	typ := cmp.Or(r.In.Text("customizationType"), "FINE_TUNING")
	model.Doc = model.Doc.With(wire.Object{
		"modelName": r.In.Text("customModelName"), "jobName": r.In.Text("jobName"), "jobArn": jobARN, "baseModelArn": from.arn, "baseModelName": from.id,
		foundationOf: from.foundationARN(r), "customizationType": typ, "modelStatus": "Active", "ownerAccountId": r.Account, pending: true,
	})
	job.Doc = job.Doc.With(wire.Object{"outputModelName": r.In.Text("customModelName"), "baseModelArn": from.arn, "customizationType": typ, "status": "InProgress", "model": model.ID})
	if !job.Doc.Has("validationDataConfig") {
		job.Doc["validationDataConfig"] = wire.Object{"validators": []any{}}
	}
	digests, failed := train(ctx, r, who, job.ID)
	if err := sealModel(ctx, r, model, r.In.Text("customModelKmsKeyId"), wire.Object{"model": from.id, "speaks": from.speaks, "files": digests}); err != nil {
		return nil, err
	}
	if model.Doc.Has("modelKmsKeyArn") {
		job.Doc["outputModelKmsKeyArn"] = model.Doc["modelKmsKeyArn"]
	}
	made := &making{jobs: &customizationJobs, job: job, model: model, jobTags: jobTags, modelTags: modelTags}
	return made.put(ctx, r, wire.Object{"outputModelArn": arn}, failed, func(tx *records.Tx) error { return roomForModel(r, tx, r.In.Text("customModelName")) })
}

// metricsHeader is the first line of the file of metrics.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-analyze.html
const metricsHeader = "step_number,epoch_number,training_loss,perplexity\n"

// train reads the data of a job, and writes the file of metrics. It returns the digests of
// the data.
func train(ctx context.Context, r *emulate.Request, who *plane.Caller, job string) (wire.Object, error) {
	uris := []string{r.In.Text("trainingDataConfig.s3Uri")}
	if uri := r.In.Text("trainingDataConfig.invocationLogsConfig.invocationLogSource.s3Uri"); uri != "" {
		uris[0] = uri
	}
	for _, v := range r.In.Objects("validationDataConfig.validators") {
		uris = append(uris, v.Text("s3Uri"))
	}
	out := wire.Object{}
	for _, uri := range uris {
		from := placeOf(r, who, uri)
		if from.key == "" || strings.HasSuffix(from.key, "/") {
			files, err := from.digests(ctx)
			if err != nil {
				return nil, err
			}
			out[uri] = files
			continue
		}
		b, err := from.get(ctx, from.key)
		if err != nil {
			return nil, err
		}
		out[uri] = digest(b)
	}
	to := placeOf(r, who, r.In.Text("outputDataConfig.s3Uri"))
	return out, to.put(ctx, "model-customization-job-"+job+"/training_artifacts/step_wise_training_metrics.csv", []byte(metricsHeader), "")
}

// making is a job with the model that it makes.
type making struct {
	jobs               *collection
	job, model         *records.Record
	jobTags, modelTags map[string]string
}

// put keeps both. When the statuses settle, the model is there and the job says so, with set;
// or the job has failed and there is no model. fits refuses a model.
func (m *making) put(ctx context.Context, r *emulate.Request, set wire.Object, failed error, fits func(tx *records.Tx) error) (wire.Object, error) {
	if failed != nil {
		retireModel(ctx, r, m.model)
		set = wire.Object{"status": "Failed", "failureMessage": failed.Error()}
	} else {
		set = set.With(wire.Object{"status": "Completed"})
	}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := m.jobs.free(r, tx, m.job.Doc.Text(m.jobs.name)); err != nil {
			return err
		}
		if err := fits(tx); err != nil {
			return err
		}
		tx.Put(becomes(r, m.job, set))
		emulate.PutTags(tx, m.job.Doc.Text(m.jobs.arn), m.jobTags)
		if failed == nil {
			tx.Put(becomes(r, m.model, wire.Object{pending: nil}))
			emulate.PutTags(tx, m.model.Doc.Text("modelArn"), m.modelTags)
		}
		return nil
	})
	if err != nil {
		retireModel(ctx, r, m.model)
		return nil, err
	}
	return m.job.Doc.Pick("jobArn"), nil
}

func stopCustomization(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	job, err := customizationJobs.named(r, "jobIdentifier")
	if err != nil {
		return nil, err
	}
	if err := customizationJobs.stop(ctx, r, job); err != nil {
		return nil, err
	}
	model := r.Service.Records.Get(customModels.key(job.Account, job.Region, job.Doc.Text("model")))
	if model == nil {
		return nil, nil // the job would have failed
	}
	retireModel(ctx, r, model)
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		customModels.forget(tx, model)
		return nil
	})
}

// stop stops a job. One that has ended is refused; the text is unconfirmed.
func (c *collection) stop(ctx context.Context, r *emulate.Request, job *records.Record) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(job.Key)
		if now == nil {
			return c.missing(r, job.Doc.Text(c.arn))
		}
		if status := now.Doc.Text(c.status); status == "Stopping" || over(status) {
			return r.Fail("ConflictException", "The %s %s is in the status %s and cannot be stopped.", c.noun, now.Doc.Text(c.arn), status)
		}
		tx.Put(becomes(r, now.Change(tx.Now(), wire.Object{c.status: "Stopping"}), wire.Object{c.status: "Stopped"}))
		return nil
	})
}
