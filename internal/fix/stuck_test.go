package fix_test

import (
	"context"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

const stuckEstate = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: g, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateAgent", with: {agentName: without-a-model}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "dynamodb:CreateTable", with: {TableName: table, AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}}
`

// denied is what a service refuses.
type denied string

func (d denied) Error() string     { return "AccessDeniedException: " + string(d) }
func (d denied) ErrorCode() string { return "AccessDeniedException" }

// closed lets nobody read tables.
type closed struct{ fix.Estate }

func (e closed) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Operation == "DescribeTable" {
		return nil, denied("not allowed on arn:aws:dynamodb:eu-west-1:111122223333:table/table")
	}
	return e.Estate.Call(ctx, at, c)
}

// TestStuck: what cannot be read or carried over is listed with the reason, nothing is planned or
// permitted for it, and everything else is planned as without it.
func TestStuck(t *testing.T) {
	p := fixtest.Open(t, stuckEstate)
	target := fix.Target{Aim: fix.New, Per: fix.PerResource, Alias: "alias/{group}"}
	q := p.Request(target, fix.Selection{}, "AWS::Bedrock::Guardrail", "AWS::Bedrock::Agent", "AWS::DynamoDB::Table")
	q.Estate = closed{q.Estate}
	q.Only.Rungs = bedlock.Rungs()
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range plan.Subjects {
		got[s.Title] = s.Why
		if s.Why != "" && (s.To != "" || s.Reaches != s.Rung) {
			t.Errorf("%s is to go to %q and reaches %s", s.Title, s.To, s.Reaches)
		}
	}
	if got[`guardrail "g"`] != "" {
		t.Errorf("the guardrail: %s", got[`guardrail "g"`])
	}
	if why := got[`agent "without-a-model"`]; !strings.HasPrefix(why, "its configuration cannot be carried over: UpdateAgent: ") {
		t.Errorf("the agent: %s", why)
	}
	if why := got[`DynamoDB table "table"`]; why != "its configuration could not be read: DescribeTable: AccessDeniedException: not allowed on it" {
		t.Errorf("the table: %s", why)
	}
	only := p.Plan(target, fix.Selection{}, "AWS::Bedrock::Guardrail")
	if len(plan.Steps) != len(only.Steps) || fix.Digest(wire.Object{"s": plan.Steps}) != fix.Digest(wire.Object{"s": only.Steps}) {
		t.Errorf("%d steps, of the guardrail alone %d", len(plan.Steps), len(only.Steps))
	}
	if len(plan.Unread) != 1 || plan.Unread[0].Text != `DynamoDB table "table": `+got[`DynamoDB table "table"`] {
		t.Errorf("not read: %+v", plan.Unread)
	}
	if len(plan.Manual) != 1 || plan.Manual[0].Title != `agent "without-a-model"` {
		t.Errorf("by hand: %+v", plan.Manual)
	}
}

// TestExistingElsewhere: an existing key is for what it fits; the rest is listed.
func TestExistingElsewhere(t *testing.T) {
	p := fixtest.Open(t, stuckEstate)
	key := p.Call("kms", "CreateKey", wire.Object{}).Text("KeyMetadata.Arn")
	q := p.Request(fix.Target{Aim: fix.Existing, Key: key}, fix.Selection{}, "AWS::Bedrock::Guardrail")
	plan, err := fix.Make(t.Context(), q)
	if err != nil || len(plan.Subjects) != 1 || plan.Subjects[0].Why != "" {
		t.Fatalf("%v, %+v", err, plan)
	}
	wrong := p.Call("kms", "CreateKey", wire.Object{"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}).Text("KeyMetadata.Arn")
	q = p.Request(fix.Target{Aim: fix.Existing, Key: wrong}, fix.Selection{}, "AWS::Bedrock::Guardrail")
	if plan, err := fix.Make(t.Context(), q); err == nil || !strings.Contains(err.Error(), "the key's spec is RSA_2048") {
		t.Errorf("%v, %+v", err, plan)
	}
}
