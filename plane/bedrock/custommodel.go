package bedrock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var customModels = collection{
	kind: "custom-model", noun: "custom model", arn: "modelArn", name: "modelName", status: "modelStatus", created: "creationTime",
	summary: []string{"modelArn", "modelName", "creationTime", "baseModelArn", "baseModelName", "customizationType", "ownerAccountId", "modelStatus"},
	equals:  map[string]string{"baseModelArnEquals": "baseModelArn", "foundationModelArnEquals": foundationOf, "modelStatus": "modelStatus"},
}

// foundationOf is the member of a model with the ARN of the foundation model that it comes from.
const foundationOf = "foundationModelArn"

// mostCustomModels of an account and Region.
// Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const mostCustomModels = 100

// customModelOperations are the operations of custom models.
func customModelOperations() operations {
	return operations{
		"CreateCustomModel": {Action: emulate.ByItself, Do: createCustomModel},
		"GetCustomModel":    customModels.get("modelIdentifier"),
		"ListCustomModels":  {Do: listCustomModels},
		"DeleteCustomModel": {Resource: customModels.resource("modelIdentifier"), Do: deleteCustomModel},
	}
}

// artifacts are what is sealed of a model: the parameters of its inference. The plane's models
// are echoes; what they were trained with is known by its digest.
const artifacts = "model"

// Types of models in the catalogue.
const (
	customType   = "AWS::Bedrock::CustomModel"
	importedType = "AWS::Bedrock::ImportedModel"
)

// modelSubject is what the key of a model protects.
func modelSubject(rec *records.Record) *behalf.Subject {
	typ := customType
	if rec.Kind == importedModels.kind {
		typ = importedType
	}
	return &behalf.Subject{Type: typ, Slot: artifacts, ARN: rec.Doc.Text("modelArn"), ID: rec.ID, Account: rec.Account, Region: rec.Region, Service: principal}
}

// sealModel puts the artifacts of a model under a key, which the model then names.
func sealModel(ctx context.Context, r *emulate.Request, rec *records.Record, key string, content wire.Object) error {
	sealed, err := r.SealObject(ctx, modelSubject(rec), key, "create", content)
	if err != nil {
		return err
	}
	rec.Sealed = map[string]*records.Sealed{artifacts: sealed}
	if sealed.Key != "" {
		rec.Doc["modelKmsKeyArn"] = sealed.Key
	}
	return nil
}

// retireModel retires the grant of a model. A key that is gone has none.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html
func retireModel(ctx context.Context, r *emulate.Request, rec *records.Record) {
	_ = r.Service.Keys.Retire(ctx, r.Call, modelSubject(rec), rec.Sealed[artifacts])
}

// digests are the digests of the objects in a folder, by their keys.
func (p *place) digests(ctx context.Context) (wire.Object, error) {
	keys, err := p.list(ctx)
	if err != nil {
		return nil, err
	}
	out := wire.Object{}
	for _, key := range keys {
		b, err := p.get(ctx, key)
		if err != nil {
			return nil, err
		}
		out[key] = digest(b)
	}
	return out, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// createCustomModel makes a model of the artifacts of an Amazon Nova model that was trained
// elsewhere. That they are read as the caller where no role is given is unconfirmed.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateCustomModel.html
func createCustomModel(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	tags := r.TagsIn("modelTags")
	rec := customModels.make(r, "imported/", wire.Object{"modelName": r.In.Text("modelName"), "customizationType": "IMPORTED", "modelStatus": "Creating", "ownerAccountId": r.Account})
	if err := allowAll(ctx, r, "CreateCustomModel", []string{"*"}, rec.Doc.Text("modelArn"), tags); err != nil {
		return nil, err
	}
	uri := r.In.Text("modelSourceConfig.s3DataSource.s3Uri")
	if uri == "" {
		return nil, r.Fail("ValidationException", "The local plane makes custom models of artifacts in S3 only. Give modelSourceConfig.s3DataSource.")
	}
	who := r.Caller
	if r.In.Has("roleArn") {
		var err error
		if who, err = jobRole(ctx, r, rec.Doc.Text("modelArn")); err != nil {
			return nil, err
		}
	}
	set := wire.Object{"modelStatus": "Active"}
	files, err := placeOf(r, who, uri).digests(ctx)
	switch {
	case err != nil:
		set = wire.Object{"modelStatus": "Failed", "failureMessage": err.Error()}
	case len(files) == 0:
		set = wire.Object{"modelStatus": "Failed", "failureMessage": "There is nothing in " + uri + "."}
	}
	if err := sealModel(ctx, r, rec, r.In.Text("modelKmsKeyArn"), wire.Object{"speaks": "nova", "files": files}); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := roomForModel(r, tx, rec.Doc.Text("modelName")); err != nil {
			return err
		}
		tx.Put(becomes(r, rec, set))
		emulate.PutTags(tx, rec.Doc.Text("modelArn"), tags)
		return nil
	})
	if err != nil {
		retireModel(ctx, r, rec)
		return nil, err
	}
	return rec.Doc.Pick("modelArn"), nil
}

// roomForModel refuses a name that is taken, and one model too many.
func roomForModel(r *emulate.Request, in lister, name string) error {
	if len(in.List(control, customModels.kind, r.Account, r.Region)) >= mostCustomModels {
		return r.Fail("ServiceQuotaExceededException", "The number of custom models exceeds the quota of %d.", mostCustomModels)
	}
	return customModels.free(r, in, name)
}

// listCustomModels lists those of the account, which are all that the plane has.
func listCustomModels(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if r.In.Has("isOwned") && !r.In.Bool("isOwned") {
		return customModels.page(r, nil)
	}
	return customModels.page(r, customModels.all(r))
}

func deleteCustomModel(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := customModels.named(r, "modelIdentifier")
	if err != nil {
		return nil, err
	}
	return nil, deleteModel(ctx, r, &customModels, rec)
}

// deleteModel deletes a model that nothing serves, and retires its grant. The texts are
// unconfirmed.
func deleteModel(ctx context.Context, r *emulate.Request, of *collection, rec *records.Record) error {
	arn := rec.Doc.Text("modelArn")
	for _, c := range []*collection{&deployments, &throughputs} {
		for _, user := range c.all(r) {
			if user.Doc.Text("modelArn") == arn {
				return r.Fail("ConflictException", "The %s %s uses the model %s. Delete it first.", c.noun, user.Doc.Text(c.arn), arn)
			}
		}
	}
	retireModel(ctx, r, rec)
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		of.forget(tx, rec)
		return nil
	})
}

// withoutWindow is the id of a base model without the part that says how many tokens it takes:
// amazon.nova-lite-v1:0 of amazon.nova-lite-v1:0:300k.
func withoutWindow(id string) string {
	if at := strings.LastIndexByte(id, ':'); at >= 0 && strings.HasSuffix(id, "k") && strings.Count(id, ":") > 1 {
		return id[:at]
	}
	return id
}
