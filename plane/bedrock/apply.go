package bedrock

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// applying are the operations that apply guardrails by themselves.
func applying() operations {
	return operations{"ApplyGuardrail": {Action: emulate.ByItself, Do: applyGuardrail}}
}

// Where a guardrail that is applied comes from.
const (
	ofRequest = "REQUEST"
	ofAccount = "ACCOUNT_ENFORCED"
)

// applied is a guardrail that is applied to a request.
type applied struct {
	*guardrail
	version, origin, ownership string
	config                     wire.Object
}

// guard gets a guardrail to apply: the caller must be allowed to, and to decrypt it.
func guard(ctx context.Context, r *emulate.Request, identifier, version, origin string) (*applied, error) {
	g, err := guardrailOf(r, identifier)
	if err != nil {
		return nil, err
	}
	if err := g.allow(ctx, r, "ApplyGuardrail"); err != nil {
		return nil, err
	}
	rec := g.record(r.Service.World, version)
	if rec == nil {
		return nil, errMissing
	}
	a := &applied{guardrail: g, version: version, origin: origin, ownership: "SELF"}
	if g.account != r.Account {
		a.ownership = "CROSS_ACCOUNT"
	}
	a.config, err = g.configuration(ctx, r, rec)
	return a, err
}

var errMissing = errors.New(noGuardrail)

// assessment is the entry of an assessment in answers.
func (a *applied) assessment(o *outcome, coverage wire.Object) wire.Object {
	return o.policies.With(wire.Object{
		"invocationMetrics": wire.Object{"guardrailProcessingLatency": int64(0), "usage": o.usage, "guardrailCoverage": coverage},
		"appliedGuardrailDetails": wire.Object{
			"guardrailId": a.id, "guardrailVersion": a.version, "guardrailArn": a.arn,
			"guardrailOrigin": []any{a.origin}, "guardrailOwnership": a.ownership,
		},
	})
}

// message is what is answered instead of a text that is blocked.
func (a *applied) message(source string) string {
	if source == input {
		return a.config.Text("blockedInputMessaging")
	}
	return a.config.Text("blockedOutputsMessaging")
}

// reason is the actionReason. The texts were seen of AWS; that of a guardrail that only
// detects is unconfirmed.
func (o *outcome) reason() string {
	switch {
	case o.blocked:
		return "Guardrail blocked."
	case o.masked:
		return "Guardrail masked."
	}
	return "No action."
}

func applyGuardrail(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	a, err := guard(ctx, r, r.In.Text("guardrailIdentifier"), r.In.Text("guardrailVersion"), ofRequest)
	if errors.Is(err, errMissing) {
		return nil, missing(r)
	}
	if err != nil {
		return nil, err
	}
	source := r.In.Text("source")
	texts, coverage := guarded(r.In.Objects("content"))
	o := assess(a.config, source, r.In.Text("outputScope") == "FULL", texts)
	outputs := []any{}
	action := nothing
	switch {
	case o.blocked:
		action, outputs = "GUARDRAIL_INTERVENED", []any{wire.Object{"text": a.message(source)}}
	case o.masked:
		action = "GUARDRAIL_INTERVENED"
		for _, text := range o.texts {
			outputs = append(outputs, wire.Object{"text": text})
		}
	}
	return wire.Object{
		"usage": o.usage, "action": action, "actionReason": o.reason(), "outputs": outputs,
		"assessments": []any{a.assessment(o, coverage)}, "guardrailCoverage": coverage,
	}, nil
}

// guarded are the texts of content that are assessed: all, but those that are there for
// contextual grounding only. Images are not assessed.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-contextual-grounding-check.html
func guarded(content []wire.Object) (texts []string, coverage wire.Object) {
	var all, covered, images int
	for _, c := range content {
		if !c.Has("text") {
			images++
			continue
		}
		text, qualifiers := c.Text("text.text"), c.Texts("text.qualifiers")
		all += utf8.RuneCountInString(text)
		if len(qualifiers) == 0 || slices.Contains(qualifiers, "guard_content") {
			covered += utf8.RuneCountInString(text)
			texts = append(texts, text)
		}
	}
	coverage = wire.Object{"textCharacters": wire.Object{"guarded": int64(covered), "total": int64(all)}}
	if images > 0 {
		coverage["images"] = wire.Object{"guarded": int64(0), "total": int64(images)}
	}
	return texts, coverage
}
