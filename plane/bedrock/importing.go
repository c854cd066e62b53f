package bedrock

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var importedModels = collection{
	kind: "imported-model", noun: "imported model", arn: "modelArn", name: "modelName", created: "creationTime",
	summary: []string{"modelArn", "modelName", "creationTime", "instructSupported", "modelArchitecture"},
}

var importJobs = collection{
	kind: "model-import-job", noun: "model import job", arn: "jobArn", name: "jobName", status: "status",
	created: "creationTime", updated: "lastModifiedTime", ended: "endTime",
	summary: []string{"jobArn", "jobName", "status", "lastModifiedTime", "creationTime", "endTime", "importedModelArn", "importedModelName"},
	equals:  map[string]string{"statusEquals": "status"},
}

// mostImportedModels of an account and Region.
// Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const mostImportedModels = 3

// importing are the operations of model import jobs and imported models.
func importing() operations {
	return operations{
		"CreateModelImportJob": {Action: emulate.ByItself, Do: createImport},
		"GetModelImportJob":    importJobs.get("jobIdentifier"),
		"ListModelImportJobs":  importJobs.list(),
		"GetImportedModel":     importedModels.get("modelIdentifier"),
		"ListImportedModels":   importedModels.list(),
		"DeleteImportedModel":  {Resource: importedModels.resource("modelIdentifier"), Do: deleteImportedModel},
	}
}

// architectures are those that the plane knows a form of bodies for, a few of those of AWS.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-import-model.html
var architectures = map[string]string{"LlamaForCausalLM": "llama", "MistralForCausalLM": "mistral", "MixtralForCausalLM": "mistral"}

// createImport reads the files of a model as the role. What is in the way of that fails the
// job; the texts are unconfirmed.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-import-model.html
func createImport(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	model := importedModels.make(r, "", r.In.Pick("modelDataSource"))
	job := importJobs.make(r, "", r.In.Pick("jobName", "importedModelName", "roleArn", "modelDataSource", "vpcConfig"))
	arn, jobARN := model.Doc.Text("modelArn"), job.Doc.Text("jobArn")
	jobTags, modelTags := r.TagsIn("jobTags"), r.TagsIn("importedModelTags")
	if err := allowAll(ctx, r, "CreateModelImportJob", []string{"*"}, jobARN, jobTags); err != nil {
		return nil, err
	}
	if err := allowAll(ctx, r, "CreateModelImportJob", nil, arn, modelTags); err != nil {
		return nil, err
	}
	who, err := jobRole(ctx, r, jobARN)
	if err != nil {
		return nil, err
	}
	if err := importJobs.free(r, r.Service.Records, r.In.Text("jobName")); err != nil {
		return nil, err
	}
	model.Doc = model.Doc.With(wire.Object{"modelName": r.In.Text("importedModelName"), "jobName": r.In.Text("jobName"), "jobArn": jobARN, pending: true})
	job.Doc["status"] = "InProgress"
	content, failed := readModel(ctx, placeOf(r, who, r.In.Text("modelDataSource.s3DataSource.s3Uri")), model)
	if err := sealModel(ctx, r, model, r.In.Text("importedModelKmsKeyId"), content); err != nil {
		return nil, err
	}
	if model.Doc.Has("modelKmsKeyArn") {
		job.Doc["importedModelKmsKeyArn"] = model.Doc["modelKmsKeyArn"]
	}
	made := &making{jobs: &importJobs, job: job, model: model, jobTags: jobTags, modelTags: modelTags}
	return made.put(ctx, r, wire.Object{"importedModelArn": arn}, failed, func(tx *records.Tx) error {
		if len(tx.List(control, importedModels.kind, r.Account, r.Region)) >= mostImportedModels {
			return r.Fail("ServiceQuotaExceededException", "The number of imported models exceeds the quota of %d.", mostImportedModels)
		}
		return importedModels.free(r, tx, r.In.Text("importedModelName"))
	})
}

// readModel reads the files of a model in the format of Hugging Face, and says of the model
// what they say.
func readModel(ctx context.Context, from *place, model *records.Record) (wire.Object, error) {
	digests, err := from.digests(ctx)
	if err != nil {
		return nil, err
	}
	var config struct{ Architectures []string }
	if err := from.json(ctx, "config.json", &config); err != nil {
		return nil, err
	}
	if len(config.Architectures) == 0 || architectures[config.Architectures[0]] == "" {
		return nil, fmt.Errorf("the local plane has no models of the architectures %s", strings.Join(config.Architectures, ", "))
	}
	architecture := config.Architectures[0]
	var tokenizer struct {
		ChatTemplate any `json:"chat_template"`
	}
	if digests[from.folder()+"tokenizer_config.json"] != nil {
		if err := from.json(ctx, "tokenizer_config.json", &tokenizer); err != nil {
			return nil, err
		}
	}
	model.Doc["modelArchitecture"], model.Doc["instructSupported"] = architecture, tokenizer.ChatTemplate != nil
	return wire.Object{"speaks": architectures[architecture], "files": digests}, nil
}

// json reads a file of JSON in the folder.
func (p *place) json(ctx context.Context, name string, into any) error {
	b, err := p.get(ctx, p.folder()+name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s is not JSON: %w", name, err)
	}
	return nil
}

func deleteImportedModel(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := importedModels.named(r, "modelIdentifier")
	if err != nil {
		return nil, err
	}
	return nil, deleteModel(ctx, r, &importedModels, rec)
}
