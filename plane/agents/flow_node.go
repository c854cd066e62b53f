package agents

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
)

// nodes are the types of nodes that the plane runs, but for inputs, which have their value from
// the caller, iterators and collectors. They are those whose answer is determined: agents,
// functions, bots and code are not.
var nodes = map[string]func(f *flowRun, ctx context.Context, n wire.Object, in map[string]any) (map[string]any, error){
	"Output":        runOutput,
	"Condition":     runCondition,
	"Prompt":        runPrompt,
	"Retrieval":     runRetrieval,
	"Storage":       runStorage,
	"KnowledgeBase": runKnowledgeBase,
}

// runnable refuses a flow with a node that the plane does not run.
func (f *flowRun) runnable() error {
	for _, n := range f.nodes {
		typ := n.Text("type")
		if nodes[typ] == nil && typ != "Input" && typ != "Iterator" && typ != "Collector" || typ == "KnowledgeBase" && n.Has("configuration.knowledgeBase.modelId") {
			return unserved(f.r, "a flow node of the type "+typ+" ("+n.Text("name")+")")
		}
		if typ != "Iterator" {
			continue
		}
		for name := range f.after(n.Text("name"), "Collector") {
			if f.byName[name].Text("type") == "Iterator" {
				return unserved(f.r, "an iterator inside another ("+name+")")
			}
		}
	}
	return nil
}

// as does an operation of another service as the execution role.
func (f *flowRun) as(ctx context.Context, api, operation string, in wire.Object) (wire.Object, error) {
	return f.r.Service.Invoke(ctx, f.r.Call, f.who, service, nil, api, operation, in)
}

func runOutput(f *flowRun, _ context.Context, n wire.Object, in map[string]any) (map[string]any, error) {
	f.emit("flowOutputEvent", wire.Object{"nodeName": n.Text("name"), "nodeType": "FlowOutputNode", "content": wire.Object{"document": in["document"]}})
	return map[string]any{}, nil
}

// runCondition finds the first condition that holds.
func runCondition(f *flowRun, _ context.Context, n wire.Object, in map[string]any) (map[string]any, error) {
	name := n.Text("name")
	f.satisfied[name] = otherwise
	for _, c := range n.Objects("configuration.condition.conditions") {
		if c.Text("name") == otherwise {
			continue
		}
		holds, _, err := parseCondition(c.Text("expression"))
		yes := false
		if err == nil {
			yes, err = holds(in)
		}
		if err != nil {
			return nil, f.r.Fail(invalid, "The condition %s of the node %s can't be decided: %s.", c.Text("name"), name, err)
		}
		if yes {
			f.satisfied[name] = c.Text("name")
			break
		}
	}
	if f.trace {
		f.emit("flowTraceEvent", wire.Object{"trace": wire.Object{"conditionNodeResultTrace": wire.Object{
			"nodeName": name, "timestamp": f.r.Service.Now(), "satisfiedConditions": []any{wire.Object{"conditionName": f.satisfied[name]}},
		}}})
	}
	return map[string]any{}, nil
}

// runPrompt fills in a prompt. The model of the plane answers with the text that it is given,
// so that a run is determined.
func runPrompt(f *flowRun, ctx context.Context, n wire.Object, in map[string]any) (map[string]any, error) {
	source := n.Object("configuration.prompt.sourceConfiguration")
	prompt := source.Object("inline")
	if resource := source.Text("resource.promptArn"); resource != "" {
		got, err := f.as(ctx, control, "GetPrompt", wire.Object{"promptIdentifier": resource})
		if err != nil {
			return nil, err
		}
		for _, v := range got.Objects("variants") {
			prompt = v
		}
	}
	if err := f.mayInvoke(ctx, prompt.Text("modelId")); err != nil {
		return nil, err
	}
	text := promptText(prompt.Object("templateConfiguration"))
	for name, v := range in {
		text = strings.ReplaceAll(text, "{{"+name+"}}", valueText(v))
	}
	text, err := f.guarded(ctx, n.Object("configuration.prompt.guardrailConfiguration"), text)
	return map[string]any{"modelCompletion": text}, err
}

