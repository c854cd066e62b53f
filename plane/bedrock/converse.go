package bedrock

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

func converse(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	_, out, err := conversed(ctx, r, "InvokeModel")
	return out, err
}

// conversed answers a conversation, and is the output of Converse: that of ConverseStream has
// the same in pieces. action is the one of IAM.
func conversed(ctx context.Context, r *emulate.Request, action string) (*answer, wire.Object, error) {
	m, err := invoked(r)
	if err != nil {
		return nil, nil, err
	}
	config := r.In.Object("guardrailConfig")
	identifier, version := config.Text("guardrailIdentifier"), config.Text("guardrailVersion")
	if err := pair(r, identifier, version); err != nil {
		return nil, nil, err
	}
	if err := authorize(ctx, r, action, m, identifier, version); err != nil {
		return nil, nil, err
	}
	i, err := conversation(r, m, r.In)
	if err != nil {
		return nil, nil, err
	}
	all, err := guards(ctx, r, m, identifier, version)
	if err != nil {
		return nil, nil, err
	}
	a := i.run(all, config.Text("trace") == "enabled_full")
	if config.Text("streamProcessingMode") == "async" {
		a.unmask()
	}
	out := wire.Object{
		"output":     wire.Object{"message": wire.Object{"role": "assistant", "content": []any{wire.Object{"text": a.text}}}},
		"stopReason": a.stop, "metrics": wire.Object{"latencyMs": int64(0)},
		"usage": wire.Object{"inputTokens": a.in, "outputTokens": a.out, "totalTokens": a.in + a.out},
	}
	if strings.HasPrefix(config.Text("trace"), "enabled") {
		out["trace"] = wire.Object{"guardrail": a.trace()}
	}
	v := &invocation{operation: r.Operation, inputTokens: a.in, outputTokens: a.out}
	if v.input, err = json.Marshal(withoutBlobs(r.In.Without("modelId"))); err != nil {
		return nil, nil, err
	}
	if v.output, err = json.Marshal(out); err != nil {
		return nil, nil, err
	}
	v.log(ctx, r)
	return a, out, nil
}

// trace is what guardrails found, as Converse shows it.
func (a *answer) trace() wire.Object {
	t := wire.Object{"inputAssessment": a.inputTrace, "actionReason": a.action}
	if len(a.outputTrace) > 0 {
		t["outputAssessments"] = a.outputTrace
		t["modelOutput"] = []any{a.said}
	}
	return t
}

// conversation reads the members of Converse. Where there is guardContent, guardrails assess
// that and nothing else of the messages; system prompts are assessed only so.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html
// The texts are those of AWS.
func conversation(r *emulate.Request, m *target, in wire.Object) (*inference, error) {
	if m.embedding {
		return nil, r.Fail("ValidationException", "The model %s is not supported by the Converse API.", m.id)
	}
	list := in.Objects("messages")
	if len(list) == 0 || list[0].Text("role") != "user" {
		return nil, r.Fail("ValidationException", "A conversation must start with a user message. Try again with a conversation that starts with a user message.")
	}
	i := &inference{last: -1, limit: int(in.Int("inferenceConfig.maxTokens")), stops: in.Texts("inferenceConfig.stopSequences")}
	var plain, marked []string
	lastPlain, lastMarked := -1, -1
	read := func(content []wire.Object, user bool) {
		for _, c := range content {
			text, guarded := c.Text("text"), false
			if c.Has("guardContent") {
				text, guarded = c.Text("guardContent.text.text"), true
			}
			if text == "" {
				continue
			}
			i.tokens += len(wordsOf(text))
			if user {
				i.said, lastPlain, lastMarked = text, len(plain), -1
			}
			plain = append(plain, text)
			if guarded {
				if user {
					lastMarked = len(marked)
				}
				marked = append(marked, text)
			}
		}
	}
	for _, s := range in.Objects("system") {
		i.tokens += len(wordsOf(s.Text("text")))
		if text := s.Text("guardContent.text.text"); text != "" {
			i.tokens += len(wordsOf(text))
			marked = append(marked, text)
		}
	}
	role := "assistant"
	for _, message := range list {
		if message.Text("role") == role {
			return nil, r.Fail("ValidationException", "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.")
		}
		role = message.Text("role")
		read(message.Objects("content"), role == "user")
	}
	i.guarded, i.last = plain, lastPlain
	if marked != nil {
		i.guarded, i.last = marked, lastMarked
	}
	return i, nil
}
