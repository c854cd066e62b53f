package bedrock

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// streaming is the action of IAM for answers in streams.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
const streaming = "InvokeModelWithResponseStream"

// pieces are a text as it streams: word by word.
func (a *answer) pieces() []string {
	if a.text == "" {
		return nil
	}
	return strings.SplitAfter(a.text, " ")
}

// unstreamed refuses a model that does not answer in streams. The text is reported by
// https://github.com/aws-samples/amazon-bedrock-client-for-mac/issues/112.
func unstreamed(r *emulate.Request) error {
	m, err := invoked(r)
	if err == nil && m.embedding {
		return r.Fail("ValidationException", "The model is unsupported for streaming.")
	}
	return err
}

// converseStream answers a conversation in events. All is assessed before the first one, so
// that a guardrail that blocks leaves nothing of the answer but its message. What is logged is
// the whole answer, as the log of AWS has it.
func converseStream(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := unstreamed(r); err != nil {
		return nil, err
	}
	a, out, err := conversed(ctx, r, streaming)
	if err != nil {
		return nil, err
	}
	events := []any{wire.Object{"messageStart": wire.Object{"role": "assistant"}}}
	for _, text := range a.pieces() {
		events = append(events, wire.Object{"contentBlockDelta": wire.Object{"delta": wire.Object{"text": text}, "contentBlockIndex": int64(0)}})
	}
	return wire.Object{"stream": append(events,
		wire.Object{"contentBlockStop": wire.Object{"contentBlockIndex": int64(0)}},
		wire.Object{"messageStop": wire.Object{"stopReason": a.stop}},
		wire.Object{"metadata": out.Pick("usage", "metrics", "trace")},
	)}, nil
}

// streamModel answers in chunks, each a body of the model's form. The last one has the counts
// of tokens, and what guardrails found; that it has the latter is unconfirmed.
func streamModel(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := unstreamed(r); err != nil {
		return nil, err
	}
	x, err := runModel(ctx, r, streaming)
	if err != nil {
		return nil, err
	}
	if x.body.Text("amazon-bedrock-guardrailConfig.streamProcessingMode") == "ASYNCHRONOUS" {
		x.answer.unmask()
	}
	chunks := bodies[x.model.speaks].stream(r, x.model, x.answer)
	n := len(chunks) - 1
	chunks[n] = chunks[n].With(x.verdict).With(wire.Object{"amazon-bedrock-invocationMetrics": wire.Object{
		"inputTokenCount": x.answer.in, "outputTokenCount": x.answer.out, "invocationLatency": int64(0), "firstByteLatency": int64(0),
	}})
	var events, logged []any
	for _, c := range chunks {
		b, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		events = append(events, wire.Object{"chunk": wire.Object{"bytes": b}})
		logged = append(logged, c)
	}
	all, err := json.Marshal(logged)
	if err != nil {
		return nil, err
	}
	x.log(ctx, r, all)
	return wire.Object{"body": events, "contentType": contentType}, nil
}

// Sources of the forms below: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html,
// of Nova https://docs.aws.amazon.com/nova/latest/userguide/using-invoke-api.html.

func streamClaude(r *emulate.Request, m *target, a *answer) []wire.Object {
	out := []wire.Object{
		{"type": "message_start", "message": wire.Object{
			"id": claudeID(r), "type": "message", "role": "assistant", "model": m.id, "content": []any{},
			"usage": wire.Object{"input_tokens": a.in, "output_tokens": int64(0)},
		}},
		{"type": "content_block_start", "index": int64(0), "content_block": wire.Object{"type": "text", "text": ""}},
	}
	for _, text := range a.pieces() {
		out = append(out, wire.Object{"type": "content_block_delta", "index": int64(0), "delta": wire.Object{"type": "text_delta", "text": text}})
	}
	return append(out,
		wire.Object{"type": "content_block_stop", "index": int64(0)},
		wire.Object{"type": "message_delta", "delta": wire.Object{"stop_reason": a.claudeStop()}, "usage": wire.Object{"output_tokens": a.out}},
		wire.Object{"type": "message_stop"},
	)
}

func streamNova(_ *emulate.Request, _ *target, a *answer) []wire.Object {
	out := []wire.Object{{"messageStart": wire.Object{"role": "assistant"}}}
	for _, text := range a.pieces() {
		out = append(out, wire.Object{"contentBlockDelta": wire.Object{"delta": wire.Object{"text": text}, "contentBlockIndex": int64(0)}})
	}
	return append(out,
		wire.Object{"contentBlockStop": wire.Object{"contentBlockIndex": int64(0)}},
		wire.Object{"messageStop": wire.Object{"stopReason": a.stop}},
		wire.Object{"metadata": wire.Object{"usage": wire.Object{"inputTokens": a.in, "outputTokens": a.out}, "metrics": wire.Object{}, "trace": wire.Object{}}},
	)
}

// inPieces is an answer whose chunks have a text each; end completes the last one.
func (a *answer) inPieces(chunk func(text string) wire.Object, end wire.Object) []wire.Object {
	var out []wire.Object
	for _, text := range a.pieces() {
		out = append(out, chunk(text))
	}
	return append(out, chunk("").With(end))
}

func streamTitan(_ *emulate.Request, _ *target, a *answer) []wire.Object {
	return a.inPieces(func(text string) wire.Object {
		return wire.Object{"index": int64(0), "inputTextTokenCount": a.in, "outputText": text}
	}, wire.Object{"totalOutputTextTokenCount": a.out, "completionReason": a.completion()})
}

func streamLlama(_ *emulate.Request, _ *target, a *answer) []wire.Object {
	return a.inPieces(func(text string) wire.Object {
		return wire.Object{"generation": text}
	}, wire.Object{"prompt_token_count": a.in, "generation_token_count": a.out, "stop_reason": a.length()})
}

func streamMistral(_ *emulate.Request, _ *target, a *answer) []wire.Object {
	return a.inPieces(func(text string) wire.Object {
		return wire.Object{"outputs": []any{wire.Object{"text": text}}}
	}, wire.Object{"outputs": []any{wire.Object{"text": "", "stop_reason": a.length()}}})
}
