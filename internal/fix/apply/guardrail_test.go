package apply_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

const company = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
calls:
  - account: "111122223333"
    region: eu-west-1
    as: user/admin
    do: bedrock:CreateGuardrail
    with:
      name: everything
      description: all that a guardrail can have
      blockedInputMessaging: Ask something else.
      blockedOutputsMessaging: This is not answered.
      topicPolicyConfig:
        tierConfig: {tierName: STANDARD}
        topicsConfig:
          - {name: diagnosis, definition: "Any request to name an illness.", examples: ["What do I have?"], type: DENY, inputAction: BLOCK, outputAction: NONE, inputEnabled: true, outputEnabled: false}
      contentPolicyConfig:
        tierConfig: {tierName: CLASSIC}
        filtersConfig:
          - {type: HATE, inputStrength: HIGH, outputStrength: LOW, inputModalities: [TEXT, IMAGE], outputModalities: [TEXT], inputAction: BLOCK, outputAction: NONE, inputEnabled: true, outputEnabled: true}
          - {type: PROMPT_ATTACK, inputStrength: HIGH, outputStrength: NONE}
      wordPolicyConfig:
        wordsConfig: [{text: secret, inputAction: BLOCK, outputAction: BLOCK, inputEnabled: true, outputEnabled: true}]
        managedWordListsConfig: [{type: PROFANITY, inputAction: NONE, outputAction: BLOCK, inputEnabled: false, outputEnabled: true}]
      sensitiveInformationPolicyConfig:
        piiEntitiesConfig: [{type: EMAIL, action: ANONYMIZE, inputAction: ANONYMIZE, outputAction: BLOCK, inputEnabled: true, outputEnabled: true}]
        regexesConfig: [{name: record, description: "of the ward", pattern: "MRN-[0-9]{8}", action: BLOCK, inputAction: NONE, outputAction: BLOCK, inputEnabled: true, outputEnabled: true}]
      contextualGroundingPolicyConfig:
        tierConfig: {tierName: STANDARD}
        filtersConfig: [{type: GROUNDING, threshold: 0.75, action: BLOCK, enabled: true}, {type: RELEVANCE, threshold: 0.5, action: NONE, enabled: false}]
      crossRegionConfig: {guardrailProfileIdentifier: eu.guardrail.v1:0}
      tags: [{key: team, value: ml}]
`

var newKey = fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock", Tags: map[string]string{"team": "ml"}}

// told writes what a run does into the log of the test.
func told(t *testing.T) func(apply.Progress) {
	return func(p apply.Progress) { t.Logf("%d/%d %s %s %s", p.N, p.Of, p.Step.ID, p.What, p.Text) }
}

func journal(t *testing.T, p *fix.Plan) *apply.Journal {
	t.Helper()
	j, err := apply.Create(filepath.Join(t.TempDir(), "journal"), p, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// TestGuardrail: a guardrail with everything that one can have goes under a new key and back, and
// nothing else of it changes.
func TestGuardrail(t *testing.T) {
	p := fixtest.Open(t, company)
	read := func() wire.Object {
		list := p.Call("bedrock", "ListGuardrails", wire.Object{}).Objects("guardrails")
		return p.Call("bedrock", "GetGuardrail", wire.Object{"guardrailIdentifier": list[0].Text("id")}).Without("updatedAt")
	}
	before := read()
	plan := p.Plan(newKey, fix.Selection{}, "AWS::Bedrock::Guardrail")
	j := journal(t, plan)
	o := apply.Options{Estate: p.Estate(), Told: told(t), Poll: time.Millisecond, Pause: time.Millisecond}
	if err := apply.Apply(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	after := read()
	key := p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/bedrock"}).Text("KeyMetadata.Arn")
	if d := cmp.Diff(before.With(wire.Object{"kmsKeyArn": key}), after); d != "" {
		t.Errorf("after the plan: %s", d)
	}
	if err := apply.Undo(t.Context(), j, o); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, read()); d != "" {
		t.Errorf("after undo: %s", d)
	}
	if state := p.Call("kms", "DescribeKey", wire.Object{"KeyId": key}).Text("KeyMetadata.KeyState"); state != "PendingDeletion" {
		t.Errorf("the key is %s", state)
	}
}
