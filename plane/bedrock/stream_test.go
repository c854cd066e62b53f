package bedrock_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	run "github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// streamed are the events of ConverseStream, each on a line.
func streamed(t *testing.T, client *bedrockruntime.Client, in *bedrockruntime.ConverseStreamInput) (lines []string, end *run.ConverseStreamMetadataEvent) {
	t.Helper()
	out := localtest.Must(client.ConverseStream(t.Context(), in))(t)
	for e := range out.GetStream().Events() {
		switch e := e.(type) {
		case *run.ConverseStreamOutputMemberMessageStart:
			lines = append(lines, "start "+string(e.Value.Role))
		case *run.ConverseStreamOutputMemberContentBlockDelta:
			lines = append(lines, fmt.Sprintf("%d %q", *e.Value.ContentBlockIndex, e.Value.Delta.(*run.ContentBlockDeltaMemberText).Value))
		case *run.ConverseStreamOutputMemberContentBlockStop:
			lines = append(lines, "block stops")
		case *run.ConverseStreamOutputMemberMessageStop:
			lines = append(lines, "stop "+string(e.Value.StopReason))
		case *run.ConverseStreamOutputMemberMetadata:
			end = &e.Value
		default:
			t.Errorf("%T", e)
		}
	}
	if err := out.GetStream().Err(); err != nil {
		t.Fatal(err)
	}
	return lines, end
}

func TestConverseStream(t *testing.T) {
	w := newWorld(t)
	lines, end := streamed(t, w.runtime(admin), &bedrockruntime.ConverseStreamInput{ModelId: aws.String(haiku), Messages: []run.Message{said("user", "one two")}})
	if want := []string{"start assistant", `0 "You "`, `0 "said: "`, `0 "one "`, `0 "two"`, "block stops", "stop end_turn"}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
	if *end.Usage.InputTokens != 2 || *end.Usage.OutputTokens != 4 || *end.Usage.TotalTokens != 6 || end.Trace != nil {
		t.Errorf("%+v", end)
	}
	for model, text := range map[string]string{
		"amazon.titan-embed-text-v2:0": "The model is unsupported for streaming.",
		"acme.model-v1:0":              "The provided model identifier is invalid.",
	} {
		_, err := w.runtime(admin).ConverseStream(t.Context(), &bedrockruntime.ConverseStreamInput{ModelId: &model, Messages: []run.Message{said("user", "x")}})
		refused(t, err, "ValidationException", text)
	}
	_, err := w.runtime(guarded).ConverseStream(t.Context(), &bedrockruntime.ConverseStreamInput{ModelId: aws.String(haiku), Messages: []run.Message{said("user", "x")}})
	refused(t, err, "AccessDeniedException", "bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:eu-west-1::foundation-model/"+haiku)
}

