package fix_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// ward has a guardrail without a key and a table under AWS's, and people who call and change them.
const ward = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
      - {name: nurse, policies: {p: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:ApplyGuardrail", Resource: "*", Condition: {IpAddress: {"aws:SourceIp": 10.0.0.0/8}}}]}}}
    roles:
      - name: app
        trust: &lambda {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies: {p: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["bedrock:ApplyGuardrail", "dynamodb:GetItem"], Resource: "*"}]}}
      - name: pipeline
        trust: *lambda
        policies: {p: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:UpdateGuardrail", Resource: "*"}]}}
      - name: AWSReservedSSO_dev
        path: /aws-reserved/sso.amazonaws.com/
        trust: *lambda
        policies: {p: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "dynamodb:*", Resource: "*"}]}}
      - name: elsewhere
        trust: *lambda
        policies: {p: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "dynamodb:GetItem", Resource: "arn:aws:dynamodb:eu-west-1:111122223333:table/other"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: bedrock:CreateGuardrail, with: {name: intake, blockedInputMessaging: "no", blockedOutputsMessaging: "no", wordPolicyConfig: {wordsConfig: [{text: secret}]}}}
  - account: "111122223333"
    region: eu-west-1
    as: user/admin
    do: dynamodb:CreateTable
    with: {TableName: beds, BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}], SSESpecification: {Enabled: true, SSEType: KMS}}
`

// TestLosing: under a key of AWS whoever may call the service can use it. Who would not can be let
// in, or is said to do without.
func TestLosing(t *testing.T) {
	const role, user = "arn:aws:iam::111122223333:role/", "arn:aws:iam::111122223333:user/"
	const sso = role + "aws-reserved/sso.amazonaws.com/AWSReservedSSO_dev"
	p := fixtest.Open(t, ward)
	q := p.Request(fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/new"}, fix.Selection{}, "AWS::Bedrock::Guardrail", "AWS::DynamoDB::Table")
	guardrail, table := q.Inventory.Parts().Resources[0].ID, q.Inventory.Parts().Resources[1].ID
	everyAction := []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant"}

	made := func(change func(*fix.Request)) (losing map[string][]fix.Loss, let []string, plan *fix.Plan) {
		t.Helper()
		r := q
		change(&r)
		plan, err := fix.Make(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		losing = map[string][]fix.Loss{}
		for _, s := range plan.Subjects {
			losing[s.Resource] = s.Losing
		}
		for _, s := range plan.Steps {
			if s.Kind == fix.IdentityPolicy {
				let = append(let, s.Subject)
			}
		}
		return losing, let, plan
	}
	check := func(what string, got, want map[string][]fix.Loss) {
		t.Helper()
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", what, d)
		}
	}

	losing, let, plan := made(func(*fix.Request) {})
	check("nobody is named", losing, map[string][]fix.Loss{
		guardrail: {
			{Who: role + "pipeline", Calls: "bedrock:UpdateGuardrail", On: guardrail, Lacks: []string{"kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"}},
			{Who: role + "app", Calls: "bedrock:ApplyGuardrail", On: guardrail, Lacks: []string{"kms:Decrypt"}},
			{Who: user + "nurse", Calls: "bedrock:ApplyGuardrail", On: guardrail, Lacks: []string{"kms:Decrypt"}, Depends: true},
		},
		table: {
			{Who: role + "app", Calls: "dynamodb:GetItem", On: table, Lacks: everyAction},
			{Who: sso, Calls: "dynamodb:GetItem", On: table, Lacks: everyAction},
		},
	})
	if len(let) > 0 {
		t.Errorf("policies of %q", let)
	}
	if again := fixtest.Again(t, plan); len(again.Subjects[0].Losing) != 3 {
		t.Errorf("the file has %+v", again.Subjects[0].Losing)
	}

	losing, let, plan = made(func(r *fix.Request) { r.FindCallers = true })
	check("callers are found", losing, map[string][]fix.Loss{guardrail: nil, table: {{Who: sso, Calls: "dynamodb:GetItem", On: table, Lacks: everyAction}}})
	slices.Sort(let)
	if d := cmp.Diff([]string{role + "app", role + "pipeline", user + "nurse"}, let); d != "" {
		t.Error(d)
	}
	for _, s := range plan.Subjects {
		if s.Reaches == bedlock.Unusable || s.Callers { // the administrator keeps it from sound
			t.Errorf("%s reaches %s because %v", s.Title, s.Reaches, s.Because)
		}
	}

	losing, let, plan = made(func(r *fix.Request) { r.FindCallers, r.Without = true, []string{user + "nurse", sso} })
	check("some do without", losing, map[string][]fix.Loss{guardrail: nil, table: nil})
	slices.Sort(let)
	if d := cmp.Diff([]string{role + "app", role + "pipeline"}, let); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{user + "nurse", sso}, plan.Without); d != "" {
		t.Error(d)
	}

	q.Without = []string{user + "nobody"}
	if _, err := fix.Make(t.Context(), q); err == nil || err.Error() != user+"nobody, who is to do without, is no user or role of the source" {
		t.Errorf("%v", err)
	}
}

// TestManyLosers: of many who would lose the plan has some, and says how many more there are.
func TestManyLosers(t *testing.T) {
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	p, err := fix.Make(t.Context(), fix.Request{
		Inventory: fleet(t, 1, 80, 1, `"bedrock:*"`), Catalog: cat, Estate: fixtest.Guardrails{}, Now: time.Unix(0, 0),
		Target: fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/new"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Subjects { // every fifth may use keys
		if len(s.Losing) != 50 || s.LosingMore != 14 {
			t.Errorf("%s: %d, and %d more", s.Title, len(s.Losing), s.LosingMore)
		}
	}
}

// TestNothingToLose: who cannot use the key that there is loses nothing with another.
func TestNothingToLose(t *testing.T) {
	p := fixtest.Open(t, ward)
	key := p.Call("kms", "CreateKey", wire.Object{}).Text("KeyMetadata.Arn")
	p.Call("bedrock", "CreateGuardrail", wire.Object{
		"name": "closed", "blockedInputMessaging": "no", "blockedOutputsMessaging": "no", "kmsKeyId": key,
		"wordPolicyConfig": wire.Object{"wordsConfig": []any{wire.Object{"text": "secret"}}},
	})
	plan := p.Plan(fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/new"}, fix.Selection{Resources: []string{"closed"}}, "AWS::Bedrock::Guardrail")
	for _, s := range plan.Subjects {
		if s.Why != "" || s.From != key || len(s.Losing) > 0 {
			t.Errorf("%s, from %s, not changed %q: %+v", s.Title, s.From, s.Why, s.Losing)
		}
	}
	if len(plan.Subjects) != 1 {
		t.Errorf("%d subjects", len(plan.Subjects))
	}
}
