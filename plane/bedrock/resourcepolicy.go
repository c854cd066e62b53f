package bedrock

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

const policyKind = "resource-policy"

// resourcePolicies are the operations of the policies of guardrails. Guardrail profiles, which
// can have policies on AWS, cannot here.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-resource-based-policies.html
func resourcePolicies() operations {
	return operations{
		"PutResourcePolicy":    {Resource: ownerARN, Do: putResourcePolicy},
		"GetResourcePolicy":    {Resource: ownerARN, Do: getResourcePolicy},
		"DeleteResourcePolicy": {Resource: ownerARN, Do: deleteResourcePolicy},
	}
}

func ownerARN(r *emulate.Request) (string, error) {
	g, err := owner(r)
	if err != nil {
		return "", err
	}
	return g.arn, nil
}

// owner is the guardrail whose policy a request is about.
func owner(r *emulate.Request) (*guardrail, error) {
	identifier := r.In.Text("resourceArn")
	if !strings.HasPrefix(identifier, "arn:") || !strings.Contains(identifier, ":guardrail/") {
		return nil, r.Fail("ValidationException", "The local plane has resource policies of guardrails only; %s is none.", identifier)
	}
	return guardrailOf(r, identifier)
}

func (g *guardrail) policyKey() records.Key {
	return records.Key{Service: control, Kind: policyKind, Account: g.account, Region: g.region, ID: g.arn}
}

// policy is the guardrail's; nil: it has none.
func (g *guardrail) policy(w *emulate.World) *authz.Policy {
	if rec := w.Records.Get(g.policyKey()); rec != nil {
		return emulate.PolicyOf(g.arn, rec.Doc.Text("resourcePolicy"))
	}
	return nil
}

// shareable are the actions that a policy can allow.
var shareable = []string{"bedrock:applyguardrail", "bedrock:getguardrail"}

func putResourcePolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := owner(r)
	if err != nil {
		return nil, err
	}
	if g.account != r.Account || g.record(r.Service.World, draft) == nil {
		return nil, r.Fail("ValidationException", "The resource %s does not exist.", g.arn)
	}
	if err := checkPolicy(r, g); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := &records.Record{Key: g.policyKey(), Doc: r.In.Pick("resourcePolicy")}
		if old := tx.Get(rec.Key); old != nil {
			rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
		}
		tx.Put(rec)
		return nil
	})
	return wire.Object{"resourceArn": g.arn}, err
}

// checkPolicy refuses what the service does: its policy language is limited to allowing the
// use of the guardrail.
func checkPolicy(r *emulate.Request, g *guardrail) error {
	d, err := policy.Parse(r.In.Text("resourcePolicy"))
	if err != nil || len(d.Problems) > 0 {
		return r.Fail("ValidationException", "The resource policy is not valid.")
	}
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Effect != policy.Allow || s.Principals == nil {
			return r.Fail("ValidationException", "Statements of the resource policy must allow, and name principals.")
		}
		for _, action := range s.Actions {
			if !slices.Contains(shareable, strings.ToLower(action)) {
				return r.Fail("ValidationException", "The resource policy can allow bedrock:ApplyGuardrail and bedrock:GetGuardrail only.")
			}
		}
		if !slices.Equal(s.Resources, []string{g.arn}) {
			return r.Fail("ValidationException", "The resource of the policy must be %s.", g.arn)
		}
	}
	return nil
}

func getResourcePolicy(_ context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := owner(r)
	if err != nil {
		return nil, err
	}
	rec := r.Service.Records.Get(g.policyKey())
	if rec == nil {
		return nil, noPolicy(r, g)
	}
	return rec.Doc, nil
}

func deleteResourcePolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := owner(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(g.policyKey()) == nil {
			return noPolicy(r, g)
		}
		tx.Delete(g.policyKey())
		return nil
	})
}

func noPolicy(r *emulate.Request, g *guardrail) error {
	return r.Fail("ResourceNotFoundException", "The resource %s has no resource policy.", g.arn)
}