// TestConverseStreamGuardrail: what a guardrail blocks does not stream; what it masks is out
// before it looks when it works beside the stream.
func TestConverseStreamGuardrail(t *testing.T) {
	w := newWorld(t)
	in := filters("filters")
	in.SensitiveInformationPolicyConfig.RegexesConfig = []types.GuardrailRegexConfig{{Name: aws.String("order"), Pattern: aws.String(`ORD-\d{4}`), Action: "ANONYMIZE", InputAction: "NONE"}}
	made := w.create(in)
	heard := func(text string, mode run.GuardrailStreamProcessingMode) string {
		t.Helper()
		lines, end := streamed(t, w.runtime(admin), &bedrockruntime.ConverseStreamInput{
			ModelId: aws.String(haiku), Messages: []run.Message{said("user", text)},
			GuardrailConfig: &run.GuardrailStreamConfiguration{GuardrailIdentifier: made.GuardrailId, GuardrailVersion: aws.String("DRAFT"), Trace: "enabled", StreamProcessingMode: mode},
		})
		return strings.Join(lines, "; ") + "; " + *end.Trace.Guardrail.ActionReason
	}
	for _, c := range []struct {
		text string
		mode run.GuardrailStreamProcessingMode
		want string
	}{
		{"damn", "", `start assistant; 0 "not "; 0 "asked"; block stops; stop guardrail_intervened; Guardrail blocked.`},
		{"gizmo", "async", `start assistant; 0 "not "; 0 "said"; block stops; stop guardrail_intervened; Guardrail blocked.`},
		{"ORD-1234", "sync", `start assistant; 0 "You "; 0 "said: "; 0 "{order}"; block stops; stop end_turn; Guardrail masked.`},
		{"ORD-1234", "async", `start assistant; 0 "You "; 0 "said: "; 0 "ORD-1234"; block stops; stop end_turn; Guardrail masked.`},
	} {
		if got := heard(c.text, c.mode); got != c.want {
			t.Errorf("%s %s\n got %s\nwant %s", c.text, c.mode, got, c.want)
		}
	}
	locked := plain("locked")
	locked.KmsKeyId = aws.String("alias/next")
	id := w.create(locked).GuardrailId
	w.DisableKey(account, region, "alias/next")
	_, err := w.runtime(admin).ConverseStream(t.Context(), &bedrockruntime.ConverseStreamInput{
		ModelId: aws.String(haiku), Messages: []run.Message{said("user", "x")},
		GuardrailConfig: &run.GuardrailStreamConfiguration{GuardrailIdentifier: id, GuardrailVersion: aws.String("DRAFT")},
	})
	refused(t, err, "ValidationException", "is disabled")
}

// chunks are those of InvokeModelWithResponseStream.
func (w *world) chunks(in *bedrockruntime.InvokeModelWithResponseStreamInput) (out []string) {
	w.t.Helper()
	stream := localtest.Must(w.runtime(admin).InvokeModelWithResponseStream(w.t.Context(), in))(w.t).GetStream()
	for e := range stream.Events() {
		out = append(out, string(e.(*run.ResponseStreamMemberChunk).Value.Bytes))
	}
	if err := stream.Err(); err != nil {
		w.t.Fatal(err)
	}
	return out
}

