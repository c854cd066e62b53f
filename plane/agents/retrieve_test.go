package agents_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime"
	run "github.com/aws/aws-sdk-go-v2/service/bedrockagentruntime/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// vectorIndex is the S3 Vectors index of a knowledge base.
func (w *world) vectorIndex(in *bedrockagent.CreateKnowledgeBaseInput) {
	w.t.Helper()
	w.do("s3vectors", "CreateVectorBucket", map[string]any{"vectorBucketName": "vectors"})
	w.do("s3vectors", "CreateIndex", map[string]any{"vectorBucketName": "vectors", "indexName": "index", "dataType": "float32", "dimension": 256, "distanceMetric": "cosine", "metadataConfiguration": map[string]any{"nonFilterableMetadataKeys": []string{"AMAZON_BEDROCK_TEXT", "AMAZON_BEDROCK_METADATA"}}})
	in.StorageConfiguration = &types.StorageConfiguration{Type: types.KnowledgeBaseStorageTypeS3Vectors, S3VectorsConfiguration: &types.S3VectorsConfiguration{VectorBucketArn: aws.String("arn:aws:s3vectors:eu-west-1:111122223333:bucket/vectors"), IndexName: aws.String("index")}}
}

// TestRetrieveFilter: what metadata lets through, with the plane's own store and with S3
// Vectors, which filters by itself.
func TestRetrieveFilter(t *testing.T) {
	for name, store := range map[string]func(*world, *bedrockagent.CreateKnowledgeBaseInput){
		"kept": func(*world, *bedrockagent.CreateKnowledgeBaseInput) {}, "vectors": (*world).vectorIndex,
	} {
		t.Run(name, func(t *testing.T) {
			w := newLibrary(t)
			w.do("s3", "CreateBucket", map[string]any{"Bucket": "library", "CreateBucketConfiguration": map[string]any{"LocationConstraint": region}})
			for name, metadata := range map[string]string{
				"a": `{"year":2024,"site":"Bern","open":true,"tags":{"value":{"type":"STRING_LIST","stringListValue":["x","y"]}}}`,
				"b": `{"year":2025,"site":"Basel","open":false}`, "c": `{}`,
			} {
				w.file(name+".txt", "trial "+name)
				w.file(name+".txt.metadata.json", `{"metadataAttributes":`+metadata+`}`)
			}
			base := w.base("base", func(in *bedrockagent.CreateKnowledgeBaseInput) { store(w, in) })
			w.ingested(base, w.source(sourceInput(base, nil)))
			search := func(filter string) (int, string) {
				t.Helper()
				status, _, out := w.send(admin, "POST", "/knowledgebases/"+base+"/retrieve", map[string]any{
					"retrievalQuery":         map[string]any{"text": "trial"},
					"retrievalConfiguration": map[string]any{"vectorSearchConfiguration": map[string]any{"filter": json.RawMessage(filter)}},
				})
				if status != 200 {
					text, _ := out["message"].(string)
					return status, text
				}
				var found []string
				for _, r := range out["retrievalResults"].([]any) {
					found = append(found, strings.TrimPrefix(r.(map[string]any)["content"].(map[string]any)["text"].(string), "trial "))
				}
				slices.Sort(found)
				return status, strings.Join(found, "")
			}
			for filter, want := range map[string]string{
				`{"equals":{"key":"site","value":"Bern"}}`: "a", `{"equals":{"key":"open","value":false}}`: "b", `{"equals":{"key":"year","value":2024}}`: "a", `{"equals":{"key":"year","value":"2024"}}`: "",
				`{"notEquals":{"key":"site","value":"Bern"}}`: "bc", `{"greaterThan":{"key":"year","value":2024}}`: "b", `{"greaterThanOrEquals":{"key":"year","value":2024}}`: "ab",
				`{"lessThan":{"key":"year","value":2025}}`: "a", `{"lessThanOrEquals":{"key":"year","value":2025}}`: "ab", `{"lessThan":{"key":"site","value":2025}}`: "",
				`{"in":{"key":"site","value":["Bern","Chur"]}}`: "a", `{"notIn":{"key":"site","value":["Bern","Chur"]}}`: "bc", `{"listContains":{"key":"tags","value":"y"}}`: "a", `{"listContains":{"key":"tags","value":"z"}}`: "",
				`{"andAll":[{"greaterThan":{"key":"year","value":2000}},{"orAll":[{"equals":{"key":"site","value":"Basel"}},{"equals":{"key":"open","value":false}}]}]}`: "b",
				`{"orAll":[{"equals":{"key":"site","value":"Basel"}},{"equals":{"key":"open","value":true}}]}`:                                                           "ab",
			} {
				if status, got := search(filter); status != 200 || got != want {
					t.Errorf("%s: %d %s, want %s", filter, status, got, want)
				}
			}
			for filter, kept := range map[string]string{`{"startsWith":{"key":"site","value":"Be"}}`: "a", `{"stringContains":{"key":"site","value":"as"}}`: "b", `{"stringContains":{"key":"tags","value":"y"}}`: "a"} {
				status, got := search(filter)
				if name == "kept" && got != kept || name == "vectors" && (status != 400 || !strings.Contains(got, "is not supported by S3 Vectors.")) {
					t.Errorf("%s: %d %s", filter, status, got)
				}
			}
			for filter, text := range map[string]string{
				`{"in":{"key":"site","value":"Bern"}}`:       "The value of site in the filter must be a list where the operator is in or notIn, and nowhere else.",
				`{"equals":{"key":"site","value":["Bern"]}}`: "The value of site in the filter must be a list where the operator is in or notIn, and nowhere else.",
				`{"andAll":[{"orAll":[{"andAll":[{"equals":{"key":"a","value":1}},{"equals":{"key":"a","value":1}}]},{"equals":{"key":"a","value":1}}]},{"equals":{"key":"a","value":1}}]}`: "Filters can be nested once.",
			} {
				if status, got := search(filter); status != 400 || got != text {
					t.Errorf("%s: %d %s", filter, status, got)
				}
			}
		})
	}
}

