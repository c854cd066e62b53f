package agents

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// kindGeneration is the kind of the sessions of RetrieveAndGenerate.
const kindGeneration = "generation-session"

// generationNeeds are those of the key that a request names for its session.
var generationNeeds = []catalog.Need{{
	Who: "service:" + service, For: "create", Actions: []string{"GenerateDataKey", "Decrypt"},
	Source: "https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-kb.html",
}}

// generation is one answer out of a knowledge base.
type generation struct {
	*voice
	id      string // of the session
	record  *records.Record
	history []any // the messages so far
	config  wire.Object
	model   string

	text       string
	intervened bool
	guarded    bool
	citations  []any
}

// unable is what is answered when nothing is found, as AWS answers.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-retrieve-generate.html
const unable = "Sorry, I am unable to assist you with this request."

// generationTemplate is the prompt without one in the request. That of AWS instructs a model,
// which the one of the plane does not need.
const generationTemplate = "$query$\n$search_results$"

func retrieveAndGenerate(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := generate(ctx, r)
	if err != nil {
		return nil, err
	}
	out := wire.Object{"sessionId": g.id, "output": wire.Object{"text": g.text}, "citations": append([]any{}, g.citations...)}
	if g.guarded {
		out["guardrailAction"] = g.action()
	}
	return out, nil
}

// retrieveAndGenerateStream answers with events: the text word by word, and what it cites.
func retrieveAndGenerateStream(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := generate(ctx, r)
	if err != nil {
		return nil, err
	}
	var events []any
	if g.guarded {
		events = append(events, wire.Object{"guardrail": wire.Object{"action": g.action()}})
	}
	for _, text := range strings.SplitAfter(g.text, " ") {
		events = append(events, wire.Object{"output": wire.Object{"text": text}})
	}
	for _, c := range g.citations {
		events = append(events, wire.Object{"citation": c})
	}
	return wire.Object{"sessionId": g.id, "stream": events}, nil
}

func (g *generation) action() string {
	if g.intervened {
		return "INTERVENED"
	}
	return "NONE"
}

// generate retrieves and asks the model, as the caller. The guardrail looks at the question and
// at the answer, and at nothing that was retrieved.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerate.html
func generate(ctx context.Context, r *emulate.Request) (*generation, error) {
	in := r.In.Object("retrieveAndGenerateConfiguration.knowledgeBaseConfiguration")
	if in == nil {
		return nil, unserved(r, "RetrieveAndGenerate without a knowledge base")
	}
	for _, member := range []string{"orchestrationConfiguration.queryTransformationConfiguration", "generationConfiguration.additionalModelRequestFields"} {
		if in.Has(member) {
			return nil, unserved(r, member+" of RetrieveAndGenerate")
		}
	}
	g := &generation{voice: &voice{r: r, who: r.Caller}, config: in, model: in.Text("modelArn")}
	if err := g.open(ctx); err != nil {
		return nil, err
	}
	guardrail := in.Object("generationConfiguration.guardrailConfiguration").Renamed(map[string]string{"guardrailId": "guardrailIdentifier"})
	g.guarded = len(guardrail) > 0
	if !g.guarded {
		guardrail = nil
	}
	asked, err := g.guard(ctx, guardrail, "INPUT", r.In.Text("input.text"))
	if err != nil {
		return nil, err
	}
	g.text, g.intervened = asked.text, asked.intervened
	if !asked.blocked {
		if err := g.answerFrom(ctx, guardrail, asked.text); err != nil {
			return nil, err
		}
	}
	return g, g.keep(ctx, asked.text)
}