func TestInvokeModelWithResponseStream(t *testing.T) {
	w := newWorld(t)
	metrics := func(in, out int) string {
		return fmt.Sprintf(`"amazon-bedrock-invocationMetrics":{"firstByteLatency":0,"inputTokenCount":%d,"invocationLatency":0,"outputTokenCount":%d}`, in, out)
	}
	for _, c := range []struct {
		model, body string
		want        []string
	}{
		{"amazon.nova-micro-v1:0", `{"messages":[{"role":"user","content":[{"text":"one two"}]}],"inferenceConfig":{"maxTokens":3}}`, []string{
			`{"messageStart":{"role":"assistant"}}`,
			`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"You "}}}`, `{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"said: "}}}`,
			`{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"one"}}}`, `{"contentBlockStop":{"contentBlockIndex":0}}`, `{"messageStop":{"stopReason":"max_tokens"}}`,
			`{` + metrics(2, 3) + `,"metadata":{"metrics":{},"trace":{},"usage":{"inputTokens":2,"outputTokens":3}}}`,
		}},
		{"amazon.titan-text-express-v1", `{"inputText":"one"}`, []string{
			`{"index":0,"inputTextTokenCount":1,"outputText":"You "}`, `{"index":0,"inputTextTokenCount":1,"outputText":"said: "}`, `{"index":0,"inputTextTokenCount":1,"outputText":"one"}`,
			`{` + metrics(1, 3) + `,"completionReason":"FINISH","index":0,"inputTextTokenCount":1,"outputText":"","totalOutputTextTokenCount":3}`,
		}},
		{"meta.llama3-8b-instruct-v1:0", `{"prompt":"one two","max_gen_len":1}`, []string{
			`{"generation":"You"}`, `{` + metrics(2, 1) + `,"generation":"","generation_token_count":1,"prompt_token_count":2,"stop_reason":"length"}`,
		}},
		{"mistral.mistral-7b-instruct-v0:2", `{"prompt":"one","max_tokens":1}`, []string{
			`{"outputs":[{"text":"You"}]}`, `{` + metrics(1, 1) + `,"outputs":[{"stop_reason":"length","text":""}]}`,
		}},
	} {
		if got := w.chunks(&bedrockruntime.InvokeModelWithResponseStreamInput{ModelId: &c.model, Body: []byte(c.body)}); !slices.Equal(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.model, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
	}
	_, err := w.runtime(admin).InvokeModelWithResponseStream(t.Context(), &bedrockruntime.InvokeModelWithResponseStreamInput{ModelId: aws.String("cohere.embed-english-v3"), Body: []byte(`{"texts":["x"]}`)})
	refused(t, err, "ValidationException", "The model is unsupported for streaming.")
}

// TestInvokeModelStreamClaude: a guardrail's verdict is in the last chunk, and the log has all.
func TestInvokeModelStreamClaude(t *testing.T) {
	w := newWorld(t)
	w.logBucket()
	w.logGroup()
	if err := w.putLogging(everywhere()); err != nil {
		t.Fatal(err)
	}
	made := w.create(filters("filters"))
	got := w.chunks(&bedrockruntime.InvokeModelWithResponseStreamInput{
		ModelId: aws.String(haiku), Body: []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":99,"messages":[{"role":"user","content":"damn"}]}`),
		GuardrailIdentifier: made.GuardrailArn, GuardrailVersion: aws.String("DRAFT"),
	})
	var types []string
	for _, c := range got {
		var chunk struct{ Type string }
		if err := json.Unmarshal([]byte(c), &chunk); err != nil {
			t.Fatal(err)
		}
		types = append(types, chunk.Type)
	}
	if want := "message_start content_block_start content_block_delta content_block_delta content_block_stop message_delta message_stop"; strings.Join(types, " ") != want {
		t.Fatalf("%q", got)
	}
	if got[2] != `{"delta":{"text":"not ","type":"text_delta"},"index":0,"type":"content_block_delta"}` || got[3] != `{"delta":{"text":"asked","type":"text_delta"},"index":0,"type":"content_block_delta"}` ||
		got[5] != `{"delta":{"stop_reason":"end_turn"},"type":"message_delta","usage":{"output_tokens":0}}` ||
		got[6] != `{"amazon-bedrock-guardrailAction":"INTERVENED","amazon-bedrock-invocationMetrics":{"firstByteLatency":0,"inputTokenCount":0,"invocationLatency":0,"outputTokenCount":0},"type":"message_stop"}` {
		t.Errorf("%q", got)
	}
	lines := w.logged()
	if last := lines[len(lines)-1]; !strings.Contains(last, `"operation":"InvokeModelWithResponseStream"`) || !strings.Contains(last, `"outputBodyJson":[`+strings.Join(got, ",")+`]`) {
		t.Error(last)
	}
}

// TestConverseStreamLog: the log of a stream has the answer as Converse has it.
func TestConverseStreamLog(t *testing.T) {
	w := newWorld(t)
	w.logBucket()
	w.logGroup()
	if err := w.putLogging(everywhere()); err != nil {
		t.Fatal(err)
	}
	streamed(t, w.runtime(admin), &bedrockruntime.ConverseStreamInput{ModelId: aws.String(haiku), Messages: []run.Message{said("user", "one")}})
	lines := w.logged()
	if last := lines[len(lines)-1]; !strings.Contains(last, `"operation":"ConverseStream"`) ||
		!strings.Contains(last, `"outputBodyJson":{"metrics":{"latencyMs":0},"output":{"message":{"content":[{"text":"You said: one"}],"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":3,"totalTokens":4}}`) {
		t.Error(last)
	}
}
