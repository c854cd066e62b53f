package bedrock

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// Kinds of records. A version's id is that of its guardrail, a slash and its number.
const (
	guardrailKind = "guardrail"
	versionKind   = "guardrail-version"
)

const draft = "DRAFT"

// Quotas. Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const (
	mostGuardrails = 100
	mostVersions   = 20
)

// guardrails are the operations of guardrails and their versions.
func guardrails() operations {
	return operations{
		"CreateGuardrail":        {Do: createGuardrail},
		"CreateGuardrailVersion": {Resource: guardrailARN, Do: createGuardrailVersion},
		"GetGuardrail":           {Action: emulate.ByItself, Do: getGuardrail},
		"ListGuardrails":         {Resource: listedARN, Do: listGuardrails},
		"UpdateGuardrail":        {Resource: guardrailARN, Do: updateGuardrail},
		"DeleteGuardrail":        {Resource: guardrailARN, Do: deleteGuardrail},
	}
}

// guardrail names a guardrail, which need not exist.
type guardrail struct{ account, region, id, arn string }

// guardrailOf is the one that an identifier names: an id of the caller's account, or an ARN.
// A text that is seen of AWS: https://github.com/openclaw/openclaw/pull/58588
func guardrailOf(r *emulate.Request, identifier string) (*guardrail, error) {
	if !strings.HasPrefix(identifier, "arn:") {
		if identifier == "" {
			return nil, r.Fail("ValidationException", "The provided guardrail identifier is invalid.")
		}
		return &guardrail{r.Account, r.Region, identifier, r.ARN("guardrail/" + identifier)}, nil
	}
	a, err := arn.Parse(identifier)
	id, ok := strings.CutPrefix(a.Resource, "guardrail/")
	if err != nil || !ok || a.Region != r.Region {
		return nil, r.Fail("ValidationException", "The provided guardrail identifier is invalid.")
	}
	return &guardrail{a.Account, a.Region, id, identifier}, nil
}

// guardrailARN is the resource of operations on a guardrail.
func guardrailARN(r *emulate.Request) (string, error) {
	g, err := guardrailOf(r, r.In.Text("guardrailIdentifier"))
	if err != nil {
		return "", err
	}
	return g.arn, nil
}

func listedARN(r *emulate.Request) (string, error) {
	if !r.In.Has("guardrailIdentifier") {
		return "*", nil
	}
	return guardrailARN(r)
}

func (g *guardrail) key() records.Key {
	return records.Key{Service: control, Kind: guardrailKind, Account: g.account, Region: g.region, ID: g.id}
}

func (g *guardrail) versionKey(number string) records.Key {
	return records.Key{Service: control, Kind: versionKind, Account: g.account, Region: g.region, ID: g.id + "/" + number}
}

// record is the guardrail as of a version, empty for the draft; nil: there is none.
func (g *guardrail) record(w *emulate.World, version string) *records.Record {
	if version == "" || version == draft {
		return w.Records.Get(g.key())
	}
	if w.Records.Get(g.key()) == nil {
		return nil
	}
	return w.Records.Get(g.versionKey(version))
}

// versions are the records of the versions.
func (g *guardrail) versions(w *emulate.World) []*records.Record {
	var out []*records.Record
	for _, rec := range w.Records.List(control, versionKind, g.account, g.region) {
		if strings.HasPrefix(rec.ID, g.id+"/") {
			out = append(out, rec)
		}
	}
	return out
}

// subject is what the key protects. That the value of aws:bedrock:guardrail-id is the id is
// unconfirmed: it follows from its name; AWS's own policies test only that it is there
// (https://github.com/zoph-io/MAMIP/blob/master/policies/SageMakerStudioBedrockFlowServiceRolePolicy).
func (g *guardrail) subject(typ string) *behalf.Subject {
	return &behalf.Subject{
		Type: typ, Slot: "configuration", ARN: g.arn, ID: g.id, Account: g.account, Region: g.region, Service: principal,
		Context: map[string]string{"aws:bedrock:guardrail-id": g.id},
	}
}

// Types of the catalogue.
const (
	guardrailType = "AWS::Bedrock::Guardrail"
	versionType   = "AWS::Bedrock::GuardrailVersion"
)

// slot names the content of records.
const slot = "configuration"

// allow decides an action that the guardrail's resource policy can allow as well.
func (g *guardrail) allow(ctx context.Context, r *emulate.Request, action string) error {
	return r.AllowAs(ctx, &plane.Asked{Action: "bedrock:" + action, Resource: g.arn, Policy: g.policy(r.Service.World)})
}

// configuration decrypts the configuration of a version as the caller.
func (g *guardrail) configuration(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	return r.OpenObject(ctx, g.subject(guardrailType), rec.Sealed[slot], "use")
}

// missing is the refusal of a guardrail or version that does not exist. The text is that of
// the runtime.
func missing(r *emulate.Request) error {
	return r.Fail("ResourceNotFoundException", "%s", noGuardrail)
}

// Source: https://github.com/BerriAI/litellm/pull/11826
const noGuardrail = "The guardrail identifier or version provided in the request does not exist."