// question is a request of RetrieveAndGenerate.
func question(base, text string) *bedrockagentruntime.RetrieveAndGenerateInput {
	return &bedrockagentruntime.RetrieveAndGenerateInput{
		Input: &run.RetrieveAndGenerateInput{Text: &text},
		RetrieveAndGenerateConfiguration: &run.RetrieveAndGenerateConfiguration{Type: "KNOWLEDGE_BASE", KnowledgeBaseConfiguration: &run.KnowledgeBaseRetrieveAndGenerateConfiguration{
			KnowledgeBaseId: &base, ModelArn: aws.String("amazon.nova-lite-v1:0"), GenerationConfiguration: &run.GenerationConfiguration{},
		}},
	}
}

// generated is a knowledge base with the documents of [world.shelve].
func (w *world) generated() string {
	w.t.Helper()
	w.shelve()
	base := w.base("base")
	w.ingested(base, w.source(sourceInput(base, nil)))
	return base
}

func TestRetrieveAndGenerate(t *testing.T) {
	w := newLibrary(t)
	base := w.generated()
	c, ctx := w.running(admin), t.Context()
	out := localtest.Must(c.RetrieveAndGenerate(ctx, question(base, "Do tomatoes want sun?")))(t)
	if *out.Output.Text != "You said: Do tomatoes want sun?\n# Garden\n\nTomatoes want sun." || len(*out.SessionId) != 36 || out.GuardrailAction != "" {
		t.Errorf("%q %s", *out.Output.Text, *out.SessionId)
	}
	if len(out.Citations) != 1 {
		t.Fatalf("%+v", out.Citations)
	}
	part, ref := out.Citations[0].GeneratedResponsePart.TextResponsePart, out.Citations[0].RetrievedReferences[0]
	if *part.Text != "# Garden\n\nTomatoes want sun." || *part.Span.Start != 32 || *part.Span.End != 59 || *ref.Content.Text != *part.Text || *ref.Location.S3Location.Uri != "s3://library/notes/garden.md" {
		t.Errorf("%+v %+v %+v", part, part.Span, ref)
	}
	if out := localtest.Must(c.RetrieveAndGenerate(ctx, question(base, "Zeppelin?")))(t); *out.Output.Text != "Sorry, I am unable to assist you with this request." || len(out.Citations) != 0 {
		t.Errorf("%+v", out)
	}
	mine := question(base, "tomatoes")
	mine.RetrieveAndGenerateConfiguration.KnowledgeBaseConfiguration.GenerationConfiguration.PromptTemplate = &run.PromptTemplate{TextPromptTemplate: aws.String("[$search_results$] $query$")}
	mine.RetrieveAndGenerateConfiguration.KnowledgeBaseConfiguration.GenerationConfiguration.InferenceConfig = &run.InferenceConfig{TextInferenceConfig: &run.TextInferenceConfig{StopSequences: []string{"want"}}}
	if out := localtest.Must(c.RetrieveAndGenerate(ctx, mine))(t); *out.Output.Text != "You said: [# Garden\n\nTomatoes " || len(out.Citations) != 0 {
		t.Errorf("%q", *out.Output.Text)
	}
	in := question(base, "Do tomatoes want sun?")
	stream := localtest.Must(c.RetrieveAndGenerateStream(ctx, &bedrockagentruntime.RetrieveAndGenerateStreamInput{
		Input: in.Input, RetrieveAndGenerateConfiguration: in.RetrieveAndGenerateConfiguration,
	}))(t).GetStream()
	var text string
	cited := 0
	for e := range stream.Events() {
		switch e := e.(type) {
		case *run.RetrieveAndGenerateStreamResponseOutputMemberOutput:
			text += *e.Value.Text
		case *run.RetrieveAndGenerateStreamResponseOutputMemberCitation:
			cited += len(e.Value.RetrievedReferences)
		}
	}
	if text != *out.Output.Text || cited != 1 || stream.Err() != nil {
		t.Errorf("%q %d %v", text, cited, stream.Err())
	}
	missing := question("NOTTHEREX1", "x")
	_, err := c.RetrieveAndGenerate(ctx, missing)
	refused(t, err, "ResourceNotFoundException", absent)
}

