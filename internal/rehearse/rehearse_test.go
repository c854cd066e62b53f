package rehearse_test

import (
	"encoding/json"
	"testing"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/inventory"
)

const company = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
      - {name: stranger}
    roles:
      - name: app
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies: {models: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:*", Resource: "*"}]}}
    keys:
      - {region: eu-west-1, alias: alias/old, rotation: true}
calls:
  - account: "111122223333"
    region: eu-west-1
    as: user/admin
    do: bedrock:CreateGuardrail
    with: {name: intake, description: "of the ward", blockedInputMessaging: "no", blockedOutputsMessaging: "no", wordPolicyConfig: {wordsConfig: [{text: secret}]}, tags: [{key: team, value: ml}]}
  - account: "111122223333"
    region: eu-west-1
    as: user/admin
    do: bedrock-agent:CreateAgent
    with: {agentName: nurse, instruction: "be kind to the patients whatever they say and help them", foundationModel: amazon.titan-text-express-v1, agentResourceRoleArn: "arn:aws:iam::111122223333:role/app"}
`

func rehearsed(t testing.TB, inv *inventory.Inventory, plan *fix.Plan, change ...func(*rehearse.Options)) *rehearse.Report {
	t.Helper()
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	o := rehearse.Options{Inventory: inv, Catalog: known, Plan: plan}
	for _, f := range change {
		f(&o)
	}
	r, err := rehearse.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func show(t *testing.T, r *rehearse.Report) {
	t.Helper()
	short := *r
	short.Uses = nil
	b, err := json.MarshalIndent(short, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", b)
}

// TestAllIsWell: a guardrail and an agent go under a new key, and nothing is unexpected.
func TestAllIsWell(t *testing.T) {
	p := fixtest.Open(t, company)
	q := p.Request(fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/bedrock"}, fix.Selection{}, "AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent")
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	r := rehearsed(t, q.Inventory, plan)
	show(t, r)
}
