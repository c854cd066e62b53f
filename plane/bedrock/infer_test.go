package bedrock_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	run "github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const haiku = "anthropic.claude-3-haiku-20240307-v1:0"

func ask(text string) *bedrockruntime.ConverseInput {
	return &bedrockruntime.ConverseInput{ModelId: aws.String(haiku), Messages: []run.Message{said("user", text)}}
}

func said(role run.ConversationRole, text string) run.Message {
	return run.Message{Role: role, Content: []run.ContentBlock{&run.ContentBlockMemberText{Value: text}}}
}

// heard is the text of an answer.
func heard(o *bedrockruntime.ConverseOutput) string {
	return o.Output.(*run.ConverseOutputMemberMessage).Value.Content[0].(*run.ContentBlockMemberText).Value
}

func TestConverse(t *testing.T) {
	w := newWorld(t)
	client := w.runtime(admin)
	out := localtest.Must(client.Converse(t.Context(), &bedrockruntime.ConverseInput{
		ModelId: aws.String(haiku), System: []run.SystemContentBlock{&run.SystemContentBlockMemberText{Value: "Be brief."}},
		Messages: []run.Message{said("user", "one two"), said("assistant", "three"), said("user", "four five six")},
	}))(t)
	if heard(out) != "You said: four five six" || out.StopReason != "end_turn" || *out.Usage.InputTokens != 8 || *out.Usage.OutputTokens != 5 || *out.Usage.TotalTokens != 13 || out.Trace != nil {
		t.Errorf("%s %+v", heard(out), out)
	}
	short := ask("one two three")
	short.InferenceConfig = &run.InferenceConfiguration{MaxTokens: aws.Int32(3)}
	if out := localtest.Must(client.Converse(t.Context(), short))(t); heard(out) != "You said: one" || out.StopReason != "max_tokens" || *out.Usage.OutputTokens != 3 {
		t.Errorf("%s %s", heard(out), out.StopReason)
	}
	short.InferenceConfig = &run.InferenceConfiguration{StopSequences: []string{" two"}}
	if out := localtest.Must(client.Converse(t.Context(), short))(t); heard(out) != "You said: one" || out.StopReason != "stop_sequence" {
		t.Errorf("%s %s", heard(out), out.StopReason)
	}
	for name, c := range map[string]struct {
		change func(*bedrockruntime.ConverseInput)
		text   string
	}{
		"model": {func(in *bedrockruntime.ConverseInput) { in.ModelId = aws.String("acme.model-v1:0") }, "The provided model identifier is invalid."},
		"on demand": {func(in *bedrockruntime.ConverseInput) {
			in.ModelId = aws.String("anthropic.claude-sonnet-4-20250514-v1:0")
		}, "with on-demand throughput isn’t supported."},
		"first":     {func(in *bedrockruntime.ConverseInput) { in.Messages[0].Role = "assistant" }, "A conversation must start with a user message."},
		"turns":     {func(in *bedrockruntime.ConverseInput) { in.Messages = append(in.Messages, in.Messages[0]) }, "A conversation must alternate between user and assistant roles."},
		"embedding": {func(in *bedrockruntime.ConverseInput) { in.ModelId = aws.String("amazon.titan-embed-text-v2:0") }, "is not supported by the Converse API."},
		"guardrail": {func(in *bedrockruntime.ConverseInput) {
			in.GuardrailConfig = &run.GuardrailConfiguration{GuardrailIdentifier: aws.String("aaaaaaaaaaaa"), GuardrailVersion: aws.String("1")}
		}, "The guardrail identifier or version provided in the request does not exist."},
		"half a guardrail": {func(in *bedrockruntime.ConverseInput) {
			in.GuardrailConfig = &run.GuardrailConfiguration{GuardrailIdentifier: aws.String("aaaaaaaaaaaa")}
		}, "Give both the identifier and the version of the guardrail."},
	} {
		t.Run(name, func(t *testing.T) {
			in := ask("x")
			c.change(in)
			_, err := client.Converse(t.Context(), in)
			refused(t, err, "ValidationException", c.text)
		})
	}
	profile := ask("x")
	profile.ModelId = aws.String("eu.anthropic.claude-sonnet-4-20250514-v1:0")
	if out := localtest.Must(client.Converse(t.Context(), profile))(t); heard(out) != "You said: x" {
		t.Error(heard(out))
	}
}

