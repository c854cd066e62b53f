package bedrock

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// served is a custom or imported model that a request invokes.
type served struct {
	// arn is what the model is invoked by, and what that is authorized against: an imported
	// model, a deployment or provisioned throughput.
	arn   string
	model *records.Record
}

// servedBy is the custom or imported model that an identifier invokes; nil: it is none of
// those. A custom model is invoked by what serves it only; batch says that it is by a job,
// which takes the model itself.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-invoke.html
func servedBy(r *emulate.Request, identifier string, batch bool) (*target, error) {
	if !strings.HasPrefix(identifier, "arn:") {
		return nil, nil
	}
	for _, c := range []*collection{&deployments, &throughputs} {
		if !strings.Contains(identifier, ":"+c.kind+"/") {
			continue
		}
		by := c.find(r, identifier)
		if by == nil {
			return nil, c.missing(r, identifier)
		}
		if status := by.Doc.Text("status"); status != "Active" && status != "InService" && status != "Updating" {
			return nil, r.Fail("ModelNotReadyException", "The %s %s is in the status %s.", c.noun, identifier, status)
		}
		model := modelOf(r, by.Doc.Text("modelArn"))
		if model == nil {
			return &target{foundation: foundationByID(withoutWindow(idOf(by.Doc.Text("modelArn")))), served: &served{arn: identifier}}, nil
		}
		return servedTarget(identifier, model), nil
	}
	model := modelOf(r, identifier)
	switch {
	case model == nil:
		return nil, nil
	case model.Kind == customModels.kind && !batch:
		return nil, r.Fail("ValidationException", "Invocation of model ID %s with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.", identifier)
	case model.Kind == customModels.kind && model.Doc.Text("modelStatus") != "Active":
		return nil, r.Fail("ValidationException", "The custom model %s is in the status %s.", identifier, model.Doc.Text("modelStatus"))
	}
	return servedTarget(identifier, model), nil
}

// servedTarget is a target of which nothing but its name is known before [target.load].
func servedTarget(by string, model *records.Record) *target {
	return &target{foundation: &foundation{id: model.Doc.Text("modelArn"), name: model.Doc.Text("modelName")}, served: &served{by, model}}
}

// arn is that of the foundation model, or of what serves another one.
func (m *target) arn(r *emulate.Request) string {
	if m.served != nil {
		return m.served.arn
	}
	return m.foundation.arn(r)
}

// load decrypts the artifacts of a model as whoever invokes it: they say how it answers.
// Without its key there is no model.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-custom-job.html
func (m *target) load(ctx context.Context, r *emulate.Request) error {
	if m.served == nil || m.served.model == nil {
		return nil
	}
	rec := m.served.model
	content, err := r.OpenObject(ctx, modelSubject(rec), rec.Sealed[artifacts], "use")
	if err != nil {
		return err
	}
	m.speaks = content.Text("speaks")
	return nil
}

var deployments = collection{
	kind: "custom-model-deployment", noun: "custom model deployment", arn: "customModelDeploymentArn", name: "modelDeploymentName", status: "status",
	created: "createdAt", updated: "lastUpdatedAt",
	summary: []string{"customModelDeploymentArn", "modelDeploymentName", "modelArn", "createdAt", "status", "lastUpdatedAt"},
	renamed: map[string]string{"modelDeploymentName": "customModelDeploymentName"},
	equals:  map[string]string{"statusEquals": "status", "modelArnEquals": "modelArn"},
}

// deploying are the operations of custom model deployments.
func deploying() operations {
	const member = "customModelDeploymentIdentifier"
	return operations{
		"CreateCustomModelDeployment": {Action: emulate.ByItself, Do: createDeployment},
		"GetCustomModelDeployment":    deployments.get(member),
		"ListCustomModelDeployments":  deployments.list(),
		"UpdateCustomModelDeployment": {Resource: deployments.resource(member), Do: updateDeployment},
		"DeleteCustomModelDeployment": deployments.remove(member, deployments.changing),
	}
}

// changing refuses to delete what is being made or changed; the text is unconfirmed.
func (c *collection) changing(r *emulate.Request, rec *records.Record) error {
	switch status := rec.Doc.Text(c.status); status {
	case "Creating", "Updating":
		return r.Fail("ConflictException", "The %s %s is in the status %s. Retry when it is ready.", c.noun, rec.Doc.Text(c.arn), status)
	}
	return nil
}

func createDeployment(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec := deployments.make(r, "", r.In.Pick("modelDeploymentName", "modelArn", "description").With(wire.Object{"status": "Creating"}))
	arn, tags := rec.Doc.Text("customModelDeploymentArn"), r.TagsIn("tags")
	if err := allowAll(ctx, r, "CreateCustomModelDeployment", []string{r.In.Text("modelArn")}, arn, tags); err != nil {
		return nil, err
	}
	if _, err := deployable(r); err != nil {
		return nil, err
	}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := deployments.free(r, tx, r.In.Text("modelDeploymentName")); err != nil {
			return err
		}
		tx.Put(becomes(r, rec, wire.Object{"status": "Active"}))
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return rec.Doc.Pick("customModelDeploymentArn"), err
}

// deployable is the custom model that a request wants to deploy.
func deployable(r *emulate.Request) (*records.Record, error) {
	model := customModels.find(r, r.In.Text("modelArn"))
	switch {
	case model == nil:
		return nil, customModels.missing(r, r.In.Text("modelArn"))
	case model.Doc.Text("modelStatus") != "Active":
		return nil, r.Fail("ValidationException", "The custom model %s is in the status %s.", r.In.Text("modelArn"), model.Doc.Text("modelStatus"))
	}
	return model, nil
}

// updateDeployment has a deployment serve another model; the former one serves until then.
func updateDeployment(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := deployments.named(r, "customModelDeploymentIdentifier")
	if err != nil {
		return nil, err
	}
	model, err := deployable(r)
	if err != nil {
		return nil, err
	}
	arn := model.Doc.Text("modelArn")
	return rec.Doc.Pick("customModelDeploymentArn"), r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		if now == nil {
			return deployments.missing(r, rec.ID)
		}
		if now.Doc.Text("status") != "Active" || now.Doc.Text("updateDetails.updateStatus") == "Updating" {
			return r.Fail("ValidationException", "The custom model deployment %s is being made or updated. Retry when it is Active.", rec.Doc.Text("customModelDeploymentArn"))
		}
		next := now.Change(tx.Now(), wire.Object{"updateDetails": wire.Object{"modelArn": arn, "updateStatus": "Updating"}})
		tx.Put(becomes(r, next, wire.Object{"modelArn": arn, "updateDetails": wire.Object{"modelArn": arn, "updateStatus": "UpdateCompleted"}}))
		return nil
	})
}
