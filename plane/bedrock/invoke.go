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
		"InvokeModel":                   {Action: emulate.ByItself, Do: invokeModel},
		"InvokeModelWithResponseStream": {Action: emulate.ByItself, Do: streamModel},
		"Converse":                      {Action: emulate.ByItself, Do: converse},
		"ConverseStream":                {Action: emulate.ByItself, Do: converseStream},
		"CountTokens":                   {Action: emulate.ByItself, Do: countTokens},
	}
}

const contentType = "application/json"

func invokeModel(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	x, err := runModel(ctx, r, "InvokeModel")
	if err != nil {
		return nil, err
	}
	form := bodies[x.model.speaks]
	var out wire.Object
	if x.answer == nil {
		out = form.embed(x.model, x.body, x.inference)
	} else {
		out = form.write(r, x.model, x.answer).With(x.verdict)
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	x.log(ctx, r, b)
	return wire.Object{"body": b, "contentType": contentType}, nil
}

// modelRun is what came of a body that was sent to a model.
type modelRun struct {
	model     *target
	body      wire.Object
	inference *inference
	// answer is nil of a model that makes vectors.
	answer *answer
	// verdict are the members that guardrails add to what is answered.
	verdict wire.Object
}

// runModel runs the body of InvokeModel, or of InvokeModelWithResponseStream. action is the
// one of IAM.
func runModel(ctx context.Context, r *emulate.Request, action string) (*modelRun, error) {
	m, err := invoked(r)
	if err != nil {
		return nil, err
	}
	identifier, version := r.In.Text("guardrailIdentifier"), r.In.Text("guardrailVersion")
	if err := pair(r, identifier, version); err != nil {
		return nil, err
	}
	if err := authorize(ctx, r, action, m, identifier, version); err != nil {
		return nil, err
	}
	i, in, err := read(r, m, r.In.Blob("body"))
	if err != nil {
		return nil, err
	}
	x := &modelRun{model: m, body: in, inference: i}
	if m.embedding {
		return x, nil
	}
	all, err := guards(ctx, r, m, identifier, version)
	if err != nil {
		return nil, err
	}
	x.answer = i.run(all, r.In.Text("trace") == "ENABLED_FULL")
	if len(all) > 0 {
		x.verdict = verdict(r, x.answer)
	}
	return x, nil
}

// verdict is what guardrails add to a body.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-invoke-api.html
func verdict(r *emulate.Request, a *answer) wire.Object {
	out := wire.Object{"amazon-bedrock-guardrailAction": nothing}
	if a.intervened {
		out["amazon-bedrock-guardrailAction"] = "INTERVENED"
	}
	if trace := r.In.Text("trace"); trace == "ENABLED" || trace == "ENABLED_FULL" {
		out["amazon-bedrock-trace"] = wire.Object{"guardrail": a.trace().Renamed(map[string]string{"inputAssessment": "input", "outputAssessments": "outputs"})}
	}
	return out
}

// log logs the run with what was answered, as JSON.
func (x *modelRun) log(ctx context.Context, r *emulate.Request, output []byte) {
	v := &invocation{operation: r.Operation, input: r.In.Blob("body"), output: output, inputTokens: int64(x.inference.tokens), embedding: x.model.embedding}
	if x.answer != nil {
		v.outputTokens = x.answer.out
	}
	v.log(ctx, r)
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
	if m.served != nil {
		return nil, r.Fail("ValidationException", "The tokens of foundation models can be counted; %s is none.", r.In.Text("modelId"))
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