func TestConverseGuardrail(t *testing.T) {
	w := newWorld(t)
	made := w.create(filters("filters"))
	client := w.runtime(admin)
	converse := func(in *bedrockruntime.ConverseInput) *bedrockruntime.ConverseOutput {
		t.Helper()
		in.GuardrailConfig = &run.GuardrailConfiguration{GuardrailIdentifier: made.GuardrailId, GuardrailVersion: aws.String("DRAFT"), Trace: "enabled"}
		return localtest.Must(client.Converse(t.Context(), in))(t)
	}
	out := converse(ask("damn"))
	trace := out.Trace.Guardrail
	if heard(out) != "not asked" || out.StopReason != "guardrail_intervened" || *trace.ActionReason != "Guardrail blocked." || trace.OutputAssessments != nil || *out.Usage.TotalTokens != 0 ||
		*trace.InputAssessment[*made.GuardrailId].WordPolicy.ManagedWordLists[0].Match != "damn" {
		t.Errorf("%s %+v", heard(out), trace)
	}
	if out := converse(ask("I am a@b.example")); heard(out) != "You said: I am {EMAIL}" || out.StopReason != "end_turn" || *out.Trace.Guardrail.ActionReason != "Guardrail masked." {
		t.Errorf("%s %+v", heard(out), out.Trace.Guardrail)
	}
	out = converse(ask("a gizmo"))
	if heard(out) != "not said" || out.StopReason != "guardrail_intervened" || out.Trace.Guardrail.ModelOutput[0] != "You said: a gizmo" ||
		*out.Trace.Guardrail.OutputAssessments[*made.GuardrailId][0].WordPolicy.CustomWords[0].Match != "gizmo" {
		t.Errorf("%s %+v", heard(out), out.Trace.Guardrail)
	}
	// Where something is marked, the rest is not assessed.
	marked := ask("damn")
	marked.Messages[0].Content = append(marked.Messages[0].Content, &run.ContentBlockMemberGuardContent{Value: &run.GuardrailConverseContentBlockMemberText{Value: run.GuardrailConverseTextBlock{Text: aws.String("mail a@b.example")}}})
	if out := converse(marked); heard(out) != "You said: mail {EMAIL}" {
		t.Error(heard(out))
	}
}

// TestGuardrailCondition: a policy can demand a version of a guardrail.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
func TestGuardrailCondition(t *testing.T) {
	w := newWorld(t)
	made := w.create(filters("filters"))
	localtest.Must(w.as(admin).CreateGuardrailVersion(t.Context(), &bedrock.CreateGuardrailVersionInput{GuardrailIdentifier: made.GuardrailId}))(t)
	in := ask("x")
	_, err := w.runtime(guarded).Converse(t.Context(), in)
	refused(t, err, "AccessDeniedException", "bedrock:InvokeModel on resource: arn:aws:bedrock:eu-west-1::foundation-model/"+haiku)
	in.GuardrailConfig = &run.GuardrailConfiguration{GuardrailIdentifier: made.GuardrailId, GuardrailVersion: aws.String("DRAFT")}
	_, err = w.runtime(guarded).Converse(t.Context(), in)
	refused(t, err, "AccessDeniedException", "bedrock:InvokeModel")
	in.GuardrailConfig.GuardrailVersion = aws.String("1")
	if out := localtest.Must(w.runtime(guarded).Converse(t.Context(), in))(t); heard(out) != "You said: x" {
		t.Error(heard(out))
	}
}

