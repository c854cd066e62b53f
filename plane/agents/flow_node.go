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
// the caller, iterators and collectors. They are those whose answer is determined: functions,
// bots and code are not.
var nodes = map[string]func(f *flowRun, ctx context.Context, n wire.Object, in map[string]any) (map[string]any, error){
	"Output":        runOutput,
	"Condition":     runCondition,
	"Prompt":        runPrompt,
	"Retrieval":     runRetrieval,
	"Storage":       runStorage,
	"KnowledgeBase": runKnowledgeBase,
	"Agent":         runAgent,
}

// runnable refuses a flow with a node that the plane does not run.
func (f *flowRun) runnable() error {
	for _, n := range f.nodes {
		typ := n.Text("type")
		if nodes[typ] == nil && typ != "Input" && typ != "Iterator" && typ != "Collector" {
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

// runKnowledgeBase retrieves, and has a model answer where the node names one.
func runKnowledgeBase(f *flowRun, ctx context.Context, n wire.Object, in map[string]any) (map[string]any, error) {
	c := n.Object("configuration.knowledgeBase")
	query := c.Pick("knowledgeBaseId")
	if most := c.Int("numberOfResults"); most > 0 {
		query["retrievalConfiguration"] = wire.Object{"vectorSearchConfiguration": wire.Object{"numberOfResults": most}}
	}
	if c.Has("modelId") {
		out, err := f.as(ctx, runtime, "RetrieveAndGenerate", wire.Object{
			"input": wire.Object{"text": in["retrievalQuery"]},
			"retrieveAndGenerateConfiguration": wire.Object{"type": "KNOWLEDGE_BASE", "knowledgeBaseConfiguration": query.With(wire.Object{
				"modelArn": c.Text("modelId"), "generationConfiguration": generationOf(c),
			})},
		})
		return map[string]any{"outputText": out.Text("output.text")}, err
	}
	out, err := f.as(ctx, runtime, "Retrieve", query.With(wire.Object{"retrievalQuery": wire.Object{"text": in["retrievalQuery"]}}))
	if err != nil {
		return nil, err
	}
	results := []any{}
	for _, o := range out.Objects("retrievalResults") {
		results = append(results, map[string]any{"content": map[string]any{"text": o.Text("content.text")}})
	}
	return map[string]any{"retrievalResults": results}, nil
}

// generationOf is how a node says that the model answers, in the words of RetrieveAndGenerate.
func generationOf(node wire.Object) wire.Object {
	out := node.Pick("promptTemplate")
	if g := node.Object("guardrailConfiguration"); g != nil {
		out["guardrailConfiguration"] = g.Renamed(map[string]string{"guardrailIdentifier": "guardrailId"})
	}
	if c := node.Object("inferenceConfiguration.text"); c != nil {
		out["inferenceConfig"] = wire.Object{"textInferenceConfig": c}
	}
	return out
}

// runAgent invokes an agent, in a session of its own for the run.
func runAgent(f *flowRun, ctx context.Context, n wire.Object, in map[string]any) (map[string]any, error) {
	name := strings.Split(n.Text("configuration.agent.agentAliasArn"), "/")
	if len(name) != 3 {
		return nil, f.r.Fail(invalid, "The node %s names no alias of an agent.", n.Text("name")) // unconfirmed text
	}
	out, err := f.as(ctx, runtime, "InvokeAgent", wire.Object{
		"agentId": name[1], "agentAliasId": name[2], "sessionId": f.r.RequestID, "inputText": in["agentInputText"],
	})
	var answer strings.Builder
	for _, event := range out.Objects("completion") {
		answer.Write(event.Blob("chunk.bytes"))
	}
	return map[string]any{"agentResponse": answer.String()}, err
}

// unserved is the refusal of what AWS has and the plane has not.
func unserved(r *emulate.Request, what string) error {
	return r.Fail("UnknownOperationException", "not implemented by the local plane: %s", what)
}
