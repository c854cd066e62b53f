package bedrock

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy/authz"
)

// inference is one call of a model.
type inference struct {
	// guarded are the texts of the input that guardrails assess, last the index of the one
	// that is answered; -1: it is not among them, and is said.
	guarded []string
	last    int
	said    string
	// tokens are those of the input: its words.
	tokens int
	// limit is the most words of the answer, 0: any number; stops end it.
	limit int
	stops []string
}

// answer is what came of an inference.
type answer struct {
	text string
	// stop is as in Converse: end_turn, max_tokens, stop_sequence, guardrail_intervened.
	stop    string
	in, out int64
	// action is the reason of the guardrails; trace what they found; said is what the model
	// answered before.
	action                  string
	inputTrace, outputTrace wire.Object
	said                    string
	intervened              bool
}

// authorize decides on InvokeModel, or the action for streams: on the model or what serves it,
// and on the profile that it is invoked by. Then it reads the artifacts of a custom model.
// Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
// and, for the condition key, https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
func authorize(ctx context.Context, r *emulate.Request, action string, m *target, identifier, version string) error {
	conditions := authz.Context{}
	if identifier != "" {
		g, err := guardrailOf(r, identifier)
		if err != nil {
			return err
		}
		name := g.arn
		if version != draft {
			name += ":" + version
		}
		conditions["bedrock:guardrailidentifier"] = authz.Value{Values: []string{name}}
	}
	resources := []string{m.arn(r)}
	if m.profile != "" {
		resources = append(resources, m.profile)
		conditions["bedrock:inferenceprofilearn"] = authz.Value{Values: []string{m.profile}}
	}
	for _, resource := range resources {
		if err := r.AllowAs(ctx, &plane.Asked{Action: "bedrock:" + action, Resource: resource, Account: r.Account, Context: conditions}); err != nil {
			return err
		}
	}
	return m.load(ctx, r)
}

// guards are the guardrails of a request: the one that the account enforces for the model, and
// the one that the request names.
func guards(ctx context.Context, r *emulate.Request, m *target, identifier, version string) ([]*applied, error) {
	var out []*applied
	if rec := enforcedIn(r.Service.World, r.Account, r.Region); rec != nil && enforces(rec.Doc, m.id) {
		a, err := guard(ctx, r, rec.Doc.Text("guardrailArn"), rec.Doc.Text("guardrailVersion"), ofAccount)
		if err != nil {
			return nil, unguarded(r, err)
		}
		out = append(out, a)
	}
	if identifier != "" {
		a, err := guard(ctx, r, identifier, version, ofRequest)
		if err != nil {
			return nil, unguarded(r, err)
		}
		out = append(out, a)
	}
	return out, nil
}

// unguarded is the refusal of an inference whose guardrail cannot be applied: as AWS's, it is
// not that of a resource.
func unguarded(r *emulate.Request, err error) error {
	if errors.Is(err, errMissing) {
		return r.Fail("ValidationException", "%s", noGuardrail)
	}
	return err
}

// enforces says whether an enforced guardrail is for a model.
func enforces(config wire.Object, model string) bool {
	of := config.Object("modelEnforcement")
	if of == nil {
		return true
	}
	in := of.Texts("includedModels")
	return (slices.Contains(in, "ALL") || slices.Contains(in, model)) && !slices.Contains(of.Texts("excludedModels"), model)
}

// pair refuses a guardrail without its version, and the other way around.
func pair(r *emulate.Request, identifier, version string) error {
	if (identifier == "") != (version == "") {
		return r.Fail("ValidationException", "Give both the identifier and the version of the guardrail.")
	}
	return nil
}

// run answers, between the guardrails.
func (i *inference) run(guards []*applied, full bool) *answer {
	a := &answer{stop: "end_turn", inputTrace: wire.Object{}, outputTrace: wire.Object{}}
	texts := i.guarded
	for _, g := range guards {
		o := assess(g.config, input, full, texts)
		a.inputTrace[g.id] = g.assessment(o, covered(texts))
		a.note(o)
		if o.blocked {
			a.text, a.stop = g.message(input), "guardrail_intervened"
			return a
		}
		texts = o.texts
	}
	asked := i.said
	if i.last >= 0 && i.last < len(texts) {
		asked = texts[i.last]
	}
	a.in = int64(i.tokens)
	a.text, a.stop = i.cut(reply(asked))
	a.said = a.text
	a.out = int64(len(wordsOf(a.text)))
	for _, g := range guards {
		o := assess(g.config, output, full, []string{a.text})
		a.outputTrace[g.id] = []any{g.assessment(o, covered([]string{a.text}))}
		a.note(o)
		if o.blocked {
			a.text, a.stop = g.message(output), "guardrail_intervened"
			return a
		}
		a.text = o.texts[0]
	}
	return a
}

// unmask has the answer be what the model said. Guardrails that work beside a stream can still
// block, but what they mask is out already.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-streaming.html
func (a *answer) unmask() {
	if a.stop != "guardrail_intervened" {
		a.text = a.said
	}
}

// note keeps the strongest reason.
func (a *answer) note(o *outcome) {
	if a.action == "" || o.masked && !a.intervened || o.blocked {
		a.action = o.reason()
	}
	a.intervened = a.intervened || o.blocked || o.masked
}

func covered(texts []string) wire.Object {
	n := 0
	for _, text := range texts {
		n += utf8.RuneCountInString(text)
	}
	return wire.Object{"textCharacters": wire.Object{"guarded": int64(n), "total": int64(n)}}
}

// reply is the answer of every model of the plane: an echo.
func reply(asked string) string { return "You said: " + asked }

// cut ends an answer where the request says.
func (i *inference) cut(text string) (cut, stop string) {
	stop = "end_turn"
	for _, s := range i.stops {
		if before, _, found := strings.Cut(text, s); found {
			text, stop = before, "stop_sequence"
		}
	}
	if words := wordsOf(text); i.limit > 0 && len(words) > i.limit {
		text, stop = text[:words[i.limit-1].end], "max_tokens"
	}
	return text, stop
}