func TestInvokeModel(t *testing.T) {
	w := newWorld(t)
	made := w.create(filters("filters"))
	client := w.runtime(admin)
	for _, c := range []struct{ model, body, want string }{
		{"amazon.nova-micro-v1:0", `{"messages":[{"role":"user","content":[{"text":"one two"}]}],"inferenceConfig":{"maxTokens":3}}`,
			`{"output":{"message":{"content":[{"text":"You said: one"}],"role":"assistant"}},"stopReason":"max_tokens","usage":{"inputTokens":2,"outputTokens":3,"totalTokens":5}}`},
		{"amazon.titan-text-express-v1", `{"inputText":"one","textGenerationConfig":{"temperature":0.5}}`,
			`{"inputTextTokenCount":1,"results":[{"completionReason":"FINISH","outputText":"You said: one","tokenCount":3}]}`},
		{"meta.llama3-8b-instruct-v1:0", `{"prompt":"one two","max_gen_len":3}`,
			`{"generation":"You said: one","generation_token_count":3,"prompt_token_count":2,"stop_reason":"length"}`},
		{"mistral.mistral-7b-instruct-v0:2", `{"prompt":"one"}`, `{"outputs":[{"stop_reason":"stop","text":"You said: one"}]}`},
	} {
		out := localtest.Must(client.InvokeModel(t.Context(), &bedrockruntime.InvokeModelInput{ModelId: &c.model, Body: []byte(c.body)}))(t)
		if string(out.Body) != c.want || *out.ContentType != "application/json" {
			t.Errorf("%s %s\n got %s\nwant %s", c.model, *out.ContentType, out.Body, c.want)
		}
	}
	claude := &bedrockruntime.InvokeModelInput{
		ModelId: aws.String(haiku), Body: []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":99,"messages":[{"role":"user","content":"I am a@b.example"}]}`),
		GuardrailIdentifier: made.GuardrailArn, GuardrailVersion: aws.String("DRAFT"), Trace: "ENABLED",
	}
	var got struct {
		ID, Type, Role, Model string
		StopReason            string `json:"stop_reason"`
		Content               []struct{ Type, Text string }
		Usage                 map[string]int
		Action                string `json:"amazon-bedrock-guardrailAction"`
		Trace                 struct {
			Guardrail struct {
				Input        map[string]any
				ActionReason string
			}
		} `json:"amazon-bedrock-trace"`
	}
	out := localtest.Must(client.InvokeModel(t.Context(), claude))(t)
	if err := json.Unmarshal(out.Body, &got); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.ID, "msg_bdrk_") || got.Type != "message" || got.Role != "assistant" || got.Model != haiku || got.StopReason != "end_turn" || len(got.Content) != 1 ||
		got.Content[0].Text != "You said: I am {EMAIL}" || got.Usage["input_tokens"] != 5 || got.Usage["output_tokens"] != 5 || got.Action != "INTERVENED" ||
		got.Trace.Guardrail.Input[*made.GuardrailId] == nil || got.Trace.Guardrail.ActionReason != "Guardrail masked." {
		t.Errorf("%s", out.Body)
	}
	for body, text := range map[string]string{
		`{"prompt"`:  "Malformed input request, please reformat your input and try again.",
		`{"text":1}`: "Malformed input request: #: required key [messages] not found, please reformat your input and try again.",
	} {
		_, err := client.InvokeModel(t.Context(), &bedrockruntime.InvokeModelInput{ModelId: aws.String(haiku), Body: []byte(body)})
		refused(t, err, "ValidationException", text)
	}
}