// answerFrom answers a question out of the knowledge base.
func (g *generation) answerFrom(ctx context.Context, guardrail wire.Object, question string) error {
	query := g.config.Pick("knowledgeBaseId", "retrievalConfiguration").With(wire.Object{"retrievalQuery": wire.Object{"text": question}})
	found, err := g.do(ctx, runtime, "Retrieve", query)
	if err != nil {
		return err
	}
	results := found.Objects("retrievalResults")
	if len(results) == 0 {
		g.text = unable
		return nil
	}
	var texts []string
	for _, result := range results {
		texts = append(texts, result.Text("content.text"))
	}
	template := cmp.Or(g.config.Text("generationConfiguration.promptTemplate.textPromptTemplate"), generationTemplate)
	prompt := strings.NewReplacer("$query$", question, "$search_results$", strings.Join(texts, "\n"), "$output_format_instructions$", "").Replace(template)
	in := wire.Object{"modelId": g.model, "messages": append(append([]any{}, g.history...), said("user", prompt))}
	if c := g.config.Object("generationConfiguration.inferenceConfig.textInferenceConfig"); c != nil {
		in["inferenceConfig"] = c.Pick("maxTokens", "stopSequences", "temperature")
	}
	answer, err := g.answer(ctx, in)
	if err != nil {
		return err
	}
	told, err := g.guard(ctx, guardrail, "OUTPUT", answer)
	if err != nil {
		return err
	}
	g.text, g.intervened = told.text, g.intervened || told.intervened
	g.cite(results)
	return nil
}

// cite finds what was retrieved in the answer, where it stands word for word. Unconfirmed: that
// a span ends at its last character.
func (g *generation) cite(results []wire.Object) {
	for _, result := range results {
		text := result.Text("content.text")
		before, _, found := strings.Cut(g.text, text)
		if !found || text == "" {
			continue
		}
		start := utf8.RuneCountInString(before)
		span := wire.Object{"start": int64(start), "end": int64(start + utf8.RuneCountInString(text) - 1)}
		g.citations = append(g.citations, wire.Object{
			"generatedResponsePart": wire.Object{"textResponsePart": wire.Object{"text": text, "span": span}},
			"retrievedReferences":   []any{result.Pick("content", "location", "metadata")},
		})
	}
}

// subject is the session, for the key that the request names.
func (g *generation) subject() *behalf.Subject {
	s := g.r.Subject("", content, g.r.ARN("generation-session/"+g.id))
	s.Needs = generationNeeds
	return s
}

// open opens the session that the request goes on with, or begins one. Unconfirmed: the texts.
func (g *generation) open(ctx context.Context) error {
	key := g.r.In.Text("sessionConfiguration.kmsKeyArn")
	if g.id = g.r.In.Text("sessionId"); g.id == "" {
		g.id = g.r.Service.UUID()
		return nil
	}
	g.record = g.r.Service.Records.Get(g.r.Key(kindGeneration, g.id))
	if g.record == nil {
		return g.r.Fail(invalid, "Session with Id %s is not valid. Please check and try again.", g.id)
	}
	sealed := g.record.Sealed[content]
	if key != "" && key != sealed.Key {
		return g.r.Fail(invalid, "The key of a session can't be changed.")
	}
	opened, err := g.r.OpenObject(ctx, g.subject(), sealed, "create")
	g.history = opened.List("messages")
	return err
}

// keep keeps the session with this turn. How long AWS keeps it is unconfirmed.
func (g *generation) keep(ctx context.Context, question string) error {
	text, err := json.Marshal(wire.Object{"messages": append(g.history, said("user", question), said("assistant", g.text))})
	if err != nil {
		return err
	}
	key := g.r.In.Text("sessionConfiguration.kmsKeyArn")
	rec := &records.Record{Key: g.r.Key(kindGeneration, g.id), Doc: wire.Object{}}
	if g.record != nil {
		key = g.record.Sealed[content].Key
		rec = g.record.Change(g.r.Service.Now(), nil)
	}
	sealed, err := g.r.Service.Keys.Seal(ctx, g.r.Call, g.subject(), key, "create", text)
	if err != nil {
		return err
	}
	rec.Sealed = map[string]*records.Sealed{content: sealed}
	rec.Next = &records.Next{At: g.r.Service.Now().Add(idle), Gone: true}
	return g.r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if g.record != nil {
			if err := unchanged(tx, g.r, g.record); err != nil {
				return err
			}
		}
		tx.Put(rec)
		return nil
	})
}
