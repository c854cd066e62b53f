package bedrock

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var promptRouters = collection{
	kind: "prompt-router", noun: "prompt router", arn: "promptRouterArn", name: "promptRouterName", status: "status", created: "createdAt", updated: "updatedAt",
	summary: []string{"promptRouterName", "routingCriteria", "description", "createdAt", "updatedAt", "promptRouterArn", "models", "fallbackModel", "status", "type"},
	equals:  map[string]string{"type": "type"},
}

// routing are the operations of prompt routers. Nothing is routed: which model answers a
// prompt best is not something that the plane can tell, and it has no default routers.
func routing() operations {
	return operations{
		"CreatePromptRouter": {Action: emulate.ByItself, Do: createRouter},
		"GetPromptRouter":    promptRouters.get("promptRouterArn"),
		"ListPromptRouters":  promptRouters.list(),
		"DeletePromptRouter": promptRouters.remove("promptRouterArn", nil),
	}
}

// createRouter makes a router between models of the plane.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-routing.html
func createRouter(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec := promptRouters.make(r, "", r.In.Pick("promptRouterName", "models", "description", "routingCriteria", "fallbackModel").With(wire.Object{"status": "AVAILABLE", "type": "custom"}))
	arn, tags := rec.Doc.Text("promptRouterArn"), r.TagsIn("tags")
	var resources []string
	fallback := false
	for _, m := range r.In.Objects("models") {
		resources = append(resources, m.Text("modelArn"))
		fallback = fallback || m.Text("modelArn") == r.In.Text("fallbackModel.modelArn")
	}
	if err := allowAll(ctx, r, "CreatePromptRouter", resources, arn, tags); err != nil {
		return nil, err
	}
	for _, model := range resources {
		if !routable(r, model) {
			return nil, r.Fail("ValidationException", "The model %s does not exist.", model)
		}
	}
	if !fallback {
		return nil, r.Fail("ValidationException", "The fallback model must be one of the models of the prompt router.")
	}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := promptRouters.free(r, tx, r.In.Text("promptRouterName")); err != nil {
			return err
		}
		tx.Put(rec)
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return wire.Object{"promptRouterArn": arn}, err
}

// routable says whether an ARN is that of a foundation model or of an inference profile.
func routable(r *emulate.Request, model string) bool {
	if strings.Contains(model, ":foundation-model/") {
		return foundationByID(idOf(model)) != nil
	}
	p, _ := defined(r, idOf(model))
	return p != nil || applicationProfile(r, model) != nil
}
