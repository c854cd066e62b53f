package bedrock

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// foundation is a foundation model.
type foundation struct {
	id, name, provider string
	// speaks names the form of its bodies, a key of [bodies].
	speaks    string
	images    bool // in its input
	async     bool // it can be invoked with StartAsyncInvoke
	embedding bool
	// profiled: it can be invoked by an inference profile only.
	profiled bool
	// customizable: jobs can customize it.
	customizable bool
}

// models are the foundation models of the plane, a few of those of AWS.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
var models = []foundation{
	{id: "amazon.nova-lite-v1:0", name: "Nova Lite", provider: "Amazon", speaks: "nova", images: true, customizable: true},
	{id: "amazon.nova-micro-v1:0", name: "Nova Micro", provider: "Amazon", speaks: "nova", customizable: true},
	{id: "amazon.nova-pro-v1:0", name: "Nova Pro", provider: "Amazon", speaks: "nova", images: true, customizable: true},
	{id: "amazon.titan-embed-text-v1", name: "Titan Embeddings G1 - Text", provider: "Amazon", speaks: "titan-embed", embedding: true},
	{id: "amazon.titan-embed-text-v2:0", name: "Titan Text Embeddings V2", provider: "Amazon", speaks: "titan-embed", embedding: true},
	{id: "amazon.titan-text-express-v1", name: "Titan Text G1 - Express", provider: "Amazon", speaks: "titan-text"},
	{id: "anthropic.claude-3-5-sonnet-20240620-v1:0", name: "Claude 3.5 Sonnet", provider: "Anthropic", speaks: "claude", images: true},
	{id: "anthropic.claude-3-haiku-20240307-v1:0", name: "Claude 3 Haiku", provider: "Anthropic", speaks: "claude", images: true, customizable: true},
	{id: "anthropic.claude-3-sonnet-20240229-v1:0", name: "Claude 3 Sonnet", provider: "Anthropic", speaks: "claude", images: true},
	{id: "anthropic.claude-sonnet-4-20250514-v1:0", name: "Claude Sonnet 4", provider: "Anthropic", speaks: "claude", images: true, profiled: true},
	{id: "cohere.embed-english-v3", name: "Embed English", provider: "Cohere", speaks: "cohere-embed", embedding: true},
	{id: "cohere.embed-multilingual-v3", name: "Embed Multilingual", provider: "Cohere", speaks: "cohere-embed", embedding: true},
	{id: "meta.llama3-70b-instruct-v1:0", name: "Llama 3 70B Instruct", provider: "Meta", speaks: "llama"},
	{id: "meta.llama3-8b-instruct-v1:0", name: "Llama 3 8B Instruct", provider: "Meta", speaks: "llama"},
	{id: "mistral.mistral-7b-instruct-v0:2", name: "Mistral 7B Instruct", provider: "Mistral AI", speaks: "mistral"},
	{id: "mistral.mistral-large-2402-v1:0", name: "Mistral Large (24.02)", provider: "Mistral AI", speaks: "mistral"},
	{id: "twelvelabs.marengo-embed-2-7-v1:0", name: "Marengo Embed v2.7", provider: "TwelveLabs", speaks: "marengo", embedding: true, async: true},
}

// foundationModels are the operations that show them.
func foundationModels() operations {
	return operations{
		"ListFoundationModels": {Do: listFoundationModels},
		"GetFoundationModel":   {Resource: foundationARN, Do: getFoundationModel},
	}
}

func foundationByID(id string) *foundation {
	for i := range models {
		if models[i].id == id {
			return &models[i]
		}
	}
	return nil
}

// arn is the model's in the Region of a request. It has no account.
func (m *foundation) arn(r *emulate.Request) string { return modelARN(r, m.id) }

func modelARN(r *emulate.Request, id string) string {
	return "arn:" + r.Partition() + ":bedrock:" + r.Region + "::foundation-model/" + id
}

