package apply_test

import (
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
