package bedrock

import (
	"context"
	"encoding/json"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// inferring are the operations that invoke models.
func inferring() operations {
	return operations{
		"InvokeModel": {Action: emulate.ByItself, Do: invokeModel},
		"Converse":    {Action: emulate.ByItself, Do: converse},
		"CountTokens": {Action: emulate.ByItself, Do: countTokens},
	}
}

const contentType = "application/json"

func invokeModel(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	m, err := invoked(r)
	if err != nil {
		return nil, err
	}
	identifier, version := r.In.Text("guardrailIdentifier"), r.In.Text("guardrailVersion")
	if err := pair(r, identifier, version); err != nil {
		return nil, err
	}
	if err := authorize(ctx, r, m, identifier, version); err != nil {
		return nil, err
	}
	i, in, err := read(r, m, r.In.Blob("body"))
	if err != nil {
		return nil, err
	}
	v := &invocation{operation: "InvokeModel", input: r.In.Blob("body"), inputTokens: int64(i.tokens), embedding: m.embedding}
	if m.embedding {
		return answered(ctx, r, v, bodies[m.speaks].embed(m, in, i))
	}
	all, err := guards(ctx, r, m, identifier, version)
	if err != nil {
		return nil, err
	}
	trace := r.In.Text("trace")
	a := i.run(all, trace == "ENABLED_FULL")
	out := bodies[m.speaks].write(r, m, a)
	if len(all) > 0 {
		// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-invoke-api.html
		out["amazon-bedrock-guardrailAction"] = nothing
		if a.intervened {
			out["amazon-bedrock-guardrailAction"] = "INTERVENED"
		}
		if trace == "ENABLED" || trace == "ENABLED_FULL" {
			out["amazon-bedrock-trace"] = wire.Object{"guardrail": a.trace().Renamed(map[string]string{"inputAssessment": "input", "outputAssessments": "outputs"})}
		}
	}
	v.outputTokens = a.out
	return answered(ctx, r, v, out)
}

// answered is the output of InvokeModel, logged.
func answered(ctx context.Context, r *emulate.Request, v *invocation, body wire.Object) (wire.Object, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	v.output = b
	v.log(ctx, r)
	return wire.Object{"body": b, "contentType": contentType}, nil
}

// read reads a body in the form of the model. The text is that of AWS.
func read(r *emulate.Request, m *target, body []byte) (*inference, wire.Object, error) {
	var in wire.Object
	if json.Unmarshal(body, &in) != nil {
		return nil, nil, r.Fail("ValidationException", "Malformed input request, please reformat your input and try again.")
	}
	form := bodies[m.speaks]
	if !in.Has(form.required) {
		return nil, nil, r.Fail("ValidationException", "Malformed input request: #: required key [%s] not found, please reformat your input and try again.", form.required)
	}
	i := &inference{last: -1}
	form.read(in, i)
	for _, text := range i.guarded {
		i.tokens += len(wordsOf(text))
	}
	return i, in, nil
}

func countTokens(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	m, err := invoked(r)
	if err != nil {
		return nil, err
	}
	if err := r.Allow(ctx, "bedrock:CountTokens", m.arn(r)); err != nil {
		return nil, err
	}
	var i *inference
	if r.In.Has("input.invokeModel") {
		i, _, err = read(r, m, r.In.Blob("input.invokeModel.body"))
	} else {
		i, err = conversation(r, m, r.In.Object("input.converse"))
	}
	if err != nil {
		return nil, err
	}
	return wire.Object{"inputTokens": int64(i.tokens)}, nil
}
