package agents

import (
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// The prompts of an agent whose creation mode is DEFAULT. GetAgent returns them although
// nobody set them; https://github.com/hashicorp/terraform-provider-aws/issues/37168. The
// templates of AWS are long and belong to AWS: these only stand for them. Unconfirmed: which
// of them are on.
var defaultPrompts = []struct {
	promptType, state, template string
	longest                     int64
}{
	{"PRE_PROCESSING", "DISABLED", "Classify the input: $question$", 2048},
	{"ORCHESTRATION", "ENABLED", "$instruction$ Answer with the tools given: $question$ $agent_scratchpad$", 2048},
	{"POST_PROCESSING", "DISABLED", "Improve the answer: $latest_response$", 2048},
	{"KNOWLEDGE_BASE_RESPONSE_GENERATION", "ENABLED", "Answer from the search results: $search_results$", 2048},
	{"MEMORY_SUMMARIZATION", "ENABLED", "Summarize the conversation: $conversation$", 4096},
}

// prompted completes the overridden prompts of an agent with the default ones.
func prompted(overridden wire.Object) wire.Object {
	given := map[string]wire.Object{}
	for _, p := range overridden.Objects("promptConfigurations") {
		given[p.Text("promptType")] = p
	}
	var all []any
	for _, d := range defaultPrompts {
		p := wire.Object{
			"promptType": d.promptType, "promptCreationMode": "DEFAULT", "promptState": d.state, "parserMode": "DEFAULT", "basePromptTemplate": d.template,
			"inferenceConfiguration": wire.Object{"temperature": 0.0, "topP": 1.0, "topK": int64(250), "maximumLength": d.longest, "stopSequences": []any{"\n\nHuman:"}},
		}
		all = append(all, p.With(given[d.promptType]))
	}
	return overridden.With(wire.Object{"promptConfigurations": all})
}

// checkPrompts refuses prompts that the API reference does not allow. Unconfirmed: the texts.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_PromptConfiguration.html
func checkPrompts(r *emulate.Request) error {
	seen := map[string]bool{}
	parsed := false
	for _, p := range r.In.Objects("promptOverrideConfiguration.promptConfigurations") {
		typ := p.Text("promptType")
		switch overridden := p.Text("promptCreationMode") == "OVERRIDDEN"; {
		case typ == "":
			return r.Fail(invalid, "A prompt configuration must have a promptType.")
		case seen[typ]:
			return r.Fail(invalid, "The prompt type %s is configured more than once.", typ)
		case !overridden && (p.Has("basePromptTemplate") || p.Has("inferenceConfiguration") || p.Has("promptState")):
			return r.Fail(invalid, "The prompt configuration of type %s has promptCreationMode DEFAULT: basePromptTemplate, inferenceConfiguration and promptState must not be set.", typ)
		case overridden && !p.Has("basePromptTemplate"):
			return r.Fail(invalid, "The prompt configuration of type %s has promptCreationMode OVERRIDDEN: basePromptTemplate must be set.", typ)
		}
		seen[typ] = true
		parsed = parsed || p.Text("parserMode") == "OVERRIDDEN"
	}
	if r.In.Has("promptOverrideConfiguration.overrideLambda") != parsed {
		return r.Fail(invalid, "overrideLambda must be set exactly when the parserMode of a prompt configuration is OVERRIDDEN.")
	}
	return nil
}
