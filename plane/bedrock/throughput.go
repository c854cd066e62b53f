package bedrock

import (
	"context"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var throughputs = collection{
	kind: "provisioned-model", noun: "provisioned throughput", arn: "provisionedModelArn", name: "provisionedModelName", status: "status",
	created: "creationTime", updated: "lastModifiedTime",
	summary: []string{
		"provisionedModelName", "provisionedModelArn", "modelArn", "desiredModelArn", foundationOf, "modelUnits", "desiredModelUnits", "status",
		"commitmentDuration", "commitmentExpirationTime", "creationTime", "lastModifiedTime",
	},
	equals: map[string]string{"statusEquals": "status", "modelArnEquals": "modelArn"},
}

// provisioning are the operations of provisioned throughput.
func provisioning() operations {
	const member = "provisionedModelId"
	return operations{
		"CreateProvisionedModelThroughput": {Action: emulate.ByItself, Do: createThroughput},
		"GetProvisionedModelThroughput":    throughputs.get(member),
		"ListProvisionedModelThroughputs":  throughputs.list(),
		"UpdateProvisionedModelThroughput": {Resource: throughputs.resource(member), Do: updateThroughput},
		"DeleteProvisionedModelThroughput": throughputs.remove(member, committed),
	}
}

// provisionable is the model of an identifier, with the foundation model that it comes from.
func provisionable(r *emulate.Request, identifier string) (model, foundation string, err error) {
	if rec := customModels.find(r, identifier); rec != nil && rec.Doc.Has(foundationOf) {
		return rec.Doc.Text("modelArn"), rec.Doc.Text(foundationOf), nil
	}
	id := idOf(identifier)
	if foundationByID(withoutWindow(id)) == nil {
		return "", "", r.Fail("ResourceNotFoundException", "The model %s does not exist.", identifier)
	}
	return modelARN(r, id), modelARN(r, id), nil
}

func createThroughput(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	model, foundation, err := provisionable(r, r.In.Text("modelId"))
	if err != nil {
		return nil, err
	}
	units := r.In.Int("modelUnits")
	rec := throughputs.make(r, "", r.In.Pick("provisionedModelName", "modelUnits", "commitmentDuration").With(wire.Object{
		"desiredModelUnits": units, "modelArn": model, "desiredModelArn": model, foundationOf: foundation, "status": "Creating",
	}))
	arn, tags := rec.Doc.Text("provisionedModelArn"), r.TagsIn("tags")
	if err := allowAll(ctx, r, "CreateProvisionedModelThroughput", []string{model}, arn, tags); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := throughputs.free(r, tx, r.In.Text("provisionedModelName")); err != nil {
			return r.Fail("ValidationException", "The provisioned throughput %s exists already.", r.In.Text("provisionedModelName"))
		}
		tx.Put(becomes(r, rec, wire.Object{"status": "InService"}))
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return rec.Doc.Pick("provisionedModelArn"), err
}

// updateThroughput changes the name, or the model to another one of the same foundation model.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_UpdateProvisionedModelThroughput.html
func updateThroughput(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := throughputs.named(r, "provisionedModelId")
	if err != nil {
		return nil, err
	}
	change, settled := wire.Object{}, wire.Object{}
	if name := r.In.Text("desiredProvisionedModelName"); name != "" {
		change["provisionedModelName"] = name
	}
	if id := r.In.Text("desiredModelId"); id != "" {
		model, foundation, err := provisionable(r, id)
		if err != nil {
			return nil, err
		}
		if withoutWindow(idOf(foundation)) != withoutWindow(idOf(rec.Doc.Text(foundationOf))) {
			return nil, r.Fail("ValidationException", "The model %s does not come from the foundation model of the provisioned throughput.", id)
		}
		change["desiredModelArn"], change["status"] = model, "Updating"
		settled = wire.Object{"modelArn": model, "status": "InService"}
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		if now == nil {
			return throughputs.missing(r, rec.ID)
		}
		if err := throughputs.changing(r, now); err != nil {
			return r.Fail("ValidationException", "The provisioned throughput is in the status %s. Retry when it is InService.", now.Doc.Text("status"))
		}
		tx.Put(becomes(r, now.Change(tx.Now(), change), settled))
		return nil
	})
}

// commitments are how long throughput cannot be deleted.
var commitments = map[string]time.Duration{"OneMonth": 30 * 24 * time.Hour, "SixMonths": 180 * 24 * time.Hour}

// committed refuses to delete throughput before its commitment is over; the text is unconfirmed.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_DeleteProvisionedModelThroughput.html
func committed(r *emulate.Request, rec *records.Record) error {
	if err := throughputs.changing(r, rec); err != nil {
		return err
	}
	if until := rec.Created.Add(commitments[rec.Doc.Text("commitmentDuration")]); r.Service.Now().Before(until) {
		return r.Fail("ConflictException", "The provisioned throughput cannot be deleted before its commitment ends.")
	}
	return nil
}
