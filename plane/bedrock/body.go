package bedrock

import (
	"cmp"
	"hash/fnv"
	"math"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// body is the form in which a family of models is asked and answers by InvokeModel.
type body struct {
	// required is the member that a request must have.
	required string
	read     func(in wire.Object, i *inference)
	write    func(r *emulate.Request, m *target, a *answer) wire.Object
	// stream is write in pieces.
	stream func(r *emulate.Request, m *target, a *answer) []wire.Object
	// embed is write of models that make vectors.
	embed func(m *target, in wire.Object, i *inference) wire.Object
}

// bodies are the forms, by the family.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
var bodies = map[string]body{
	"claude":       {required: "messages", read: readClaude, write: writeClaude, stream: streamClaude},
	"nova":         {required: "messages", read: readNova, write: writeNova, stream: streamNova},
	"titan-text":   {required: "inputText", read: readTitan, write: writeTitan, stream: streamTitan},
	"llama":        {required: "prompt", read: readPrompt("prompt", "max_gen_len"), write: writeLlama, stream: streamLlama},
	"mistral":      {required: "prompt", read: readPrompt("prompt", "max_tokens"), write: writeMistral, stream: streamMistral},
	"titan-embed":  {required: "inputText", read: readPrompt("inputText", ""), embed: embedTitan},
	"cohere-embed": {required: "texts", read: readTexts, embed: embedCohere},
	"marengo":      {required: "inputText", read: readPrompt("inputText", ""), embed: embedMarengo},
}

// ask adds a text of the input; the last one of the user is answered.
func (i *inference) ask(text string, user bool) {
	if user {
		i.last = len(i.guarded)
	}
	i.guarded = append(i.guarded, text)
}

func readPrompt(member, limit string) func(wire.Object, *inference) {
	return func(in wire.Object, i *inference) {
		i.ask(in.Text(member), true)
		if limit != "" {
			i.limit = int(in.Int(limit))
		}
		i.stops = in.Texts("stop")
	}
}

// readMessages reads messages whose content is a text, or blocks with texts.
func readMessages(in wire.Object, i *inference) {
	for _, m := range in.Objects("messages") {
		user := m.Text("role") == "user"
		if text := m.Text("content"); text != "" {
			i.ask(text, user)
		}
		for _, c := range m.Objects("content") {
			if text := c.Text("text"); text != "" {
				i.ask(text, user)
			}
		}
	}
}

func readClaude(in wire.Object, i *inference) {
	if system := in.Text("system"); system != "" {
		i.ask(system, false)
	}
	readMessages(in, i)
	i.limit, i.stops = int(in.Int("max_tokens")), in.Texts("stop_sequences")
}

func claudeID(r *emulate.Request) string { return "msg_bdrk_" + r.Service.ID(emulate.Letters, 24) }

func (a *answer) claudeStop() string {
	if a.stop == "guardrail_intervened" {
		return "end_turn" // the body has an action of its own
	}
	return a.stop
}

func writeClaude(r *emulate.Request, m *target, a *answer) wire.Object {
	return wire.Object{
		"id": claudeID(r), "type": "message", "role": "assistant", "model": m.id, "stop_reason": a.claudeStop(),
		"content": []any{wire.Object{"type": "text", "text": a.text}},
		"usage":   wire.Object{"input_tokens": a.in, "output_tokens": a.out},
	}
}

func readNova(in wire.Object, i *inference) {
	for _, s := range in.Objects("system") {
		i.ask(s.Text("text"), false)
	}
	readMessages(in, i)
	i.limit = int(cmp.Or(in.Int("inferenceConfig.maxTokens"), in.Int("inferenceConfig.max_new_tokens")))
	i.stops = in.Texts("inferenceConfig.stopSequences")
}

func writeNova(_ *emulate.Request, _ *target, a *answer) wire.Object {
	return wire.Object{
		"output":     wire.Object{"message": wire.Object{"role": "assistant", "content": []any{wire.Object{"text": a.text}}}},
		"stopReason": a.stop, "usage": wire.Object{"inputTokens": a.in, "outputTokens": a.out, "totalTokens": a.in + a.out},
	}
}

func readTitan(in wire.Object, i *inference) {
	i.ask(in.Text("inputText"), true)
	i.limit, i.stops = int(in.Int("textGenerationConfig.maxTokenCount")), in.Texts("textGenerationConfig.stopSequences")
}

// completion is the reason why the answer of Titan ended.
func (a *answer) completion() string {
	return cmp.Or(map[string]string{"max_tokens": "LENGTH", "stop_sequence": "STOP_CRITERIA_MET", "guardrail_intervened": "CONTENT_FILTERED"}[a.stop], "FINISH")
}

func writeTitan(_ *emulate.Request, _ *target, a *answer) wire.Object {
	return wire.Object{
		"inputTextTokenCount": a.in,
		"results":             []any{wire.Object{"tokenCount": a.out, "outputText": a.text, "completionReason": a.completion()}},
	}
}

// length is the reason why the answer of Llama and Mistral ended.
func (a *answer) length() string {
	if a.stop == "max_tokens" {
		return "length"
	}
	return "stop"
}

func writeLlama(_ *emulate.Request, _ *target, a *answer) wire.Object {
	return wire.Object{"generation": a.text, "prompt_token_count": a.in, "generation_token_count": a.out, "stop_reason": a.length()}
}

func writeMistral(_ *emulate.Request, _ *target, a *answer) wire.Object {
	return wire.Object{"outputs": []any{wire.Object{"text": a.text, "stop_reason": a.length()}}}
}

// Sizes of vectors.
const (
	titanVector      = 1024
	titanFirstVector = 1536
	cohereVector     = 1024
	marengoVector    = 1024
)

func embedTitan(m *target, in wire.Object, i *inference) wire.Object {
	size := titanVector
	if n := int(in.Int("dimensions")); n == 256 || n == 512 {
		size = n
	}
	if m.id == "amazon.titan-embed-text-v1" {
		size = titanFirstVector
	}
	v := vector(in.Text("inputText"), size)
	return wire.Object{"embedding": v, "embeddingsByType": wire.Object{"float": v}, "inputTextTokenCount": int64(i.tokens)}
}

// embedMarengo has text alone: pictures, sounds and films need the model. Unconfirmed: the
// form, which the page of the model does not have.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-marengo.html
func embedMarengo(_ *target, in wire.Object, _ *inference) wire.Object {
	return wire.Object{"data": []any{wire.Object{"embedding": vector(in.Text("inputText"), marengoVector)}}}
}

func readTexts(in wire.Object, i *inference) { i.guarded = in.Texts("texts") }

func embedCohere(_ *target, in wire.Object, i *inference) wire.Object {
	list := []any{}
	for _, text := range i.guarded {
		list = append(list, vector(text, cohereVector))
	}
	return wire.Object{"embeddings": list, "texts": in["texts"], "response_type": "embeddings_floats"}
}

// vector is a text as a vector of length 1: texts that share words are near each other. Every
// word adds or takes one at a place that is the word's.
func vector(text string, size int) []any {
	sum := make([]float64, size)
	for _, w := range wordsOf(text) {
		h := fnv.New64a()
		_, _ = h.Write([]byte(w.folded)) // it never fails
		n := h.Sum64()
		sum[n>>1%uint64(size)] += 1 - 2*float64(n&1)
	}
	var length float64
	for _, x := range sum {
		length += x * x
	}
	if length = math.Sqrt(length); length == 0 {
		sum[0], length = 1, 1
	}
	out := make([]any, size)
	for i, x := range sum {
		out[i] = x / length
	}
	return out
}