// details are a model as the API shows it.
func (m *foundation) details(r *emulate.Request) wire.Object {
	in, out, inference := []any{"TEXT"}, []any{"TEXT"}, []any{"ON_DEMAND"}
	if m.images {
		in = append(in, "IMAGE")
	}
	if m.embedding {
		out = []any{"EMBEDDING"}
	}
	if m.profiled {
		inference = []any{"INFERENCE_PROFILE"} // the API's model does not have the value; the service does
	}
	customizations := []any{}
	if m.customizable {
		customizations = []any{"FINE_TUNING"}
	}
	return wire.Object{
		"modelArn": m.arn(r), "modelId": m.id, "modelName": m.name, "providerName": m.provider,
		"inputModalities": in, "outputModalities": out, "inferenceTypesSupported": inference, "customizationsSupported": customizations,
		"responseStreamingSupported": !m.embedding, "modelLifecycle": wire.Object{"status": "ACTIVE"},
	}
}

func listFoundationModels(_ context.Context, r *emulate.Request) (wire.Object, error) {
	out := []any{}
	for i := range models {
		d := models[i].details(r)
		if fits(r.In.Text("byProvider"), []any{d["providerName"]}) && fits(r.In.Text("byOutputModality"), d.List("outputModalities")) &&
			fits(r.In.Text("byInferenceType"), d.List("inferenceTypesSupported")) && fits(r.In.Text("byCustomizationType"), d.List("customizationsSupported")) {
			out = append(out, d)
		}
	}
	return wire.Object{"modelSummaries": out}, nil
}

// fits says whether a filter lets through; empty: it does.
func fits(filter string, values []any) bool {
	return filter == "" || slices.ContainsFunc(values, func(v any) bool {
		s, _ := v.(string)
		return strings.EqualFold(s, filter)
	})
}

func foundationARN(r *emulate.Request) (string, error) {
	id := r.In.Text("modelIdentifier")
	if strings.HasPrefix(id, "arn:") {
		return id, nil
	}
	return modelARN(r, id), nil
}

func getFoundationModel(_ context.Context, r *emulate.Request) (wire.Object, error) {
	id := r.In.Text("modelIdentifier")
	m := foundationByID(idOf(id))
	if m == nil {
		return nil, r.Fail("ResourceNotFoundException", "Could not resolve the foundation model from the model identifier: %s", id)
	}
	return wire.Object{"modelDetails": m.details(r)}, nil
}

// target is a model that a request invokes.
type target struct {
	*foundation
	// profile is the ARN of the inference profile that it is invoked by; empty: by none.
	profile string
	// served is the custom or imported model that it is, whose artifacts say what it answers
	// ([target.load]), or what serves a foundation model; nil: none.
	served *served
}

// invoked is the model of a request: an id or an ARN of a foundation model or of an inference
// profile that AWS defines, the ARN of an application's profile, or that of an imported model or
// of what serves a custom one. The texts are those of AWS.
func invoked(r *emulate.Request) (*target, error) {
	identifier := r.In.Text("modelId")
	if strings.HasPrefix(identifier, "arn:") {
		if rec := applicationProfile(r, identifier); rec != nil {
			of, _ := rec.Doc.List("models")[0].(wire.Object)
			return &target{foundation: foundationByID(idOf(of.Text("modelArn"))), profile: identifier}, nil
		}
	}
	if m, err := servedBy(r, identifier, false); m != nil || err != nil {
		return m, err
	}
	id := idOf(identifier)
	if p, m := defined(r, id); p != nil {
		return &target{foundation: m, profile: p.Text("inferenceProfileArn")}, nil
	}
	m := foundationByID(id)
	switch {
	case m == nil:
		return nil, r.Fail("ValidationException", "The provided model identifier is invalid.")
	case m.profiled:
		return nil, r.Fail("ValidationException", "Invocation of model ID %s with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.", id)
	}
	return &target{foundation: m}, nil
}
