package fix_test

import (
	"testing"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
)

// TestPublishedNeeds: a key lets a version be made only where one is published.
func TestPublishedNeeds(t *testing.T) {
	p := fixtest.Open(t, ward)
	policy := func(publish bool) string {
		t.Helper()
		q := p.Request(fix.Target{Aim: fix.New, Per: fix.PerRegion, Alias: "alias/new"}, fix.Selection{}, "AWS::Bedrock::Guardrail")
		q.Publish = publish
		plan, err := fix.Make(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return plan.Steps[0].Do[0].Input.Text("Policy")
	}
	draft := policy(false)
	if got := policy(true); got != draft || draft == "" {
		t.Errorf("without a version\n%s\nwant\n%s", got, draft)
	}
	listed := p.Call("bedrock", "ListGuardrails", wire.Object{})
	p.Call("bedrock", "CreateGuardrailVersion", wire.Object{"guardrailIdentifier": listed.Objects("guardrails")[0].Text("id")})
	if policy(false) != draft || policy(true) == draft {
		t.Error("with a version the policy is the same")
	}
}