// promptText is the text of a template.
func promptText(template wire.Object) string {
	if template.Has("text") {
		return template.Text("text.text")
	}
	var parts []string
	for _, block := range template.Objects("chat.system") {
		parts = append(parts, block.Text("text"))
	}
	for _, message := range template.Objects("chat.messages") {
		for _, block := range message.Objects("content") {
			parts = append(parts, block.Text("text"))
		}
	}
	return strings.Join(parts, "\n")
}

// mayInvoke asks whether the execution role may invoke a model.
func (f *flowRun) mayInvoke(ctx context.Context, model string) error {
	if model == "" {
		return f.r.Fail(invalid, "The prompt has no model.") // unconfirmed text
	}
	if !strings.HasPrefix(model, "arn:") {
		model = arn.ARN{Partition: f.r.Partition(), Service: "bedrock", Region: f.r.Region, Resource: "foundation-model/" + model}.String()
	}
	ctx, _ = plane.OnBehalf(ctx, f.r.Call, f.who, f.r.Service.Plane(), "InvokeModel", service, nil)
	return f.r.AllowAs(ctx, &plane.Asked{Action: "bedrock:InvokeModel", Resource: model})
}

// guarded is what a guardrail makes of a text that goes into the model and comes out again.
func (f *flowRun) guarded(ctx context.Context, guardrail wire.Object, text string) (string, error) {
	if guardrail == nil {
		return text, nil
	}
	for _, source := range []string{"INPUT", "OUTPUT"} {
		out, err := f.as(ctx, "bedrock-runtime", "ApplyGuardrail", guardrail.With(wire.Object{
			"source": source, "content": []any{wire.Object{"text": wire.Object{"text": text}}},
		}))
		if err != nil {
			return "", err
		}
		if out.Text("action") != "GUARDRAIL_INTERVENED" {
			continue
		}
		for _, o := range out.Objects("outputs") {
			text = o.Text("text")
		}
	}
	return text, nil
}

func runRetrieval(f *flowRun, ctx context.Context, n wire.Object, in map[string]any) (map[string]any, error) {
	bucket := n.Text("configuration.retrieval.serviceConfiguration.s3.bucketName")
	out, err := f.as(ctx, "s3", "GetObject", wire.Object{"Bucket": bucket, "Key": in["objectKey"]})
	return map[string]any{"s3Content": string(out.Blob("Body"))}, err
}

func runStorage(f *flowRun, ctx context.Context, n wire.Object, in map[string]any) (map[string]any, error) {
	bucket, key := n.Text("configuration.storage.serviceConfiguration.s3.bucketName"), valueText(in["objectKey"])
	_, err := f.as(ctx, "s3", "PutObject", wire.Object{"Bucket": bucket, "Key": key, "Body": []byte(valueText(in["content"]))})
	return map[string]any{"s3Uri": "s3://" + bucket + "/" + key}, err
}

// runKnowledgeBase retrieves; a model would generate, and is not here.
func runKnowledgeBase(f *flowRun, ctx context.Context, n wire.Object, in map[string]any) (map[string]any, error) {
	query := wire.Object{"knowledgeBaseId": n.Text("configuration.knowledgeBase.knowledgeBaseId"), "retrievalQuery": wire.Object{"text": in["retrievalQuery"]}}
	if most := n.Int("configuration.knowledgeBase.numberOfResults"); most > 0 {
		query["retrievalConfiguration"] = wire.Object{"vectorSearchConfiguration": wire.Object{"numberOfResults": most}}
	}
	out, err := f.as(ctx, runtime, "Retrieve", query)
	if err != nil {
		return nil, err
	}
	results := []any{}
	for _, o := range out.Objects("retrievalResults") {
		results = append(results, map[string]any{"content": map[string]any{"text": o.Text("content.text")}})
	}
	return map[string]any{"retrievalResults": results}, nil
}

// unserved is the refusal of what AWS has and the plane has not.
func unserved(r *emulate.Request, what string) error {
	return r.Fail("UnknownOperationException", "not implemented by the local plane: %s", what)
}
