package agentcore

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// policyKinds are policy engines and their policies, which are under the engine's key. Names
// are not, because the summaries show them without a right on the key.
// Source: https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_PolicyEngineSummary.html
func policyKinds() []*kind {
	reasons := func(_ context.Context, _ *emulate.Request, n *draft) error {
		n.members["statusReasons"] = []any{}
		return nil
	}
	engine := policyEngine()
	engine.made = reasons
	policy := policyOf(engine)
	policy.made = func(ctx context.Context, r *emulate.Request, n *draft) error {
		if n.members["enforcementMode"] == nil {
			n.members["enforcementMode"] = "ACTIVE"
		}
		delete(n.members, "validationMode")
		return reasons(ctx, r, n)
	}
	policy.changed = func(_ context.Context, _ *emulate.Request, n *draft) error {
		delete(n.members, "validationMode")
		return nil
	}
	return []*kind{engine, policy}
}

func policyEngine() *kind {
	return &kind{
		noun: "PolicyEngine", plural: "PolicyEngines", path: "policy-engine/",
		in: "policyEngineId", out: "policyEngineId", arn: "policyEngineArn", title: "name", id: policyID, ready: "ACTIVE",
		update: merges, wrapped: []string{"description"}, blocks: []string{"Policy"},
		key:     keyUse{typ: "AWS::BedrockAgentCore::PolicyEngine", slot: "policies", member: "encryptionKeyArn"},
		content: contentUse{members: []string{"description", "statusReasons"}, write: "use", read: "use", listed: true},
	}
}

func policyOf(engine *kind) *kind {
	return &kind{
		noun: "Policy", plural: "Policies", parent: engine, path: "policy/",
		in: "policyId", out: "policyId", arn: "policyArn", title: "name", id: policyID, ready: "ACTIVE",
		update: merges, wrapped: []string{"description"},
		key:     keyUse{typ: engine.key.typ, slot: engine.key.slot},
		content: contentUse{members: []string{"definition", "description", "statusReasons"}, write: "use", read: "use", listed: true},
	}
}

// policyOperations are the summaries, which need no right on the key.
func policyOperations() operations {
	engine := policyEngine()
	policy := policyOf(engine)
	return operations{
		"GetPolicyEngineSummary":    {Resource: engine.resource, Do: engine.summary},
		"ListPolicyEngineSummaries": {Resource: engine.listing, Do: engine.summaries},
		"GetPolicySummary":          {Resource: policy.resource, Do: policy.summary},
		"ListPolicySummaries":       {Resource: policy.listing, Do: policy.summaries},
	}
}

func (k *kind) summary(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := k.find(r)
	if err != nil {
		return nil, err
	}
	return k.show(rec, nil), nil
}

func (k *kind) summaries(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if _, err := k.parentOf(r); err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, rec := range k.all(r, k.parentID(r)) {
		items = append(items, k.show(rec, nil))
	}
	return r.Page(items, pageSize, "ValidationException")
}
