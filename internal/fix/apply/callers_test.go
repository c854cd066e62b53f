package apply_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// keyless is an account in which nobody uses keys yet.
const keyless = `
accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAadmin00000000, secret: admin}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, NotAction: ["kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:Encrypt", "kms:ReEncrypt*"], Resource: "*"}]}
    roles:
      - name: app
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:*", Resource: "*"}]}
`

// TestCallers: where nobody can use the key through the service, the plan says who has to be
// named; of who is named, the policy lets them.
func TestCallers(t *testing.T) {
	p := fixtest.Open(t, keyless)
	p.Call("bedrock", "CreateGuardrail", wire.Object{"name": "g", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out", "wordPolicyConfig": wire.Object{"wordsConfig": []any{wire.Object{"text": "w"}}}})
	q := p.Request(newKey, fix.Selection{Types: []string{"AWS::Bedrock::Guardrail"}})
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	s := plan.Subjects[0]
	if s.Reaches != bedlock.Unusable || !s.Callers {
		t.Errorf("%s, %t: %v", s.Reaches, s.Callers, s.Because)
	}
	q.Callers = []fix.Caller{{ARN: "arn:aws:iam::111122223333:role/app"}}
	if plan, err = fix.Make(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if s := plan.Subjects[0]; s.Reaches != bedlock.Sound || s.Callers {
		t.Errorf("with the caller: %s, %t: %v", s.Reaches, s.Callers, s.Because)
	}
	var titles []string
	for _, s := range plan.Steps {
		titles = append(titles, s.Title)
	}
	want := []string{
		"create the key of alias/bedrock", "rotate alias/bedrock every 365 days", "name it alias/bedrock",
		"let role app use the key through the services that it calls", `guardrail "g": under alias/bedrock`,
	}
	if d := cmp.Diff(want, titles); d != "" {
		t.Error(d)
	}
}

// TestCallersOfAKeyThatIsThere: a key whose policy leaves nothing to the account gets the
// statement without which the policy of the caller has no effect.
func TestCallersOfAKeyThatIsThere(t *testing.T) {
	p := fixtest.Open(t, keyless)
	p.Call("bedrock", "CreateGuardrail", wire.Object{"name": "g", "blockedInputMessaging": "in", "blockedOutputsMessaging": "out"})
	key := p.Call("kms", "CreateKey", wire.Object{"Policy": `{"Version":"2012-10-17","Statement":[{"Sid":"Admin","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"}]}`}).Text("KeyMetadata.Arn")
	p.Call("kms", "EnableKeyRotation", wire.Object{"KeyId": key})
	q := p.Request(fix.Target{Aim: fix.Existing, Key: key}, fix.Selection{Types: []string{"AWS::Bedrock::Guardrail"}})
	q.Callers = []fix.Caller{{ARN: "arn:aws:iam::111122223333:role/app"}}
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []fix.Kind
	for _, s := range plan.Steps {
		kinds = append(kinds, s.Kind)
	}
	if d := cmp.Diff([]fix.Kind{fix.IdentityPolicy, fix.KeyPolicy, fix.Update}, kinds); d != "" {
		t.Error(d)
	}
	for _, s := range plan.Steps {
		if s.Kind != fix.KeyPolicy {
			continue
		}
		var policy struct{ Statement []struct{ Sid string } }
		if err := json.Unmarshal([]byte(s.After.Text("Policy")), &policy); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range policy.Statement {
			got = append(got, s.Sid)
		}
		want := []string{
			"Admin", "DescribeKey by account 111122223333", "CreateGrant by account 111122223333 through bedrock",
			"Decrypt by account 111122223333", "GenerateDataKey by account 111122223333 through bedrock",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}