// TestRetrieveAndGenerateSession: what was said is told to the model, and is sealed under the
// key of the first request, which the service uses for itself.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-kb.html
func TestRetrieveAndGenerateSession(t *testing.T) {
	w := newLibrary(t)
	base := w.generated()
	c, ctx := w.running(admin), t.Context()
	first := question(base, "Do tomatoes want sun?")
	first.SessionConfiguration = &run.RetrieveAndGenerateSessionConfiguration{KmsKeyArn: w.key("alias/two")}
	_, err := c.RetrieveAndGenerate(ctx, first)
	refused(t, err, "AccessDeniedException", "bedrock.amazonaws.com is not authorized to perform: kms:GenerateDataKey")
	const root = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},`
	w.SetKeyPolicy(account, region, "alias/two", root+`{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}]}`)
	session := localtest.Must(c.RetrieveAndGenerate(ctx, first))(t).SessionId
	next := question(base, "Do tomatoes want rain?")
	next.SessionId = session
	asked := w.logModels("arn:aws:iam::111122223333:user/admin")
	if out := localtest.Must(c.RetrieveAndGenerate(ctx, next))(t); *out.SessionId != *session {
		t.Errorf("session %s, want %s", *out.SessionId, *session)
	}
	if bodies := asked(); len(bodies) != 1 || !strings.HasPrefix(bodies[0], `{"messages":[{"content":[{"text":"Do tomatoes want sun?"}],"role":"user"},{"content":[{"text":"You said: Do tomatoes want sun?\n`) {
		t.Errorf("%q", bodies)
	}
	other := question(base, "x")
	other.SessionId, other.SessionConfiguration = session, &run.RetrieveAndGenerateSessionConfiguration{KmsKeyArn: w.key("alias/one")}
	_, err = c.RetrieveAndGenerate(ctx, other)
	refused(t, err, "ValidationException", "The key of a session can't be changed.")
	w.DisableKey(account, region, "alias/two")
	_, err = c.RetrieveAndGenerate(ctx, next)
	refused(t, err, "ValidationException", "is disabled")
	w.EnableKey(account, region, "alias/two")
	w.Pass(time.Hour)
	_, err = c.RetrieveAndGenerate(ctx, next)
	refused(t, err, "ValidationException", "Session with Id "+*session+" is not valid.")
}

// TestRetrieveAndGenerateGuardrail: the guardrail looks at the question and at the answer.
func TestRetrieveAndGenerateGuardrail(t *testing.T) {
	w := newLibrary(t)
	base := w.generated()
	guardrail := w.do("bedrock", "CreateGuardrail", map[string]any{
		"name": "g", "blockedInputMessaging": "not asked", "blockedOutputsMessaging": "not said",
		"wordPolicyConfig": map[string]any{"wordsConfig": []any{map[string]any{"text": "gizmo"}, map[string]any{"text": "Bern"}}},
	}).Text("guardrailId")
	for text, want := range map[string]string{"a gizmo": "not asked INTERVENED", "forty patients": "not said INTERVENED", "Do tomatoes want sun?": "You said: Do tomatoes want sun?\n# Garden\n\nTomatoes want sun. NONE"} {
		in := question(base, text)
		in.RetrieveAndGenerateConfiguration.KnowledgeBaseConfiguration.GenerationConfiguration.GuardrailConfiguration = &run.GuardrailConfiguration{GuardrailId: &guardrail, GuardrailVersion: aws.String("DRAFT")}
		out := localtest.Must(w.running(admin).RetrieveAndGenerate(t.Context(), in))(t)
		if got := *out.Output.Text + " " + string(out.GuardrailAction); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestRetrieveAndGenerateAllowed: the caller must be allowed to retrieve, and to ask the model.
func TestRetrieveAndGenerateAllowed(t *testing.T) {
	for denied, text := range map[string]string{
		"bedrock:RetrieveAndGenerate": "bedrock:RetrieveAndGenerate", "bedrock:Retrieve": "bedrock:Retrieve",
		"bedrock:InvokeModel": "Access denied when calling Bedrock. Check your request permissions and retry the request.",
	} {
		const allow = `{Effect: Allow, Action: ["bedrock:*", "iam:PassRole"], Resource: "*"}`
		w := &world{localtest.Open(t, strings.Replace(library, allow, allow+`, {Effect: Deny, Action: "`+denied+`", Resource: "*"}`, 1)), t}
		_, err := w.running(keyless).RetrieveAndGenerate(t.Context(), question(w.generated(), "tomatoes"))
		refused(t, err, "AccessDeniedException", text)
	}
}

// TestFlowGenerates: a knowledge base node with a model answers as RetrieveAndGenerate does.
func TestFlowGenerates(t *testing.T) {
	w := &world{localtest.Open(t, strings.Replace(library, "      - name: other\n", `      - name: execution
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["kms:*", "bedrock:*"], Resource: "*"}]}
      - name: other
`, 1)), t}
	base := w.generated()
	ask := node("ask", "KnowledgeBase", &types.FlowNodeConfigurationMemberKnowledgeBase{Value: types.KnowledgeBaseFlowNodeConfiguration{
		KnowledgeBaseId: &base, ModelId: aws.String("amazon.nova-lite-v1:0"), NumberOfResults: aws.Int32(1),
		InferenceConfiguration: &types.PromptInferenceConfigurationMemberText{Value: types.PromptModelInferenceConfiguration{MaxTokens: aws.Int32(8)}},
	}}, []string{"retrievalQuery String $.data"}, []string{"outputText String"})
	f := w.flow("f", &types.FlowDefinition{
		Nodes: []types.FlowNode{inputNode("String"), ask, outputNode("stop", "String")}, Connections: connections("start.document ask.retrievalQuery", "ask.outputText stop.document"),
	})
	if s := w.prepare(f.Id); s != "Prepared" {
		t.Fatal(s)
	}
	if got := localtest.Must(w.invoke(admin, f.Id, "TSTALIASID", "Which patients in Bern?"))(t); got != `stop "You said: Which patients in Bern?\npatients in"; SUCCESS` {
		t.Error(got)
	}
}
