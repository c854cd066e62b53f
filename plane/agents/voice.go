package agents

import (
	"context"
	"errors"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
)

// voice asks models in somebody's name: a service role's, or the caller's.
type voice struct {
	r   *emulate.Request
	who *plane.Caller
}

// do does an operation of another service.
func (v *voice) do(ctx context.Context, api, operation string, in wire.Object) (wire.Object, error) {
	return v.r.Service.Invoke(ctx, v.r.Call, v.who, service, nil, api, operation, in)
}

// said is a message of a conversation.
func said(role, text string) wire.Object {
	return wire.Object{"role": role, "content": []any{wire.Object{"text": text}}}
}

// answer is what a model says to the input of Converse.
func (v *voice) answer(ctx context.Context, in wire.Object) (string, error) {
	out, err := v.do(ctx, "bedrock-runtime", "Converse", in)
	if err != nil {
		return "", unheard(v.r, err)
	}
	var parts []string
	for _, c := range out.Objects("output.message.content") {
		parts = append(parts, c.Text("text"))
	}
	return strings.Join(parts, ""), nil
}

// unheard is the refusal when the model may not be asked. The text is the one that is reported
// of agents (https://github.com/aws-samples/amazon-bedrock-samples, issues on invoke_agent).
func unheard(r *emulate.Request, err error) error {
	var refused *wire.Error
	if errors.As(err, &refused) && strings.HasPrefix(refused.Code, "AccessDenied") {
		return r.Fail("AccessDeniedException", "Access denied when calling Bedrock. Check your request permissions and retry the request.")
	}
	return err
}

// verdict is what a guardrail makes of a text.
type verdict struct {
	text string
	// intervened: the text is another one; blocked: it is the guardrail's message.
	intervened, blocked bool
	assessments         []any
}

// guard has a guardrail look at a text on its way into the model (INPUT) or out of it
// (OUTPUT). guardrail has its identifier and version; nil: there is none.
func (v *voice) guard(ctx context.Context, guardrail wire.Object, source, text string) (*verdict, error) {
	found := &verdict{text: text}
	if guardrail == nil {
		return found, nil
	}
	out, err := v.do(ctx, "bedrock-runtime", "ApplyGuardrail", guardrail.Pick("guardrailIdentifier", "guardrailVersion").With(wire.Object{
		"source": source, "content": []any{wire.Object{"text": wire.Object{"text": text}}},
	}))
	if err != nil {
		return nil, err
	}
	found.assessments = out.List("assessments")
	if out.Text("action") != "GUARDRAIL_INTERVENED" {
		return found, nil
	}
	found.intervened, found.blocked = true, out.Text("actionReason") == "Guardrail blocked."
	for _, o := range out.Objects("outputs") {
		found.text = o.Text("text")
	}
	return found, nil
}