func TestEmbeddings(t *testing.T) {
	w := newWorld(t)
	embed := func(model, body string) map[string]any {
		t.Helper()
		out := localtest.Must(w.runtime(admin).InvokeModel(t.Context(), &bedrockruntime.InvokeModelInput{ModelId: &model, Body: []byte(body)}))(t)
		var got map[string]any
		if err := json.Unmarshal(out.Body, &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	dot := func(a, b any) (sum float64) {
		x, y := a.([]any), b.([]any)
		for i := range x {
			sum += x[i].(float64) * y[i].(float64)
		}
		return sum
	}
	const titan = "amazon.titan-embed-text-v2:0"
	a, b := embed(titan, `{"inputText":"patients and drugs"}`), embed(titan, `{"inputText":"Drugs and PATIENTS"}`)
	c := embed(titan, `{"inputText":"weather"}`)
	if len(a["embedding"].([]any)) != 1024 || a["inputTextTokenCount"].(float64) != 3 || math.Abs(dot(a["embedding"], b["embedding"])-1) > 1e-9 || dot(a["embedding"], c["embedding"]) > 0.5 {
		t.Errorf("%v %v", dot(a["embedding"], b["embedding"]), dot(a["embedding"], c["embedding"]))
	}
	for body, want := range map[string]int{`{"inputText":"x","dimensions":256}`: 256, `{"inputText":""}`: 1024} {
		if got := embed(titan, body); len(got["embedding"].([]any)) != want || math.Abs(dot(got["embedding"], got["embedding"])-1) > 1e-9 {
			t.Errorf("%s: %d", body, len(got["embedding"].([]any)))
		}
	}
	if got := embed("amazon.titan-embed-text-v1", `{"inputText":"x"}`); len(got["embedding"].([]any)) != 1536 {
		t.Errorf("%d", len(got["embedding"].([]any)))
	}
	if got := embed("cohere.embed-english-v3", `{"texts":["x","y"],"input_type":"search_query"}`); len(got["embeddings"].([]any)) != 2 || got["response_type"] != "embeddings_floats" {
		t.Errorf("%v", got)
	}
}

func TestCountTokens(t *testing.T) {
	w := newWorld(t)
	for _, in := range []run.CountTokensInput{
		&run.CountTokensInputMemberConverse{Value: run.ConverseTokensRequest{Messages: ask("one two three").Messages}},
		&run.CountTokensInputMemberInvokeModel{Value: run.InvokeModelTokensRequest{Body: []byte(`{"messages":[{"role":"user","content":"one two three"}]}`)}},
	} {
		out := localtest.Must(w.runtime(admin).CountTokens(t.Context(), &bedrockruntime.CountTokensInput{ModelId: aws.String(haiku), Input: in}))(t)
		if *out.InputTokens != 3 {
			t.Errorf("%d", *out.InputTokens)
		}
	}
}

// TestEnforcedGuardrail: every inference of the account needs the guardrail and its key.
func TestEnforcedGuardrail(t *testing.T) {
	w := newWorld(t)
	in := filters("enforced")
	in.KmsKeyId = aws.String(w.key("alias/guardrails"))
	made := w.create(in)
	client := w.as(admin)
	put := func(id *string, version string, included ...string) (*bedrock.PutEnforcedGuardrailConfigurationOutput, error) {
		config := &types.AccountEnforcedGuardrailInferenceInputConfiguration{GuardrailIdentifier: made.GuardrailId, GuardrailVersion: &version}
		if included != nil {
			config.ModelEnforcement = &types.ModelEnforcement{IncludedModels: included, ExcludedModels: []string{}}
		}
		return client.PutEnforcedGuardrailConfiguration(t.Context(), &bedrock.PutEnforcedGuardrailConfigurationInput{ConfigId: id, GuardrailInferenceConfig: config})
	}
	_, err := put(nil, "1")
	refused(t, err, "ResourceNotFoundException", "does not exist")
	localtest.Must(client.CreateGuardrailVersion(t.Context(), &bedrock.CreateGuardrailVersionInput{GuardrailIdentifier: made.GuardrailId}))(t)
	first := localtest.Must(put(nil, "1"))(t)
	_, err = put(nil, "1")
	refused(t, err, "ConflictException", *first.ConfigId)
	_, err = put(aws.String("nothing"), "1")
	refused(t, err, "ResourceNotFoundException", "nothing does not exist")

	list := localtest.Must(client.ListEnforcedGuardrailsConfiguration(t.Context(), &bedrock.ListEnforcedGuardrailsConfigurationInput{}))(t).GuardrailsConfig
	if len(list) != 1 || *list[0].ConfigId != *first.ConfigId || *list[0].GuardrailArn != *made.GuardrailArn || *list[0].GuardrailVersion != "1" ||
		*list[0].CreatedBy != "arn:aws:iam::111122223333:user/admin" || list[0].Owner != "ACCOUNT" {
		t.Errorf("%+v", list)
	}
	out := localtest.Must(w.runtime(admin).Converse(t.Context(), ask("damn")))(t)
	if heard(out) != "not asked" || out.StopReason != "guardrail_intervened" {
		t.Error(heard(out))
	}
	_, err = w.runtime(keyless).Converse(t.Context(), ask("fine"))
	refused(t, err, "AccessDeniedException", "kms:Decrypt")

	for _, version := range []*string{nil, aws.String("1")} {
		_, err = client.DeleteGuardrail(t.Context(), &bedrock.DeleteGuardrailInput{GuardrailIdentifier: made.GuardrailId, GuardrailVersion: version})
		refused(t, err, "ResourceInUseException", "The guardrail is enforced for the account")
	}
	// Replaced: for another model only.
	localtest.Must(put(first.ConfigId, "1", "amazon.nova-lite-v1:0"))(t)
	if out := localtest.Must(w.runtime(admin).Converse(t.Context(), ask("damn")))(t); heard(out) != "You said: damn" {
		t.Error(heard(out))
	}
	localtest.Must(client.DeleteEnforcedGuardrailConfiguration(t.Context(), &bedrock.DeleteEnforcedGuardrailConfigurationInput{ConfigId: first.ConfigId}))(t)
	if list := localtest.Must(client.ListEnforcedGuardrailsConfiguration(t.Context(), &bedrock.ListEnforcedGuardrailsConfigurationInput{}))(t).GuardrailsConfig; len(list) != 0 {
		t.Errorf("%+v", list)
	}
	localtest.Must(client.DeleteGuardrail(t.Context(), &bedrock.DeleteGuardrailInput{GuardrailIdentifier: made.GuardrailId}))(t)
}
